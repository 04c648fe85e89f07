#include "nn/project.h"

#include <string.h>

#include "nn/dropout.h"
#include "nn/product.h"

/* Down to the ranks of all projections of a group. */
static int
lora_down(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t dim = jk_group_k(w->config, layer, group);

	return JK_RUN(w->dev, lora_down, (&(struct jk_lora_down){
		.x = x, .a = g->at[JK_LORA_A][0],
		.mask = jk_dropout_masks_of(p, layer, group, b),
		.z = b->z[group], .n_rows = p->n_rows,
		.n_proj = (uint32_t)g->n_proj, .rank = g->rank, .dim = dim,
		.ldx = dim, .type = w->type,
		.keep_scale = jk_dropout_scale(p) }), err);
}

_Static_assert((int)JK_GROUP_MAX <= JK_LORA_PROJECTIONS,
    "operations take all of a group's projections at once");

/* Where the outputs of a group's targeted projections are. */
static void
set_outputs(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    struct jk_lora_output *o)
{
	const struct jk_config *c = p->weights->config;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t row = 0;
	int i;

	for (i = 0; i < g->n_proj; i++) {
		o[i] = (struct jk_lora_output){ .row = row,
			.n = jk_proj_n(c, layer, g->proj[i]),
			.column = jk_proj_column(c, layer, g->proj[i]) -
			    jk_proj_column(c, layer, g->proj[0]),
			.scale = g->scale[i] };
		row += o[i].n;
	}
}

/* The first of them in rows of the group's outputs. */
static uint64_t
first_output(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t y)
{
	return jk_act_at(p, y, jk_proj_column(p->weights->config, layer,
	    p->lora->layers[layer][group].proj[0]));
}

/*
 * What goes up from there, onto what the product has made and a residual, or 0,
 * which has columns of targeted projections alone.
 */
static struct jk_lora_up
up_from(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t residual, uint64_t y, const struct jk_layer_buffers *b)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	struct jk_lora_up up = { .z = b->z[group],
		.b = g->at[JK_LORA_B][0],
		.y = first_output(p, layer, group, y), .residual = residual,
		.n_rows = p->n_rows, .n_proj = (uint32_t)g->n_proj,
		.rank = g->rank, .ldy = jk_group_n(w->config, layer, group),
		.type = w->type };

	set_outputs(p, layer, group, up.outputs);
	return up;
}

static int
lora_up(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t residual, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_lora_up up = up_from(p, layer, group, residual, y, b);

	return JK_RUN(p->weights->dev, lora_up, &up, err);
}

/* --- DoRA: nn/dora.h has the mathematics and the letters */

bool
jk_project_scales(const struct jk_pass *p, uint32_t layer,
    enum jk_group group)
{
	return p->lora && p->lora->layers[layer][group].factor;
}

/* y = factor x + shift, or y += factor x, of n columns from `column` on. */
static int
scale(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint32_t column, uint32_t n, uint64_t x, uint64_t shift, uint64_t y,
    bool accumulate, struct jk_err *err)
{
	const uint32_t ld = jk_group_n(p->weights->config, layer, group);

	return JK_RUN(p->weights->dev, scale_columns,
	    (&(struct jk_scale_columns){ .x = jk_act_at(p, x, column),
		.factor = p->lora->layers[layer][group].factor + 4ull * column,
		.shift = shift ? shift + 4ull * column : 0,
		.y = jk_act_at(p, y, column), .n_rows = p->n_rows, .n = n,
		.ldx = ld, .ldy = ld, .type = p->weights->type,
		.accumulate = accumulate }), err);
}

/* Whether dropout leaves inputs or takes them away. */
enum side { LEFT, TAKEN };

/*
 * to [T, K] = what is on that side of `from`, by the mask of the group's
 * targeted projection i; accumulate: +=.
 */
static int
apply_mask(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    int i, enum side side, uint64_t from, uint64_t to, bool accumulate,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const uint32_t dim = jk_group_k(p->weights->config, layer, group);
	const uint64_t words = (uint64_t)p->n_rows * ((dim + 31) / 32);
	const float keep_scale = p->dropout.keep_scale;

	return JK_RUN(p->weights->dev, apply_mask, (&(struct jk_apply_mask){
		.x = from, .mask = jk_dropout_masks_of(p, layer, group, b) +
		    4 * words * (uint64_t)i,
		.y = to, .n_rows = p->n_rows, .dim = dim,
		.type = p->weights->type, .accumulate = accumulate,
		.kept = side == LEFT ? keep_scale : 1 - keep_scale,
		.dropped = side == LEFT ? 0 : 1 }), err);
}

