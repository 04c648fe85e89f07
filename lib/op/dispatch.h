#ifndef JK_OP_DISPATCH_H
#define JK_OP_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "op/constants.h"
#include "op/lora_partial.h"
#include "shaders/list.h"

/*
 * How an operation is dispatched on Vulkan: its rule, JK_DISPATCH(name) in
 * op/<name>.h, chooses the shader, its specialization constants and the grid.
 *
 * Shaders walk over what a grid does not cover, except along the axes noted in
 * the tiled ones, so that no count of work groups passes 65535, the least that
 * Vulkan promises.
 *
 * What takes a device too long at once is cut along an axis on which groups do
 * not walk (vulkan_record.c): they know their number alone, and write what no
 * other group reads or writes, so the results are the same bits.
 */
enum jk_cut {
	JK_CUT_NONE,
	JK_CUT_X,
	JK_CUT_Y
};
struct jk_dispatch {
	enum jk_shader shader;
	uint32_t constants[JK_N_CONSTANTS];
	uint32_t groups[3];
	enum jk_cut cut;
};

/* Dispatches of one call at most; they write different memory. */
enum { JK_MAX_DISPATCHES = 2 };

/*
 * Matrices that a subgroup multiplies as one (VK_KHR_cooperative_matrix): [m, k]
 * times [k, n], of 16 bits a number, sums in f32.
 */
enum jk_matrix_kind {
	JK_MATRIX_NONE,
	JK_MATRIX_F16,
	JK_MATRIX_BF16,
	JK_MATRIX_KINDS
};
struct jk_gpu_matrix {
	enum jk_matrix_kind kind;
	uint32_t m, n, k;
};

/* What a rule may know of the device. */
struct jk_gpu {
	uint32_t subgroup_size;
	uint32_t shared_bytes;	/* of a work group */
	struct jk_gpu_matrix matrix;	/* what JK_MATMUL_HALF takes */
	struct jk_gpu_matrix attention;	/* what JK_ATTENTION_HALF takes */
};

/*
 * `d` comes all zeros.  Returns how many dispatches there are, or -1 and an
 * error.
 */
#define JK_DISPATCH(name) \
	static inline int \
	jk_dispatch_##name(const struct jk_##name *a, \
	    __attribute__((unused)) const struct jk_gpu *gpu, \
	    struct jk_dispatch *d, __attribute__((unused)) struct jk_err *err)

enum { JK_MAX_GROUPS = 65535 };

/* n / size, rounded up. */
static inline uint64_t
jk_over(uint64_t n, uint64_t size)
{
	return (n + size - 1) / size;
}

/* Groups of `size` for n things, as many as may be. */
static inline uint32_t
jk_groups(uint64_t n, uint32_t size)
{
	uint64_t g = jk_over(n, size);

	return (uint32_t)(g > JK_MAX_GROUPS ? JK_MAX_GROUPS : g);
}

/* One group for every `size` of n things, all along x. */
static inline int
jk_linear(struct jk_dispatch *d, enum jk_shader shader, uint64_t n,
    uint32_t size)
{
	d->shader = shader;
	d->groups[0] = jk_groups(n, size);
	d->groups[1] = d->groups[2] = 1;
	return 1;
}

/*
 * Exactly x times y groups.  They walk along neither axis, or the rule has set
 * d->cut.
 */
static inline int
jk_grid(struct jk_dispatch *d, enum jk_shader shader, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	if (x > JK_MAX_GROUPS || y > JK_MAX_GROUPS)
		return jk_fail(err, JK_ESYS, "%llu x %llu work groups are more"
		    " than a Vulkan device need take",
		    (unsigned long long)x, (unsigned long long)y);
	d->shader = shader;
	d->groups[0] = (uint32_t)x;
	d->groups[1] = (uint32_t)y;
	d->groups[2] = 1;
	if (d->cut == JK_CUT_NONE)
		d->cut = x > y ? JK_CUT_X : JK_CUT_Y;
	return 1;
}

/* Whether addresses and rows of floats, ld apart, allow loads of 16 bytes. */
static inline uint32_t
jk_wide(uint64_t x, uint32_t ldx, uint64_t y, uint32_t ldy)
{
	return ((x | y) % 16 == 0) && (ldx | ldy) % 4 == 0;
}

/* Whether the rows of a weight, k wide, allow loads of eight at a time. */
static inline uint32_t
jk_wide_weight(uint64_t w, uint32_t k)
{
	return w % 16 == 0 && k % 8 == 0;
}

