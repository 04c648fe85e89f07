#include "nn/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quant/decode.h"
#include "cpu/element.h"

static const struct proj {
	const char *name, *tensor;
	enum jk_group group;
} projs[JK_N_PROJS] = {
	[JK_PROJ_Q] = { "q_proj", "self_attn.q_proj", JK_GROUP_QKV },
	[JK_PROJ_K] = { "k_proj", "self_attn.k_proj", JK_GROUP_QKV },
	[JK_PROJ_V] = { "v_proj", "self_attn.v_proj", JK_GROUP_QKV },
	[JK_PROJ_O] = { "o_proj", "self_attn.o_proj", JK_GROUP_O },
	[JK_PROJ_GATE] = { "gate_proj", "mlp.gate_proj", JK_GROUP_GATE_UP },
	[JK_PROJ_UP] = { "up_proj", "mlp.up_proj", JK_GROUP_GATE_UP },
	[JK_PROJ_DOWN] = { "down_proj", "mlp.down_proj", JK_GROUP_DOWN },
};

const char *
jk_proj_name(enum jk_proj proj)
{
	return projs[proj].name;
}

enum jk_group
jk_proj_group(enum jk_proj proj)
{
	return projs[proj].group;
}

enum jk_proj
jk_group_first(enum jk_group group)
{
	static const enum jk_proj first[JK_N_GROUPS] = {
		JK_PROJ_Q, JK_PROJ_O, JK_PROJ_GATE, JK_PROJ_DOWN
	};
	return first[group];
}

int
jk_group_size(enum jk_group group)
{
	static const int size[JK_N_GROUPS] = { 3, 1, 2, 1 };

	return size[group];
}

uint32_t
jk_proj_n(const struct jk_config *c, enum jk_proj proj)
{
	switch (proj) {
	case JK_PROJ_Q: return c->n_heads * c->head_dim;
	case JK_PROJ_K:
	case JK_PROJ_V: return c->n_kv_heads * c->head_dim;
	case JK_PROJ_GATE:
	case JK_PROJ_UP: return c->intermediate_size;
	default: return c->hidden_size;
	}
}

uint32_t
jk_proj_column(const struct jk_config *c, enum jk_proj proj)
{
	enum jk_proj p;
	uint32_t column = 0;

	for (p = jk_group_first(projs[proj].group); p < proj; p++)
		column += jk_proj_n(c, p);
	return column;
}

uint32_t
jk_group_n(const struct jk_config *c, enum jk_group group)
{
	enum jk_proj last = (enum jk_proj)((int)jk_group_first(group) +
	    jk_group_size(group) - 1);

	return jk_proj_column(c, last) + jk_proj_n(c, last);
}

uint32_t
jk_group_k(const struct jk_config *c, enum jk_group group)
{
	switch (group) {
	case JK_GROUP_O: return c->n_heads * c->head_dim;
	case JK_GROUP_DOWN: return c->intermediate_size;
	default: return c->hidden_size;
	}
}

void
jk_rope_fill(const struct jk_config *config, bool local,
    uint32_t n_positions, float *table)
{
	double theta = local ? config->rope_local_theta : config->rope_theta;
	uint32_t half = config->head_dim / 2, p, i;

	for (i = 0; i < half; i++) {
		double frequency = pow(theta, -2.0 * i / config->head_dim);

		if (!local)
			frequency /= (double)config->rope_factors[i];
		for (p = 0; p < n_positions; p++) {
			double angle = p * frequency;
			float *at = table + ((size_t)p * half + i) * 2;

			at[0] = (float)cos(angle);
			at[1] = (float)sin(angle);
		}
	}
}

struct loader {
	struct jk_weights *w;
	const struct jk_model *model;
	struct jk_err *err;
};

/* A model has every tensor that its configuration asks for (model.h). */
static const struct jk_tensor *
tensor(const struct loader *l, const char *fmt, uint32_t layer,
    const char *name)
{
	const struct jk_tensor *t;
	char full[160];

	if (fmt)
		snprintf(full, sizeof full, fmt, layer, name);
	else
		snprintf(full, sizeof full, "%s", name);
	t = jk_model_tensor(l->model, full);
	if (!t)
		jk_fail(l->err, JK_EDATA, "%s: no tensor %s", l->model->path,
		    full);
	return t;
}

/* Device memory that release frees. */
static int
own(const struct loader *l, size_t size_bytes, uint64_t *address)
{
	struct jk_weights *w = l->w;
	uint64_t *owned = realloc(w->owned,
	    ((size_t)w->n_owned + 1) * sizeof *owned);

	if (!owned)
		return jk_fail_nomem(l->err);
	w->owned = owned;
	if (jk_dev_alloc(w->dev, size_bytes, address, l->err) < 0)
		return -1;
	owned[w->n_owned++] = *address;
	return 0;
}

