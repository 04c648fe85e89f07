#include "dev/vulkan_impl.h"

#include <stdlib.h>
#include <string.h>

#include "quant/dtype.h"

enum { STAGE_BYTES = 16 << 20 };

static void
release(struct jk_vulkan *v, struct jk_vulkan_memory *m)
{
	if (m->buffer)
		v->vk.vkDestroyBuffer(v->device, m->buffer, NULL);
	if (m->memory)
		v->vk.vkFreeMemory(v->device, m->memory, NULL);
	*m = (struct jk_vulkan_memory){ 0 };
}

/*
 * The memory type to take: device-local, and host-visible as well where the
 * whole of it is (one memory for both); for staging host-visible is a must.
 */
static int
find_type(const struct jk_vulkan *v, uint32_t allowed, bool for_host,
    bool *visible)
{
	const VkPhysicalDeviceMemoryProperties *p = &v->memory_properties;
	const VkMemoryPropertyFlags host =
	    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
	    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
	int best = -1, best_score = -1;
	uint32_t i;

	for (i = 0; i < p->memoryTypeCount; i++) {
		VkMemoryPropertyFlags flags = p->memoryTypes[i].propertyFlags;
		bool local = flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
		bool is_host = (flags & host) == host;
		int score;

		if (!(allowed & 1u << i) || (for_host && !is_host))
			continue;
		if (for_host)
			score = flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT ?
			    2 : 1;
		else
			score = (local ? 4 : 0) + (is_host && !v->staging ?
			    1 : 0) + (flags &
			    VK_MEMORY_PROPERTY_HOST_CACHED_BIT ? 1 : 0);
		/* a small window onto big device memory is not for us */
		if (!for_host && is_host &&
		    p->memoryHeaps[p->memoryTypes[i].heapIndex].size <
		    v->dev.memory_bytes / 2)
			score -= 4;
		if (score > best_score) {
			best = (int)i;
			best_score = score;
			*visible = is_host && (for_host || !v->staging);
		}
	}
	return best;
}

static int
allocate(struct jk_vulkan *v, size_t size_bytes, bool for_host,
    struct jk_vulkan_memory *m, struct jk_err *err)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = size_bytes,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
		    VK_BUFFER_USAGE_TRANSFER_DST_BIT |
		    VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
		    VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT
	};
	VkMemoryAllocateFlagsInfo flags = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
		.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT
	};
	VkMemoryAllocateInfo alloc = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.pNext = &flags
	};
	VkBufferDeviceAddressInfo where = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO
	};
	VkMemoryRequirements needs;
	VkResult result;
	void *mapped;
	bool visible = false;
	int type;

	*m = (struct jk_vulkan_memory){ .size_bytes = size_bytes };
	if (size_bytes > v->maintenance3.maxMemoryAllocationSize)
		return jk_fail(err, JK_ESYS, "%.1f GiB in one piece: the "
		    "device allocates at most %.1f GiB",
		    (double)size_bytes / 0x1p30,
		    (double)v->maintenance3.maxMemoryAllocationSize /
		    0x1p30);
	result = v->vk.vkCreateBuffer(v->device, &info, NULL, &m->buffer);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "creating a buffer");
	v->vk.vkGetBufferMemoryRequirements(v->device, m->buffer, &needs);
	type = find_type(v, needs.memoryTypeBits, for_host, &visible);
	if (type < 0) {
		release(v, m);
		return jk_fail(err, JK_ESYS,
		    "the Vulkan device has no fitting memory type");
	}
	alloc.allocationSize = needs.size;
	alloc.memoryTypeIndex = (uint32_t)type;
	m->cached = v->memory_properties.memoryTypes[type].propertyFlags &
	    VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
	result = v->vk.vkAllocateMemory(v->device, &alloc, NULL, &m->memory);
	if (result == VK_SUCCESS)
		result = v->vk.vkBindBufferMemory(v->device, m->buffer,
		    m->memory, 0);
	if (result == VK_SUCCESS && visible) {
		result = v->vk.vkMapMemory(v->device, m->memory, 0,
		    VK_WHOLE_SIZE, 0, &mapped);
		if (result == VK_SUCCESS)
			m->mapped = mapped;
	}
	if (result != VK_SUCCESS) {
		release(v, m);
		jk_vk_fail(err, result, "memory");
		return jk_fail_prefix(err, "allocating %.1f MiB",
		    (double)size_bytes / 0x1p20);
	}
	where.buffer = m->buffer;
	m->address = v->vk.vkGetBufferDeviceAddress(v->device, &where);
	return 0;
}

