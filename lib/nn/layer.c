#include "nn/layer.h"

#include <string.h>

_Static_assert(JK_N_PROJS == (int)JK_N_ADAPTER_MODULES,
    "a projection is a module");

static const enum jk_block_id blocks[JK_N_LAYER_KINDS][JK_LAYER_BLOCKS] = {
	[JK_LAYER_FULL_ATTENTION] = { JK_BLOCK_ATTENTION, JK_BLOCK_MLP },
	[JK_LAYER_SLIDING_ATTENTION] = { JK_BLOCK_ATTENTION, JK_BLOCK_MLP },
};

static const struct group {
	const char *name;
	enum jk_block_id block;
	enum jk_proj first;
	int size;
} groups[JK_N_GROUPS] = {
	[JK_GROUP_QKV] = { "q, k, v", JK_BLOCK_ATTENTION, JK_PROJ_Q, 3 },
	[JK_GROUP_O] = { "o", JK_BLOCK_ATTENTION, JK_PROJ_O, 1 },
	[JK_GROUP_GATE_UP] = { "gate, up", JK_BLOCK_MLP, JK_PROJ_GATE, 2 },
	[JK_GROUP_DOWN] = { "down", JK_BLOCK_MLP, JK_PROJ_DOWN, 1 },
};

enum jk_layer_kind
jk_layer_kind(const struct jk_config *c, uint32_t layer)
{
	return c->is_sliding[layer] ? JK_LAYER_SLIDING_ATTENTION :
	    JK_LAYER_FULL_ATTENTION;
}

const enum jk_block_id *
jk_layer_blocks(enum jk_layer_kind kind)
{
	return blocks[kind];
}

static bool
layer_has_block(const struct jk_config *c, uint32_t layer,
    enum jk_block_id block)
{
	const enum jk_block_id *b = jk_layer_blocks(jk_layer_kind(c, layer));
	int i;

	for (i = 0; i < JK_LAYER_BLOCKS; i++)
		if (b[i] == block)
			return true;
	return false;
}

bool
jk_layer_has_group(const struct jk_config *c, uint32_t layer,
    enum jk_group group)
{
	return layer_has_block(c, layer, groups[group].block);
}

bool
jk_config_has_block(const struct jk_config *c, enum jk_block_id block)
{
	uint32_t l;

	for (l = 0; l < c->n_layers; l++)
		if (layer_has_block(c, l, block))
			return true;
	return false;
}

enum jk_block_id
jk_group_block(enum jk_group group)
{
	return groups[group].block;
}

const char *
jk_group_name(enum jk_group group)
{
	return groups[group].name;
}

enum jk_proj
jk_group_first(enum jk_group group)
{
	return groups[group].first;
}

int
jk_group_size(enum jk_group group)
{
	return groups[group].size;
}

const char *
jk_proj_name(enum jk_proj proj)
{
	return strrchr(jk_adapter_modules[proj], '.') + 1;
}

enum jk_group
jk_proj_group(enum jk_proj proj)
{
	int g = 0;

	while ((int)proj >= (int)groups[g].first + groups[g].size)
		g++;
	return (enum jk_group)g;
}

uint32_t
jk_proj_n(const struct jk_config *c, enum jk_proj proj)
{
	uint64_t in, out;

	jk_module_shape(c, (int)proj, &in, &out);
	return (uint32_t)out;
}

uint32_t
jk_proj_column(const struct jk_config *c, enum jk_proj proj)
{
	enum jk_proj p;
	uint32_t column = 0;

	for (p = groups[jk_proj_group(proj)].first; p < proj; p++)
		column += jk_proj_n(c, p);
	return column;
}

uint32_t
jk_group_n(const struct jk_config *c, enum jk_group group)
{
	enum jk_proj last = (enum jk_proj)((int)groups[group].first +
	    groups[group].size - 1);

	return jk_proj_column(c, last) + jk_proj_n(c, last);
}

uint32_t
jk_group_k(const struct jk_config *c, enum jk_group group)
{
	uint64_t in, out;

	jk_module_shape(c, (int)groups[group].first, &in, &out);
	return (uint32_t)in;
}
