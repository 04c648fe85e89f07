#ifndef JK_DEV_VULKAN_IMPL_H
#define JK_DEV_VULKAN_IMPL_H

#include "dev/hazard.h"
#include "dev/dev.h"
#include "dev/pace.h"
#include "dev/vulkan_api.h"

/* Inside of the Vulkan device; only lib/dev/vulkan*.c include this. */

/* One VkBuffer with memory of its own. */
struct jk_vulkan_memory {
	VkBuffer buffer;
	VkDeviceMemory memory;
	uint64_t address, size_bytes;
	char *mapped;		/* NULL where the host cannot see it */
	bool cached;		/* the host reads it at full speed */
};

/* A pipeline: a shader with its specialization constants. */
struct jk_vulkan_pipeline {
	enum jk_shader shader;
	uint32_t constants[JK_N_CONSTANTS];
	VkPipeline pipeline;
};

/* A matrix already on the device, by where it came from. */
struct jk_vulkan_weight {
	const void *from;
	int n_parts;
	struct jk_weight weight;
};

enum { JK_VULKAN_FRAMES = 4 };	/* submissions in flight at most */

struct jk_vulkan {
	struct jk_dev dev;	/* first: a jk_dev * is a jk_vulkan * */
	struct jk_vk vk;
	VkPhysicalDevice physical;
	VkPhysicalDeviceProperties2 properties;
	VkPhysicalDeviceSubgroupProperties subgroup;
	uint32_t required_size;	/* of subgroups, and their size; 0: not asked */
	/* what the device has; what products and attention take: tried, and right */
	struct jk_gpu_matrix matrices[JK_MATRIX_KINDS], matrix, attention;
	VkPhysicalDeviceMaintenance3Properties maintenance3;
	VkPhysicalDeviceMemoryProperties memory_properties;
	VkDevice device;
	VkQueue queue;
	uint32_t queue_family;
	bool software;		/* a rasterizer on the CPU: no watchdog */
	bool unified;		/* memory is the host's as well */
	bool staging;		/* for tests: copy as to a card all the same */
	uint32_t local_heap;	/* the largest of the device's own */
	bool has_budget;	/* VK_EXT_memory_budget */
	bool has_ieee;		/* NaN and infinity can be asked for */

	struct jk_vulkan_memory *memories;
	int n_memories, cap_memories;
	/*
	 * A ring, of which copies in flight read and write what lies between two
	 * counts of its bytes; a submission uses it up to its stage_end.
	 */
	struct jk_vulkan_memory stage;
	uint64_t stage_tail, stage_head, stage_end[JK_VULKAN_FRAMES];
	struct jk_vulkan_fetch {
		void *to;
		uint64_t staged, n;	/* bytes in the ring */
		uint64_t submission;	/* its number, from 0 */
	} *fetches;		/* on their way, in order */
	size_t n_fetches, cap_fetches;
	struct jk_vulkan_weight *weights;
	int n_weights, first_weight;	/* of this model; behind others' */
	uint64_t grids;		/* quant/grids.h */

	VkCommandPool pool;
	VkCommandBuffer frames[JK_VULKAN_FRAMES];
	VkFence fences[JK_VULKAN_FRAMES];
	int frame;		/* being recorded, or next */
	uint64_t n_ended;	/* submissions that were seen to have ended */
	bool recording;
	struct jk_hazards hazards;
	uint64_t stamp_mask;	/* of time stamps; 0: there are none */
	double seconds_per_tick;
	struct jk_pace pace;
	struct jk_vulkan_sent {
		double work, begin_s;
	} sent[JK_VULKAN_FRAMES];
	double seen_s;		/* when a submission was last seen to have ended */
	VkQueryPool pace_pool;	/* two stamps a frame, where there are any */
	struct jk_vulkan_times *times;	/* NULL until wanted */

	VkPipelineLayout layout;
	VkPipelineCache cache;
	char *cache_path;
	size_t cache_loaded_bytes;
	struct jk_vulkan_pipeline *pipelines;
	int n_pipelines;
};

/* vulkan_type.c */
enum jk_vulkan_use {
	JK_VULKAN_OWN,		/* operations read and write it */
	JK_VULKAN_UNIFIED,	/* so does the host, in place */
	JK_VULKAN_STAGE		/* the host writes and reads it; it is copied */
};
/*
 * The number of the memory type to take for a use, of those that are allowed
 * (a bit each), or -1.  On a card the host cannot see JK_VULKAN_OWN: large
 * windows onto its memory (resizable BAR) are no faster for the card, on some
 * slower, and the first that goes to the host's memory when the card is full.
 */
