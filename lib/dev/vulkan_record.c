#include "dev/vulkan_impl.h"

#include "base/progress.h"

/*
 * Recording and submitting.  Operations go into one command buffer until the
 * caller submits, or until it holds as much work as a submission shall
 * (dev/pace.h); then it is sent on its way and the next one begun.  Barriers
 * reach across submissions to one queue, so the hazards carry over.
 */

int
jk_vulkan_record_init(struct jk_vulkan *v, struct jk_err *err)
{
	VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
		.queueFamilyIndex = v->queue_family
	};
	VkCommandBufferAllocateInfo alloc = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = JK_VULKAN_FRAMES
	};
	VkFenceCreateInfo fence = {
		.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO
	};
	VkResult result;
	int i;

	result = v->vk.vkCreateCommandPool(v->device, &pool, NULL, &v->pool);
	if (result == VK_SUCCESS) {
		alloc.commandPool = v->pool;
		result = v->vk.vkAllocateCommandBuffers(v->device, &alloc,
		    v->frames);
	}
	for (i = 0; i < JK_VULKAN_FRAMES && result == VK_SUCCESS; i++)
		result = v->vk.vkCreateFence(v->device, &fence, NULL,
		    &v->fences[i]);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "command buffers");
	return 0;
}

void
jk_vulkan_record_release(struct jk_vulkan *v)
{
	int i;

	for (i = 0; i < JK_VULKAN_FRAMES; i++)
		if (v->fences[i])
			v->vk.vkDestroyFence(v->device, v->fences[i], NULL);
	if (v->pool)
		v->vk.vkDestroyCommandPool(v->device, v->pool, NULL);
	jk_hazards_release(&v->hazards);
}

static int
wait_frame(struct jk_vulkan *v, int frame, struct jk_err *err)
{
	VkResult result;

	if (!v->in_flight[frame])
		return 0;
	result = v->vk.vkWaitForFences(v->device, 1, &v->fences[frame],
	    VK_TRUE, UINT64_MAX);
	v->in_flight[frame] = false;
	if (result == VK_SUCCESS)
		result = v->vk.vkResetFences(v->device, 1,
		    &v->fences[frame]);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "waiting for the device");
	if (jk_vulkan_pace_read(v, frame, err) < 0)
		return -1;
	return jk_vulkan_time_read(v, frame, err);
}

int
jk_vulkan_commands(struct jk_vulkan *v, VkCommandBuffer *out,
    struct jk_err *err)
{
	VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT
	};
	VkMemoryBarrier from_host = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_HOST_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT |
		    VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
		    VK_ACCESS_TRANSFER_WRITE_BIT
	};
	VkResult result;

	*out = v->frames[v->frame];
	if (v->recording)
		return 0;
	if (wait_frame(v, v->frame, err) < 0)
		return -1;
	result = v->vk.vkBeginCommandBuffer(*out, &begin);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "beginning to record");
	v->vk.vkCmdPipelineBarrier(*out, VK_PIPELINE_STAGE_HOST_BIT,
	    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |
	    VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 1, &from_host, 0, NULL, 0,
	    NULL);
	v->recording = true;
	jk_vulkan_pace_begin(v, *out);
	return jk_vulkan_time_begin(v, *out, err);
}

int
jk_vulkan_order(struct jk_vulkan *v, VkCommandBuffer commands,
    const struct jk_access *accesses, int n, struct jk_err *err)
{
	const VkMemoryBarrier barrier = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT |
		    VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_SHADER_READ_BIT |
		    VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT |
		    VK_ACCESS_TRANSFER_WRITE_BIT
	};
	const VkPipelineStageFlags stages =
	    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |
	    VK_PIPELINE_STAGE_TRANSFER_BIT;
	int needed = jk_hazards_note(&v->hazards, accesses, n, err);

	if (needed < 0)
		return -1;
	if (needed)
		v->vk.vkCmdPipelineBarrier(commands, stages, stages, 0, 1,
		    &barrier, 0, NULL, 0, NULL);
	return 0;
}

