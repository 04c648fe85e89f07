#include "nn/project.h"

#include "nn/product.h"

/*
 * Masks of a group's targeted projections: each keyed by its own number, so
 * that the choice of targets changes nothing for the others.
 */
static int
dropout_masks(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t mask, struct jk_err *err)
{
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t dim = jk_group_k(p->weights->config, group);
	uint64_t words = (uint64_t)p->n_rows * ((dim + 31) / 32);
	int i;

	for (i = 0; i < g->n_proj; i++)
		if (JK_RUN(p->weights->dev, dropout_mask,
		    (&(struct jk_dropout_mask){
			.rows = p->rows, .mask = mask + 4 * words * (uint64_t)i,
			.n_rows = p->n_rows, .n_proj = 1, .dim = dim,
			.step = p->dropout.step,
			.seed_low = (uint32_t)p->dropout.seed,
			.seed_high = (uint32_t)(p->dropout.seed >> 32),
			.site = jk_lora_site(layer, g->proj[i]),
			.threshold = p->dropout.threshold }), err) < 0)
			return -1;
	return 0;
}

/* Down to the ranks of all projections of a group. */
static int
lora_down(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t dim = jk_group_k(w->config, group);
	bool dropout = p->dropout.threshold > 0;

	if (dropout && dropout_masks(p, layer, group, b->mask[group], err) < 0)
		return -1;
	return JK_RUN(w->dev, lora_down, (&(struct jk_lora_down){
		.x = x, .a = g->at[JK_LORA_A][0],
		.mask = dropout ? b->mask[group] : 0,
		.z = b->z[group], .n_rows = p->n_rows,
		.n_proj = (uint32_t)g->n_proj, .rank = g->rank, .dim = dim,
		.ldx = dim, .type = w->type,
		.keep_scale = dropout ? p->dropout.keep_scale : 1 }), err);
}

/* And up from there, onto what the product has made. */
static int
lora_up(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t y, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	uint32_t ldz = (uint32_t)g->n_proj * g->rank;
	int i;

	for (i = 0; i < g->n_proj; i++)
		if (JK_RUN(w->dev, lora_up, (&(struct jk_lora_up){
			.z = b->z[group] + 4ull * g->rank * (uint64_t)i,
			.b = g->at[JK_LORA_B][i],
			.y = jk_act_at(p, y, jk_proj_column(w->config,
			    g->proj[i])),
			.n_rows = p->n_rows, .rank = g->rank,
			.n = jk_proj_n(w->config, g->proj[i]),
			.ldz = ldz, .ldy = jk_group_n(w->config, group),
			.type = w->type, .scale = g->scale[i] }), err) < 0)
			return -1;
	return 0;
}

bool
jk_project_scales(const struct jk_pass *p, uint32_t layer,
    enum jk_group group)
{
	return p->lora && p->lora->layers[layer][group].factor;
}

/* DoRA's factors on what product and LoRA have made. */
static int
scale_outputs(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t y, struct jk_err *err)
{
	const struct jk_lora_group *g = &p->lora->layers[layer][group];
	const uint32_t n = jk_group_n(p->weights->config, group);

	return JK_RUN(p->weights->dev, scale_columns,
	    (&(struct jk_scale_columns){ .factor = g->factor,
		.shift = g->shift, .y = y, .n_rows = p->n_rows, .n = n,
		.ldy = n, .type = p->weights->type }), err);
}

int
jk_project(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t y, bool accumulate, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_layer_weights *l = &w->layers[layer];
	const struct jk_lora_group *g = p->lora ?
	    &p->lora->layers[layer][group] : NULL;
	const bool has_lora = g && g->n_proj > 0;

	if (accumulate && jk_project_scales(p, layer, group))
		return jk_fail(err, JK_ESYS, "a sum cannot be scaled");
	/* beside the product: a device may overlap the two */
	if (has_lora && lora_down(p, layer, group, x, b, err) < 0)
		return -1;
	if (jk_product(p, &l->groups[p->use][group], p->n_rows, x,
	    g && g->bias ? g->bias : l->bias[group], y,
	    jk_group_n(w->config, group), w->type, accumulate, err) < 0)
		return -1;
	if (!has_lora)
		return 0;
	if (lora_up(p, layer, group, y, b, err) < 0)
		return -1;
	return g->factor ? scale_outputs(p, layer, group, y, err) : 0;
}

