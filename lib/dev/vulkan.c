#include "dev/vulkan.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "dev/vulkan_impl.h"
#include "quant/grids.h"

/* Its name is in vulkan_beta.h. */
#define PORTABILITY_SUBSET "VK_KHR_portability_subset"

static int
make_device(struct jk_vulkan *v, const struct jk_vulkan_found *f,
    struct jk_err *err)
{
	const float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = f->queue_family,
		.queueCount = 1,
		.pQueuePriorities = &priority
	};
	VkPhysicalDeviceVulkan12Features f12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
		.bufferDeviceAddress = VK_TRUE,
		.scalarBlockLayout = VK_TRUE
	};
	VkPhysicalDeviceSubgroupSizeControlFeaturesEXT size_control = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES_EXT,
		.pNext = &f12,
		.subgroupSizeControl = VK_TRUE,
		.computeFullSubgroups = VK_TRUE
	};
	VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR,
		.cooperativeMatrix = VK_TRUE
	};
	VkPhysicalDeviceShaderBfloat16FeaturesKHR bf16 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR,
		.shaderBFloat16Type = VK_TRUE,
		.shaderBFloat16CooperativeMatrix = VK_TRUE
	};
	const bool has_f16 = f->matrices[JK_MATRIX_F16].kind;
	const bool has_bf16 = f->matrices[JK_MATRIX_BF16].kind;
	const char *extensions[4];
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &f12,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.ppEnabledExtensionNames = extensions
	};
	VkResult result;

	if (f->required_size) {
		info.pNext = &size_control;
		extensions[info.enabledExtensionCount++] =
		    VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME;
	}
	if (has_f16 || has_bf16) {
		matrix.pNext = (void *)info.pNext;
		info.pNext = &matrix;
		f12.vulkanMemoryModel = VK_TRUE;
		f12.shaderFloat16 = has_f16;
		extensions[info.enabledExtensionCount++] =
		    VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME;
	}
	if (has_bf16) {
		bf16.pNext = (void *)info.pNext;
		info.pNext = &bf16;
		extensions[info.enabledExtensionCount++] =
		    VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME;
	}
	/* who has it has to be asked for it; what it lacks is for pictures */
	if (jk_vk_has_extension(&v->vk, v->physical, PORTABILITY_SUBSET))
		extensions[info.enabledExtensionCount++] = PORTABILITY_SUBSET;
	result = v->vk.vkCreateDevice(v->physical, &info, NULL, &v->device);
	if (result != VK_SUCCESS) {
		v->device = NULL;
		return jk_fail(err, JK_EDEVICE, "%s: cannot be opened: %s",
		    f->properties.properties.deviceName,
		    jk_tr(jk_vk_result(result)));
	}
	jk_vk_load_device(&v->vk, v->device);
	v->queue_family = f->queue_family;
	v->vk.vkGetDeviceQueue(v->device, f->queue_family, 0, &v->queue);
	return 0;
}

/* What shaders decode with. */
static int
put_grids(struct jk_vulkan *v, struct jk_err *err)
{
	static const uint32_t grids[] = { JK_GRIDS };

	return jk_vulkan_alloc(&v->dev, sizeof grids, &v->grids, err) < 0 ?
	    -1 : jk_vulkan_upload(&v->dev, v->grids, grids, sizeof grids, err);
}

static void
close_device(struct jk_dev *dev)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;

	if (v->device) {
		v->vk.vkDeviceWaitIdle(v->device);
		jk_vulkan_pipelines_release(v);
		jk_vulkan_record_release(v);
		jk_vulkan_time_release(v);
		jk_vulkan_pace_release(v);
		jk_vulkan_memory_release(v);
		v->vk.vkDestroyDevice(v->device, NULL);
	}
	jk_vk_stop(&v->vk);
	jk_buf_release(&v->dev.description);
	jk_buf_release(&v->dev.exact);
	jk_buf_release(&v->dev.told);
	free(v);
}

