#include "nn/load.h"

#include <math.h>
#include <stdlib.h>

#include "cpu/dot_int8.h"
#include "cpu/element.h"
#include "model/weight_form.h"
#include "model/weight_id.h"
#include "nn/decoder.h"
#include "nn/rope_table.h"
#include "quant/decode.h"

struct loader {
	struct jk_weights *w;
	const struct jk_model *model;
	struct jk_err *err;
};

/* A model has every tensor that its configuration asks for (model.h). */
static const struct jk_tensor *
tensor(const struct loader *l, uint32_t layer, enum jk_module module,
    bool is_bias)
{
	const struct jk_weight_id id = { module, layer, is_bias };
	const struct jk_tensor *t = jk_model_weight(l->model, id);
	char name[JK_WEIGHT_NAME_BYTES];

	if (t)
		return t;
	jk_weight_name(&l->model->config, id, name);
	jk_fail(l->err, JK_EDATA, "%s: no tensor %s", l->model->path, name);
	return NULL;
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

/* n floats there; frees f, which may be NULL for want of memory. */
static int
put(const struct loader *l, float *f, size_t n, uint64_t *address)
{
	int r = f ? own(l, n * sizeof *f, address) : jk_fail_nomem(l->err);

	if (r == 0)
		r = jk_dev_upload(l->w->dev, *address, f, n * sizeof *f,
		    l->err);
	free(f);
	return r;
}

/* The same number n times. */
static int
put_all(const struct loader *l, float value, size_t n, uint64_t *address)
{
	float *f = malloc(n * sizeof *f);
	size_t i;

	for (i = 0; f && i < n; i++)
		f[i] = value;
	return put(l, f, n, address);
}

/* The f32 vectors of n tensors behind each other. */
static int
load_vector(const struct loader *l, const struct jk_tensor *const *parts,
    int n_parts, uint64_t *address)
{
	size_t n = 0;
	float *f;
	int i;

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
	return put(l, f, n, address);
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
		uint32_t type = jk_dev_weight_type(dev, use, parts[i]->dtype,
		    l->w->precision);

		for (n = 1; i + n < n_parts; n++)
			if (jk_dev_weight_type(dev, use, parts[i + n]->dtype,
			    l->w->precision) != type)
				break;
		if (jk_dev_weight(dev, use, parts + i, n, l->w->precision,
		    &m->parts[m->n_parts], l->err) < 0)
			return -1;
		m->column[m->n_parts] = column;
		column += m->parts[m->n_parts].n;
		l->w->n_matrices++;
		l->w->n_int8 += jk_dot8_multiplies(m->parts[m->n_parts].type,
		    m->parts[m->n_parts].k);
		m->n_parts++;
	}
	return 0;
}

/* A group's matrices, and its biases where it has them. */
static int
load_group(const struct loader *l, uint32_t layer, enum jk_group group)
{
	const struct jk_tensor *parts[JK_GROUP_MAX], *biases[JK_GROUP_MAX];
	struct jk_layer_weights *to = &l->w->layers[layer];
	const enum jk_module first = jk_group_first(l->w->config, layer,
	    group);
	const bool has_bias = jk_module_has_bias(l->w->config, first);
	int n = jk_group_size(l->w->config, layer, group), i, use;

	for (i = 0; i < n; i++) {
		enum jk_module m = (enum jk_module)((int)first + i);

		parts[i] = tensor(l, layer, m, false);
		biases[i] = has_bias ? tensor(l, layer, m, true) : NULL;
		if (!parts[i] || (has_bias && !biases[i]))
			return -1;
	}
	for (use = 0; use < 2; use++)
		if (l->w->uses & 1u << use && load_matrix(l,
		    (enum jk_weight_use)use, parts, n,
		    &to->groups[use][group]) < 0)
			return -1;
	return has_bias ? load_vector(l, biases, n, &to->bias[group]) : 0;
}

/* Its weights, and behind them its biases where it has them. */
static int
load_plain(const struct loader *l, uint32_t layer, enum jk_module module,
    uint64_t *address)
{
	const int n = jk_module_has_bias(l->w->config, module) ? 2 : 1;
	const struct jk_tensor *parts[2];
	int i;

	for (i = 0; i < n; i++)
		if (!(parts[i] = tensor(l, layer, module, i)))
			return -1;
	return load_vector(l, parts, n, address);
}

/* A matrix [n, k] (or [n, 1, k]) as [k, n] in f32. */
static int
load_turned(const struct loader *l, uint32_t layer, enum jk_module module,
    uint64_t *address)
{
	const struct jk_tensor *t = tensor(l, layer, module, false);
	size_t n, n_rows;
	float *f;

	if (!t)
		return -1;
	n = jk_tensor_count(t);
	n_rows = (size_t)t->shape[0];
	f = jk_floats_transposed(jk_tensor_to_f32(t, l->err), n_rows,
	    n / n_rows, l->err);
	return f ? put(l, f, n, address) : -1;
}

