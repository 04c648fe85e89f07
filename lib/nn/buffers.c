#include "nn/buffers.h"

#include <stdio.h>

#include "nn/decoder.h"
#include "nn/per_layer.h"

uint64_t
jk_buffers_bytes(const struct jk_buffers *b, uint64_t width)
{
	return b->n_rows * jk_type_bytes(b->type, width);
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * Of a group's LoRA in a layer: numbers of a row of z, of its inputs and of its
 * outputs.
 */
struct extent {
	uint64_t width, k, n;
};

static struct extent
extent(const struct jk_buffers *b, enum jk_group group, int layer)
{
	struct extent e = { 0, 0, 0 };
	uint32_t l;

	for (l = 0; b->lora && l < b->config->n_layers; l++) {
		const struct jk_lora_group *g = &b->lora->layers[l][group];
		const uint64_t n = (uint64_t)g->n_proj;

		if (n == 0 || (layer != JK_ALL_LAYERS && l != (uint32_t)layer))
			continue;
		e.width = most(e.width, n * g->rank);
		e.k = most(e.k, jk_group_k(b->config, l, group));
		e.n = most(e.n, jk_group_n(b->config, l, group));
	}
	return e;
}

/* Whether outputs are scaled on the way that a gradient takes. */
static bool
scales(const struct jk_buffers *b)
{
	return b->lora && b->lora->has_magnitudes;
}

static int
add(const struct jk_buffers *b, const char *what, const char *name, int layer,
    uint64_t size_bytes, int first, int last, uint64_t *to,
    struct jk_err *err)
{
	char full[48];

	if (layer == JK_ALL_LAYERS)
		snprintf(full, sizeof full, "%s%s", what, name);
	else
		snprintf(full, sizeof full, "%s%s %d", what, name, layer);
	return jk_plan_add(b->plan, full, size_bytes, first, last, to, err);
}

static int
plan_lora(const struct jk_buffers *b, enum jk_group group, int layer,
    int first, int last, struct jk_layer_buffers *to, struct jk_err *err)
{
	const struct extent e = extent(b, group, layer);
	const char *name = jk_group_name(group);

	if (add(b, "LoRA z of ", name, layer, 4 * e.width * b->n_rows, first,
	    last, &to->z[group], err) < 0)
		return -1;
	return add(b, "DoRA u of ", name, layer, scales(b) ?
	    jk_buffers_bytes(b, e.n) : 0, first, last, &to->u[group], err);
}

/* Numbers of a row of a block's buffer, and of those beside the rows. */
static void
measure(const struct jk_buffers *b, enum jk_block_id block, int layer,
    const struct jk_block_buffer *t, uint64_t *width, uint64_t *more)
{
	uint32_t l;

	*width = *more = 0;
	for (l = 0; l < b->config->n_layers; l++) {
		if ((layer != JK_ALL_LAYERS && l != (uint32_t)layer) ||
		    !jk_layer_has_block(b->config, l, block))
			continue;
		*width = most(*width, t->width(b->config, l));
		*more = t->more ? t->more(b->config) : 0;
	}
}

int
jk_buffers_plan(const struct jk_buffers *b, enum jk_block_id block,
    unsigned lives, int layer, int first, int last,
    struct jk_layer_buffers *to, struct jk_err *err)
{
	const struct jk_block_buffer *t;
	int g;

	for (t = jk_blocks[block]->buffers; t->name; t++) {
		uint64_t width, more;

		measure(b, block, layer, t, &width, &more);
		if (lives & 1u << t->life && add(b, "", t->name, layer,
		    t->is_f32 ? 4 * (width * b->n_rows + more) :
		    jk_buffers_bytes(b, width), first, last,
		    (uint64_t *)(void *)((char *)to + t->member), err) < 0)
			return -1;
	}
	for (g = 0; lives & 1u << JK_BUFFER_KEPT && g < JK_N_GROUPS; g++)
		if (jk_group_block((enum jk_group)g) == block &&
		    plan_lora(b, (enum jk_group)g, layer, first, last, to,
		    err) < 0)
			return -1;
	return 0;
}

int
jk_buffers_plan_masks(const struct jk_buffers *b, int layer, int first,
    int last, struct jk_layer_buffers *to, struct jk_err *err)
{
	uint64_t bytes = 0;
	uint32_t l;

	for (l = 0; b->lora && b->dropout && l < b->config->n_layers; l++)
		if (layer == JK_ALL_LAYERS || l == (uint32_t)layer)
			bytes = most(bytes, 4 * b->n_rows *
			    jk_mask_words(b->lora, l, JK_N_GROUPS));
	return add(b, "", JK_MSG("dropout masks"), layer, bytes, first, last,
	    &to->masks, err);
}

int
jk_buffers_plan_inputs(const struct jk_buffers *b, int first, int last,
    uint64_t *per_layer, uint64_t *work, struct jk_err *err)
{
	const uint64_t bytes = jk_buffers_bytes(b,
	    jk_per_layer_numbers(b->config));

	if (jk_plan_add(b->plan, JK_MSG("per-layer embeddings"), bytes, first,
	    last, per_layer, err) < 0)
		return -1;
	return jk_plan_add(b->plan, JK_MSG("per-layer embeddings, in parts"),
	    bytes, first, first, work, err);
}

int
jk_buffers_plan_lora(const struct jk_buffers *b, int back, int last,
    struct jk_layer_buffers *to, struct jk_err *err)
{
	uint64_t dz = 0, du = 0, dropped = 0;
	int i;

	for (i = 0; i < JK_N_GROUPS; i++) {
		const enum jk_group g = (enum jk_group)i;
		const struct extent e = extent(b, g, JK_ALL_LAYERS);

		dz = most(dz, e.width);
		if (!scales(b))
			continue;
		du = most(du, e.n);
		dropped = most(dropped, b->dropout ? e.k : 0);
	}
	for (i = 0; i < 2; i++)
		if (add(b, "", JK_MSG("gradient of LoRA z"), i, 4 * dz *
		    b->n_rows, back, last, &to->dz[i], err) < 0)
			return -1;
	if (jk_plan_add(b->plan, JK_MSG("gradient of DoRA u"),
	    jk_buffers_bytes(b, du), back, last, &to->du, err) < 0)
		return -1;
	if (jk_plan_add(b->plan, JK_MSG("a side of dropout"),
	    jk_buffers_bytes(b, dropped), 0, last, &to->dropped, err) < 0)
		return -1;
	/* counters stay in it from one pass to the next */
	return jk_plan_add(b->plan, JK_MSG("sums of LoRA's gradients"),
	    b->splits ? JK_LORA_PARTIALS_BYTES : 0, 0, last, &to->partial, err);
}
