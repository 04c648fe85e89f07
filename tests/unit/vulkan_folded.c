/*
 * Parity of products that LoRA's part is folded into, there and back, host against
 * Vulkan: ranks and outputs beside whole tiles, projections whose columns meet in one,
 * with what there may be besides, every type of weights, and on cooperative matrices.
 */

#include "parity_products.h"

struct shape {
	uint32_t m, n, k, n_proj, rank;
	uint32_t beyond;	/* of rows, behind their last element */
};

/* Tiles of every size (jk_tiled), moved in fours and without. */
static const struct shape shapes[] = {
	{ 1, 5, 7, 1, 1, 0 }, { 9, 33, 40, 1, 3, 1 }, { 37, 132, 72, 2, 8, 4 },
	{ 70, 131, 257, 3, 3, 2 }, { 70, 132, 64, 3, 8, 0 },
	{ 33, 96, 48, 4, 64, 0 }, { 33, 95, 48, 4, 20, 1 },
	{ 1030, 1032, 40, 3, 8, 0 }, { 1030, 1031, 36, 2, 3, 1 },
	{ 2049, 1032, 40, 3, 64, 0 }, { 2049, 1031, 36, 1, 1, 1 }
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes, N_SMALL = 7 };

/* What a product is added to. */
enum { TO_NOTHING, TO_ITSELF, TO_RESIDUAL, N_ADDENDS };
static const char *const addends[] = { "", ", +=", ", residual" };

/* All but the weights; projections are the longer the later they come. */
static struct jk_matmul
product(const struct shape *s, int addend, int rough)
{
	const uint32_t ldy = s->n + s->beyond;
	struct jk_matmul a = { .m = s->m, .n = s->n, .k = s->k,
		.ldx = s->k + s->beyond, .ldy = ldy, .n_proj = s->n_proj,
		.rank = s->rank,
		.flags = addend == TO_ITSELF ? JK_MATMUL_ACCUMULATE : 0 };
	const uint32_t parts = s->n_proj * (s->n_proj + 1) / 2;
	uint32_t p;

	a.x = p_sixtyfourths((size_t)s->m * a.ldx, rough);
	a.y = p_floats((size_t)s->m * ldy, 1);
	a.z = p_sixtyfourths((size_t)s->m * s->n_proj * s->rank, rough);
	a.b = p_sixtyfourths((size_t)s->n * s->rank, rough);
	if (addend == TO_RESIDUAL)
		a.residual = p_floats((size_t)s->m * ldy, 1);
	for (p = 0; p < s->n_proj; p++) {
		a.scale[p] = rough ? 0.7f + (float)p : ldexpf(0.5f, (int)p);
		if (p + 1 < s->n_proj)
			a.end[p] = s->n * (p + 1) * (p + 2) / 2 / parts;
	}
	return a;
}

static void
test_product(const struct shape *s, uint32_t type, int addend, int biased)
{
	struct jk_matmul a = product(s, addend, 1);

	a.w = p_weights(type, s->n, s->k);
	a.weight_type = type;
	a.bias = biased ? p_floats(s->n, 1) : 0;
	parity(JK_OP_matmul, &a, 2e-5, "%s, %u x %u x %u, %u of rank %u%s%s",
	    jk_dtype_name((enum jk_dtype)type), s->m, s->n, s->k, s->n_proj,
	    s->rank, addends[addend], biased ? ", bias" : "");
}

static void
test_matrix_product(const struct shape *s, int addend, int rough)
{
	struct jk_matmul a = product(s, addend, rough);

	a.w = p_sixtyfourths((size_t)s->n * s->k, rough);
	a.bias = addend == TO_ITSELF ? p_floats(s->n, 1) : 0;
	a.flags |= JK_MATMUL_HALF;
	parity(JK_OP_matmul, &a, p_matrix_tolerance(rough), "matrices, %u x %u "
	    "x %u, %u of rank %u%s%s", s->m, s->n, s->k, s->n_proj, s->rank,
	    addends[addend], rough ? ", rounded" : "");
}