/* The number of a projection among a group's targeted ones; -1: none. */
static int
targeted(const struct jk_lora_group *g, enum jk_module proj)
{
	int i = g->n_proj - 1;

	while (i >= 0 && g->proj[i] != proj)
		i--;
	return i;
}

/*
 * Products of a projection: x' W' in u and (x - x') W' + bias in y, or without
 * LoRA x W' + bias in y.
 */
static int
product_dropped(const struct jk_pass *p, uint32_t layer, enum jk_module proj,
    uint64_t x, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const enum jk_group group = jk_proj_group(proj);
	const int i = targeted(&p->lora->layers[layer][group], proj);
	const uint32_t ld = jk_group_n(w->config, layer, group);
	uint64_t in = x;
	struct jk_matrix m;

	if (jk_projection(w, p->use, layer, proj, &m, err) < 0)
		return -1;
	if (i >= 0) {
		in = b->dropped;
		if (apply_mask(p, layer, group, i, LEFT, x, in, false, b,
		    err) < 0 ||
		    jk_product(p, &m, p->n_rows, in, 0, b->u[group], ld,
		    w->type, false, err) < 0 ||
		    apply_mask(p, layer, group, i, TAKEN, x, in, false, b,
		    err) < 0)
			return -1;
	}
	return jk_product(p, &m, p->n_rows, in, w->layers[layer].bias[group],
	    y, ld, w->type, false, err);
}

/* y behind lora_down, with dropout. */
static int
scaled_dropped(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	const struct jk_config *c = p->weights->config;
	const int first = (int)jk_group_first(c, layer, group);
	int i;

	for (i = 0; i < jk_group_size(c, layer, group); i++)
		if (product_dropped(p, layer, (enum jk_module)(first + i), x,
		    y, b, err) < 0)
			return -1;
	if (lora_up(p, layer, group, 0, b->u[group], b, err) < 0)
		return -1;
	for (i = 0; i < g->n_proj; i++)
		if (scale(p, layer, group, jk_proj_column(c, layer, g->proj[i]),
		    jk_proj_n(c, layer, g->proj[i]), b->u[group], 0, y, true,
		    err) < 0)
			return -1;
	return 0;
}

/* y behind lora_down; where there is no way back u is in its place. */
static int
scaled(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_layer_weights *l = &p->weights->layers[layer];
	const uint32_t n = jk_group_n(p->weights->config, layer, group);
	const uint64_t u = b->u[group] ? b->u[group] : y;

	if (p->dropout.threshold > 0)
		return scaled_dropped(p, layer, group, x, y, b, err);
	if (jk_product(p, &l->groups[p->use][group], p->n_rows, x, 0, u, n,
	    p->weights->type, false, err) < 0 ||
	    lora_up(p, layer, group, 0, u, b, err) < 0)
		return -1;
	return scale(p, layer, group, 0, n, u, l->bias[group], y, false, err);
}

bool
jk_project_adds(const struct jk_pass *p, uint32_t layer, enum jk_group group)
{
	return p->lora && !jk_project_scales(p, layer, group) &&
	    p->lora->layers[layer][group].n_proj ==
	    jk_group_size(p->weights->config, layer, group);
}

/*
 * Whether a product, there or back, and what LoRA adds to it are one operation: where
 * the device wants that, and a group's weights are one matrix whose outputs nothing
 * scales …
 */
static bool
folds(const struct jk_pass *p, uint32_t layer, enum jk_group group)
{
	return p->weights->dev->folds_lora &&
	    !jk_project_scales(p, layer, group) &&
	    p->weights->layers[layer].groups[p->use][group].n_parts == 1;
}

/* … and, on the way there, all projections have LoRA and rows are many. */
static bool
folds_up(const struct jk_pass *p, uint32_t layer, enum jk_group group)
{
	return folds(p, layer, group) &&
	    jk_matmul_is_tiled(p->n_rows, p->rowwise ? JK_MATMUL_ROWWISE : 0) &&
	    jk_project_adds(p, layer, group);
}

