#include "op/conv1d.h"

#include <string.h>

#include "cpu/cpu.h"
#include "op/conv1d_taps.h"

JK_INLINE void
row_typed(const struct jk_conv1d *a, uint32_t t, uint32_t type, bool linear)
{
	void *y = jk_at(a->y, (size_t)t * a->ldy, type);
	float u[JK_CONV_CHANNELS];
	uint32_t c, i, n;

	for (c = 0; c < a->n_channels; c += n) {
		n = a->n_channels - c < JK_CONV_CHANNELS ? a->n_channels - c :
		    JK_CONV_CHANNELS;
		jk_conv1d_sums(a, t, c, n, type, u);
		if (!linear)
#pragma omp simd
			for (i = 0; i < n; i++)
				u[i] *= jk_sigmoidf(u[i]);
		jk_conv1d_store(u, n, y, c, type);
	}
}

static void
row(const struct jk_conv1d *a, uint32_t t)
{
	if (a->type == JK_BF16 && a->linear)
		row_typed(a, t, JK_BF16, true);
	else if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16, false);
	else if (a->linear)
		row_typed(a, t, JK_F32, true);
	else
		row_typed(a, t, JK_F32, false);
}

/* The last rows of a sequence stay in its ring. */
static void
keep(const struct jk_conv1d *a, uint32_t t)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const struct jk_row *r = &rows[t];
	const uint32_t ring = a->kernel - 1;
	uint32_t slot;

	if (t + ring < a->n_rows && rows[t + ring].own_begin == r->own_begin)
		return;
	slot = jk_slot_of(r->own_begin, a->n_prefixes, a->prefix_rows,
	    a->sequence_rows);
	memcpy(jk_at(a->state, ((size_t)slot * ring + r->position % ring) *
	    a->n_channels, a->type), jk_at(a->x, (size_t)t * a->ldx, a->type),
	    jk_type_bytes(a->type, a->n_channels));
}

JK_HOST_OP(conv1d)
{
	const bool keeps = a->sequence_rows && a->kernel > 1;
	uint32_t t;

	(void)err;
	/* nobody's ring changes before all have read theirs */
#pragma omp parallel num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_channels * a->kernel))
	{
#pragma omp for
		for (t = 0; t < a->n_rows; t++)
			row(a, t);
#pragma omp for
		for (t = 0; t < a->n_rows; t++)
			if (keeps)
				keep(a, t);
	}
	return 0;
}
