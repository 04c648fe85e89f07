#include "op/rope.h"

#include <string.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

/* In place is allowed: a pair is read before it is written. */
JK_INLINE void
rotate(const void *x, void *y, const float *table, uint32_t half, float sign,
    uint32_t type)
{
	uint32_t i;

	#pragma omp simd
	for (i = 0; i < half; i++) {
		float c = table[2 * i], s = sign * table[2 * i + 1];
		float a = jk_load(x, i, type), b = jk_load(x, i + half, type);

		jk_store(y, i, type, a * c - b * s);
		jk_store(y, i + half, type, b * c + a * s);
	}
}

static void
rotate_row(const struct jk_rope *a, uint32_t t)
{
	const struct jk_row *row = (const struct jk_row *)(uintptr_t)a->rows +
	    t;
	const float *table = (const float *)(uintptr_t)a->table +
	    (size_t)row->position * a->rotary_dim;
	float sign = a->inverse ? -1.0f : 1.0f;
	uint32_t out = a->scatter ? row->kv_row : t, h;

	for (h = 0; h < a->n_heads; h++) {
		size_t at = (size_t)h * a->head_dim;
		const void *x = jk_at(a->x, (size_t)t * a->ldx + at, a->type);
		void *y = jk_at(a->y, (size_t)out * a->ldy + at, a->type);

		if (a->type == JK_BF16)
			rotate(x, y, table, a->rotary_dim / 2, sign, JK_BF16);
		else
			rotate(x, y, table, a->rotary_dim / 2, sign, JK_F32);
		if (x != y)
			memcpy(jk_at((uintptr_t)y, a->rotary_dim, a->type),
			    jk_at((uintptr_t)x, a->rotary_dim, a->type),
			    jk_type_bytes(a->type, a->head_dim -
			    a->rotary_dim));
	}
}

JK_HOST_OP(rope)
{
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
		a->n_heads * a->head_dim))
	for (t = 0; t < a->n_rows; t++)
		rotate_row(a, t);
	return 0;
}
