/*
 * Dispatch rules where a grid would grow too large.  A rule that answers 0 says
 * that there is nothing to do: the call is passed over and its results are
 * whatever was in memory.
 */

#include "tap.h"

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
		.n_kv_heads = 2, .head_dim = 128, .part = JK_ATTENTION_BACK_ALL
	};

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

int
main(void)
{
	test_attention_back();
	return done_testing();
}
