#include "nn/lora.h"

#include <stdlib.h>
#include <string.h>

#include "model/lora_weight.h"
#include "model/weight_form.h"
#include "model/weight_id.h"

enum { ONE = 0x3f800000 };	/* the bits of 1 */

/* Enter a matrix of a group; the arena grows. */
static void
add_tensor(struct jk_lora *lora, const struct jk_config *config,
    struct jk_lora_tensor t, uint32_t group_rank)
{
	const bool is_a = t.kind == JK_LORA_A;

	t.at = lora->n_params;
	t.n_rows = is_a ? group_rank : jk_proj_n(config, t.layer, t.proj);
	t.n_columns = is_a ? jk_group_k(config, t.layer,
	    jk_proj_group(t.proj)) : group_rank;
	if (t.kind == JK_LORA_MAGNITUDE)
		t.n_columns = t.rank = 1;
	t.n = (uint64_t)t.n_rows * t.n_columns;
	lora->n_params += t.n;
	lora->tensors[lora->n_tensors++] = t;
}

/* Enter the matrices of a group of a layer. */
static void
add_group(struct jk_lora *lora, const struct jk_config *config,
    uint32_t layer, enum jk_group group, const struct jk_lora_size *sizes)
{
	struct jk_lora_group *g = &lora->layers[layer][group];
	const int first = (int)jk_group_first(config, layer, group);
	const int n = jk_group_size(config, layer, group);
	const int n_kinds = lora->has_magnitudes ? JK_N_LORA_TRAINED :
	    JK_N_LORA_MATRICES;
	int i, k;

	for (i = first; i < first + n; i++) {
		if (sizes[i].rank == 0)
			continue;
		g->scale[g->n_proj] = sizes[i].scale;
		g->proj[g->n_proj++] = (enum jk_module)i;
		if (sizes[i].rank > g->rank)
			g->rank = sizes[i].rank;
	}
	for (k = 0; k < n_kinds; k++)
		for (i = 0; i < g->n_proj; i++)
			add_tensor(lora, config, (struct jk_lora_tensor){
			    .layer = layer, .proj = g->proj[i],
			    .kind = (enum jk_lora_kind)k,
			    .rank = sizes[g->proj[i]].rank }, g->rank);
	if (lora->has_magnitudes && g->n_proj) {
		g->factor = lora->n_vectors * sizeof(float);
		lora->n_vectors += jk_group_n(config, layer, group);
		g->norm = lora->n_vectors * sizeof(float);
		lora->n_vectors += jk_group_n(config, layer, group);
	}
}

/* The groups' addresses, now that there is an arena, and room for vectors. */
static void
set_addresses(struct jk_lora *lora)
{
	size_t i;

	for (i = 0; i < lora->n_tensors; i++) {
		const struct jk_lora_tensor *t = &lora->tensors[i];
		struct jk_lora_group *g =
		    &lora->layers[t->layer][jk_proj_group(t->proj)];
		int p = 0;

		while (g->proj[p] != t->proj)
			p++;
		g->at[t->kind][p] = lora->arena + t->at * sizeof(float);
		if (t->kind == JK_LORA_MAGNITUDE && p == 0) {
			g->factor += lora->vectors;
			g->norm += lora->vectors;
		}
	}
}

/* Room for factors, which are 1 until they are computed, and norms. */
static int
alloc_vectors(struct jk_lora *lora, struct jk_dev *dev, struct jk_err *err)
{
	return jk_dev_alloc(dev, 4 * lora->n_vectors, &lora->vectors, err) < 0 ?
	    -1 : JK_RUN(dev, fill, (&(struct jk_fill){ .x = lora->vectors,
		.n = (uint32_t)lora->n_vectors, .value = ONE }), err);
}

int
jk_lora_init(struct jk_lora *lora, const struct jk_config *config,
    const struct jk_lora_size *sizes, bool magnitudes, struct jk_dev *dev,
    struct jk_err *err)
{
	uint32_t l;
	int g;

