#include "nn/decoder.h"

#include "nn/attention.h"
#include "nn/delta.h"
#include "nn/mlp.h"
#include "nn/short_conv.h"

const struct jk_block *const jk_blocks[JK_N_BLOCKS] = {
	[JK_BLOCK_ATTENTION] = &jk_attention_block,
	[JK_BLOCK_DELTA] = &jk_delta_block,
	[JK_BLOCK_SHORT_CONV] = &jk_short_conv_block,
	[JK_BLOCK_MLP] = &jk_mlp_block,
};

uint64_t
jk_layer_state_bytes(const struct jk_config *c, uint32_t layer, uint32_t type,
    const struct jk_cache *cache)
{
	/* the first block is the one that sees other tokens */
	return jk_blocks[jk_layer_blocks(c->layer_kinds[layer])[0]]->
	    state_bytes(c, type, cache);
}

int
jk_decoder_layer(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const uint64_t stream[JK_LAYER_BLOCKS + 1] = { b->x, b->mid, b->out };
	const enum jk_block_id *ids =
	    jk_layer_blocks(p->weights->layers[layer].kind);
	int i;

	for (i = 0; i < JK_LAYER_BLOCKS; i++)
		if (jk_blocks[ids[i]]->forward(p, layer, b, stream[i],
		    stream[i + 1], err) < 0)
			return -1;
	return 0;
}

int
jk_decoder_layer_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const uint64_t stream[JK_LAYER_BLOCKS] = { b->x, b->mid };
	const enum jk_block_id *ids =
	    jk_layer_blocks(p->weights->layers[layer].kind);
	int i;

	for (i = JK_LAYER_BLOCKS - 1; i >= 0; i--)
		if (jk_blocks[ids[i]]->back(p, layer, b, stream[i],
		    layer == 0 && i == 0, err) < 0)
			return -1;
	return 0;
}
