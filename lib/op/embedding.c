#include "op/embedding.h"

#include <string.h>

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "quant/decode.h"

enum { CHUNK = 1024 };	/* a multiple of every type's block */

static void
store_scaled(const float *w, size_t n, float scale, void *y, uint32_t type)
{
	size_t i;

	if (type == JK_BF16)
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_BF16, scale * w[i]);
	else
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_F32, scale * w[i]);
}

static void
embed(const struct jk_embedding *a, size_t t, uint32_t token)
{
	uint64_t row_bytes = jk_type_bytes(a->weight_type, a->dim);
	const char *w = (const char *)(uintptr_t)a->w + token * row_bytes;
	float f[CHUNK];
	size_t i, n;

	for (i = 0; i < a->dim; i += n) {
		n = a->dim - i < CHUNK ? a->dim - i : CHUNK;
		jk_dequantize(a->weight_type, w, f, n);
		w += jk_type_bytes(a->weight_type, n);
		store_scaled(f, n, a->scale,
		    jk_at(a->y, t * a->dim + i, a->type), a->type);
	}
}

JK_HOST_OP(embedding)
{
	const struct jk_row *rows = (const void *)(uintptr_t)a->rows;
	uint32_t t;

	for (t = 0; t < a->n_rows; t++)
		if (rows[t].token >= a->n_vocab)
			return jk_fail(err, JK_ESYS,
			    "token %u is not in the vocabulary of %u",
			    rows[t].token, a->n_vocab);
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		embed(a, t, rows[t].token);
	return 0;
}
