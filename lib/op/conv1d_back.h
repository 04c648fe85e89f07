#ifndef JK_OP_CONV1D_BACK_H
#define JK_OP_CONV1D_BACK_H

#include "op/conv1d.h"

/*
 * The way back through conv1d in a pack, u computed again:
 *	du[t, c] = dy[t, c] * SiLU'(u[t, c]), or dy[t, c] (linear: x is not
 *	    looked at)
 *	dx[t, c] = sum_{j < K} w[j, c] * sum of du[r, c] of the rows r that t
 *	    stands K - 1 - j positions before
 * of which a row of the shared prefix has one in each record behind it.  The
 * kernels are frozen.  A pack's prefix begins at row 0, as attention_back has
 * it.  dy [T, channels] in type, rows ldy apart; dx in type, rows ldd apart;
 * x, w as in conv1d.
 * Tolerance host/Vulkan: 2e-5 of the largest |dx|.
 */
struct jk_conv1d_back {
	JK_ACT x;
	JK_FLOATS w;
	JK_ROWS rows;
	JK_ACT dy;
	JK_ACT dx;
	uint32_t n_rows;	/* T */
	uint32_t n_channels;
	uint32_t kernel;	/* K */
	uint32_t ldx;
	uint32_t ldy;	/* of dy */
	uint32_t ldd;	/* of dx */
	uint32_t type;
	uint32_t linear;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_conv1d_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(conv1d_back);

JK_DISPATCH(conv1d_back)
{
	return jk_linear(d, JK_SHADER_conv1d_back, a->n_channels, JK_GROUP);
}
#endif

#endif
