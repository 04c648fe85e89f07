#ifndef JK_DEV_VULKAN_API_H
#define JK_DEV_VULKAN_API_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

#include "base/err.h"

/*
 * What headers before 1.3.255 and 1.4.309 lack: as in the registry of Vulkan,
 * VK_KHR_cooperative_matrix and VK_KHR_shader_bfloat16.
 */
#ifndef VK_KHR_cooperative_matrix
#define VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME "VK_KHR_cooperative_matrix"
#define VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR \
	((VkStructureType)1000506000)
#define VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR \
	((VkStructureType)1000506001)
typedef enum VkComponentTypeKHR {
	VK_COMPONENT_TYPE_FLOAT16_KHR = 0,
	VK_COMPONENT_TYPE_FLOAT32_KHR = 1,
	VK_COMPONENT_TYPE_MAX_ENUM_KHR = 0x7fffffff
} VkComponentTypeKHR;
typedef enum VkScopeKHR {
	VK_SCOPE_SUBGROUP_KHR = 3,
	VK_SCOPE_MAX_ENUM_KHR = 0x7fffffff
} VkScopeKHR;
typedef struct VkCooperativeMatrixPropertiesKHR {
	VkStructureType sType;
	void *pNext;
	uint32_t MSize, NSize, KSize;
	VkComponentTypeKHR AType, BType, CType, ResultType;
	VkBool32 saturatingAccumulation;
	VkScopeKHR scope;
} VkCooperativeMatrixPropertiesKHR;
typedef struct VkPhysicalDeviceCooperativeMatrixFeaturesKHR {
	VkStructureType sType;
	void *pNext;
	VkBool32 cooperativeMatrix, cooperativeMatrixRobustBufferAccess;
} VkPhysicalDeviceCooperativeMatrixFeaturesKHR;
typedef VkResult (VKAPI_PTR
*PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(VkPhysicalDevice,
    uint32_t *, VkCooperativeMatrixPropertiesKHR *);
#endif
#ifndef VK_KHR_shader_bfloat16
#define VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME "VK_KHR_shader_bfloat16"
#define VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR \
	((VkStructureType)1000141000)
#define VK_COMPONENT_TYPE_BFLOAT16_KHR ((VkComponentTypeKHR)1000141000)
typedef struct VkPhysicalDeviceShaderBfloat16FeaturesKHR {
	VkStructureType sType;
	void *pNext;
	VkBool32 shaderBFloat16Type, shaderBFloat16DotProduct,
	    shaderBFloat16CooperativeMatrix;
} VkPhysicalDeviceShaderBfloat16FeaturesKHR;
#endif

/* The functions of Vulkan that jk calls, found at run time. */

#define JK_VK_GLOBAL(F) \
	F(vkEnumerateInstanceExtensionProperties) \
	F(vkCreateInstance)

#define JK_VK_INSTANCE(F) \
	F(vkDestroyInstance) \
	F(vkEnumeratePhysicalDevices) \
	F(vkGetPhysicalDeviceProperties2) \
	F(vkGetPhysicalDeviceFeatures2) \
	F(vkGetPhysicalDeviceMemoryProperties2) \
	F(vkGetPhysicalDeviceQueueFamilyProperties) \
	F(vkEnumerateDeviceExtensionProperties) \
	F(vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) \
	F(vkCreateDevice) \
	F(vkGetDeviceProcAddr)

#define JK_VK_DEVICE(F) \
	F(vkDestroyDevice) \
	F(vkGetDeviceQueue) \
	F(vkDeviceWaitIdle) \
	F(vkCreateBuffer) \
	F(vkDestroyBuffer) \
	F(vkGetBufferMemoryRequirements) \
	F(vkGetBufferDeviceAddress) \
	F(vkAllocateMemory) \
	F(vkFreeMemory) \
	F(vkBindBufferMemory) \
	F(vkMapMemory) \
	F(vkCreateCommandPool) \
	F(vkDestroyCommandPool) \
	F(vkAllocateCommandBuffers) \
	F(vkBeginCommandBuffer) \
	F(vkEndCommandBuffer) \
	F(vkCmdPipelineBarrier) \
	F(vkCmdBindPipeline) \
	F(vkCmdPushConstants) \
	F(vkCmdDispatchBase) \
	F(vkCmdCopyBuffer) \
	F(vkQueueSubmit) \
	F(vkCreateFence) \
	F(vkDestroyFence) \
	F(vkWaitForFences) \
	F(vkGetFenceStatus) \
	F(vkResetFences) \
	F(vkCreateShaderModule) \
	F(vkDestroyShaderModule) \
	F(vkCreatePipelineLayout) \
	F(vkDestroyPipelineLayout) \
	F(vkCreatePipelineCache) \
	F(vkDestroyPipelineCache) \
	F(vkGetPipelineCacheData) \
	F(vkCreateQueryPool) \
	F(vkDestroyQueryPool) \
	F(vkCmdResetQueryPool) \
	F(vkCmdWriteTimestamp) \
	F(vkGetQueryPoolResults) \
	F(vkCreateComputePipelines) \
	F(vkDestroyPipeline)

struct jk_vk {
	void *library;
	PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr;
#define F(name) PFN_##name name;
	JK_VK_GLOBAL(F)
	JK_VK_INSTANCE(F)
	JK_VK_DEVICE(F)
#undef F
	VkInstance instance;
};

/*
 * Load the library and make an instance, which lists also devices that lack
 * some of Vulkan (VK_KHR_portability_enumeration: MoltenVK).  Errors:
 * JK_EDEVICE.
 */
int jk_vk_start(struct jk_vk *vk, struct jk_err *err) JK_WARN_UNUSED;
/* Whether a device, or without one the instance, has an extension. */
bool jk_vk_has_extension(const struct jk_vk *vk, VkPhysicalDevice physical,
    const char *name);
void jk_vk_load_device(struct jk_vk *vk, VkDevice device);
void jk_vk_stop(struct jk_vk *vk);

/* The word for a VkResult, such as "out of device memory". */
const char *jk_vk_result(VkResult result);

/*
 * Fail with "what: result".  Lost devices and exhausted memory say what a
 * person can do about it.  Status: JK_EDEVICE for a lost device, else JK_ESYS.
 */
int jk_vk_fail(struct jk_err *err, VkResult result, const char *what);

#endif
