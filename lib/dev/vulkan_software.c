#include "dev/vulkan_impl.h"

/*
 * How a device that is a program on the CPU is told to compute where that
 * differs from hardware: it has nothing to gain from sharing memory and pays
 * for every load (shaders/software/).
 */

/* software/lanes.glsl: a lane owns eight columns of `rows` rows. */
static int
lanes(struct jk_dispatch *d, const struct jk_gpu *gpu, enum jk_shader shader,
    uint32_t m, uint32_t n, struct jk_err *err)
{
	const uint32_t size = gpu->subgroup_size;
	/* compiling takes as long as there are rows: 3 s for 32 on lavapipe */
	const uint32_t rows = m <= 1 ? 1 : m <= 8 ? 8 : m <= 16 ? 16 : 32;

	d->constants[JK_CONST_ROWS] = rows;
	d->constants[JK_CONST_LANES] = size;
	return jk_grid(d, shader, jk_over(n, 8 * size * jk_over(32, size)),
	    jk_over(m, rows), err);
}

static int
matmul(const struct jk_matmul *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	/* of tests alone: such a device does not want it (folds_lora) */
	if (a->z || jk_matmul_takes_matrices(a, gpu))
		return 0;
	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_BIASED] = a->bias != 0;
	return lanes(d, gpu, JK_SHADER_matmul_lanes, a->m, a->n, err);
}

static int
matmul_back(const struct jk_matmul_back *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	if (a->dz || jk_matmul_back_takes_matrices(a, gpu))
		return 0;
	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	return lanes(d, gpu, JK_SHADER_matmul_back_lanes, a->m, a->k, err);
}

/*
 * software/attention_lanes.glsl: `rows` rows of a tile (0: as many as fit) with
 * the heads of a key/value head, `pairs` of a row and a head to a lane.
 */
static int
attention_lanes(struct jk_dispatch *d, const struct jk_gpu *gpu,
    enum jk_shader shader, uint32_t n_rows, uint32_t rows, uint32_t pairs,
    uint32_t head_dim, uint32_t n_heads, uint32_t n_kv_heads,
    struct jk_err *err)
{
	const uint32_t size = gpu->subgroup_size;
	const uint32_t per_head = n_heads / n_kv_heads;

	if (!rows)
		rows = pairs * size < per_head ? 1 : pairs * size / per_head;
	d->constants[JK_CONST_BQ] = rows;
	d->constants[JK_CONST_PAIRS] = (uint32_t)jk_over((uint64_t)rows *
	    per_head, size);
	d->constants[JK_CONST_HEAD_DIM] = head_dim;
	d->constants[JK_CONST_LANES] = size;
	return jk_grid(d, shader, jk_over(jk_over(n_rows, rows),
	    jk_over(32, size)), n_kv_heads, err);
}

static int
attention(const struct jk_attention *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	if (jk_attention_takes_matrices(a, gpu))
		return 0;
	d->constants[JK_CONST_KEEP_LSE] = a->lse != 0;
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	return attention_lanes(d, gpu, JK_SHADER_attention_lanes, a->n_rows,
	    a->flags & JK_ATTENTION_PACK ? 0 : 1, a->head_dim <= 64 ? 3 :
	    a->head_dim <= 128 ? 2 : 1, a->head_dim, a->n_heads,
	    a->n_kv_heads, err);
}

static int
attention_back(const struct jk_attention_back *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	const uint32_t size = gpu->subgroup_size, pairs = 1;

	/* wider ones take lavapipe's compiler minutes */
	if (a->head_dim > 128 || jk_attention_back_takes_matrices(a, gpu))
		return 0;
	d[0].constants[JK_CONST_CAPPED] = a->cap > 0;
	d[1].constants[JK_CONST_CAPPED] = a->cap > 0;
	d[1].constants[JK_CONST_PAIRS] = pairs;
	d[1].constants[JK_CONST_HEAD_DIM] = a->head_dim;
	d[1].constants[JK_CONST_LANES] = size;
	if (attention_lanes(&d[0], gpu, JK_SHADER_attention_back_q_lanes,
	    a->n_rows, 0, a->head_dim <= 64 ? 2 : 1, a->head_dim, a->n_heads,
	    a->n_kv_heads, err) < 0 ||
	    jk_grid(&d[1], JK_SHADER_attention_back_kv_lanes, jk_over(
	    jk_over(a->n_rows, pairs * size), jk_over(32, size)),
	    a->n_kv_heads, err) < 0)
		return -1;
	return 2;
}

/*
 * software/row_lanes.glsl: a subgroup for every row, where no grid is too
 * large.
 */
static int
row_lanes(struct jk_dispatch *d, const struct jk_gpu *gpu,
    enum jk_shader shader, uint64_t n_rows)
{
	const uint32_t size = gpu->subgroup_size;

	if (size > 32 || jk_over(n_rows, 32 / size) > JK_MAX_GROUPS)
		return 0;
	d->constants[JK_CONST_LANES] = size;
	return jk_linear(d, shader, n_rows, 32 / size);
}

static int
rms_norm(const struct jk_rms_norm *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d)
{
	return row_lanes(d, gpu, JK_SHADER_rms_norm_lanes,
	    (uint64_t)a->n_rows * a->n_groups);
}

static int
rms_norm_back(const struct jk_rms_norm_back *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	return row_lanes(d, gpu, JK_SHADER_rms_norm_back_lanes,
	    (uint64_t)a->n_rows * a->n_groups);
}

/*
 * software/lora_inner_lanes.glsl, for n_rows rows and n_proj projections: groups as the
 * subgroup's size would have them; shaders count what runs.
 */
