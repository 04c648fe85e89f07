/*
 * The gated delta rule on the host, forward token by token (as through a
 * cache), forward in chunks (as in a pack) and back: milliseconds of wall time,
 * GFLOP/s by what token by token takes, and these per second of processor time
 * times the threads, which says more where other programs run.  The best of
 * some tries.
 *
 *	delta_rule [THREADS [ROWS [HEADS [DIM]]]]
 *
 * 16 heads of 128 x 128 are Qwen 3.5 0.8B's.  Packs have one record, and
 * records of 1 to 160 rows behind a prefix of 40.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/philox.h"
#include "base/progress.h"
#include "dev/host.h"
#include "op/op.h"
#include "quant/rows.h"

enum { TRIES = 5, PREFIX = 40, LONGEST = 160 };

static struct jk_dev *dev;
static struct jk_err err;
static int threads;

static void
must(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "delta_rule: %s\n", err.msg);
	exit((int)err.status);
}

static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + 1e-6 * (double)u.ru_utime.tv_usec;
}

static void *
memory(size_t size_bytes)
{
	void *p = calloc(1, size_bytes);

	must(p ? 0 : jk_fail_nomem(&err));
	return p;
}

static float
uniform(uint32_t array, size_t i)
{
	return 2 * jk_uniform(jk_philox((uint32_t)i, array, 0, 0, 1, 2).v[0]) -
	    1;
}

/* n numbers of `type` in ±scale. */
static uint64_t
numbers(size_t n, uint32_t type, float scale, uint32_t array)
{
	float *x = memory(n * sizeof *x);
	void *y = memory(n * sizeof *x);
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = scale * uniform(array, i);
	jk_convert_row(JK_F32, x, type, y, n);
	free(x);
	return (uint64_t)(uintptr_t)y;
}

/* Decays from 1 down to some hundredth, betas between 0 and 1. */
static uint64_t
gates(uint32_t n_rows, uint32_t n_heads)
{
	const size_t n = (size_t)n_rows * 2 * n_heads;
	float *x = memory(n * sizeof *x), u;
	size_t i;

	for (i = 0; i < n; i++) {
		u = (uniform(9, i) + 1) / 2;
		x[i] = i / n_heads % 2 ? u : -4 * u * u * u * u;
	}
	return (uint64_t)(uintptr_t)x;
}

/* A pack of n rows: one record, or many behind a prefix. */
static void
make_rows(struct jk_row *rows, uint32_t n, bool many)
{
	uint32_t t = 0, i, length, prefix = many ? PREFIX : 0, number = 0;

	for (; t < prefix; t++)
		rows[t] = (struct jk_row){ .position = t, .own_end = prefix };
	for (; t < n; t += length) {
		length = many ? 1 + jk_philox(number++, 0, 0, 0, 3, 4).v[0] %
		    LONGEST : n;
		length = length < n - t ? length : n - t;
		for (i = 0; i < length; i++)
			rows[t + i] = (struct jk_row){ .position = prefix + i,
				.prefix_len = prefix, .own_begin = t,
				.own_end = t + length };
	}
}

static void
measure(const char *name, enum jk_op op, const void *args)
{
	const double flops = jk_op_flops(op, args);
	double wall = 1e9, cpu = 1e9, t, c;
	int i;

	for (i = 0; i < TRIES; i++) {
		t = jk_now_s(), c = cpu_s();
		must(jk_dev_run(dev, op, args, &err));
		t = jk_now_s() - t, c = cpu_s() - c;
		wall = t < wall ? t : wall;
		cpu = c < cpu ? c : cpu;
	}
	printf("  %-10s %8.2f ms %7.1f GFLOP/s (%6.1f)\n", name, 1e3 * wall,
	    1e-9 * flops / wall, 1e-9 * flops * threads / cpu);
}

static void
bench(uint32_t n, bool many, uint32_t heads, uint32_t dim, uint32_t type)
{
	const uint32_t width = heads * dim;
	const size_t size = (size_t)n * width;
	struct jk_row *rows = memory(n * sizeof *rows);
	struct jk_delta_rule a = { .q = numbers(size, type, 0.15f, 1),
		.k = numbers(size, type, 0.15f, 2),
		.v = numbers(size, type, 1, 3), .gates = gates(n, heads),
		.rows = (uint64_t)(uintptr_t)rows,
		.state = numbers((size_t)width * dim * 2, JK_F32, 0, 4),
		.y = numbers(size, type, 0, 5), .n_rows = n, .n_heads = heads,
		.n_k_heads = heads, .key_dim = dim, .value_dim = dim,
		.ldk = width, .ldv = width, .ldy = width, .type = type,
		.scale = 0.09f };
	struct jk_delta_rule_back b = { .q = a.q, .k = a.k, .v = a.v,
		.gates = a.gates, .rows = a.rows,
		.dy = numbers(size, type, 1, 6),
		.dq = numbers(size, type, 0, 0), .dk = numbers(size, type, 0,
		0), .dv = numbers(size, type, 0, 0),
		.dgates = gates(n, heads), .work = numbers((size_t)width *
		dim * jk_delta_states(n), JK_F32, 0, 0), .n_rows = n,
		.n_heads = heads, .n_k_heads = heads, .key_dim = dim,
		.value_dim = dim, .ldk = width, .ldv = width, .ldy = width,
		.type = type, .scale = a.scale };
	const uint64_t all[] = { a.q, a.k, a.v, a.gates, a.rows, a.state, a.y,
		b.dy, b.dq, b.dk, b.dv, b.dgates, b.work };
	size_t i;

	printf("%u rows, %s, %s, %u heads of %u x %u\n", n, many ?
	    "many records" : "one record", type == JK_BF16 ? "bf16" : "f32",
	    heads, dim, dim);
	make_rows(rows, n, many);
	if (!many) {
		a.n_sequences = 1;
		a.sequence_rows = n;
		measure("by token", JK_OP_delta_rule, &a);
		a.n_sequences = a.sequence_rows = 0;
	}
	measure("in chunks", JK_OP_delta_rule, &a);
	measure("back", JK_OP_delta_rule_back, &b);
	for (i = 0; i < sizeof all / sizeof *all; i++)
		free((void *)(uintptr_t)all[i]);
}

int
main(int argc, char **argv)
{
	const int n = argc > 2 ? atoi(argv[2]) : 512;
	const int heads = argc > 3 ? atoi(argv[3]) : 16;
	const int dim = argc > 4 ? atoi(argv[4]) : 128;

	threads = argc > 1 ? atoi(argv[1]) : 1;
	if (threads < 1 || n <= PREFIX || heads < 1 || dim < 1 ||
	    dim > JK_DELTA_MAX_DIM) {
		fputs("usage: delta_rule [THREADS [ROWS [HEADS [DIM]]]]\n",
		    stderr);
		return 2;
	}
	must(jk_host_open(threads, &dev, &err));
	bench((uint32_t)n, false, (uint32_t)heads, (uint32_t)dim, JK_F32);
	bench((uint32_t)n, true, (uint32_t)heads, (uint32_t)dim, JK_F32);
	bench((uint32_t)n, false, (uint32_t)heads, (uint32_t)dim, JK_BF16);
	bench((uint32_t)n, true, (uint32_t)heads, (uint32_t)dim, JK_BF16);
	jk_dev_close(dev);
	return 0;
}
