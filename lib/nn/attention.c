#include "nn/attention.h"

#include "nn/heads.h"
#include "nn/residual.h"

/* With gates q and k stay in raw, where the projections put them. */
static uint64_t
qk_raw_numbers(const struct jk_config *c, uint32_t layer)
{
	return c->qk_norm && !c->gated_attention ? jk_heads_normed(c, layer) :
	    0;
}

static uint64_t
raw_numbers(const struct jk_config *c, uint32_t layer)
{
	return c->gated_attention ? jk_group_n(c, layer, JK_GROUP_QKV) : 0;
}

static uint64_t
gated_numbers(const struct jk_config *c, uint32_t layer)
{
	return c->gated_attention ? jk_heads(c, layer).q : 0;
}

static uint64_t
qkv_numbers(const struct jk_config *c, uint32_t layer)
{
	return jk_heads(c, layer).qkv;
}

static uint64_t
out_numbers(const struct jk_config *c, uint32_t layer)
{
	return jk_heads(c, layer).q;
}

static uint64_t
head_numbers(const struct jk_config *c, uint32_t layer)
{
	return jk_heads(c, layer).n;
}

/* Whether a layer is the last of those that look at the same keys. */
static bool
is_last_of_kv(const struct jk_config *c, uint32_t layer)
{
	uint32_t last = c->n_layers - 1;

	while (jk_layer_kv(c, last) != jk_layer_kv(c, layer))
		last--;
	return layer == last;
}

uint64_t
jk_shared_kv_numbers(const struct jk_config *c, uint32_t layer)
{
	const uint32_t from = jk_layer_kv(c, layer);

	return jk_layer_has_block(c, layer, JK_BLOCK_ATTENTION) &&
	    !(layer == from && is_last_of_kv(c, layer)) ?
	    2 * jk_heads(c, layer).kv : 0;
}

#define IN(member) offsetof(struct jk_layer_buffers, attention.member)
static const struct jk_block_buffer buffers[] = {
	{ JK_MSG("q, k, v and gates"), JK_BUFFER_KEPT, IN(raw), false,
	  raw_numbers, NULL },
	{ JK_MSG("q and k before norms"), JK_BUFFER_SAVED, IN(qk_raw), false,
	  qk_raw_numbers, NULL },
	{ JK_MSG("q, k, v"), JK_BUFFER_KEPT, IN(qkv), false, qkv_numbers,
	  NULL },
	{ JK_MSG("attention"), JK_BUFFER_KEPT, IN(out), false, out_numbers,
	  NULL },
	{ JK_MSG("gated attention"), JK_BUFFER_LOCAL, IN(gated), false,
	  gated_numbers, NULL },
	{ JK_MSG("log-sum-exp"), JK_BUFFER_SAVED, IN(lse), true, head_numbers,
	  NULL },
	{ JK_MSG("attention branch"), JK_BUFFER_KEPT, IN(branch), false,
	  jk_branch_numbers, NULL },
	{ JK_MSG("gradient of attention"), JK_BUFFER_BACK, IN(d_out), false,
	  out_numbers, NULL },
	{ JK_MSG("gradient of q, k, v"), JK_BUFFER_BACK, IN(d_qkv), false,
	  qkv_numbers, NULL },
	{ JK_MSG("gradient of q, k, v and gates"), JK_BUFFER_BACK, IN(d_raw),
	  false, raw_numbers, NULL },
	{ JK_MSG("gradient of shared k, v from a layer"), JK_BUFFER_BACK,
	  IN(d_kv_term), false, jk_shared_kv_numbers, NULL },
	{ JK_MSG("delta"), JK_BUFFER_BACK, IN(delta), true, head_numbers,
	  NULL },
	{ .name = NULL }
};
#undef IN

static uint64_t
state_bytes(const struct jk_config *c, uint32_t layer, uint32_t type,
    const struct jk_cache *cache)
{
	return jk_layer_kv(c, layer) != layer ? 0 : jk_cache_rows(cache) * 2 *
	    jk_type_bytes(type, jk_heads(c, layer).kv);
}

/* A rotation of n_heads heads of rows of qkv's width, in place. */
static struct jk_rope
rotation(const struct jk_pass *p, uint32_t layer, uint64_t x,
    uint32_t n_heads)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_heads h = jk_heads(c, layer);

	return (struct jk_rope){ .x = x, .y = x, .rows = p->rows,
		.table = c->no_rope[layer] ? w->no_rope :
		    w->rope[w->layers[layer].kind], .n_rows = p->n_rows,
		.n_heads = n_heads, .head_dim = h.dim,
		.rotary_dim = jk_layer_rotary_dim(c, layer), .ldx = h.qkv,
		.ldy = h.qkv, .type = w->type, .n_positions = w->n_positions,
		.n_out = p->n_rows };
}

