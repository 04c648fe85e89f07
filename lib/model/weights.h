#ifndef JK_MODEL_WEIGHTS_H
#define JK_MODEL_WEIGHTS_H

#include "model/model.h"

/*
 * The module's inner half: fill a model's weight table from the opened
 * files.  Errors: JK_EDATA, naming the tensor; JK_ESYS.
 */
int jk_weights_from_gguf(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_weights_from_safetensors(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
