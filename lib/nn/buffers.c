#include "nn/buffers.h"

#include <stdio.h>

#include "nn/decoder.h"

uint64_t
jk_buffers_bytes(const struct jk_buffers *b, uint64_t width)
{
	return b->n_rows * jk_type_bytes(b->type, width);
}

/* Targeted projections of a group. */
static uint64_t
n_projs(const struct jk_buffers *b, enum jk_group group, int layer)
{
	uint32_t l;
	int n = 0;

	if (b->lora && layer != JK_ALL_LAYERS)
		return (uint64_t)b->lora->layers[layer][group].n_proj;
	for (l = 0; b->lora && l < b->lora->n_layers; l++)
		if (b->lora->layers[l][group].n_proj > n)
			n = b->lora->layers[l][group].n_proj;
	return (uint64_t)n;
}

static uint64_t
z_bytes(const struct jk_buffers *b, uint64_t n)
{
	return b->lora ? 4 * n * b->n_rows * b->lora->rank : 0;
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
	const uint64_t n = n_projs(b, group, layer);
	const uint64_t words = (jk_group_k(b->config, group) + 31) / 32;
	const char *name = jk_group_name(group);

	if (add(b, "dropout mask of ", name, layer, b->dropout ?
	    4 * words * b->n_rows * n : 0, first, last, &to->mask[group],
	    err) < 0)
		return -1;
	return add(b, "LoRA z of ", name, layer, z_bytes(b, n), first, last,
	    &to->z[group], err);
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
	uint64_t n = 0;
	int g;

	for (g = 0; g < JK_N_GROUPS; g++)
		if (n_projs(b, (enum jk_group)g, JK_ALL_LAYERS) > n)
			n = n_projs(b, (enum jk_group)g, JK_ALL_LAYERS);
	return jk_plan_add(b->plan, "gradient of LoRA z", z_bytes(b, n),
	    first, last, &to->dz, err);
}
