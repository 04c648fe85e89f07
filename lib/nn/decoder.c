#include "nn/decoder.h"

#include "nn/attention.h"
#include "nn/delta.h"
#include "nn/dropout.h"
#include "nn/mlp.h"
#include "nn/per_layer.h"
#include "nn/project.h"
#include "nn/short_conv.h"

const struct jk_block *const jk_blocks[JK_N_BLOCKS] = {
	[JK_BLOCK_ATTENTION] = &jk_attention_block,
	[JK_BLOCK_DELTA] = &jk_delta_block,
	[JK_BLOCK_SHORT_CONV] = &jk_short_conv_block,
	[JK_BLOCK_MLP] = &jk_mlp_block,
	[JK_BLOCK_PER_LAYER] = &jk_per_layer_block,
};

uint64_t
jk_layer_state_bytes(const struct jk_config *c, uint32_t layer, uint32_t type,
    const struct jk_cache *cache)
{
	/* the first block is the one that sees other tokens */
	return jk_blocks[jk_layer_block(c, layer, 0)]->state_bytes(c, layer,
	    type, cache);
}

int
jk_decoder_layer(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const int n = jk_layer_n_blocks(c);
	uint64_t x = b->x, y;
	int i;

	if (jk_dropout_masks(p, layer, b, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		y = i + 1 < n ? b->mid[i] : b->out;
		if (jk_blocks[jk_layer_block(c, layer, i)]->forward(p, layer,
		    b, x, y, err) < 0)
			return -1;
		x = y;
	}
	return 0;
}

int
jk_decoder_layer_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	int i;

	for (i = jk_layer_n_blocks(c) - 1; i >= 0; i--)
		if (jk_blocks[jk_layer_block(c, layer, i)]->back(p, layer, b,
		    i ? b->mid[i - 1] : b->x, layer == 0 && i == 0, err) < 0)
			return -1;
	return 0;
}