int
jk_vulkan_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	struct jk_vulkan_memory m, *p;
	int i;

	/* one word more: a shader may read the word an element ends in */
	if (allocate(v, (size_bytes + 3) / 4 * 4 + 4, false, &m, err) < 0)
		return -1;
	if (v->n_memories == v->cap_memories) {
		int cap = v->cap_memories ? 2 * v->cap_memories : 64;

		p = realloc(v->memories, (size_t)cap * sizeof *p);
		if (!p) {
			release(v, &m);
			return jk_fail_nomem(err);
		}
		v->memories = p;
		v->cap_memories = cap;
	}
	/* kept in the order of addresses */
	for (i = v->n_memories; i > 0 && v->memories[i - 1].address >
	    m.address; i--)
		v->memories[i] = v->memories[i - 1];
	v->memories[i] = m;
	v->n_memories++;
	*address = m.address;
	return 0;
}

/* The memory that holds [address, address + n), or NULL. */
static struct jk_vulkan_memory *
find(struct jk_vulkan *v, uint64_t address, uint64_t n)
{
	int low = 0, high = v->n_memories;
	struct jk_vulkan_memory *m;

	while (low < high) {
		int mid = (low + high) / 2;

		if (v->memories[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return NULL;
	m = &v->memories[low - 1];
	if (address - m->address > m->size_bytes ||
	    n > m->size_bytes - (address - m->address))
		return NULL;
	return m;
}

void
jk_vulkan_free(struct jk_dev *dev, uint64_t address)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	struct jk_vulkan_memory *m = find(v, address, 0);
	struct jk_err err;

	if (!m || m->address != address)
		return;
	/* an error here is that of the work; the next call reports it too */
	if (!jk_vulkan_idle(v) && jk_vulkan_submit(dev, &err) < 0)
		v->vk.vkDeviceWaitIdle(v->device);
	release(v, m);
	memmove(m, m + 1, (size_t)(v->memories + v->n_memories - m - 1) *
	    sizeof *m);
	v->n_memories--;
}

/*
 * Copy between the staging buffer and device memory, in order with what is
 * recorded; waits for it.
 */
static int
copy_staged(struct jk_vulkan *v, struct jk_vulkan_memory *m, uint64_t offset,
    uint64_t n, bool up, struct jk_err *err)
{
	struct jk_access access = { .name = "copy",
		.address = m->address + offset, .size_bytes = n,
		.stride_bytes = n, .width_bytes = n, .read = !up, .write = up };
	VkBufferCopy region = {
		.srcOffset = up ? 0 : offset,
		.dstOffset = up ? offset : 0,
		.size = n
	};
	VkCommandBuffer commands;

	if (jk_vulkan_commands(v, &commands, err) < 0 ||
	    jk_vulkan_order(v, commands, &access, 1, err) < 0)
		return -1;
	v->vk.vkCmdCopyBuffer(commands, up ? v->stage.buffer : m->buffer,
	    up ? m->buffer : v->stage.buffer, 1, &region);
	return jk_vulkan_submit(&v->dev, err);
}

static int
copy(struct jk_vulkan *v, uint64_t address, char *host, size_t n, bool up,
    struct jk_err *err)
{
	struct jk_vulkan_memory *m = find(v, address, n);
	uint64_t offset, done, part;

	if (!m)
		return jk_fail(err, JK_ESYS,
		    "a copy outside the device's memory");
	offset = address - m->address;
	/*
	 * Memory of a card that is mapped whole takes what is written at full
	 * speed, but is read word by word over the bus.
	 */
	if (m->mapped && (up || m->cached)) {
		if (!jk_vulkan_idle(v) && jk_vulkan_submit(&v->dev, err) < 0)
			return -1;
		if (up)
			memcpy(m->mapped + offset, host, n);
		else
			memcpy(host, m->mapped + offset, n);
		return 0;
	}
	if (!v->stage.buffer &&
	    allocate(v, STAGE_BYTES, true, &v->stage, err) < 0)
		return -1;
	for (done = 0; done < n; done += part) {
		part = n - done < STAGE_BYTES ? n - done : STAGE_BYTES;
		if (up)
			memcpy(v->stage.mapped, host + done, part);
		if (copy_staged(v, m, offset + done, part, up, err) < 0)
			return -1;
		if (!up)
			memcpy(host + done, v->stage.mapped, part);
	}
	return 0;
}

int
jk_vulkan_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err)
{
	return copy((struct jk_vulkan *)dev, to, (char *)(uintptr_t)from, n,
	    true, err);
}

int
jk_vulkan_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	return copy((struct jk_vulkan *)dev, from, to, n, false, err);
}

