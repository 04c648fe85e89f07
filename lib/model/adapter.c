#include "model/adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct jk_lora_part *
jk_adapter_part(const struct jk_adapter *a, uint32_t layer,
    enum jk_module module)
{
	const struct jk_lora_part *p = a->parts +
	    (size_t)(module < JK_N_PROJS ? layer : a->n_layers) * JK_N_PROJS;

	p += module < JK_N_PROJS ? (int)module : module == JK_MODULE_HEAD;
	return p->rank ? p : NULL;
}

const struct jk_lora_part *
jk_adapter_next_part(const struct jk_adapter *a,
    const struct jk_lora_part *part)
{
	const struct jk_lora_part *p = part ? part + 1 : a->parts;
	const struct jk_lora_part *end = a->parts +
	    (size_t)a->n_layers * JK_N_PROJS;

	while (p < end && p->rank == 0)
		p++;
	return p < end ? p : NULL;
}

const struct jk_tensor *
jk_adapter_tensor(const struct jk_adapter *a, uint32_t layer,
    enum jk_module module, enum jk_lora_kind kind)
{
	const struct jk_lora_part *p = jk_adapter_part(a, layer, module);

	return p ? p->of[kind] : NULL;
}

bool
jk_adapter_saves(const struct jk_adapter *a, struct jk_weight_id id)
{
	const struct jk_saved_weight *s;
	size_t i;

	for (i = 0; i < a->n_saved; i++) {
		s = &a->saved[i];
		if (s->id.module == id.module && s->id.layer == id.layer &&
		    s->id.is_bias == id.is_bias)
			return true;
	}
	return false;
}

/* Of projections alone. */
static const char *
beyond_matrices(const struct jk_adapter *a, bool may_scale)
{
	const struct jk_lora_part *p = NULL;

	while ((p = jk_adapter_next_part(a, p))) {
		if (p->of[JK_LORA_MAGNITUDE] && !may_scale)
			return JK_MSG("magnitudes (DoRA)");
		if (p->of[JK_LORA_BIAS])
			return JK_MSG("biases of its own (lora_bias)");
	}
	return NULL;
}

static const char *
beyond_one_shape(const struct jk_adapter *a, const struct jk_config *config)
{
	const float scale = jk_lora_scale(a->variant, a->alpha, a->rank);
	const struct jk_lora_part *p;
	uint32_t l;
	int m;

	for (l = 0; l < a->n_layers; l++)
		for (m = 0; m < JK_N_PROJS; m++) {
			if (!(a->targets & 1u << m) || !jk_layer_has_module(
			    config, l, (enum jk_module)m))
				continue;
			p = jk_adapter_part(a, l, (enum jk_module)m);
			if (!p)
				return JK_MSG("projections of some layers "
				    "only");
			if (p->rank != a->rank)
				return JK_MSG("ranks that differ "
				    "(rank_pattern)");
			if (p->scale != scale)
				return JK_MSG("scales that differ "
				    "(alpha_pattern)");
		}
	return NULL;
}

const char *
jk_adapter_beyond(const struct jk_adapter *a, const struct jk_config *config,
    bool may_differ, bool may_scale)
{
	const char *s;

	/* with it, PEFT saves the whole matrix as well */
	if (jk_adapter_part(a, 0, JK_MODULE_EMBEDDING) ||
	    jk_adapter_part(a, 0, JK_MODULE_HEAD))
		return jk_tr("LoRA on the embedding or the head");
	if (a->n_saved > 0)
		return jk_tr("whole weights (modules_to_save, bias)");
	if (a->n_rows > 0)
		return jk_tr("rows of the embedding (trainable_token_indices)");
	s = beyond_matrices(a, may_scale);
	if (!s && !may_differ)
		s = beyond_one_shape(a, config);
	return s ? jk_tr(s) : NULL;
}

int
jk_adapter_fail_others(const struct jk_adapter *a, const struct jk_config *c,
    size_t n, const char *one, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s: %zu tensors that have no place in "
	    "this model of %u layers, such as %s", a->path, n, c->n_layers,
	    one);
}

/* --- names in a model of more than text */

static const char WRAPPED[] = JK_LORA_WRAPPED;
static const char PART[] = "model.";

/* The root in a tensor's name, or NULL. */
static const char *
root_of(const char *name)
{
	static const char *const roots[] = { "model.language_model.",
		"language_model.model." };
	size_t i;

	if (strncmp(name, WRAPPED, strlen(WRAPPED)) != 0)
		return NULL;
	name += strlen(WRAPPED);
	for (i = 0; i < sizeof roots / sizeof *roots; i++)
		if (strncmp(name, roots[i], strlen(roots[i])) == 0)
			return roots[i];
	return NULL;
}

int
jk_adapter_name_in_part(struct jk_adapter *a, struct jk_err *err)
{
	struct jk_tensor *t = a->file.tensors;
	const size_t n = a->file.n_tensors;
	const char *root;
	size_t i;

	for (i = 0; i < n && !a->root; i++)
		a->root = root_of(t[i].name);
	if (!a->root)
		return 0;
	a->names = calloc(n, JK_WEIGHT_NAME_BYTES);
	if (!a->names)
		return jk_fail_nomem(err);
	for (i = 0; i < n; i++) {
		char *to = a->names + i * JK_WEIGHT_NAME_BYTES;

		root = root_of(t[i].name);
		if (root == a->root && snprintf(to, JK_WEIGHT_NAME_BYTES,
		    "%s%s%s", WRAPPED, PART, t[i].name + strlen(WRAPPED) +
		    strlen(root)) < JK_WEIGHT_NAME_BYTES)
			t[i].name = to;
	}
	jk_tensors_sort(t, n);
	return 0;
}

void
jk_adapter_name_in_whole(const struct jk_config *config,
    char name[JK_WEIGHT_NAME_BYTES])
{
	const char *root = config->family->whole_prefix;
	char *at = name + strlen(WRAPPED), *rest = at + strlen(PART);

	if (!config->is_part)
		return;
	/* there is room for the longest name with the longest root */
	memmove(at + strlen(root), rest, strlen(rest) + 1);
	memcpy(at, root, strlen(root));
}

void
jk_adapter_path(const struct jk_adapter *a, const char *path,
    char out[JK_WEIGHT_NAME_BYTES])
{
	const size_t n = strlen(PART);
	const bool is_inside = a->root && strncmp(path, PART, n) == 0;

	snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s", is_inside ? a->root : "",
	    is_inside ? path + n : path);
}

void
jk_adapter_close(struct jk_adapter *a)
{
	size_t i;

	for (i = 0; i < a->n_copies; i++)
		free(a->copies[i]);
	free(a->copies);
	free(a->names);
	free(a->parts);
	free(a->saved);
	if (a->is_gguf)
		jk_gguf_close(&a->gguf);
	if (a->file.tensors || a->file.header)
		jk_safetensors_close(&a->file);
	json_decref(a->config);
	free(a->path);
	*a = (struct jk_adapter){ 0 };
}
