#include "dev/dev.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/lang.h"
#include "quant/dtype.h"

/* --- what a device can do */

/* A product, and arrays that no cache holds. */
enum { M = 2048, N = 1024, K = 1024, ARRAY_BYTES = 64 << 20 };

/*
 * The least seconds of a call, of as many as a quarter of a second holds and two
 * at least: the first one warms up.
 */
static int
time_call(struct jk_dev *dev, enum jk_op op, const void *args,
    uint64_t address, double *seconds, struct jk_err *err)
{
	struct jk_op_time *t = &dev->times[op];
	double all = 0, one;
	int n;

	*seconds = 0;
	for (n = 0; n < 2 || (all < 0.25 && n < 1000); n++) {
		uint32_t word;

		*t = (struct jk_op_time){ 0 };
		/* a download waits */
		if (jk_dev_run(dev, op, args, err) < 0 ||
		    jk_dev_download(dev, &word, address, sizeof word, err) < 0)
			return -1;
		one = t->seconds;
		all += one;
		if (n && (*seconds == 0 || one < *seconds))
			*seconds = one;
	}
	return 0;
}

static int
measure_products(struct jk_dev *dev, enum jk_precision precision,
    uint64_t memory, struct jk_err *err)
{
	const uint32_t type = jk_dev_type(dev, precision);
	const struct jk_matmul a = { .x = memory, .w = memory + 4ull * M * K,
		.y = memory + 4ull * (M * K + N * K), .m = M, .n = N, .k = K,
		.ldx = K, .ldy = N, .type = type, .type_y = type,
		.weight_type = precision == JK_PRECISION_INT8 ? JK_Q8_0 : type,
		.flags = jk_product_flags(precision) };
	double seconds;

	if (time_call(dev, JK_OP_matmul, &a, memory, &seconds, err) < 0)
		return -1;
	dev->speed.flops = seconds > 0 ? jk_op_flops(JK_OP_matmul, &a) /
	    seconds : 0;
	return 0;
}

static int
measure_memory(struct jk_dev *dev, uint64_t memory, struct jk_err *err)
{
	const struct jk_add a = { .a = memory, .b = memory + ARRAY_BYTES,
		.y = memory + 2ull * ARRAY_BYTES, .n = ARRAY_BYTES / 4,
		.type = JK_F32 };
	double seconds;

	if (time_call(dev, JK_OP_add, &a, memory, &seconds, err) < 0)
		return -1;
	dev->speed.bytes = seconds > 0 ? 3.0 * ARRAY_BYTES / seconds : 0;
	return 0;
}

int
jk_dev_time(struct jk_dev *dev, enum jk_precision precision,
    struct jk_err *err)
{
	const uint64_t peak_bytes = dev->peak_bytes;
	struct jk_op_time *times = calloc(JK_N_OPS, sizeof *times);
	uint64_t memory;
	int r;

	if (!times)
		return jk_fail_nomem(err);
	free(dev->times);
	dev->times = times;
	if (jk_dev_alloc(dev, 3ull * ARRAY_BYTES, &memory, err) < 0)
		return -1;
	/* zeros: whatever is a number takes the same time */
	r = JK_RUN(dev, fill, (&(struct jk_fill){ .x = memory,
		.n = 3 * (ARRAY_BYTES / 4) }), err);
	if (r == 0)
		r = measure_memory(dev, memory, err);
	if (r == 0)
		r = measure_products(dev, precision, memory, err);
	jk_dev_free(dev, memory);
	memset(times, 0, JK_N_OPS * sizeof *times);
	dev->peak_bytes = peak_bytes;
	return r;
}

/* --- the table */

static void
print_line(const struct jk_dev *dev, enum jk_op op, double total,
    struct jk_buf *out)
{
	const struct jk_op_time *t = &dev->times[op];
	const struct jk_speed *can = &dev->speed;
	double products = 0, memory = 0;

	jk_buf_printf_local(out, "%-16s %9llu %10.3f %5.1f%%", jk_op_name(op),
	    (unsigned long long)t->n_calls, t->seconds,
	    total > 0 ? 100 * t->seconds / total : 0);
	if (t->seconds > 0 && t->bytes > 0) {
		if (t->flops > 0)
			jk_buf_printf_local(out, " %9.1f",
			    1e-9 * t->flops / t->seconds);
		else
			jk_buf_printf(out, "%10s", "");
		jk_buf_printf_local(out, " %7.1f", 1e-9 * t->bytes /
		    t->seconds);
		if (can->flops > 0)
			products = t->flops / t->seconds / can->flops;
		if (can->bytes > 0)
			memory = t->bytes / t->seconds / can->bytes;
		jk_buf_printf_local(out, products > memory ?
		    jk_tr("  %3.0f%% of products") : jk_tr("  %3.0f%% of memory"),
		    100 * (products > memory ? products : memory));
	}
	jk_buf_addc(out, '\n');
}

void
jk_dev_breakdown(const struct jk_dev *dev, struct jk_buf *out)
{
	bool shown[JK_N_OPS] = { false };
	double total = 0;
	int i, k, best;

	if (!dev->times)
		return;
	for (i = 0; i < JK_N_OPS; i++)
		total += dev->times[i].seconds;
	jk_buf_adds(out, jk_tr("operation            calls    seconds  share"
	    "   GFLOP/s    GB/s  reached\n"));
	for (k = 0; k < JK_N_OPS; k++) {
		best = -1;
		for (i = 0; i < JK_N_OPS; i++)
			if (!shown[i] && dev->times[i].n_calls && (best < 0 ||
			    dev->times[i].seconds >
			    dev->times[best].seconds))
				best = i;
		if (best < 0)
			break;
		shown[best] = true;
		print_line(dev, (enum jk_op)best, total, out);
	}
	jk_buf_printf_local(out, jk_tr("measured at the start: products "
	    "%.1f GFLOP/s, memory %.1f GB/s (what stays in a cache is faster)\n"),
	    1e-9 * dev->speed.flops, 1e-9 * dev->speed.bytes);
}
