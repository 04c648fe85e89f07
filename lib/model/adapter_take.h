#ifndef JK_MODEL_ADAPTER_TAKE_H
#define JK_MODEL_ADAPTER_TAKE_H

#include "model/adapter.h"
#include "model/model.h"

/*
 * Make the opened model's own what the adapter has beside LoRA on projections,
 * so that running and merging find it there:
 *
 *	saved	its weight in the place of the model's, as it is stored
 *	rows	in the place of the model's, in the model's type; a matrix of
 *		quantized blocks becomes F32
 *	LoRA on the embedding or the head: a matrix with it, in F32
 *	biases	added to the model's, where it has any (the others stay parts)
 *
 * A head that is the embedding becomes a weight of its own where only one of
 * the two changes, as in PEFT.  The adapter need not outlive the model.
 * Errors: JK_ESYS; JK_EDATA (jk_lora_merged's).
 */
int jk_model_take_adapter(struct jk_model *m, const struct jk_adapter *a,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
