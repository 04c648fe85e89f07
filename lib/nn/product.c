#include "nn/product.h"

int
jk_product(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t x, uint64_t bias, uint64_t y, uint32_t ldy,
    uint32_t type_y, bool accumulate, struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const size_t size_y = jk_element_bytes(type_y);
	int i;

	if (m->n_parts == 0)
		return jk_fail(err, JK_ESYS, "weights were not loaded for "
		    "this use");
	for (i = 0; i < m->n_parts; i++) {
		const struct jk_weight *part = &m->parts[i];
		uint64_t column = m->column[i];

		if (JK_RUN(w->dev, matmul, (&(struct jk_matmul){
			.x = x, .w = part->address,
			.bias = bias ? bias + 4 * column : 0,
			.y = y + column * size_y,
			.m = n_rows, .n = part->n, .k = part->k,
			.ldx = part->k, .ldy = ldy,
			.weight_type = part->type, .type = w->type,
			.type_y = type_y,
			.flags = (accumulate ? JK_MATMUL_ACCUMULATE : 0) |
			    (p->rowwise ? JK_MATMUL_ROWWISE : 0) |
			    jk_product_flags(w->precision) }), err) < 0)
			return -1;
	}
	return 0;
}

int
jk_product_lora(const struct jk_pass *p, const struct jk_matrix *m,
    uint64_t x, uint64_t bias, const struct jk_lora_up *up, bool accumulate,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	const struct jk_weight *all = &m->parts[0];
	struct jk_matmul a = { .x = x, .w = all->address, .bias = bias,
		.y = up->y, .z = up->z, .b = up->b, .residual = up->residual,
		.m = up->n_rows, .n = all->n, .k = all->k, .ldx = all->k,
		.ldy = up->ldy, .weight_type = all->type, .type = w->type,
		.type_y = up->type, .n_proj = up->n_proj, .rank = up->rank,
		.flags = (accumulate ? JK_MATMUL_ACCUMULATE : 0) |
		    jk_product_flags(w->precision) };
	uint32_t i;

	for (i = 0; i < up->n_proj; i++) {
		a.scale[i] = up->outputs[i].scale;
		if (i + 1 < up->n_proj)
			a.end[i] = up->outputs[i + 1].column;
	}
	return JK_RUN(w->dev, matmul, &a, err);
}

static struct jk_matmul_back
back_of(const struct jk_pass *p, const struct jk_weight *part,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, uint32_t flags)
{
	const struct jk_weights *w = p->weights;

	return (struct jk_matmul_back){
		.dy = dy, .w = part->address, .dx = dx, .m = n_rows,
		.n = part->n, .k = part->k, .ldy = ldy, .ldx = part->k,
		.weight_type = part->type, .type = w->type,
		.type_x = w->type,
		.flags = flags | jk_product_flags(w->precision) };
}

static int
part_back(const struct jk_pass *p, const struct jk_weight *part,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, uint32_t flags,
    struct jk_err *err)
{
	const struct jk_matmul_back a = back_of(p, part, n_rows, dy, ldy, dx,
	    flags);

	return JK_RUN(p->weights->dev, matmul_back, &a, err);
}

int
jk_product_back(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, bool accumulate,
    struct jk_err *err)
{
	int i;

	for (i = 0; i < m->n_parts; i++)
		if (part_back(p, &m->parts[i], n_rows, jk_act_at(p, dy,
		    m->column[i]), ldy, dx, i || accumulate ?
		    JK_MATMUL_ACCUMULATE : 0, err) < 0)
			return -1;
	return 0;
}

int
jk_product_back_lora(const struct jk_pass *p, const struct jk_matrix *m,
    uint64_t dy, uint32_t ldy, const struct jk_lora_back_x *x,
    struct jk_err *err)
{
	struct jk_matmul_back a = back_of(p, &m->parts[0], x->n_rows, dy, ldy,
	    x->dx, 0);

	a.dz = x->dz;
	a.a = x->a;
	a.mask = x->mask;
	a.n_proj = x->n_proj;
	a.rank = x->rank;
	a.keep_scale = x->keep_scale;
	return JK_RUN(p->weights->dev, matmul_back, &a, err);
}

int
jk_product_back_shared(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, uint64_t shares,
    uint32_t n_shares, struct jk_err *err)
{
	const struct jk_weight *all = &m->parts[0];
	/* so many rows of any type end where 64 bytes do */
	const uint32_t most = ((all->n - 1) / n_shares + 64) / 64 * 64;
	const uint32_t n = n_rows * all->k;
	struct jk_weight part = *all;
	uint32_t begin, s = 0;

	for (begin = 0; begin < all->n; begin += most, s++) {
		part.address = all->address + begin *
		    jk_type_bytes(all->type, all->k);
		part.n = all->n - begin < most ? all->n - begin : most;
		if (part_back(p, &part, n_rows, jk_act_at(p, dy, begin), ldy,
		    shares + 4ull * s * n, JK_MATMUL_BESIDE(n_shares), err) <
		    0)
			return -1;
	}
	return JK_RUN(p->weights->dev, sum_shares, (&(struct jk_sum_shares){
		.x = shares, .y = dx, .n = n, .n_shares = s }), err);
}

int
jk_projection(const struct jk_weights *w, enum jk_weight_use use,
    uint32_t layer, enum jk_module proj, struct jk_matrix *out,
    struct jk_err *err)
{
	const struct jk_matrix *m = &w->layers[layer].groups[use]
	    [jk_proj_group(proj)];
	const uint32_t column = jk_proj_column(w->config, layer, proj);
	struct jk_weight part;
	uint64_t bytes;
	int i = m->n_parts - 1;

	while (i > 0 && m->column[i] > column)
		i--;
	if (i < 0)
		return jk_fail(err, JK_ESYS, "weights were not loaded for "
		    "this use");
	part = m->parts[i];
	bytes = (column - m->column[i]) * jk_type_bytes(part.type, part.k);
	/* a device reads words */
	if (bytes % 4)
		return jk_fail(err, JK_ESYS, "layer %u: a projection's rows "
		    "begin inside a word", layer);
	part.address += bytes;
	part.n = jk_proj_n(w->config, layer, proj);
	*out = (struct jk_matrix){ .n_parts = 1, .parts = { part },
		.column = { column } };
	return 0;
}
