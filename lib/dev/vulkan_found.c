#include <string.h>

#include "base/decimal.h"
#include "base/lang.h"
#include "base/parse.h"
#include "dev/vulkan.h"
#include "dev/vulkan_impl.h"

/* Looking for devices, and at what they have. */

const char *
jk_vulkan_type_name(VkPhysicalDeviceType type)
{
	switch (type) {
	case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
		return JK_MSG("discrete GPU");
	case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
		return JK_MSG("integrated GPU");
	case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
		return JK_MSG("virtual GPU");
	case VK_PHYSICAL_DEVICE_TYPE_CPU:
		return JK_MSG("software, on the CPU");
	default:
		return JK_MSG("other");
	}
}

/*
 * The size that subgroups shall have, where the device lets one be required and
 * all their lanes be full: 32, which hardware that has a choice likes best, but
 * for Intel's, whose registers suffice for 16.  Where it can't be, shaders
 * count what runs (shaders/reduce.glsl).
 */
static void
look_at_sizes(const struct jk_vk *vk, VkPhysicalDevice physical,
    struct jk_vulkan_found *f)
{
	enum { INTEL = 0x8086 };
	VkPhysicalDeviceProperties2 properties = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &f->sizes
	};
	VkPhysicalDeviceFeatures2 features = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
		.pNext = &f->size_control
	};
	uint32_t size = f->properties.properties.vendorID == INTEL ? 16 : 32;

	if (!jk_vk_has_extension(vk, physical,
	    VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME))
		return;
	f->sizes.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES_EXT;
	f->size_control.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT;
	vk->vkGetPhysicalDeviceProperties2(physical, &properties);
	vk->vkGetPhysicalDeviceFeatures2(physical, &features);
	if (!f->size_control.subgroupSizeControl ||
	    !f->size_control.computeFullSubgroups ||
	    !(f->sizes.requiredSubgroupSizeStages &
	    VK_SHADER_STAGE_COMPUTE_BIT))
		return;
	if (size < f->sizes.minSubgroupSize)
		size = f->sizes.minSubgroupSize;
	if (size > f->sizes.maxSubgroupSize)
		size = f->sizes.maxSubgroupSize;
	/* groups of 256 are the largest */
	if ((uint64_t)size * f->sizes.maxComputeWorkgroupSubgroups >= 256)
		f->required_size = size;
}

