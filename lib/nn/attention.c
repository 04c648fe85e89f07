#include "nn/attention.h"

#include "nn/project.h"
#include "nn/residual.h"

/* Columns of all heads: of q, of k and of v, of both q and k. */
static uint32_t
q_width(const struct jk_config *c)
{
	return c->n_heads * c->head_dim;
}

static uint32_t
kv_width(const struct jk_config *c)
{
	return c->n_kv_heads * c->head_dim;
}

static uint32_t
qk_width(const struct jk_config *c)
{
	return q_width(c) + kv_width(c);
}

static uint64_t
raw_numbers(const struct jk_config *c)
{
	return c->qk_norm ? qk_width(c) : 0;
}

static uint64_t
qkv_numbers(const struct jk_config *c)
{
	return jk_group_n(c, JK_GROUP_QKV);
}

static uint64_t
out_numbers(const struct jk_config *c)
{
	return q_width(c);
}

static uint64_t
head_numbers(const struct jk_config *c)
{
	return c->n_heads;
}

#define IN(member) offsetof(struct jk_layer_buffers, attention.member)
static const struct jk_block_buffer buffers[] = {
	{ "q and k before norms", JK_BUFFER_SAVED, IN(qk_raw), false,
	  raw_numbers },
	{ "q, k, v", JK_BUFFER_KEPT, IN(qkv), false, qkv_numbers },
	{ "attention", JK_BUFFER_KEPT, IN(out), false, out_numbers },
	{ "log-sum-exp", JK_BUFFER_SAVED, IN(lse), true, head_numbers },
	{ "attention branch", JK_BUFFER_KEPT, IN(branch), false,
	  jk_branch_numbers },
	{ "gradient of attention", JK_BUFFER_BACK, IN(d_out), false,
	  out_numbers },
	{ "gradient of q, k, v", JK_BUFFER_BACK, IN(d_qkv), false,
	  qkv_numbers },
	{ "delta", JK_BUFFER_BACK, IN(delta), true, head_numbers },
	{ .name = NULL }
};
#undef IN

static uint64_t
state_bytes(const struct jk_config *c, uint32_t type,
    const struct jk_cache *cache)
{
	return jk_cache_rows(cache) * 2 * jk_type_bytes(type, kv_width(c));
}

