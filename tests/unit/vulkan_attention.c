/* Parity of attention and its way back, host against Vulkan. */

#include "parity.h"

struct shape {
	uint32_t heads, kv_heads, head_dim, window, prefix, lengths[5];
	float cap;
};

static const struct shape shapes[] = {
	{ 1, 1, 8, 0, 0, { 1 }, 0 },
	{ 3, 1, 40, 0, 0, { 17, 1, 33 }, 0 },
	{ 4, 2, 64, 0, 7, { 20, 5, 1, 16 }, 0 },
	{ 2, 2, 16, 5, 0, { 40, 3 }, 0 },
	{ 3, 3, 24, 6, 19, { 9, 30 }, 0 },
	{ 3, 1, 22, 0, 5, { 17, 9 }, 0 },	/* not in fours */
	{ 4, 1, 256, 0, 3, { 18 }, 0 },
	{ 2, 1, 512, 0, 2, { 9, 5 }, 0 },
	{ 4, 2, 16, 7, 5, { 9, 30 }, 0.7f },
};

static void
test_pack(const struct shape *s)
{
	struct jk_row rows[128];
	uint32_t n = p_pack(rows, s->prefix, s->lengths, 10);
	uint32_t h = s->heads, g = s->kv_heads, d = s->head_dim;
	struct jk_attention a = {
		.q = p_floats(n * (h * d + 8), 1),
		.k = p_floats(n * (g * d + 4), 1),
		.v = p_floats(n * (g * d + 4), 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.y = p_floats(n * h * d, 1), .lse = p_floats(n * h, 1),
		.n_rows = n, .n_keys = n, .n_heads = h, .n_kv_heads = g,
		.head_dim = d, .ldq = h * d + 8, .ldk = g * d + 4,
		.ldy = h * d, .window = s->window, .scale = 0.3f,
		.flags = JK_ATTENTION_PACK, .cap = s->cap
	};
	struct jk_attention_dot dot;
	struct jk_attention_back b;

	parity(JK_OP_attention, &a, 1e-5,
	    "%u/%u heads of %u, window %u, prefix %u, cap %g", h, g, d,
	    s->window, s->prefix, (double)s->cap);

	dot = (struct jk_attention_dot){ .y = p_floats(n * h * d, 1),
		.dy = p_floats(n * h * d, 1), .delta = p_floats(n * h, 1),
		.n_rows = n, .n_heads = h, .head_dim = d, .ldy = h * d };
	parity(JK_OP_attention_dot, &dot, 1e-5, "%u x %u x %u", n, h, d);

	b = (struct jk_attention_back){
		.q = p_floats(n * (h * d + 8), 1),
		.k = p_floats(n * (g * d + 4), 1),
		.v = p_floats(n * (g * d + 4), 1),
		.dy = p_floats(n * h * d, 1), .lse = p_floats(n * h, 1),
		.delta = p_floats(n * h, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.dq = p_floats(n * (h * d + 8), 1),
		.dk = p_floats(n * (g * d + 4), 1),
		.dv = p_floats(n * (g * d + 4), 1),
		.n_rows = n, .n_heads = h, .n_kv_heads = g,
		.head_dim = d, .ldq = h * d + 8, .ldk = g * d + 4,
		.ldy = h * d, .window = s->window, .scale = 0.3f,
		.cap = s->cap
	};
	parity(JK_OP_attention_back, &b, 2e-5,
	    "%u/%u heads of %u, window %u, prefix %u, cap %g", h, g, d,
	    s->window, s->prefix, (double)s->cap);
}

/* Rows of a KV cache: two prefixes, sequences in slots far apart. */
static void
test_cache(uint32_t window, float cap)
{
	static const struct jk_row rows[] = {
		/* token, position, prefix at, len, own at, end, kv row */
		{ 0, 12, 0, 10, 40, 0, 42, 0 },
		{ 0, 10, 0, 10, 50, 0, 50, 0 },
		{ 0, 9, 10, 5, 60, 0, 64, 0 },
		{ 0, 3, 70, 0, 70, 0, 73, 0 },
		{ 0, 0, 0, 0, 20, 0, 20, 0 },
	};
	struct jk_attention a = {
		.q = p_floats(5 * 120, 1), .k = p_floats(80 * 40, 1),
		.v = p_floats(80 * 40, 1), .rows = p_bytes(rows, sizeof rows),
		.y = p_floats(5 * 120, 1), .n_rows = 5, .n_keys = 80,
		.n_heads = 3, .n_kv_heads = 1, .head_dim = 40, .ldq = 120,
		.ldk = 40, .ldy = 120, .window = window, .scale = 0.3f,
		.cap = cap
	};

	parity(JK_OP_attention, &a, 1e-5, "KV cache, window %u, cap %g", window,
	    (double)cap);
}

int
main(void)
{
	size_t i;

	p_open();
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (!p_brief() || shapes[i].head_dim <= 24)
			test_pack(&shapes[i]);
	test_cache(0, 0);
	test_cache(4, 0);
	test_cache(4, 0.7f);
	return p_close();
}