/* Gradients of the B of a group's projections, and dz. */
static int
lora_back_b(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t dy, const struct jk_layer_buffers *b, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora *lora = p->lora;
	const struct jk_lora_group *g = &lora->layers[layer][group];
	uint32_t ldz = (uint32_t)g->n_proj * g->rank;
	int i;

	for (i = 0; i < g->n_proj; i++) {
		uint32_t n = jk_proj_n(w->config, g->proj[i]);
		uint64_t slice = 4ull * g->rank * (uint64_t)i;
		uint64_t part = jk_act_at(p, dy, jk_proj_column(w->config,
		    g->proj[i]));

		if (JK_RUN(w->dev, lora_back_z, (&(struct jk_lora_back_z){
			.dy = part, .b = g->at[JK_LORA_B][i],
			.dz = b->dz + slice,
			.n_rows = p->n_rows, .rank = g->rank, .n = n,
			.ldy = jk_group_n(w->config, group), .ldz = ldz,
			.type = w->type, .scale = g->scale[i] }), err) < 0 ||
		    JK_RUN(w->dev, lora_grad_b, (&(struct jk_lora_grad_b){
			.dy = part, .z = b->z[group] + slice,
			.db = p->grad + (g->at[JK_LORA_B][i] - lora->arena),
			.n_rows = p->n_rows, .rank = g->rank, .n = n,
			.ldy = jk_group_n(w->config, group), .ldz = ldz,
			.type = w->type, .scale = g->scale[i] }), err) < 0)
			return -1;
	}
	return 0;
}

/* Gradients of a group's LoRA matrices, and what goes through them to dx. */
static int
lora_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_lora *lora = p->lora;
	const struct jk_lora_group *g = &lora->layers[layer][group];
	const uint64_t a = g->at[JK_LORA_A][0];
	uint32_t dim = jk_group_k(w->config, group);
	bool dropout = p->dropout.threshold > 0;
	uint64_t mask = dropout ? b->mask[group] : 0;
	float keep_scale = dropout ? p->dropout.keep_scale : 1;

	if (lora_back_b(p, layer, group, dy, b, err) < 0 ||
	    JK_RUN(w->dev, lora_grad_a, (&(struct jk_lora_grad_a){
		.x = x, .dz = b->dz, .mask = mask,
		.da = p->grad + (a - lora->arena), .n_rows = p->n_rows,
		.n_proj = (uint32_t)g->n_proj, .rank = g->rank, .dim = dim,
		.ldx = dim, .type = w->type, .keep_scale = keep_scale }),
	    err) < 0)
		return -1;
	if (!dx)
		return 0;
	return JK_RUN(w->dev, lora_back_x, (&(struct jk_lora_back_x){
		.dz = b->dz, .a = a, .mask = mask,
		.dx = dx, .n_rows = p->n_rows, .n_proj = (uint32_t)g->n_proj,
		.rank = g->rank, .dim = dim, .ldx = dim, .type = w->type,
		.keep_scale = keep_scale }), err);
}

int
jk_project_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t dy, uint64_t dx, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	if (dx && jk_product_back(p, &w->layers[layer].groups[p->use][group],
	    p->n_rows, dy, jk_group_n(w->config, group), dx, err) < 0)
		return -1;
	if (p->lora->layers[layer][group].n_proj == 0)
		return 0;
	return lora_back(p, layer, group, x, dy, dx, b, err);
}
