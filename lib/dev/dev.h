#ifndef JK_DEV_DEV_H
#define JK_DEV_DEV_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "dev/fuse.h"
#include "op/op.h"

/*
 * A device runs operations on memory of its own.  There are the host, "cpu"
 * (oneDNN, OpenMP; addresses are pointers), and "vulkan" (addresses are
 * VkDeviceAddress); dev/calls.h only notes what it is asked.  What uses a device
 * fills argument structs and calls jk_dev_run; it does not know which it is.
 *
 * Order.  Operations take effect in the order of the calls.  The host runs
 * each at once; Vulkan records them, with the barriers that the accesses in
 * the operation table demand, and submits at jk_dev_submit, at jk_dev_send, at a
 * download, or when enough was recorded for a submission (dev/pace.h).  It holds calls
 * that may be one with the next (dev/fuse.h), whose error is then another call's.
 * Argument structs and what is uploaded are copied.  Uploads, downloads and fetches are in
 * order with operations.  jk_dev_submit and downloads wait for all that was
 * called before; the rest lets its user go on while the device works.
 *
 * A device is used from one thread.
 */

struct jk_tensor;

enum jk_precision {
	JK_PRECISION_F32,	/* activations in f32 */
	/*
	 * Accumulation in f32, and as the device does it: activations in bf16, or
	 * in f32 and the factors of products and attention rounded
	 * (JK_MATMUL_HALF, JK_ATTENTION_HALF).
	 */
	JK_PRECISION_BF16,
	JK_PRECISION_INT8	/* in f32, products in integers (cpu/dot_int8.h) */
};

/* A matrix [n, k] as the matmul operations take it. */
struct jk_weight {
	uint64_t address;
	uint32_t type;		/* JK_F32 … */
	uint32_t n, k;
};

/* What a weight will be used for; a device may keep it in a form for each. */
enum jk_weight_use {
	JK_WEIGHT_MATRIX,	/* products with many rows, and the way back */
	JK_WEIGHT_VECTOR	/* decoding: few rows, embedding look-ups */
};

/* What the shapes of a pass's calls do not say. */
struct jk_passes {
	uint64_t n_variants;	/* how many numbers of rows passes have */
	uint32_t longest_prefix;	/* rows of a shared prefix, at most */
};

/* Where the time went, by operation. */
struct jk_op_time {
	uint64_t n_calls;
	double seconds;
	double flops;	/* of attention 0 where only the device sees the rows */
	double bytes;	/* read and written, each once a call; 0 of gathers */
};

/* What a device can do. */
struct jk_speed {
	double flops;	/* a second, in products of many rows */
	double bytes;	/* a second, read from memory or written */
};

struct jk_dev {
	const struct jk_dev_class *class;
	struct jk_buf description;	/* "cpu: AMD EPYC, 2 threads; …" */
	struct jk_buf told;	/* the same in the language of messages */
	/*
	 * What bits depend on besides the calls and the threads: processor and
	 * instruction set, or device and driver, with their versions.
	 */
	struct jk_buf exact;
	bool has_bf16;		/* JK_PRECISION_BF16 can be had, if class->try_bf16
				   does not find otherwise */
	bool bf16_acts;		/* then activations are in bf16 */
	const char *products;	/* else: what rounds to what, once it was tried */
	bool splits;		/* sums of many rows over groups, given memory */
	bool folds_lora;	/* wants lora_up and lora_back_x in the products */
	bool fuses;		/* and takes as one what dev/fuse.h says */
	bool fast_bf16;		/* and is faster than f32: `auto` takes it */
	bool is_host;		/* asked in dev/ alone */
	int n_threads;		/* of what its user does beside it, on the CPU */
	uint64_t memory_bytes;	/* that a run may plan with */
	uint64_t taken_bytes;	/* that other programs keep it from having */
	uint64_t max_block_bytes;	/* of one jk_dev_alloc; 0: any */
	uint64_t used_bytes, peak_bytes;	/* of jk_dev_alloc */
	uint64_t n_submissions;	/* sent to a device that works on its own */
	uint64_t n_waits;	/* how often its user waited for all of them */
	struct jk_dev_block *blocks;	/* dev.c's own: what was allocated */
	size_t n_blocks;
	struct jk_fuse fuse;	/* dev.c's own: calls that are held, */
	struct jk_err late;	/* and the error of those that jk_dev_free ran */
	struct jk_op_time *times;	/* [JK_N_OPS] when they are wanted */
	struct jk_speed speed;	/* then, too */
	const volatile sig_atomic_t *stop;	/* jk_dev_watch */
};

