#include "tap.h"

#include <math.h>
#include <stdlib.h>

#include "base/philox.h"
#include "cpu/element.h"
#include "dev/dev.h"
#include "dev/host.h"
#include "dev/open.h"
#include "cpu/dot_int8.h"
#include "op/op.h"
#include "quant/decode.h"
#include "quant/dtype.h"
#include "quant/rows.h"

/* Products in integers against the formula of cpu/dot_int8.h in doubles. */

enum { M = 5, N = 21, MAX_K = 768 };

static struct jk_dev *dev;
static struct jk_err err;

static float
random_number(uint32_t i)
{
	struct jk_philox p = jk_philox(7, i, 0, 0, 0, 0);

	return (float)p.v[0] * 0x1p-31f - 1;
}

/* Bytes of any kind, with scales and minima of about one. */
static void
fill_weights(uint32_t stored, uint8_t *w, size_t n)
{
#define HALVES(id, number, block, bytes, gguf, scale, minimum) \
	[id] = { (block) == 1 ? -1 : (scale), minimum },
	static const int halves[][2] = { JK_WEIGHT_TYPES(HALVES) };
#undef HALVES
	size_t i, j;

	for (i = 0; i < n; i++)
		w[i] = (uint8_t)(i * 2654435761u >> 13);
	for (i = 0; i < n; i += jk_dtype_block_bytes((enum jk_dtype)stored))
		for (j = 0; j < 2; j++)
			if (halves[stored][j] >= 0) {
				uint8_t *high = w + i + halves[stored][j] + 1;

				*high = (*high & 0x80) | 0x3c;
			}
}

static bool
multiply(uint32_t stored, const void *x, uint32_t type, size_t ldx,
    const void *w, float *y, uint32_t m, uint32_t k)
{
	return jk_dev_run(dev, JK_OP_matmul, &(struct jk_matmul){
	    .x = (uint64_t)(uintptr_t)x, .w = (uint64_t)(uintptr_t)w,
	    .y = (uint64_t)(uintptr_t)y, .m = m, .n = N, .k = k,
	    .ldx = (uint32_t)ldx, .ldy = N, .weight_type = stored,
	    .type = type, .type_y = JK_F32, .flags = JK_MATMUL_INT8 }, &err) ==
	    0;
}

/* How far y is from the formula, over the sum of the magnitudes. */
static double
distance(const float *x, size_t ldx, const float *w, const float *y,
    uint32_t m, size_t k)
{
	double worst = 0;
	uint32_t i, j;
	size_t b, l;

	for (i = 0; i < m; i++)
		for (j = 0; j < N; j++) {
			double sum = 0, all = 0, e;

			for (b = 0; b < k; b += 32) {
				const float *v = x + i * ldx + b;
				double d = 0;

				for (l = 0; l < 32; l++)
					d = fmax(d, fabs((double)v[l]) / 127);
				for (l = 0; l < 32; l++) {
					double q = d > 0 ?
					    nearbyint((double)v[l] / d) : 0;
					double p = d * q *
					    (double)w[j * k + b + l];

					sum += p;
					all += fabs(p);
				}
			}
			e = fabs((double)y[i * N + j] - sum) / (all + 1e-30);
			worst = e > worst || isnan(e) ? e : worst;
		}
	return worst;
}

static void
check(uint32_t stored, const char *set, uint32_t k)
{
	const size_t row_bytes = jk_type_bytes(stored, k), ldx = k + 8;
	const char *name = jk_dtype_name((enum jk_dtype)stored);
	struct jk_cpu *cpu = jk_dev_cpu(dev);
	const int n_threads = jk_cpu_threads(cpu);
	uint8_t *w = malloc(N * row_bytes);	/* to the byte: none behind */
	float *plain = malloc(sizeof *plain * N * k);
	float *x = malloc(sizeof *x * M * ldx);
	float y[M * N], again[M * N];
	double e;
	size_t i;

	fill_weights(stored, w, N * row_bytes);
	jk_dequantize((enum jk_dtype)stored, w, plain, (size_t)N * k);
	for (i = 0; i < M * ldx; i++)
		x[i] = random_number((uint32_t)i);
	for (i = 0; i < 32; i++)	/* a block of nothing */
		x[ldx + i] = 0;
	ok(multiply(stored, x, JK_F32, ldx, w, y, M, k), "%s: %s, %u inputs",
	    set, name, k);
	e = distance(x, ldx, plain, y, M, k);
	ok(e <= 2e-6, "as the formula says (%.1e)", e);
	jk_cpu_set_threads(cpu, 1);
	ok(multiply(stored, x + 2 * ldx, JK_F32, ldx, w, again, 1, k) &&
	    memcmp(again, y + (size_t)2 * N, N * sizeof *y) == 0,
	    "a row alone has its bits");
	jk_cpu_set_threads(cpu, n_threads);
	x[3 * ldx + 5] = INFINITY;
	x[4 * ldx + 7] = NAN;
	ok(multiply(stored, x, JK_F32, ldx, w, again, M, k) &&
	    memcmp(again, y, (size_t)3 * N * sizeof *y) == 0 &&
	    isnan(again[(size_t)3 * N]) && isnan(again[M * N - 1]),
	    "what is not finite makes NaN of its row alone");
	free(w), free(plain), free(x);
}