int jk_vulkan_memory_type(const VkPhysicalDeviceMemoryProperties *p,
    uint32_t allowed, enum jk_vulkan_use use);
/*
 * VK_EXT_memory_budget: how many bytes of a heap the process may have, as
 * the driver sees it now, and how many it has.
 */
struct jk_vulkan_budget {
	uint64_t budget_bytes, used_bytes;
};
struct jk_vulkan_budget jk_vulkan_budget(const struct jk_vk *vk,
    VkPhysicalDevice physical, uint32_t heap);
/*
 * What a run may plan with: the heap, or, where the budget is smaller, as many
 * sixteenths of the heap as it holds, so that a few MiB more or less of other
 * programs change no plan.
 */
uint64_t jk_vulkan_plan_bytes(uint64_t heap_bytes, uint64_t budget_bytes);

/* vulkan_memory.c */
int jk_vulkan_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err);
void jk_vulkan_free(struct jk_dev *dev, uint64_t address);
int jk_vulkan_upload(struct jk_dev *dev, uint64_t to, const void *from,
    size_t n, struct jk_err *err);
int jk_vulkan_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err);
int jk_vulkan_fetch(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err);
/* The oldest submission has ended: its part of the ring is free again. */
void jk_vulkan_fetched(struct jk_vulkan *v);
uint32_t jk_vulkan_weight_type(struct jk_dev *dev, enum jk_weight_use use,
    uint32_t stored, enum jk_precision precision);
void jk_vulkan_forget_weights(struct jk_dev *dev);
int jk_vulkan_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out, struct jk_err *err);
void jk_vulkan_memory_release(struct jk_vulkan *v);

/* vulkan_record.c */
int jk_vulkan_record_init(struct jk_vulkan *v, struct jk_err *err);
void jk_vulkan_record_release(struct jk_vulkan *v);
/* The command buffer to record into, begun. */
int jk_vulkan_commands(struct jk_vulkan *v, VkCommandBuffer *out,
    struct jk_err *err);
/*
 * Note accesses of what is recorded next and put a barrier before it where
 * one is needed.
 */
int jk_vulkan_order(struct jk_vulkan *v, VkCommandBuffer commands,
    const struct jk_access *accesses, int n, struct jk_err *err);
int jk_vulkan_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err);
/* Submit what is recorded, and wait until the device is idle. */
int jk_vulkan_submit(struct jk_dev *dev, struct jk_err *err);
/* End the command buffer and queue it, without waiting. */
int jk_vulkan_send(struct jk_vulkan *v, struct jk_err *err);
int jk_vulkan_mark(struct jk_dev *dev, uint64_t *mark, struct jk_err *err);
int jk_vulkan_reached(struct jk_dev *dev, uint64_t mark, bool wait,
    struct jk_err *err);
/* Wait for the oldest submission, of what is recorded if there is no other. */
int jk_vulkan_wait_oldest(struct jk_vulkan *v, struct jk_err *err);
/* True when nothing is recorded or in flight. */
bool jk_vulkan_idle(const struct jk_vulkan *v);

/*
 * vulkan_pace.c: how long submissions take, by the device's time stamps, or
 * without them by the clock, which counts waiting behind others as well.
 */
int jk_vulkan_pace_init(struct jk_vulkan *v, uint32_t stamp_bits,
    struct jk_err *err);
/* A command buffer was begun; it ends and is sent. */
void jk_vulkan_pace_begin(struct jk_vulkan *v, VkCommandBuffer commands);
void jk_vulkan_pace_end(struct jk_vulkan *v, VkCommandBuffer commands);
/* A submission has ended. */
int jk_vulkan_pace_read(struct jk_vulkan *v, int frame, struct jk_err *err);
void jk_vulkan_pace_release(struct jk_vulkan *v);

/* vulkan_time.c: nothing happens unless dev.times are wanted. */
/* A command buffer was begun. */
int jk_vulkan_time_begin(struct jk_vulkan *v, VkCommandBuffer commands,
    struct jk_err *err);
/*
 * An operation was recorded: what its recorder has to do now.  WAIT: submit,
 * wait, and enter the seconds, since there are no time stamps.
 */
