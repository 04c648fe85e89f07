#include "nn/delta.h"

#include <math.h>

#include "nn/residual.h"

/* Columns of q or of k, of v, of all that the convolution goes over. */
static uint32_t
key_width(const struct jk_config *c)
{
	return c->linear.n_k_heads * c->linear.key_dim;
}

static uint32_t
value_width(const struct jk_config *c)
{
	return c->linear.n_v_heads * c->linear.value_dim;
}

static uint32_t
conv_width(const struct jk_config *c)
{
	return 2 * key_width(c) + value_width(c);
}

static uint32_t
in_width(const struct jk_config *c)
{
	return conv_width(c) + value_width(c) + 2 * c->linear.n_v_heads;
}

/* Floats of one state of all heads. */
static uint64_t
state_floats(const struct jk_config *c)
{
	return (uint64_t)value_width(c) * c->linear.key_dim;
}

static uint64_t
in_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return in_width(c);
}

static uint64_t
conv_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return conv_width(c);
}

static uint64_t
qk_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return 2 * key_width(c);
}

static uint64_t
value_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return value_width(c);
}

static uint64_t
gate_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return 2 * c->linear.n_v_heads;
}

static uint64_t
no_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)c, (void)layer;
	return 0;
}

static uint64_t
states_more(const struct jk_config *c)
{
	return 2 * state_floats(c);
}

/* jk_delta_states states: so many of each row, and so many beside. */
static uint64_t
work_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return jk_over(state_floats(c), JK_DELTA_CHUNK);
}

static uint64_t
work_more(const struct jk_config *c)
{
	return jk_delta_states(0) * state_floats(c);
}

#define IN(member) offsetof(struct jk_layer_buffers, delta.member)
static const struct jk_block_buffer buffers[] = {
	{ JK_MSG("inputs of linear attention"), JK_BUFFER_KEPT, IN(in), false,
	  in_numbers, NULL },
	{ JK_MSG("convolution"), JK_BUFFER_LOCAL, IN(conv), false, conv_numbers,
	  NULL },
	{ JK_MSG("q and k of length 1"), JK_BUFFER_LOCAL, IN(qk), false,
	  qk_numbers, NULL },
	{ JK_MSG("decays and betas"), JK_BUFFER_LOCAL, IN(gates), true,
	  gate_numbers, NULL },
	{ JK_MSG("states of linear attention"), JK_BUFFER_LOCAL, IN(states),
	  true, no_numbers, states_more },
	{ JK_MSG("linear attention"), JK_BUFFER_KEPT, IN(out), false,
	  value_numbers, NULL },
	{ JK_MSG("linear attention, normed"), JK_BUFFER_LOCAL, IN(normed),
	  false, value_numbers, NULL },
	{ JK_MSG("linear attention, gated"), JK_BUFFER_LOCAL, IN(gated), false,
	  value_numbers, NULL },
	{ JK_MSG("gradient of linear attention"), JK_BUFFER_BACK, IN(d_out),
	  false, value_numbers, NULL },
	{ JK_MSG("gradient of q and k of length 1"), JK_BUFFER_BACK, IN(d_qk),
	  false, qk_numbers, NULL },
	{ JK_MSG("gradient of the convolution"), JK_BUFFER_BACK, IN(d_conv),
	  false, conv_numbers, NULL },
	{ JK_MSG("gradient of decays and betas"), JK_BUFFER_BACK, IN(d_gates),
	  true, gate_numbers, NULL },
	{ JK_MSG("gradient of linear inputs"), JK_BUFFER_BACK, IN(d_in), false,
	  in_numbers, NULL },
	{ JK_MSG("states on the way back"), JK_BUFFER_BACK, IN(work), true,
	  work_numbers, work_more },
	{ .name = NULL }
};
#undef IN

static uint64_t
state_bytes(const struct jk_config *c, uint32_t layer, uint32_t type,
    const struct jk_cache *cache)
{
	(void)layer;
	return jk_cache_slots(cache) * (4 * state_floats(c) + (c->linear.kernel - 1) *
	    jk_type_bytes(type, conv_width(c)));
}

/* Where z, or b and a behind it, stand among the projections' outputs. */
static uint64_t
column(const struct jk_pass *p, uint32_t layer, uint64_t in,
    enum jk_module proj)
{
	return jk_act_at(p, in, jk_proj_column(p->weights->config, layer,
	    proj));
}

static int
convolve(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	struct jk_conv1d a = { .x = b->delta.in,
		.w = w->layers[layer].delta.conv, .rows = p->rows,
		.y = b->delta.conv, .n_rows = p->n_rows,
		.n_channels = conv_width(c), .kernel = c->linear.kernel,
		.ldx = in_width(c), .ldy = conv_width(c), .type = w->type };

	if (p->cache) {
		a.state = b->state + 4 * state_floats(c) * jk_cache_slots(p->cache);
		a.n_prefixes = p->cache->n_prefixes;
		a.prefix_rows = p->cache->prefix_rows;
		a.n_sequences = p->cache->n_sequences;
		a.sequence_rows = p->cache->sequence_rows;
	}
	return JK_RUN(w->dev, conv1d, &a, err);
}