static const struct jk_dev_class vulkan_class = {
	.name = "vulkan",
	.close = close_device,
	.alloc = jk_vulkan_alloc,
	.free = jk_vulkan_free,
	.upload = jk_vulkan_upload,
	.download = jk_vulkan_download,
	.run = jk_vulkan_run,
	.submit = jk_vulkan_submit,
	.fetch = jk_vulkan_fetch,
	.send = jk_vulkan_mark,
	.reached = jk_vulkan_reached,
	.weight_type = jk_vulkan_weight_type,
	.weight = jk_vulkan_weight,
	.forget_weights = jk_vulkan_forget_weights,
	.try_bf16 = jk_vulkan_try_matrices
};

int
jk_vulkan_open(const char *name, bool hardware_only, uint32_t nth,
    struct jk_dev **dev, struct jk_err *err)
{
	struct jk_vulkan *v = calloc(1, sizeof *v);
	VkPhysicalDevice devices[JK_VULKAN_DEVICES];
	struct jk_vulkan_found f;
	uint32_t n;
	int chosen;

	if (!v)
		return jk_fail_nomem(err);
	v->dev.class = &vulkan_class;
	if (jk_vk_start(&v->vk, err) < 0 ||
	    jk_vulkan_enumerate(&v->vk, devices, &n, err) < 0)
		goto fail;
	chosen = jk_vulkan_choose(&v->vk, devices, n, name, hardware_only, nth,
	    err);
	if (chosen < 0)
		goto fail;
	v->physical = devices[chosen];
	jk_vulkan_look(&v->vk, v->physical, &f);
	v->properties = f.properties;
	v->subgroup = f.subgroup;
	v->required_size = f.required_size;
	memcpy(v->matrices, f.matrices, sizeof v->matrices);
	v->maintenance3 = f.maintenance3;
	v->memory_properties = f.memory;
	v->local_heap = f.local_heap;
	v->has_budget = f.has_budget;
	v->has_ieee = f.v12.shaderSignedZeroInfNanPreserveFloat32;
	v->unified = f.properties.properties.deviceType ==
	    VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU ||
	    f.properties.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
	/* for tests: a software device goes the ways of hardware */
	v->software = f.properties.properties.deviceType ==
	    VK_PHYSICAL_DEVICE_TYPE_CPU && !getenv("JK_VULKAN_HARDWARE");
	v->dev.splits = v->dev.folds_lora = v->dev.fuses = !v->software;
	v->dev.has_bf16 = f.matrices[JK_MATRIX_F16].kind ||
	    f.matrices[JK_MATRIX_BF16].kind;
	v->dev.fast_bf16 = v->dev.has_bf16 && !v->software;
	v->staging = getenv("JK_VULKAN_STAGING") != NULL;
	if (make_device(v, &f, err) < 0 ||
	    jk_vulkan_record_init(v, err) < 0 ||
	    jk_vulkan_pace_init(v, f.stamp_bits, err) < 0 ||
	    jk_vulkan_pipelines_init(v, err) < 0 || put_grids(v, err) < 0)
		goto fail;
	v->dev.memory_bytes = f.plan_bytes;
	v->dev.taken_bytes = f.local_bytes - f.plan_bytes;
	/* less the spare word behind every piece */
	v->dev.max_block_bytes = f.maintenance3.maxMemoryAllocationSize - 256;
	jk_buf_printf(&v->dev.description, "vulkan:%d: %s (%s)", chosen,
	    f.properties.properties.deviceName,
	    jk_vulkan_type_name(f.properties.properties.deviceType));
	jk_buf_printf(&v->dev.told, "vulkan:%d: %s (%s)", chosen,
	    f.properties.properties.deviceName,
	    jk_tr(jk_vulkan_type_name(f.properties.properties.deviceType)));
	jk_buf_printf(&v->dev.exact, "%s; %s %s, %#x",
	    f.properties.properties.deviceName, f.v12.driverName,
	    f.v12.driverInfo, f.properties.properties.driverVersion);
	if (jk_buf_check(&v->dev.description, err) < 0 ||
	    jk_buf_check(&v->dev.exact, err) < 0 ||
	    jk_buf_check(&v->dev.told, err) < 0)
		goto fail;
	*dev = &v->dev;
	return 0;
fail:
	close_device(&v->dev);
	return -1;
}
