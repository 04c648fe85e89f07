#include "dev/vulkan_impl.h"

#include "shaders/list.h"

/*
 * How each operation is dispatched.  Shaders walk over what a grid does not
 * cover, except along the axes noted in the tiled ones, so that no count of
 * work groups passes 65535, the least that Vulkan promises.
 */

enum { MAX_GROUPS = 65535 };

static uint32_t
groups(uint64_t n, uint32_t size)
{
	uint64_t g = (n + size - 1) / size;

	return (uint32_t)(g > MAX_GROUPS ? MAX_GROUPS : g);
}

static int
linear(struct jk_dispatch *d, enum jk_shader shader, uint32_t n_groups)
{
	d->shader = (int)shader;
	d->groups[0] = n_groups;
	d->groups[1] = d->groups[2] = 1;
	return 0;
}

static int
grid(struct jk_dispatch *d, enum jk_shader shader, uint64_t x, uint64_t y,
    struct jk_err *err)
{
	if (x > MAX_GROUPS || y > MAX_GROUPS)
		return jk_fail(err, JK_ESYS, "%llu x %llu work groups are more"
		    " than a Vulkan device need take",
		    (unsigned long long)x, (unsigned long long)y);
	d->shader = (int)shader;
	d->groups[0] = (uint32_t)x;
	d->groups[1] = (uint32_t)y;
	d->groups[2] = 1;
	return 0;
}

static uint64_t
over(uint64_t n, uint64_t size)
{
	return (n + size - 1) / size;
}

/*
 * Tile shapes of the tiled products: hardware wants many groups, and whole
 * subgroups along N.  Software devices take lanes() instead.
 */
struct tile {
	uint32_t bm, bn, bk, tm, tn;
};

static struct tile
choose_tile(uint32_t m, uint32_t n)
{
	static const struct tile big = { 64, 64, 16, 4, 4 },
	    small = { 32, 32, 16, 2, 2 };

	/* fewer than a few hundred groups leave a big device idle */
	return over(m, big.bm) * over(n, big.bn) < 256 ? small : big;
}

static int
tiled(struct jk_dispatch *d, enum jk_shader shader, uint32_t m, uint32_t n,
    struct jk_err *err)
{
	struct tile t = choose_tile(m, n);

	d->constants[1] = t.bm / t.tm * (t.bn / t.tn);
	d->constants[2] = t.bm;
	d->constants[3] = t.bn;
	d->constants[4] = t.bk;
	d->constants[5] = t.tm;
	d->constants[6] = t.tn;
	return grid(d, shader, over(n, t.bn), over(m, t.bm), err);
}

/* lanes.glsl: a lane owns eight columns of `rows` rows. */
static int
lanes(const struct jk_vulkan *v, struct jk_dispatch *d, enum jk_shader shader,
    uint32_t m, uint32_t n, struct jk_err *err)
{
	uint32_t size = v->subgroup.subgroupSize;
	uint32_t subgroups = (32 + size - 1) / size;
	/* compiling takes as long as there are rows: 3 s for 32 on lavapipe */
	uint32_t rows = m <= 1 ? 1 : m <= 8 ? 8 : m <= 16 ? 16 : 32;

	d->constants[1] = rows;
	d->constants[2] = size;
	return grid(d, shader, over(n, 8 * size * subgroups), over(m, rows),
	    err);
}

static int
matmul(const struct jk_vulkan *v, const struct jk_matmul *a,
    struct jk_dispatch *d, struct jk_err *err)
{
	uint32_t rows, subgroups;

	d->constants[0] = a->weight_type;
	d->constants[7] = a->bias != 0;
	if (v->software)
		return lanes(v, d, JK_SHADER_matmul_lanes, a->m, a->n, err);
	if (a->m > 8 && !(a->flags & JK_MATMUL_ROWWISE))
		return tiled(d, JK_SHADER_matmul, a->m, a->n, err);
	rows = a->m == 1 ? 1 : a->m <= 4 ? 4 : 8;
	subgroups = (128 + v->subgroup.subgroupSize - 1) /
	    v->subgroup.subgroupSize;
	d->constants[1] = rows;
	d->constants[2] = 4;
	return grid(d, JK_SHADER_matmul_rows, groups(a->n, 4 * subgroups),
	    over(a->m, rows), err);
}