/* Heads of q and k: a norm whose mean of squares is a sum of them. */
static struct jk_rms_norm
lengths(const struct jk_pass *p, const struct jk_layer_buffers *b)
{
	const struct jk_config *c = p->weights->config;

	return (struct jk_rms_norm){ .x = b->delta.conv,
		.w = p->weights->unit, .y = b->delta.qk, .n_rows = p->n_rows,
		.n_groups = 2 * c->linear.n_k_heads, .dim = c->linear.key_dim,
		.step = c->linear.key_dim, .ldx = conv_width(c),
		.ldy = 2 * key_width(c), .type = p->weights->type,
		.eps = 1e-6f / (float)c->linear.key_dim };
}

/* What the rule takes: conv, qk and gates. */
static int
prepare(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	const struct jk_rms_norm unit = lengths(p, b);

	if (convolve(p, layer, b, err) < 0 ||
	    JK_RUN(w->dev, rms_norm, &unit, err) < 0)
		return -1;
	return JK_RUN(w->dev, delta_gates, (&(struct jk_delta_gates){
		.x = column(p, layer, b->delta.in, JK_MODULE_LINEAR_B),
		.a_log = l->delta.a_log, .dt_bias = l->delta.dt_bias,
		.y = b->delta.gates, .n_rows = p->n_rows,
		.n_heads = c->linear.n_v_heads, .ldx = in_width(c),
		.type = w->type }), err);
}

static float
scale(const struct jk_config *c)
{
	return (float)(1 / sqrt(c->linear.key_dim));
}

static int
apply(const struct jk_pass *p, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	struct jk_delta_rule a = { .q = b->delta.qk,
		.k = jk_act_at(p, b->delta.qk, key_width(c)),
		.v = jk_act_at(p, b->delta.conv, 2 * key_width(c)),
		.gates = b->delta.gates, .rows = p->rows,
		.state = b->delta.states, .y = b->delta.out,
		.n_rows = p->n_rows, .n_heads = c->linear.n_v_heads,
		.n_k_heads = c->linear.n_k_heads,
		.key_dim = c->linear.key_dim, .value_dim = c->linear.value_dim,
		.ldk = 2 * key_width(c), .ldv = conv_width(c),
		.ldy = value_width(c), .type = w->type, .scale = scale(c) };

	if (p->cache) {
		a.state = b->state;
		a.n_prefixes = p->cache->n_prefixes;
		a.prefix_rows = p->cache->prefix_rows;
		a.n_sequences = p->cache->n_sequences;
		a.sequence_rows = p->cache->sequence_rows;
	}
	return JK_RUN(w->dev, delta_rule, &a, err);
}

/* gated = the norm of out's heads, times SiLU of z. */
static int
finish(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint32_t n = value_width(c), dim = c->linear.value_dim;

	if (JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
		.x = b->delta.out, .w = w->layers[layer].delta.out_norm,
		.y = b->delta.normed, .n_rows = p->n_rows,
		.n_groups = c->linear.n_v_heads, .dim = dim, .step = dim,
		.ldx = n, .ldy = n, .type = w->type,
		.eps = c->rms_norm_eps }), err) < 0)
		return -1;
	return JK_RUN(w->dev, gate, (&(struct jk_gate){
		.x = b->delta.normed,
		.gate = column(p, layer, b->delta.in, JK_MODULE_LINEAR_Z),
		.y = b->delta.gated, .n_rows = p->n_rows,
		.n_heads = c->linear.n_v_heads, .head_dim = dim, .ldx = n,
		.ldg = in_width(c), .ldy = n, .step = dim,
		.kind = JK_GATE_SILU, .type = w->type }), err);
}

/* d_out, of the rule's result, from that of gated, in place; d_in's z. */
static int
finish_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint32_t n = value_width(c), dim = c->linear.value_dim;

	if (JK_RUN(w->dev, gate_back, (&(struct jk_gate_back){
		.x = b->delta.normed,
		.gate = column(p, layer, b->delta.in, JK_MODULE_LINEAR_Z),
		.dy = b->delta.d_out, .dx = b->delta.d_out,
		.dgate = column(p, layer, b->delta.d_in, JK_MODULE_LINEAR_Z),
		.n_rows = p->n_rows, .n_heads = c->linear.n_v_heads,
		.head_dim = dim, .ldx = n, .ldg = in_width(c), .ldy = n,
		.step = dim, .kind = JK_GATE_SILU, .type = w->type }),
	    err) < 0)
		return -1;
	return JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
		.x = b->delta.out, .w = w->layers[layer].delta.out_norm,
		.dy = b->delta.d_out, .dx = b->delta.d_out,
		.n_rows = p->n_rows, .n_groups = c->linear.n_v_heads,
		.dim = dim, .step = dim, .ldx = n, .ldy = n, .ldd = n,
		.type = w->type, .eps = c->rms_norm_eps }), err);
}