/* The parts, one behind the other, into memory of their own. */
static int
upload_parts(struct jk_dev *dev, const struct jk_tensor *const *parts,
    int n_parts, uint64_t bytes, uint64_t *address, struct jk_err *err)
{
	uint64_t at;
	int i;

	if (jk_dev_alloc(dev, bytes, address, err) < 0)
		return jk_fail_prefix(err, "%s", parts[0]->name);
	at = *address;
	for (i = 0; i < n_parts; i++) {
		if (jk_dev_upload(dev, at, parts[i]->data,
		    parts[i]->size_bytes, err) < 0) {
			jk_dev_free(dev, *address);
			return jk_fail_prefix(err, "%s", parts[i]->name);
		}
		at += parts[i]->size_bytes;
	}
	return 0;
}

/* Weights stay in their stored type; the shaders decode them. */
uint32_t
jk_vulkan_weight_type(struct jk_dev *dev, enum jk_weight_use use,
    uint32_t stored, enum jk_precision precision)
{
	(void)dev;
	(void)use;
	(void)precision;
	return stored;
}

void
jk_vulkan_forget_weights(struct jk_dev *dev)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;

	v->first_weight = v->n_weights;
}

int
jk_vulkan_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out, struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	struct jk_vulkan_weight *w;
	uint64_t bytes = 0, rows = 0, at;
	int i;

	(void)use;
	(void)precision;
	for (i = v->first_weight; i < v->n_weights; i++)
		if (v->weights[i].from == parts[0]->data &&
		    v->weights[i].n_parts == n_parts) {
			*out = v->weights[i].weight;
			return 0;
		}
	for (i = 0; i < n_parts; i++) {
		bytes += parts[i]->size_bytes;
		rows += parts[i]->shape[0];
	}
	w = realloc(v->weights, ((size_t)v->n_weights + 1) * sizeof *w);
	if (!w)
		return jk_fail_nomem(err);
	v->weights = w;
	/* who asks again gets the entry: there is none before it is whole */
	if (upload_parts(dev, parts, n_parts, bytes, &at, err) < 0)
		return -1;
	w += v->n_weights++;
	*w = (struct jk_vulkan_weight){
		.from = parts[0]->data, .n_parts = n_parts,
		.weight = { .address = at, .type = parts[0]->dtype,
		    .n = (uint32_t)rows, .k = (uint32_t)parts[0]->shape[1] }
	};
	*out = w->weight;
	return 0;
}

void
jk_vulkan_memory_release(struct jk_vulkan *v)
{
	int i;

	for (i = 0; i < v->n_memories; i++)
		release(v, &v->memories[i]);
	release(v, &v->stage);
	free(v->memories);
	free(v->weights);
}