/* What attention still has to turn: nothing where norms came behind it. */
static struct jk_rope
rotation_left(const struct jk_pass *p, uint32_t layer, uint64_t x,
    uint32_t n_heads)
{
	struct jk_rope r = rotation(p, layer, x, n_heads);

	if (p->weights->config->late_qk_norm)
		r.table = 0;
	return r;
}

/* Turn heads, unless positions are learned: they have been added then. */
static int
rotate(const struct jk_pass *p, const struct jk_rope *r, struct jk_err *err)
{
	return r->table ? JK_RUN(p->weights->dev, rope, r, err) : 0;
}

/* Heads that a rotation turns: those of q and of the layer's own k. */
static uint32_t
n_turned(const struct jk_config *c, uint32_t layer)
{
	const struct jk_heads h = jk_heads(c, layer);

	return h.n + (h.qk > h.q ? h.n_kv : 0);
}

/* Turn q and k, which stand side by side in rows of qkv's width, in place. */
static int
turn(const struct jk_pass *p, uint32_t layer, uint64_t x, bool inverse,
    struct jk_err *err)
{
	struct jk_rope r = rotation(p, layer, x, n_turned(p->weights->config,
	    layer));

	r.inverse = inverse;
	return rotate(p, &r, err);
}

/* Keys, rotated, and values of these rows into the cache. */
static int
store_kv(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_heads h = jk_heads(w->config, layer);
	struct jk_rope r = rotation_left(p, layer, jk_act_at(p,
	    b->attention.qkv, h.q), h.n_kv);
	/* what is copied as it is: values, and keys that nothing rotates */
	const uint32_t kept = r.table ? h.kv : 0;

	r.y = b->state;
	r.ldy = 2 * h.kv;
	r.scatter = true;
	r.n_out = p->n_keys;
	if (rotate(p, &r, err) < 0)
		return -1;
	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = jk_act_at(p, b->attention.qkv, h.q + kept),
		.index = p->kv_rows, .y = jk_act_at(p, b->state, kept),
		.n_rows = p->n_rows, .dim = 2 * h.kv - kept,
		.ldx = h.qkv, .ldy = 2 * h.kv,
		.type = w->type, .type_y = w->type, .mode = JK_COPY_SCATTER,
		.n_x = p->n_rows, .n_y = p->n_keys }), err);
}

/* The layer's own, rotated, to where other layers look at them, too. */
static int
share_kv(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_heads h = jk_heads(p->weights->config, layer);

	return jk_copy_columns(p, jk_act_at(p, b->attention.qkv, h.q), h.qkv,
	    b->attention.kv, 2 * h.kv, 2 * h.kv, err);
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
	const struct jk_heads h = jk_heads(c, layer);
	const uint64_t qkv = b->attention.qkv;
	const bool own = jk_layer_kv(c, layer) == layer;
	struct jk_rope r = rotation_left(p, layer, qkv, h.n);
	struct jk_attention a = {
		.q = qkv, .rows = p->rows, .y = b->attention.out,
		.lse = b->attention.lse, .n_rows = p->n_rows,
		.n_heads = h.n, .n_kv_heads = h.n_kv, .head_dim = h.dim,
		.ldq = h.qkv, .ldy = h.q, .type = w->type,
		.window = window(w, layer), .scale = c->attention_scale,
		.cap = c->scores_cap };

	if (b->state || !own) {
		a.k = b->state ? b->state : b->attention.kv;
		a.v = jk_act_at(p, a.k, h.kv);
		a.ldk = 2 * h.kv;
	} else {
		a.k = jk_act_at(p, qkv, h.q);
		a.v = jk_act_at(p, qkv, h.qk);
		a.ldk = a.ldq;
	}
	a.n_keys = b->state ? p->n_keys : p->n_rows;
	a.flags = b->state ? 0 : jk_attention_flags(w->precision);
	/* q and k stand side by side: one rotation for both */
	if (!b->state)
		r.n_heads = n_turned(c, layer);
	if (rotate(p, &r, err) < 0 ||
	    (b->state && own && store_kv(p, layer, b, err) < 0) ||
	    (b->attention.kv && own && share_kv(p, layer, b, err) < 0))
		return -1;
	return JK_RUN(w->dev, attention, &a, err);
}

/*
 * What the layer itself adds to the gradient of keys and values that layers
 * share; behind the first of them, which is done last, it is whole and goes to
 * d_qkv.
 */