int
jk_project(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t plus, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_layer_weights *l = &w->layers[layer];
	const struct jk_lora_group *g = p->lora ?
	    &p->lora->layers[layer][group] : NULL;
	const struct jk_matrix *m = &l->groups[p->use][group];
	const bool has_lora = g && g->n_proj > 0;
	const uint64_t bias = g && g->bias ? g->bias : l->bias[group];
	const uint64_t residual = plus == y ? 0 : plus;
	struct jk_lora_up up;

	if (plus && (plus == y ? jk_project_scales(p, layer, group) :
	    !jk_project_adds(p, layer, group)))
		return jk_fail(err, JK_ESYS, "outputs cannot be added to that");
	/* beside a product that does not want it a device may overlap the two */
	if (has_lora && lora_down(p, layer, group, x, b, err) < 0)
		return -1;
	if (jk_project_scales(p, layer, group))
		return scaled(p, layer, group, x, y, b, err);
	if (has_lora && folds_up(p, layer, group)) {
		up = up_from(p, layer, group, residual, y, b);
		return jk_product_lora(p, m, x, bias, &up, plus && plus == y,
		    err);
	}
	if (jk_product(p, m, p->n_rows, x, bias, y,
	    jk_group_n(w->config, layer, group), w->type, plus && plus == y,
	    err) < 0)
		return -1;
	return has_lora ? lora_up(p, layer, group, residual, y, b, err) : 0;
}

/*
 * Two groups in turn have another dz: one's gradients of A may be computed beside
 * the dz of the next.
 */
static uint64_t
dz_of(enum jk_group group, const struct jk_layer_buffers *b)
{
	return b->dz[group % 2];
}

/*
 * Where the groups of a gradient meet; those of the layer's others, which may be
 * computed beside it, meet elsewhere.
 */
static uint64_t
partial_of(enum jk_group group, bool of_b, const struct jk_layer_buffers *b)
{
	return b->partial ? b->partial + (2ull * group + of_b) %
	    JK_LORA_PARTIALS * JK_LORA_PARTIAL_BYTES : 0;
}

/* Gradients of the B of a group's projections, and dz. */
static int
lora_back_b(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dy, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora *lora = p->lora;
	const struct jk_lora_group *g = &lora->layers[layer][group];
	const uint64_t at = g->at[JK_LORA_B][0];
	struct jk_lora_back_z z = { .dy = first_output(p, layer, group, dy),
		.b = at, .dz = dz_of(group, b), .n_rows = p->n_rows,
		.n_proj = (uint32_t)g->n_proj, .rank = g->rank,
		.ldy = jk_group_n(w->config, layer, group), .type = w->type };
	struct jk_lora_grad_b grad = { .dy = z.dy, .z = b->z[group],
		.db = p->grad + (at - lora->arena),
		.partial = partial_of(group, true, b), .n_rows = z.n_rows,
		.n_proj = z.n_proj, .rank = z.rank, .ldy = z.ldy,
		.type = z.type };

	set_outputs(p, layer, group, z.outputs);
	memcpy(grad.outputs, z.outputs, sizeof grad.outputs);
	if (JK_RUN(w->dev, lora_back_z, &z, err) < 0)
		return -1;
	return JK_RUN(w->dev, lora_grad_b, &grad, err);
}

/* What goes through a group's LoRA matrices to dx. */
static struct jk_lora_back_x
back_to(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dx, const struct jk_layer_buffers *b)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	const uint32_t dim = jk_group_k(w->config, layer, group);

	return (struct jk_lora_back_x){
		.dz = dz_of(group, b), .a = g->at[JK_LORA_A][0],
		.mask = jk_dropout_masks_of(p, layer, group, b), .dx = dx,
		.n_rows = p->n_rows, .n_proj = (uint32_t)g->n_proj,
		.rank = g->rank, .dim = dim, .ldx = dim, .type = w->type,
		.keep_scale = jk_dropout_scale(p) };
}

bool
jk_project_learns(const struct jk_pass *p, uint32_t layer,
    enum jk_group group)
{
	return p->lora->layers[layer][group].n_proj > 0;
}

