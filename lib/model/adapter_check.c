#include "model/adapter_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/adapter_target.h"
#include "model/weight_form.h"
#include "model/weight_id.h"

struct check {
	struct jk_adapter *a;
	const struct jk_config *config;
	bool *known;		/* [tensors of the file] */
	struct jk_err *err;
};

/* --- tensors */

/* NaN and the infinities have every bit of the exponent. */
static bool
is_finite(const struct jk_tensor *t)
{
	const uint32_t exponent = t->dtype == JK_F32 ? 0x7f800000 :
	    t->dtype == JK_F16 ? 0x7c00 : 0x7f80;
	const size_t size = jk_dtype_block_bytes(t->dtype);
	const unsigned char *data = t->data;
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < t->size_bytes; i += size) {
		memcpy(&bits, data + i, size);
		if ((bits & exponent) == exponent)
			return false;
	}
	return true;
}

static bool
has_shape(const struct jk_tensor *t, unsigned n_dims, const uint64_t *shape)
{
	return t->n_dims == n_dims && memcmp(t->shape, shape, n_dims *
	    sizeof *shape) == 0;
}

static int
check_tensor(const struct check *k, const struct jk_tensor *t,
    unsigned n_dims, const uint64_t *shape)
{
	const char *path = k->a->path;

	if (t->dtype > JK_BF16)
		return jk_fail(k->err, JK_EDATA, "%s: %s is %s, not F32, F16 "
		    "or BF16", path, t->name, jk_dtype_name(t->dtype));
	if (!has_shape(t, n_dims, shape) && n_dims == 1)
		return jk_fail(k->err, JK_EDATA, "%s: %s has not the shape "
		    "[%llu] that the model asks for", path, t->name,
		    (unsigned long long)shape[0]);
	if (!has_shape(t, n_dims, shape))
		return jk_fail(k->err, JK_EDATA, "%s: %s has not the shape "
		    "[%llu, %llu%s%.0llu] that rank and model ask for", path,
		    t->name, (unsigned long long)shape[0],
		    (unsigned long long)shape[1], n_dims > 2 ? ", " : "",
		    n_dims > 2 ? (unsigned long long)shape[2] : 0);
	if (!is_finite(t))
		return jk_fail(k->err, JK_EDATA, "%s: %s has numbers that are "
		    "not finite", path, t->name);
	return 0;
}

/* The file's, which is known then; or NULL. */
static const struct jk_tensor *
find(const struct check *k, const char *name)
{
	const struct jk_tensor *t = jk_safetensors_find(&k->a->file, name);

	if (t)
		k->known[t - k->a->file.tensors] = true;
	return t;
}

/* --- LoRA */

/*
 * Whether the module has LoRA: the configuration says so, or with GGUF the
 * file.  1, 0, -1.
 */
static int
has_lora(const struct check *k, const struct jk_lora_part *p)
{
	const struct jk_tensor *t = NULL;
	char name[JK_WEIGHT_NAME_BYTES];
	int kind, r;

	for (kind = 0; !t && kind < JK_N_LORA_KINDS; kind++)
		t = p->of[kind];
	if (!k->a->config)
		return t != NULL;
	jk_weight_module(k->config, p->id, name);
	r = jk_adapter_is_target(k->a, name, k->err);
	if (r == 0 && t)
		return jk_fail(k->err, JK_EDATA, "%s: target_modules, "
		    "exclude_modules, modules_to_save and layers_to_transform "
		    "leave out %s: PEFT does not apply it; correct "
		    "adapter_config.json or remove the tensor", k->a->path,
		    t->name);
	return r;
}

/* Its rank and scale. */
static int
set_rank(const struct check *k, struct jk_lora_part *p)
{
	char name[JK_WEIGHT_NAME_BYTES];

	if (k->a->config) {
		jk_weight_module(k->config, p->id, name);
		return jk_adapter_rank(k->a, name, &p->rank, &p->scale,
		    k->err);
	}
	/* PEFT has no word for it: every matrix has its own */
	p->rank = p->of[JK_LORA_A] && p->of[JK_LORA_A]->n_dims == 2 ?
	    (uint32_t)p->of[JK_LORA_A]->shape[0] : k->a->rank;
	p->scale = jk_lora_scale(k->a->variant, k->a->alpha, p->rank);
	return 0;
}

