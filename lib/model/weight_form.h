#ifndef JK_MODEL_WEIGHT_FORM_H
#define JK_MODEL_WEIGHT_FORM_H

#include "model/lora_name.h"
#include "model/weight_id.h"

/* What files have otherwise than jk_model: order, numbers, transposition. */

/* One tensor [as t says] in f32; to be freed.  NULL: JK_ESYS. */
float *jk_tensor_to_f32(const struct jk_tensor *t, struct jk_err *err);

/*
 * llama.cpp has rows or columns of some weights in another order:
 *
 * Q and K of its Llama family: at 2i + j of a head what Hugging Face has at
 * j * head_dim / 2 + i (convert_hf_to_gguf.py: LlamaModel.permute).
 *
 * Linear attention where value heads share key heads: those of a key head stand
 * apart there, together in Hugging Face's (conversion/qwen.py: reorder of v
 * heads); the output's columns too.
 */
enum jk_weight_order { JK_ORDER_SAME, JK_ORDER_ROWS, JK_ORDER_COLUMNS };

enum jk_weight_order jk_weight_order(const struct jk_config *c,
    enum jk_module module);
/*
 * n_rows rows of a weight from llama.cpp's order to Hugging Face's; in and out
 * differ.  Columns: a row is as many bytes of each head as of the next.
 */
void jk_weight_from_gguf_order(const struct jk_config *c,
    enum jk_module module, const void *in, void *out, size_t n_rows,
    size_t row_bytes);
/*
 * The same of floats w [as t says], or back, in a new array; frees w.  Also of
 * an adapter's matrix that has a weight's rows or columns.  NULL: JK_ESYS.
 */
float *jk_floats_from_gguf_order(const struct jk_config *c,
    enum jk_module module, float *w, const struct jk_tensor *t,
    struct jk_err *err);
float *jk_floats_to_gguf_order(const struct jk_config *c,
    enum jk_module module, float *w, const struct jk_tensor *t,
    struct jk_err *err);
/* Whether that is so of an adapter's matrix: B has rows of it, A columns. */
bool jk_lora_is_reordered(const struct jk_config *c, enum jk_module proj,
    enum jk_lora_kind kind);
/*
 * It stores norms that scale by 1 + w as 1 + w, and -exp(A_log) of linear
 * attention.  The number that it has for Hugging Face's w, and back.
 */
float jk_weight_to_gguf(const struct jk_config *c, enum jk_module module,
    float w);
float jk_weight_from_gguf(const struct jk_config *c, enum jk_module module,
    float w);
/* Whether that is ever another number. */
bool jk_weight_is_recoded(const struct jk_config *c, enum jk_module module);

/*
 * Files of transformers have the matrices of Conv1D as [in, out] (GPT-2), and
 * GGUF as all others.  Is it such a weight?
 */
bool jk_weight_is_transposed(const struct jk_config *c,
    struct jk_weight_id id);
/* out [columns, rows] from in [rows, columns], elements of 2 or 4 bytes. */
void jk_weight_transpose(const void *in, void *out, size_t n_rows,
    size_t n_columns, size_t element_bytes);
/* The same of floats, in a new array; frees w.  NULL: JK_ESYS, or w is NULL. */
float *jk_floats_transposed(float *w, size_t n_rows, size_t n_columns,
    struct jk_err *err);

#endif
