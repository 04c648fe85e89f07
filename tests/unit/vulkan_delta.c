/* Parity of the operations of linear and gated attention, host and Vulkan. */

#include "parity.h"

static void
test_gate(void)
{
	for (uint32_t kind = 0; kind < 3; kind++) {
		struct jk_gate a = { .x = p_floats(5 * 70, 2),
			.gate = p_floats(5 * 140, 9), .y = p_floats(5 * 66, 1),
			.n_rows = 5, .n_heads = 3, .head_dim = 21, .ldx = 70,
			.ldg = 140, .ldy = 66, .step = 44, .kind = kind };
		parity(JK_OP_gate, &a, 1e-5, "kind %u", kind);

		struct jk_gate_back b = { .x = p_floats(5 * 70, 2),
			.gate = p_floats(5 * 140, 9), .dy = p_floats(5 * 66, 1),
			.dx = p_floats(5 * 66, 1), .dgate = p_floats(5 * 140,
			1), .n_rows = 5, .n_heads = 3, .head_dim = 21,
			.ldx = 70, .ldg = 140, .ldy = 66, .step = 44,
			.kind = kind };
		parity(JK_OP_gate_back, &b, 2e-5, "kind %u", kind);

		b = (struct jk_gate_back){ .x = p_floats(200, 2),
			.gate = p_floats(200, 4), .dy = p_floats(200, 1),
			.n_rows = 2, .n_heads = 1, .head_dim = 100,
			.ldx = 100, .ldg = 100, .ldy = 100, .step = 100,
			.kind = kind };
		b.dx = b.dy;
		b.dgate = p_floats(200, 1);
		parity(JK_OP_gate_back, &b, 2e-5, "in place, kind %u", kind);
	}
}

static void
test_gates(void)
{
	struct jk_delta_gates a = { .x = p_floats(7 * 20, 9),
		.a_log = p_floats(9, 2), .dt_bias = p_floats(9, 2),
		.y = p_floats(7 * 18, 1), .n_rows = 7, .n_heads = 9,
		.ldx = 20 };
	parity(JK_OP_delta_gates, &a, 1e-5, "9 heads");

	struct jk_delta_gates_back b = { .x = p_floats(7 * 20, 9),
		.a_log = p_floats(9, 2), .dt_bias = p_floats(9, 2),
		.dy = p_floats(7 * 18, 1), .dx = p_floats(7 * 23, 1),
		.n_rows = 7, .n_heads = 9, .ldx = 20, .ldd = 23 };
	parity(JK_OP_delta_gates_back, &b, 1e-5, "9 heads");
}

/*
 * Rows of a cache: the last of a prefix's rows, a sequence that begins behind
 * another prefix, one without any, one that goes on.  Returns how many.
 */
static uint32_t
cache_rows(struct jk_row *rows)
{
	/* 2 prefixes of 9 rows, then sequences of 20 */
	uint32_t n = 0, i;

	for (i = 4; i < 9; i++)
		rows[n++] = (struct jk_row){ .position = i, .own_begin = 9,
			.kv_row = 9 + i };
	rows[n++] = (struct jk_row){ .position = 6, .prefix_len = 6,
		.own_begin = 18, .kv_row = 18 };
	for (i = 0; i < 2; i++)
		rows[n++] = (struct jk_row){ .position = i, .own_begin = 58,
			.kv_row = 58 + i };
	rows[n++] = (struct jk_row){ .position = 11, .prefix_len = 6,
		.own_begin = 38, .kv_row = 43 };
	return n;
}

