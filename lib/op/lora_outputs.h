#ifndef JK_OP_LORA_OUTPUTS_H
#define JK_OP_LORA_OUTPUTS_H

#include "op/constants.h"
#include "op/shared.h"

/*
 * The outputs of P projections that share an input, for lora_up, lora_back_z and
 * lora_grad_b: their B stand one behind the other, [sum N, R], their outputs are
 * columns of the same rows of activations.
 */
struct jk_lora_output {
	uint32_t row;	/* the first of B's */
	uint32_t n;	/* N */
	uint32_t column;	/* the first of activations'; ascending, from 0 */
	float scale;
};

#ifdef VULKAN
#define JK_OUTPUT jk_lora_output
#else
#define JK_OUTPUT struct jk_lora_output

/* Rows of all of B. */
static inline uint32_t
jk_lora_rows(const struct jk_lora_output *o, uint32_t n_proj)
{
	return o[n_proj - 1].row + o[n_proj - 1].n;
}

/* Columns from the first to the last of activations. */
static inline uint32_t
jk_lora_width(const struct jk_lora_output *o, uint32_t n_proj)
{
	return o[n_proj - 1].column + o[n_proj - 1].n;
}

/* The most outputs of a projection. */
static inline uint32_t
jk_lora_most(const struct jk_lora_output *o, uint32_t n_proj)
{
	uint32_t most = 0, p;

	for (p = 0; p < n_proj; p++)
		if (o[p].n > most)
			most = o[p].n;
	return most;
}
#endif

#endif
