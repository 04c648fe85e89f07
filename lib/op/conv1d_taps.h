#ifndef JK_OP_CONV1D_TAPS_H
#define JK_OP_CONV1D_TAPS_H

#include "cpu/vec.h"
#include "op/conv1d.h"

/* The inputs of a row on the host: there and back again. */

/* Channels that go together. */
enum { JK_CONV_CHANNELS = 64 };

/* What stands `back` positions before row t; NULL before the first. */
JK_INLINE const void *
jk_conv1d_input(const struct jk_conv1d *a, uint32_t t, uint32_t back)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const struct jk_row *r = &rows[t];
	uint32_t position, slot, ring = a->kernel - 1;

	if (r->position < back)
		return NULL;
	if (t >= back && rows[t - back].own_begin == r->own_begin)
		return jk_at(a->x, (size_t)(t - back) * a->ldx, a->type);
	position = r->position - back;
	if (!a->sequence_rows)
		return jk_at(a->x, (size_t)(r->prefix_begin + position) *
		    a->ldx, a->type);
	slot = jk_slot_of(position < r->prefix_len ? r->prefix_begin :
	    r->own_begin, a->n_prefixes, a->prefix_rows, a->sequence_rows);
	return jk_at(a->state, ((size_t)slot * ring + position % ring) *
	    a->n_channels, a->type);
}

/*
 * Elements at … at + n - 1 of an array of `type` as f32, and back: whole vectors
 * by hand, for compilers go through bf16 one by one.
 */
JK_INLINE void
jk_conv1d_load(const void *x, size_t at, uint32_t n, uint32_t type, float *y)
{
	uint32_t i;

	for (i = 0; i + JK_LANES <= n; i += JK_LANES)
		jk_vec_store(y, i, JK_F32, jk_vec_load(x, at + i, type));
	for (; i < n; i++)
		y[i] = jk_load(x, at + i, type);
}

JK_INLINE void
jk_conv1d_store(const float *x, uint32_t n, void *y, size_t at, uint32_t type)
{
	uint32_t i;

	for (i = 0; i + JK_LANES <= n; i += JK_LANES)
		jk_vec_store(y, at + i, type, jk_vec_load(x, i, JK_F32));
	for (; i < n; i++)
		jk_store(y, at + i, type, x[i]);
}

/* u of channels c … c + n - 1 of row t. */
JK_INLINE void
jk_conv1d_sums(const struct jk_conv1d *a, uint32_t t, uint32_t c, uint32_t n,
    uint32_t type, float u[JK_CONV_CHANNELS])
{
	const float *w = (const float *)(uintptr_t)a->w;
	uint32_t i, j;

	for (i = 0; i < n; i++)
		u[i] = 0;
	for (j = 0; j < a->kernel; j++) {
		const float *wj = w + (size_t)j * a->n_channels + c;
		const void *x = jk_conv1d_input(a, t, a->kernel - 1 - j);

		if (!x)
			continue;
		for (i = 0; i + JK_LANES <= n; i += JK_LANES)
			jk_vec_store(u, i, JK_F32, jk_vec_load(u, i, JK_F32) +
			    jk_vec_load(wj, i, JK_F32) * jk_vec_load(x, c + i,
			    type));
		for (; i < n; i++)
			u[i] += wj[i] * jk_load(x, c + i, type);
	}
}

#endif
