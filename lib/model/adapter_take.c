#include "model/adapter_take.h"

#include <stdlib.h>
#include <string.h>

#include "model/lora_weight.h"
#include "model/weight_form.h"
#include "model/weight_id.h"
#include "model/weights.h"
#include "quant/decode.h"
#include "quant/encode.h"

/*
 * The model's tensor, to be changed.  is_alone: of a head that is the embedding
 * the other one stays.
 */
static struct jk_tensor *
own_weight(struct jk_model *m, struct jk_weight_id id, bool is_alone)
{
	if (is_alone)
		jk_weights_untie(m);
	if (id.module == JK_MODULE_HEAD && m->config.tie_word_embeddings)
		id.module = JK_MODULE_EMBEDDING;
	return (struct jk_tensor *)(uintptr_t)jk_model_weight(m, id);
}

static int
take_saved(struct jk_model *m, const struct jk_saved_weight *s,
    struct jk_err *err)
{
	struct jk_tensor *t = own_weight(m, s->id, s->is_alone);
	void *data = jk_weight_own(m, t, s->tensor->size_bytes);

	if (!data)
		return jk_fail_nomem(err);
	memcpy(data, s->tensor->data, s->tensor->size_bytes);
	t->dtype = s->tensor->dtype;
	return 0;
}

/* A copy of the matrix in its type, or in F32 where rows are in blocks. */
static void *
own_rows(struct jk_model *m, struct jk_tensor *t)
{
	const void *in = t->data;
	void *data;

	if (t->dtype > JK_BF16)
		return jk_weight_floats(m, t);
	data = jk_weight_own(m, t, t->size_bytes);
	if (data)
		memcpy(data, in, t->size_bytes);
	return data;
}

static int
take_rows(struct jk_model *m, const struct jk_saved_rows *s,
    struct jk_err *err)
{
	struct jk_tensor *t = own_weight(m, (struct jk_weight_id){
		.module = s->module }, s->is_alone);
	char *data = own_rows(m, t);
	float *rows = data ? jk_tensor_to_f32(s->tensor, err) : NULL;
	const size_t n = (size_t)t->shape[1];
	const json_t *index;
	size_t row_bytes, i;
	int r = 0;

	if (!data)
		return jk_fail_nomem(err);
	if (!rows)
		return -1;
	row_bytes = n * jk_dtype_block_bytes(t->dtype);
	/* the encoder works in place */
	r = jk_quantize_checked(t->dtype, rows, json_array_size(s->indices) *
	    n, s->tensor->name, err);
	json_array_foreach(s->indices, i, index)
		if (r == 0)
			memcpy(data + (size_t)json_integer_value(index) *
			    row_bytes, (char *)rows + i * row_bytes,
			    row_bytes);
	free(rows);
	return r;
}

/* LoRA on the embedding or the head, which the other has not. */
static int
take_part(struct jk_model *m, const struct jk_lora_part *p,
    struct jk_err *err)
{
	struct jk_tensor *t = own_weight(m, p->id, true);
	float *w = jk_lora_merged(p, t, err);
	float *data = w ? jk_weight_floats(m, t) : NULL;

	if (data)
		memcpy(data, w, t->size_bytes);
	free(w);
	return data ? 0 : w ? jk_fail_nomem(err) : -1;
}

static int
take_bias(struct jk_model *m, const struct jk_lora_part *p,
    struct jk_err *err)
{
	struct jk_tensor *t = own_weight(m, (struct jk_weight_id){
		p->id.module, p->id.layer, true }, false);
	float *more = jk_tensor_to_f32(p->of[JK_LORA_BIAS], err);
	float *bias = more ? jk_weight_floats(m, t) : NULL;
	size_t i;

	for (i = 0; bias && i < t->shape[0]; i++)
		bias[i] += p->scale * more[i];
	free(more);
	return bias ? 0 : jk_fail_nomem(err);
}

static int
take_biases(struct jk_model *m, const struct jk_adapter *a,
    struct jk_err *err)
{
	const struct jk_lora_part *p = NULL;

	while ((p = jk_adapter_next_part(a, p)))
		if (p->of[JK_LORA_BIAS] && jk_module_has_bias(&m->config,
		    p->id.module) && take_bias(m, p, err) < 0)
			return -1;
	return 0;
}

int
jk_model_take_adapter(struct jk_model *m, const struct jk_adapter *a,
    struct jk_err *err)
{
	static const enum jk_module ends[] = { JK_MODULE_EMBEDDING,
		JK_MODULE_HEAD };
	const struct jk_lora_part *p;
	size_t i;

	for (i = 0; i < a->n_saved; i++)
		if (take_saved(m, &a->saved[i], err) < 0)
			return -1;
	for (i = 0; i < (size_t)a->n_rows; i++)
		if (take_rows(m, &a->rows[i], err) < 0)
			return -1;
	for (i = 0; i < 2; i++) {
		p = jk_adapter_part(a, 0, ends[i]);
		if (p && take_part(m, p, err) < 0)
			return -1;
	}
	return take_biases(m, a, err);
}