/*
 * A tiled product of m rows and n columns, one of n_beside that need not wait for
 * each other (shaders/tile.glsl).  A large tile multiplies more for each number that
 * it loads; fewer than a few hundred groups leave a big device idle.
 */
static inline int
jk_tiled(struct jk_dispatch *d, enum jk_shader shader, uint32_t m, uint32_t n,
    uint32_t n_beside, struct jk_err *err)
{
	static const struct shape { uint32_t bm, bn, bk, tm, tn; } shapes[] = {
		{ 128, 64, 16, 8, 8 }, { 64, 64, 16, 8, 4 }, { 32, 32, 16, 4, 4 }
	};
	const struct shape *t = shapes;

	while (t < shapes + 2 && jk_over(m, t->bm) * jk_over(n, t->bn) *
	    n_beside < 256)
		t++;
	d->constants[JK_CONST_GROUP_SIZE] = t->bm / t->tm * (t->bn / t->tn);
	d->constants[JK_CONST_BM] = t->bm;
	d->constants[JK_CONST_BN] = t->bn;
	d->constants[JK_CONST_BK] = t->bk;
	d->constants[JK_CONST_TM] = t->tm;
	d->constants[JK_CONST_TN] = t->tn;
	return jk_grid(d, shader, jk_over(n, t->bn), jk_over(m, t->bm), err);
}

/*
 * The same on cooperative matrices (shaders/matrix.glsl): subgroups along either
 * axis of a tile, and matrices of each.
 */
static inline int
jk_tiled_matrix(struct jk_dispatch *d, const struct jk_gpu *gpu,
    enum jk_shader shader, uint32_t m, uint32_t n, uint32_t n_beside,
    struct jk_err *err)
{
	static const struct matrix_shape {
		uint32_t groups_m, groups_n, m, n, bk;
	} shapes[] = {
		{ 4, 2, 2, 4, 32 }, { 2, 2, 2, 2, 32 }, { 2, 2, 1, 1, 64 }
	};
	const struct matrix_shape *t = shapes;
	uint32_t tm, tn, bm, bn;

	for (;; t++) {
		tm = t->m * gpu->matrix.m;
		tn = t->n * gpu->matrix.n;
		bm = t->groups_m * tm;
		bn = t->groups_n * tn;
		if (t == shapes + 2 ||
		    (jk_over(m, bm) * jk_over(n, bn) * n_beside >= 256 &&
		    (bm + bn) * (t->bk / 8 + 1) * 16 <= gpu->shared_bytes))
			break;
	}
	d->constants[JK_CONST_GROUP_SIZE] = t->groups_m * t->groups_n *
	    gpu->subgroup_size;
	d->constants[JK_CONST_LANES] = gpu->subgroup_size;
	d->constants[JK_CONST_BM] = bm;
	d->constants[JK_CONST_BN] = bn;
	d->constants[JK_CONST_BK] = t->bk;
	d->constants[JK_CONST_TM] = tm;
	d->constants[JK_CONST_TN] = tn;
	d->constants[JK_CONST_MATRIX_M] = gpu->matrix.m;
	d->constants[JK_CONST_MATRIX_N] = gpu->matrix.n;
	d->constants[JK_CONST_MATRIX_K] = gpu->matrix.k;
	return jk_grid(d, shader, jk_over(n, bn), jk_over(m, bm), err);
}

/*
 * Rows and keys of a tile of attention, so that what is shared fits: n_tiles
 * (one or two) tiles of BQ rows and as many of BKEY keys, a vector of four wider
 * than a head (shaders/attention_tile.glsl).
 */
static inline int
jk_attention_tile(struct jk_dispatch *d, const struct jk_gpu *gpu,
    uint32_t head_dim, uint32_t n_tiles, uint32_t bq, struct jk_err *err)
{
	uint32_t bkey = 16, need;

	if (head_dim > 4 * JK_GROUP)
		return jk_fail(err, JK_EDEVICE, "head_dim %u: on Vulkan heads "
		    "have %d dimensions at most", head_dim, 4 * JK_GROUP);
	for (;;) {
		need = 4 * (n_tiles * (bq + bkey) * ((head_dim + 3) / 4 * 4 + 4) +
		    2 * ((bq + 3) / 4 * 4 + 4) * bkey + 16 * bq);
		if (need <= gpu->shared_bytes)
			break;
		if (bkey > 4)
			bkey /= 2;
		else if (bq > 1)
			bq /= 2;
		else
			return jk_fail(err, JK_EDEVICE, "head_dim %u needs "
			    "%u bytes of shared memory, the device has %u",
			    head_dim, need, gpu->shared_bytes);
	}
	d->constants[JK_CONST_BQ] = bq;
	d->constants[JK_CONST_BKEY] = bkey;
	d->constants[JK_CONST_HEAD_DIM] = head_dim;
	return 0;
}

