#ifndef JK_MODEL_WEIGHTS_H
#define JK_MODEL_WEIGHTS_H

#include "model/model.h"
#include "model/weight_id.h"

/*
 * Give a model's tensor memory of its own, of `size_bytes`, or make it F32 in
 * such memory: NULL without memory.  The model frees it.
 */
void *jk_weight_own(struct jk_model *m, struct jk_tensor *t,
    size_t size_bytes);
float *jk_weight_floats(struct jk_model *m, struct jk_tensor *t);
/*
 * Have a head that is the embedding as a weight of its own, with the same
 * numbers; configuration and table say so.
 */
void jk_weights_untie(struct jk_model *m);

/*
 * The module's inner half: fill a model's weight table from the opened
 * files.  Errors: JK_EDATA, naming the tensor; JK_ESYS.
 */
int jk_weights_from_gguf(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_weights_from_safetensors(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;
/*
 * What the two share: the table with what `find` says that the files have, NULL
 * for none, still in llama.cpp's order and numbers; and, as files may place
 * tensors at any byte, copies of those that are not aligned to 4.
 */
int jk_weights_fill(struct jk_model *m, const struct jk_tensor *(*find)(
    const struct jk_model *m, struct jk_weight_id id), struct jk_err *err)
	JK_WARN_UNUSED;
int jk_weights_align(struct jk_model *m, struct jk_err *err) JK_WARN_UNUSED;

#endif
