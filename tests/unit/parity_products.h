#ifndef JK_TEST_PARITY_PRODUCTS_H
#define JK_TEST_PARITY_PRODUCTS_H

/* What tests of products share: weights of every type, how far matrices may be. */

#include "parity_matrices.h"

#include "quant/dtype.h"

/* A random matrix of n rows and k columns, scales about 1 / 64. */
static uint64_t
p_weights(uint32_t type, uint32_t n, uint32_t k)
{
#define SCALES(id, number, block, bytes, gguf, scale, minimum) \
	[id] = { scale, minimum },
	/* where a block's f16 numbers stand; -1: none */
	static const int halves[JK_N_WEIGHT_DTYPES][2] = {
		JK_WEIGHT_TYPES(SCALES)
	};
#undef SCALES
	size_t row = jk_type_bytes(type, k), size = row * n, i, b;
	size_t block = jk_dtype_block_bytes((enum jk_dtype)type);
	unsigned char *w = malloc(size + 8);
	uint64_t address;
	float x;

	if (!w)
		exit(1);
	for (i = 0; i < size; i++)
		w[i] = (unsigned char)p_random();
	if (type == JK_F32)
		for (i = 0; i < size; i += 4) {
			x = jk_uniform(p_random()) - 0.5f;
			memcpy(w + i, &x, 4);
		}
	else if (type == JK_F16 || type == JK_BF16)
		for (i = 1; i < size; i += 2)	/* magnitudes below 1 */
			w[i] = (unsigned char)((w[i] & 0x80) | (type == JK_F16 ?
			    0x20 + w[i] % 0x18 : 0x3b + w[i] % 4));
	else
		for (b = 0; b < size; b += block)
			for (i = 0; i < 2 && halves[type][i] >= 0; i++) {
				/* f16 from 2^-7 to 2^-6, either sign */
				w[b + (size_t)halves[type][i] + 1] &= 0x80;
				w[b + (size_t)halves[type][i] + 1] |= 0x20;
			}
	for (b = 0; type == JK_IQ1_M && b < size; b += block)
		w[b + 55] = 0x20 | (w[b + 55] & 0x8f);
	for (b = 0; type == JK_MXFP4 && b < size; b += block)
		w[b] = (unsigned char)(118 + w[b] % 4);
	address = p_bytes(w, size);
	free(w);
	return address;
}

static double
p_matrix_tolerance(int rough)
{
	const struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;

	return !rough ? 2e-6 : v->matrix.kind == JK_MATRIX_BF16 ? 0x1p-7 :
	    0x1p-10;
}

#endif
