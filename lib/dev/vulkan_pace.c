#include "dev/vulkan_impl.h"

#include "base/progress.h"

int
jk_vulkan_pace_init(struct jk_vulkan *v, uint32_t bits, struct jk_err *err)
{
	VkQueryPoolCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
		.queryType = VK_QUERY_TYPE_TIMESTAMP,
		.queryCount = 2 * JK_VULKAN_FRAMES
	};
	VkResult result;

	jk_pace_init(&v->pace);
	/* software devices take stamps when it suits them */
	if (v->software || !bits)
		return 0;
	v->stamp_mask = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
	v->seconds_per_tick = 1e-9 * (double)
	    v->properties.properties.limits.timestampPeriod;
	result = v->vk.vkCreateQueryPool(v->device, &info, NULL,
	    &v->pace_pool);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "time stamps");
	return 0;
}

/* Behind everything that was submitted so far. */
static void
stamp(struct jk_vulkan *v, VkCommandBuffer commands, uint32_t which)
{
	v->vk.vkCmdWriteTimestamp(commands,
	    VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, v->pace_pool,
	    2 * (uint32_t)v->frame + which);
}

void
jk_vulkan_pace_begin(struct jk_vulkan *v, VkCommandBuffer commands)
{
	if (!v->pace_pool)
		return;
	v->vk.vkCmdResetQueryPool(commands, v->pace_pool,
	    2 * (uint32_t)v->frame, 2);
	stamp(v, commands, 0);
}

void
jk_vulkan_pace_end(struct jk_vulkan *v, VkCommandBuffer commands)
{
	v->sent[v->frame] = (struct jk_vulkan_sent){
		jk_pace_take(&v->pace), jk_now_s() };
	if (v->pace_pool)
		stamp(v, commands, 1);
}

int
jk_vulkan_pace_read(struct jk_vulkan *v, int frame, struct jk_err *err)
{
	const struct jk_vulkan_sent *sent = &v->sent[frame];
	const double now = jk_now_s();
	double seconds = now - (v->seen_s > sent->begin_s ? v->seen_s :
	    sent->begin_s);
	uint64_t stamps[2];
	VkResult result;

	v->seen_s = now;
	if (v->pace_pool) {
		result = v->vk.vkGetQueryPoolResults(v->device, v->pace_pool,
		    2 * (uint32_t)frame, 2, sizeof stamps, stamps,
		    sizeof *stamps, VK_QUERY_RESULT_64_BIT |
		    VK_QUERY_RESULT_WAIT_BIT);
		if (result != VK_SUCCESS)
			return jk_vk_fail(err, result, "reading time stamps");
		seconds = v->seconds_per_tick *
		    (double)((stamps[1] - stamps[0]) & v->stamp_mask);
	}
	jk_pace_note(&v->pace, sent->work, seconds);
	return 0;
}

void
jk_vulkan_pace_release(struct jk_vulkan *v)
{
	if (v->pace_pool)
		v->vk.vkDestroyQueryPool(v->device, v->pace_pool, NULL);
}
