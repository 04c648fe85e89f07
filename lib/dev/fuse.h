#ifndef JK_DEV_FUSE_H
#define JK_DEV_FUSE_H

#include <stdint.h>

#include "op/op.h"

/*
 * Calls that a GPU takes as one: what makes rows of activations, or of their
 * gradients, and the product of these rows with LoRA's few ranks.  A group that has
 * made rows can multiply them at once, where two operations have a barrier between
 * them, for which all of the device waits.
 *
 *	rms_norm, lora_down		rms_norm_down
 *	glu, lora_down			glu_down
 *	rms_norm_back, lora_back_z	rms_norm_back_z
 *	glu_back, lora_back_z		glu_back_z
 *	rope, lora_back_z		rope_back_z
 *
 * It is so where rows are more than 8 and blocks of ranks (shaders/lora_inner.glsl),
 * which one group takes in turn, at most 8.  Sums have the same order as those of the two.
 *
 * The maker is held until the product comes, with one call in between: the
 * gradient of A by the rows that a norm or the activation has computed again.  The
 * product passes that by where neither touches what the other writes.
 */

/* A call: an operation and its argument struct, of at most 128 bytes. */
struct jk_call {
	enum jk_op op;
	uint64_t args[16];
};

enum { JK_FUSE_HELD = 2 };
struct jk_fuse {
	struct jk_call held[JK_FUSE_HELD];
	int n;
};

/*
 * Take a call; returns how many are to be made now, which are in `out` in their
 * order.
 */
int jk_fuse_take(struct jk_fuse *f, enum jk_op op, const void *args,
    struct jk_call out[JK_FUSE_HELD + 1]);
/* The same of those that are held: none is afterwards. */
int jk_fuse_rest(struct jk_fuse *f, struct jk_call out[JK_FUSE_HELD]);

#endif