/* The f32 vectors of n tensors behind each other. */
static int
load_vector(const struct loader *l, const struct jk_tensor *const *parts,
    int n_parts, uint64_t *address)
{
	size_t n = 0;
	float *f;
	int i, r;

	for (i = 0; i < n_parts; i++) {
		if (parts[i]->dtype > JK_BF16)
			return jk_fail(l->err, JK_EDATA,
			    "%s: %s is %s, not F32, F16 or BF16",
			    l->model->path, parts[i]->name,
			    jk_dtype_name(parts[i]->dtype));
		n += jk_tensor_count(parts[i]);
	}
	f = malloc(n * sizeof *f);
	if (!f)
		return jk_fail_nomem(l->err);
	n = 0;
	for (i = 0; i < n_parts; i++) {
		jk_dequantize(parts[i]->dtype, parts[i]->data, f + n,
		    jk_tensor_count(parts[i]));
		n += jk_tensor_count(parts[i]);
	}
	r = own(l, n * sizeof *f, address);
	if (r == 0)
		r = jk_dev_upload(l->w->dev, *address, f, n * sizeof *f,
		    l->err);
	free(f);
	return r;
}

static int
load_norm(const struct loader *l, uint32_t layer, const char *name,
    uint64_t *address)
{
	const struct jk_tensor *t = tensor(l, "model.layers.%u.%s.weight",
	    layer, name);

	return t ? load_vector(l, &t, 1, address) : -1;
}

/* Parts of one type become one matrix; else each its own. */
static int
load_matrix(const struct loader *l, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts, struct jk_matrix *m)
{
	struct jk_dev *dev = l->w->dev;
	uint32_t column = 0;
	int i, n;

	m->n_parts = 0;
	for (i = 0; i < n_parts; i += n) {
		uint32_t type = dev->class->weight_type(dev, use,
		    parts[i]->dtype, l->w->precision);

		for (n = 1; i + n < n_parts; n++)
			if (dev->class->weight_type(dev, use,
			    parts[i + n]->dtype, l->w->precision) != type)
				break;
		if (jk_dev_weight(dev, use, parts + i, n, l->w->precision,
		    &m->parts[m->n_parts], l->err) < 0)
			return -1;
		m->column[m->n_parts] = column;
		column += m->parts[m->n_parts].n;
		m->n_parts++;
	}
	return 0;
}

static int
load_group(const struct loader *l, uint32_t layer, enum jk_group group)
{
	const struct jk_tensor *parts[JK_GROUP_MAX];
	struct jk_layer_weights *to = &l->w->layers[layer];
	enum jk_proj first = jk_group_first(group);
	int n = jk_group_size(group), i, use;

	for (i = 0; i < n; i++) {
		parts[i] = tensor(l, "model.layers.%u.%s.weight", layer,
		    projs[(int)first + i].tensor);
		if (!parts[i])
			return -1;
	}
	for (use = 0; use < 2; use++)
		if (l->w->uses & 1u << use && load_matrix(l,
		    (enum jk_weight_use)use, parts, n,
		    &to->groups[use][group]) < 0)
			return -1;
	return 0;
}

static int
load_bias(const struct loader *l, uint32_t layer, uint64_t *address)
{
	const struct jk_tensor *parts[JK_GROUP_MAX];
	int i;

	for (i = 0; i < JK_GROUP_MAX; i++) {
		parts[i] = tensor(l, "model.layers.%u.%s.bias", layer,
		    projs[JK_PROJ_Q + i].tensor);
		if (!parts[i])
			return -1;
	}
	return load_vector(l, parts, JK_GROUP_MAX, address);
}

static int
load_layer(const struct loader *l, uint32_t i)
{
	const struct jk_config *c = l->w->config;
	struct jk_layer_weights *to = &l->w->layers[i];
	int g;

	for (g = 0; g < JK_N_GROUPS; g++)
		if (load_group(l, i, (enum jk_group)g) < 0)
			return -1;
	if (load_norm(l, i, "input_layernorm", &to->attn_norm) < 0 ||
	    load_norm(l, i, c->post_norms ? "pre_feedforward_layernorm" :
	    "post_attention_layernorm", &to->mlp_norm) < 0)
		return -1;
	if (c->post_norms &&
	    (load_norm(l, i, "post_attention_layernorm",
	    &to->attn_post_norm) < 0 ||
	    load_norm(l, i, "post_feedforward_layernorm",
	    &to->mlp_post_norm) < 0))
		return -1;
	if (c->qk_norm &&
	    (load_norm(l, i, "self_attn.q_norm", &to->q_norm) < 0 ||
	    load_norm(l, i, "self_attn.k_norm", &to->k_norm) < 0))
		return -1;
	return c->qkv_bias ? load_bias(l, i, &to->qkv_bias) : 0;
}