enum jk_time_next { JK_TIME_GO_ON, JK_TIME_SEND, JK_TIME_WAIT };
enum jk_time_next jk_vulkan_time_op(struct jk_vulkan *v,
    VkCommandBuffer commands, enum jk_op op);
/* A submission has ended. */
int jk_vulkan_time_read(struct jk_vulkan *v, int frame, struct jk_err *err);
void jk_vulkan_time_release(struct jk_vulkan *v);

/* vulkan_found.c */
/* What jk needs of a device, asked once. */
struct jk_vulkan_found {
	VkPhysicalDeviceProperties2 properties;
	VkPhysicalDeviceVulkan12Properties v12;
	VkPhysicalDeviceSubgroupProperties subgroup;
	VkPhysicalDeviceMaintenance3Properties maintenance3;
	VkPhysicalDeviceFeatures2 features;
	VkPhysicalDeviceVulkan12Features f12;
	VkPhysicalDeviceMemoryProperties memory;
	VkPhysicalDeviceSubgroupSizeControlPropertiesEXT sizes;
	VkPhysicalDeviceSubgroupSizeControlFeaturesEXT size_control;
	uint32_t required_size;	/* of subgroups; 0: it can't be required */
	struct jk_gpu_matrix matrices[JK_MATRIX_KINDS];
	uint32_t queue_family;
	bool has_queue;
	uint32_t stamp_bits;	/* of the queue's time stamps; 0: none */
	uint64_t local_bytes, plan_bytes;	/* of the heap; to be had now */
	uint32_t local_heap;
	bool has_budget;
	const char *lacks;	/* NULL when usable */
};

enum { JK_VULKAN_DEVICES = 32 };	/* that are looked at */
/* The first *n, at most JK_VULKAN_DEVICES.  Errors: JK_EDEVICE, JK_ESYS. */
int jk_vulkan_enumerate(const struct jk_vk *vk, VkPhysicalDevice *devices,
    uint32_t *n, struct jk_err *err);
void jk_vulkan_look(const struct jk_vk *vk, VkPhysicalDevice physical,
    struct jk_vulkan_found *f);
/* Index of the device to take (jk_vulkan_open), or -1. */
int jk_vulkan_choose(const struct jk_vk *vk, const VkPhysicalDevice *devices,
    uint32_t n, const char *name, bool hardware_only, uint32_t nth,
    struct jk_err *err);
/* "discrete GPU", to be translated */
const char *jk_vulkan_type_name(VkPhysicalDeviceType type);

/* vulkan_matrix.c */

/* "f16", "bf16" */
const char *jk_vulkan_matrix_name(enum jk_matrix_kind kind);
/* The best of either kind for subgroups of this size; kind 0 where none is. */
void jk_vulkan_matrices(const struct jk_vk *vk, VkPhysicalDevice physical,
    uint32_t lanes, struct jk_gpu_matrix matrices[JK_MATRIX_KINDS]);
/*
 * try_bf16: takes those, bf16 before f16, with which products come out as
 * without.
 */
int jk_vulkan_try_matrices(struct jk_dev *dev, struct jk_err *err);

/*
 * vulkan_matrix_attention.c: whether attention on v->attention comes out as without.
 * 1: yes, 0: no, -1: an error, as of a driver's compiler.
 */
int jk_vulkan_try_attention(struct jk_vulkan *v, struct jk_err *err);

/* vulkan_pipeline.c */
int jk_vulkan_pipelines_init(struct jk_vulkan *v, struct jk_err *err);
void jk_vulkan_pipelines_release(struct jk_vulkan *v);

/* The pipeline for a dispatch, made when first wanted. */
int jk_vulkan_pipeline(struct jk_vulkan *v, const struct jk_dispatch *d,
    VkPipeline *out, struct jk_err *err);

/* vulkan_dispatch.c: the rules of op/<op>.h; how many dispatches, or -1. */
int jk_vulkan_dispatch(const struct jk_vulkan *v, enum jk_op op,
    const void *args, struct jk_dispatch d[JK_MAX_DISPATCHES],
    struct jk_err *err);

/*
 * vulkan_software.c: the same for software devices; 0 where they do not differ.
 */
int jk_vulkan_software(enum jk_op op, const void *args,
    const struct jk_gpu *gpu, struct jk_dispatch d[JK_MAX_DISPATCHES],
    struct jk_err *err);

#endif
