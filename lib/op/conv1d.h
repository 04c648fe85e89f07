#ifndef JK_OP_CONV1D_H
#define JK_OP_CONV1D_H

#include "op/recurrence.h"

/*
 * A causal convolution of each channel c with a kernel of its own, then SiLU,
 * or with `linear` nothing:
 *	u[t, c] = sum_{j < K} w[j, c] * x[t - (K - 1 - j), c]
 *	y[t, c] = u[t, c] / (1 + exp(-u[t, c])), or u[t, c]
 * where t - s is the row s positions before t in t's record, behind the end of
 * its prefix as well; before the first position x is 0.
 *
 * x [T, channels] in type, rows ldx apart; w [K, channels] f32; y [T, channels]
 * in type, rows ldy apart.  K is 1 … JK_CONV_MAX.  Generation: state [slots,
 * K - 1, channels] in type has x of the last K - 1 positions of each sequence,
 * that of position p at p % (K - 1), and is brought up to date; in a pack it is
 * absent (op/recurrence.h).
 * Tolerance host/Vulkan: 1e-5 of the largest |y|.
 * Source: Gu, Dao, "Mamba", 2023.
 */
#define JK_CONV_MAX 8

struct jk_conv1d {
	JK_ACT x;
	JK_FLOATS w;
	JK_ROWS rows;
	JK_ACT state;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n_channels;
	uint32_t kernel;	/* K */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t n_prefixes;	/* of the cache; all 0 in a pack */
	uint32_t prefix_rows;
	uint32_t n_sequences;
	uint32_t sequence_rows;
	uint32_t type;
	uint32_t linear;	/* 0 or 1 */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_conv1d) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(conv1d);

JK_DISPATCH(conv1d)
{
	/* along y: a group of rows takes the sequences that begin in it */
	d->cut = JK_CUT_X;
	return jk_grid(d, JK_SHADER_conv1d, jk_over(a->n_channels, JK_GROUP),
	    a->n_rows < 64 ? a->n_rows : 64, err);
}
#endif

#endif
