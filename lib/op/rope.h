#ifndef JK_OP_ROPE_H
#define JK_OP_ROPE_H

#include "op/shared.h"

/*
 * Rotary position embedding, in the half-split form of Hugging Face, of the
 * first E features of a head, E <= D: for head h and i < E / 2, with
 * (c, s) = table[position(t), i],
 *	y[t, h, i]         = x[t, h, i] * c - x[t, h, i + E/2] * s
 *	y[t, h, i + E/2]   = x[t, h, i + E/2] * c + x[t, h, i] * s
 * and y = x of the features behind them.  s is negated when inverse is 1 (the
 * way back: the rotation is orthogonal).
 *
 * x [T, H, D] in type, rows ldx apart; y likewise with ldy; y's row is t, or
 * kv_row(t) when scatter is 1 (keys into the cache).  table
 * [positions, E / 2, 2] f32: cosine and sine, computed in f64 with the model's
 * scaling.  In place (x = y) is allowed when scatter is 0.
 * Tolerance host/Vulkan: 1e-6 relative.
 * Source: Su et al., "RoFormer", 2021.
 */
struct jk_rope {
	JK_ACT x;
	JK_ACT y;
	JK_ROWS rows;
	JK_FLOATS table;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H */
	uint32_t head_dim;	/* D */
	uint32_t rotary_dim;	/* E */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
	uint32_t inverse;	/* 0 or 1 */
	uint32_t scatter;	/* 0 or 1 */
	uint32_t n_positions;	/* in table */
	uint32_t n_out;	/* rows behind y */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rope) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rope);

JK_DISPATCH(rope)
{
	/* an invocation has a pair, or a feature behind them */
	return jk_linear(d, JK_SHADER_rope, (uint64_t)a->n_rows * a->n_heads *
	    (a->head_dim - a->rotary_dim / 2), JK_GROUP);
}
#endif

#endif
