#include "nn/short_conv.h"

#include "nn/residual.h"

/* Columns of what the projection gives. */
static uint32_t
in_width(const struct jk_config *c)
{
	return 3 * c->hidden_size;
}

static uint64_t
in_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return in_width(c);
}

static uint64_t
hidden_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return c->hidden_size;
}

#define IN(member) offsetof(struct jk_layer_buffers, short_conv.member)
static const struct jk_block_buffer buffers[] = {
	{ JK_MSG("inputs of short convolutions"), JK_BUFFER_KEPT, IN(in),
	  false, in_numbers, NULL },
	{ JK_MSG("input of the convolution, gated"), JK_BUFFER_LOCAL, IN(x),
	  false, hidden_numbers, NULL },
	{ JK_MSG("convolution"), JK_BUFFER_LOCAL, IN(y), false,
	  hidden_numbers, NULL },
	{ JK_MSG("convolution, gated"), JK_BUFFER_LOCAL, IN(gated), false,
	  hidden_numbers, NULL },
	{ JK_MSG("gradient of the convolution"), JK_BUFFER_BACK, IN(d_y),
	  false, hidden_numbers, NULL },
	{ JK_MSG("gradient of inputs of short convolutions"), JK_BUFFER_BACK,
	  IN(d_in), false, in_numbers, NULL },
	{ .name = NULL }
};
#undef IN

static uint64_t
state_bytes(const struct jk_config *c, uint32_t layer, uint32_t type,
    const struct jk_cache *cache)
{
	(void)layer;
	return jk_cache_slots(cache) * (c->conv_kernel - 1) *
	    jk_type_bytes(type, c->hidden_size);
}

/* The three of what the projection gives, [T, 3, C], or of its gradient. */
enum { PART_B, PART_C, PART_U };

static uint64_t
part(const struct jk_pass *p, uint64_t in, uint64_t which)
{
	return jk_act_at(p, in, which * p->weights->config->hidden_size);
}

/* y [T, C] = x, in rows that are ldx apart, times a part of `in`. */
static int
gate(const struct jk_pass *p, uint64_t x, uint32_t ldx, uint64_t by,
    uint64_t y, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t n = c->hidden_size;

	return JK_RUN(p->weights->dev, gate, (&(struct jk_gate){ .x = x,
		.gate = by, .y = y, .n_rows = p->n_rows, .n_heads = 1,
		.head_dim = n, .ldx = ldx, .ldg = in_width(c), .ldy = n,
		.step = n, .kind = JK_GATE_BILINEAR, .type = p->weights->type }), err);
}

/* Back through it: d, in rows that are ldd apart, in place; dby as `by`. */
static int
gate_back(const struct jk_pass *p, uint64_t x, uint32_t ldx, uint64_t by,
    uint64_t d, uint32_t ldd, uint64_t dby, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t n = c->hidden_size;

	return JK_RUN(p->weights->dev, gate_back, (&(struct jk_gate_back){
		.x = x, .gate = by, .dy = d, .dx = d, .dgate = dby,
		.n_rows = p->n_rows, .n_heads = 1, .head_dim = n, .ldx = ldx,
		.ldg = in_width(c), .ldy = ldd, .step = n,
		.kind = JK_GATE_BILINEAR, .type = p->weights->type }), err);
}

/* x, y and gated from `in`. */
static int
mix(const struct jk_pass *p, uint32_t layer, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint32_t n = c->hidden_size;
	const uint64_t in = b->short_conv.in;
	struct jk_conv1d a = { .x = b->short_conv.x,
		.w = w->layers[layer].short_conv.kernels, .rows = p->rows,
		.y = b->short_conv.y, .n_rows = p->n_rows, .n_channels = n,
		.kernel = c->conv_kernel, .ldx = n, .ldy = n, .type = w->type,
		.linear = 1 };

	if (p->cache) {
		a.state = b->state;
		a.n_prefixes = p->cache->n_prefixes;
		a.prefix_rows = p->cache->prefix_rows;
		a.n_sequences = p->cache->n_sequences;
		a.sequence_rows = p->cache->sequence_rows;
	}
	if (gate(p, part(p, in, PART_U), in_width(c),
	    part(p, in, PART_B), b->short_conv.x, err) < 0 ||
	    JK_RUN(w->dev, conv1d, &a, err) < 0)
		return -1;
	return gate(p, b->short_conv.y, n, part(p, in, PART_C),
	    b->short_conv.gated, err);
}

/* d_in from d_y, the gradient of gated. */
static int
mix_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint32_t n = c->hidden_size, ld = in_width(c);
	const uint64_t in = b->short_conv.in, d_in = b->short_conv.d_in;

	if (gate_back(p, b->short_conv.y, n, part(p, in, PART_C),
	    b->short_conv.d_y, n, part(p, d_in, PART_C), err) < 0 ||
	    JK_RUN(w->dev, conv1d_back, (&(struct jk_conv1d_back){
		.x = b->short_conv.x, .w = w->layers[layer].short_conv.kernels,
		.rows = p->rows, .dy = b->short_conv.d_y,
		.dx = part(p, d_in, PART_U), .n_rows = p->n_rows,
		.n_channels = n, .kernel = c->conv_kernel, .ldx = n, .ldy = n,
		.ldd = ld, .type = w->type, .linear = 1 }), err) < 0)
		return -1;
	return gate_back(p, part(p, in, PART_U), ld, part(p, in, PART_B),
	    part(p, d_in, PART_U), ld, part(p, d_in, PART_B), err);
}

static struct jk_residual
residual(const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_CONV_OUT,
		.from = b->short_conv.gated, .x = x, .y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(b, x, y);

	if (jk_enter(p, layer, JK_GROUP_CONV_IN, x, l->short_conv.norm,
	    b->short_conv.in, b, err) < 0 || mix(p, layer, b, err) < 0)
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

	if (mix(p, layer, b, err) < 0 ||
	    jk_residual_back(p, layer, &r, b->short_conv.d_y, b, err) < 0 ||
	    jk_residual_grad(p, layer, &r, b, err) < 0 ||
	    mix_back(p, layer, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_CONV_IN, x,
	    l->short_conv.norm, b->short_conv.d_in, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, short_conv.member)
const struct jk_block jk_short_conv_block = {
	.vectors = {
		{ JK_MODULE_ATTENTION_NORM, IN(norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_CONV_KERNELS, IN(kernels),
		  JK_VECTOR_TURNED },
	},
	.n_vectors = 2,
	.buffers = buffers,
	.state_bytes = state_bytes,
	.forward = forward,
	.back = back,
};
