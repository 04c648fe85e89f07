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
	return add(b, "LoRA z of ", name, layer, 4 * e.width * b->n_rows, first,
	    last, &to->z[group], err);
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
jk_buffers_plan_dz(const struct jk_buffers *b, int first, int last,
    struct jk_layer_buffers *to, struct jk_err *err)
{
	uint64_t n = 0, width;
	int g;

	for (g = 0; g < JK_N_GROUPS; g++) {
		width = extent(b, (enum jk_group)g, JK_ALL_LAYERS).width;
		n = width > n ? width : n;
	}
	return jk_plan_add(b->plan, JK_MSG("gradient of LoRA z"), 4 * n *
	    b->n_rows,
	    first, last, &to->dz, err);
}
