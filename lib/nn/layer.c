#include "nn/layer.h"

/* What mixes tokens. */
static const enum jk_block_id mixers[JK_N_LAYER_KINDS] = {
	[JK_LAYER_FULL_ATTENTION] = JK_BLOCK_ATTENTION,
	[JK_LAYER_SLIDING_ATTENTION] = JK_BLOCK_ATTENTION,
	[JK_LAYER_LINEAR_ATTENTION] = JK_BLOCK_DELTA,
	[JK_LAYER_SHORT_CONV] = JK_BLOCK_SHORT_CONV,
};

static const struct group {
	const char *name;
	enum jk_block_id block;
} groups[JK_N_GROUPS] = {
	[JK_GROUP_QKV] = { JK_MSG("q, k, v"), JK_BLOCK_ATTENTION },
	[JK_GROUP_O] = { "o", JK_BLOCK_ATTENTION },
	[JK_GROUP_GATE_UP] = { JK_MSG("gate, up"), JK_BLOCK_MLP },
	[JK_GROUP_DOWN] = { "down", JK_BLOCK_MLP },
	[JK_GROUP_LINEAR_IN] = { JK_MSG("inputs of linear attention"),
	    JK_BLOCK_DELTA },
	[JK_GROUP_LINEAR_OUT] = { JK_MSG("output of linear attention"),
	    JK_BLOCK_DELTA },
	[JK_GROUP_CONV_IN] = { JK_MSG("inputs of short convolutions"),
	    JK_BLOCK_SHORT_CONV },
	[JK_GROUP_CONV_OUT] = { JK_MSG("output of short convolutions"),
	    JK_BLOCK_SHORT_CONV },
	[JK_GROUP_PER_LAYER_GATE] = { JK_MSG("gate of per-layer embeddings"),
	    JK_BLOCK_PER_LAYER },
	[JK_GROUP_PER_LAYER_OUT] = { JK_MSG("output of per-layer embeddings"),
	    JK_BLOCK_PER_LAYER },
};

int
jk_layer_n_blocks(const struct jk_config *c)
{
	return c->per_layer_size ? 3 : 2;
}

enum jk_block_id
jk_layer_block(const struct jk_config *c, uint32_t layer, int i)
{
	return i == 0 ? mixers[c->layer_kinds[layer]] :
	    i == 1 ? JK_BLOCK_MLP : JK_BLOCK_PER_LAYER;
}

bool
jk_layer_has_block(const struct jk_config *c, uint32_t layer,
    enum jk_block_id block)
{
	int i;

	for (i = 0; i < jk_layer_n_blocks(c); i++)
		if (jk_layer_block(c, layer, i) == block)
			return true;
	return false;
}

bool
jk_layer_has_group(const struct jk_config *c, uint32_t layer,
    enum jk_group group)
{
	return jk_layer_has_block(c, layer, groups[group].block);
}

bool
jk_config_has_block(const struct jk_config *c, enum jk_block_id block)
{
	uint32_t l;

	for (l = 0; l < c->n_layers; l++)
		if (jk_layer_has_block(c, l, block))
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

static bool
is_of_group(const struct jk_config *c, uint32_t layer, enum jk_group group,
    int proj)
{
	return jk_proj_group((enum jk_module)proj) == group &&
	    jk_layer_has_module(c, layer, (enum jk_module)proj);
}

enum jk_module
jk_group_first(const struct jk_config *c, uint32_t layer, enum jk_group group)
{
	int p = 0;

	while (!is_of_group(c, layer, group, p))
		p++;
	return (enum jk_module)p;
}

int
jk_group_size(const struct jk_config *c, uint32_t layer, enum jk_group group)
{
	int p, n = 0;

	for (p = 0; p < JK_N_PROJS; p++)
		n += is_of_group(c, layer, group, p);
	return n;
}

uint32_t
jk_proj_n(const struct jk_config *c, uint32_t layer, enum jk_module proj)
{
	uint64_t rows, columns;

	jk_module_shape(c, layer, proj, &rows, &columns);
	return (uint32_t)rows;
}

uint32_t
jk_proj_column(const struct jk_config *c, uint32_t layer, enum jk_module proj)
{
	int p;
	uint32_t column = 0;

	for (p = (int)jk_group_first(c, layer, jk_proj_group(proj));
	    p < (int)proj; p++)
		column += jk_proj_n(c, layer, (enum jk_module)p);
	return column;
}

uint32_t
jk_group_n(const struct jk_config *c, uint32_t layer, enum jk_group group)
{
	int first = (int)jk_group_first(c, layer, group), i;
	int n = jk_group_size(c, layer, group);
	uint32_t sum = 0;

	for (i = 0; i < n; i++)
		sum += jk_proj_n(c, layer, (enum jk_module)(first + i));
	return sum;
}

uint32_t
jk_group_k(const struct jk_config *c, uint32_t layer, enum jk_group group)
{
	uint64_t rows, columns;

	jk_module_shape(c, layer, jk_group_first(c, layer, group), &rows,
	    &columns);
	return (uint32_t)columns;
}
