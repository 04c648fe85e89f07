#include "train/workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/element.h"
#include "nn/attention.h"
#include "nn/buffers.h"
#include "nn/decoder.h"
#include "nn/head.h"

/* Bytes of logits at a time; but at least and at most so many rows. */
enum { LOGITS_BYTES = 24 << 20, MIN_CHUNK = 192, MAX_CHUNK = 512 };
/* The same where sums are split: a part of the memory. */
enum { LOGITS_PART = 32, MOST_LOGITS_BYTES = 512 << 20, MOST_CHUNK = 4096 };

/*
 * Steps of the plan: 0 the embedding, 1 … L the layers, L + 1 the head, then
 * the layers back, L + 2 … 2 L + 1.
 */
static int
back_step(const struct jk_workspace *w, uint32_t layer)
{
	return 2 * (int)w->shape.config->n_layers + 1 - (int)layer;
}

static struct jk_buffers
buffers_of(struct jk_workspace *w)
{
	const struct jk_workspace_shape *s = &w->shape;

	return (struct jk_buffers){ .plan = &w->plan, .config = s->config,
		.type = s->type, .n_rows = s->max.n_rows, .lora = s->lora,
		.dropout = s->dropout, .splits = s->splits };
}

/*
 * The residual stream.  x of "layer L" is the last layer's out; running layer
 * l - 1 again writes x of layer l again.
 */
static int
plan_stream(struct jk_workspace *w, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const int head = (int)c->n_layers + 1, end = 2 * (int)c->n_layers + 1;
	const struct jk_buffers b = buffers_of(w);
	const uint64_t hidden = jk_buffers_bytes(&b, c->hidden_size);
	char name[48];
	uint32_t l;
	int last;

	for (l = 0; l <= c->n_layers; l++) {
		if (w->shape.recompute == JK_RECOMPUTE_NONE)
			last = l < c->n_layers ? back_step(w, l) : head;
		else
			last = l > 0 ? back_step(w, l - 1) : end;
		snprintf(name, sizeof name, "%s %u", JK_MSG("residual stream"),
		    l);
		if (jk_plan_add(&w->plan, name, hidden, (int)l, last,
		    &w->layers[l].x, err) < 0)
			return -1;
	}
	return 0;
}

enum { OWN = 1u << JK_BUFFER_KEPT | 1u << JK_BUFFER_SAVED };

