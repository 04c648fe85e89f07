#ifndef JK_NN_MLP_H
#define JK_NN_MLP_H

#include "nn/block.h"

/*
 * The feed-forward part:
 *
 *	normed = norm(x)
 *	gate_up = normed W_gate_up (+ LoRA); ungated, up alone
 *	act = glu(gate, up), or gelu(up)
 *	y = x + act W_down (+ LoRA), the norm of it with post_norms
 *
 * The way back needs x, gate_up, which becomes its own gradient, and branch.
 */
extern const struct jk_block jk_mlp_block;

#endif