static int
check_part(const struct check *k, const struct jk_lora_part *p)
{
	const struct jk_weight_id id = p->id;
	const bool is_embedding = id.module == JK_MODULE_EMBEDDING;
	const bool wanted[JK_N_LORA_KINDS] = { true, true,
		k->a->has_magnitudes, k->a->has_biases };
	uint64_t out, in, shapes[JK_N_LORA_KINDS][2];
	char name[JK_WEIGHT_NAME_BYTES];
	int kind;

	/* the embedding's are of its transpose */
	jk_module_shape(k->config, id.layer, id.module,
	    is_embedding ? &in : &out, is_embedding ? &out : &in);
	memcpy(shapes, (uint64_t[][2]){ { p->rank, in }, { out, p->rank },
		{ out, 0 }, { out, 0 } }, sizeof shapes);
	for (kind = 0; kind < JK_N_LORA_KINDS; kind++) {
		if (wanted[kind] && !p->of[kind]) {
			jk_weight_module(k->config, id, name);
			return jk_fail(k->err, JK_EDATA, "%s: no %s of %s",
			    k->a->path, jk_lora_kind_name(id.module,
			    (enum jk_lora_kind)kind), name);
		}
		if (!wanted[kind] && p->of[kind])
			return jk_fail(k->err, JK_EDATA, "%s: %s without "
			    "%s in adapter_config.json: PEFT does not apply "
			    "it; correct that or remove the tensor",
			    k->a->path, p->of[kind]->name, kind ==
			    JK_LORA_BIAS ? "lora_bias" : "use_dora");
		if (wanted[kind] && check_tensor(k, p->of[kind],
		    shapes[kind][1] ? 2 : 1, shapes[kind]) < 0)
			return -1;
	}
	return 0;
}

static int
take_part(const struct check *k, struct jk_weight_id id,
    struct jk_lora_part *p)
{
	char name[JK_WEIGHT_NAME_BYTES];
	int kind, r;

	p->id = id;
	for (kind = 0; kind < JK_N_LORA_KINDS; kind++) {
		jk_lora_name(k->config, id.layer, id.module,
		    (enum jk_lora_kind)kind, name);
		p->of[kind] = find(k, name);
	}
	r = has_lora(k, p);
	if (r <= 0)
		return r;
	if (set_rank(k, p) < 0 || check_part(k, p) < 0)
		return -1;
	if (id.module < JK_N_PROJS)
		return 1;
	if (k->a->has_biases)
		return jk_fail(k->err, JK_EDATA, "%s: lora_bias on %s is not "
		    "supported: train without lora_bias, or without this "
		    "module", k->a->path, jk_module_path(k->config,
		    id.module));
	/* one pair of matrices in two modules */
	if (k->a->ties && k->config->tie_word_embeddings)
		return jk_fail(k->err, JK_EDATA, "%s: ensure_weight_tying with "
		    "LoRA on %s is not supported: merge it in PEFT "
		    "(merge_and_unload, save_pretrained) and take the result "
		    "as the model", k->a->path, jk_module_path(k->config,
		    id.module));
	return 1;
}

/* Learned positions have LoRA in PEFT where they are a target. */
static int
refuse_positions(const struct check *k)
{
	const struct jk_weight_id id = { .module = JK_MODULE_POSITIONS };
	char name[JK_WEIGHT_NAME_BYTES];
	int r;

	if (!k->a->config || !jk_module_is_had(k->config, id.module))
		return 0;
	jk_weight_module(k->config, id, name);
	r = jk_adapter_is_target(k->a, name, k->err);
	return r > 0 ? jk_fail(k->err, JK_EDATA, "%s: target_modules has %s: "
	    "LoRA on it is not supported: merge it in PEFT "
	    "(merge_and_unload, save_pretrained) and take the result as the "
	    "model", k->a->path, name) : r;
}

