#include "quant/decode.h"

#include "quant/decode_grid.h"

#define INLINE static inline __attribute__((always_inline))

/*
 * The layouts are those of ggml-common.h.  Multiplications and additions
 * stand in the order of gguf-py, each rounded on its own
 * (-ffp-contract=off), so that results are the same bits.
 */

INLINE void
decode_q8_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int i;

	for (i = 0; i < 32; i++)
		dst[i] = (float)(int8_t)p[2 + i] * d;
}

INLINE void
decode_q4_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int i;

	for (i = 0; i < 16; i++) {
		dst[i] = d * (float)((p[2 + i] & 15) - 8);
		dst[16 + i] = d * (float)((p[2 + i] >> 4) - 8);
	}
}

INLINE void
decode_q4_1(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p), m = jk_read_f16(p + 2);
	int i;

	for (i = 0; i < 16; i++)
		dst[i] = d * (float)(p[4 + i] & 15) + m;
	for (i = 0; i < 16; i++)
		dst[16 + i] = d * (float)(p[4 + i] >> 4) + m;
}

INLINE void
decode_q5_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	uint32_t high = jk_read_u32(p + 2);
	int i;

	for (i = 0; i < 16; i++) {
		int lo = (p[6 + i] & 15) | (int)(high >> i & 1) << 4;
		int hi = p[6 + i] >> 4 | (int)(high >> (i + 16) & 1) << 4;

		dst[i] = d * (float)(lo - 16);
		dst[16 + i] = d * (float)(hi - 16);
	}
}

INLINE void
decode_q5_1(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p), m = jk_read_f16(p + 2);
	uint32_t high = jk_read_u32(p + 4);
	int i;

	for (i = 0; i < 16; i++) {
		int lo = (p[8 + i] & 15) | (int)(high >> i & 1) << 4;
		int hi = p[8 + i] >> 4 | (int)(high >> (i + 16) & 1) << 4;

		dst[i] = d * (float)lo + m;
		dst[16 + i] = d * (float)hi + m;
	}
}

INLINE void
decode_q4_k(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p), dmin = jk_read_f16(p + 2);
	const uint8_t *q = p + 16;
	int i, j, scale, min;

	for (j = 0; j < 8; j++) {
		float dj, mj;

		jk_read_k_scale(p + 4, j, &scale, &min);
		dj = d * (float)scale;
		mj = dmin * (float)min;
		for (i = 0; i < 32; i++)
			dst[j * 32 + i] = dj * (float)(q[j / 2 * 32 + i] >>
			    (j % 2 * 4) & 15) - mj;
	}
}

INLINE void
decode_q5_k(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p), dmin = jk_read_f16(p + 2);
	const uint8_t *high = p + 16, *q = p + 48;
	int i, j, scale, min;

	for (j = 0; j < 8; j++) {
		float dj, mj;

		jk_read_k_scale(p + 4, j, &scale, &min);
		dj = d * (float)scale;
		mj = dmin * (float)min;
		for (i = 0; i < 32; i++)
			dst[j * 32 + i] = dj * (float)((q[j / 2 * 32 + i] >>
			    (j % 2 * 4) & 15) | (high[i] >> j & 1) << 4) - mj;
	}
}

INLINE void
decode_q6_k(const uint8_t *restrict p, float *restrict dst)
{
	const uint8_t *low = p, *high = p + 128;
	const int8_t *scales = (const int8_t *)p + 192;
	float d = jk_read_f16(p + 208);
	int i, j;

	/* 8 runs of 32; two runs of 64 low bytes, each 4 bits twice */
	for (j = 0; j < 8; j++) {
		float first = d * (float)scales[2 * j];
		float second = d * (float)scales[2 * j + 1];

		for (i = 0; i < 32; i++) {
			int l = low[j / 4 * 64 + j % 2 * 32 + i] >>
			    (j % 4 / 2 * 4) & 15;
			int h = high[j / 4 * 32 + i] >> (j % 4 * 2) & 3;

			dst[j * 32 + i] = (i < 16 ? first : second) *
			    (float)((l | h << 4) - 32);
		}
	}
}

/*
 * Q2_K, Q3_K and TQ2_0 pack two bits of 256 numbers in 64 bytes: 32 bytes hold
 * a run of 32 in their lowest bits, the next one above, and so on.
 */
