#include "nn/dropout.h"

/*
 * Each projection's is keyed by its own number, so that the choice of targets
 * changes nothing for the others.  Those whose numbers follow each other are made
 * at once, where rows are as long.
 */
int
jk_dropout_masks(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	struct jk_dropout_mask m = { .rows = p->rows, .mask = b->masks,
		.n_rows = p->n_rows, .step = p->dropout.step,
		.seed_low = (uint32_t)p->dropout.seed,
		.seed_high = (uint32_t)(p->dropout.seed >> 32),
		.threshold = p->dropout.threshold };
	int g, i;

	if (!p->lora || !p->dropout.threshold)
		return 0;
	for (g = 0; g < JK_N_GROUPS; g++) {
		const struct jk_lora_group *of = &p->lora->layers[layer][g];

		for (i = 0; i < of->n_proj; i++) {
			const uint32_t site = jk_lora_site(layer, of->proj[i]);
			const uint32_t dim = jk_group_k(p->weights->config,
			    layer, (enum jk_group)g);

			if (m.n_proj && (dim != m.dim || site != m.site +
			    m.n_proj)) {
				if (JK_RUN(p->weights->dev, dropout_mask, &m,
				    err) < 0)
					return -1;
				m.mask += 4ull * m.n_proj * m.n_rows *
				    ((m.dim + 31) / 32);
				m.n_proj = 0;
			}
			if (m.n_proj++ == 0) {
				m.site = site;
				m.dim = dim;
			}
		}
	}
	return m.n_proj ? JK_RUN(p->weights->dev, dropout_mask, &m, err) : 0;
}

uint64_t
jk_dropout_masks_of(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, const struct jk_layer_buffers *b)
{
	return p->dropout.threshold ? b->masks + 4ull * p->n_rows *
	    jk_mask_words(p->lora, layer, (int)group) : 0;
}

float
jk_dropout_scale(const struct jk_pass *p)
{
	return p->dropout.threshold > 0 ? p->dropout.keep_scale : 1;
}
