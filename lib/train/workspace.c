#include "train/workspace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/element.h"

/* Bytes of logits at a time; but at least and at most so many rows. */
enum { LOGITS_BYTES = 24 << 20, MIN_CHUNK = 192, MAX_CHUNK = 512 };

/*
 * Steps of the plan: 0 the embedding, 1 … L the layers, L + 1 the head, then
 * the layers back, L + 2 … 2 L + 1.
 */
static int
back_step(const struct jk_workspace *w, uint32_t layer)
{
	return 2 * (int)w->shape.config->n_layers + 1 - (int)layer;
}

static int
want(struct jk_workspace *w, const char *name, uint64_t size_bytes, int first,
    int last, uint64_t *address, struct jk_err *err)
{
	uint64_t **p;
	int i;

	if (size_bytes == 0)
		return 0;
	p = realloc(w->addresses,
	    ((size_t)w->plan.n_buffers + 1) * sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	w->addresses = p;
	i = jk_plan_add(&w->plan, name, size_bytes, first, last, err);
	if (i < 0)
		return -1;
	p[i] = address;
	return 0;
}

/* Targeted projections of a group. */
static uint32_t
n_targeted(unsigned targets, enum jk_group group)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < jk_group_size(group); i++)
		n += targets >> ((int)jk_group_first(group) + i) & 1;
	return n;
}

/* Bytes of the dropout masks of a group's targeted projections. */
static uint64_t
mask_bytes(const struct jk_workspace *w, enum jk_group group)
{
	uint64_t words = (jk_group_k(w->shape.config, group) + 31) / 32;

	return w->shape.dropout ? 4 * words * w->shape.max.n_rows *
	    n_targeted(w->shape.targets, group) : 0;
}

/* A layer's buffers that live from its step forward to `last`. */
static int
want_layer(struct jk_workspace *w, uint32_t layer, int first, int last,
    struct jk_err *err)
{
	static const char *const groups[JK_N_GROUPS] = {
		"q, k, v", "o", "gate, up", "down"
	};
	const struct jk_config *c = w->shape.config;
	struct jk_layer_buffers *b = &w->layers[layer];
	uint64_t t = w->shape.max.n_rows, size = w->shape.type == JK_BF16 ?
	    2 : 4;
	uint64_t hidden = t * c->hidden_size * size;
	uint64_t branch = c->post_norms ? hidden : 0;
	const struct {
		const char *name;
		uint64_t size_bytes, *address;
	} list[] = {
		{ "q and k before norms ", c->qk_norm ? t * (c->n_heads +
		    c->n_kv_heads) * c->head_dim * size : 0, &b->qk_raw },
		{ "q, k, v ", t * jk_group_n(c, JK_GROUP_QKV) * size,
		    &b->qkv },
		{ "attention ", t * jk_group_k(c, JK_GROUP_O) * size,
		    &b->attn },
		{ "log-sum-exp ", t * c->n_heads * 4, &b->lse },
		{ "attention branch ", branch, &b->attn_branch },
		{ "residual inside ", hidden, &b->mid },
		{ "gate, up ", t * 2 * c->intermediate_size * size,
		    &b->gate_up },
		{ "feed-forward branch ", branch, &b->mlp_branch },
	};
	char name[48];
	size_t i;
	int g;

	for (i = 0; i < sizeof list / sizeof *list; i++) {
		snprintf(name, sizeof name, "%s%u", list[i].name, layer);
		if (want(w, name, list[i].size_bytes, first, last,
		    list[i].address, err) < 0)
			return -1;
	}
	for (g = 0; g < JK_N_GROUPS; g++) {
		snprintf(name, sizeof name, "dropout mask of %s %u", groups[g],
		    layer);
		if (want(w, name, mask_bytes(w, (enum jk_group)g), first, last,
		    &b->mask[g], err) < 0)
			return -1;
		snprintf(name, sizeof name, "LoRA z of %s %u", groups[g],
		    layer);
		if (want(w, name, 4 * t * w->shape.rank *
		    n_targeted(w->shape.targets, (enum jk_group)g), first,
		    last, &b->z[g], err) < 0)
			return -1;
	}
	return 0;
}

static uint32_t
z_width(const struct jk_workspace *w)
{
	uint32_t most = 0, n;
	int g;

	for (g = 0; g < JK_N_GROUPS; g++) {
		n = n_targeted(w->shape.targets, (enum jk_group)g);
		most = n > most ? n : most;
	}
	return most * w->shape.rank;
}

