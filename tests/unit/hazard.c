/*
 * The recorder's barriers: one where an operation touches what another has
 * written (or writes what another has read), and none elsewhere.  A missing
 * barrier is a race that no validation layer sees; a needless one costs time.
 */

#include "tap.h"

#include "base/philox.h"
#include "dev/hazard.h"

static struct jk_hazards hazards;
static struct jk_err err;

static int
note(enum jk_op op, const void *args)
{
	struct jk_access accesses[JK_MAX_ACCESS];
	int n = jk_op_accesses(op, args, accesses);

	return jk_hazards_note(&hazards, accesses, n, &err);
}

static int
add(uint64_t a, uint64_t b, uint64_t y, uint32_t n)
{
	struct jk_add args = { .a = a, .b = b, .y = y, .n = n };

	return note(JK_OP_add, &args);
}

/* A matmul of 2 rows, 8 outputs and 4 inputs, rows of y ldy apart. */
static int
matmul(uint64_t x, uint64_t w, uint64_t y, uint32_t ldy)
{
	struct jk_matmul args = { .x = x, .w = w, .y = y, .m = 2, .n = 8,
		.k = 4, .ldx = 4, .ldy = ldy };

	return note(JK_OP_matmul, &args);
}

static void
test_extents(void)
{
	struct jk_access a[JK_MAX_ACCESS];
	struct jk_matmul m = { .x = 1000, .w = 2000, .y = 3000, .m = 3,
		.n = 5, .k = 64, .ldx = 70, .ldy = 9,
		.weight_type = JK_Q8_0 };
	struct jk_matmul_back back = { .dy = 1000, .w = 2000, .dx = 3000,
		.dz = 4000, .a = 5000, .mask = 6000, .m = 3, .n = 5, .k = 64,
		.ldy = 9, .ldx = 70, .n_proj = 2, .rank = 7 };
	struct jk_attention_back b = { .q = 1, .k = 2, .v = 3, .dy = 4,
		.lse = 5, .delta = 6, .rows = 7, .dq = 8, .dk = 9, .dv = 10,
		.n_rows = 2, .n_heads = 3, .n_kv_heads = 1, .head_dim = 4,
		.ldq = 12, .ldk = 4, .ldy = 12 };
	int n = jk_op_accesses(JK_OP_matmul, &m, a);

	ok(n == 3, "an absent bias is no access");
	ok(a[0].size_bytes == 4 * (2 * 70 + 64), "x: three rows, 70 apart");
	ok(a[1].size_bytes == 5 * 2 * 34, "w: five rows of two Q8_0 blocks");
	ok(a[2].size_bytes == 4 * (2 * 9 + 5) && a[2].write && !a[2].read,
	    "y: three rows, 9 apart, written");
	m.z = 4000;
	m.b = 5000;
	m.residual = 6000;
	m.n_proj = 2;
	m.rank = 7;
	m.end[0] = 3;
	n = jk_op_accesses(JK_OP_matmul, &m, a);
	ok(n == 6 && a[3].size_bytes == 4 * 3 * 2 * 7 && a[3].read &&
	    a[4].size_bytes == 4 * 5 * 7 && a[4].read &&
	    a[5].size_bytes == a[2].size_bytes && a[5].read && !a[5].write,
	    "z, B and a residual, read");
	n = jk_op_accesses(JK_OP_matmul_back, &back, a);
	ok(n == 6 && a[3].size_bytes == 4 * 3 * 2 * 7 &&
	    a[4].size_bytes == 4 * 2 * 7 * 64 && a[5].size_bytes ==
	    4 * 2 * 3 * 2 && a[3].read && a[4].read && a[5].read &&
	    a[2].write && !a[2].read, "dz, A and the mask, read");
	n = jk_op_accesses(JK_OP_attention_back, &b, a);
	ok(n == 10 && strcmp(a[7].name, "dq") == 0 && a[7].write &&
	    strcmp(a[8].name, "dk") == 0 && a[8].write &&
	    strcmp(a[9].name, "dv") == 0 && a[9].write,
	    "attention_back writes dq, dk and dv");
}