static int
inner(struct jk_dispatch *d, const struct jk_gpu *gpu, enum jk_shader shader,
    uint32_t n_rows, uint32_t n_proj, uint32_t rank, struct jk_err *err)
{
	uint32_t rows = JK_LORA_INNER_ROWS * (uint32_t)jk_over(JK_GROUP,
	    gpu->subgroup_size);

	d->cut = JK_CUT_Y;
	return jk_grid(d, shader, jk_groups(n_rows, rows),
	    jk_lora_blocks(n_proj, rank), err);
}

static int
lora_down(const struct jk_lora_down *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return inner(d, gpu, JK_SHADER_lora_down_lanes, a->n_rows, a->n_proj,
	    a->rank, err);
}

static int
lora_back_z(const struct jk_lora_back_z *a, const struct jk_gpu *gpu,
    struct jk_dispatch *d, struct jk_err *err)
{
	return inner(d, gpu, JK_SHADER_lora_back_z_lanes, a->n_rows,
	    a->n_proj, a->rank, err);
}

/*
 * software/hand.glsl: the lanes hand a table round, on the grid of hardware.
 * Below eight it saves little, and SwiftShader, which has four, takes minutes
 * and gigabytes to compile 64 shuffles.
 */
static int
hand(int n, struct jk_dispatch *d, const struct jk_gpu *gpu,
    enum jk_shader shader)
{
	if (gpu->subgroup_size < 8)
		return n;
	d->shader = shader;
	d->constants[JK_CONST_LANES] = gpu->subgroup_size;
	return n;
}

/* The gradients: a group of theirs has more columns here. */
static int
outer(int n, struct jk_dispatch *d, const struct jk_gpu *gpu,
    enum jk_shader shader, uint32_t n_columns)
{
	if (n > 0 && gpu->subgroup_size >= 8) {
		d->groups[0] = (uint32_t)jk_over(n_columns, JK_GROUP);
		d->groups[2] = 1;
	}
	return hand(n, d, gpu, shader);
}

static uint32_t
most_outputs(const struct jk_lora_grad_b *a)
{
	return jk_lora_most(a->outputs, a->n_proj);
}

/*
 * llvmpipe counts the turns of all loops of a shader (Mesa: lp_bld_limits.h,
 * LP_MAX_TGSI_LOOP_ITERATIONS) and goes on behind them once they are 65535,
 * without a word: what needs more is refused.
 */
static int
check_turns(uint64_t n_rows, uint64_t turns, struct jk_err *err)
{
	if (n_rows * turns < 60000)
		return 0;
	return jk_fail(err, JK_EDEVICE, "linear attention or a short "
	    "convolution over %llu rows is more than a software Vulkan "
	    "device runs in one pass: take --device=cpu, which is faster",
	    (unsigned long long)n_rows);
}

/*
 * Down a column of a state, or along a row, eight elements to a turn; the test
 * that ends a loop is a turn, too.
 */
static uint64_t
walk(uint32_t n)
{
	return jk_over(n, 8) + 1;
}

/* Where each row is a sequence of its own, which takes most. */
static int
delta_rule(const struct jk_delta_rule *a, struct jk_err *err)
{
	return check_turns(a->n_rows, 3 * walk(a->key_dim) + 6, err);
}

static int
delta_rule_back(const struct jk_delta_rule_back *a, struct jk_err *err)
{
	const uint64_t column = 14 * walk(a->key_dim) + 16;
	const uint64_t row = walk(a->value_dim) + 2;

	return check_turns(a->n_rows, a->n_heads / a->n_k_heads *
	    (column * jk_over(a->value_dim, JK_GROUP) +
	    row * jk_over(a->key_dim, JK_GROUP) + 40), err);
}

int
jk_vulkan_software(enum jk_op op, const void *args, const struct jk_gpu *gpu,
    struct jk_dispatch d[JK_MAX_DISPATCHES], struct jk_err *err)
{
	switch (op) {
	case JK_OP_matmul: return matmul(args, gpu, d, err);
	case JK_OP_matmul_back: return matmul_back(args, gpu, d, err);
	case JK_OP_attention: return attention(args, gpu, d, err);
	case JK_OP_attention_back: return attention_back(args, gpu, d, err);
	case JK_OP_rms_norm: return rms_norm(args, gpu, d);
	case JK_OP_rms_norm_back: return rms_norm_back(args, gpu, d);
	case JK_OP_conv1d:
		return check_turns(((const struct jk_conv1d *)args)->n_rows,
		    8, err);
	case JK_OP_conv1d_back:
		return check_turns(((const struct jk_conv1d_back *)args)->
		    n_rows, 2, err);
	case JK_OP_delta_rule: return delta_rule(args, err);
	case JK_OP_delta_rule_back: return delta_rule_back(args, err);
	case JK_OP_lora_down: return lora_down(args, gpu, d, err);
	case JK_OP_lora_back_z: return lora_back_z(args, gpu, d, err);
	case JK_OP_lora_up:
		return hand(jk_dispatch_lora_up(args, gpu, d, err), d, gpu,
		    JK_SHADER_lora_up_lanes);
	case JK_OP_lora_back_x:
		return hand(jk_dispatch_lora_back_x(args, gpu, d, err), d,
		    gpu, JK_SHADER_lora_back_x_lanes);
	case JK_OP_lora_grad_a:
		return outer(jk_dispatch_lora_grad_a(args, gpu, d, err), d,
		    gpu, JK_SHADER_lora_grad_a_lanes,
		    ((const struct jk_lora_grad_a *)args)->dim);
	case JK_OP_lora_grad_b:
		return outer(jk_dispatch_lora_grad_b(args, gpu, d, err), d,
		    gpu, JK_SHADER_lora_grad_b_lanes,
		    most_outputs(args));
	default: return 0;
	}
}
