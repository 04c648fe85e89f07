#ifndef JK_MODEL_WEIGHTS_H
#define JK_MODEL_WEIGHTS_H

#include "model/model.h"

/*
 * llama.cpp stores rows of Q and K of its Llama family in another order: at
 * 2i + j of a head what Hugging Face has at j * head_dim / 2 + i
 * (convert_hf_to_gguf.py: LlamaModel.permute).  Is it such a weight?
 */
bool jk_weight_is_permuted(const struct jk_config *c, enum jk_module module);
/* From Hugging Face's order to llama.cpp's, and back; in and out differ. */
void jk_weight_permute(const void *in, void *out, size_t n_rows,
    size_t row_bytes, size_t head_dim);
void jk_weight_unpermute(const void *in, void *out, size_t n_rows,
    size_t row_bytes, size_t head_dim);

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
 * Files of transformers have the matrices of Conv1D as [in, out] (GPT-2), and
 * GGUF as all others.  Is it such a weight?
 */
bool jk_weight_is_transposed(const struct jk_config *c,
    struct jk_weight_id id);
/* out [columns, rows] from in [rows, columns], elements of 2 or 4 bytes. */
void jk_weight_transpose(const void *in, void *out, size_t n_rows,
    size_t n_columns, size_t element_bytes);

/*
 * The module's inner half: fill a model's weight table from the opened
 * files.  Errors: JK_EDATA, naming the tensor; JK_ESYS.
 */
int jk_weights_from_gguf(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_weights_from_safetensors(struct jk_model *m, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
