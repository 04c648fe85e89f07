#include "dev/dev.h"

#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "quant/dtype.h"

/* What jk_dev_alloc counts: sizes by address, a few dozen at most. */
struct jk_dev_block {
	uint64_t address, size_bytes;
};

void
jk_dev_close(struct jk_dev *dev)
{
	if (!dev)
		return;
	free(dev->times);
	free(dev->blocks);
	dev->class->close(dev);
}

const char *
jk_precision_name(enum jk_precision precision)
{
	return precision == JK_PRECISION_BF16 ? "bf16" :
	    precision == JK_PRECISION_INT8 ? "int8" : "f32";
}

uint32_t
jk_dev_type(const struct jk_dev *dev, enum jk_precision precision)
{
	return precision == JK_PRECISION_BF16 && dev->bf16_acts ? JK_BF16 :
	    JK_F32;
}

/* 1: bf16 can be had, 0: it cannot, -1: an error. */
static int
has_bf16(struct jk_dev *dev, bool rowwise, struct jk_err *err)
{
	if (!dev->has_bf16 || (rowwise && !dev->bf16_acts))
		return 0;
	if (dev->class->try_bf16 && dev->class->try_bf16(dev, err) < 0)
		return -1;
	return dev->has_bf16;
}

int
jk_dev_precision(struct jk_dev *dev, const char *name, bool rowwise,
    enum jk_precision *precision, struct jk_err *err)
{
	int has;

	if (strcmp(name, "f32") == 0) {
		*precision = JK_PRECISION_F32;
	} else if (strcmp(name, "bf16") == 0) {
		has = has_bf16(dev, rowwise, err);
		if (has < 0)
			return -1;
		if (!has)
			return jk_fail(err, JK_EDEVICE,
			    "bf16 cannot be had on this device (%s)",
			    jk_buf_str(&dev->told));
		*precision = JK_PRECISION_BF16;
	} else if (strcmp(name, "int8") == 0) {
		if (!dev->is_host)
			return jk_fail(err, JK_EDEVICE, "products in int8 are "
			    "computed on the CPU only, not on this device "
			    "(%s): use --device=cpu or --precision=auto",
			    jk_buf_str(&dev->told));
		*precision = JK_PRECISION_INT8;
	} else if (strcmp(name, "auto") == 0) {
		has = dev->fast_bf16 ? has_bf16(dev, rowwise, err) : 0;
		if (has < 0)
			return -1;
		*precision = has ? JK_PRECISION_BF16 : JK_PRECISION_F32;
	} else {
		return jk_fail(err, JK_EUSAGE,
		    "unknown precision '%s' (auto, f32, bf16 or int8)", name);
	}
	return 0;
}

int
jk_dev_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err)
{
	struct jk_dev_block *blocks = realloc(dev->blocks,
	    (dev->n_blocks + 1) * sizeof *blocks);

	if (!blocks)
		return jk_fail_nomem(err);
	dev->blocks = blocks;
	if (dev->class->alloc(dev, size_bytes, address, err) < 0)
		return -1;
	blocks[dev->n_blocks++] = (struct jk_dev_block){ *address,
		size_bytes };
	dev->used_bytes += size_bytes;
	if (dev->used_bytes > dev->peak_bytes)
		dev->peak_bytes = dev->used_bytes;
	return 0;
}

static int
run_now(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_op_time *time = dev->times ? &dev->times[op] : NULL;
	double begin = time ? jk_now_s() : 0;

	if (dev->class->run(dev, op, args, err) < 0)
		return jk_fail_prefix(err, "%s", jk_op_name(op));
	if (dev->stop && *dev->stop)
		return jk_fail(err, JK_ESYS, "stopped by signal %d",
		    (int)*dev->stop);
	if (time) {
		/* a device that works on its own enters its own seconds */
		if (dev->is_host)
			time->seconds += jk_now_s() - begin;
		time->n_calls++;
		time->flops += jk_op_exact_flops(op, args, dev->is_host);
		time->bytes += jk_op_bytes(op, args);
	}
	return 0;
}

static int
run_calls(struct jk_dev *dev, const struct jk_call *calls, int n,
    struct jk_err *err)
{
	int i;

	for (i = 0; i < n; i++)
		if (run_now(dev, calls[i].op, calls[i].args, err) < 0)
			return -1;
	return 0;
}

/*
 * Calls that are held, before anything else than a call comes; or the error of those
 * that were before memory was freed.
 */