/*
 * Rows and keys of a tile of attention, so that what is shared fits 16 KiB,
 * the least that Vulkan promises, if it can: `rows` times (one or two) tiles of
 * BQ rows and as many of keys, D + 1 floats wide.
 */
static int
attention_tile(const struct jk_vulkan *v, uint32_t head_dim, uint32_t n_tiles,
    uint32_t *bq, uint32_t *bkey, struct jk_err *err)
{
	uint32_t limit = v->properties.properties.limits.
	    maxComputeSharedMemorySize, need;

	for (;;) {
		need = 4 * (n_tiles * (*bq + *bkey) * (head_dim + 1) +
		    2 * *bq * *bkey + 16 * *bq);
		if (need <= limit)
			return 0;
		if (*bkey > 4)
			*bkey /= 2;
		else if (*bq > 1)
			*bq /= 2;
		else
			return jk_fail(err, JK_EDEVICE, "head_dim %u needs "
			    "%u bytes of shared memory, the device has %u",
			    head_dim, need, limit);
	}
}

/*
 * attention_lanes.glsl: `rows` rows of a tile (0: as many as fit) with the heads
 * of a key/value head, `pairs` of a row and a head to a lane.
 */
static int
attention_lanes(const struct jk_vulkan *v, struct jk_dispatch *d,
    enum jk_shader shader, uint32_t n_rows, uint32_t rows, uint32_t pairs,
    uint32_t head_dim, uint32_t n_heads, uint32_t n_kv_heads,
    struct jk_err *err)
{
	uint32_t size = v->subgroup.subgroupSize;
	uint32_t per_head = n_heads / n_kv_heads;

	if (!rows)
		rows = pairs * size < per_head ? 1 : pairs * size / per_head;
	d->constants[0] = rows;
	d->constants[1] = (uint32_t)over((uint64_t)rows * per_head, size);
	d->constants[2] = head_dim;
	d->constants[3] = size;
	return grid(d, shader, over(over(n_rows, rows), (32 + size - 1) /
	    size), n_kv_heads, err);
}

static int
attention(const struct jk_vulkan *v, const struct jk_attention *a,
    struct jk_dispatch *d, struct jk_err *err)
{
	/* rows of a pack stand beside their keys, those of a cache apart */
	uint32_t bq = a->flags & JK_ATTENTION_PACK ? 16 : 1, bkey = 16;

	if (v->software) {
		d->constants[5] = a->lse != 0;
		return attention_lanes(v, d, JK_SHADER_attention_lanes,
		    a->n_rows, bq == 1 ? 1 : 0, a->head_dim <= 64 ? 3 :
		    a->head_dim <= 128 ? 2 : 1, a->head_dim, a->n_heads,
		    a->n_kv_heads, err);
	}
	if (attention_tile(v, a->head_dim, 1, &bq, &bkey, err) < 0)
		return -1;
	d->constants[0] = bq;
	d->constants[1] = bkey;
	d->constants[2] = a->head_dim;
	d->constants[3] = a->lse != 0;
	return grid(d, JK_SHADER_attention, over(a->n_rows, bq), a->n_heads,
	    err);
}

static int
attention_back(const struct jk_vulkan *v, const struct jk_attention_back *a,
    struct jk_dispatch *d, struct jk_err *err)
{
	uint32_t bq = 16, bkey = 16;
	uint32_t size = v->subgroup.subgroupSize;