static int
take_parts(const struct check *k)
{
	static const enum jk_module ends[] = { JK_MODULE_EMBEDDING,
		JK_MODULE_HEAD };
	struct jk_adapter *a = k->a;
	struct jk_lora_part *p;
	uint32_t l;
	int n = 0, r, m;

	if (refuse_positions(k) < 0)
		return -1;
	a->n_layers = k->config->n_layers;
	a->parts = calloc((size_t)a->n_layers * JK_N_PROJS + 2,
	    sizeof *a->parts);
	if (!a->parts)
		return jk_fail_nomem(k->err);
	p = a->parts;
	for (l = 0; l < a->n_layers; l++)
		for (m = 0; m < JK_N_PROJS; m++, p++) {
			if (!jk_layer_has_module(k->config, l,
			    (enum jk_module)m))
				continue;
			r = take_part(k, (struct jk_weight_id){
				(enum jk_module)m, l, false }, p);
			if (r < 0)
				return -1;
			if (r > 0)
				a->targets |= 1u << m;
			n += r;
		}
	for (m = 0; m < 2; m++, p++) {
		r = take_part(k, (struct jk_weight_id){ .module = ends[m] },
		    p);
		if (r < 0)
			return -1;
		n += r;
	}
	return n > 0 ? 0 : jk_fail(k->err, JK_EDATA, "%s: no LoRA matrices of "
	    "this model's layers", a->path);
}

/* --- whole weights, and rows of them */

/* The same weights where the head is not the embedding. */
static bool
is_shared(const struct check *k, enum jk_module module)
{
	return k->config->tie_word_embeddings &&
	    (module == JK_MODULE_EMBEDDING || module == JK_MODULE_HEAD);
}

static int
take_saved(void *ctx, struct jk_weight_id id, const char *weight,
    unsigned n_dims, const uint64_t *shape)
{
	const struct check *k = ctx;
	struct jk_adapter *a = k->a;
	const bool is_target = (id.module < JK_N_PROJS ||
	    id.module == JK_MODULE_EMBEDDING || id.module == JK_MODULE_HEAD) &&
	    jk_adapter_part(a, id.layer, id.module);
	char name[JK_WEIGHT_NAME_BYTES], module[JK_WEIGHT_NAME_BYTES];
	const struct jk_tensor *t;
	bool is_saved;

	jk_lora_saved_name(k->config, id, is_target, name);
	jk_weight_module(k->config, id, module);
	is_saved = jk_adapter_is_saved(a, module);
	t = find(k, name);
	if (!t)
		return is_saved ? jk_fail(k->err, JK_EDATA, "%s: modules_to_save"
		    " names %s, but there is no %s", a->path, module, name) :
		    0;
	if ((id.module == JK_MODULE_EMBEDDING || id.module ==
	    JK_MODULE_HEAD) && t->n_dims == 2 && t->shape[0] != shape[0] &&
	    t->shape[1] == shape[1])
		return jk_fail(k->err, JK_EDATA, "%s: %s has %llu rows, the "
		    "model %llu: tokens were added for it; merge it in PEFT "
		    "(resize_token_embeddings, merge_and_unload, "
		    "save_pretrained) and take the result as the model",
		    a->path, name, (unsigned long long)t->shape[0],
		    (unsigned long long)shape[0]);
	if (jk_weight_is_transposed(k->config, id))
		return jk_fail(k->err, JK_EDATA, "%s: whole %s of this family "
		    "is not supported: merge it in PEFT (merge_and_unload, "
		    "save_pretrained) and take the result as the model",
		    a->path, name);
	if (check_tensor(k, t, n_dims, shape) < 0)
		return -1;
	(void)weight;
	/* a copy of the module is trained, unless the two are kept as one */
	a->saved[a->n_saved++] = (struct jk_saved_weight){ id, t,
		is_shared(k, id.module) && is_saved && !a->ties };
	return 0;
}