static void
check_types(const char *set)
{
	static const uint32_t sizes[2][3] = { { 32, 96, 576 },
		{ 256, 512, 768 } };
	uint32_t stored, i;

	for (stored = 0; stored < JK_N_WEIGHT_DTYPES; stored++)
		for (i = 0; jk_dot8_takes(stored) && i < 3; i++)
			check(stored, set, sizes[jk_dtype_block(
			    (enum jk_dtype)stored) > 32][i]);
}

/* bf16 activations are those numbers. */
static void
check_bf16(void)
{
	enum { K = 64 };
	uint8_t w[N * 40];
	uint16_t half[K];
	float x[K], y[N], want[N];
	size_t i;

	fill_weights(JK_Q4_1, w, sizeof w);
	for (i = 0; i < K; i++) {
		half[i] = jk_to_bf16(random_number((uint32_t)i));
		x[i] = jk_bf16_to_f32(half[i]);
	}
	ok(multiply(JK_Q4_1, x, JK_F32, K, w, want, 1, K) &&
	    multiply(JK_Q4_1, half, JK_BF16, K, w, y, 1, K) &&
	    memcmp(y, want, sizeof y) == 0, "inputs in bf16");
}

/* What has no codes is multiplied as without the flag. */
static void
check_others(void)
{
	enum { K = 64 };
	static float w[N * K];
	float x[K], y[N];
	double e, sum;
	size_t i;

	for (i = 0; i < N * K; i++)
		w[i] = random_number((uint32_t)i + 99);
	for (i = 0, sum = 0; i < K; i++) {
		x[i] = random_number((uint32_t)i);
		sum += (double)x[i] * (double)w[i];
	}
	e = multiply(JK_F32, x, JK_F32, K, w, y, 1, K) ?
	    fabs((double)y[0] - sum) : 1;
	ok(e <= 1e-5, "weights in f32: in f32 (%.1e)", e);
}

static void
check_encoding(void)
{
	enum { K = 2080 };	/* not whole pieces */
	static float w[K];
	static uint8_t codes[K / 32 * 34];
	float back[K];
	double worst = 0;
	size_t i;

	for (i = 0; i < K; i++)
		w[i] = random_number((uint32_t)i);
	ok(jk_encode_rows(JK_F32, w, codes, K, 2), "plain weights as Q8_0");
	jk_dequantize(JK_Q8_0, codes, back, K);
	for (i = 0; i < K; i++)
		worst = fmax(worst, fabs((double)back[i] - (double)w[i]));
	ok(worst <= 1.0 / 254 + 0x1p-11, "to half a step (%.1e)", worst);
	w[K - 1] = INFINITY;
	ok(!jk_encode_rows(JK_F32, w, codes, K, 2), "not infinity");
}

int
main(void)
{
	int isa;

	must(jk_dev_open("cpu", 2, &dev, &err), &err);
	for (isa = 0; isa < JK_N_ISAS; isa++)
		if (jk_cpu_use(jk_dev_cpu(dev), (enum jk_isa)isa))
			check_types(jk_isa_name((enum jk_isa)isa));
		else
			diag("not on this processor: %s",
			    jk_isa_name((enum jk_isa)isa));
	check_bf16();
	check_others();
	check_encoding();
	jk_dev_close(dev);
	return done_testing();
}