	/* wider ones take lavapipe's compiler minutes */
	if (v->software && a->head_dim <= 128 && a->part == 0)
		return attention_lanes(v, d, JK_SHADER_attention_back_q_lanes,
		    a->n_rows, 0, a->head_dim <= 64 ? 2 : 1, a->head_dim,
		    a->n_heads, a->n_kv_heads, err);
	if (v->software && a->head_dim <= 128) {
		d->constants[1] = 1;
		d->constants[2] = a->head_dim;
		d->constants[3] = size;
		return grid(d, JK_SHADER_attention_back_kv_lanes,
		    over(over(a->n_rows, d->constants[1] * size),
		    (32 + size - 1) / size), a->n_kv_heads, err);
	}
	if (attention_tile(v, a->head_dim, 2, &bq, &bkey, err) < 0)
		return -1;
	d->constants[0] = bq;
	d->constants[1] = bkey;
	d->constants[2] = a->head_dim;
	if (a->part == 0)
		return grid(d, JK_SHADER_attention_back_q,
		    over(a->n_rows, bq), a->n_heads, err);
	return grid(d, JK_SHADER_attention_back_kv, over(a->n_rows, bkey),
	    a->n_kv_heads, err);
}

/* Rows of lora_inner.glsl that a work group of 128 takes at a time. */
static uint32_t
inner_rows(const struct jk_vulkan *v)
{
	return 4 * ((128 + v->subgroup.subgroupSize - 1) /
	    v->subgroup.subgroupSize);
}

/*
 * hand.glsl: whether the lanes of a software device hand a table round.  Below
 * eight it saves little, and SwiftShader, which has four, takes minutes and
 * gigabytes to compile 64 shuffles.
 */
static bool
hands(const struct jk_vulkan *v, struct jk_dispatch *d)
{
	d->constants[1] = v->subgroup.subgroupSize;
	return v->software && v->subgroup.subgroupSize >= 8;
}

/* row_lanes.glsl: a subgroup for every row, where no grid is too large. */
static bool
row_lanes(const struct jk_vulkan *v, uint64_t n_rows, struct jk_dispatch *d)
{
	uint32_t size = v->subgroup.subgroupSize;
	uint64_t n_groups;

	if (!v->software || size > 32)
		return false;
	n_groups = over(n_rows, 32 / size);
	if (n_groups > MAX_GROUPS)
		return false;
	d->constants[0] = size;
	d->groups[0] = (uint32_t)n_groups;
	return true;
}

int
jk_vulkan_dispatch(const struct jk_vulkan *v, enum jk_op op, const void *args,
    struct jk_dispatch *d, struct jk_err *err)
{
	/* counts of elements that a shader holds in 32 bits */
	struct jk_access accesses[JK_MAX_ACCESS];
	int n = jk_op_accesses(op, args, accesses), i;
	uint64_t n_rows;

