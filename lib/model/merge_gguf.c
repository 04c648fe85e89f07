#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/config_write.h"
#include "model/merge.h"
#include "model/merge_gguf.h"
#include "base/file.h"
#include "model/module.h"
#include "model/weight_id.h"
#include "quant/encode.h"
#include "model/tokenizer_write.h"
#include "model/weight_form.h"

/* llama.cpp: enum llama_ftype. */
enum { FTYPE_F32 = 0, FTYPE_F16 = 1, FTYPE_Q8_0 = 7, FTYPE_BF16 = 32 };

uint32_t
jk_gguf_file_type(enum jk_dtype dtype)
{
	return dtype == JK_F32 ? FTYPE_F32 : dtype == JK_F16 ? FTYPE_F16 :
	    dtype == JK_BF16 ? FTYPE_BF16 : FTYPE_Q8_0;
}

enum jk_dtype
jk_gguf_stored_type(const struct jk_tensor *t, enum jk_dtype dtype)
{
	if (t->n_dims != 2)
		return JK_F32;
	return t->shape[1] % jk_dtype_block(dtype) ? JK_F16 : dtype;
}

/* --- metadata */

static bool
starts_with(const struct jk_gguf_entry *e, const char *prefix)
{
	size_t n = strlen(prefix);

	return e->key.n >= n && memcmp(e->key.s, prefix, n) == 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct jk_gguf_entry *x = *(const struct jk_gguf_entry *const *)a;
	const struct jk_gguf_entry *y = *(const struct jk_gguf_entry *const *)b;

	return (x->data > y->data) - (x->data < y->data);
}

static bool
is_key(const struct jk_gguf_entry *e, const char *key)
{
	return e->key.n == strlen(key) && starts_with(e, key);
}

/* Layers that predict tokens further on are not written (weights_gguf.c). */
static bool
is_number_of_layers(const struct jk_gguf_entry *e)
{
	static const char *const endings[] = { ".nextn_predict_layers",
		".block_count" };
	size_t i, n;

	for (i = 0; i < sizeof endings / sizeof *endings; i++) {
		n = strlen(endings[i]);
		if (e->key.n > n && memcmp(e->key.s + e->key.n - n,
		    endings[i], n) == 0)
			return true;
	}
	return false;
}

/* Entries in whose place others come, or none. */
static bool
is_replaced(const struct jk_gguf_entry *e, const struct jk_model *m)
{
	return starts_with(e, "split.") || is_number_of_layers(e) ||
	    (m->new_template && is_key(e, "tokenizer.chat_template")) ||
	    (m->new_ends && (is_key(e, "tokenizer.ggml.eos_token_id") ||
	    is_key(e, "tokenizer.ggml.eot_token_id") ||
	    is_key(e, "tokenizer.ggml.eom_token_id")));
}

/* All that is said of the model, in the file's order; nothing of the file. */
static int
carry_over(struct jk_gguf_meta *m, const struct jk_model *model,
    struct jk_err *err)
{
	const struct jk_gguf *g = &model->gguf;
	const struct jk_gguf_entry **v = malloc((g->n_entries + 1) *
	    sizeof *v);
	char key[64];
	size_t i;

	if (!v)
		return jk_fail_nomem(err);
	for (i = 0; i < g->n_entries; i++)
		v[i] = &g->entries[i];
	qsort(v, g->n_entries, sizeof *v, by_place);
	for (i = 0; i < g->n_entries; i++)
		if (!starts_with(v[i], "general.alignment") &&
		    !starts_with(v[i], "general.file_type") &&
		    !starts_with(v[i], "general.quantization_version") &&
		    !starts_with(v[i], "quantize.") &&
		    !is_replaced(v[i], model))
			jk_gguf_put_entry(m, v[i]);
	free(v);
	snprintf(key, sizeof key, "%s.block_count",
	    model->config.family->gguf_name);
	jk_gguf_put_u32(m, key, model->config.n_layers);
	if (model->new_template)
		jk_gguf_put_text(m, "tokenizer.chat_template",
		    jk_model_chat_template(model, NULL));
	return model->new_ends ? jk_end_ids_to_gguf(&model->config, m, err) :
	    0;
}

/*
 * Where the last name of path[0 .. *end - 1] begins; *end is moved before its
 * slashes.
 */
static size_t
last_name(const char *path, size_t *end)
{
	size_t at;

	while (*end > 1 && path[*end - 1] == '/')
		--*end;
	for (at = *end; at > 0 && path[at - 1] != '/'; at--)
		;
	return at;
}

static bool
is_name(const char *path, size_t at, size_t end, const char *want)
{
	return end - at == strlen(want) && memcmp(path + at, want,
	    end - at) == 0;
}