static void
test_conv(uint32_t channels, uint32_t kernel, uint32_t linear, uint32_t prefix,
    const uint32_t *lengths)
{
	struct jk_row rows[160];
	uint32_t n = p_pack(rows, prefix, lengths, 50);
	uint32_t ldx = channels + 3;
	struct jk_conv1d a = { .x = p_floats(n * ldx, 1),
		.w = p_floats(kernel * channels, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.y = p_floats(n * channels, 1), .n_rows = n,
		.n_channels = channels, .kernel = kernel, .ldx = ldx,
		.ldy = channels, .linear = linear };
	parity(JK_OP_conv1d, &a, 1e-5, "%u rows, %u channels, %u taps, "
	    "linear %u", n, channels, kernel, linear);

	struct jk_conv1d_back b = { .x = p_floats(n * ldx, 1),
		.w = p_floats(kernel * channels, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.dy = p_floats(n * channels, 1), .dx = p_floats(n * ldx, 1),
		.n_rows = n, .n_channels = channels, .kernel = kernel,
		.ldx = ldx, .ldy = channels, .ldd = ldx, .linear = linear };
	parity(JK_OP_conv1d_back, &b, 2e-5, "%u rows, %u channels, %u taps, "
	    "linear %u", n, channels, kernel, linear);

	n = cache_rows(rows);
	a = (struct jk_conv1d){ .x = p_floats(n * ldx, 1),
		.w = p_floats(kernel * channels, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.state = p_floats(5 * kernel * channels, 1),
		.y = p_floats(n * channels, 1), .n_rows = n,
		.n_channels = channels, .kernel = kernel, .ldx = ldx,
		.ldy = channels, .n_prefixes = 2, .prefix_rows = 9,
		.n_sequences = 3, .sequence_rows = 20, .linear = linear };
	parity(JK_OP_conv1d, &a, 1e-5, "a cache, %u channels, %u taps, "
	    "linear %u", channels, kernel, linear);
}

/* Floats in ±scale, the first half of every 2 n of them made ≤ 0. */
static uint64_t
pairs(uint32_t n_rows, uint32_t n, float scale)
{
	uint64_t address = p_floats(n_rows * 2 * n, scale);
	float *v = (float *)(uintptr_t)address;
	uint32_t i;

	for (i = 0; i < n_rows * 2 * n; i++)
		v[i] = i / n % 2 ? fabsf(v[i]) : -fabsf(v[i]);
	return address;
}

struct shape {
	uint32_t heads, k_heads, key_dim, value_dim;
};

enum { MANY = 660 };	/* rows about as many as a software device takes */

static void
test_rule(const struct shape *s, uint32_t prefix, const uint32_t *lengths)
{
	static struct jk_row rows[MANY + 10];
	const float unit = 1 / sqrtf((float)s->key_dim);
	uint32_t n = p_pack(rows, prefix, lengths, 50);
	uint32_t ldk = 2 * s->k_heads * s->key_dim;
	uint32_t ldv = s->heads * s->value_dim + 5;
	uint32_t size = s->heads * s->key_dim * s->value_dim;
	struct jk_delta_rule a = { .q = p_floats(n * ldk, unit),
		.v = p_floats(n * ldv, 1), .gates = pairs(n, s->heads, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.state = p_work(2 * size), .y = p_floats(n * ldv, 1),
		.n_rows = n, .n_heads = s->heads, .n_k_heads = s->k_heads,
		.key_dim = s->key_dim, .value_dim = s->value_dim, .ldk = ldk,
		.ldv = ldv, .ldy = ldv, .scale = 0.3f };
	a.k = a.q + 4 * s->k_heads * s->key_dim;
	parity(JK_OP_delta_rule, &a, 2e-5, "%u rows, %u and %u heads, %u x %u",
	    n, s->heads, s->k_heads, s->key_dim, s->value_dim);

	struct jk_delta_rule_back b = { .q = p_floats(n * ldk, unit),
		.v = p_floats(n * ldv, 1), .gates = pairs(n, s->heads, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.dy = p_floats(n * ldv, 1), .dq = p_floats(n * ldk, 1),
		.dv = p_floats(n * ldv, 1), .dgates = pairs(n, s->heads, 1),
		.work = p_work(jk_delta_states(n) * size), .n_rows = n,
		.n_heads = s->heads, .n_k_heads = s->k_heads,
		.key_dim = s->key_dim, .value_dim = s->value_dim, .ldk = ldk,
		.ldv = ldv, .ldy = ldv, .scale = 0.3f };
	b.k = b.q + 4 * s->k_heads * s->key_dim;
	b.dk = b.dq + 4 * s->k_heads * s->key_dim;
	parity(JK_OP_delta_rule_back, &b, 5e-5,
	    "%u rows, %u and %u heads, %u x %u", n, s->heads, s->k_heads,
	    s->key_dim, s->value_dim);

	n = cache_rows(rows);
	a = (struct jk_delta_rule){ .q = p_floats(n * ldk, unit),
		.v = p_floats(n * ldv, 1), .gates = pairs(n, s->heads, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.state = p_floats(5 * size, 1), .y = p_floats(n * ldv, 1),
		.n_rows = n, .n_heads = s->heads, .n_k_heads = s->k_heads,
		.key_dim = s->key_dim, .value_dim = s->value_dim, .ldk = ldk,
		.ldv = ldv, .ldy = ldv, .n_prefixes = 2, .prefix_rows = 9,
		.n_sequences = 3, .sequence_rows = 20, .scale = 0.3f };
	a.k = a.q + 4 * s->k_heads * s->key_dim;
	parity(JK_OP_delta_rule, &a, 2e-5, "a cache, %u x %u", s->key_dim,
	    s->value_dim);
}

int
main(void)
{
	static const uint32_t one[] = { 1, 0 }, few[] = { 2, 1, 3, 0 };
	static const uint32_t some[] = { 5, 1, 9, 0 };
	static const uint32_t longer[] = { 70, 2, 31, 0 };
	static const uint32_t chunks[] = { 31, 1, 0 };
	static const struct shape shapes[] = { { 1, 1, 1, 1 }, { 3, 1, 7, 5 },
		{ 2, 2, 128, 128 }, { 4, 2, 130, 10 }, { 2, 1, 20, 256 } };

	static uint32_t ones[MANY + 1], long_one[] = { MANY, 0 };
	static uint32_t some_ones[161];
	static const struct shape small = { 1, 1, 8, 8 };
	static const struct shape narrow = { 1, 1, 1, 2 };
	static const struct shape wide = { 2, 2, 130, 9 };
	static const struct shape large = { 1, 1, 128, 128 };
	uint32_t i;

	p_open();
	test_gate();
	test_gates();
	test_conv(1, 1, 0, 0, one);
	test_conv(70, 4, 0, 2, some);
	test_conv(300, 8, 0, 3, longer);
	test_conv(70, 3, 1, 2, some);
	test_rule(&shapes[0], 0, one);
	/*
	 * Validation goes through a list of buffers at every access, and
	 * llvmpipe ends those loops, too, after 65535 turns of all: then the
	 * address is none that it knows.
	 */
	test_rule(&shapes[1], 2, few);
	test_rule(&narrow, 1, chunks);
	test_rule(&wide, 0, one);
	if (!p_brief()) {
		test_rule(&shapes[1], 6, some);
		test_rule(&shapes[2], 0, some);
		test_rule(&shapes[3], 4, some);
		test_rule(&shapes[4], 20, longer);
		for (i = 0; i < MANY; i++)
			ones[i] = 1;
		test_rule(&small, 3, ones);
		test_rule(&small, 0, long_one);
		for (i = 0; i < 160; i++)
			some_ones[i] = 1;
		test_rule(&large, 3, some_ones);
	}
	return p_close();
}
