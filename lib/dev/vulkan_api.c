#include "dev/vulkan_api.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

int
jk_vk_start(struct jk_vk *vk, struct jk_err *err)
{
	VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.pApplicationName = "jk",
		.apiVersion = VK_API_VERSION_1_2
	};
	VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &app
	};
	VkResult result;

	*vk = (struct jk_vk){ 0 };
	vk->library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!vk->library)
		return jk_fail(err, JK_EDEVICE,
		    "no Vulkan: %s (install libvulkan1 and a driver, or use "
		    "--device=cpu)", dlerror());
	/* POSIX's way to store a function pointer */
	*(void **)&vk->vkGetInstanceProcAddr = dlsym(vk->library,
	    "vkGetInstanceProcAddr");
	if (!vk->vkGetInstanceProcAddr) {
		jk_vk_stop(vk);
		return jk_fail(err, JK_EDEVICE,
		    "libvulkan.so.1 is not a Vulkan loader");
	}
#define F(name) vk->name = \
	(PFN_##name)vk->vkGetInstanceProcAddr(NULL, #name);
	JK_VK_GLOBAL(F)
#undef F
	result = vk->vkCreateInstance ?
	    vk->vkCreateInstance(&info, NULL, &vk->instance) :
	    VK_ERROR_INITIALIZATION_FAILED;
	if (result != VK_SUCCESS) {
		vk->instance = NULL;
		jk_vk_stop(vk);
		return jk_fail(err, JK_EDEVICE, "no Vulkan driver: %s",
		    jk_vk_result(result));
	}
#define F(name) vk->name = \
	(PFN_##name)vk->vkGetInstanceProcAddr(vk->instance, #name);
	JK_VK_INSTANCE(F)
#undef F
	return 0;
}

void
jk_vk_load_device(struct jk_vk *vk, VkDevice device)
{
#define F(name) vk->name = \
	(PFN_##name)vk->vkGetDeviceProcAddr(device, #name);
	JK_VK_DEVICE(F)
#undef F
}

void
jk_vk_stop(struct jk_vk *vk)
{
	if (vk->instance)
		vk->vkDestroyInstance(vk->instance, NULL);
	/*
	 * The library stays loaded: drivers start threads and register exit
	 * handlers that outlive the instance.
	 */
	vk->instance = NULL;
}

const char *
jk_vk_result(VkResult result)
{
	switch (result) {
	case VK_ERROR_OUT_OF_HOST_MEMORY: return "out of host memory";
	case VK_ERROR_OUT_OF_DEVICE_MEMORY: return "out of device memory";
	case VK_ERROR_INITIALIZATION_FAILED: return "initialization failed";
	case VK_ERROR_DEVICE_LOST: return "device lost";
	case VK_ERROR_MEMORY_MAP_FAILED: return "memory map failed";
	case VK_ERROR_LAYER_NOT_PRESENT: return "layer not present";
	case VK_ERROR_EXTENSION_NOT_PRESENT: return "extension not present";
	case VK_ERROR_FEATURE_NOT_PRESENT: return "feature not present";
	case VK_ERROR_INCOMPATIBLE_DRIVER: return "incompatible driver";
	case VK_ERROR_TOO_MANY_OBJECTS: return "too many objects";
	case VK_TIMEOUT: return "timeout";
	default: return "error";
	}
}

int
jk_vk_fail(struct jk_err *err, VkResult result, const char *what)
{
	if (result == VK_ERROR_DEVICE_LOST)
		return jk_fail(err, JK_EDEVICE, "%s: the Vulkan device was "
		    "lost (driver reset, watchdog, or the card went away); "
		    "the kernel log may say why", what);
	if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
		return jk_fail(err, JK_ESYS, "%s: out of device memory "
		    "(a smaller --batch or --memory helps, or --device=cpu)",
		    what);
	return jk_fail(err, JK_ESYS, "%s: Vulkan: %s (%d)", what,
	    jk_vk_result(result), (int)result);
}
