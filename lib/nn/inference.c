#include "nn/inference.h"

#include <stdio.h>
#include <stdlib.h>

#include "nn/attention.h"
#include "nn/buffers.h"
#include "nn/decoder.h"
#include "nn/head.h"
#include "nn/per_layer.h"

/* Steps of the plan: each block, whatever the layer, and the head. */
enum { HEAD = JK_N_BLOCKS };

static int
plan_layers(struct jk_inference *f, const struct jk_cache *cache,
    struct jk_err *err)
{
	const struct jk_config *c = f->weights->config;
	const struct jk_buffers b = { .plan = &f->plan, .config = c,
		.type = f->weights->type, .n_rows = f->max_rows,
		.lora = f->lora };
	const uint64_t hidden = jk_buffers_bytes(&b, c->hidden_size);
	const unsigned lives = 1u << JK_BUFFER_LOCAL | 1u << JK_BUFFER_KEPT;
	char name[32];
	uint32_t l;
	int i;

	if (jk_plan_add(&f->plan, JK_MSG("residual stream"), hidden, 0, HEAD,
	    &f->buffers.x, err) < 0 ||
	    jk_plan_add(&f->plan, JK_MSG("normed"), hidden, 0, HEAD - 1,
	    &f->buffers.normed, err) < 0)
		return -1;
	for (i = 0; i < JK_N_BLOCKS; i++)
		if (jk_config_has_block(c, (enum jk_block_id)i) &&
		    jk_buffers_plan(&b, (enum jk_block_id)i, lives,
		    JK_ALL_LAYERS, i, i, &f->buffers, err) < 0)
			return -1;
	for (l = 0; cache && l < c->n_layers; l++) {
		snprintf(name, sizeof name, "%s %u", JK_MSG("state"), l);
		if (jk_plan_add(&f->plan, name, jk_layer_state_bytes(c, l,
		    f->weights->type, cache), 0, HEAD, &f->states[l],
		    err) < 0)
			return -1;
	}
	for (l = 0; !cache && l < c->n_layers; l++) {
		snprintf(name, sizeof name, "%s %u", JK_MSG("shared k, v"), l);
		if (jk_plan_add(&f->plan, name, jk_layer_kv(c, l) != l ? 0 :
		    jk_buffers_bytes(&b, jk_shared_kv_numbers(c, l)), 0, HEAD,
		    &f->kv[l], err) < 0)
			return -1;
	}
	return jk_buffers_plan_inputs(&b, 0, HEAD - 1, &f->per_layer,
	    &f->per_layer_work, err);
}

static int
plan(struct jk_inference *f, const struct jk_cache *cache,
    struct jk_err *err)
{
	const struct jk_config *c = f->weights->config;
	const uint64_t t = f->max_rows, n = f->max_heads;
	struct jk_plan *p = &f->plan;

	if (plan_layers(f, cache, err) < 0 ||
	    jk_plan_add(p, JK_MSG("rows"), t * sizeof(struct jk_row), 0, HEAD,
	    &f->rows, err) < 0 ||
	    jk_plan_add(p, JK_MSG("key rows"), cache ? 4 * t : 0, 0, HEAD,
	    &f->kv_rows, err) < 0 ||
	    jk_plan_add(p, JK_MSG("rows of the head"), 4 * n, HEAD, HEAD,
	    &f->index,
	    err) < 0 ||
	    jk_plan_add(p, JK_MSG("hidden of the head"), n * jk_type_bytes(
	    f->weights->type, c->hidden_size), HEAD, HEAD, &f->hidden,
	    err) < 0 ||
	    jk_plan_add(p, JK_MSG("logits"), 4 * n * c->vocab_size, HEAD, HEAD,
	    &f->logits, err) < 0)
		return -1;
	return jk_plan_place(p, err);
}

static int
allocate(struct jk_inference *f, struct jk_err *err)
{
	struct jk_dev *dev = f->weights->dev;

	if (jk_plan_peak(&f->plan) > dev->memory_bytes)
		return jk_fail(err, JK_ESYS, "%.1f GiB would be needed for "
		    "activations and cache; the device has %.1f GiB",
		    (double)jk_plan_peak(&f->plan) / 0x1p30,
		    (double)dev->memory_bytes / 0x1p30);
	return jk_plan_alloc(&f->plan, dev, err);
}

int
jk_inference_init(struct jk_inference *f, const struct jk_weights *weights,
    const struct jk_lora *lora, uint32_t max_rows, uint32_t max_heads,
    const struct jk_cache *cache, struct jk_err *err)
{
	int i;

	*f = (struct jk_inference){ .weights = weights, .lora = lora,
		.max_rows = max_rows, .max_heads = max_heads,
		.n_keys = cache ? (uint32_t)jk_cache_rows(cache) : 0 };
	if (cache)
		f->cache = *cache;
	f->host_words = malloc(max_rows * sizeof *f->host_words);
	f->states = calloc(weights->config->n_layers, sizeof *f->states);
	f->kv = calloc(weights->config->n_layers, sizeof *f->kv);
	if (!f->host_words || !f->states || !f->kv) {
		jk_inference_release(f);
		return jk_fail_nomem(err);
	}
	if (plan(f, cache, err) < 0 || allocate(f, err) < 0) {
		jk_inference_release(f);
		return -1;
	}
	for (i = 0; i < JK_LAYER_BLOCKS - 1; i++)
		f->buffers.mid[i] = f->buffers.x;
	f->buffers.out = f->buffers.x;
	return 0;
}

void
jk_inference_release(struct jk_inference *f)
{
	if (f->weights)
		jk_plan_release(&f->plan, f->weights->dev);
	free(f->host_words);
	free(f->states);
	free(f->kv);
	*f = (struct jk_inference){ 0 };
}

static struct jk_pass
pass(const struct jk_inference *f, enum jk_weight_use use, bool rowwise,
    uint32_t n)
{
	return (struct jk_pass){ .weights = f->weights, .use = use,
		.rowwise = rowwise, .lora = f->lora, .n_rows = n,
		.rows = f->rows, .kv_rows = f->kv_rows,
		.n_keys = f->n_keys ? f->n_keys : n, .per_layer = f->per_layer,
		.per_layer_work = f->per_layer_work,
		.cache = f->n_keys ? &f->cache : NULL };
}

int
jk_inference_pass(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const struct jk_row *rows, uint32_t n, struct jk_err *err)
{
	struct jk_dev *dev = f->weights->dev;
	struct jk_pass p = pass(f, use, rowwise, n);
	struct jk_layer_buffers b = f->buffers;
	uint32_t i, from;

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
	if (jk_embed(&p, b.x, err) < 0)
		return -1;
	for (i = 0; i < f->weights->config->n_layers; i++) {
		from = jk_layer_kv(f->weights->config, i);
		b.state = f->states[from];
		b.attention.kv = f->kv[from];
		if (jk_decoder_layer(&p, i, &b, err) < 0)
			return -1;
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
	return jk_head(&p, &(struct jk_head_pass){ .n = n_heads,
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
