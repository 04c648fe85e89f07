#include "nn/lora.h"

#include <stdlib.h>

#include "quant/decode.h"

static bool
is_targeted(unsigned targets, enum jk_proj proj)
{
	return targets & 1u << proj;
}

struct jk_lora_place
jk_lora_place(const struct jk_lora *lora, const struct jk_config *config,
    uint32_t layer, enum jk_proj proj)
{
	struct jk_lora_place place = { 0 };
	uint64_t at = lora->n_params / lora->n_layers * layer;
	int g, i;

	for (g = 0; g < JK_N_GROUPS; g++) {
		const struct jk_lora_group *group =
		    &lora->layers[layer][g];
		uint64_t n_a = (uint64_t)lora->rank *
		    jk_group_k(config, (enum jk_group)g);

		for (i = 0; i < group->n_proj; i++) {
			if (group->proj[i] == proj) {
				place.a = at;
				place.n_a = n_a;
			}
			at += n_a;
		}
		for (i = 0; i < group->n_proj; i++) {
			uint64_t n_b = (uint64_t)lora->rank *
			    jk_proj_n(config, group->proj[i]);

			if (group->proj[i] == proj) {
				place.b = at;
				place.n_b = n_b;
			}
			at += n_b;
		}
	}
	return place;
}

static uint64_t
layer_params(const struct jk_config *config, uint32_t rank, unsigned targets)
{
	uint64_t n = 0;
	int p;

	for (p = 0; p < JK_N_PROJS; p++)
		if (is_targeted(targets, (enum jk_proj)p))
			n += (uint64_t)rank * (jk_proj_n(config,
			    (enum jk_proj)p) + jk_group_k(config,
			    jk_proj_group((enum jk_proj)p)));
	return n;
}

static void
fill_group(struct jk_lora_group *g, enum jk_group group, unsigned targets)
{
	enum jk_proj first = jk_group_first(group);
	int i;

	for (i = 0; i < jk_group_size(group); i++)
		if (is_targeted(targets, (enum jk_proj)((int)first + i)))
			g->proj[g->n_proj++] = (enum jk_proj)((int)first + i);
}

int
jk_lora_shape(struct jk_lora *lora, const struct jk_config *config,
    uint32_t rank, float scale, unsigned targets, struct jk_err *err)
{
	uint32_t l;
	int g;

	*lora = (struct jk_lora){ .rank = rank, .scale = scale,
		.n_layers = config->n_layers,
		.n_params = layer_params(config, rank, targets) *
		    config->n_layers };
	lora->layers = calloc(config->n_layers, sizeof *lora->layers);
	if (!lora->layers)
		return jk_fail_nomem(err);
	for (l = 0; l < config->n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++)
			fill_group(&lora->layers[l][g], (enum jk_group)g,
			    targets);
	return 0;
}

int
jk_lora_init(struct jk_lora *lora, const struct jk_config *config,
    uint32_t rank, float scale, unsigned targets, struct jk_dev *dev,
    struct jk_err *err)
{
	uint32_t l;
	int g, i;

	if (jk_lora_shape(lora, config, rank, scale, targets, err) < 0)
		return -1;
	if (jk_dev_alloc(dev, lora->n_params * sizeof(float), &lora->arena,
	    err) < 0) {
		jk_lora_release(lora, dev);
		return -1;
	}
	for (l = 0; l < config->n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++) {
			struct jk_lora_group *group = &lora->layers[l][g];

			for (i = 0; i < group->n_proj; i++) {
				struct jk_lora_place at = jk_lora_place(lora,
				    config, l, group->proj[i]);

				if (i == 0)
					group->a = lora->arena +
					    at.a * sizeof(float);
				group->b[i] = lora->arena +
				    at.b * sizeof(float);
			}
		}
	return 0;
}

void
jk_lora_release(struct jk_lora *lora, struct jk_dev *dev)
{
	if (lora->arena)
		jk_dev_free(dev, lora->arena);
	free(lora->layers);
	*lora = (struct jk_lora){ 0 };
}

int
jk_lora_load(struct jk_lora *lora, const struct jk_adapter *adapter,
    const struct jk_config *config, struct jk_dev *dev, struct jk_err *err)
{
	float *f;
	uint32_t l;
	int p, r;

	if (jk_lora_init(lora, config, adapter->rank, adapter->scale,
	    adapter->targets, dev, err) < 0)
		return -1;
	f = malloc(lora->n_params * sizeof *f);
	if (!f) {
		jk_lora_release(lora, dev);
		return jk_fail_nomem(err);
	}
	for (l = 0; l < config->n_layers; l++)
		for (p = 0; p < JK_N_PROJS; p++) {
			struct jk_lora_place at;
			const struct jk_tensor *a, *b;

			if (!(adapter->targets & 1u << p))
				continue;
			at = jk_lora_place(lora, config, l, (enum jk_proj)p);
			a = jk_adapter_tensor(adapter, l, p, 'A');
			b = jk_adapter_tensor(adapter, l, p, 'B');
			jk_dequantize(a->dtype, a->data, f + at.a, at.n_a);
			jk_dequantize(b->dtype, b->data, f + at.b, at.n_b);
		}
	r = jk_dev_upload(dev, lora->arena, f, lora->n_params * sizeof *f,
	    err);
	free(f);
	if (r < 0)
		jk_lora_release(lora, dev);
	return r;
}
