#include "dev/vulkan_impl.h"

#include <string.h>

#include "base/progress.h"

/*
 * Recording and submitting.  Operations go into one command buffer until the
 * caller submits, or until it holds as much work as a submission shall
 * (dev/pace.h); then it is sent on its way and the next one begun.  One that is
 * too much for a submission is cut into pieces, between which there is no
 * barrier.  Barriers reach across submissions to one queue, so the hazards
 * carry over.
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

/* The oldest submission in flight. */
static int
wait_oldest(struct jk_vulkan *v, struct jk_err *err)
{
	const int frame = (int)(v->n_ended % JK_VULKAN_FRAMES);
	VkResult result = v->vk.vkWaitForFences(v->device, 1,
	    &v->fences[frame], VK_TRUE, UINT64_MAX);

	v->n_ended++;
	if (result == VK_SUCCESS)
		result = v->vk.vkResetFences(v->device, 1,
		    &v->fences[frame]);
	if (result != VK_SUCCESS)
		return jk_vk_fail(err, result, "waiting for the device");
	jk_vulkan_fetched(v);
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
	if (v->dev.n_submissions - v->n_ended == JK_VULKAN_FRAMES &&
	    wait_oldest(v, err) < 0)
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
	v->stage_end[v->frame] = v->stage_head;
	v->dev.n_submissions++;
	v->frame = (v->frame + 1) % JK_VULKAN_FRAMES;
	return 0;
}

/* An operation on its way to the device. */
struct run {
	enum jk_op op;
	const void *args;
	double work;	/* of each of its dispatches */
	double begin_s;
};

/* Bind, push and dispatch piece i of n along an axis. */
static void
record(struct jk_vulkan *v, VkCommandBuffer commands, VkPipeline pipeline,
    const struct jk_dispatch *d, int axis, uint32_t i, uint32_t n,
    const struct run *run)
{
	const uint64_t all = d->groups[axis];
	uint32_t first[3] = { 0 }, groups[3];

	memcpy(groups, d->groups, sizeof groups);
	first[axis] = (uint32_t)(all * i / n);
	groups[axis] = (uint32_t)(all * (i + 1) / n) - first[axis];
	v->vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
	    pipeline);
	v->vk.vkCmdPushConstants(commands, v->layout,
	    VK_SHADER_STAGE_COMPUTE_BIT, 0,
	    (uint32_t)jk_op_args_size(run->op), run->args);
	v->vk.vkCmdDispatchBase(commands, first[0], first[1], first[2],
	    groups[0], groups[1], groups[2]);
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

/* What the clock wants after a piece of an operation. */
static int
take_time(struct jk_vulkan *v, VkCommandBuffer commands, struct run *run,
    struct jk_err *err)
{
	double now;

	switch (jk_vulkan_time_op(v, commands, run->op)) {
	case JK_TIME_SEND:
		return jk_vulkan_send(v, err);
	case JK_TIME_WAIT:
		if (jk_vulkan_submit(&v->dev, err) < 0)
			return -1;
		now = jk_now_s();
		v->dev.times[run->op].seconds += now - run->begin_s;
		run->begin_s = now;
		break;
	case JK_TIME_GO_ON:
		break;
	}
	return 0;
}

/* The whole of a dispatch, in as many pieces as it takes. */
static int
run_dispatch(struct jk_vulkan *v, VkPipeline pipeline,
    const struct jk_dispatch *d, struct run *run, struct jk_err *err)
{
	const int axis = d->cut == JK_CUT_Y ? 1 : 0;
	const uint32_t n = d->cut == JK_CUT_NONE ? 1 : jk_pace_pieces(&v->pace,
	    run->work, d->groups[axis]);
	VkCommandBuffer commands;
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (jk_vulkan_commands(v, &commands, err) < 0)
			return -1;
		record(v, commands, pipeline, d, axis, i, n, run);
		if (v->dev.times && take_time(v, commands, run, err) < 0)
			return -1;
		if (v->recording && jk_pace_add(&v->pace, run->work / n) &&
		    jk_vulkan_send(v, err) < 0)
			return -1;
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
	struct run run = { .op = op, .args = args };
	VkCommandBuffer commands;
	uint64_t bytes = 0;
	int n, i, n_dispatches = jk_vulkan_dispatch(v, op, args, d, err);

	if (n_dispatches >= 0)
		n_dispatches = find_pipelines(v, d, n_dispatches, pipelines,
		    err);
	if (n_dispatches < 0)
		return jk_fail_prefix(err, "%s", jk_op_name(op));
	if (!n_dispatches)
		return 0;	/* nothing to do */
	n = jk_op_accesses(op, args, accesses);
	for (i = 0; i < n; i++)
		bytes += accesses[i].size_bytes;
	run.work = jk_pace_work(jk_op_flops(op, args), bytes) / n_dispatches;
	run.begin_s = dev->times ? jk_now_s() : 0;	/* compiling is not meant */
	if (jk_vulkan_commands(v, &commands, err) < 0 ||
	    jk_vulkan_order(v, commands, accesses, n, err) < 0)
		return -1;
	for (i = 0; i < n_dispatches; i++)
		if (run_dispatch(v, pipelines[i], &d[i], &run, err) < 0)
			return -1;
	return 0;
}

bool
jk_vulkan_idle(const struct jk_vulkan *v)
{
	return !v->recording && v->n_ended == v->dev.n_submissions;
}

int
jk_vulkan_wait_oldest(struct jk_vulkan *v, struct jk_err *err)
{
	if (v->n_ended == v->dev.n_submissions && jk_vulkan_send(v, err) < 0)
		return -1;
	return wait_oldest(v, err);
}

int
jk_vulkan_mark(struct jk_dev *dev, uint64_t *mark, struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;

	if (v->recording && jk_vulkan_send(v, err) < 0)
		return -1;
	*mark = dev->n_submissions;
	return 0;
}

int
jk_vulkan_reached(struct jk_dev *dev, uint64_t mark, bool wait,
    struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	VkResult result;

	if (wait && v->n_ended < mark && mark == dev->n_submissions)
		dev->n_waits++;
	while (v->n_ended < mark) {
		result = wait ? VK_SUCCESS : v->vk.vkGetFenceStatus(v->device,
		    v->fences[v->n_ended % JK_VULKAN_FRAMES]);
		if (result == VK_NOT_READY)
			return 0;
		if (result != VK_SUCCESS)
			return jk_vk_fail(err, result,
			    "waiting for the device");
		if (wait_oldest(v, err) < 0)
			return -1;
	}
	return 1;
}

int
jk_vulkan_submit(struct jk_dev *dev, struct jk_err *err)
{
	struct jk_vulkan *v = (struct jk_vulkan *)dev;
	int r = v->recording ? jk_vulkan_send(v, err) : 0;

	dev->n_waits += v->n_ended < dev->n_submissions;
	while (r == 0 && v->n_ended < dev->n_submissions)
		r = wait_oldest(v, err);
	/* what has not come will not */
	v->n_fetches = 0;
	if (r == 0)
		jk_hazards_clear(&v->hazards);
	return r;
}
