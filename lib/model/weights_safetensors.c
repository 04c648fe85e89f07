#include <stdio.h>
#include <string.h>

#include "model/weight_id.h"
#include "model/weights.h"

static const struct jk_tensor *
find_named(const struct jk_model *m, const char *name)
{
	const struct jk_tensor *t;
	size_t i;

	for (i = 0; i < m->n_files; i++)
		if ((t = jk_safetensors_find(&m->files[i], name)))
			return t;
	return NULL;
}

/*
 * What may stand for jk_module_prefix: nothing where AutoModel saved the
 * decoder alone; in a model of more than text what the family says, or, before
 * transformers 4.52, the same two words the other way round.
 */
static void
other_prefixes(const struct jk_model *m, const char *prefixes[3])
{
	prefixes[0] = m->config.is_part ? m->config.family->whole_prefix : "";
	prefixes[1] = m->config.is_part ? "language_model.model." : "";
	prefixes[2] = "";
}

static const struct jk_tensor *
find_in_safetensors(const struct jk_model *m, struct jk_weight_id id)
{
	const char *prefix = jk_module_prefix(&m->config), *rest;
	char name[JK_WEIGHT_NAME_BYTES], other[JK_WEIGHT_NAME_BYTES + 32];
	const char *prefixes[3];
	const struct jk_tensor *t;
	int i;

	jk_weight_name(&m->config, id, name);
	t = find_named(m, name);
	if (!t && id.module == JK_MODULE_HEAD && m->config.is_part)
		t = find_named(m, "language_model.lm_head.weight");
	if (t || strncmp(name, prefix, strlen(prefix)) != 0)
		return t;
	rest = name + strlen(prefix);
	other_prefixes(m, prefixes);
	for (i = 0; i < 3 && !t; i++) {
		snprintf(other, sizeof other, "%s%s", prefixes[i], rest);
		t = find_named(m, other);
	}
	return t;
}

/* What old files have besides weights: angles of RoPE, masks of GPT-2. */
static bool
is_constant(const char *name)
{
	static const char *const ends[] = { ".rotary_emb.inv_freq",
		".attn.bias", ".attn.masked_bias" };
	size_t i, n = strlen(name), n_end;

	for (i = 0; i < sizeof ends / sizeof *ends; i++) {
		n_end = strlen(ends[i]);
		if (n >= n_end && strcmp(name + n - n_end, ends[i]) == 0)
			return true;
	}
	return false;
}

/* A tensor's name without what stands before "layers.N" or "norm". */
static const char *
without_prefix(const struct jk_model *m, const char *name)
{
	const char *prefix = jk_module_prefix(&m->config), *prefixes[3];
	size_t i, n;

	other_prefixes(m, prefixes);
	for (i = 0; i < 3; i++) {
		n = strlen(prefixes[i]);
		if (n && strncmp(name, prefixes[i], n) == 0)
			return name + n;
	}
	n = strlen(prefix);
	return strncmp(name, prefix, n) == 0 ? name + n : name;
}

/*
 * A tensor of a decoder layer that the configuration does not know would
 * silently change the model.
 */
static int
refuse_unknown(const struct jk_model *m, struct jk_err *err)
{
	const char *prefix = jk_module_prefix(&m->config);
	const char *layers = jk_module_layers(&m->config);
	char full[JK_WEIGHT_NAME_BYTES];
	size_t i, j;

	for (i = 0; i < m->n_files; i++)
		for (j = 0; j < m->files[i].n_tensors; j++) {
			const char *name = m->files[i].tensors[j].name;

			if (snprintf(full, sizeof full, "%s%s", prefix,
			    without_prefix(m, name)) < (int)sizeof full &&
			    strncmp(full + strlen(prefix), layers,
			    strlen(layers)) == 0 && !is_constant(name) &&
			    !jk_model_tensor(m, full) &&
			    !jk_weight_is_spare(&m->config, full))
				return jk_fail(err, JK_EDATA, "tensor %s is "
				    "not part of the architecture %s", name,
				    m->config.family->model_type);
		}
	return 0;
}

/*
 * A head of its own beside a configuration that says it is the embedding: where
 * the two differ the head counts, as in transformers (tie_weights, version 5).
 */
static void
untie_other_head(struct jk_model *m)
{
	const struct jk_tensor *head = find_in_safetensors(m,
	    (struct jk_weight_id){ .module = JK_MODULE_HEAD });
	const struct jk_tensor *embedding = find_in_safetensors(m,
	    (struct jk_weight_id){ .module = JK_MODULE_EMBEDDING });

	if (!head || !embedding)
		return;
	if (head->dtype != embedding->dtype ||
	    head->size_bytes != embedding->size_bytes ||
	    memcmp(head->data, embedding->data, head->size_bytes) != 0)
		m->config.tie_word_embeddings = false;
}

int
jk_weights_from_safetensors(struct jk_model *m, struct jk_err *err)
{
	if (m->config.tie_word_embeddings)
		untie_other_head(m);
	if (jk_weights_fill(m, find_in_safetensors, err) < 0 ||
	    refuse_unknown(m, err) < 0)
		return -1;
	return jk_weights_align(m, err);
}