/* Every function returns 0, or -1 and an error of the given status. */
struct jk_dev_class {
	const char *name;
	void (*close)(struct jk_dev *dev);
	/* 256-byte aligned, not cleared.  JK_ESYS with the bytes wanted. */
	int (*alloc)(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
	    struct jk_err *err);
	void (*free)(struct jk_dev *dev, uint64_t address);
	int (*upload)(struct jk_dev *dev, uint64_t to, const void *from,
	    size_t n, struct jk_err *err);
	int (*download)(struct jk_dev *dev, void *to, uint64_t from, size_t n,
	    struct jk_err *err);
	int (*run)(struct jk_dev *dev, enum jk_op op, const void *args,
	    struct jk_err *err);
	int (*submit)(struct jk_dev *dev, struct jk_err *err);
	/* all three NULL: it works at once, and a fetch is a download */
	int (*fetch)(struct jk_dev *dev, void *to, uint64_t from, size_t n,
	    struct jk_err *err);
	int (*send)(struct jk_dev *dev, uint64_t *mark, struct jk_err *err);
	int (*reached)(struct jk_dev *dev, uint64_t mark, bool wait,
	    struct jk_err *err);
	/* NULL: no address of its memory is a pointer */
	void *(*map)(struct jk_dev *dev, uint64_t address);
	/* NULL: none */
	uint64_t (*scratch_bytes)(struct jk_dev *dev,
	    const struct jk_call *calls, size_t n,
	    const struct jk_passes *passes);
	/*
	 * The type in which a matrix stored as `stored` is kept for a use
	 * under a precision.  Matrices of the same type and k can be stacked.
	 */
	uint32_t (*weight_type)(struct jk_dev *dev, enum jk_weight_use use,
	    uint32_t stored, enum jk_precision precision);
	/*
	 * Make n_parts tensors, stacked along their first dimension, usable as
	 * one matrix.  All parts must have the same weight_type and k.  The
	 * device may point into the mapped file, which must outlive it.
	 */
	int (*weight)(struct jk_dev *dev, enum jk_weight_use use,
	    const struct jk_tensor *const *parts, int n_parts,
	    enum jk_precision precision, struct jk_weight *out,
	    struct jk_err *err);
	/*
	 * What the weights of these calls take in the form that products of many
	 * rows want, and to keep as many as `bytes` hold.  NULL: no such form
	 */
	uint64_t (*kept_bytes)(struct jk_dev *dev, const struct jk_call *calls,
	    size_t n);
	void (*keep)(struct jk_dev *dev, uint64_t bytes);
	/* NULL: a device that does not know tensors again by their address */
	void (*forget_weights)(struct jk_dev *dev);
	/* NULL: always n_threads */
	int (*team)(struct jk_dev *dev);
	/*
	 * Where has_bf16, at first and as often as one likes: try whether the
	 * device computes what it promises, and say in description, told and exact
	 * what that is, or, where has_bf16 is false from now on, what is wrong.
	 * NULL: that is known.
	 */
	int (*try_bf16)(struct jk_dev *dev, struct jk_err *err);
};

void jk_dev_close(struct jk_dev *dev);

/*
 * "auto", "f32", "bf16", "int8" → a precision.  auto is bf16 only where it is fast.
 * For products that are all JK_MATMUL_ROWWISE bf16 cannot be had where it rounds
 * factors alone.  Errors: JK_EUSAGE; JK_EDEVICE for bf16 or int8 where it cannot be
 * had; as the device fails.
 */
int jk_dev_precision(struct jk_dev *dev, const char *name, bool rowwise,
    enum jk_precision *precision, struct jk_err *err) JK_WARN_UNUSED;