void
jk_gguf_put_name(struct jk_gguf_meta *m, const char *path)
{
	static const char models[] = "models--";
	size_t end = strlen(path), at = last_name(path, &end), end2, at2;
	char *real = NULL;
	const char *dashes;

	if (is_name(path, at, end, ".") || is_name(path, at, end, "..")) {
		real = realpath(path, NULL);
		if (!real && errno == ENOMEM)
			jk_note_nomem();
		path = real ? real : path;
		end = strlen(path);
		at = last_name(path, &end);
	}
	end2 = at;
	at2 = last_name(path, &end2);
	if (is_name(path, at2, end2, "snapshots")) {
		end2 = at2;
		at2 = last_name(path, &end2);
		if (end2 - at2 > strlen(models) && memcmp(path + at2, models,
		    strlen(models)) == 0) {
			at = at2 + strlen(models);
			end = end2;
			dashes = memmem(path + at, end - at, "--", 2);
			if (dashes)
				at = (size_t)(dashes + 2 - path);
		}
	}
	jk_gguf_put_string(m, "general.name", path + at, end - at);
	free(real);
}

/* The id of a special token that tokenizer_config.json names. */
static void
take_id(const struct jk_model *m, const struct jk_tokenizer *t,
    const char *name, int64_t *id)
{
	const char *text = jk_model_special_token(m, name);
	int32_t found = text ? jk_token_find_added(t, text) : -1;

	if (found >= 0)
		*id = found;
}

static int
describe_folder(struct jk_gguf_meta *meta, const struct jk_model *m,
    const struct jk_tokenizer *t, struct jk_err *err)
{
	struct jk_config c = m->config;
	const char *template = jk_model_chat_template(m, NULL);
	int64_t eos = -1;
	uint32_t i;

	/* the tokenizer's own word counts, as in transformers */
	take_id(m, t, "bos_token", &c.bos_id);
	take_id(m, t, "pad_token", &c.pad_id);
	take_id(m, t, "eos_token", &eos);
	for (i = 0; i < c.n_end_ids; i++)
		if (c.end_ids[i] == eos)
			c.eos_id = eos;
	c.unk_id = t->bpe.unk_id;
	if (c.unk_id < 0)
		take_id(m, t, "unk_token", &c.unk_id);
	if (jk_config_to_gguf(&c, meta, err) < 0 ||
	    jk_tokenizer_to_gguf(t, c.vocab_size,
	    c.family->gguf_tokenizer, meta, err) < 0)
		return jk_fail_prefix(err, "%s", m->path);
	jk_gguf_put_name(meta, m->path);
	if (template)
		jk_gguf_put_text(meta, "tokenizer.chat_template", template);
	return 0;
}

/* --- data */

/*
 * Gemma's norms with 1 added.  GGUF has no word for its scale of q·k, which
 * readers take from head_dim; another one goes into the norm of q.
 */
static void
turn_vector(float *w, size_t n, enum jk_module module,
    const struct jk_config *c)
{
	float ratio = module == JK_MODULE_Q_NORM && c->norm_plus_one ?
	    c->attention_scale / jk_config_gguf_attention_scale(c) : 1;
	size_t i;

	for (i = 0; i < n; i++)
		w[i] = jk_weight_to_gguf(c, module, w[i]) * ratio;
}

/* Whether a vector is not the one of the model's file. */
static bool
is_replaced_by(const struct jk_adapter *a, struct jk_weight_id id)
{
	return a && (jk_adapter_saves(a, id) || (id.is_bias &&
	    jk_adapter_tensor(a, id.layer, id.module, JK_LORA_BIAS)));
}

/* A weight as llama.cpp has it, still in f32; to be freed. */
static float *
put_right(const struct jk_model *m, const struct jk_tensor *t,
    const struct jk_adapter *adapter, const char *name, struct jk_err *err)
{
	const struct jk_tensor *own = m->is_gguf && t->n_dims == 1 ?
	    jk_gguf_tensor(&m->gguf, name) : NULL;
	struct jk_weight_id id;
	const bool is_known = jk_weight_parse(&m->config, t->name, &id);
	float *w;

	/* w - 1 + 1 would not always be w */
	if (own && is_known && !is_replaced_by(adapter, id))
		return jk_tensor_to_f32(own, err);
	w = jk_merge_tensor(m, adapter, t, err);
	if (!w || !is_known)
		return w;
	if (t->n_dims == 1)
		turn_vector(w, (size_t)t->shape[0], id.module, &m->config);
	return jk_weight_order(&m->config, id.module) != JK_ORDER_SAME ?
	    jk_floats_to_gguf_order(&m->config, id.module, w, t, err) : w;
}

