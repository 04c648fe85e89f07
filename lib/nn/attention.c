#include "nn/attention.h"

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

static uint32_t
qkv_width(const struct jk_config *c)
{
	return qk_width(c) + kv_width(c);
}

/* With gates q and k stay in raw, where the projections put them. */
static uint64_t
qk_raw_numbers(const struct jk_config *c)
{
	return c->qk_norm && !c->gated_attention ? qk_width(c) : 0;
}

static uint64_t
raw_numbers(const struct jk_config *c)
{
	return c->gated_attention ? jk_group_n(c, JK_GROUP_QKV) : 0;
}

static uint64_t
gated_numbers(const struct jk_config *c)
{
	return c->gated_attention ? q_width(c) : 0;
}

static uint64_t
qkv_numbers(const struct jk_config *c)
{
	return qkv_width(c);
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
	{ JK_MSG("delta"), JK_BUFFER_BACK, IN(delta), true, head_numbers,
	  NULL },
	{ .name = NULL }
};
#undef IN

static uint64_t
state_bytes(const struct jk_config *c, uint32_t type,
    const struct jk_cache *cache)
{
	return jk_cache_rows(cache) * 2 * jk_type_bytes(type, kv_width(c));
}

/*
 * Where heads of q (which 0) or k (1) stand among what the projections gave, or
 * their gradients among that of it: n of `dim` features, `step` apart, in rows
 * that are `ld` apart.
 */
struct heads {
	uint64_t at;
	uint32_t n, dim, ld, step;
};

static struct heads
heads_in(const struct jk_pass *p, uint64_t raw, int which)
{
	const struct jk_config *c = p->weights->config;

	return (struct heads){ .at = jk_act_at(p, raw, which ? 2 *
		q_width(c) : 0), .n = which ? c->n_kv_heads : c->n_heads,
		.dim = c->head_dim, .ld = jk_group_n(c, JK_GROUP_QKV),
		.step = which ? c->head_dim : 2 * c->head_dim };
}

/*
 * The same without gates, in rows that are `ld` apart; where one norm is of all
 * heads, they are one.
 */
static struct heads
heads_of(const struct jk_pass *p, uint64_t qk, uint32_t ld, int which)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t n = which ? c->n_kv_heads : c->n_heads;
	const uint32_t dim = c->head_dim * (c->wide_qk_norm ? n : 1);

	return (struct heads){ .at = jk_act_at(p, qk, which ? q_width(c) : 0),
		.n = c->wide_qk_norm ? 1 : n, .dim = dim, .ld = ld,
		.step = dim };
}

static int
copy_columns(const struct jk_pass *p, uint64_t x, uint32_t ldx, uint64_t y,
    uint32_t ldy, uint32_t n, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = x, .y = y, .n_rows = p->n_rows, .dim = n, .ldx = ldx,
		.ldy = ldy, .type = w->type, .type_y = w->type,
		.n_x = p->n_rows, .n_y = p->n_rows }), err);
}

/* Values, from behind q with its gates and k. */
static uint64_t
values_in(const struct jk_pass *p, uint64_t raw)
{
	const struct jk_config *c = p->weights->config;

	return jk_act_at(p, raw, 2 * q_width(c) + kv_width(c));
}

/*
 * The norms of the heads of q and k: from raw, or in place, where qk_raw keeps
 * what was.
 */