/*
 * Subgroups of a group of attention on cooperative matrices, with n_left factors
 * (one or two) of which each has rows (shaders/attention_half.glsl): as many as
 * leave a few hundred groups, since they share the tiles that pass by.  0: heads
 * have more than 256 dimensions, or 128 where there are two; or not even what one
 * takes fits.
 */
static inline uint32_t
jk_attention_subgroups(const struct jk_gpu *gpu, uint32_t n_left,
    uint32_t n_rows, uint32_t n_heads, uint32_t head_dim)
{
	const struct jk_gpu_matrix *m = &gpu->attention;
	const uint32_t keys = JK_ATTENTION_KEYS, pad = m->n > m->k ? m->n : m->k;
	uint32_t n, padded, row, right, left, need;

	if (!m->kind || head_dim * n_left > 256)
		return 0;
	/* in sixteens of bytes; held rows pass through, others stay */
	padded = (uint32_t)jk_over(head_dim, pad) * pad;
	row = padded / 8 + 1;
	right = padded * (keys / 8 + 1);
	if (right < keys * row)
		right = keys * row;
	for (n = 4; n > 0; n /= 2) {
		left = n_left * n * m->m * row;
		need = right + n * m->m * (keys / 4 + 1);
		need = head_dim * n_left > 128 ? need + left :
		    need > left ? need : left;
		/* and which keys a row sees */
		need += n * m->m + 2 * keys;
		if (16 * need <= gpu->shared_bytes && (n == 1 ||
		    jk_over(n_rows, n * m->m) * n_heads >= 256))
			break;
	}
	return n;
}

static inline void
jk_attention_matrix(struct jk_dispatch *d, const struct jk_gpu *gpu,
    uint32_t n_subgroups, uint32_t head_dim)
{
	d->constants[JK_CONST_GROUP_SIZE] = n_subgroups * gpu->subgroup_size;
	d->constants[JK_CONST_LANES] = gpu->subgroup_size;
	d->constants[JK_CONST_BQ] = n_subgroups * gpu->attention.m;
	d->constants[JK_CONST_HEAD_DIM] = head_dim;
	d->constants[JK_CONST_MATRIX_M] = gpu->attention.m;
	d->constants[JK_CONST_MATRIX_N] = gpu->attention.n;
	d->constants[JK_CONST_MATRIX_K] = gpu->attention.k;
}

/*
 * lora_inner.glsl, for n_rows rows and `blocks` blocks of ranks, or with blocks 1 all
 * of them in turn (lora_made.glsl): more rows in a group share what is loaded of A or
 * B, and fewer than a few hundred groups leave a big device idle.
 */
static inline int
jk_lora_inner(struct jk_dispatch *d, enum jk_shader shader, uint32_t n_rows,
    uint64_t blocks, struct jk_err *err)
{
	uint32_t rows = 8;

	while (rows > 1 && jk_over(n_rows, rows) * blocks < 256)
		rows /= 2;
	d->constants[JK_CONST_ROWS] = rows;
	return jk_grid(d, shader, jk_over(n_rows, rows), blocks, err);
}

/* Blocks of ranks of n_proj projections. */
static inline uint64_t
jk_lora_blocks(uint32_t n_proj, uint32_t rank)
{
	return n_proj * jk_over(rank, JK_LORA_RANKS);
}

/*
 * lora_outer.glsl, for n_columns columns and the ranks of n_proj projections: along
 * z groups that share out split_rows rows (0: none do).
 */
static inline int
jk_lora_split(struct jk_dispatch *d, enum jk_shader shader, uint32_t n_columns,
    uint32_t n_proj, uint32_t rank, uint32_t split_rows, struct jk_err *err)
{
	const uint64_t x = jk_over(n_columns, JK_LORA_COLUMNS);
	const uint64_t y = n_proj * jk_over(rank, JK_LORA_RANKS);
	uint64_t splits = split_rows / JK_LORA_SPLIT_ROWS;

	if (splits > 1 && splits * x * y > JK_LORA_GROUPS)
		splits = JK_LORA_GROUPS / (x * y);
	/* then groups are counted through along x */
	if (splits > 1)
		d->cut = JK_CUT_Y;
	if (jk_grid(d, shader, x, y, err) < 0)
		return -1;
	d->groups[2] = splits > 1 ? (uint32_t)splits : 1;
	return 1;
}

#endif