/* d_qk, d_gates, and d_conv's v from d_out. */
static int
apply_back(const struct jk_pass *p, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;

	return JK_RUN(w->dev, delta_rule_back, (&(struct jk_delta_rule_back){
		.q = b->delta.qk, .k = jk_act_at(p, b->delta.qk,
		key_width(c)), .v = jk_act_at(p, b->delta.conv,
		2 * key_width(c)), .gates = b->delta.gates, .rows = p->rows,
		.dy = b->delta.d_out, .dq = b->delta.d_qk,
		.dk = jk_act_at(p, b->delta.d_qk, key_width(c)),
		.dv = jk_act_at(p, b->delta.d_conv, 2 * key_width(c)),
		.dgates = b->delta.d_gates, .work = b->delta.work,
		.n_rows = p->n_rows, .n_heads = c->linear.n_v_heads,
		.n_k_heads = c->linear.n_k_heads,
		.key_dim = c->linear.key_dim, .value_dim = c->linear.value_dim,
		.ldk = 2 * key_width(c), .ldv = conv_width(c),
		.ldy = value_width(c), .type = w->type, .scale = scale(c) }),
	    err);
}

/* The rest of d_in from d_qk, d_conv's v and d_gates. */
static int
prepare_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const struct jk_layer_weights *l = &w->layers[layer];
	const struct jk_rms_norm unit = lengths(p, b);

	if (JK_RUN(w->dev, rms_norm_back, (&(struct jk_rms_norm_back){
		.x = unit.x, .w = unit.w, .dy = b->delta.d_qk,
		.dx = b->delta.d_conv, .n_rows = p->n_rows,
		.n_groups = unit.n_groups, .dim = unit.dim, .step = unit.dim,
		.ldx = unit.ldx, .ldy = unit.ldy, .ldd = unit.ldx,
		.type = w->type, .eps = unit.eps }), err) < 0 ||
	    JK_RUN(w->dev, conv1d_back, (&(struct jk_conv1d_back){
		.x = b->delta.in, .w = l->delta.conv, .rows = p->rows,
		.dy = b->delta.d_conv, .dx = b->delta.d_in,
		.n_rows = p->n_rows, .n_channels = conv_width(c),
		.kernel = c->linear.kernel, .ldx = in_width(c),
		.ldy = conv_width(c), .ldd = in_width(c), .type = w->type }),
	    err) < 0)
		return -1;
	return JK_RUN(w->dev, delta_gates_back, (&(struct
	    jk_delta_gates_back){
		.x = column(p, layer, b->delta.in, JK_MODULE_LINEAR_B),
		.a_log = l->delta.a_log, .dt_bias = l->delta.dt_bias,
		.dy = b->delta.d_gates,
		.dx = column(p, layer, b->delta.d_in, JK_MODULE_LINEAR_B),
		.n_rows = p->n_rows, .n_heads = c->linear.n_v_heads,
		.ldx = in_width(c), .ldd = in_width(c), .type = w->type }),
	    err);
}

static struct jk_residual
residual(const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_LINEAR_OUT,
		.from = b->delta.gated, .x = x, .y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(b, x, y);

	if (jk_enter(p, layer, JK_GROUP_LINEAR_IN, x, l->delta.norm,
	    b->delta.in, b, err) < 0 ||
	    prepare(p, layer, b, err) < 0 || apply(p, b, err) < 0 ||
	    finish(p, layer, b, err) < 0)
		return -1;
	return jk_residual(p, layer, &r, b, err);
}

static int
back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, bool is_last,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(b, x, 0);

	if (prepare(p, layer, b, err) < 0 || finish(p, layer, b, err) < 0 ||
	    jk_residual_back(p, layer, &r, b->delta.d_out, b, err) < 0 ||
	    jk_residual_grad(p, layer, &r, b, err) < 0 ||
	    finish_back(p, layer, b, err) < 0 || apply_back(p, b, err) < 0 ||
	    prepare_back(p, layer, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_LINEAR_IN, x, l->delta.norm,
	    b->delta.d_in, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, delta.member)
const struct jk_block jk_delta_block = {
	.vectors = {
		{ JK_MODULE_ATTENTION_NORM, IN(norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_LINEAR_CONV, IN(conv),
		  JK_VECTOR_TURNED },
		{ JK_MODULE_LINEAR_A_LOG, IN(a_log),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_LINEAR_DT_BIAS, IN(dt_bias),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_LINEAR_NORM, IN(out_norm),
		  JK_VECTOR_PLAIN },
	},
	.n_vectors = 5,
	.buffers = buffers,
	.state_bytes = state_bytes,
	.forward = forward,
	.back = back,
};