int
jk_gguf_put_tensor(struct jk_out *out, float *w, const struct jk_tensor *as,
    struct jk_err *err)
{
	size_t n = jk_tensor_count(as), size_bytes;
	int r = -1;

	if (w && jk_quantize_checked(as->dtype, w, n, as->name, err) == 0 &&
	    jk_tensor_size(as->dtype, as->n_dims, as->shape, &size_bytes,
	    err) == 0)
		r = jk_gguf_write_data(out, w, size_bytes, err);
	free(w);
	return r;
}

static int
write_weights(struct jk_out *out, const struct jk_model *m,
    const struct jk_adapter *adapter, const struct jk_tensor *list,
    size_t n, const struct jk_merge_watch *watch, struct jk_err *err)
{
	size_t i;

	for (i = 0; i < n; i++) {
		float *w = i < m->n_tensors ? put_right(m, &m->tensors[i],
		    adapter, list[i].name, err) :
		    jk_tensor_to_f32(&list[i], err);

		if (jk_gguf_put_tensor(out, w, &list[i], err) < 0)
			return -1;
		if (watch && i < m->n_tensors)
			watch->written(watch->ctx, i + 1);
	}
	return 0;
}

static int
write_file(const char *path, const struct jk_gguf_meta *meta,
    const struct jk_model *m, const struct jk_adapter *adapter,
    const struct jk_tensor *list, size_t n,
    const struct jk_merge_watch *watch, struct jk_err *err)
{
	struct jk_file file;

	if (jk_file_begin(&file, path, err) < 0)
		return -1;
	if (jk_gguf_write_header(&file.out, meta, list, n, err) < 0 ||
	    write_weights(&file.out, m, adapter, list, n, watch, err) < 0) {
		jk_file_abort(&file);
		return -1;
	}
	return jk_file_commit(&file, err);
}

static struct jk_tensor
factors(const struct jk_config *c, const char *name, const float *data)
{
	const uint32_t n = c->rotary_dim / 2;

	return (struct jk_tensor){ name, JK_F32, 1, { n }, data,
		n * sizeof *data };
}

int
jk_merge_write_gguf(const char *path, const struct jk_model *model,
    const struct jk_tokenizer *tokenizer, const struct jk_adapter *adapter,
    enum jk_dtype dtype, const struct jk_merge_watch *watch,
    struct jk_err *err)
{
	const struct jk_config *c = &model->config;
	char (*names)[JK_WEIGHT_NAME_BYTES];
	struct jk_gguf_meta meta = { 0 };
	struct jk_weight_id id;
	struct jk_tensor *list;
	size_t n = model->n_tensors, i;
	int r = -1;

	list = calloc(n + 2, sizeof *list);
	names = calloc(n + 1, sizeof *names);
	if (!list || !names) {
		jk_fail_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++) {
		list[i] = model->tensors[i];
		if (!jk_weight_parse(c, list[i].name, &id)) {
			jk_fail(err, JK_EDATA, "%s: no name in GGUF",
			    list[i].name);
			goto out;
		}
		jk_weight_gguf_name(c, id, names[i]);
		list[i].name = names[i];
		/* positions are added, not multiplied */
		list[i].dtype = id.module == JK_MODULE_POSITIONS ? JK_F32 :
		    jk_gguf_stored_type(&list[i], dtype);
		if (list[i].n_dims == 3) {	/* without the 1 */
			list[i].n_dims = 2;
			list[i].shape[1] = list[i].shape[2];
		}
	}
	if (c->rope_scaling.kind == JK_ROPE_SCALING_LLAMA3 ||
	    c->rope_scaling.kind == JK_ROPE_SCALING_FACTORS ||
	    c->rope_scaling.kind == JK_ROPE_SCALING_PROPORTIONAL)
		list[n++] = factors(c, "rope_freqs.weight", c->rope_factors);
	if (c->rope_scaling.kind == JK_ROPE_SCALING_LONGROPE) {
		list[n++] = factors(c, "rope_factors_short.weight",
		    c->rope_factors);
		list[n++] = factors(c, "rope_factors_long.weight",
		    c->rope_long_factors);
	}
	if ((model->is_gguf ? carry_over(&meta, model, err) :
	    describe_folder(&meta, model, tokenizer, err)) < 0)
		goto out;
	jk_gguf_put_u32(&meta, "general.file_type", jk_gguf_file_type(dtype));
	jk_gguf_put_u32(&meta, "general.quantization_version",
	    JK_GGUF_QUANTIZATION_VERSION);
	r = write_file(path, &meta, model, adapter, list, n, watch, err);
out:
	jk_gguf_meta_release(&meta);
	free(list);
	free(names);
	return r;
}
