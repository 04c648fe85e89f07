#include "dev/vulkan_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dev/spirv.h"
#include "shaders/list.h"

/* spirv_<shader>[]: the SPIR-V of every shader, written by the Makefile. */
#include "base/file.h"
#include "base/in.h"
#include "shaders/spirv.inc"

static const struct {
	const char *name;
	const uint32_t *code;
	size_t size_bytes;
} shaders[] = {
#define SHADER(name) { #name, spirv_##name, sizeof spirv_##name },
	JK_SHADERS(SHADER)
#undef SHADER
};

/*
 * Where compiled pipelines are kept between runs:
 * $XDG_CACHE_HOME/jk/pipelines-VENDOR-DEVICE-UUID, or NULL without a home.
 */
static char *
find_cache_path(const struct jk_vulkan *v)
{
	const VkPhysicalDeviceProperties *p = &v->properties.properties;
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct jk_buf path = JK_BUF_INIT;
	int i;

	if (base && *base == '/')
		jk_buf_adds(&path, base);
	else if (home && *home == '/')
		jk_buf_printf(&path, "%s/.cache", home);
	else
		return NULL;
	if (mkdir(jk_buf_str(&path), 0777) < 0 && errno != EEXIST)
		goto none;
	jk_buf_adds(&path, "/jk");
	if (mkdir(jk_buf_str(&path), 0777) < 0 && errno != EEXIST)
		goto none;
	jk_buf_printf(&path, "/pipelines-%04x-%04x-", p->vendorID,
	    p->deviceID);
	for (i = 0; i < (int)VK_UUID_SIZE; i++)
		jk_buf_printf(&path, "%02x", p->pipelineCacheUUID[i]);
	if (!path.failed)
		return path.data;
none:
	jk_buf_release(&path);
	return NULL;
}

int
jk_vulkan_pipelines_init(struct jk_vulkan *v, struct jk_err *err)
{
	VkPushConstantRange range = {
		.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
		.size = 128
	};
	VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges = &range
	};
	VkPipelineCacheCreateInfo cache = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO
	};
	struct jk_buf saved = JK_BUF_INIT;
	struct jk_err unread;
	VkResult result;

	v->cache_path = find_cache_path(v);
	/* a cache that cannot be read is as good as none; drivers check it */
	if (v->cache_path && jk_read_file(v->cache_path, &saved, &unread) == 0) {
		cache.initialDataSize = saved.len;
		cache.pInitialData = saved.data;
		v->cache_loaded_bytes = saved.len;
	}
	result = v->vk.vkCreatePipelineLayout(v->device, &layout, NULL,
	    &v->layout);
	if (result == VK_SUCCESS)
		result = v->vk.vkCreatePipelineCache(v->device, &cache, NULL,
		    &v->cache);
	jk_buf_release(&saved);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "pipeline layout");
	return 0;
}

/* Keep the cache when it grew.  Nothing depends on it: errors are ignored. */
static void
save_cache(struct jk_vulkan *v)
{
	struct jk_err err;
	size_t n = 0;
	void *data;

	if (!v->cache_path || v->vk.vkGetPipelineCacheData(v->device,
	    v->cache, &n, NULL) != VK_SUCCESS || n == v->cache_loaded_bytes)
		return;
	data = malloc(n ? n : 1);
	if (data && v->vk.vkGetPipelineCacheData(v->device, v->cache, &n,
	    data) == VK_SUCCESS &&
	    jk_file_put(v->cache_path, data, n, &err) < 0)
		v->cache_loaded_bytes = 0;
	free(data);
}

void
jk_vulkan_pipelines_release(struct jk_vulkan *v)
{
	int i;

	if (v->cache) {
		save_cache(v);
		v->vk.vkDestroyPipelineCache(v->device, v->cache, NULL);
	}
	for (i = 0; i < v->n_pipelines; i++)
		v->vk.vkDestroyPipeline(v->device, v->pipelines[i].pipeline,
		    NULL);
	if (v->layout)
		v->vk.vkDestroyPipelineLayout(v->device, v->layout, NULL);
	free(v->pipelines);
	free(v->cache_path);
}

static int
make_module(struct jk_vulkan *v, enum jk_shader shader, VkShaderModule *out,
    struct jk_err *err)
{
	VkShaderModuleCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = shaders[shader].size_bytes,
		.pCode = shaders[shader].code
	};
	uint32_t *plain = NULL;
	VkResult result;

	if (!v->has_ieee && jk_spirv_is_ieee(info.pCode, info.codeSize / 4)) {
		plain = malloc(info.codeSize);
		if (!plain)
			return jk_fail_nomem(err);
		info.codeSize = 4 * jk_spirv_without_ieee(info.pCode,
		    info.codeSize / 4, plain);
		info.pCode = plain;
	}
	result = v->vk.vkCreateShaderModule(v->device, &info, NULL, out);
	free(plain);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, shaders[shader].name);
	return 0;
}

static int
make(struct jk_vulkan *v, const struct jk_dispatch *d, VkPipeline *out,
    struct jk_err *err)
{
	enum { N = sizeof d->constants / sizeof *d->constants };
	VkSpecializationMapEntry entries[N];
	VkSpecializationInfo constants = {
		.mapEntryCount = N,
		.pMapEntries = entries,
		.dataSize = sizeof d->constants,
		.pData = d->constants
	};
	/* what a work group has is a multiple of any size, or of this one */
	VkPipelineShaderStageRequiredSubgroupSizeCreateInfoEXT size = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO_EXT,
		.requiredSubgroupSize = v->required_size
	};
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT,
		.stage = {
			.sType =
			    VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.pName = "main",
			.pSpecializationInfo = &constants
		},
		.layout = v->layout
	};
	VkResult result;
	uint32_t i;

	if (v->required_size) {
		info.stage.pNext = &size;
		info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT_EXT;
	}
	for (i = 0; i < N; i++)
		entries[i] = (VkSpecializationMapEntry){
			.constantID = i, .offset = 4 * i, .size = 4
		};
	if (make_module(v, d->shader, &info.stage.module, err) < 0)
		return -1;
	result = v->vk.vkCreateComputePipelines(v->device, v->cache, 1, &info,
	    NULL, out);
	v->vk.vkDestroyShaderModule(v->device, info.stage.module, NULL);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, shaders[d->shader].name);
	return 0;
}

int
jk_vulkan_pipeline(struct jk_vulkan *v, const struct jk_dispatch *d,
    VkPipeline *out, struct jk_err *err)
{
	struct jk_vulkan_pipeline *p;
	int i;

	for (i = 0; i < v->n_pipelines; i++)
		if (v->pipelines[i].shader == d->shader &&
		    memcmp(v->pipelines[i].constants, d->constants,
		    sizeof d->constants) == 0) {
			*out = v->pipelines[i].pipeline;
			return 0;
		}
	p = realloc(v->pipelines, ((size_t)v->n_pipelines + 1) * sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	v->pipelines = p;
	p += v->n_pipelines;
	p->shader = d->shader;
	memcpy(p->constants, d->constants, sizeof p->constants);
	if (make(v, d, &p->pipeline, err) < 0)
		return -1;
	*out = p->pipeline;
	v->n_pipelines++;
	return 0;
}