INLINE void
decode_q2_k(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p + 80), dmin = jk_read_f16(p + 82);
	int i, j;

	for (j = 0; j < 16; j++) {
		const uint8_t *q = p + 16 + j / 8 * 32 + j % 2 * 16;
		const int shift = j % 8 / 2 * 2;
		float dj = d * (float)(p[j] & 15);
		float mj = dmin * (float)(p[j] >> 4);

		for (i = 0; i < 16; i++)
			dst[16 * j + i] = dj * (float)(q[i] >> shift & 3) - mj;
	}
}

/* Scale j (0 to 15) of the 12 packed bytes of Q3_K. */
INLINE int
q3_scale(const uint8_t *p, int j)
{
	return ((p[j % 8] >> (j / 8 * 4) & 15) |
	    (p[8 + j % 4] >> (j / 4 * 2) & 3) << 4) - 32;
}

INLINE void
decode_q3_k(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p + 108);
	int i, j;

	for (j = 0; j < 16; j++) {
		const uint8_t *high = p + j % 2 * 16;
		const uint8_t *q = p + 32 + j / 8 * 32 + j % 2 * 16;
		const int shift = j % 8 / 2 * 2;
		float dj = d * (float)q3_scale(p + 96, j);

		/* a high bit that is not set takes 4 off */
		for (i = 0; i < 16; i++)
			dst[16 * j + i] = dj * (float)((q[i] >> shift & 3) +
			    (high[i] >> j / 2 & 1) * 4 - 4);
	}
}

static const int8_t iq4_values[16] = { JK_IQ4_VALUES };
static const int8_t fp4_values[16] = { JK_FP4_VALUES };

/* 2 n numbers of n bytes: the low halves, then the high ones. */
INLINE void
decode_halves(const uint8_t *restrict q, int n, const int8_t values[16],
    float d, float *restrict dst)
{
	int i;

	for (i = 0; i < n; i++) {
		dst[i] = d * (float)values[q[i] & 15];
		dst[n + i] = d * (float)values[q[i] >> 4];
	}
}

INLINE void
decode_iq4_nl(const uint8_t *restrict p, float *restrict dst)
{
	decode_halves(p + 2, 16, iq4_values, jk_read_f16(p), dst);
}

INLINE void
decode_iq4_xs(const uint8_t *restrict p, float *restrict dst)
{
	const int high = p[2] | p[3] << 8;
	float d = jk_read_f16(p);
	int j;

	for (j = 0; j < 8; j++) {
		int scale = (p[4 + j / 2] >> (j % 2 * 4) & 15) |
		    (high >> (2 * j) & 3) << 4;

		decode_halves(p + 8 + 16 * j, 16, iq4_values,
		    d * (float)(scale - 32), dst + 32 * j);
	}
}

/* Half of 2^(e - 127), E8M0: the values are twice those of E2M1. */
INLINE float
half_e8m0(uint8_t e)
{
	uint32_t bits = e < 2 ? 0x00200000u << e : (e - 1u) << 23;
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

INLINE void
decode_mxfp4(const uint8_t *restrict p, float *restrict dst)
{
	decode_halves(p + 1, 16, fp4_values, half_e8m0(p[0]), dst);
}

/* Half of a number in UE4M3: 4 bits of exponent, 3 of mantissa. */
INLINE float
half_ue4m3(uint8_t x)
{
	const uint32_t exponent = x >> 3 & 15, mantissa = x & 7;
	uint32_t bits = (exponent + 119) << 23 | mantissa << 20;
	float f;

	if (x == 0x7f)		/* not a number, which llama.cpp reads as 0 */
		return 0;
	memcpy(&f, &bits, sizeof f);
	return exponent ? f : (float)mantissa * 0x1p-10f;
}

INLINE void
decode_nvfp4(const uint8_t *restrict p, float *restrict dst)
{
	int j;

	for (j = 0; j < 4; j++)
		decode_halves(p + 4 + 8 * j, 8, fp4_values, half_ue4m3(p[j]),
		    dst + 16 * j);
}

INLINE void
decode_q1_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int i, j;

	for (j = 0; j < 4; j++) {
		const uint32_t bits = jk_read_u32(p + 2 + 4 * j);

		for (i = 0; i < 32; i++)
			dst[32 * j + i] = bits >> i & 1 ? d : -d;
	}
}