/* What each layer keeps from its way forward to its way back. */
static int
plan_layer(struct jk_workspace *w, uint32_t layer, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const int n = jk_layer_n_blocks(c);
	const struct jk_buffers b = buffers_of(w);
	const int first = (int)layer + 1, last = back_step(w, layer);
	char name[48];
	int i;

	snprintf(name, sizeof name, "%s %u", JK_MSG("residual inside"), layer);
	for (i = 0; i < n - 1; i++)
		if (jk_plan_add(&w->plan, name, jk_buffers_bytes(&b,
		    c->hidden_size), first, last, &w->layers[layer].mid[i],
		    err) < 0)
			return -1;
	if (jk_buffers_plan_masks(&b, (int)layer, first, last,
	    &w->layers[layer], err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (jk_buffers_plan(&b, jk_layer_block(c, layer, i), OWN,
		    (int)layer, first, last, &w->layers[layer], err) < 0)
			return -1;
	return 0;
}

/* Keys and values that layers look at which have none of their own. */
static int
plan_kv(struct jk_workspace *w, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const struct jk_buffers b = buffers_of(w);
	const int head = (int)c->n_layers + 1;
	uint64_t bytes;
	char name[48];
	uint32_t l;

	for (l = 0; l < c->n_layers; l++) {
		if (jk_layer_kv(c, l) != l)
			continue;
		bytes = jk_buffers_bytes(&b, jk_shared_kv_numbers(c, l));
		snprintf(name, sizeof name, "%s %u", JK_MSG("shared k, v"), l);
		if (jk_plan_add(&w->plan, name, bytes, (int)l + 1,
		    back_step(w, l), &w->layers[l].attention.kv, err) < 0)
			return -1;
		if (jk_plan_add(&w->plan, name, bytes, head + 1,
		    back_step(w, l), &w->layers[l].attention.d_kv, err) < 0)
			return -1;
	}
	return 0;
}

/* What layers share; where they are run again, that is all. */
static int
plan_shared(struct jk_workspace *w, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const int head = (int)c->n_layers + 1, end = 2 * (int)c->n_layers + 1;
	const bool again = w->shape.recompute == JK_RECOMPUTE_LAYER;
	const unsigned lives = 1u << JK_BUFFER_LOCAL | (again ? OWN : 0);
	const struct jk_buffers b = buffers_of(w);
	const uint64_t hidden = jk_buffers_bytes(&b, c->hidden_size);
	struct jk_layer_buffers *to = &w->shared;
	int i;

	for (i = 0; i < jk_layer_n_blocks(c) - 1; i++)
		if (jk_plan_add(&w->plan, JK_MSG("residual inside"), again ?
		    hidden : 0, 0, end, &to->mid[i], err) < 0)
			return -1;
	if (jk_plan_add(&w->plan, JK_MSG("normed"), hidden, 0, end, &to->normed,
	    err) < 0 ||
	    jk_plan_add(&w->plan, JK_MSG("gradient of the residual"), hidden,
	    head,
	    end, &to->d, err) < 0 ||
	    jk_plan_add(&w->plan, JK_MSG("gradient behind a norm"), hidden, head
	    + 1,
	    end, &to->d_normed, err) < 0 ||
	    (again && jk_buffers_plan_masks(&b, JK_ALL_LAYERS, 0, end, to,
	    err) < 0) || jk_buffers_plan_lora(&b, head + 1, end, to, err) < 0)
		return -1;
	for (i = 0; i < JK_N_BLOCKS; i++)
		if (jk_config_has_block(c, (enum jk_block_id)i) &&
		    (jk_buffers_plan(&b, (enum jk_block_id)i, lives,
		    JK_ALL_LAYERS, 0, end, to, err) < 0 ||
		    jk_buffers_plan(&b, (enum jk_block_id)i,
		    1u << JK_BUFFER_BACK, JK_ALL_LAYERS, head + 1, end, to,
		    err) < 0))
			return -1;
	return 0;
}

/* What a pack is read from, and the head. */
static int
plan_ends(struct jk_workspace *w, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const int head = (int)c->n_layers + 1, end = 2 * (int)c->n_layers + 1;
	const uint64_t heads = 4ull * w->shape.max.n_heads, n = w->chunk;
	const struct jk_buffers b = buffers_of(w);
	const uint64_t hidden = n * jk_type_bytes(w->shape.type,
	    c->hidden_size);
	const struct {
		const char *name;
		uint64_t size_bytes;
		int first, last;
		uint64_t *to;
	} list[] = {
		{ JK_MSG("rows"), w->shape.max.n_rows * sizeof(struct jk_row),
		    0, end,
		    &w->rows },
		{ JK_MSG("rows of the head"), heads, 0, end, &w->heads },
		{ JK_MSG("targets"), heads, 0, end, &w->targets },
		{ JK_MSG("losses"), heads, 0, end, &w->losses },
		{ JK_MSG("weights of losses"), w->shape.weighted ? heads : 0,
		    0, end, &w->weights },
		{ JK_MSG("hidden of the head"), hidden, head, head, &w->hidden
		    },
		{ JK_MSG("normed of the head"), hidden, head, head, &w->normed
		    },
		{ JK_MSG("logits"), 4 * n * c->vocab_size, head, head,
		    &w->logits },
		{ JK_MSG("gradient of the head, in shares"),
		    w->shape.head_shares > 1 ? 4 * n * c->hidden_size *
		    w->shape.head_shares : 0, head, head, &w->shares },
	};
	size_t i;

	for (i = 0; i < sizeof list / sizeof *list; i++)
		if (jk_plan_add(&w->plan, list[i].name, list[i].size_bytes,
		    list[i].first, list[i].last, list[i].to, err) < 0)
			return -1;
	return jk_buffers_plan_inputs(&b, 0, end, &w->per_layer,
	    &w->per_layer_work, err);
}

/*
 * Rows of the head at a time: chunks of about the same size, as few as the
 * bytes allow.
 */
static uint32_t
chunk_rows(const struct jk_workspace_shape *s)
{
	const uint32_t n_heads = s->max.n_heads;
	const uint64_t most = s->logits_bytes ? MOST_CHUNK : MAX_CHUNK;
	uint64_t n = (s->logits_bytes ? s->logits_bytes : LOGITS_BYTES) /
	    (4ull * s->config->vocab_size), n_chunks;

	n = n < MIN_CHUNK ? MIN_CHUNK : n > most ? most : n / 64 * 64;
	n_chunks = jk_over(n_heads, n);
	return n_chunks ? (uint32_t)jk_over(n_heads, n_chunks) : 0;
}

void
jk_workspace_suit(struct jk_workspace_shape *shape, const struct jk_dev *dev,
    uint64_t memory_bytes)
{
	const uint64_t bytes = memory_bytes / LOGITS_PART;

	if (!dev->splits)
		return;
	shape->splits = true;
	shape->head_shares = jk_head_shares(shape->config->vocab_size);
	shape->logits_bytes = bytes < LOGITS_BYTES ? LOGITS_BYTES :
	    bytes > MOST_LOGITS_BYTES ? MOST_LOGITS_BYTES : bytes;
}

static int
plan(struct jk_workspace *w, struct jk_err *err)
{
	uint32_t l;

	if (plan_stream(w, err) < 0)
		return -1;
	if (w->shape.recompute == JK_RECOMPUTE_NONE)
		for (l = 0; l < w->shape.config->n_layers; l++)
			if (plan_layer(w, l, err) < 0)
				return -1;
	if (plan_kv(w, err) < 0 || plan_shared(w, err) < 0 ||
	    plan_ends(w, err) < 0)
		return -1;
	return jk_plan_place(&w->plan, err);
}

int
jk_workspace_plan(struct jk_workspace *w,
    const struct jk_workspace_shape *shape, struct jk_err *err)
{
	const struct jk_config *c = shape->config;

	*w = (struct jk_workspace){ .shape = *shape };
	w->chunk = chunk_rows(shape);
	w->layers = calloc(c->n_layers + 1, sizeof *w->layers);
	if (!w->layers)
		return jk_fail_nomem(err);
	if (plan(w, err) < 0) {
		jk_workspace_release(w, NULL);
		return -1;
	}
	w->shape.lora = NULL;
	return 0;
}

int
jk_workspace_alloc(struct jk_workspace *w, struct jk_dev *dev,
    struct jk_err *err)
{
	uint32_t l, n = w->shape.config->n_layers;

	if (jk_plan_alloc(&w->plan, dev, err) < 0)
		return -1;
	if (w->shared.partial && JK_RUN(dev, fill, (&(struct jk_fill){
	    .x = w->shared.partial, .n = JK_LORA_PARTIALS_BYTES / 4 }), err) < 0)
		return -1;
	/* what all share first, then what is each one's own */
	for (l = 0; l < n; l++)
		w->layers[l] = w->shared;
	jk_plan_put(&w->plan);
	for (l = 0; l < n; l++) {
		const struct jk_layer_buffers *kv = &w->layers[
		    jk_layer_kv(w->shape.config, l)];

		w->layers[l].out = w->layers[l + 1].x;
		w->layers[l].attention.kv = kv->attention.kv;
		w->layers[l].attention.d_kv = kv->attention.d_kv;
	}
	return 0;
}

void
jk_workspace_release(struct jk_workspace *w, struct jk_dev *dev)
{
	jk_plan_release(&w->plan, dev);
	free(w->layers);
	*w = (struct jk_workspace){ 0 };
}

static struct jk_pass
pass_of(const struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack)
{
	struct jk_pass p = *pass;

	p.n_rows = p.n_keys = pack->n_rows;
	p.rows = w->rows;
	p.per_layer = w->per_layer;
	p.per_layer_work = w->per_layer_work;
	return p;
}

static int
upload(struct jk_workspace *w, const struct jk_pack *pack, struct jk_dev *dev,
    struct jk_err *err)
{
	if (pack->n_rows > w->shape.max.n_rows ||
	    pack->n_heads > w->shape.max.n_heads)
		return jk_fail(err, JK_ESYS, "a pack of %u rows (%u "
		    "supervised) is larger than planned (%u, %u)",
		    pack->n_rows, pack->n_heads, w->shape.max.n_rows,
		    w->shape.max.n_heads);
	if (jk_dev_upload(dev, w->rows, pack->rows, pack->n_rows *
	    sizeof *pack->rows, err) < 0 ||
	    jk_dev_upload(dev, w->heads, pack->heads, 4ull * pack->n_heads,
	    err) < 0)
		return -1;
	if (w->weights && jk_dev_upload(dev, w->weights, pack->weights,
	    4ull * pack->n_heads, err) < 0)
		return -1;
	return jk_dev_upload(dev, w->targets, pack->targets,
	    4ull * pack->n_heads, err);
}

static int
head(struct jk_workspace *w, const struct jk_pass *p,
    const struct jk_pack *pack, float scale, struct jk_err *err)
{
	/*
	 * Chunks of about the same size: few rows are computed otherwise than many,
	 * and bits shall not depend on the memory, of which chunks are made.
	 */
	const uint32_t n_chunks = (uint32_t)jk_over(pack->n_heads, w->chunk);
	uint32_t i, n, end, k;

	for (k = 0, i = 0; k < n_chunks; k++, i = end) {
		end = (uint32_t)((uint64_t)pack->n_heads * (k + 1) / n_chunks);
		n = end - i;
		struct jk_head_pass h = { .n = n, .n_x = pack->n_rows,
			.x = w->layers[w->shape.config->n_layers].x,
			.index = w->heads + 4ull * i, .hidden = w->hidden,
			.normed = w->normed, .logits = w->logits };
		struct jk_loss_pass l = { .targets = w->targets + 4ull * i,
			.weights = w->weights ? w->weights + 4ull * i : 0,
			.loss = w->losses + 4ull * i, .back = p->grad != 0,
			.d = w->shared.d, .scale = scale,
			.n_shares = w->shape.head_shares,
			.shares = w->shares };

		if (jk_head(p, &h, err) < 0 ||
		    jk_head_loss(p, &h, &l, err) < 0)
			return -1;
	}
	return 0;
}

int
jk_workspace_run(struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack, float scale, float *losses,
    struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	struct jk_dev *dev = pass->weights->dev;
	struct jk_pass p = pass_of(w, pass, pack);
	uint64_t d_bytes = (uint64_t)pack->n_rows * c->hidden_size *
	    jk_weights_act_bytes(pass->weights);
	uint32_t l;

	if (upload(w, pack, dev, err) < 0 ||
	    jk_embed(&p, w->layers[0].x, err) < 0)
		return -1;
	for (l = 0; l < c->n_layers; l++)
		if (jk_decoder_layer(&p, l, &w->layers[l], err) < 0)
			return -1;
	/* rows that predict nothing get no gradient from the head */
	if (p.grad && JK_RUN(dev, fill, (&(struct jk_fill){ .x = w->shared.d,
	    .n = (uint32_t)((d_bytes + 3) / 4) }), err) < 0)
		return -1;
	if (head(w, &p, pack, scale, err) < 0)
		return -1;
	for (l = c->n_layers; p.grad && l-- > 0; ) {
		if (w->shape.recompute == JK_RECOMPUTE_LAYER &&
		    jk_decoder_layer(&p, l, &w->layers[l], err) < 0)
			return -1;
		if (jk_decoder_layer_back(&p, l, &w->layers[l], err) < 0)
			return -1;
	}
	return jk_dev_fetch(dev, losses, w->losses,
	    4ull * pack->n_heads, err);
}

/* 1 if all n activations at an address are finite, 0 if not, -1 on error. */
static int
all_finite(struct jk_dev *dev, uint64_t address, uint64_t n, uint32_t type,
    struct jk_err *err)
{
	const size_t size = jk_element_bytes(type);
	void *p = malloc(n * size + 1);
	uint64_t i;
	int r;

	if (!p)
		return jk_fail_nomem(err);
	r = jk_dev_download(dev, p, address, n * size, err) < 0 ? -1 : 1;
	for (i = 0; r == 1 && i < n; i++)
		r = isfinite(jk_load(p, i, type));
	free(p);
	return r;
}

int
jk_workspace_diagnose(struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack, struct jk_buf *where, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	struct jk_dev *dev = pass->weights->dev;
	struct jk_pass p = pass_of(w, pass, pack);
	uint64_t n = (uint64_t)pack->n_rows * c->hidden_size;
	uint32_t l;
	int finite;

	if (upload(w, pack, dev, err) < 0 ||
	    jk_embed(&p, w->layers[0].x, err) < 0)
		return -1;
	for (l = 0; l <= c->n_layers; l++) {
		if (l > 0 && jk_decoder_layer(&p, l - 1, &w->layers[l - 1],
		    err) < 0)
			return -1;
		finite = all_finite(dev, w->layers[l].x, n, w->shape.type,
		    err);
		if (finite < 0)
			return -1;
		if (!finite && l == 0)
			jk_buf_adds(where, jk_tr("the embedding"));
		else if (!finite)
			jk_buf_printf(where, jk_tr("the output of layer %u"), l
			    - 1);
		if (!finite)
			return jk_buf_check(where, err);
	}
	jk_buf_adds(where, jk_tr("the logits"));
	return jk_buf_check(where, err);
}