/* The embedding, the head (which may be the same), the last norm. */
static int
load_ends(const struct loader *l)
{
	struct jk_weights *w = l->w;
	const struct jk_tensor *embedding, *head, *norm;
	int use;

	embedding = tensor(l, NULL, 0, "model.embed_tokens.weight");
	head = w->config->tie_word_embeddings ? embedding :
	    tensor(l, NULL, 0, "lm_head.weight");
	norm = tensor(l, NULL, 0, "model.norm.weight");
	if (!embedding || !head || !norm)
		return -1;
	if (jk_dev_weight(w->dev, JK_WEIGHT_VECTOR, &embedding, 1,
	    w->precision, &w->embedding, l->err) < 0)
		return -1;
	for (use = 0; use < 2; use++)
		if (w->uses & 1u << use && load_matrix(l,
		    (enum jk_weight_use)use, &head, 1, &w->head[use]) < 0)
			return -1;
	return load_vector(l, &norm, 1, &w->norm);
}

static int
load_rope(const struct loader *l, bool local, uint64_t *address)
{
	const struct jk_config *c = l->w->config;
	size_t n = (size_t)l->w->n_positions * c->head_dim;
	float *table = malloc(n * sizeof *table);
	int r;

	if (!table)
		return jk_fail_nomem(l->err);
	jk_rope_fill(c, local, l->w->n_positions, table);
	r = own(l, n * sizeof *table, address);
	if (r == 0)
		r = jk_dev_upload(l->w->dev, *address, table,
		    n * sizeof *table, l->err);
	free(table);
	return r;
}

int
jk_weights_load(struct jk_weights *w, const struct jk_model *model,
    struct jk_dev *dev, enum jk_precision precision, unsigned uses,
    uint32_t n_positions, struct jk_err *err)
{
	struct loader l = { w, model, err };
	uint32_t i;

	*w = (struct jk_weights){ .dev = dev, .config = &model->config,
		.precision = precision, .uses = uses,
		.n_positions = n_positions,
		.type = precision == JK_PRECISION_BF16 ? JK_BF16 : JK_F32,
		.embedding_scale = model->config.embedding_scale };
	/* the reference keeps the factor in the type of its weights */
	if (precision == JK_PRECISION_BF16)
		w->embedding_scale = jk_load(&(uint16_t){
		    jk_to_bf16(w->embedding_scale) }, 0, JK_BF16);
	w->layers = calloc(w->config->n_layers, sizeof *w->layers);
	if (!w->layers) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (load_ends(&l) < 0)
		goto fail;
	for (i = 0; i < w->config->n_layers; i++) {
		/* what was decoded is not read again: the peak is not here */
		jk_model_forget(model);
		if (load_layer(&l, i) < 0)
			goto fail;
	}
	if (load_rope(&l, false, &w->rope_global) < 0)
		goto fail;
	w->rope_local = w->rope_global;
	if (w->config->rope_local_theta != 0 &&
	    load_rope(&l, true, &w->rope_local) < 0)
		goto fail;
	return 0;
fail:
	jk_weights_release(w);
	return -1;
}

static bool
is_at(const struct jk_matrix *m, const void *data)
{
	int i;

	for (i = 0; i < m->n_parts; i++)
		if (m->parts[i].address == (uint64_t)(uintptr_t)data)
			return true;
	return false;
}

/* Whether a matrix is used where the model has it: the host does that. */
static bool
is_used(void *ctx, const void *data)
{
	const struct jk_weights *w = ctx;
	uint32_t l;
	int use, g;

	if (!w->dev->is_host)
		return false;
	if (w->embedding.address == (uint64_t)(uintptr_t)data)
		return true;
	for (use = 0; use < 2; use++) {
		if (is_at(&w->head[use], data))
			return true;
		for (l = 0; l < w->config->n_layers; l++)
			for (g = 0; g < JK_N_GROUPS; g++)
				if (is_at(&w->layers[l].groups[use][g], data))
					return true;
	}
	return false;
}

void
jk_weights_drop_copies(const struct jk_weights *w, struct jk_model *model)
{
	jk_model_drop_copies(model, is_used, (void *)(uintptr_t)w);
}

void
jk_weights_release(struct jk_weights *w)
{
	int i;

	for (i = 0; i < w->n_owned; i++)
		jk_dev_free(w->dev, w->owned[i]);
	free(w->owned);
	free(w->layers);
	w->owned = NULL;
	w->layers = NULL;
	w->n_owned = 0;
}
