#include "nn/inference.h"

#include <stdlib.h>

/* What is planned: a name, its bytes, and where its address goes. */
struct want {
	const char *name;
	uint64_t size_bytes;
	uint64_t *address;
};

static int
allocate(struct jk_inference *f, const struct want *wants, int n,
    struct jk_err *err)
{
	int i;

	for (i = 0; i < n; i++)
		if (wants[i].size_bytes && jk_plan_add(&f->plan,
		    wants[i].name, wants[i].size_bytes, 0, 0, err) < 0)
			return -1;
	if (jk_plan_place(&f->plan, err) < 0)
		return -1;
	if (jk_plan_peak(&f->plan) > f->weights->dev->memory_bytes)
		return jk_fail(err, JK_ESYS, "%.1f GiB would be needed for "
		    "activations and cache; the device has %.1f GiB",
		    (double)jk_plan_peak(&f->plan) / 0x1p30,
		    (double)f->weights->dev->memory_bytes / 0x1p30);
	if (jk_plan_alloc(&f->plan, f->weights->dev, err) < 0)
		return -1;
	for (i = 0, n = 0; n < f->plan.n_buffers; i++)
		if (wants[i].size_bytes)
			*wants[i].address = f->plan.buffers[n++].address;
	return 0;
}

/* Rows of the widest z: LoRA's inner results of a group. */
static uint64_t
z_width(const struct jk_lora *lora)
{
	int g, widest = 0;

	for (g = 0; lora && g < JK_N_GROUPS; g++)
		if (lora->layers[0][g].n_proj > widest)
			widest = lora->layers[0][g].n_proj;
	return lora ? (uint64_t)widest * lora->rank : 0;
}

int
jk_inference_init(struct jk_inference *f, const struct jk_weights *weights,
    const struct jk_lora *lora, uint32_t max_rows, uint32_t max_heads,
    uint32_t n_keys, struct jk_err *err)
{
	const struct jk_config *c = weights->config;
	uint64_t t = max_rows, size = jk_weights_act_bytes(weights), z = 0;
	uint64_t hidden = t * c->hidden_size * size, branch = 0, normed = 0;
	struct jk_layer_buffers *b = &f->buffers;
	int i;

	*f = (struct jk_inference){ .weights = weights, .lora = lora,
		.max_rows = max_rows, .max_heads = max_heads,
		.n_keys = n_keys,
		.kv_layer_bytes = (uint64_t)n_keys * 2 * c->n_kv_heads *
		    c->head_dim * size };
	const struct want wants[] = {
		{ "residual stream", hidden, &b->x },
		{ "normed", hidden, &normed },
		{ "branch", c->post_norms ? hidden : 0, &branch },
		{ "q, k, v", t * jk_group_n(c, JK_GROUP_QKV) * size, &b->qkv },
		{ "attention", t * jk_group_k(c, JK_GROUP_O) * size,
		    &b->attn },
		{ "gate, up", t * 2 * c->intermediate_size * size,
		    &b->gate_up },
		{ "activation", t * c->intermediate_size * size, &b->act },
		{ "LoRA's inner results", 4 * t * z_width(lora), &z },
		{ "keys and values", f->kv_layer_bytes * c->n_layers,
		    &b->kv_cache },
		{ "rows", t * sizeof(struct jk_row), &f->rows },
		{ "key rows", n_keys ? 4 * t : 0, &f->kv_rows },
		{ "rows of the head", 4ull * max_heads, &f->index },
		{ "hidden of the head",
		    (uint64_t)max_heads * c->hidden_size * size, &f->hidden },
		{ "logits", 4ull * max_heads * c->vocab_size, &f->logits },
	};

	f->host_words = malloc(t * sizeof *f->host_words);
	if (!f->host_words)
		return jk_fail_nomem(err);
	if (allocate(f, wants, sizeof wants / sizeof *wants, err) < 0) {
		jk_inference_release(f);
		return -1;
	}
	b->mid = b->out = b->x;
	b->attn_normed = b->mlp_normed = normed;
	b->attn_branch = b->mlp_branch = branch;
	for (i = 0; i < JK_N_GROUPS; i++)
		b->z[i] = z;
	return 0;
}

void
jk_inference_release(struct jk_inference *f)
{
	if (f->weights)
		jk_plan_release(&f->plan, f->weights->dev);
	free(f->host_words);
	*f = (struct jk_inference){ 0 };
}

static struct jk_pass
pass(const struct jk_inference *f, enum jk_weight_use use, bool rowwise,
    uint32_t n)
{
	return (struct jk_pass){ .weights = f->weights, .use = use,
		.rowwise = rowwise, .lora = f->lora, .n_rows = n,
		.rows = f->rows, .kv_rows = f->kv_rows,
		.n_keys = f->n_keys ? f->n_keys : n };
}

int
jk_inference_pass(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const struct jk_row *rows, uint32_t n, struct jk_err *err)
{
	struct jk_dev *dev = f->weights->dev;
	struct jk_pass p = pass(f, use, rowwise, n);
	struct jk_layer_buffers b = f->buffers;
	uint32_t i;

	if (n > f->max_rows)
		return jk_fail(err, JK_ESYS, "a pass of %u rows, planned for "
		    "%u", n, f->max_rows);
	if (jk_dev_upload(dev, f->rows, rows, n * sizeof *rows, err) < 0)
		return -1;
	if (f->n_keys) {
		for (i = 0; i < n; i++)
			f->host_words[i] = rows[i].kv_row;
		if (jk_dev_upload(dev, f->kv_rows, f->host_words,
		    4 * (size_t)n, err) < 0)
			return -1;
	}
	if (jk_decoder_embed(&p, b.x, err) < 0)
		return -1;
	for (i = 0; i < f->weights->config->n_layers; i++) {
		if (jk_decoder_layer(&p, i, &b, err) < 0)
			return -1;
		b.kv_cache += f->kv_layer_bytes;
	}
	return 0;
}

int
jk_inference_head(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const uint32_t *heads, uint32_t n_heads,
    struct jk_err *err)
{
	struct jk_pass p = pass(f, use, rowwise, n_heads);

	if (n_heads == 0)
		return 0;
	if (n_heads > f->max_heads)
		return jk_fail(err, JK_ESYS, "%u rows of logits, planned for "
		    "%u", n_heads, f->max_heads);
	if (jk_dev_upload(f->weights->dev, f->index, heads,
	    4 * (size_t)n_heads, err) < 0)
		return -1;
	return jk_decoder_head(&p, &(struct jk_head_pass){ .n = n_heads,
		.n_x = f->max_rows, .x = f->buffers.x, .index = f->index,
		.hidden = f->hidden, .normed = f->hidden,
		.logits = f->logits }, err);
}

int
jk_inference_run(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const struct jk_row *rows, uint32_t n,
    const uint32_t *heads, uint32_t n_heads, struct jk_err *err)
{
	if (jk_inference_pass(f, use, rowwise, rows, n, err) < 0)
		return -1;
	return jk_inference_head(f, use, rowwise, heads, n_heads, err);
}
