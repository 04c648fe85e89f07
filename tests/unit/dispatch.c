/*
 * What a device is told of a call before it runs.  Dispatch rules where a grid
 * would grow too large: a rule that answers 0 says that there is nothing to do,
 * the call is passed over and its results are whatever was in memory.  And the
 * cost by which submissions are cut: attention that costs nothing would let one
 * grow until a desktop's watchdog ends it.
 */

#include "tap.h"

#include "dev/vulkan_impl.h"
#include "op/op.h"

static const struct jk_gpu gpu = { .subgroup_size = 32,
	.shared_bytes = 32 << 10 };
static struct jk_dispatch d[JK_MAX_DISPATCHES];
static struct jk_err err;

/* Tiles of 16 rows, or of 8 keys. */
static int
attention_back(uint32_t n_rows)
{
	struct jk_attention_back a = { .n_rows = n_rows, .n_heads = 4,
		.n_kv_heads = 2, .head_dim = 128 };

	memset(d, 0, sizeof d);
	err.status = JK_OK;
	return jk_dispatch_attention_back(&a, &gpu, d, &err);
}

static void
test_attention_back(void)
{
	ok(attention_back(500000) == 2 && d[0].groups[0] == 31250 &&
	    d[1].groups[0] == 62500, "attention_back: both grids fit");
	ok(attention_back(600000) == -1 && err.status == JK_ESYS,
	    "attention_back: the grid of the keys does not");
	ok(attention_back(1200000) == -1 && err.status == JK_ESYS,
	    "attention_back: neither does");
}

/* llvmpipe would end the loops of these early, and say nothing. */
static void
test_turns(void)
{
	struct jk_delta_rule a = { .n_rows = 1000, .n_heads = 16,
		.n_k_heads = 16, .key_dim = 128, .value_dim = 128 };
	struct jk_delta_rule_back b = { .n_rows = 140, .n_heads = 16,
		.n_k_heads = 16, .key_dim = 128, .value_dim = 128 };

	memset(d, 0, sizeof d);
	ok(jk_vulkan_software(JK_OP_delta_rule, &a, &gpu, d, &err) == 0 &&
	    jk_vulkan_software(JK_OP_delta_rule_back, &b, &gpu, d, &err) == 0,
	    "a software device runs short packs");
	a.n_rows = b.n_rows = 2000;
	ok(jk_vulkan_software(JK_OP_delta_rule, &a, &gpu, d, &err) == -1 &&
	    err.status == JK_EDEVICE, "and refuses others: %s", err.msg);
	err.status = JK_OK;
	ok(jk_vulkan_software(JK_OP_delta_rule_back, &b, &gpu, d, &err) == -1
	    && err.status == JK_EDEVICE, "on the way back, too");
}

/*
 * Three heads of 4; rows 1, 2 and 3 of a pack see as many keys at most.  3 x 5 x 7
 * with ranks of 4 of two projections: an output has one of them, an input both.
 */
static void
test_flops(void)
{
	const struct jk_matmul m = { .z = 1, .m = 3, .n = 5, .k = 7,
		.n_proj = 2, .rank = 4, .end = { 2 } };
	const struct jk_matmul_back mb = { .dz = 1, .m = 3, .n = 5, .k = 7,
		.n_proj = 2, .rank = 4 };
	struct jk_attention a = { .n_rows = 3, .n_keys = 3, .n_heads = 3,
		.n_kv_heads = 1, .head_dim = 4, .flags = JK_ATTENTION_PACK };
	struct jk_attention_back b = { .n_rows = 3, .n_heads = 3,
		.n_kv_heads = 1, .head_dim = 4 };

	ok(jk_op_flops(JK_OP_attention, &a) == (1 + 2 + 3) * 3 * 2 * 2 * 4,
	    "attention in a pack: two products of all pairs");
	ok(jk_op_flops(JK_OP_attention_back, &b) == (1 + 2 + 3) * 3 * 5 * 2 * 4,
	    "attention_back: five");
	a.flags = 0;
	a.n_keys = 100;
	ok(jk_op_flops(JK_OP_attention, &a) == 3 * 100 * 3 * 2 * 2 * 4,
	    "attention over a cache: all keys");
	ok(jk_op_flops(JK_OP_matmul, &m) == 2 * 3 * 5 * (7 + 4) &&
	    jk_op_flops(JK_OP_matmul_back, &mb) == 2 * 3 * 7 * (5 + 2 * 4),
	    "products and what LoRA adds");
	a.n_rows = a.n_keys = 1u << 20;
	ok(jk_op_flops(JK_OP_attention, &a) == 0x1p40 * 3 * 2 * 2 * 4,
	    "counts of more than 32 bits");
}

/* What rows tell: two sequences behind a prefix of one, and a window of two. */
static void
test_exact(void)
{
	static const struct jk_row rows[] = { { .position = 0 },
		{ .position = 1 }, { .position = 2 }, { .position = 1 } };
	struct jk_attention a = { .rows = (uint64_t)(uintptr_t)rows,
		.n_rows = 4, .n_keys = 4, .n_heads = 3, .n_kv_heads = 1,
		.head_dim = 4, .flags = JK_ATTENTION_PACK };
	struct jk_attention_back b = { .rows = a.rows, .n_rows = 4,
		.n_heads = 3, .n_kv_heads = 1, .head_dim = 4, .window = 2 };
	const struct jk_copy_rows c = { .x = 1 << 20, .index = 1 << 30,
		.y = 1 << 25, .n_rows = 4, .dim = 8, .ldx = 8, .ldy = 8,
		.n_x = 4, .n_y = 4 };
	const struct jk_glu g = { .gate = 1 << 20, .up = (1 << 20) + 32,
		.y = 1 << 25, .n_rows = 4, .dim = 8, .ldx = 16, .ldy = 8 };

	ok(jk_op_exact_flops(JK_OP_attention, &a, true) ==
	    (1 + 2 + 3 + 2) * 3 * 2 * 2 * 4 &&
	    jk_op_exact_flops(JK_OP_attention_back, &b, true) ==
	    (1 + 2 + 2 + 2) * 3 * 5 * 2 * 4, "pairs that see each other");
	ok(jk_op_exact_flops(JK_OP_attention, &a, false) == 0,
	    "no rows, no count");
	ok(jk_op_bytes(JK_OP_glu, &g) == 3 * 4 * 8 * 4 &&
	    jk_op_bytes(JK_OP_copy_rows, &c) == 0,
	    "bytes: gaps between rows are not read; a part is not known");
}

int
main(void)
{
	test_attention_back();
	test_turns();
	test_flops();
	test_exact();
	return done_testing();
}