/* The largest heap of the device's own, and how much of it is to be had. */
static void
look_at_memory(const struct jk_vk *vk, VkPhysicalDevice physical,
    struct jk_vulkan_found *f)
{
	VkPhysicalDeviceMemoryProperties2 memory = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2
	};
	const VkMemoryHeap *heaps = f->memory.memoryHeaps;
	uint32_t i;

	vk->vkGetPhysicalDeviceMemoryProperties2(physical, &memory);
	f->memory = memory.memoryProperties;
	for (i = 0; i < f->memory.memoryHeapCount; i++)
		if ((heaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
		    heaps[i].size > f->local_bytes) {
			f->local_bytes = heaps[i].size;
			f->local_heap = i;
		}
	f->has_budget = jk_vk_has_extension(vk, physical,
	    VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
	f->plan_bytes = f->has_budget ? jk_vulkan_plan_bytes(f->local_bytes,
	    jk_vulkan_budget(vk, physical, f->local_heap).budget_bytes) :
	    f->local_bytes;
}

void
jk_vulkan_look(const struct jk_vk *vk, VkPhysicalDevice physical,
    struct jk_vulkan_found *f)
{
	VkQueueFamilyProperties families[32];
	uint32_t n = 32, i;
	const VkPhysicalDeviceLimits *limits;
	const VkSubgroupFeatureFlags wanted = VK_SUBGROUP_FEATURE_BASIC_BIT |
	    VK_SUBGROUP_FEATURE_ARITHMETIC_BIT |
	    VK_SUBGROUP_FEATURE_SHUFFLE_BIT;

	memset(f, 0, sizeof *f);
	f->properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
	f->v12.sType =
	    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES;
	f->subgroup.sType =
	    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
	f->maintenance3.sType =
	    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES;
	f->features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
	f->f12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
	vk->vkGetPhysicalDeviceProperties2(physical, &f->properties);
	if (f->properties.properties.apiVersion < VK_API_VERSION_1_2) {
		f->lacks = JK_MSG("Vulkan 1.2");
		return;
	}
	f->properties.pNext = &f->v12;
	f->v12.pNext = &f->subgroup;
	f->subgroup.pNext = &f->maintenance3;
	vk->vkGetPhysicalDeviceProperties2(physical, &f->properties);
	f->features.pNext = &f->f12;
	vk->vkGetPhysicalDeviceFeatures2(physical, &f->features);
	look_at_memory(vk, physical, f);
	vk->vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families);
	for (i = 0; i < n && !f->has_queue; i++)
		if (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) {
			f->has_queue = true;
			f->queue_family = i;
			f->stamp_bits = families[i].timestampValidBits;
		}
	look_at_sizes(vk, physical, f);
	if (f->required_size)
		f->subgroup.subgroupSize = f->required_size;
	jk_vulkan_matrices(vk, physical, f->required_size, f->matrices);
	limits = &f->properties.properties.limits;
	f->lacks = !f->f12.bufferDeviceAddress ? JK_MSG("buffer device "
	    "addresses") :
	    !f->f12.scalarBlockLayout ? JK_MSG("scalar block layout") :
	    !f->has_queue ? JK_MSG("a compute queue") :
	    limits->maxPushConstantsSize < 128 ? JK_MSG("128 push-constant "
	    "bytes") :
	    limits->maxComputeWorkGroupInvocations < 256 ||
	    limits->maxComputeWorkGroupSize[0] < 256 ?
	    JK_MSG("work groups of 256") :
	    limits->maxComputeSharedMemorySize < 16384 ?
	    JK_MSG("16 KiB of shared memory") :
	    (f->subgroup.supportedOperations & wanted) != wanted ||
	    !(f->subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) ?
	    JK_MSG("subgroup arithmetic and shuffles in compute shaders") :
	    NULL;
}

int
jk_vulkan_enumerate(const struct jk_vk *vk, VkPhysicalDevice *devices, uint32_t *n,
    struct jk_err *err)
{
	VkResult result;

	*n = JK_VULKAN_DEVICES;
	result = vk->vkEnumeratePhysicalDevices(vk->instance, n, devices);
	if (result != VK_SUCCESS && result != VK_INCOMPLETE)
		return jk_vk_fail(err, result, "listing devices");
	return 0;
}