	for (i = 0; i < n; i++)
		if (accesses[i].size_bytes > UINT32_MAX)
			return jk_fail(err, JK_ESYS, "%s is %.1f GiB, shaders "
			    "reach 4", accesses[i].name,
			    (double)accesses[i].size_bytes / 0x1p30);

#define CASE(op) case JK_OP_##op: { const struct jk_##op *a = args;
#define END }
	switch (op) {
	CASE(embedding)
		d->constants[0] = a->weight_type;
		return linear(d, JK_SHADER_embedding,
		    groups(a->n_rows * over(a->dim, 8), 128));
	END
	CASE(rms_norm)
		n_rows = (uint64_t)a->n_rows * a->n_groups;
		if (row_lanes(v, n_rows, d))
			return linear(d, JK_SHADER_rms_norm_lanes,
			    d->groups[0]);
		d->constants[0] = (uint32_t)over(a->dim, 128);
		return linear(d, JK_SHADER_rms_norm, groups(n_rows, 1));
	END
	CASE(rms_norm_back)
		n_rows = (uint64_t)a->n_rows * a->n_groups;
		if (row_lanes(v, n_rows, d))
			return linear(d, JK_SHADER_rms_norm_back_lanes,
			    d->groups[0]);
		d->constants[0] = (uint32_t)over(a->dim, 128);
		return linear(d, JK_SHADER_rms_norm_back, groups(n_rows, 1));
	END
	CASE(matmul)
		return matmul(v, a, d, err);
	END
	CASE(matmul_back)
		d->constants[0] = a->weight_type;
		if (v->software)
			return lanes(v, d, JK_SHADER_matmul_back_lanes, a->m,
			    a->k, err);
		return tiled(d, JK_SHADER_matmul_back, a->m, a->k, err);
	END
	CASE(dropout_mask)
		return linear(d, JK_SHADER_dropout_mask, groups(
		    (uint64_t)a->n_proj * a->n_rows * over(a->dim, 32), 128));
	END
	CASE(lora_down)
		d->constants[0] = a->mask != 0;
		return grid(d, JK_SHADER_lora_down,
		    groups(a->n_rows, inner_rows(v)),
		    a->n_proj * over(a->rank, 8), err);
	END
	CASE(lora_back_z)
		return grid(d, JK_SHADER_lora_back_z,
		    groups(a->n_rows, inner_rows(v)), over(a->rank, 8), err);
	END
	CASE(lora_up)
		return grid(d, hands(v, d) ? JK_SHADER_lora_up_lanes :
		    JK_SHADER_lora_up, over(a->n, 128),
		    over(a->n_rows, 8), err);
	END
	CASE(lora_back_x)
		d->constants[0] = a->mask != 0;
		return grid(d, hands(v, d) ? JK_SHADER_lora_back_x_lanes :
		    JK_SHADER_lora_back_x, over(a->dim, 128),
		    over(a->n_rows, 8), err);
	END
	CASE(lora_grad_a)
		d->constants[0] = a->mask != 0;
		return grid(d, hands(v, d) ? JK_SHADER_lora_grad_a_lanes :
		    JK_SHADER_lora_grad_a, over(a->dim, 128),
		    a->n_proj * over(a->rank, 8), err);
	END
	CASE(lora_grad_b)
		return grid(d, hands(v, d) ? JK_SHADER_lora_grad_b_lanes :
		    JK_SHADER_lora_grad_b, over(a->n, 128),
		    over(a->rank, 8), err);
	END
	CASE(rope)
		return linear(d, JK_SHADER_rope, groups((uint64_t)a->n_rows *
		    a->n_heads * (a->head_dim / 2), 128));
	END
	CASE(attention)
		return attention(v, a, d, err);
	END
	CASE(attention_dot)
		return linear(d, JK_SHADER_attention_dot,
		    groups((uint64_t)a->n_rows * a->n_heads, 128));
	END
	CASE(attention_back)
		return attention_back(v, a, d, err);
	END
	CASE(glu)
		return linear(d, JK_SHADER_glu,
		    groups((uint64_t)a->n_rows * a->dim, 128));
	END
	CASE(glu_back)
		return linear(d, JK_SHADER_glu_back,
		    groups((uint64_t)a->n_rows * a->dim, 128));
	END
	CASE(add)
		return linear(d, JK_SHADER_add, groups(a->n, 128));
	END
	CASE(copy_rows)
		d->constants[0] = a->index != 0;
		return linear(d, JK_SHADER_copy_rows,
		    groups((uint64_t)a->n_rows * a->dim, 128));
	END
	CASE(fill)
		return linear(d, JK_SHADER_fill, groups(a->n, 128));
	END
	CASE(cross_entropy)
		d->constants[0] = a->d != 0;
		return linear(d, JK_SHADER_cross_entropy,
		    groups(a->n_rows, 1));
	END
	CASE(argmax)
		return linear(d, JK_SHADER_argmax, groups(a->n_rows, 1));
	END
	CASE(sum_squares)
		return linear(d, JK_SHADER_sum_squares, groups(a->n, 4096));
	END
	CASE(adamw)
		return linear(d, JK_SHADER_adamw, groups(a->n, 128));
	END
	CASE(adamw8bit)
		return linear(d, JK_SHADER_adamw8bit, groups(a->n, 256));
	END
	default:
		return jk_fail(err, JK_ESYS, "no shader for %s",
		    jk_op_name(op));
	}
#undef CASE
#undef END
}