/* The flags of matmul and matmul_back that a precision asks for. */
static inline uint32_t
jk_product_flags(enum jk_precision precision)
{
	return precision == JK_PRECISION_INT8 ? JK_MATMUL_INT8 :
	    precision == JK_PRECISION_BF16 ? JK_MATMUL_HALF : 0;
}

/* Those of attention and attention_back in a pack. */
static inline uint32_t
jk_attention_flags(enum jk_precision precision)
{
	return JK_ATTENTION_PACK | (precision == JK_PRECISION_BF16 ?
	    JK_ATTENTION_HALF : 0);
}

/* The type of activations, JK_F32 or JK_BF16. */
uint32_t jk_dev_type(const struct jk_dev *dev, enum jk_precision precision);
/* "f32", "bf16", "int8" */
const char *jk_precision_name(enum jk_precision precision);

/*
 * Take times from now on (they slow a device down that works on its own), once it
 * was measured, for half a second, what the device can do under a precision.  The
 * breakdown is a table for people, the longest first.  Errors: as the device fails.
 */
int jk_dev_time(struct jk_dev *dev, enum jk_precision precision,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_dev_breakdown(const struct jk_dev *dev, struct jk_buf *out);

/* The class's functions, with counting, checks and timing around them. */
int jk_dev_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_dev_free(struct jk_dev *dev, uint64_t address);
int jk_dev_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_dev_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_dev_submit(struct jk_dev *dev, struct jk_err *err) JK_WARN_UNUSED;

/*
 * A download that does not wait.  `to` has to stay until jk_dev_reached has said 1
 * of a mark behind it, or until jk_dev_submit has returned.
 */
int jk_dev_fetch(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
/* What was called is on its way, and *mark is behind it. */
int jk_dev_send(struct jk_dev *dev, uint64_t *mark, struct jk_err *err)
	JK_WARN_UNUSED;
/*
 * 1 when all before a mark has taken effect, and what was fetched has come; 0 when
 * it has not, unless to `wait` for it.
 */
int jk_dev_reached(struct jk_dev *dev, uint64_t mark, bool wait,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_dev_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err) JK_WARN_UNUSED;
uint32_t jk_dev_weight_type(struct jk_dev *dev, enum jk_weight_use use,
    uint32_t stored, enum jk_precision precision);
int jk_dev_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Tensors come of another model from now on: they may lie where those of one
 * before did.
 */
void jk_dev_forget_weights(struct jk_dev *dev);

/*
 * Where the device's memory can be read and written in place: a pointer, once
 * operations have taken effect (jk_dev_submit).  Else NULL.
 */
void *jk_dev_map(struct jk_dev *dev, uint64_t address);

/*
 * Bytes that the device takes for itself, beside what is allocated, to run
 * passes of these calls (dev/calls.h makes a list of them).
 */
uint64_t jk_dev_scratch_bytes(struct jk_dev *dev, const struct jk_call *calls,
    size_t n, const struct jk_passes *passes);

/*
 * Weights may be kept in the form that products of many rows want, as many as
 * `bytes` hold (0, as at first: none); results are the same.  kept_bytes: of all
 * weights of these calls, 0 where they are in that form already.
 */
uint64_t jk_dev_kept_bytes(struct jk_dev *dev, const struct jk_call *calls,
    size_t n);
void jk_dev_keep(struct jk_dev *dev, uint64_t bytes);

/*
 * From here on (NULL: up to here) operations are given up soon after *stop is
 * not 0: jk_dev_run fails, JK_ESYS, and what operations since the watch began
 * have written is of no use.
 */
void jk_dev_watch(struct jk_dev *dev, const volatile sig_atomic_t *stop);

/* How many of n_threads to run now: fewer on a busy machine (cpu/team.h). */
int jk_dev_team(struct jk_dev *dev);

/* jk_dev_run with the type checked: JK_RUN(dev, rms_norm, &args, err). */
#define JK_RUN(dev, op, args, err) \
	jk_dev_run((dev), JK_OP_##op, \
	    (1 ? (args) : (const struct jk_##op *)0), (err))

#endif
