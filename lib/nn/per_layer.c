#include "nn/per_layer.h"

#include <math.h>

#include "nn/heads.h"
#include "nn/product.h"
#include "nn/residual.h"

uint64_t
jk_per_layer_numbers(const struct jk_config *c)
{
	return (uint64_t)c->n_layers * c->per_layer_size;
}

/*
 * The norm's weights are divided by sqrt(2) (nn/load.c), and the division by
 * sqrt(C) is left to its epsilon.
 */
int
jk_per_layer_inputs(const struct jk_pass *p, uint64_t x, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_config *c = w->config;
	const uint32_t n = (uint32_t)jk_per_layer_numbers(c);
	const uint32_t size = c->per_layer_size;

	if (jk_product(p, &w->per_layer.projection[p->use], p->n_rows, x, 0,
	    p->per_layer_work, n, w->type, false, err) < 0 ||
	    JK_RUN(w->dev, rms_norm, (&(struct jk_rms_norm){
		.x = p->per_layer_work, .w = w->per_layer.norm,
		.y = p->per_layer, .n_rows = p->n_rows,
		.n_groups = c->n_layers, .dim = size, .step = size, .ldx = n,
		.ldy = n, .type = w->type,
		.eps = c->rms_norm_eps * (float)c->hidden_size }), err) < 0 ||
	    JK_RUN(w->dev, embedding, (&(struct jk_embedding){
		.rows = p->rows, .w = w->per_layer.embedding.address,
		.y = p->per_layer_work, .n_rows = p->n_rows,
		.dim = w->per_layer.embedding.k,
		.n_vocab = w->per_layer.embedding.n,
		.weight_type = w->per_layer.embedding.type, .type = w->type,
		.scale = sqrtf((float)size / 2) }), err) < 0)
		return -1;
	return JK_RUN(w->dev, add, (&(struct jk_add){ .a = p->per_layer,
		.b = p->per_layer_work, .y = p->per_layer,
		.n = n * p->n_rows, .type = w->type }), err);
}

static uint64_t
size_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return c->per_layer_size;
}

#define IN(member) offsetof(struct jk_layer_buffers, per_layer.member)
static const struct jk_block_buffer buffers[] = {
	{ JK_MSG("gate of per-layer embeddings"), JK_BUFFER_KEPT, IN(gate),
	  false, size_numbers, NULL },
	{ JK_MSG("per-layer embeddings of a layer"), JK_BUFFER_LOCAL,
	  IN(input), false, size_numbers, NULL },
	{ JK_MSG("per-layer embeddings, gated"), JK_BUFFER_LOCAL, IN(act),
	  false, size_numbers, NULL },
	{ JK_MSG("branch of per-layer embeddings"), JK_BUFFER_KEPT, IN(branch),
	  false, jk_branch_numbers, NULL },
	{ JK_MSG("gradient of per-layer embeddings, gated"), JK_BUFFER_BACK,
	  IN(d_act), false, size_numbers, NULL },
	{ .name = NULL }
};
#undef IN

/* act from gate and the layer's input, which is left there. */
static int
open_gate(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t n = c->per_layer_size;

	if (jk_copy_columns(p, jk_act_at(p, p->per_layer, (uint64_t)layer * n),
	    (uint32_t)jk_per_layer_numbers(c), b->per_layer.input, n, n,
	    err) < 0)
		return -1;
	return JK_RUN(p->weights->dev, glu, (&(struct jk_glu){
		.gate = b->per_layer.gate, .up = b->per_layer.input,
		.y = b->per_layer.act, .n_rows = p->n_rows, .dim = n,
		.ldx = n, .ldy = n, .kind = JK_GLU_GELU,
		.type = p->weights->type }), err);
}

/* gate becomes its gradient. */
static int
open_gate_back(const struct jk_pass *p, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const uint32_t n = p->weights->config->per_layer_size;

	return JK_RUN(p->weights->dev, glu_back, (&(struct jk_glu_back){
		.gate = b->per_layer.gate, .up = b->per_layer.input,
		.dy = b->per_layer.d_act, .dgate = b->per_layer.gate,
		.dup = b->per_layer.input, .n_rows = p->n_rows, .dim = n,
		.ldx = n, .ldy = n, .kind = JK_GLU_GELU,
		.type = p->weights->type }), err);
}

/* x *= the layer's scale; of a gradient as well. */
static int
scale(const struct jk_pass *p, uint32_t layer, uint64_t x, struct jk_err *err)
{
	const uint32_t n = p->weights->config->hidden_size;

	return JK_RUN(p->weights->dev, scale_columns,
	    (&(struct jk_scale_columns){ .x = x,
		.factor = p->weights->layers[layer].per_layer.scale,
		.y = x, .n_rows = p->n_rows, .n = n, .ldx = n, .ldy = n,
		.type = p->weights->type }), err);
}

static struct jk_residual
residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_PER_LAYER_OUT,
		.from = b->per_layer.act, .x = x,
		.branch = b->per_layer.branch,
		.post_norm = p->weights->layers[layer].per_layer.post_norm,
		.y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_residual r = residual(p, layer, b, x, y);

	if (jk_enter(p, layer, JK_GROUP_PER_LAYER_GATE, x, 0,
	    b->per_layer.gate, b, err) < 0 ||
	    open_gate(p, layer, b, err) < 0 ||
	    jk_residual(p, layer, &r, b, err) < 0)
		return -1;
	return scale(p, layer, y, err);
}

static int
back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, bool is_last,
    struct jk_err *err)
{
	const struct jk_residual r = residual(p, layer, b, x, 0);

	if (scale(p, layer, b->d, err) < 0 ||
	    open_gate(p, layer, b, err) < 0 ||
	    jk_residual_back(p, layer, &r, b->per_layer.d_act, b, err) < 0 ||
	    jk_residual_grad(p, layer, &r, b, err) < 0 ||
	    open_gate_back(p, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_PER_LAYER_GATE, x, 0,
	    b->per_layer.gate, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, per_layer.member)
const struct jk_block jk_per_layer_block = {
	.vectors = {
		{ JK_MODULE_PER_LAYER_POST_NORM, IN(post_norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_LAYER_SCALE, IN(scale), JK_VECTOR_SPREAD },
	},
	.n_vectors = 2,
	.buffers = buffers,
	.forward = forward,
	.back = back,
};