/* One number, for each column of the residual stream. */
static int
load_spread(const struct loader *l, uint32_t layer, enum jk_module module,
    uint64_t *address)
{
	const struct jk_tensor *t = tensor(l, layer, module, false);
	float *one = t ? jk_tensor_to_f32(t, l->err) : NULL;
	int r = one ? put_all(l, *one, l->w->config->hidden_size, address) :
	    -1;

	free(one);
	return r;
}

static int (*const load_as[])(const struct loader *l, uint32_t layer,
    enum jk_module module, uint64_t *address) = {
	[JK_VECTOR_PLAIN] = load_plain,
	[JK_VECTOR_TURNED] = load_turned,
	[JK_VECTOR_SPREAD] = load_spread,
};

static int
load_vectors(const struct loader *l, uint32_t layer, const struct jk_block *b)
{
	int i;

	for (i = 0; i < b->n_vectors; i++) {
		const struct jk_block_vector *v = &b->vectors[i];
		uint64_t *to = (uint64_t *)(void *)((char *)
		    &l->w->layers[layer] + v->member);

		if (!jk_layer_has_module(l->w->config, layer, v->module))
			continue;
		if (load_as[v->form](l, layer, v->module, to) < 0)
			return -1;
	}
	return 0;
}

/*
 * Weights of norms that are no tensor: what makes of the norm of a head's key
 * one to length 1, and what changes nothing.
 */
static int
load_constants(const struct loader *l)
{
	const struct jk_config *c = l->w->config;
	const uint32_t n = c->linear.key_dim;

	if (n && put_all(l, (float)(1 / sqrt(n)), n, &l->w->unit) < 0)
		return -1;
	return c->v_norm ? put_all(l, 1, c->full_head_dim > c->head_dim ?
	    c->full_head_dim : c->head_dim, &l->w->ones) : 0;
}

static int
load_layer(const struct loader *l, uint32_t layer)
{
	const struct jk_config *c = l->w->config;
	int i;

	l->w->layers[layer].kind = c->layer_kinds[layer];
	for (i = 0; i < JK_N_GROUPS; i++)
		if (jk_layer_has_group(c, layer, (enum jk_group)i) &&
		    load_group(l, layer, (enum jk_group)i) < 0)
			return -1;
	for (i = 0; i < jk_layer_n_blocks(c); i++)
		if (load_vectors(l, layer, jk_blocks[jk_layer_block(c, layer,
		    i)]) < 0)
			return -1;
	return 0;
}

/* A norm's weights of no layer, divided by something. */
static int
load_over(const struct loader *l, enum jk_module module, float divisor,
    uint64_t *address)
{
	const struct jk_tensor *t;
	size_t i, n;
	float *f;

	if (divisor == 1)
		return load_plain(l, 0, module, address);
	if (!(t = tensor(l, 0, module, false)) ||
	    !(f = jk_tensor_to_f32(t, l->err)))
		return -1;
	n = jk_tensor_count(t);
	for (i = 0; i < n; i++)
		f[i] /= divisor;
	return put(l, f, n, address);
}

/* A table for look-ups. */
static int
load_table(const struct loader *l, const struct jk_tensor *t,
    struct jk_weight *to)
{
	const enum jk_precision precision = l->w->precision;

	/* looked up, not multiplied: as it is stored */
	return jk_dev_weight(l->w->dev, JK_WEIGHT_VECTOR, &t, 1,
	    precision == JK_PRECISION_INT8 ? JK_PRECISION_F32 : precision, to,
	    l->err);
}

/* A matrix, for all uses. */
static int
load_used(const struct loader *l, const struct jk_tensor *t,
    struct jk_matrix to[2])
{
	int use;

	for (use = 0; use < 2; use++)
		if (l->w->uses & 1u << use && load_matrix(l,
		    (enum jk_weight_use)use, &t, 1, &to[use]) < 0)
			return -1;
	return 0;
}

static int
load_per_layer(const struct loader *l)
{
	struct jk_weights *w = l->w;
	const struct jk_tensor *table, *projection;

	if (!w->config->per_layer_size)
		return 0;
	table = tensor(l, 0, JK_MODULE_PER_LAYER_EMBEDDING, false);
	projection = tensor(l, 0, JK_MODULE_PER_LAYER_PROJECTION, false);
	if (!table || !projection ||
	    load_table(l, table, &w->per_layer.embedding) < 0 ||
	    load_used(l, projection, w->per_layer.projection) < 0)
		return -1;
	return load_over(l, JK_MODULE_PER_LAYER_NORM, sqrtf(2),
	    &w->per_layer.norm);
}

/*
 * The embedding, the head (which may be the same), the last norm, divided by
 * what the logits of the head are divided by.
 */
