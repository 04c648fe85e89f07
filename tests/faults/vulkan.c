/*
 * A Vulkan loader like another one ($JK_VULKAN_LOADER, a path), but for its
 * devices: they lack parts of Vulkan (VK_KHR_portability_enumeration: who does
 * not ask for such devices finds none; VK_KHR_portability_subset: who does not
 * enable that opens none), and other programs have three eighths of their memory
 * (VK_EXT_memory_budget), which is 2 GiB at most, so that a test can ask for
 * more.  With $JK_VULKAN_FULL they have no memory left.
 */

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SUBSET "VK_KHR_portability_subset"
#define HEAP_BYTES ((VkDeviceSize)2 << 30)

static PFN_vkGetInstanceProcAddr loader;
static PFN_vkGetDeviceProcAddr device_proc;
static VkInstance the_instance;

PFN_vkVoidFunction vkGetInstanceProcAddr(VkInstance instance,
    const char *name);

static PFN_vkVoidFunction
of_loader(const char *name)
{
	void *library;

	if (!loader) {
		library = dlopen(getenv("JK_VULKAN_LOADER"), RTLD_NOW);
		if (!library)
			abort();
		*(void **)&loader = dlsym(library, "vkGetInstanceProcAddr");
	}
	return loader(the_instance, name);
}

/* What a list has, and n names more. */
static VkResult
append(VkResult result, const char *const *names, uint32_t n, uint32_t room,
    uint32_t *count, VkExtensionProperties *list)
{
	uint32_t i;

	for (i = 0; result == VK_SUCCESS && i < n; i++, ++*count) {
		if (!list)
			continue;
		if (*count == room)
			return VK_INCOMPLETE;
		strcpy(list[*count].extensionName, names[i]);
		list[*count].specVersion = 1;
	}
	return result;
}

static bool
has(const char *const *names, uint32_t n, const char *name)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static VKAPI_ATTR VkResult VKAPI_CALL
instance_extensions(const char *layer, uint32_t *n,
    VkExtensionProperties *list)
{
	static const char *const more[] = {
		VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME };
	const uint32_t room = *n;
	PFN_vkEnumerateInstanceExtensionProperties f =
	    (PFN_vkEnumerateInstanceExtensionProperties)of_loader(
	    "vkEnumerateInstanceExtensionProperties");
	VkResult result = f(layer, n, list);

	return append(result, more, 1, room, n, list);
}

static VKAPI_ATTR VkResult VKAPI_CALL
create_instance(const VkInstanceCreateInfo *info,
    const VkAllocationCallbacks *a, VkInstance *out)
{
	PFN_vkCreateInstance f = (PFN_vkCreateInstance)of_loader(
	    "vkCreateInstance");
	VkInstanceCreateInfo plain = *info;
	VkResult result;

	if (!(info->flags &
	    VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR) ||
	    !has(info->ppEnabledExtensionNames, info->enabledExtensionCount,
	    VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME))
		return VK_ERROR_INCOMPATIBLE_DRIVER;
	plain.flags = 0;
	plain.enabledExtensionCount = 0;
	result = f(&plain, a, out);
	the_instance = result == VK_SUCCESS ? *out : NULL;
	return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL
device_extensions(VkPhysicalDevice physical, const char *layer, uint32_t *n,
    VkExtensionProperties *list)
{
	static const char *const more[] = { SUBSET,
		VK_EXT_MEMORY_BUDGET_EXTENSION_NAME };
	const uint32_t room = *n;
	PFN_vkEnumerateDeviceExtensionProperties f =
	    (PFN_vkEnumerateDeviceExtensionProperties)of_loader(
	    "vkEnumerateDeviceExtensionProperties");
	VkResult result = f(physical, layer, n, list);

	return append(result, more, 2, room, n, list);
}

static VKAPI_ATTR VkResult VKAPI_CALL
create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
    const VkAllocationCallbacks *a, VkDevice *out)
{
	PFN_vkCreateDevice f = (PFN_vkCreateDevice)of_loader(
	    "vkCreateDevice");
	VkDeviceCreateInfo plain = *info;
	const char *names[16];
	uint32_t i;

	if (!has(info->ppEnabledExtensionNames, info->enabledExtensionCount,
	    SUBSET))
		return VK_ERROR_EXTENSION_NOT_PRESENT;
	plain.enabledExtensionCount = 0;
	plain.ppEnabledExtensionNames = names;
	for (i = 0; i < info->enabledExtensionCount && i < 16; i++)
		if (strcmp(info->ppEnabledExtensionNames[i], SUBSET) != 0)
			names[plain.enabledExtensionCount++] =
			    info->ppEnabledExtensionNames[i];
	return f(physical, &plain, a, out);
}

static VKAPI_ATTR void VKAPI_CALL
memory_properties(VkPhysicalDevice physical,
    VkPhysicalDeviceMemoryProperties2 *p)
{
	PFN_vkGetPhysicalDeviceMemoryProperties2 f =
	    (PFN_vkGetPhysicalDeviceMemoryProperties2)of_loader(
	    "vkGetPhysicalDeviceMemoryProperties2");
	VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = p->pNext;
	uint32_t i;

	p->pNext = NULL;
	f(physical, p);
	p->pNext = budget;
	for (i = 0; i < p->memoryProperties.memoryHeapCount; i++)
		if (p->memoryProperties.memoryHeaps[i].size > HEAP_BYTES)
			p->memoryProperties.memoryHeaps[i].size = HEAP_BYTES;
	if (!budget || budget->sType !=
	    VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT)
		return;
	for (i = 0; i < p->memoryProperties.memoryHeapCount; i++) {
		budget->heapBudget[i] =
		    p->memoryProperties.memoryHeaps[i].size / 8 * 5;
		budget->heapUsage[i] = 1 << 20;
	}
}

static VKAPI_ATTR VkResult VKAPI_CALL
no_memory(VkDevice device, const VkMemoryAllocateInfo *info,
    const VkAllocationCallbacks *a, VkDeviceMemory *out)
{
	(void)device;
	(void)info;
	(void)a;
	(void)out;
	return VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL
get_device_proc(VkDevice device, const char *name)
{
	if (getenv("JK_VULKAN_FULL") && strcmp(name, "vkAllocateMemory") == 0)
		return (PFN_vkVoidFunction)no_memory;
	return device_proc(device, name);
}

PFN_vkVoidFunction
vkGetInstanceProcAddr(VkInstance instance, const char *name)
{
	static const struct {
		const char *name;
		PFN_vkVoidFunction f;
	} ours[] = {
		{ "vkEnumerateInstanceExtensionProperties",
		  (PFN_vkVoidFunction)instance_extensions },
		{ "vkCreateInstance", (PFN_vkVoidFunction)create_instance },
		{ "vkEnumerateDeviceExtensionProperties",
		  (PFN_vkVoidFunction)device_extensions },
		{ "vkCreateDevice", (PFN_vkVoidFunction)create_device },
		{ "vkGetPhysicalDeviceMemoryProperties2",
		  (PFN_vkVoidFunction)memory_properties },
		{ "vkGetDeviceProcAddr", (PFN_vkVoidFunction)get_device_proc },
	};
	size_t i;

	(void)instance;
	device_proc = (PFN_vkGetDeviceProcAddr)of_loader(
	    "vkGetDeviceProcAddr");
	for (i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(name, ours[i].name) == 0)
			return ours[i].f;
	return of_loader(name);
}