	*lora = (struct jk_lora){ .config = config,
		.has_magnitudes = magnitudes };
	lora->layers = calloc(config->n_layers, sizeof *lora->layers);
	lora->tensors = calloc((size_t)config->n_layers * JK_N_PROJS *
	    JK_N_LORA_TRAINED, sizeof *lora->tensors);
	if (!lora->layers || !lora->tensors) {
		jk_lora_release(lora, dev);
		return jk_fail_nomem(err);
	}
	for (l = 0; l < config->n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++)
			if (jk_layer_has_group(config, l, (enum jk_group)g))
				add_group(lora, config, l, (enum jk_group)g,
				    sizes + (size_t)l * JK_N_PROJS);
	/* there may be LoRA on the embedding alone, which is none here */
	if (lora->n_params > 0 && (jk_dev_alloc(dev, lora->n_params *
	    sizeof(float), &lora->arena, err) < 0 ||
	    (magnitudes && alloc_vectors(lora, dev, err) < 0))) {
		jk_lora_release(lora, dev);
		return -1;
	}
	set_addresses(lora);
	return 0;
}

uint64_t
jk_mask_words(const struct jk_lora *lora, uint32_t layer, int group)
{
	const struct jk_lora_group *groups = lora->layers[layer];
	uint64_t words = 0;
	int g;

	for (g = 0; g < group; g++)
		if (groups[g].n_proj)
			words += (uint64_t)groups[g].n_proj *
			    ((jk_group_k(lora->config, layer, (enum jk_group)g)
			    + 31) / 32);
	return words;
}

void
jk_lora_release(struct jk_lora *lora, struct jk_dev *dev)
{
	if (lora->arena)
		jk_dev_free(dev, lora->arena);
	if (lora->vectors)
		jk_dev_free(dev, lora->vectors);
	free(lora->layers);
	free(lora->tensors);
	*lora = (struct jk_lora){ 0 };
}

/* A matrix into its place, which may be larger: zeros are there. */
static int
fill_tensor(float *to, const struct jk_lora_tensor *as,
    const struct jk_tensor *from, struct jk_err *err)
{
	const size_t n_columns = from->n_dims > 1 ? from->shape[1] : 1;
	float *f = jk_tensor_to_f32(from, err);
	size_t i;

	for (i = 0; f && i < from->shape[0]; i++)
		memcpy(to + i * as->n_columns, f + i * n_columns,
		    n_columns * sizeof *f);
	free(f);
	return f ? 0 : -1;
}

int
jk_lora_fill(struct jk_lora *lora, const struct jk_adapter *adapter,
    struct jk_dev *dev, struct jk_err *err)
{
	float *f = calloc(lora->n_params + 1, sizeof *f);
	size_t i;
	int r = 0;

	if (!f)
		return jk_fail_nomem(err);
	for (i = 0; r == 0 && i < lora->n_tensors; i++) {
		const struct jk_lora_tensor *to = &lora->tensors[i];

		r = fill_tensor(f + to->at, to, jk_adapter_tensor(adapter,
		    to->layer, to->proj, to->kind), err);
	}
	if (r == 0 && lora->n_params > 0)
		r = jk_dev_upload(dev, lora->arena, f, lora->n_params *
		    sizeof *f, err);
	free(f);
	return r;
}

/* --- vectors of a group: biases, DoRA's factors */

struct vectors {
	struct jk_lora *lora;
	const struct jk_adapter *adapter;
	const struct jk_model *model;
	float *f;		/* of all groups, in their order */
	struct jk_err *err;
};

static bool
any(const struct vectors *v, uint32_t layer, const struct jk_lora_group *g,
    enum jk_lora_kind kind)
{
	int i;

	for (i = 0; i < g->n_proj; i++)
		if (jk_adapter_tensor(v->adapter, layer, g->proj[i], kind))
			return true;
	return false;
}

/* scale * bias of each projection, where the model has taken none. */
static int
fill_bias(const struct vectors *v, uint32_t layer,
    const struct jk_lora_group *g, float *to)
{
	const struct jk_config *c = &v->model->config;
	const struct jk_tensor *t;
	size_t n;
	int i;

	for (i = 0; i < g->n_proj; i++) {
		float *at = to + jk_proj_column(c, layer, g->proj[i]), *f;

		t = jk_adapter_tensor(v->adapter, layer, g->proj[i],
		    JK_LORA_BIAS);
		if (!t)
			continue;
		f = jk_tensor_to_f32(t, v->err);
		for (n = 0; f && n < t->shape[0]; n++)
			at[n] = g->scale[i] * f[n];
		free(f);
		if (!f)
			return -1;
	}
	return 0;
}

