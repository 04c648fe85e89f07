#include "nn/buffers.h"

#include <stdio.h>

#include "nn/decoder.h"

uint64_t
jk_buffers_bytes(const struct jk_buffers *b, uint64_t width)
{
	return b->n_rows * jk_type_bytes(b->type, width);
}

/* Of a group's LoRA in a layer: targeted projections, numbers of a row of z. */
struct extent {
	uint64_t n_proj, width;
};

static struct extent
extent(const struct jk_buffers *b, enum jk_group group, int layer)
{
	struct extent e = { 0, 0 };
	uint32_t l;

	for (l = 0; b->lora && l < b->config->n_layers; l++) {
		const struct jk_lora_group *g = &b->lora->layers[l][group];
		const uint64_t n = (uint64_t)g->n_proj;

		if (layer != JK_ALL_LAYERS && l != (uint32_t)layer)
			continue;
		e.n_proj = n > e.n_proj ? n : e.n_proj;
		e.width = n * g->rank > e.width ? n * g->rank : e.width;
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
	const uint64_t words = (jk_group_k(b->config, group) + 31) / 32;
	const char *name = jk_group_name(group);

	if (add(b, "dropout mask of ", name, layer, b->dropout ?
	    4 * words * b->n_rows * e.n_proj : 0, first, last, &to->mask[group],
	    err) < 0)
		return -1;
	if (add(b, "LoRA z of ", name, layer, 4 * e.width * b->n_rows, first,
	    last, &to->z[group], err) < 0)
		return -1;
	return add(b, "DoRA u of ", name, layer, e.n_proj && scales(b) ?
	    jk_buffers_bytes(b, jk_group_n(b->config, group)) : 0, first, last,
	    &to->u[group], err);
}

int
jk_buffers_plan(const struct jk_buffers *b, enum jk_block_id block,
    unsigned lives, int layer, int first, int last,
    struct jk_layer_buffers *to, struct jk_err *err)
{
	const struct jk_block_buffer *t;
	int g;

	for (t = jk_blocks[block]->buffers; t->name; t++) {
		uint64_t width = t->width(b->config);
		uint64_t more = t->more ? t->more(b->config) : 0;

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
jk_buffers_plan_lora(const struct jk_buffers *b, int back, int last,
    struct jk_layer_buffers *to, struct jk_err *err)
{
	uint64_t dz = 0, du = 0, dropped = 0, n;
	int i;

	for (i = 0; i < JK_N_GROUPS; i++) {
		const enum jk_group g = (enum jk_group)i;
		const struct extent e = extent(b, g, JK_ALL_LAYERS);

		dz = e.width > dz ? e.width : dz;
		if (!e.n_proj || !scales(b))
			continue;
		n = jk_group_n(b->config, g);
		du = n > du ? n : du;
		n = b->dropout ? jk_group_k(b->config, g) : 0;
		dropped = n > dropped ? n : dropped;
	}
	if (jk_plan_add(b->plan, JK_MSG("gradient of LoRA z"), 4 * dz *
	    b->n_rows, back, last, &to->dz, err) < 0 ||
	    jk_plan_add(b->plan, JK_MSG("gradient of DoRA u"),
	    jk_buffers_bytes(b, du), back, last, &to->du, err) < 0)
		return -1;
	return jk_plan_add(b->plan, JK_MSG("a side of dropout"),
	    jk_buffers_bytes(b, dropped), 0, last, &to->dropped, err);
}