static int
qk_norm(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	const uint32_t ld = qkv_width(c);
	int i;

	if (b->attention.qk_raw && copy_columns(p, b->attention.qkv, ld,
	    b->attention.qk_raw, qk_width(c), qk_width(c), err) < 0)
		return -1;
	if (c->gated_attention && copy_columns(p, values_in(p,
	    b->attention.raw), jk_group_n(c, JK_GROUP_QKV), jk_act_at(p,
	    b->attention.qkv, qk_width(c)), ld, kv_width(c), err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		const struct heads to = heads_of(p, b->attention.qkv, ld, i);
		const struct heads from = c->gated_attention ?
		    heads_in(p, b->attention.raw, i) : to;

		if (JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
			.x = from.at, .y = to.at, .n_rows = p->n_rows,
			.w = i ? l->attention.k_norm : l->attention.q_norm,
			.n_groups = from.n, .dim = from.dim,
			.step = from.step, .ldx = from.ld, .ldy = to.ld,
			.type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

/* Back through it: in place in d_qkv, or to d_raw. */
static int
qk_norm_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	const uint32_t ld = qkv_width(c);
	int i;

	if (c->gated_attention && copy_columns(p, jk_act_at(p,
	    b->attention.d_qkv, qk_width(c)), ld, values_in(p,
	    b->attention.d_raw), jk_group_n(c, JK_GROUP_QKV), kv_width(c),
	    err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		const struct heads x = c->gated_attention ?
		    heads_in(p, b->attention.raw, i) :
		    heads_of(p, b->attention.qk_raw, qk_width(c), i);
		const struct heads dy = heads_of(p, b->attention.d_qkv, ld, i);
		const struct heads dx = c->gated_attention ?
		    heads_in(p, b->attention.d_raw, i) : dy;

		if (JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
			.x = x.at,
			.w = i ? l->attention.k_norm : l->attention.q_norm,
			.dy = dy.at, .dx = dx.at, .n_rows = p->n_rows,
			.n_groups = x.n, .dim = x.dim, .step = x.step,
			.ldx = x.ld, .ldy = dy.ld, .ldd = dx.ld,
			.type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

/* gated = out, times the sigmoid of what the projections gave for it. */
static int
gate(const struct jk_pass *p, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const struct heads q = heads_in(p, b->attention.raw, 0);

	return JK_RUN(p->weights->dev, gate, (&(struct jk_gate){
		.x = b->attention.out, .gate = jk_act_at(p, q.at,
		c->head_dim), .y = b->attention.gated, .n_rows = p->n_rows,
		.n_heads = q.n, .head_dim = c->head_dim, .ldx = q_width(c),
		.ldg = q.ld, .ldy = q_width(c), .step = q.step,
		.kind = JK_GATE_SIGMOID, .type = p->weights->type }), err);
}

/* d_out from that of gated, in place; the gates' gradients to d_raw. */
static int
gate_back(const struct jk_pass *p, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const struct heads q = heads_in(p, b->attention.raw, 0);
	const struct heads d = heads_in(p, b->attention.d_raw, 0);

	return JK_RUN(p->weights->dev, gate_back, (&(struct jk_gate_back){
		.x = b->attention.out, .gate = jk_act_at(p, q.at,
		c->head_dim), .dy = b->attention.d_out,
		.dx = b->attention.d_out, .dgate = jk_act_at(p, d.at,
		c->head_dim), .n_rows = p->n_rows, .n_heads = q.n,
		.head_dim = c->head_dim, .ldx = q_width(c), .ldg = q.ld,
		.ldy = q_width(c), .step = q.step, .kind = JK_GATE_SIGMOID,
		.type = p->weights->type }), err);
}

/* A rotation of n_heads heads of rows of qkv's width, in place. */
static struct jk_rope
rotation(const struct jk_pass *p, uint32_t layer, uint64_t x,
    uint32_t n_heads)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t ld = qkv_width(c);

	return (struct jk_rope){ .x = x, .y = x, .rows = p->rows,
		.table = c->no_rope[layer] ? w->no_rope :
		    w->rope[w->layers[layer].kind], .n_rows = p->n_rows,
		.n_heads = n_heads, .head_dim = c->head_dim,
		.rotary_dim = c->rotary_dim, .ldx = ld, .ldy = ld,
		.type = w->type, .n_positions = w->n_positions,
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

/* Turn q and k, which stand side by side in rows of qkv's width, in place. */
static int
turn(const struct jk_pass *p, uint32_t layer, uint64_t x, bool inverse,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	struct jk_rope r = rotation(p, layer, x, c->n_heads + c->n_kv_heads);

	r.inverse = inverse;
	return rotate(p, &r, err);
}

/* Keys, rotated, and values of these rows into the cache. */
static int
store_kv(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	uint32_t kv = kv_width(c);
	struct jk_rope r = rotation_left(p, layer, jk_act_at(p,
	    b->attention.qkv, q_width(c)), c->n_kv_heads);
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
		.ldx = qkv_width(c), .ldy = 2 * kv,
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
	struct jk_rope r = rotation_left(p, layer, qkv, c->n_heads);
	struct jk_attention a = {
		.q = qkv, .rows = p->rows, .y = b->attention.out,
		.lse = b->attention.lse, .n_rows = p->n_rows,
		.n_heads = c->n_heads, .n_kv_heads = c->n_kv_heads,
		.head_dim = c->head_dim, .ldq = qkv_width(c),
		.ldy = q_width(c), .type = w->type,
		.window = window(w, layer), .scale = c->attention_scale,
		.cap = c->scores_cap };

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
	const uint32_t ld = qkv_width(c);

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
		.window = window(w, layer), .scale = c->attention_scale,
		.cap = c->scores_cap }), err) < 0 ||
	    (!c->late_qk_norm && turn(p, layer, d_qkv, true, err) < 0) ||
	    (c->qk_norm && qk_norm_back(p, layer, b, err) < 0))
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
	    (c->qk_norm && qk_norm(p, layer, b, err) < 0) ||
	    attend(p, layer, b, err) < 0 ||
	    (c->gated_attention && gate(p, b, err) < 0))
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

	if ((gated && gate(p, b, err) < 0) ||
	    jk_residual_back(p, layer, &r, b->attention.d_out, b, err) < 0 ||
	    (gated && gate_back(p, b, err) < 0) ||
	    attend_back(p, layer, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_QKV, x, l->attention.norm,
	    gated ? b->attention.d_raw : b->attention.d_qkv, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, attention.member)
const struct jk_block jk_attention_block = {
	.vectors = {
		{ JK_MODULE_ATTENTION_NORM, IN(norm), false },
		{ JK_MODULE_ATTENTION_POST_NORM, IN(post_norm), false },
		{ JK_MODULE_Q_NORM, IN(q_norm), false },
		{ JK_MODULE_K_NORM, IN(k_norm), false },
	},
	.n_vectors = 4,
	.buffers = buffers,
	.state_bytes = state_bytes,
	.forward = forward,
	.back = back,
};
