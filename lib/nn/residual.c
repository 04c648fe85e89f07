#include "nn/residual.h"

#include "nn/project.h"

static int
layer_norm(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t y, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	return JK_RUN(p->weights->dev, layer_norm, (&(struct jk_layer_norm){
		.x = x, .w = w, .b = w + 4ull * c->hidden_size, .y = y,
		.n_rows = n_rows, .dim = c->hidden_size,
		.ldx = c->hidden_size, .ldy = c->hidden_size,
		.type = p->weights->type, .eps = p->weights->norm_eps }), err);
}

static int
layer_norm_back(const struct jk_pass *p, uint32_t n_rows, uint64_t x,
    uint64_t w, uint64_t dy, uint64_t dx, bool accumulate, uint64_t y,
    struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	return JK_RUN(p->weights->dev, layer_norm_back,
	    (&(struct jk_layer_norm_back){
		.x = x, .w = w, .dy = dy, .dx = dx,
		.b = w + 4ull * c->hidden_size, .y = y, .n_rows = n_rows,
		.dim = c->hidden_size, .ldx = c->hidden_size,
		.ldy = c->hidden_size, .ldd = c->hidden_size,
		.type = p->weights->type, .accumulate = accumulate,
		.eps = p->weights->norm_eps }), err);
}

int
jk_norm(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t y, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	if (c->layer_norm)
		return layer_norm(p, n_rows, x, w, y, err);
	return JK_RUN(p->weights->dev, rms_norm, (&(struct jk_rms_norm){
		.x = x, .w = w, .y = y, .n_rows = n_rows, .n_groups = 1,
		.dim = c->hidden_size, .step = c->hidden_size,
		.ldx = c->hidden_size, .ldy = c->hidden_size,
		.type = p->weights->type,
		.eps = p->weights->norm_eps,
		.weight_offset = c->norm_plus_one ? 1 : 0 }), err);
}

int
jk_norm_back(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t dy, uint64_t dx, bool accumulate, uint64_t y, struct jk_err *err)
{
	const struct jk_config *c = p->weights->config;

	if (c->layer_norm)
		return layer_norm_back(p, n_rows, x, w, dy, dx, accumulate, y,
		    err);
	return JK_RUN(p->weights->dev, rms_norm_back,
	    (&(struct jk_rms_norm_back){
		.x = x, .w = w, .dy = dy, .dx = dx, .y = y, .n_rows = n_rows,
		.n_groups = 1, .dim = c->hidden_size, .step = c->hidden_size,
		.ldx = c->hidden_size, .ldy = c->hidden_size,
		.ldd = c->hidden_size,
		.type = p->weights->type, .accumulate = accumulate,
		.eps = p->weights->norm_eps,
		.weight_offset = c->norm_plus_one ? 1 : 0 }), err);
}

/* y = a + b, each [T, C]. */
static int
add(const struct jk_pass *p, uint64_t a, uint64_t b, uint64_t y,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;

	return JK_RUN(w->dev, add, (&(struct jk_add){ .a = a, .b = b, .y = y,
		.n = (uint32_t)((uint64_t)p->n_rows * w->config->hidden_size),
		.type = w->type }), err);
}

int
jk_enter(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t norm, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const uint64_t in = norm ? b->normed : x;

	if (norm && jk_norm(p, p->n_rows, x, norm, in, err) < 0)
		return -1;
	return jk_project(p, layer, group, in, 0, y, b, err);
}

int
jk_enter_back(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t norm, uint64_t dy, bool is_last,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	const uint64_t in = norm ? b->normed : x;
	const bool learns = jk_project_learns(p, layer, group);
	int r = 0;

	if (jk_project_back(p, layer, group, dy, is_last ? 0 : b->d_normed, b,
	    err) < 0)
		return -1;
	if (!is_last)
		r = norm ? jk_norm_back(p, p->n_rows, x, norm, b->d_normed,
		    b->d, true, learns ? in : 0, err) :
		    add(p, b->d, b->d_normed, b->d, err);
	else if (norm && learns)
		r = jk_norm(p, p->n_rows, x, norm, in, err);
	return r < 0 ? -1 : jk_project_grad(p, layer, group, in, b, err);
}

uint64_t
jk_branch_numbers(const struct jk_config *c, uint32_t layer)
{
	(void)layer;
	return c->post_norms ? c->hidden_size : 0;
}

int
jk_residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	const bool in_place = r->y == r->x;
	/* in place, the term needs memory of its own; normed is free here */
	uint64_t term = in_place ? b->normed : r->y;

	if (!r->post_norm && (in_place ? !jk_project_scales(p, layer,
	    r->group) : jk_project_adds(p, layer, r->group)))
		return jk_project(p, layer, r->group, r->from, r->x, r->y, b,
		    err);
	if (r->post_norm) {
		term = b->normed;
		if (jk_project(p, layer, r->group, r->from, 0, r->branch, b,
		    err) < 0 ||
		    jk_norm(p, p->n_rows, r->branch, r->post_norm, term,
		    err) < 0)
			return -1;
	} else if (jk_project(p, layer, r->group, r->from, 0, term, b,
	    err) < 0) {
		return -1;
	}
	return add(p, r->x, term, r->y, err);
}

int
jk_residual_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, uint64_t d_from,
    const struct jk_layer_buffers *b, struct jk_err *err)
{
	uint64_t dy = b->d;

	if (r->post_norm) {
		dy = b->d_normed;
		if (jk_norm_back(p, p->n_rows, r->branch, r->post_norm, b->d,
		    dy, false, 0, err) < 0)
			return -1;
	}
	return jk_project_back(p, layer, r->group, dy, d_from, b, err);
}

int
jk_residual_grad(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, const struct jk_layer_buffers *b,
    struct jk_err *err)
{
	return jk_project_grad(p, layer, r->group, r->from, b, err);
}
