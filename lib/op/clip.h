#ifndef JK_OP_CLIP_H
#define JK_OP_CLIP_H

#include "op/shared.h"

/*
 * Whether a gradient may move parameters, and how it is clipped, of the sums of
 * squares of its blocks (op/sum_squares.h):
 *	norm   = sqrt(sum of partial[b])
 *	failed = 1 where norm is 0 or not finite; else as it was
 *	factor = min(1, max_norm / (norm + 1e-6)); 1 where max_norm is 0; as it was
 *	         where norm is 0 or not finite
 *
 * partial [n] f32; to, one.  On the host the sum is in f64, in order.  On Vulkan it
 * is in f32, over the largest of them, so that what is finite stays so; max_norm is
 * rounded to f32, towards 0.
 * A fixed order on each, so equal bits every run.
 * Tolerance host/Vulkan: 1e-5 relative.
 * Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural
 * networks", 2013; the 1e-6 is torch.nn.utils.clip_grad_norm_'s.
 */
struct jk_clip {
	JK_FLOATS partial;
	JK_CLIPPINGS to;
	JK_DOUBLE max_norm;
	uint32_t n;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_clip) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(clip);

JK_DISPATCH(clip)
{
	(void)a;
	return jk_linear(d, JK_SHADER_clip, 1, 1);
}
#endif

#endif