/* The norms of each head of q and k, in place; qk_raw keeps what was. */
static int
qk_norm(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	uint32_t ld = jk_group_n(c, JK_GROUP_QKV), n = qk_width(c);
	int i;

	if (b->attention.qk_raw && JK_RUN(w->dev, copy_rows,
	    (&(struct jk_copy_rows){
		.x = b->attention.qkv, .y = b->attention.qk_raw,
		.n_rows = p->n_rows, .dim = n, .ldx = ld, .ldy = n,
		.type = w->type, .type_y = w->type, .n_x = p->n_rows,
		.n_y = p->n_rows }), err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		uint64_t x = jk_act_at(p, b->attention.qkv, i ? q_width(c) :
		    0);

		if (JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
			.x = x, .y = x, .n_rows = p->n_rows,
			.w = i ? l->attention.k_norm : l->attention.q_norm,
			.n_groups = i ? c->n_kv_heads : c->n_heads,
			.dim = c->head_dim, .ldx = ld, .ldy = ld,
			.type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

/* Back through it, in place in d_qkv. */
static int
qk_norm_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	uint32_t ld = jk_group_n(c, JK_GROUP_QKV);
	int i;

	for (i = 0; i < 2; i++) {
		uint32_t column = i ? q_width(c) : 0;
		uint64_t d = jk_act_at(p, b->attention.d_qkv, column);

		if (JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
			.x = jk_act_at(p, b->attention.qk_raw, column),
			.w = i ? l->attention.k_norm : l->attention.q_norm,
			.dy = d, .dx = d, .n_rows = p->n_rows,
			.n_groups = i ? c->n_kv_heads : c->n_heads,
			.dim = c->head_dim, .ldx = qk_width(c), .ldy = ld,
			.ldd = ld, .type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

/* A rotation of n_heads heads of rows of qkv's width, in place. */
static struct jk_rope
rotation(const struct jk_pass *p, uint32_t layer, uint64_t x,
    uint32_t n_heads)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t ld = jk_group_n(c, JK_GROUP_QKV);

	return (struct jk_rope){ .x = x, .y = x, .rows = p->rows,
		.table = c->no_rope[layer] ? w->no_rope :
		    w->rope[w->layers[layer].kind], .n_rows = p->n_rows,
		.n_heads = n_heads, .head_dim = c->head_dim, .ldx = ld,
		.ldy = ld, .type = w->type, .n_positions = w->n_positions,
		.n_out = p->n_rows };
}

/* Turn heads, unless positions are learned: they have been added then. */
static int
rotate(const struct jk_pass *p, const struct jk_rope *r, struct jk_err *err)
{
	return r->table ? JK_RUN(p->weights->dev, rope, r, err) : 0;
}

/* Keys, rotated, and values of these rows into the cache. */
static int
store_kv(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t kv = kv_width(c);
	struct jk_rope r = rotation(p, layer, jk_act_at(p, b->attention.qkv,
	    q_width(c)), c->n_kv_heads);
	/* what is copied as it is: values, and keys that nothing rotates */
	const uint32_t kept = r.table ? kv : 0;

	r.y = b->state;
	r.ldy = 2 * kv;
	r.scatter = true;
	r.n_out = p->n_keys;
	if (rotate(p, &r, err) < 0)
		return -1;
	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = jk_act_at(p, b->attention.qkv, q_width(c) + kept),
		.index = p->kv_rows, .y = jk_act_at(p, b->state, kept),
		.n_rows = p->n_rows, .dim = 2 * kv - kept,
		.ldx = jk_group_n(c, JK_GROUP_QKV), .ldy = 2 * kv,
		.type = w->type, .type_y = w->type, .mode = JK_COPY_SCATTER,
		.n_x = p->n_rows, .n_y = p->n_keys }), err);
}

static uint32_t
window(const struct jk_weights *w, uint32_t layer)
{
	return w->layers[layer].kind == JK_LAYER_SLIDING_ATTENTION ?
	    w->config->sliding_window : 0;
}

static int
attend(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint64_t qkv = b->attention.qkv;
	struct jk_rope r = rotation(p, layer, qkv, c->n_heads);
	struct jk_attention a = {
		.q = qkv, .rows = p->rows, .y = b->attention.out,
		.lse = b->attention.lse, .n_rows = p->n_rows,
		.n_heads = c->n_heads, .n_kv_heads = c->n_kv_heads,
		.head_dim = c->head_dim, .ldq = jk_group_n(c, JK_GROUP_QKV),
		.ldy = q_width(c), .type = w->type,
		.window = window(w, layer), .scale = c->attention_scale };

	if (b->state) {
		a.k = b->state;
		a.v = jk_act_at(p, b->state, kv_width(c));
		a.ldk = 2 * kv_width(c);
		a.n_keys = p->n_keys;
	} else {
		a.k = jk_act_at(p, qkv, q_width(c));
		a.v = jk_act_at(p, qkv, qk_width(c));
		a.ldk = a.ldq;
		a.n_keys = p->n_rows;
		a.flags = JK_ATTENTION_PACK;
		/* q and k stand side by side: one rotation for both */
		r.n_heads += c->n_kv_heads;
	}
	if (rotate(p, &r, err) < 0 ||
	    (b->state && store_kv(p, layer, b, err) < 0))
		return -1;
	return JK_RUN(w->dev, attention, &a, err);
}

/* d_qkv, the gradient of the projections' outputs, from d_out. */
static int
attend_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint64_t qkv = b->attention.qkv, d_qkv = b->attention.d_qkv;
	const uint32_t ld = jk_group_n(c, JK_GROUP_QKV);
	struct jk_rope r = rotation(p, layer, d_qkv, c->n_heads +
	    c->n_kv_heads);

	r.inverse = true;
	if (JK_RUN(w->dev, attention_dot, (&(struct jk_attention_dot){
		.y = b->attention.out, .dy = b->attention.d_out,
		.delta = b->attention.delta, .n_rows = p->n_rows,
		.n_heads = c->n_heads, .head_dim = c->head_dim,
		.ldy = q_width(c), .type = w->type }), err) < 0 ||
	    JK_RUN(w->dev, attention_back, (&(struct jk_attention_back){
		.q = qkv, .k = jk_act_at(p, qkv, q_width(c)),
		.v = jk_act_at(p, qkv, qk_width(c)),
		.dy = b->attention.d_out, .lse = b->attention.lse,
		.delta = b->attention.delta, .rows = p->rows,
		.dq = d_qkv, .dk = jk_act_at(p, d_qkv, q_width(c)),
		.dv = jk_act_at(p, d_qkv, qk_width(c)), .n_rows = p->n_rows,
		.n_heads = c->n_heads, .n_kv_heads = c->n_kv_heads,
		.head_dim = c->head_dim, .ldq = ld, .ldk = ld,
		.ldy = q_width(c), .type = w->type,
		.window = window(w, layer), .scale = c->attention_scale }),
	    err) < 0 ||
	    rotate(p, &r, err) < 0)
		return -1;
	return c->qk_norm ? qk_norm_back(p, layer, b, err) : 0;
}

static struct jk_residual
residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_O,
		.from = b->attention.out, .x = x,
		.branch = b->attention.branch,
		.post_norm = p->weights->layers[layer].attention.post_norm,
		.y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(p, layer, b, x, y);

	if (jk_enter(p, layer, JK_GROUP_QKV, x, l->attention.norm,
	    b->attention.qkv, b, err) < 0 ||
	    (p->weights->config->qk_norm && qk_norm(p, layer, b, err) < 0) ||
	    attend(p, layer, b, err) < 0)
		return -1;
	return jk_residual(p, layer, &r, b, err);
}

static int
back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, bool is_last,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(p, layer, b, x, 0);

	if (jk_residual_back(p, layer, &r, b->attention.d_out, b, err) < 0 ||
	    attend_back(p, layer, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_QKV, x, l->attention.norm,
	    b->attention.d_qkv, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, attention.member)
const struct jk_block jk_attention_block = {
	.norms = {
		{ JK_MODULE_ATTENTION_NORM, IN(norm) },
		{ JK_MODULE_ATTENTION_POST_NORM, IN(post_norm) },
		{ JK_MODULE_Q_NORM, IN(q_norm) },
		{ JK_MODULE_K_NORM, IN(k_norm) },
	},
	.n_norms = 4,
	.buffers = buffers,
	.state_bytes = state_bytes,
	.forward = forward,
	.back = back,
};