static int
run_held(struct jk_dev *dev, struct jk_err *err)
{
	struct jk_call calls[JK_FUSE_HELD];

	if (dev->late.status != JK_OK) {
		*err = dev->late;
		return -1;
	}
	return run_calls(dev, calls, jk_fuse_rest(&dev->fuse, calls), err);
}

void
jk_dev_free(struct jk_dev *dev, uint64_t address)
{
	struct jk_err err;
	size_t i;

	if (!address)
		return;
	if (run_held(dev, &err) < 0)
		dev->late = err;
	for (i = 0; i < dev->n_blocks; i++) {
		if (dev->blocks[i].address != address)
			continue;
		dev->used_bytes -= dev->blocks[i].size_bytes;
		dev->blocks[i] = dev->blocks[--dev->n_blocks];
		break;
	}
	dev->class->free(dev, address);
}

int
jk_dev_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err)
{
	if (run_held(dev, err) < 0)
		return -1;
	return n ? dev->class->upload(dev, to, from, n, err) : 0;
}

int
jk_dev_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	if (run_held(dev, err) < 0)
		return -1;
	return n ? dev->class->download(dev, to, from, n, err) : 0;
}

int
jk_dev_submit(struct jk_dev *dev, struct jk_err *err)
{
	return run_held(dev, err) < 0 ? -1 : dev->class->submit(dev, err);
}

int
jk_dev_fetch(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	if (run_held(dev, err) < 0)
		return -1;
	if (!dev->class->fetch)
		return jk_dev_download(dev, to, from, n, err);
	return n ? dev->class->fetch(dev, to, from, n, err) : 0;
}

int
jk_dev_send(struct jk_dev *dev, uint64_t *mark, struct jk_err *err)
{
	*mark = 0;
	if (run_held(dev, err) < 0)
		return -1;
	return dev->class->send ? dev->class->send(dev, mark, err) : 0;
}

int
jk_dev_reached(struct jk_dev *dev, uint64_t mark, bool wait,
    struct jk_err *err)
{
	return dev->class->reached ? dev->class->reached(dev, mark, wait, err)
	    : 1;
}

int
jk_dev_team(struct jk_dev *dev)
{
	return dev->class->team ? dev->class->team(dev) : dev->n_threads;
}

void
jk_dev_watch(struct jk_dev *dev, const volatile sig_atomic_t *stop)
{
	dev->stop = stop;
}

int
jk_dev_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_call calls[JK_FUSE_HELD + 1];

	return dev->fuses ? run_calls(dev, calls, jk_fuse_take(&dev->fuse, op,
	    args, calls), err) : run_now(dev, op, args, err);
}

void *
jk_dev_map(struct jk_dev *dev, uint64_t address)
{
	return dev->class->map ? dev->class->map(dev, address) : NULL;
}

uint64_t
jk_dev_scratch_bytes(struct jk_dev *dev, const struct jk_call *calls,
    size_t n, const struct jk_passes *passes)
{
	return dev->class->scratch_bytes ? dev->class->scratch_bytes(dev,
	    calls, n, passes) : 0;
}

uint32_t
jk_dev_weight_type(struct jk_dev *dev, enum jk_weight_use use,
    uint32_t stored, enum jk_precision precision)
{
	return dev->class->weight_type(dev, use, stored, precision);
}

int
jk_dev_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out, struct jk_err *err)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < n_parts; i++) {
		if (parts[i]->n_dims != 2 ||
		    parts[i]->dtype >= JK_N_WEIGHT_DTYPES)
			return jk_fail(err, JK_EDATA, "%s is not a matrix "
			    "of weights", parts[i]->name);
		n += parts[i]->shape[0];
	}
	if (n > UINT32_MAX || parts[0]->shape[1] > UINT32_MAX)
		return jk_fail(err, JK_EDATA, "%s is too large",
		    parts[0]->name);
	return dev->class->weight(dev, use, parts, n_parts, precision, out,
	    err);
}

void
jk_dev_forget_weights(struct jk_dev *dev)
{
	if (dev->class->forget_weights)
		dev->class->forget_weights(dev);
}

uint64_t
jk_dev_kept_bytes(struct jk_dev *dev, const struct jk_call *calls, size_t n)
{
	return dev->class->kept_bytes ? dev->class->kept_bytes(dev, calls, n) :
	    0;
}

void
jk_dev_keep(struct jk_dev *dev, uint64_t bytes)
{
	if (dev->class->keep)
		dev->class->keep(dev, bytes);
}
