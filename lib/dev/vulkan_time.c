#include "dev/vulkan_impl.h"

#include <stdlib.h>

#include "base/progress.h"

/*
 * Seconds per operation, for --times and --profile.
 *
 * Hardware takes them itself: a time stamp when a command buffer begins and
 * one behind every operation, which must then not overlap, so there is a
 * barrier behind every one.  Software devices take stamps when it suits them,
 * and some hardware takes none: there every operation is submitted alone and
 * the clock looked at, which is exact but for what a submission costs.
 */

enum { STAMPS = 512 };	/* of a command buffer */

struct jk_vulkan_times {
	VkQueryPool pool;	/* STAMPS a frame */
	uint32_t n[JK_VULKAN_FRAMES];	/* stamps taken */
	enum jk_op ops[JK_VULKAN_FRAMES][STAMPS];	/* before stamp i */
};

static int
init(struct jk_vulkan *v, struct jk_err *err)
{
	VkQueryPoolCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
		.queryType = VK_QUERY_TYPE_TIMESTAMP,
		.queryCount = STAMPS * JK_VULKAN_FRAMES
	};
	VkResult result;

	v->times = calloc(1, sizeof *v->times);
	if (!v->times)
		return jk_fail_nomem(err);
	if (!v->stamp_mask)
		return 0;
	result = v->vk.vkCreateQueryPool(v->device, &info, NULL,
	    &v->times->pool);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "time stamps");
	return 0;
}

static void
stamp(struct jk_vulkan *v, VkCommandBuffer commands)
{
	struct jk_vulkan_times *t = v->times;

	v->vk.vkCmdWriteTimestamp(commands,
	    VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, t->pool,
	    (uint32_t)v->frame * STAMPS + t->n[v->frame]++);
}

int
jk_vulkan_time_begin(struct jk_vulkan *v, VkCommandBuffer commands,
    struct jk_err *err)
{
	if (!v->dev.times)
		return 0;
	if (!v->times && init(v, err) < 0)
		return -1;
	if (!v->times->pool)
		return 0;
	v->times->n[v->frame] = 0;
	v->vk.vkCmdResetQueryPool(commands, v->times->pool,
	    (uint32_t)v->frame * STAMPS, STAMPS);
	stamp(v, commands);
	return 0;
}

enum jk_time_next
jk_vulkan_time_op(struct jk_vulkan *v, VkCommandBuffer commands, enum jk_op op)
{
	const VkMemoryBarrier barrier = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT |
		    VK_ACCESS_SHADER_WRITE_BIT
	};
	struct jk_vulkan_times *t = v->times;

	if (!v->dev.times || !t)
		return JK_TIME_GO_ON;
	if (!t->pool)
		return JK_TIME_WAIT;
	v->vk.vkCmdPipelineBarrier(commands,
	    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
	    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0, NULL, 0,
	    NULL);
	t->ops[v->frame][t->n[v->frame]] = op;
	stamp(v, commands);
	return t->n[v->frame] == STAMPS ? JK_TIME_SEND : JK_TIME_GO_ON;
}

int
jk_vulkan_time_read(struct jk_vulkan *v, int frame, struct jk_err *err)
{
	struct jk_vulkan_times *t = v->times;
	uint64_t stamps[STAMPS];
	VkResult result;
	uint32_t i;

	if (!t || !t->pool || t->n[frame] < 2)
		return 0;
	result = v->vk.vkGetQueryPoolResults(v->device, t->pool,
	    (uint32_t)frame * STAMPS, t->n[frame], sizeof stamps, stamps,
	    sizeof *stamps, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "reading time stamps");
	for (i = 1; i < t->n[frame]; i++)
		v->dev.times[t->ops[frame][i]].seconds +=
		    v->seconds_per_tick *
		    (double)((stamps[i] - stamps[i - 1]) & v->stamp_mask);
	t->n[frame] = 0;
	return 0;
}

void
jk_vulkan_time_release(struct jk_vulkan *v)
{
	if (v->times && v->times->pool)
		v->vk.vkDestroyQueryPool(v->device, v->times->pool, NULL);
	free(v->times);
}
