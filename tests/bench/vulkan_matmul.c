/*
 * GFLOP/s of the matrix products on a Vulkan device, forward and back, per
 * weight type: vulkan_matmul [DEVICE [M [N [K]]]].  The best of five; on a
 * software device also per second of processor time, times the threads used,
 * which says more where other programs run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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

/* The best of five in seconds: of the clock, of the processor. */
static void
best(enum jk_op op, const void *args, double *wall, double *cpu)
{
	struct jk_err err;
	double t, c;
	int i;

	*wall = *cpu = 1e9;
	for (i = 0; i < 5; i++) {
		t = jk_now_s();
		c = cpu_s();
		must(jk_dev_run(dev, op, args, &err), &err);
		must(jk_dev_submit(dev, &err), &err);
		t = jk_now_s() - t;
		c = cpu_s() - c;
		*wall = t < *wall ? t : *wall;
		*cpu = c < *cpu ? c : *cpu;
	}
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "vulkan";
	uint32_t m = argc > 2 ? (uint32_t)atoi(argv[2]) : 256;
	uint32_t n = argc > 3 ? (uint32_t)atoi(argv[3]) : 1536;
	uint32_t k = argc > 4 ? (uint32_t)atoi(argv[4]) : 576, kk, type;
	const double threads = 2;
	double wall[2], cpu[2], flops;
	uint64_t x, w, y;
	struct jk_err err;
	char *zeros;

	must(jk_vulkan_open(name, false, &dev, &err), &err);
	printf("%s\nM %u, N %u, K %u (512 for K-quants); GFLOP/s by the clock "
	    "(by processor time x %.0f)\n", jk_buf_str(&dev->description), m,
	    n, k, threads);
	must(jk_dev_alloc(dev, (size_t)m * k * 4, &x, &err), &err);
	must(jk_dev_alloc(dev, (size_t)n * k * 4, &w, &err), &err);
	must(jk_dev_alloc(dev, (size_t)m * n * 4, &y, &err), &err);
	zeros = calloc((size_t)n * k, 4);
	if (!zeros)
		return 1;
	must(jk_dev_upload(dev, w, zeros, (size_t)n * k * 4, &err), &err);
	free(zeros);
	for (type = 0; type < JK_N_WEIGHT_DTYPES; type++) {
		kk = type >= JK_Q4_K ? k / 256 * 256 : k;
		flops = 2.0 * m * n * kk * 1e-9;
		struct jk_matmul a = { .x = x, .w = w, .y = y, .m = m,
			.n = n, .k = kk, .ldx = kk, .ldy = n,
			.weight_type = type };
		struct jk_matmul_back b = { .dy = y, .w = w, .dx = x, .m = m,
			.n = n, .k = kk, .ldx = kk, .ldy = n,
			.weight_type = type };
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
