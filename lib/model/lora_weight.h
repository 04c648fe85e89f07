#ifndef JK_MODEL_LORA_WEIGHT_H
#define JK_MODEL_LORA_WEIGHT_H

#include "model/adapter.h"

/*
 * LoRA in the weight W of its module, computed in f32 as PEFT merges it:
 *
 *	W + scale B A				of W [out, in]
 *	W + scale (B A)'			of an embedding [V, C]
 *
 * and with DoRA (Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation",
 * 2024) each output n times factor[n] = magnitude[n] / |W + scale B A|[n], the
 * norm of its row, of an embedding of its column.
 *
 * To be freed.  NULL: JK_ESYS; JK_EDATA where a norm is 0 or not finite.
 */
float *jk_lora_merged(const struct jk_lora_part *p, const struct jk_tensor *w,
    struct jk_err *err);
/* The factors alone, [out], of a part that has magnitudes. */
float *jk_lora_factors(const struct jk_lora_part *p,
    const struct jk_tensor *w, struct jk_err *err);

#endif