static int
load_ends(const struct loader *l)
{
	struct jk_weights *w = l->w;
	const struct jk_tensor *embedding, *head;

	embedding = tensor(l, 0, JK_MODULE_EMBEDDING, false);
	head = w->config->tie_word_embeddings ? embedding :
	    tensor(l, 0, JK_MODULE_HEAD, false);
	if (!embedding || !head ||
	    load_table(l, embedding, &w->embedding) < 0 ||
	    load_used(l, head, w->head) < 0 || load_per_layer(l) < 0)
		return -1;
	return load_over(l, JK_MODULE_NORM, w->config->logits_scale,
	    &w->norm);
}

/* A table of learned positions, all of it: it is small. */
static int
load_positions(const struct loader *l)
{
	const struct jk_config *c = l->w->config;
	const struct jk_tensor *t;

	if (l->w->n_positions > c->max_position_embeddings)
		return jk_fail(l->err, JK_EDATA, "%s: %u positions are wanted, "
		    "the model has learned %u: shorten the text",
		    l->model->path, l->w->n_positions,
		    c->max_position_embeddings);
	t = tensor(l, 0, JK_MODULE_POSITIONS, false);
	return t ? load_vector(l, &t, 1, &l->w->positions) : -1;
}

static int
load_rope(const struct loader *l, enum jk_rope_of of, uint64_t *address)
{
	size_t n;
	float *table = jk_rope_table(l->w->config, of, l->w->n_positions, &n);

	return put(l, table, n, address);
}

/* Of each kind of layer: Gemma's sliding ones have an angle of their own. */
static int
load_ropes(const struct loader *l)
{
	const struct jk_config *c = l->w->config;
	uint64_t *rope = l->w->rope;
	uint32_t i;

	if (load_rope(l, JK_ROPE_FULL, &rope[JK_LAYER_FULL_ATTENTION]) < 0)
		return -1;
	rope[JK_LAYER_SLIDING_ATTENTION] = rope[JK_LAYER_FULL_ATTENTION];
	if (c->rope_local_theta != 0 && load_rope(l, JK_ROPE_LOCAL,
	    &rope[JK_LAYER_SLIDING_ATTENTION]) < 0)
		return -1;
	for (i = 0; i < c->n_layers && !c->no_rope[i]; i++)
		;
	return i == c->n_layers ? 0 : load_rope(l, JK_ROPE_NONE,
	    &l->w->no_rope);
}

int
jk_weights_load(struct jk_weights *w, const struct jk_model *model,
    struct jk_dev *dev, enum jk_precision precision, unsigned uses,
    uint32_t n_positions, struct jk_err *err)
{
	const struct jk_config *c = &model->config;
	struct loader l = { w, model, err };
	uint32_t i;

	*w = (struct jk_weights){ .dev = dev, .config = c,
		.precision = precision, .uses = uses,
		.n_positions = n_positions,
		.type = jk_dev_type(dev, precision),
		.embedding_scale = c->embedding_scale / c->residual_scale,
		.norm_eps = c->rms_norm_eps / (c->residual_scale *
		    c->residual_scale) };
	/* the reference keeps Gemma's factor in the type of its weights */
	if (w->type == JK_BF16 && c->family->scales_embedding)
		w->embedding_scale = jk_load(&(uint16_t){
		    jk_to_bf16(w->embedding_scale) }, 0, JK_BF16);
	w->layers = calloc(w->config->n_layers, sizeof *w->layers);
	if (!w->layers) {
		jk_fail_nomem(err);
		goto fail;
	}
	jk_dev_forget_weights(dev);
	if (load_ends(&l) < 0)
		goto fail;
	for (i = 0; i < w->config->n_layers; i++) {
		/* what was decoded is not read again: the peak is not here */
		jk_model_forget(model);
		if (load_layer(&l, i) < 0)
			goto fail;
	}
	if ((w->config->learned_positions ? load_positions(&l) :
	    load_ropes(&l)) < 0 || load_constants(&l) < 0)
		goto fail;
	return 0;
fail:
	jk_weights_release(w);
	return -1;
}

static bool
is_at(const struct jk_weights *w, const struct jk_matrix *m, const void *data)
{
	int i;

	for (i = 0; i < m->n_parts; i++)
		if (jk_dev_map(w->dev, m->parts[i].address) == data)
			return true;
	return false;
}

/* Whether a matrix is used where the model has it. */
static bool
is_used(void *ctx, const void *data)
{
	const struct jk_weights *w = ctx;
	uint32_t l;
	int use, g;

	if (jk_dev_map(w->dev, w->embedding.address) == data ||
	    (w->config->per_layer_size && jk_dev_map(w->dev,
	    w->per_layer.embedding.address) == data))
		return true;
	for (use = 0; use < 2; use++) {
		if (is_at(w, &w->head[use], data) ||
		    is_at(w, &w->per_layer.projection[use], data))
			return true;
		for (l = 0; l < w->config->n_layers; l++)
			for (g = 0; g < JK_N_GROUPS; g++)
				if (is_at(w, &w->layers[l].groups[use][g],
				    data))
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
