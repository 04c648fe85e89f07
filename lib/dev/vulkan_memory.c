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

/* An allocation failed: how much, and what the driver has for us. */
static int
fail_allocation(struct jk_vulkan *v, VkResult result, size_t size_bytes,
    struct jk_err *err)
{
	const double mib = (double)size_bytes / 0x1p20;
	struct jk_vulkan_budget b;

	jk_vk_fail(err, result, "memory");
	if (!v->has_budget)
		return jk_fail_prefix(err, "allocating %.1f MiB", mib);
	b = jk_vulkan_budget(&v->vk, v->physical, v->local_heap);
	return jk_fail_prefix(err, "allocating %.1f MiB (of %.1f MiB that the "
	    "driver has for this process %.1f are taken)", mib,
	    (double)b.budget_bytes / 0x1p20, (double)b.used_bytes / 0x1p20);
}

static int
allocate(struct jk_vulkan *v, size_t size_bytes, enum jk_vulkan_use use,
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
	VkMemoryPropertyFlags has;
	void *mapped;
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
	type = jk_vulkan_memory_type(&v->memory_properties,
	    needs.memoryTypeBits, use);
	if (type < 0) {
		release(v, m);
		return jk_fail(err, JK_ESYS,
		    "the Vulkan device has no fitting memory type");
	}
	alloc.allocationSize = needs.size;
	alloc.memoryTypeIndex = (uint32_t)type;
	has = v->memory_properties.memoryTypes[type].propertyFlags;
	m->cached = has & VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
	result = v->vk.vkAllocateMemory(v->device, &alloc, NULL, &m->memory);
	if (result == VK_SUCCESS)
		result = v->vk.vkBindBufferMemory(v->device, m->buffer,
		    m->memory, 0);
	if (result == VK_SUCCESS && use != JK_VULKAN_OWN &&
	    (has & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) &&
	    (has & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)) {
		result = v->vk.vkMapMemory(v->device, m->memory, 0,
		    VK_WHOLE_SIZE, 0, &mapped);
		if (result == VK_SUCCESS)
			m->mapped = mapped;
	}
	if (result != VK_SUCCESS) {
		release(v, m);
		return fail_allocation(v, result, size_bytes, err);
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
	if (allocate(v, (size_bytes + 3) / 4 * 4 + 4, v->unified &&
	    !v->staging ? JK_VULKAN_UNIFIED : JK_VULKAN_OWN, &m, err) < 0)
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
 * n bytes of the staging buffer, at most STAGE_BYTES, in one piece, that no copy
 * in flight uses.  They are used until the submission that is recorded has ended.
 */
static int
take_stage(struct jk_vulkan *v, uint64_t n, uint64_t *at, struct jk_err *err)
{
	uint64_t rest, skipped;

	if (!v->stage.buffer && allocate(v, STAGE_BYTES, JK_VULKAN_STAGE,
	    &v->stage, err) < 0)
		return -1;
	n = (n + 63) / 64 * 64;
	for (;;) {
		if (jk_vulkan_idle(v))
			v->stage_head = v->stage_tail = 0;
		rest = STAGE_BYTES - v->stage_head % STAGE_BYTES;
		skipped = rest < n ? rest : 0;
		if (v->stage_head + skipped + n - v->stage_tail <= STAGE_BYTES)
			break;
		if (jk_vulkan_wait_oldest(v, err) < 0)
			return -1;
	}
	v->stage_head += skipped;
	*at = v->stage_head % STAGE_BYTES;
	v->stage_head += n;
	return 0;
}

/*
 * Record a copy between the staging buffer and device memory, in order with
 * what is recorded.
 */
static int
copy_staged(struct jk_vulkan *v, struct jk_vulkan_memory *m, uint64_t offset,
    uint64_t staged, uint64_t n, bool up, struct jk_err *err)
{
	struct jk_access access = { .name = "copy",
		.address = m->address + offset, .size_bytes = n,
		.stride_bytes = n, .width_bytes = n, .read = !up, .write = up };
	VkBufferCopy region = {
		.srcOffset = up ? staged : offset,
		.dstOffset = up ? offset : staged,
		.size = n
	};
	VkCommandBuffer commands;

	if (jk_vulkan_commands(v, &commands, err) < 0 ||
	    jk_vulkan_order(v, commands, &access, 1, err) < 0)
		return -1;
	v->vk.vkCmdCopyBuffer(commands, up ? v->stage.buffer : m->buffer,
	    up ? m->buffer : v->stage.buffer, 1, &region);
	return 0;
}

static int
copy(struct jk_vulkan *v, uint64_t address, char *host, size_t n, bool up,
    struct jk_err *err)
{
	struct jk_vulkan_memory *m = find(v, address, n);
	uint64_t offset, done, part, at;

	if (!m)
		return jk_fail(err, JK_ESYS,
		    "a copy outside the device's memory");
	offset = address - m->address;
	if (m->mapped && up && jk_vulkan_idle(v)) {
		memcpy(m->mapped + offset, host, n);
		return 0;
	}
	/* what is mapped but not cached is read word by word */
	if (m->mapped && !up && m->cached) {
		if (!jk_vulkan_idle(v) && jk_vulkan_submit(&v->dev, err) < 0)
			return -1;
		memcpy(host, m->mapped + offset, n);
		return 0;
	}
	for (done = 0; done < n; done += part) {
		part = n - done < STAGE_BYTES ? n - done : STAGE_BYTES;
		if (take_stage(v, part, &at, err) < 0)
			return -1;
		if (up)
			memcpy(v->stage.mapped + at, host + done, part);
		if (copy_staged(v, m, offset + done, at, part, up, err) < 0)
			return -1;
		/* what goes up is copied when the next submission runs */
		if (!up && jk_vulkan_submit(&v->dev, err) < 0)
			return -1;
		if (!up)
			memcpy(host + done, v->stage.mapped + at, part);
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

/* n bytes, staged in a submission, are to go to `to`. */
static int
note_fetch(struct jk_vulkan *v, void *to, uint64_t staged, uint64_t n,
    struct jk_err *err)
{
	if (v->n_fetches == v->cap_fetches) {
		size_t cap = v->cap_fetches ? 2 * v->cap_fetches : 16;
		struct jk_vulkan_fetch *p = realloc(v->fetches,
		    cap * sizeof *p);

		if (!p)
			return jk_fail_nomem(err);
		v->fetches = p;
		v->cap_fetches = cap;
	}
	v->fetches[v->n_fetches++] = (struct jk_vulkan_fetch){ to, staged, n,
		v->dev.n_submissions };
	return 0;
}

int
jk_vulkan_fetch(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	struct jk_vulkan_memory *m = find(v, from, n);
	uint64_t done, part, at;

	if (!m)
		return jk_fail(err, JK_ESYS,
		    "a copy outside the device's memory");
	for (done = 0; done < n; done += part) {
		part = n - done < STAGE_BYTES ? n - done : STAGE_BYTES;
		if (take_stage(v, part, &at, err) < 0 ||
		    copy_staged(v, m, from - m->address + done, at, part,
		    false, err) < 0 ||
		    note_fetch(v, (char *)to + done, at, part, err) < 0)
			return -1;
	}
	return 0;
}

void
jk_vulkan_fetched(struct jk_vulkan *v)
{
	size_t n = 0;

	for (; n < v->n_fetches && v->fetches[n].submission < v->n_ended; n++)
		memcpy(v->fetches[n].to, v->stage.mapped +
		    v->fetches[n].staged, v->fetches[n].n);
	if (n) {
		v->n_fetches -= n;
		memmove(v->fetches, v->fetches + n, v->n_fetches *
		    sizeof *v->fetches);
	}
	v->stage_tail = v->stage_end[(v->n_ended - 1) % JK_VULKAN_FRAMES];
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
	free(v->fetches);
}