/* What layers share, and the head. */
static int
want_shared(struct jk_workspace *w, struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	const int head = (int)c->n_layers + 1, end = 2 * (int)c->n_layers + 1;
	struct jk_layer_buffers *b = &w->layers[0];
	struct jk_back_buffers *g = &w->back;
	uint64_t t = w->shape.max.n_rows, size = w->shape.type == JK_BF16 ?
	    2 : 4;
	uint64_t hidden = t * c->hidden_size * size, n = w->chunk;
	uint64_t qkv = t * jk_group_n(c, JK_GROUP_QKV) * size;
	const struct {
		const char *name;
		uint64_t size_bytes;
		int first, last;
		uint64_t *address;
	} list[] = {
		{ "rows", t * sizeof(struct jk_row), 0, end, &w->rows },
		{ "rows of the head", 4ull * w->shape.max.n_heads, 0, end,
		    &w->heads },
		{ "targets", 4ull * w->shape.max.n_heads, 0, end,
		    &w->targets },
		{ "losses", 4ull * w->shape.max.n_heads, 0, end, &w->losses },
		{ "normed", hidden, 0, end, &b->attn_normed },
		{ "activation", t * c->intermediate_size * size, 0, end,
		    &b->act },
		{ "hidden of the head", n * c->hidden_size * size, head, head,
		    &w->hidden },
		{ "normed of the head", n * c->hidden_size * size, head, head,
		    &w->normed },
		{ "logits", 4 * n * c->vocab_size, head, head, &w->logits },
		{ "gradient of the residual", hidden, head, end, &g->d },
		{ "gradient behind a norm", hidden, head + 1, end,
		    &g->d_norm },
		{ "gradient of attention", t * jk_group_k(c, JK_GROUP_O) *
		    size, head + 1, end, &g->d_attn },
		{ "gradient of q, k, v", qkv, head + 1, end, &g->d_qkv },
		{ "gradient of activation", t * c->intermediate_size * size,
		    head + 1, end, &g->d_act },
		{ "delta", t * c->n_heads * 4, head + 1, end, &g->delta },
		{ "gradient of LoRA z", 4 * t * z_width(w), head + 1, end,
		    &g->dz },
	};
	size_t i;

	for (i = 0; i < sizeof list / sizeof *list; i++)
		if (want(w, list[i].name, list[i].size_bytes, list[i].first,
		    list[i].last, list[i].address, err) < 0)
			return -1;
	return 0;
}

/*
 * Rows of the head at a time: chunks of about the same size, as few as the
 * bytes allow.
 */
static uint32_t
chunk_rows(uint32_t n_heads, uint32_t vocab_size)
{
	uint64_t n = LOGITS_BYTES / (4ull * vocab_size), n_chunks;

	n = n < MIN_CHUNK ? MIN_CHUNK : n > MAX_CHUNK ? MAX_CHUNK : n / 64 *
	    64;
	n_chunks = (n_heads + n - 1) / n;
	return n_chunks ? (uint32_t)((n_heads + n_chunks - 1) / n_chunks) : 0;
}

int
jk_workspace_plan(struct jk_workspace *w,
    const struct jk_workspace_shape *shape, struct jk_err *err)
{
	const struct jk_config *c = shape->config;
	const int head = (int)c->n_layers + 1, end = 2 * (int)c->n_layers + 1;
	const bool kept = shape->recompute == JK_RECOMPUTE_NONE;
	uint64_t hidden;
	uint32_t l;
	int last;
	char name[48];

	*w = (struct jk_workspace){ .shape = *shape };
	w->chunk = chunk_rows(shape->max.n_heads, c->vocab_size);
	hidden = (uint64_t)shape->max.n_rows * c->hidden_size *
	    (shape->type == JK_BF16 ? 2 : 4);
	w->layers = calloc(c->n_layers + 1, sizeof *w->layers);
	w->host_losses = malloc(((size_t)shape->max.n_heads + 1) *
	    sizeof *w->host_losses);
	if (!w->layers || !w->host_losses) {
		jk_fail_nomem(err);
		goto fail;
	}
	/* x of "layer L" is the last layer's out */
	for (l = 0; l <= c->n_layers; l++) {
		snprintf(name, sizeof name, "residual %u", l);
		/* running layer l - 1 again writes x of layer l again */
		if (kept)
			last = l < c->n_layers ? back_step(w, l) : head;
		else
			last = l > 0 ? back_step(w, l - 1) : end;
		if (want(w, name, hidden, (int)l, last, &w->layers[l].x,
		    err) < 0)
			goto fail;
	}
	for (l = 0; l < (kept ? c->n_layers : 1); l++)
		if (want_layer(w, l, kept ? (int)l + 1 : 0, kept ?
		    back_step(w, l) : end, err) < 0)
			goto fail;
	if (want_shared(w, err) < 0 || jk_plan_place(&w->plan, err) < 0)
		goto fail;
	return 0;
fail:
	jk_workspace_release(w, NULL);
	return -1;
}

