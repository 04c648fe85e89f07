#ifndef JK_MODEL_UNTRAINED_H
#define JK_MODEL_UNTRAINED_H

#include "model/model.h"

/*
 * Whether a token has never been trained: its row of the head is nearly that of
 * hundreds of others, which no training has moved from where all of them were (a
 * cosine above 0.98 with 200 rows or more, judged by some four thousand that are
 * spread over all; SmolLM2's <|im_end|>, which is said, has 29, and
 * <end_of_turn> of Gemma 3 270M, the base model, 6,022).  The model cannot tell such
 * tokens apart, and an adapter, which does not touch the head, hardly learns to say
 * one of them.  Errors: JK_ESYS.
 */
int jk_is_untrained(const struct jk_model *m, uint32_t token, bool *untrained,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
