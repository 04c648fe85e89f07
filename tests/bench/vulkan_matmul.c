/*
 * GFLOP/s of the matrix products on a Vulkan device, forward and back, per
 * weight type: vulkan_matmul [DEVICE [M [N [K [TYPE [PRECISION]]]]]], in f32 or,
 * on cooperative matrices, in bf16.  The best of five submissions, each of as many
 * products as take some milliseconds; on a
 * software device also per second of processor time, times the threads used,
 * which says more where other programs run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/philox.h"
#include "base/progress.h"
#include "dev/dev.h"
#include "dev/vulkan.h"
#include "quant/dtype.h"

static struct jk_dev *dev;

static void
must(int result, const struct jk_err *err)
{
	if (result < 0) {
		fprintf(stderr, "vulkan_matmul: %s\n", err->msg);
		exit((int)err->status);
	}
}

static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + 1e-6 * (double)u.ru_utime.tv_usec;
}

/* n bytes on the device, of pairs of a random one and `upper`. */
static uint64_t
random_bytes(size_t n, unsigned char upper)
{
	unsigned char *bytes = malloc(n + 8);
	struct jk_err err;
	uint64_t at;
	size_t i;

	if (!bytes)
		exit(1);
	for (i = 0; i < n; i += 8) {
		const struct jk_philox r = jk_philox((uint32_t)(i / 8), 0, 0,
		    0, 1, 2);
		const unsigned char pairs[8] = { (unsigned char)r.v[0], upper,
			(unsigned char)r.v[1], upper, (unsigned char)r.v[2],
			upper, (unsigned char)r.v[3], upper };

		memcpy(bytes + i, pairs, 8);
	}
	must(jk_dev_alloc(dev, n, &at, &err), &err);
	must(jk_dev_upload(dev, at, bytes, n, &err), &err);
	free(bytes);
	return at;
}

/* Seconds of the clock and of the processor that n calls take. */
static void
time_calls(enum jk_op op, const void *args, int n, double *wall, double *cpu)
{
	struct jk_err err;
	double t = jk_now_s(), c = cpu_s();
	int i;

	for (i = 0; i < n; i++)
		must(jk_dev_run(dev, op, args, &err), &err);
	must(jk_dev_submit(dev, &err), &err);
	*wall = jk_now_s() - t;
	*cpu = cpu_s() - c;
}

/* The best of five in seconds a call: of the clock, of the processor. */
static void
best(enum jk_op op, const void *args, double *wall, double *cpu)
{
	const double enough_s = 0.02;
	const int most = 200;
	double t, c;
	int i, n;

	time_calls(op, args, 1, &t, &c);	/* compiles */
	time_calls(op, args, 1, &t, &c);
	n = t * most < enough_s ? most : (int)(enough_s / t) + 1;
	*wall = *cpu = 1e9;
	for (i = 0; i < 5; i++) {
		time_calls(op, args, n, &t, &c);
		*wall = t / n < *wall ? t / n : *wall;
		*cpu = c / n < *cpu ? c / n : *cpu;
	}
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "vulkan";
	uint32_t m = argc > 2 ? (uint32_t)atoi(argv[2]) : 256;
	uint32_t n = argc > 3 ? (uint32_t)atoi(argv[3]) : 1536;
	uint32_t k = argc > 4 ? (uint32_t)atoi(argv[4]) : 576, kk, type;
	const char *wanted = argc > 6 ? argv[6] : "f32";
	const double threads = 2;
	enum jk_precision precision;
	uint32_t flags;
	double wall[2], cpu[2], flops;
	uint64_t x, w, y;
	struct jk_err err;

	must(jk_vulkan_open(name, false, 0, &dev, &err), &err);
	must(jk_dev_precision(dev, wanted, false, &precision, &err), &err);
	flags = jk_product_flags(precision);
	printf("%s\nM %u, N %u, K %u (512 for K-quants); GFLOP/s by the clock "
	    "(by processor time x %.0f)\n", jk_buf_str(&dev->description), m,
	    n, k, threads);
	/* finite in every type, scales of blocks as well */
	x = random_bytes((size_t)m * k * 4, 0x3c);
	w = random_bytes((size_t)n * k * 4, 0x3c);
	y = random_bytes((size_t)m * n * 4, 0x3c);
	for (type = 0; type < JK_N_WEIGHT_DTYPES; type++) {
		if (argc > 5 && strcmp(argv[5],
		    jk_dtype_name((enum jk_dtype)type)) != 0)
			continue;
		kk = type >= JK_Q4_K ? k / 256 * 256 : k;
		flops = 2.0 * m * n * kk * 1e-9;
		struct jk_matmul a = { .x = x, .w = w, .y = y, .m = m,
			.n = n, .k = kk, .ldx = kk, .ldy = n,
			.weight_type = type, .flags = flags };
		struct jk_matmul_back b = { .dy = y, .w = w, .dx = x, .m = m,
			.n = n, .k = kk, .ldx = kk, .ldy = n,
			.weight_type = type, .flags = flags };
		best(JK_OP_matmul, &a, &wall[0], &cpu[0]);
		best(JK_OP_matmul_back, &b, &wall[1], &cpu[1]);
		printf("%-5s  forward %7.1f (%5.1f)   back %7.1f (%5.1f)\n",
		    jk_dtype_name((enum jk_dtype)type), flops / wall[0],
		    threads * flops / cpu[0], flops / wall[1],
		    threads * flops / cpu[1]);
	}
	jk_dev_close(dev);
	return 0;
}