/* The rows of one of the two; 1 where there are any, 0, -1. */
static int
take_rows_of(const struct check *k, enum jk_module module, bool is_alone)
{
	const struct jk_weight_id id = { .module = module };
	char name[JK_WEIGHT_NAME_BYTES], delta[2 * JK_WEIGHT_NAME_BYTES];
	const json_t *indices, *item;
	const struct jk_tensor *t;
	struct jk_adapter *a = k->a;
	size_t i;

	jk_weight_module(k->config, id, name);
	indices = jk_adapter_token_indices(a, module, name);
	if (!indices)
		return 0;
	snprintf(delta, sizeof delta, JK_LORA_WRAPPED "%s.token_adapter."
	    "trainable_tokens_delta", name);
	t = find(k, delta);
	if (!t)
		return jk_fail(k->err, JK_EDATA, "%s: trainable_token_indices "
		    "names rows of %s, but there is no %s", a->path, name,
		    delta);
	if (check_tensor(k, t, 2, (uint64_t[]){ json_array_size(indices),
	    k->config->hidden_size }) < 0)
		return -1;
	json_array_foreach(indices, i, item)
		if (json_integer_value(item) < 0 || json_integer_value(item) >=
		    k->config->vocab_size)
			return jk_fail(k->err, JK_EDATA, "%s: "
			    "trainable_token_indices: the model has no token "
			    "%lld", a->path, (long long)
			    json_integer_value(item));
	a->rows[a->n_rows++] = (struct jk_saved_rows){ module, t, indices,
		is_alone };
	return 1;
}

/*
 * With a head that is the embedding, PEFT keeps the two as one where the
 * embedding's rows are trained, unless rows of the head are named that differ.
 */
static int
take_rows(const struct check *k)
{
	const bool is_tied = k->config->tie_word_embeddings;
	const json_t *of[2];
	bool differ, same;
	int r;

	of[0] = jk_adapter_token_indices(k->a, JK_MODULE_EMBEDDING,
	    jk_module_path(k->config, JK_MODULE_EMBEDDING));
	of[1] = jk_adapter_token_indices(k->a, JK_MODULE_HEAD, "lm_head");
	same = of[0] && of[1] && json_equal(of[0], of[1]);
	differ = of[0] && of[1] && !same;
	if (is_tied && differ && k->a->ties)
		return jk_fail(k->err, JK_EDATA, "%s: trainable_token_indices "
		    "names other rows of lm_head than of the embedding, and "
		    "ensure_weight_tying that they are the same: PEFT does not "
		    "load it; correct adapter_config.json", k->a->path);
	r = take_rows_of(k, JK_MODULE_EMBEDDING, is_tied && differ);
	if (r < 0 || (is_tied && same))
		return r;
	return take_rows_of(k, JK_MODULE_HEAD, is_tied);
}

static int
take_whole(struct check *k)
{
	const struct jk_weight_id head = { .module = JK_MODULE_HEAD };
	struct jk_adapter *a = k->a;
	uint64_t shape[2];

	if (!a->config)
		return 0;
	/* and the head, which is not among them where it is the embedding */
	a->saved = calloc(jk_weights_count(k->config) + 1, sizeof *a->saved);
	if (!a->saved)
		return jk_fail_nomem(k->err);
	if (jk_weights_each(k->config, take_saved, k) < 0)
		return -1;
	jk_module_shape(k->config, 0, JK_MODULE_HEAD, &shape[0], &shape[1]);
	if (k->config->tie_word_embeddings && take_saved(k, head, NULL, 2,
	    shape) < 0)
		return -1;
	return take_rows(k) < 0 ? -1 : 0;
}

/* --- all */

static int
refuse_unknown(const struct check *k)
{
	const struct jk_safetensors *file = &k->a->file;
	size_t n = 0, first = 0, i;

	for (i = file->n_tensors; i-- > 0;)
		if (!k->known[i]) {
			first = i;
			n++;
		}
	return n == 0 ? 0 : jk_adapter_fail_others(k->a, k->config, n,
	    file->tensors[first].name, k->err);
}

int
jk_adapter_check(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err)
{
	struct check k = { a, c, NULL, err };
	int r;

	k.known = calloc(a->file.n_tensors + 1, sizeof *k.known);
	if (!k.known)
		return jk_fail_nomem(err);
	r = take_parts(&k) < 0 || take_whole(&k) < 0 ||
	    refuse_unknown(&k) < 0 ? -1 : 0;
	free(k.known);
	return r;
}