int
jk_vulkan_send(struct jk_vulkan *v, struct jk_err *err)
{
	VkCommandBuffer commands = v->frames[v->frame];
	VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands
	};
	VkMemoryBarrier to_host = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT |
		    VK_ACCESS_TRANSFER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT
	};
	VkResult result;

	v->vk.vkCmdPipelineBarrier(commands,
	    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |
	    VK_PIPELINE_STAGE_TRANSFER_BIT, VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
	    &to_host, 0, NULL, 0, NULL);
	jk_vulkan_pace_end(v, commands);
	v->recording = false;
	result = v->vk.vkEndCommandBuffer(commands);
	if (result == VK_SUCCESS)
		result = v->vk.vkQueueSubmit(v->queue, 1, &submit,
		    v->fences[v->frame]);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "submitting");
	v->in_flight[v->frame] = true;
	v->frame = (v->frame + 1) % JK_VULKAN_FRAMES;
	return 0;
}

/* Bind, push and dispatch. */
static void
record(struct jk_vulkan *v, VkCommandBuffer commands, VkPipeline pipeline,
    const struct jk_dispatch *d, enum jk_op op, const void *args)
{
	v->vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
	    pipeline);
	v->vk.vkCmdPushConstants(commands, v->layout,
	    VK_SHADER_STAGE_COMPUTE_BIT, 0, (uint32_t)jk_op_args_size(op),
	    args);
	v->vk.vkCmdDispatch(commands, d->groups[0], d->groups[1],
	    d->groups[2]);
}

/* The pipelines of n dispatches; those without work are left out. */
static int
find_pipelines(struct jk_vulkan *v, struct jk_dispatch *d, int n,
    VkPipeline *out, struct jk_err *err)
{
	int i, k = 0;

	for (i = 0; i < n; i++) {
		if (!d[i].groups[0] || !d[i].groups[1] || !d[i].groups[2])
			continue;
		d[k] = d[i];
		if (jk_vulkan_pipeline(v, &d[k], &out[k], err) < 0)
			return -1;
		k++;
	}
	return k;
}

/* What the clock wants after an operation. */
static int
take_time(struct jk_vulkan *v, VkCommandBuffer commands, enum jk_op op,
    double begin_s, struct jk_err *err)
{
	switch (jk_vulkan_time_op(v, commands, op)) {
	case JK_TIME_SEND:
		return jk_vulkan_send(v, err);
	case JK_TIME_WAIT:
		if (jk_vulkan_submit(&v->dev, err) < 0)
			return -1;
		v->dev.times[op].seconds += jk_now_s() - begin_s;
		break;
	case JK_TIME_GO_ON:
		break;
	}
	return 0;
}

int
jk_vulkan_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	struct jk_access accesses[JK_MAX_ACCESS];
	struct jk_dispatch d[JK_MAX_DISPATCHES];
	VkPipeline pipelines[JK_MAX_DISPATCHES];
	VkCommandBuffer commands;
	double begin_s;
	uint64_t bytes = 0;
	int n, i, n_dispatches = jk_vulkan_dispatch(v, op, args, d, err);

	if (n_dispatches >= 0)
		n_dispatches = find_pipelines(v, d, n_dispatches, pipelines,
		    err);
	if (n_dispatches < 0)
		return jk_fail_prefix(err, "%s", jk_op_name(op));
	if (!n_dispatches)
		return 0;	/* nothing to do */
	begin_s = dev->times ? jk_now_s() : 0;	/* compiling is not meant */
	n = jk_op_accesses(op, args, accesses);
	if (jk_vulkan_commands(v, &commands, err) < 0 ||
	    jk_vulkan_order(v, commands, accesses, n, err) < 0)
		return -1;
	for (i = 0; i < n_dispatches; i++)
		record(v, commands, pipelines[i], &d[i], op, args);
	if (dev->times && take_time(v, commands, op, begin_s, err) < 0)
		return -1;
	if (!v->recording)
		return 0;
	for (i = 0; i < n; i++)
		bytes += accesses[i].size_bytes;
	if (jk_pace_add(&v->pace, jk_op_flops(op, args), bytes))
		return jk_vulkan_send(v, err);
	return 0;
}

bool
jk_vulkan_idle(const struct jk_vulkan *v)
{
	int i;

	for (i = 0; i < JK_VULKAN_FRAMES; i++)
		if (v->in_flight[i])
			return false;
	return !v->recording;
}

int
jk_vulkan_submit(struct jk_dev *dev, struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	int i;

	if (v->recording && jk_vulkan_send(v, err) < 0)
		return -1;
	for (i = 0; i < JK_VULKAN_FRAMES; i++)
		if (wait_frame(v, (v->frame + i) % JK_VULKAN_FRAMES, err) < 0)
			return -1;
	jk_hazards_clear(&v->hazards);
	v->stage_used = 0;
	return 0;
}