int
jk_vulkan_list(struct jk_buf *out, struct jk_err *err)
{
	struct jk_vk vk;
	VkPhysicalDevice devices[JK_VULKAN_DEVICES];
	struct jk_vulkan_found f;
	uint32_t n, i;
	int k;

	if (jk_vk_start(&vk, err) < 0) {
		jk_buf_printf(out, "vulkan: %s\n", err->msg);
		return 0;
	}
	if (jk_vulkan_enumerate(&vk, devices, &n, err) < 0) {
		jk_vk_stop(&vk);
		return -1;
	}
	for (i = 0; i < n; i++) {
		jk_vulkan_look(&vk, devices[i], &f);
		jk_buf_printf(out, "vulkan:%u: %s (%s)", i,
		    f.properties.properties.deviceName,
		    jk_tr(jk_vulkan_type_name(f.properties.properties.deviceType)));
		if (f.lacks) {
			jk_buf_printf(out, jk_tr("; not usable: lacks %s\n"),
			    jk_tr(f.lacks));
			continue;
		}
		jk_buf_printf_local(out, jk_tr("; %s %s; Vulkan %u.%u; "
		    "%.1f GiB"),
		    f.v12.driverName, f.v12.driverInfo,
		    VK_API_VERSION_MAJOR(f.properties.properties.apiVersion),
		    VK_API_VERSION_MINOR(f.properties.properties.apiVersion),
		    (double)f.local_bytes / 0x1p30);
		if (f.plan_bytes < f.local_bytes)
			jk_buf_printf_local(out, jk_tr(" (%.1f free)"),
			    (double)f.plan_bytes / 0x1p30);
		jk_buf_printf_local(out, jk_tr(", at most %.1f GiB an allocation; "
		    "subgroups of %u; %u KiB shared"),
		    (double)f.maintenance3.maxMemoryAllocationSize / 0x1p30,
		    f.subgroup.subgroupSize,
		    f.properties.properties.limits.maxComputeSharedMemorySize
		    / 1024);
		for (k = JK_MATRIX_NONE + 1; k < JK_MATRIX_KINDS; k++)
			if (f.matrices[k].kind)
				jk_buf_printf(out, jk_tr("; matrices "
				    "%ux%ux%u of %s"), f.matrices[k].m,
				    f.matrices[k].n, f.matrices[k].k,
				    jk_vulkan_matrix_name(k));
		jk_buf_addc(out, '\n');
	}
	jk_vk_stop(&vk);
	return 0;
}

int
jk_vulkan_choose(const struct jk_vk *vk, const VkPhysicalDevice *devices,
    uint32_t n, const char *name, bool hardware_only, uint32_t nth,
    struct jk_err *err)
{
	static const int rank[] = {
		[VK_PHYSICAL_DEVICE_TYPE_OTHER] = 1,
		[VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU] = 3,
		[VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU] = 4,
		[VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU] = 2,
		[VK_PHYSICAL_DEVICE_TYPE_CPU] = 0
	};
	struct jk_vulkan_found f;
	const char *lacks = NULL;
	int best[JK_VULKAN_DEVICES], best_rank = -1, r;
	uint32_t n_best = 0, i;
	long long wanted;

	if (strncmp(name, "vulkan:", 7) == 0) {
		if (jk_parse_int(name + 7, &wanted, err) < 0)
			return jk_fail_prefix(err, "--device=%s", name);
		if (wanted < 0 || wanted >= (long long)n)
			return jk_fail(err, JK_EDEVICE, "--device=%s: there "
			    "are %u Vulkan devices (see jk-info --devices)",
			    name, n);
		jk_vulkan_look(vk, devices[wanted], &f);
		if (f.lacks)
			return jk_fail(err, JK_EDEVICE, "%s lacks %s",
			    f.properties.properties.deviceName,
			    jk_tr(f.lacks));
		return (int)wanted;
	}
	if (strcmp(name, "vulkan") != 0)
		return jk_fail(err, JK_EUSAGE, "--device=%s: not one of auto, "
		    "cpu, vulkan, vulkan:N", name);
	for (i = 0; i < n; i++) {
		jk_vulkan_look(vk, devices[i], &f);
		if (f.lacks) {
			lacks = f.lacks;
			continue;
		}
		r = rank[f.properties.properties.deviceType > 4 ? 0 :
		    f.properties.properties.deviceType];
		if (r < best_rank || (hardware_only &&
		    f.properties.properties.deviceType ==
		    VK_PHYSICAL_DEVICE_TYPE_CPU))
			continue;
		if (r > best_rank)
			n_best = 0;
		best_rank = r;
		best[n_best++] = (int)i;
	}
	if (n_best)
		return best[nth % n_best];
	if (lacks)
		return jk_fail(err, JK_EDEVICE,
		    "no usable Vulkan device: one was found that lacks %s",
		    lacks);
	return jk_fail(err, JK_EDEVICE, hardware_only && n ?
	    "no hardware Vulkan device" : "no Vulkan device");
}
