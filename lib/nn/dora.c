#include "nn/dora.h"

#include <math.h>
#include <stdlib.h>

#include "model/weight_id.h"
#include "nn/product.h"

/*
 * Of projection i of a group: norms and factors, or to `begin` with norms alone,
 * in the place of the magnitudes.
 */
static int
norms(const struct jk_lora_group *g, const struct jk_weights *w,
    uint32_t layer, int i, bool begin, struct jk_err *err)
{
	const uint64_t column = jk_proj_column(w->config, layer, g->proj[i]);
	const uint64_t magnitude = g->at[JK_LORA_MAGNITUDE][i];
	const struct jk_weight *weight;
	struct jk_matrix m;

	if (jk_projection(w, JK_WEIGHT_MATRIX, layer, g->proj[i], &m, err) < 0)
		return -1;
	weight = &m.parts[0];
	return JK_RUN(w->dev, dora_norm, (&(struct jk_dora_norm){
		.w = weight->address, .a = g->at[JK_LORA_A][i],
		.b = g->at[JK_LORA_B][i],
		.magnitude = begin ? 0 : magnitude,
		.norm = begin ? magnitude : g->norm + 4 * column,
		.factor = begin ? 0 : g->factor + 4 * column,
		.n = weight->n, .k = weight->k, .rank = g->rank,
		.weight_type = weight->type, .scale = g->scale[i] }), err);
}

static int
group_norms(const struct jk_lora_group *g, const struct jk_weights *w,
    uint32_t layer, bool begin, struct jk_err *err)
{
	int i;

	for (i = 0; i < g->n_proj; i++)
		if (norms(g, w, layer, i, begin, err) < 0)
			return -1;
	return 0;
}

static int
all_norms(const struct jk_lora *lora, const struct jk_weights *w, bool begin,
    struct jk_err *err)
{
	uint32_t l;
	int g;

	for (l = 0; lora->has_magnitudes && l < w->config->n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++)
			if (group_norms(&lora->layers[l][g], w, l, begin,
			    err) < 0)
				return -1;
	return 0;
}

int
jk_dora_norms(const struct jk_lora *lora, const struct jk_weights *w,
    struct jk_err *err)
{
	return all_norms(lora, w, false, err);
}

static int
check(const struct jk_lora *lora, const struct jk_lora_tensor *t,
    const float *m, struct jk_err *err)
{
	char name[JK_WEIGHT_NAME_BYTES];
	uint64_t i;

	for (i = 0; i < t->n; i++)
		if (!(m[i] > 0) || !isfinite(m[i]))
			break;
	if (i == t->n)
		return 0;
	jk_weight_name(lora->config, (struct jk_weight_id){ t->proj, t->layer,
	    false }, name);
	return jk_fail(err, JK_EDATA, "row %llu of %s has a norm of %g, which "
	    "DoRA cannot scale: leave the projection out with --targets or "
	    "--layers, or train without --dora", (unsigned long long)i, name,
	    (double)m[i]);
}

int
jk_dora_begin(const struct jk_lora *lora, const struct jk_weights *w,
    struct jk_err *err)
{
	const struct jk_lora_tensor *t = lora->tensors;
	float *f;
	size_t i;
	int r;

	if (!lora->has_magnitudes)
		return 0;
	if (all_norms(lora, w, true, err) < 0)
		return -1;
	f = malloc(4 * lora->n_params + 1);
	if (!f)
		return jk_fail_nomem(err);
	r = jk_dev_download(w->dev, f, lora->arena, 4 * lora->n_params, err);
	for (i = 0; r == 0 && i < lora->n_tensors; i++)
		if (t[i].kind == JK_LORA_MAGNITUDE)
			r = check(lora, &t[i], f + t[i].at, err);
	free(f);
	return r;
}
