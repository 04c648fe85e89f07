#include "op/conv1d_back.h"

#include <string.h>

#include "cpu/cpu.h"
#include "op/conv1d_taps.h"

enum { CHANNELS = JK_CONV_CHANNELS };

/* du of the rows behind the one at work, the next one first. */
struct window {
	float du[JK_CONV_MAX][CHANNELS];
};

/* du of row t goes in front of the window. */
JK_INLINE void
push(const struct jk_conv1d_back *a, const struct jk_conv1d *forward,
    uint32_t t, uint32_t c, uint32_t n, uint32_t type, struct window *w)
{
	const void *dy = jk_at(a->dy, (size_t)t * a->ldy, type);
	float u[CHANNELS], *du = w->du[0];
	uint32_t i;

	memmove(w->du[1], w->du[0], sizeof w->du[0] * (a->kernel - 1));
	jk_conv1d_load(dy, c, n, type, du);
	if (a->linear)
		return;
	jk_conv1d_sums(forward, t, c, n, type, u);
#pragma omp simd
	for (i = 0; i < n; i++) {
		float s = jk_sigmoidf(u[i]);

		du[i] *= s + u[i] * s * (1 - s);
	}
}

JK_INLINE void
put(const struct jk_conv1d_back *a, uint32_t t, uint32_t c, uint32_t n,
    uint32_t type, const struct window *w)
{
	void *dx = jk_at(a->dx, (size_t)t * a->ldd, type);
	float sum[CHANNELS] = { 0 };
	uint32_t i, back;

	for (back = 0; back < a->kernel; back++) {
		const float *wj = (const float *)(uintptr_t)a->w +
		    (size_t)(a->kernel - 1 - back) * a->n_channels + c;

#pragma omp simd
		for (i = 0; i < n; i++)
			sum[i] += wj[i] * w->du[back][i];
	}
	jk_conv1d_store(sum, n, dx, c, type);
}

/*
 * Some channels of all rows, from the last one on.  `behind` adds up du of the
 * first rows of all records, which stand behind the prefix.
 */
JK_INLINE void
channels(const struct jk_conv1d_back *a, uint32_t c, uint32_t n, uint32_t type)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const struct jk_conv1d forward = { .x = a->x, .w = a->w,
		.rows = a->rows, .n_rows = a->n_rows,
		.n_channels = a->n_channels, .kernel = a->kernel,
		.ldx = a->ldx, .type = type };
	struct window w = { 0 }, behind = { 0 };
	uint32_t t, i, k;

	for (t = a->n_rows; t-- > 0; ) {
		if (t + 1 == a->n_rows || jk_begins(rows, t + 1)) {
			if (rows[t].prefix_len)
				memset(&w, 0, sizeof w);
			else
				w = behind;
		}
		push(a, &forward, t, c, n, type, &w);
		put(a, t, c, n, type, &w);
		if (!jk_begins(rows, t) || !rows[t].prefix_len)
			continue;
		for (k = 0; k + 1 < a->kernel; k++)
			for (i = 0; i < n; i++)
				behind.du[k][i] += w.du[k][i];
	}
}

JK_HOST_OP(conv1d_back)
{
	const uint32_t n_blocks = (a->n_channels + CHANNELS - 1) / CHANNELS;
	uint32_t b;

	(void)err;
#pragma omp parallel for num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_channels * a->kernel))
	for (b = 0; b < n_blocks; b++) {
		uint32_t c = b * CHANNELS, n = a->n_channels - c;

		if (n > CHANNELS)
			n = CHANNELS;
		if (a->type == JK_BF16)
			channels(a, c, n, JK_BF16);
		else
			channels(a, c, n, JK_F32);
	}
	return 0;
}
