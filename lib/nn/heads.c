#include "nn/heads.h"

struct jk_heads
jk_heads(const struct jk_config *c, uint32_t layer)
{
	const uint32_t dim = jk_layer_head_dim(c, layer);
	struct jk_heads h = { .n = c->n_heads, .n_kv = c->n_kv_heads,
		.dim = dim, .q = c->n_heads * dim, .kv = c->n_kv_heads * dim };
	const bool own = jk_layer_kv(c, layer) == layer;

	h.qk = h.q + (own ? h.kv : 0);
	h.qkv = h.qk + (own ? h.kv : 0);
	return h;
}

uint64_t
jk_heads_normed(const struct jk_config *c, uint32_t layer)
{
	const struct jk_heads h = jk_heads(c, layer);

	return c->v_norm ? h.qkv : h.qk;
}

/* How many of q, k, v have norms: the first ones. */
static int
n_normed(const struct jk_config *c, uint32_t layer)
{
	return jk_layer_kv(c, layer) != layer ? 1 : c->v_norm ? 3 : 2;
}

int
jk_copy_columns(const struct jk_pass *p, uint64_t x, uint32_t ldx, uint64_t y,
    uint32_t ldy, uint32_t n, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	return JK_RUN(w->dev, copy_rows, (&(struct jk_copy_rows){
		.x = x, .y = y, .n_rows = p->n_rows, .dim = n, .ldx = ldx,
		.ldy = ldy, .type = w->type, .type_y = w->type,
		.n_x = p->n_rows, .n_y = p->n_rows }), err);
}

/*
 * Where heads of q (which 0), k (1) or v (2) stand among what the projections
 * gave, or their gradients among that of it: n of `dim` features, `step` apart,
 * in rows that are `ld` apart.
 */
struct heads {
	uint64_t at;
	uint32_t n, dim, ld, step;
};

/* Of q and k with gates. */
static struct heads
heads_in(const struct jk_pass *p, uint32_t layer, uint64_t raw, int which)
{
	const struct jk_config *c = p->weights->config;
	const struct jk_heads h = jk_heads(c, layer);

	return (struct heads){ .at = jk_act_at(p, raw, which ? 2 * h.q : 0),
		.n = which ? h.n_kv : h.n, .dim = h.dim,
		.ld = jk_group_n(c, layer, JK_GROUP_QKV),
		.step = which ? h.dim : 2 * h.dim };
}

/*
 * The same without gates, in rows that are `ld` apart; where one norm is of all
 * heads, they are one.
 */
static struct heads
heads_of(const struct jk_pass *p, uint32_t layer, uint64_t qkv, uint32_t ld,
    int which)
{
	const struct jk_config *c = p->weights->config;
	const struct jk_heads h = jk_heads(c, layer);
	const uint32_t columns[] = { 0, h.q, h.qk };
	const uint32_t n = which ? h.n_kv : h.n;
	const uint32_t dim = h.dim * (c->wide_qk_norm ? n : 1);

	return (struct heads){ .at = jk_act_at(p, qkv, columns[which]),
		.n = c->wide_qk_norm ? 1 : n, .dim = dim, .ld = ld,
		.step = dim };
}

static uint64_t
norm_weights(const struct jk_weights *w, uint32_t layer, int which)
{
	const struct jk_layer_weights *l = &w->layers[layer];
	const uint64_t weights[] = { l->attention.q_norm, l->attention.k_norm,
		w->ones };

	return weights[which];
}

/* Values, from behind q with its gates and k. */
static uint64_t
values_in(const struct jk_pass *p, uint32_t layer, uint64_t raw)
{
	const struct jk_heads h = jk_heads(p->weights->config, layer);

	return jk_act_at(p, raw, 2 * h.q + h.kv);
}

int
jk_heads_norm(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_heads h = jk_heads(c, layer);
	const uint32_t kept = (uint32_t)jk_heads_normed(c, layer);
	int i;

	if (b->attention.qk_raw && jk_copy_columns(p, b->attention.qkv, h.qkv,
	    b->attention.qk_raw, kept, kept, err) < 0)
		return -1;
	if (c->gated_attention && jk_copy_columns(p, values_in(p, layer,
	    b->attention.raw), jk_group_n(c, layer, JK_GROUP_QKV), jk_act_at(p,
	    b->attention.qkv, h.qk), h.qkv, h.kv, err) < 0)
		return -1;
	for (i = 0; i < n_normed(c, layer); i++) {
		const struct heads to = heads_of(p, layer, b->attention.qkv,
		    h.qkv, i);
		const struct heads from = c->gated_attention ?
		    heads_in(p, layer, b->attention.raw, i) : to;

		if (JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
			.x = from.at, .y = to.at, .n_rows = p->n_rows,
			.w = norm_weights(w, layer, i), .n_groups = from.n,
			.dim = from.dim, .step = from.step, .ldx = from.ld,
			.ldy = to.ld, .type = w->type, .eps = c->rms_norm_eps,
			.weight_offset = c->norm_plus_one ? 1 : 0 }),
		    err) < 0)
			return -1;
	}
	return 0;
}

int
jk_heads_norm_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_heads h = jk_heads(c, layer);
	const uint32_t kept = (uint32_t)jk_heads_normed(c, layer);
	int i;

	if (c->gated_attention && jk_copy_columns(p, jk_act_at(p,
	    b->attention.d_qkv, h.qk), h.qkv, values_in(p, layer,
	    b->attention.d_raw), jk_group_n(c, layer, JK_GROUP_QKV), h.kv,
	    err) < 0)
		return -1;
	for (i = 0; i < n_normed(c, layer); i++) {
		const struct heads x = c->gated_attention ?
		    heads_in(p, layer, b->attention.raw, i) :
		    heads_of(p, layer, b->attention.qk_raw, kept, i);
		const struct heads dy = heads_of(p, layer, b->attention.d_qkv,
		    h.qkv, i);
		const struct heads dx = c->gated_attention ?
		    heads_in(p, layer, b->attention.d_raw, i) : dy;

		if (JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
			.x = x.at, .w = norm_weights(w, layer, i),
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

int
jk_heads_gate(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct heads q = heads_in(p, layer, b->attention.raw, 0);
	const uint32_t ld = q.n * q.dim;

	return JK_RUN(p->weights->dev, gate, (&(struct jk_gate){
		.x = b->attention.out, .gate = jk_act_at(p, q.at, q.dim),
		.y = b->attention.gated, .n_rows = p->n_rows,
		.n_heads = q.n, .head_dim = q.dim, .ldx = ld, .ldg = q.ld,
		.ldy = ld, .step = q.step, .kind = JK_GATE_SIGMOID,
		.type = p->weights->type }), err);
}

int
jk_heads_gate_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct heads q = heads_in(p, layer, b->attention.raw, 0);
	const struct heads d = heads_in(p, layer, b->attention.d_raw, 0);
	const uint32_t ld = q.n * q.dim;

	return JK_RUN(p->weights->dev, gate_back, (&(struct jk_gate_back){
		.x = b->attention.out, .gate = jk_act_at(p, q.at, q.dim),
		.dy = b->attention.d_out, .dx = b->attention.d_out,
		.dgate = jk_act_at(p, d.at, d.dim), .n_rows = p->n_rows,
		.n_heads = q.n, .head_dim = q.dim, .ldx = ld, .ldg = q.ld,
		.ldy = ld, .step = q.step, .kind = JK_GATE_SIGMOID,
		.type = p->weights->type }), err);
}
