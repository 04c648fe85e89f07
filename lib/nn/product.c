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
jk_product_back(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, bool accumulate,
    struct jk_err *err)
{
	const struct jk_weights *w = p->weights;
	int i;

	for (i = 0; i < m->n_parts; i++) {
		const struct jk_weight *part = &m->parts[i];

		if (JK_RUN(w->dev, matmul_back, (&(struct jk_matmul_back){
			.dy = jk_act_at(p, dy, m->column[i]),
			.w = part->address,
			.dx = dx, .m = n_rows, .n = part->n, .k = part->k,
			.ldy = ldy, .ldx = part->k,
			.weight_type = part->type, .type = w->type,
			.type_x = w->type,
			.flags = (i || accumulate ? JK_MATMUL_ACCUMULATE : 0) |
			    jk_product_flags(w->precision) }), err) < 0)
			return -1;
	}
	return 0;
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