static int
fill_factors(const struct vectors *v, uint32_t layer,
    const struct jk_lora_group *g, float *factor)
{
	const struct jk_config *c = &v->model->config;
	float *f;
	int i;

	for (i = 0; i < g->n_proj; i++) {
		const struct jk_weight_id id = { g->proj[i], layer, false };

		f = jk_lora_factors(jk_adapter_part(v->adapter, layer,
		    id.module), jk_model_weight(v->model, id), v->err);
		if (!f)
			return -1;
		memcpy(factor + jk_proj_column(c, layer, id.module), f,
		    jk_proj_n(c, layer, id.module) * sizeof *f);
		free(f);
	}
	return 0;
}

/*
 * A group's vectors from float *n on, which moves on; with v->f NULL they are
 * only counted, and their addresses are not yet what they will be.
 */
static int
add_vectors(const struct vectors *v, uint32_t layer, enum jk_group group,
    size_t *n)
{
	struct jk_lora_group *g = &v->lora->layers[layer][group];
	const struct jk_config *c = &v->model->config;
	const size_t width = jk_group_n(c, layer, group);
	size_t i;

	if (any(v, layer, g, JK_LORA_BIAS) && !jk_module_has_bias(c,
	    jk_group_first(c, layer, group))) {
		if (v->f && fill_bias(v, layer, g, v->f + *n) < 0)
			return -1;
		g->bias = v->lora->vectors + *n * sizeof(float);
		*n += width;
	}
	if (any(v, layer, g, JK_LORA_MAGNITUDE)) {
		for (i = 0; v->f && i < width; i++)
			v->f[*n + i] = 1;
		if (v->f && fill_factors(v, layer, g, v->f + *n) < 0)
			return -1;
		g->factor = v->lora->vectors + *n * sizeof(float);
		*n += width;
	}
	return 0;
}

static int
add_all_vectors(const struct vectors *v, size_t *n)
{
	uint32_t l;
	int g;

	*n = 0;
	for (l = 0; l < v->model->config.n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++)
			if (jk_layer_has_group(&v->model->config, l,
			    (enum jk_group)g) && add_vectors(v, l,
			    (enum jk_group)g, n) < 0)
				return -1;
	return 0;
}

static int
load_vectors(struct vectors *v, struct jk_dev *dev)
{
	size_t n;
	int r;

	if (add_all_vectors(v, &n) < 0)
		return -1;
	if (n == 0)
		return 0;
	v->f = calloc(n, sizeof *v->f);
	if (!v->f)
		return jk_fail_nomem(v->err);
	v->lora->n_vectors = n;
	r = jk_dev_alloc(dev, n * sizeof *v->f, &v->lora->vectors, v->err);
	if (r == 0)
		r = add_all_vectors(v, &n);
	if (r == 0)
		r = jk_dev_upload(dev, v->lora->vectors, v->f, n *
		    sizeof *v->f, v->err);
	free(v->f);
	return r;
}

int
jk_lora_load(struct jk_lora *lora, const struct jk_adapter *adapter,
    const struct jk_model *model, struct jk_dev *dev, struct jk_err *err)
{
	const struct jk_config *c = &model->config;
	struct vectors v = { lora, adapter, model, NULL, err };
	struct jk_lora_size *sizes = calloc((size_t)c->n_layers * JK_N_PROJS,
	    sizeof *sizes);
	const struct jk_lora_part *p = NULL;
	int r;

	if (!sizes)
		return jk_fail_nomem(err);
	while ((p = jk_adapter_next_part(adapter, p)))
		sizes[(size_t)p->id.layer * JK_N_PROJS + p->id.module] =
		    (struct jk_lora_size){ p->rank, p->scale };
	r = jk_lora_init(lora, c, sizes, false, dev, err);
	free(sizes);
	if (r < 0)
		return -1;
	if (jk_lora_fill(lora, adapter, dev, err) < 0 ||
	    load_vectors(&v, dev) < 0) {
		jk_lora_release(lora, dev);
		return -1;
	}
	return 0;
}