static int
share_kv_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_heads h = jk_heads(w->config, layer);
	const uint64_t d = b->attention.d_kv;

	if (!is_last_of_kv(w->config, layer) &&
	    JK_RUN(w->dev, add, (&(struct jk_add){ .a = d,
		.b = b->attention.d_kv_term, .y = d,
		.n = 2 * h.kv * p->n_rows, .type = w->type }), err) < 0)
		return -1;
	return jk_layer_kv(w->config, layer) != layer ? 0 :
	    jk_copy_columns(p, d, 2 * h.kv, jk_act_at(p, b->attention.d_qkv,
	    h.q), h.qkv, 2 * h.kv, err);
}

/* Gradients of q, k and v behind norms and rotation, from d_out. */
static int
scores_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_heads h = jk_heads(c, layer);
	const bool shared = b->attention.kv;
	const uint64_t k = shared ? b->attention.kv :
	    jk_act_at(p, b->attention.qkv, h.q);
	const uint64_t dk = !shared ? jk_act_at(p, b->attention.d_qkv, h.q) :
	    is_last_of_kv(c, layer) ? b->attention.d_kv :
	    b->attention.d_kv_term;

	if (JK_RUN(w->dev, attention_dot, (&(struct jk_attention_dot){
		.y = b->attention.out, .dy = b->attention.d_out,
		.delta = b->attention.delta, .n_rows = p->n_rows,
		.n_heads = h.n, .head_dim = h.dim, .ldy = h.q,
		.type = w->type }), err) < 0 ||
	    JK_RUN(w->dev, attention_back, (&(struct jk_attention_back){
		.q = b->attention.qkv, .k = k, .v = jk_act_at(p, k, h.kv),
		.dy = b->attention.d_out, .lse = b->attention.lse,
		.delta = b->attention.delta, .rows = p->rows,
		.dq = b->attention.d_qkv, .dk = dk,
		.dv = jk_act_at(p, dk, h.kv), .n_rows = p->n_rows,
		.n_heads = h.n, .n_kv_heads = h.n_kv, .head_dim = h.dim,
		.ldq = h.qkv, .ldk = shared ? 2 * h.kv : h.qkv, .ldy = h.q,
		.type = w->type, .window = window(w, layer),
		.scale = c->attention_scale, .cap = c->scores_cap,
		.flags = jk_attention_flags(w->precision) }), err) < 0)
		return -1;
	return shared ? share_kv_back(p, layer, b, err) : 0;
}

/* d_qkv, the gradient of the projections' outputs, from d_out. */
static int
attend_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint64_t d_qkv = b->attention.d_qkv;

	if (scores_back(p, layer, b, err) < 0 ||
	    (!c->late_qk_norm && turn(p, layer, d_qkv, true, err) < 0) ||
	    (c->qk_norm && jk_heads_norm_back(p, layer, b, err) < 0))
		return -1;
	return c->late_qk_norm ? turn(p, layer, d_qkv, true, err) : 0;
}

static struct jk_residual
residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_O,
		.from = p->weights->config->gated_attention ?
		b->attention.gated : b->attention.out, .x = x,
		.branch = b->attention.branch,
		.post_norm = p->weights->layers[layer].attention.post_norm,
		.y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(p, layer, b, x, y);

	if (jk_enter(p, layer, JK_GROUP_QKV, x, l->attention.norm,
	    c->gated_attention ? b->attention.raw : b->attention.qkv, b,
	    err) < 0 ||
	    (c->late_qk_norm && turn(p, layer, b->attention.qkv, false,
	    err) < 0) ||
	    (c->qk_norm && jk_heads_norm(p, layer, b, err) < 0) ||
	    attend(p, layer, b, err) < 0 ||
	    (c->gated_attention && jk_heads_gate(p, layer, b, err) < 0))
		return -1;
	return jk_residual(p, layer, &r, b, err);
}

static int
back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, bool is_last,
    struct jk_err *err)
{
	const bool gated = p->weights->config->gated_attention;
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(p, layer, b, x, 0);

	if ((gated && jk_heads_gate(p, layer, b, err) < 0) ||
	    jk_residual_back(p, layer, &r, b->attention.d_out, b, err) < 0 ||
	    jk_residual_grad(p, layer, &r, b, err) < 0 ||
	    (gated && jk_heads_gate_back(p, layer, b, err) < 0) ||
	    attend_back(p, layer, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_QKV, x, l->attention.norm,
	    gated ? b->attention.d_raw : b->attention.d_qkv, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, attention.member)
const struct jk_block jk_attention_block = {
	.vectors = {
		{ JK_MODULE_ATTENTION_NORM, IN(norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_ATTENTION_POST_NORM, IN(post_norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_Q_NORM, IN(q_norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_K_NORM, IN(k_norm),
		  JK_VECTOR_PLAIN },
	},
	.n_vectors = 4,
	.buffers = buffers,
	.state_bytes = state_bytes,
	.forward = forward,
	.back = back,
};