int
jk_project_grad(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t dim;

	if (!jk_project_learns(p, layer, group))
		return 0;
	dim = jk_group_k(w->config, layer, group);
	return JK_RUN(w->dev, lora_grad_a, (&(struct jk_lora_grad_a){
		.x = x, .dz = dz_of(group, b),
		.mask = jk_dropout_masks_of(p, layer, group, b),
		.da = p->grad + (g->at[JK_LORA_A][0] - p->lora->arena),
		.partial = partial_of(group, false, b),
		.n_rows = p->n_rows, .n_proj = (uint32_t)g->n_proj,
		.rank = g->rank, .dim = dim, .ldx = dim, .type = w->type,
		.keep_scale = jk_dropout_scale(p) }), err);
}

/*
 * dx (accumulate: +=) of a projection's products with W, with dropout: of dy
 * what it took away, of du what it left.
 */
static int
product_back_dropped(const struct jk_pass *p, uint32_t layer,
    enum jk_module proj, uint64_t dy, uint64_t dx, bool accumulate,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const enum jk_group group = jk_proj_group(proj);
	const int i = targeted(&p->lora->layers[layer][group], proj);
	const uint32_t ld = jk_group_n(w->config, layer, group);
	struct jk_matrix m;

	if (jk_projection(w, p->use, layer, proj, &m, err) < 0)
		return -1;
	if (i < 0)
		return jk_product_back(p, &m, p->n_rows, dy, ld, dx,
		    accumulate, err);
	if (jk_product_back(p, &m, p->n_rows, dy, ld, b->dropped, false,
	    err) < 0 ||
	    apply_mask(p, layer, group, i, TAKEN, b->dropped, dx, accumulate,
	    b, err) < 0 ||
	    jk_product_back(p, &m, p->n_rows, b->du, ld, b->dropped, false,
	    err) < 0)
		return -1;
	return apply_mask(p, layer, group, i, LEFT, b->dropped, dx, true, b,
	    err);
}

/* dx of all of a group's products with W. */
static int
products_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const bool scales = jk_project_scales(p, layer, group);
	const int first = (int)jk_group_first(w->config, layer, group);
	int i;

	if (!scales || !p->dropout.threshold)
		return jk_product_back(p,
		    &w->layers[layer].groups[p->use][group], p->n_rows,
		    scales ? b->du : dy, jk_group_n(w->config, layer, group), dx,
		    false, err);
	for (i = 0; i < jk_group_size(w->config, layer, group); i++)
		if (product_back_dropped(p, layer, (enum jk_module)(first + i),
		    dy, dx, i > 0, b, err) < 0)
			return -1;
	return 0;
}

/* Gradients of the magnitudes, and du. */
static int
scaled_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dy, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	const uint32_t ld = jk_group_n(w->config, layer, group);
	int i;

	for (i = 0; i < g->n_proj; i++) {
		const uint32_t column = jk_proj_column(w->config, layer,
		    g->proj[i]);

		if (JK_RUN(w->dev, dora_grad, (&(struct jk_dora_grad){
			.dy = jk_act_at(p, dy, column),
			.u = jk_act_at(p, b->u[group], column),
			.norm = g->norm + 4ull * column,
			.dm = p->grad + (g->at[JK_LORA_MAGNITUDE][i] -
			    p->lora->arena), .n_rows = p->n_rows,
			.n = jk_proj_n(w->config, layer, g->proj[i]), .ldy = ld,
			.ldu = ld, .type = w->type }), err) < 0)
			return -1;
	}
	return scale(p, layer, group, 0, ld, dy, 0, b->du, false, err);
}

int
jk_project_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const bool scales = jk_project_scales(p, layer, group);
	const struct jk_weights *w = p->weights;
	struct jk_lora_back_x x;

	if (dx && jk_project_learns(p, layer, group) &&
	    folds(p, layer, group)) {
		x = back_to(p, layer, group, dx, b);
		return lora_back_b(p, layer, group, dy, b, err) < 0 ? -1 :
		    jk_product_back_lora(p,
		    &w->layers[layer].groups[p->use][group], dy,
		    jk_group_n(w->config, layer, group), &x, err);
	}
	if ((scales && scaled_back(p, layer, group, dy, b, err) < 0) ||
	    (dx && products_back(p, layer, group, dy, dx, b, err) < 0))
		return -1;
	if (!jk_project_learns(p, layer, group))
		return 0;
	if (lora_back_b(p, layer, group, scales ? b->du : dy, b, err) < 0)
		return -1;
	if (!dx)
		return 0;
	x = back_to(p, layer, group, dx, b);
	return JK_RUN(w->dev, lora_back_x, &x, err);
}