/*
 * Base 3, five digits in a byte as a fraction of 256: times a power of three
 * (mod 256) the wanted digit is the first.  n bytes hold their first digits,
 * then their second ones, and so on.
 */
INLINE void
decode_trits(const uint8_t *restrict q, int n, int n_digits, float d,
    float *restrict dst)
{
	uint8_t power = 1;
	int i, k;

	for (k = 0; k < n_digits; k++) {
		for (i = 0; i < n; i++) {
			const uint8_t rest = (uint8_t)(q[i] * power);

			dst[k * n + i] = d * (float)((rest * 3 >> 8) - 1);
		}
		power = (uint8_t)(power * 3);
	}
}

INLINE void
decode_tq1_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p + 52);

	decode_trits(p, 32, 5, d, dst);
	decode_trits(p + 32, 16, 5, d, dst + 160);
	decode_trits(p + 48, 4, 4, d, dst + 240);
}

INLINE void
decode_tq2_0(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p + 64);
	int i, j;

	for (j = 0; j < 8; j++) {
		const uint8_t *q = p + j / 4 * 32;
		const int shift = j % 4 * 2;

		for (i = 0; i < 32; i++)
			dst[32 * j + i] = d * (float)((q[i] >> shift & 3) - 1);
	}
}

/* n / block blocks, one after the other. */
#define BLOCKS(decode) \
	for (i = 0; i < n / block; i++) \
		decode(p + i * bytes, dst + i * block)

void
jk_dequantize(enum jk_dtype dtype, const void *src, float *restrict dst,
    size_t n)
{
	const uint8_t *restrict p = src;
	size_t block = jk_dtype_block(dtype);
	size_t bytes = jk_dtype_block_bytes(dtype), i;

	switch (dtype) {
	case JK_F32:
		memcpy(dst, src, n * sizeof *dst);
		return;
	case JK_F16:
		for (i = 0; i < n; i++)
			dst[i] = jk_f16_to_f32((uint16_t)(p[2 * i] |
			    p[2 * i + 1] << 8));
		return;
	case JK_BF16:
		for (i = 0; i < n; i++)
			dst[i] = jk_bf16_to_f32((uint16_t)(p[2 * i] |
			    p[2 * i + 1] << 8));
		return;
	case JK_Q8_0: BLOCKS(decode_q8_0); return;
	case JK_Q4_0: BLOCKS(decode_q4_0); return;
	case JK_Q4_1: BLOCKS(decode_q4_1); return;
	case JK_Q5_0: BLOCKS(decode_q5_0); return;
	case JK_Q5_1: BLOCKS(decode_q5_1); return;
	case JK_Q4_K: BLOCKS(decode_q4_k); return;
	case JK_Q5_K: BLOCKS(decode_q5_k); return;
	case JK_Q6_K: BLOCKS(decode_q6_k); return;
	case JK_Q2_K: BLOCKS(decode_q2_k); return;
	case JK_Q3_K: BLOCKS(decode_q3_k); return;
	case JK_IQ4_NL: BLOCKS(decode_iq4_nl); return;
	case JK_IQ4_XS: BLOCKS(decode_iq4_xs); return;
	case JK_TQ1_0: BLOCKS(decode_tq1_0); return;
	case JK_TQ2_0: BLOCKS(decode_tq2_0); return;
	case JK_MXFP4: BLOCKS(decode_mxfp4); return;
	case JK_NVFP4: BLOCKS(decode_nvfp4); return;
	case JK_Q1_0: BLOCKS(decode_q1_0); return;
	case JK_IQ1_S:
	case JK_IQ1_M:
	case JK_IQ2_XXS:
	case JK_IQ2_XS:
	case JK_IQ2_S:
	case JK_IQ3_XXS:
	case JK_IQ3_S:
		jk_dequantize_grid(dtype, src, dst, n);
		return;
	case JK_F64:
		for (i = 0; i < n; i++) {
			double x;

			memcpy(&x, p + i * sizeof x, sizeof x);
			dst[i] = (float)x;
		}
		return;
	/* not of weights; without a default a new one is missed at once */
	case JK_I8:
	case JK_U8:
	case JK_I16:
	case JK_U16:
	case JK_I32:
	case JK_U32:
	case JK_I64:
	case JK_U64:
	case JK_BOOL:
	case JK_N_DTYPES:
		return;
	}
}
