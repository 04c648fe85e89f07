#include "nn/lora.h"

#include <stdlib.h>

#include "quant/decode.h"

/* Enter the matrices of a group of a layer; the arena grows. */
static void
add_group(struct jk_lora *lora, const struct jk_config *config,
    uint32_t layer, enum jk_group group, unsigned targets)
{
	struct jk_lora_group *g = &lora->layers[layer][group];
	const uint32_t in = jk_group_k(config, group);
	const int first = (int)jk_group_first(config, group);
	const int n = jk_group_size(config, group);
	int i, k;

	for (i = 0; i < n; i++)
		if (targets & 1u << (first + i))
			g->proj[g->n_proj++] = (enum jk_module)(first + i);
	for (k = 0; k < JK_N_LORA_KINDS; k++)
		for (i = 0; i < g->n_proj; i++) {
			struct jk_lora_tensor *t =
			    &lora->tensors[lora->n_tensors++];

			*t = (struct jk_lora_tensor){ .layer = layer,
				.proj = g->proj[i],
				.kind = (enum jk_lora_kind)k,
				.at = lora->n_params,
				.n_rows = k == JK_LORA_A ? lora->rank :
				    jk_proj_n(config, g->proj[i]),
				.n_columns = k == JK_LORA_A ? in :
				    lora->rank };
			t->n = (uint64_t)t->n_rows * t->n_columns;
			lora->n_params += t->n;
		}
}

/* The group's addresses, now that there is an arena. */
static void
set_addresses(struct jk_lora *lora)
{
	size_t i;

	for (i = 0; i < lora->n_tensors; i++) {
		const struct jk_lora_tensor *t = &lora->tensors[i];
		struct jk_lora_group *g =
		    &lora->layers[t->layer][jk_proj_group(t->proj)];
		int p = 0;

		while (g->proj[p] != t->proj)
			p++;
		g->at[t->kind][p] = lora->arena + t->at * sizeof(float);
	}
}

int
jk_lora_init(struct jk_lora *lora, const struct jk_config *config,
    uint32_t rank, float scale, unsigned targets, struct jk_dev *dev,
    struct jk_err *err)
{
	uint32_t l;
	int g;

	*lora = (struct jk_lora){ .rank = rank, .scale = scale,
		.naming = config->family->naming,
		.n_layers = config->n_layers };
	lora->layers = calloc(config->n_layers, sizeof *lora->layers);
	lora->tensors = calloc((size_t)config->n_layers * JK_N_PROJS *
	    JK_N_LORA_KINDS, sizeof *lora->tensors);
	if (!lora->layers || !lora->tensors) {
		jk_lora_release(lora, dev);
		return jk_fail_nomem(err);
	}
	for (l = 0; l < config->n_layers; l++)
		for (g = 0; g < JK_N_GROUPS; g++)
			if (jk_layer_has_group(config, l, (enum jk_group)g))
				add_group(lora, config, l, (enum jk_group)g,
				    targets);
	if (jk_dev_alloc(dev, lora->n_params * sizeof(float), &lora->arena,
	    err) < 0) {
		jk_lora_release(lora, dev);
		return -1;
	}
	set_addresses(lora);
	return 0;
}

void
jk_lora_release(struct jk_lora *lora, struct jk_dev *dev)
{
	if (lora->arena)
		jk_dev_free(dev, lora->arena);
	free(lora->layers);
	free(lora->tensors);
	*lora = (struct jk_lora){ 0 };
}

int
jk_lora_fill(struct jk_lora *lora, const struct jk_adapter *adapter,
    struct jk_dev *dev, struct jk_err *err)
{
	float *f = malloc(lora->n_params * sizeof *f);
	size_t i;
	int r;

	if (!f)
		return jk_fail_nomem(err);
	for (i = 0; i < lora->n_tensors; i++) {
		const struct jk_lora_tensor *to = &lora->tensors[i];
		const struct jk_tensor *from = jk_adapter_tensor(adapter,
		    to->layer, to->proj, to->kind);

		jk_dequantize(from->dtype, from->data, f + to->at, to->n);
	}
	r = jk_dev_upload(dev, lora->arena, f, lora->n_params * sizeof *f,
	    err);
	free(f);
	return r;
}

int
jk_lora_load(struct jk_lora *lora, const struct jk_adapter *adapter,
    const struct jk_config *config, struct jk_dev *dev, struct jk_err *err)
{
	if (jk_lora_init(lora, config, adapter->rank, adapter->scale,
	    adapter->targets, dev, err) < 0)
		return -1;
	if (jk_lora_fill(lora, adapter, dev, err) < 0) {
		jk_lora_release(lora, dev);
		return -1;
	}
	return 0;
}