/* Inner and outer sizes change places; all but the weights. */
static struct jk_matmul_back
product_back(const struct shape *s, int accumulate, int masked, int rough)
{
	const uint32_t ldx = s->n + s->beyond, ldy = s->k + s->beyond;
	const uint32_t ranks = s->n_proj * s->rank;
	struct jk_matmul_back a = { .m = s->m, .n = s->k, .k = s->n,
		.ldy = ldy, .ldx = ldx, .n_proj = s->n_proj, .rank = s->rank,
		.keep_scale = 1.25f,
		.flags = accumulate ? JK_MATMUL_ACCUMULATE : 0 };

	a.dy = p_sixtyfourths((size_t)s->m * ldy, rough);
	a.dx = p_floats((size_t)s->m * ldx, 1);
	a.dz = p_sixtyfourths((size_t)s->m * ranks, rough);
	a.a = p_sixtyfourths((size_t)s->n * ranks, rough);
	if (masked)
		a.mask = p_words((size_t)s->n_proj * s->m *
		    ((s->n + 31) / 32), 0);
	return a;
}

static void
test_back(const struct shape *s, uint32_t type, int accumulate, int masked)
{
	struct jk_matmul_back a = product_back(s, accumulate, masked, 1);

	a.w = p_weights(type, s->k, s->n);
	a.weight_type = type;
	parity(JK_OP_matmul_back, &a, 2e-5, "%s, %u x %u x %u, %u of rank %u"
	    "%s%s", jk_dtype_name((enum jk_dtype)type), s->m, s->k, s->n,
	    s->n_proj, s->rank, accumulate ? ", +=" : "", masked ?
	    ", dropout" : "");
}

static void
test_matrix_back(const struct shape *s, int accumulate, int masked, int rough)
{
	struct jk_matmul_back a = product_back(s, accumulate, masked, rough);

	a.w = p_sixtyfourths((size_t)s->n * s->k, rough);
	a.flags |= JK_MATMUL_HALF;
	parity(JK_OP_matmul_back, &a, p_matrix_tolerance(rough), "matrices, "
	    "%u x %u x %u, %u of rank %u%s%s%s", s->m, s->k, s->n, s->n_proj,
	    s->rank, accumulate ? ", +=" : "", masked ? ", dropout" : "",
	    rough ? ", rounded" : "");
}

static void
test_matrices(void)
{
	const struct jk_gpu_matrix *matrix;
	uint32_t i;
	int s;

	if (!p_has_matrices(&((struct jk_vulkan *)p_vulkan)->matrix,
	    "products"))
		return;
	matrix = &((struct jk_vulkan *)p_vulkan)->matrix;
	for (s = 1; s < N_SMALL; s++) {
		test_matrix_product(&shapes[s], s % N_ADDENDS, s % 4 == 3);
		test_matrix_back(&shapes[s], s % 2, s % 3 != 0, s % 4 == 3);
	}
	if (p_brief())
		return;
	/* the large tiles (jk_tiled_matrix) */
	for (i = 4; i <= 8; i *= 2) {
		const struct shape large = { 16 * i * matrix->m + 6,
			16 * i * matrix->n + 4, 40, 3, 8, 0 };
		struct shape odd = large;

		odd.n--;
		odd.k = 36;
		odd.rank = 3;
		odd.beyond = 1;
		test_matrix_product(&large, TO_RESIDUAL, 0);
		test_matrix_product(&odd, TO_ITSELF, 0);
		test_matrix_back(&large, 0, 1, 0);
		test_matrix_back(&odd, 1, 1, 0);
	}
}

int
main(void)
{
	const struct shape s = { 37, 132, 512, 3, 8, 4 };
	uint32_t type;
	int i;

	p_open();
	test_matrices();
	for (i = 0; i < (p_brief() ? N_SMALL : N_SHAPES); i++) {
		test_product(&shapes[i], JK_F32, i % N_ADDENDS, i % 2);
		test_back(&shapes[i], JK_F32, i % 2, i % 3 != 1);
	}
	for (type = 0; type < JK_N_WEIGHT_DTYPES; type++)
		if (!p_brief() || type == JK_BF16 || type == JK_Q4_1)
			test_product(&s, type, TO_RESIDUAL, 0);
	return p_close();
}