/* Rows at a random place of 256 bytes, a few wide and apart. */
static struct jk_access
random_rows(uint32_t i, uint64_t stride)
{
	const struct jk_philox r = jk_philox(i, 0, 0, 0, 1, 2);
	const uint64_t n = 1 + r.v[0] % 4, width = 1 + r.v[1] % (n > 1 ?
	    stride : 40), all = (n - 1) * stride + width;
	const bool is_one = n == 1;

	return (struct jk_access){ .address = r.v[2] % 100,
		.size_bytes = all, .stride_bytes = is_one ? all : stride,
		.width_bytes = is_one ? all : width };
}

static void
mark(const struct jk_access *a, bool *bytes)
{
	uint64_t k;

	for (k = 0; k < a->size_bytes; k++)
		if (k % a->stride_bytes < a->width_bytes)
			bytes[(a->address + k) / 4] = true;
}

/* Against a map of words. */
static void
test_ranges(void)
{
	uint32_t i, missed = 0, needless = 0, met = 0, between = 0;

	for (i = 0; i < 20000; i++) {
		const uint64_t stride = 8 + 4 * (i % 8);
		const struct jk_access a = random_rows(2 * i, stride);
		const struct jk_access b = random_rows(2 * i + 1, i % 3 ?
		    stride : 8 + 4 * (i % 7));
		const struct jk_range x = jk_range_of(&a), y = jk_range_of(&b);
		bool of_a[80] = { false }, of_b[80] = { false }, both = false;
		int k;

		mark(&a, of_a);
		mark(&b, of_b);
		for (k = 0; k < 80; k++)
			both |= of_a[k] && of_b[k];
		met += both;
		between += !both && x.begin < y.end && y.begin < x.end;
		missed += both && !jk_ranges_meet(&x, &y);
		needless += !both && jk_ranges_meet(&x, &y) &&
		    (x.n == 1 || y.n == 1 || x.stride == y.stride);
		missed += jk_ranges_meet(&x, &y) != jk_ranges_meet(&y, &x);
	}
	ok(missed == 0, "no common word is missed (%u of 20000 have one)",
	    met);
	ok(needless == 0 && between > 500, "rows of one stride meet nowhere "
	    "else (%u lie between each other)", between);
}

int
main(void)
{
	test_extents();

	ok(add(1000, 2000, 3000, 10) == 0, "nothing before: no barrier");
	ok(add(1000, 2000, 4000, 10) == 0, "reads of the same: none");
	ok(add(3000, 1000, 5000, 10) == 1, "read after write: barrier");
	ok(add(4000, 2000, 6000, 10) == 0,
	    "the barrier covered all before it: none");
	ok(add(5000, 5000, 7000, 1) == 1, "read after write again");
	ok(add(8000, 8000, 5000, 1) == 1, "write after read: barrier");
	ok(add(8000, 8000, 5000, 1) == 1, "write after write: barrier");
	ok(add(1000, 1000, 5004, 1) == 0, "the neighbour: none");
	ok(add(5003, 1000, 9000, 1) == 1, "an overlap of one byte: barrier");

	jk_hazards_clear(&hazards);
	ok(matmul(1000, 2000, 3000, 8) == 0, "first projection");
	ok(matmul(1000, 2400, 3064, 8) == 0,
	    "second projection behind the first: none");
	jk_hazards_clear(&hazards);
	ok(matmul(1000, 2000, 3000, 16) == 0, "into the left half of rows");
	ok(matmul(1000, 2000, 3032, 16) == 0,
	    "into the right half: extents interlace, no byte is both's");
	ok(add(3032, 3032, 5000, 1) == 1, "a read of the right half: barrier");
	jk_hazards_clear(&hazards);
	ok(matmul(1000, 2000, 3000, 16) == 0, "into the left half again");
	ok(matmul(1000, 2000, 3028, 16) == 1,
	    "into columns of which one is written: barrier");
	ok(matmul(1000, 2000, 3064, 16) == 1,
	    "into the row behind: its first is the last one's second: barrier");
	jk_hazards_clear(&hazards);
	ok(matmul(1000, 2000, 3000, 16) == 0 &&
	    add(3032, 3032, 3032, 8) == 0,
	    "what lies between two rows is nobody's: none");
	ok(add(3028, 3028, 6000, 2) == 1, "and a word of a row: barrier");
	jk_hazards_clear(&hazards);
	ok(matmul(1000, 2000, 3000, 16) == 0 &&
	    matmul(1000, 2000, 3032, 20) == 1,
	    "rows of another stride: taken as overlap");
	jk_hazards_release(&hazards);
	test_ranges();
	return done_testing();
}
