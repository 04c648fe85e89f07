#include "nn/mlp.h"

#include "nn/project.h"
#include "nn/residual.h"

static uint64_t
gate_up_numbers(const struct jk_config *c, uint32_t layer)
{
	return jk_group_n(c, layer, JK_GROUP_GATE_UP);
}

static uint64_t
act_numbers(const struct jk_config *c, uint32_t layer)
{
	return jk_layer_intermediate_size(c, layer);
}

#define IN(member) offsetof(struct jk_layer_buffers, mlp.member)
static const struct jk_block_buffer buffers[] = {
	{ JK_MSG("gate, up"), JK_BUFFER_KEPT, IN(gate_up), false,
	  gate_up_numbers, NULL },
	{ JK_MSG("activation"), JK_BUFFER_LOCAL, IN(act), false, act_numbers,
	  NULL },
	{ JK_MSG("feed-forward branch"), JK_BUFFER_KEPT, IN(branch), false,
	  jk_branch_numbers, NULL },
	{ JK_MSG("gradient of activation"), JK_BUFFER_BACK, IN(d_act), false,
	  act_numbers, NULL },
	{ .name = NULL }
};
#undef IN

static uint32_t
glu_kind(const struct jk_config *c)
{
	return c->activation == JK_ACTIVATION_SILU ? JK_GLU_SILU : JK_GLU_GELU;
}

static int
activate(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t f = jk_layer_intermediate_size(c, layer);

	if (c->ungated)
		return JK_RUN(p->weights->dev, gelu, (&(struct jk_gelu){
			.x = b->mlp.gate_up, .y = b->mlp.act,
			.n_rows = p->n_rows, .dim = f, .ldx = f, .ldy = f,
			.type = p->weights->type }), err);
	return JK_RUN(p->weights->dev, glu, (&(struct jk_glu){
		.gate = b->mlp.gate_up, .up = jk_act_at(p, b->mlp.gate_up, f),
		.y = b->mlp.act, .n_rows = p->n_rows, .dim = f, .ldx = 2 * f,
		.ldy = f, .kind = glu_kind(c), .type = p->weights->type }),
	    err);
}

/* act as on the way forward, and gate_up becomes its gradient. */
static int
activate_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;
	const uint32_t f = jk_layer_intermediate_size(c, layer);
	const uint64_t gate = b->mlp.gate_up, up = jk_act_at(p, gate, f);
	const uint64_t act = jk_project_learns(p, layer, JK_GROUP_DOWN) ?
	    b->mlp.act : 0;

	if (c->ungated)
		return JK_RUN(p->weights->dev, gelu_back,
		    (&(struct jk_gelu_back){
			.x = gate, .dy = b->mlp.d_act, .dx = gate,
			.y = act, .n_rows = p->n_rows, .dim = f, .ldx = f,
			.ldy = f, .type = p->weights->type }), err);
	return JK_RUN(p->weights->dev, glu_back, (&(struct jk_glu_back){
		.gate = gate, .up = up, .dy = b->mlp.d_act, .dgate = gate,
		.dup = up, .y = act, .n_rows = p->n_rows, .dim = f,
		.ldx = 2 * f, .ldy = f, .kind = glu_kind(c),
		.type = p->weights->type }), err);
}

static struct jk_residual
residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y)
{
	return (struct jk_residual){ .group = JK_GROUP_DOWN,
		.from = b->mlp.act, .x = x, .branch = b->mlp.branch,
		.post_norm = p->weights->layers[layer].mlp.post_norm, .y = y };
}

static int
forward(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const struct jk_residual r = residual(p, layer, b, x, y);

	if (jk_enter(p, layer, JK_GROUP_GATE_UP, x, l->mlp.norm,
	    b->mlp.gate_up, b, err) < 0 ||
	    activate(p, layer, b, err) < 0)
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

	if (jk_residual_back(p, layer, &r, b->mlp.d_act, b, err) < 0 ||
	    activate_back(p, layer, b, err) < 0 ||
	    jk_residual_grad(p, layer, &r, b, err) < 0)
		return -1;
	return jk_enter_back(p, layer, JK_GROUP_GATE_UP, x, l->mlp.norm,
	    b->mlp.gate_up, is_last, b, err);
}

#define IN(member) offsetof(struct jk_layer_weights, mlp.member)
const struct jk_block jk_mlp_block = {
	.vectors = {
		{ JK_MODULE_MLP_NORM, IN(norm),
		  JK_VECTOR_PLAIN },
		{ JK_MODULE_MLP_POST_NORM, IN(post_norm),
		  JK_VECTOR_PLAIN },
	},
	.n_vectors = 2,
	.buffers = buffers,
	.forward = forward,
	.back = back,
};
