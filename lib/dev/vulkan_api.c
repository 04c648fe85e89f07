#include "dev/vulkan_api.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* By what name the system has Vulkan's loader, or a driver that is one. */
static const char *const libraries[] = {
#if defined __APPLE__
	"libvulkan.1.dylib", "libvulkan.dylib", "libMoltenVK.dylib"
#elif defined __CYGWIN__
	"vulkan-1.dll"
#else
	"libvulkan.so.1", "libvulkan.so"
#endif
};

static const char *
load(struct jk_vk *vk)
{
	size_t i;

	for (i = 0; i < sizeof libraries / sizeof *libraries; i++) {
		vk->library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
		if (vk->library)
			return libraries[i];
	}
	/* so that dlerror speaks of the first */
	vk->library = dlopen(libraries[0], RTLD_NOW | RTLD_LOCAL);
	return libraries[0];
}

static VkResult
list_extensions(const struct jk_vk *vk, VkPhysicalDevice physical,
    uint32_t *n, VkExtensionProperties *list)
{
	return physical ? vk->vkEnumerateDeviceExtensionProperties(physical,
	    NULL, n, list) : vk->vkEnumerateInstanceExtensionProperties(NULL,
	    n, list);
}

bool
jk_vk_has_extension(const struct jk_vk *vk, VkPhysicalDevice physical,
    const char *name)
{
	VkExtensionProperties *list = NULL;
	uint32_t n = 0, i;
	bool found = false;

	if (list_extensions(vk, physical, &n, NULL) == VK_SUCCESS && n > 0)
		list = calloc(n, sizeof *list);
	if (list && list_extensions(vk, physical, &n, list) >= VK_SUCCESS)
		for (i = 0; i < n && !found; i++)
			found = strcmp(list[i].extensionName, name) == 0;
	free(list);
	return found;
}

static VkResult
make_instance(struct jk_vk *vk)
{
	const char *portability =
	    VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME;
	VkApplicationInfo app = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.pApplicationName = "jk",
		.apiVersion = VK_API_VERSION_1_2
	};
	VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &app
	};

	if (!vk->vkCreateInstance ||
	    !vk->vkEnumerateInstanceExtensionProperties)
		return VK_ERROR_INITIALIZATION_FAILED;
	if (jk_vk_has_extension(vk, VK_NULL_HANDLE, portability)) {
		info.flags = VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
		info.enabledExtensionCount = 1;
		info.ppEnabledExtensionNames = &portability;
	}
	return vk->vkCreateInstance(&info, NULL, &vk->instance);
}

int
jk_vk_start(struct jk_vk *vk, struct jk_err *err)
{
	const char *name;
	VkResult result;

	*vk = (struct jk_vk){ 0 };
	name = load(vk);
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
		    "%s is not a Vulkan loader", name);
	}
#define F(name) vk->name = \
	(PFN_##name)vk->vkGetInstanceProcAddr(NULL, #name);
	JK_VK_GLOBAL(F)
#undef F
	result = make_instance(vk);
	if (result != VK_SUCCESS) {
		vk->instance = NULL;
		jk_vk_stop(vk);
		/* what the loader says where it has found none */
		if (result == VK_ERROR_INCOMPATIBLE_DRIVER)
			return jk_fail(err, JK_EDEVICE, "no Vulkan driver is "
			    "installed");
		return jk_fail(err, JK_EDEVICE, "no Vulkan driver: %s",
		    jk_tr(jk_vk_result(result)));
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
	case VK_ERROR_OUT_OF_HOST_MEMORY:
		return JK_MSG("out of host memory");
	case VK_ERROR_OUT_OF_DEVICE_MEMORY:
		return JK_MSG("out of device memory");
	case VK_ERROR_INITIALIZATION_FAILED:
		return JK_MSG("initialization failed");
	case VK_ERROR_DEVICE_LOST:
		return JK_MSG("device lost");
	case VK_ERROR_MEMORY_MAP_FAILED:
		return JK_MSG("memory map failed");
	case VK_ERROR_LAYER_NOT_PRESENT:
		return JK_MSG("layer not present");
	case VK_ERROR_EXTENSION_NOT_PRESENT:
		return JK_MSG("extension not present");
	case VK_ERROR_FEATURE_NOT_PRESENT:
		return JK_MSG("feature not present");
	case VK_ERROR_INCOMPATIBLE_DRIVER:
		return JK_MSG("incompatible driver");
	case VK_ERROR_TOO_MANY_OBJECTS:
		return JK_MSG("too many objects");
	case VK_TIMEOUT:
		return JK_MSG("timeout");
	default:
		return JK_MSG("error");
	}
}

int
jk_vk_fail(struct jk_err *err, VkResult result, const char *what)
{
	if (result == VK_ERROR_DEVICE_LOST)
		return jk_fail(err, JK_EDEVICE, "%s: the Vulkan device was "
		    "lost (driver reset, watchdog, or the card went away); "
		    "the kernel log may say why", jk_tr(what));
	if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
		return jk_fail(err, JK_ESYS, "%s: out of device memory "
		    "(a smaller --batch or --memory helps, or --device=cpu)",
		    jk_tr(what));
	return jk_fail(err, JK_ESYS, "%s: Vulkan: %s (%d)", jk_tr(what),
	    jk_tr(jk_vk_result(result)), (int)result);
}