int
jk_workspace_alloc(struct jk_workspace *w, struct jk_dev *dev,
    struct jk_err *err)
{
	uint32_t l, n = w->shape.config->n_layers;
	int i;

	if (jk_plan_alloc(&w->plan, dev, err) < 0)
		return -1;
	for (i = 0; i < w->plan.n_buffers; i++)
		if (!w->plan.buffers[i].outside)
			*w->addresses[i] = w->plan.buffers[i].address;
	for (l = 0; l < n; l++) {
		struct jk_layer_buffers *b = &w->layers[l];
		uint64_t x = b->x;

		if (l > 0 && w->shape.recompute == JK_RECOMPUTE_LAYER)
			*b = w->layers[0];
		b->x = x;
		b->out = w->layers[l + 1].x;
		b->attn_normed = b->mlp_normed = w->layers[0].attn_normed;
		b->act = w->layers[0].act;
	}
	return 0;
}

void
jk_workspace_release(struct jk_workspace *w, struct jk_dev *dev)
{
	if (dev)
		jk_plan_release(&w->plan, dev);
	free(w->plan.buffers);
	free(w->addresses);
	free(w->layers);
	free(w->host_losses);
	*w = (struct jk_workspace){ 0 };
}

static struct jk_pass
pass_of(const struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack)
{
	struct jk_pass p = *pass;

	p.n_rows = p.n_keys = pack->n_rows;
	p.rows = w->rows;
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
	return jk_dev_upload(dev, w->targets, pack->targets,
	    4ull * pack->n_heads, err);
}

static int
head(struct jk_workspace *w, const struct jk_pass *p,
    const struct jk_pack *pack, float scale, bool back, struct jk_err *err)
{
	uint32_t i, n;

	for (i = 0; i < pack->n_heads; i += n) {
		n = pack->n_heads - i < w->chunk ? pack->n_heads - i :
		    w->chunk;
		struct jk_head_pass h = { .n = n, .n_x = pack->n_rows,
			.x = w->layers[w->shape.config->n_layers].x,
			.index = w->heads + 4ull * i, .hidden = w->hidden,
			.normed = w->normed, .logits = w->logits };
		struct jk_loss_pass l = { .targets = w->targets + 4ull * i,
			.loss = w->losses + 4ull * i,
			.back = back, .d = w->back.d, .scale = scale };

		if (jk_decoder_head(p, &h, err) < 0 ||
		    jk_decoder_loss(p, &h, &l, err) < 0)
			return -1;
	}
	return 0;
}

int
jk_workspace_run(struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack, float scale, uint64_t grad,
    struct jk_err *err)
{
	const struct jk_config *c = w->shape.config;
	struct jk_dev *dev = pass->weights->dev;
	struct jk_pass p = pass_of(w, pass, pack);
	uint64_t d_bytes = (uint64_t)pack->n_rows * c->hidden_size *
	    jk_weights_act_bytes(pass->weights);
	uint32_t l;

	if (upload(w, pack, dev, err) < 0 ||
	    jk_decoder_embed(&p, w->layers[0].x, err) < 0)
		return -1;
	for (l = 0; l < c->n_layers; l++)
		if (jk_decoder_layer(&p, l, &w->layers[l], err) < 0)
			return -1;
	/* rows that predict nothing get no gradient from the head */
	if (grad && JK_RUN(dev, fill, (&(struct jk_fill){ .x = w->back.d,
	    .n = (uint32_t)((d_bytes + 3) / 4) }), err) < 0)
		return -1;
	if (head(w, &p, pack, scale, grad != 0, err) < 0)
		return -1;
	w->back.grad = grad;
	for (l = c->n_layers; grad && l-- > 0; ) {
		if (w->shape.recompute == JK_RECOMPUTE_LAYER &&
		    jk_decoder_layer(&p, l, &w->layers[l], err) < 0)
			return -1;
		if (jk_decoder_layer_back(&p, l, &w->layers[l], &w->back,
		    err) < 0)
			return -1;
	}
	return jk_dev_download(dev, w->host_losses, w->losses,
	    4ull * pack->n_heads, err);
}

/* 1 if all n activations at an address are finite, 0 if not, -1 on error. */
static int
all_finite(struct jk_dev *dev, uint64_t address, uint64_t n, uint32_t type,
    struct jk_err *err)
{
	size_t size = type == JK_BF16 ? 2 : 4;
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
	    jk_decoder_embed(&p, w->layers[0].x, err) < 0)
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
			jk_buf_adds(where, "the embedding");
		else if (!finite)
			jk_buf_printf(where, "the output of layer %u", l - 1);
		if (!finite)
			return jk_buf_check(where, err);
	}
	jk_buf_adds(where, "the logits");
	return jk_buf_check(where, err);
}
