/* Parity of attention and its way back, host against Vulkan. */

#include "parity_matrices.h"

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

/* Cooperative matrices.  v is any numbers. */
struct matrix_shape {
	uint32_t heads, kv_heads, head_dim, window, prefix, lengths[5];
	float scale, cap;
};

/* A pack of that shape, rows `beyond` longer than their heads. */
static struct jk_attention
matrix_pack(const struct matrix_shape *s, uint32_t beyond, int rough)
{
	const uint32_t h = s->heads, g = s->kv_heads, d = s->head_dim;
	const uint32_t ldq = h * d + beyond, ldk = g * d + beyond;
	struct jk_row rows[256];
	const uint32_t n = p_pack(rows, s->prefix, s->lengths, 10);

	return (struct jk_attention){
		.q = p_sixtyfourths(n * ldq, rough),
		.k = p_sixtyfourths(n * ldk, rough),
		.v = p_floats(n * ldk, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.y = p_floats(n * ldq, 1),
		/* wider ones take matrices where no way back follows */
		.lse = d > 128 ? 0 : p_floats(n * h, 1),
		.n_rows = n, .n_keys = n, .n_heads = h, .n_kv_heads = g,
		.head_dim = d, .ldq = ldq, .ldk = ldk, .ldy = ldq,
		.window = s->window, .scale = s->scale, .cap = s->cap,
		.flags = JK_ATTENTION_PACK | JK_ATTENTION_HALF
	};
}

static void
test_matrix_pack(const struct matrix_shape *s, uint32_t beyond, int rough)
{
	const struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	const double unit = v->attention.kind == JK_MATRIX_BF16 ? 0x1p-8 :
	    0x1p-11;
	const struct jk_attention a = matrix_pack(s, beyond, rough);

	parity(JK_OP_attention, &a, 2 * unit, "matrices, %u/%u heads of %u, "
	    "window %u, prefix %u, scale %g, cap %g, %u rows of %u%s", s->heads,
	    s->kv_heads, s->head_dim, s->window, s->prefix, (double)s->scale,
	    (double)s->cap, a.n_rows, a.ldq,
	    rough ? ", rounded" : "");
}

/* The way back, from what the host makes of the way forward. */
static void
test_matrix_back(const struct matrix_shape *s, uint32_t beyond, int rough)
{
	const struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	const double tolerance = v->attention.kind == JK_MATRIX_BF16 ?
	    0x1p-6 : 0x1p-9;
	struct jk_attention a = matrix_pack(s, beyond, rough);
	const uint32_t n = a.n_rows, ldq = a.ldq, ldk = a.ldk;
	const struct jk_attention_back b = {
		.q = a.q, .k = a.k, .v = a.v, .dy = p_floats(n * ldq, 0x1p-6f),
		.lse = a.lse, .delta = p_floats(n * a.n_heads, 1), .rows = a.rows,
		/* what stands between rows is no larger than gradients */
		.dq = p_floats(n * ldq, 1e-6f), .dk = p_floats(n * ldk, 1e-6f),
		.dv = p_floats(n * ldk, 1e-6f), .n_rows = n, .n_heads = a.n_heads,
		.n_kv_heads = a.n_kv_heads, .head_dim = a.head_dim, .ldq = ldq,
		.ldk = ldk, .ldy = ldq, .window = a.window, .scale = a.scale,
		.cap = a.cap, .flags = JK_ATTENTION_HALF
	};
	const struct jk_attention_dot dot = { .y = a.y, .dy = b.dy,
		.delta = b.delta, .n_rows = n, .n_heads = a.n_heads,
		.head_dim = a.head_dim, .ldy = ldq };
	struct jk_err err;

	a.flags = JK_ATTENTION_PACK;
	must(jk_dev_run(p_host, JK_OP_attention, &a, &err), &err);
	must(jk_dev_run(p_host, JK_OP_attention_dot, &dot, &err), &err);
	parity(JK_OP_attention_back, &b, tolerance, "matrices, %u/%u heads of "
	    "%u, window %u, prefix %u, scale %g, cap %g, %u rows of %u%s",
	    s->heads, s->kv_heads, s->head_dim, s->window, s->prefix,
	    (double)s->scale, (double)s->cap, n, ldq,
	    rough ? ", rounded" : "");
}

/* What f16 does not hold in a row: no number comes out of it, under a cap too. */
static void
test_matrix_range(float cap)
{
	enum { T = 40, D = 32, ROW = 11 };
	static const uint32_t lengths[] = { T, 0 };
	struct jk_row rows[T];
	const uint32_t n = p_pack(rows, 0, lengths, 10);
	const struct jk_attention a = {
		.q = p_floats(T * D, 1), .k = p_floats(T * D, 1),
		.v = p_floats(T * D, 1), .rows = p_bytes(rows, sizeof rows),
		.y = p_floats(T * D, 1), .n_rows = n, .n_keys = n,
		.n_heads = 1, .n_kv_heads = 1, .head_dim = D, .ldq = D,
		.ldk = D, .ldy = D, .scale = 0.2f, .cap = cap,
		.flags = JK_ATTENTION_PACK | JK_ATTENTION_HALF
	};
	struct jk_err err;
	char args[128];
	float *got;
	int i, pass = 1;

	((float *)(uintptr_t)a.q)[ROW * D + 3] = 65600;
	for (i = 0; i < p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_translate(JK_OP_attention, &a, args);
	must(jk_dev_run(p_vulkan, JK_OP_attention, args, &err), &err);
	got = p_download(4);
	for (i = 0; i < T * D; i++)
		pass &= !isfinite(got[i]) == (i / D == ROW);
	free(got);
	p_forget();
	ok(pass, "matrices: what f16 does not hold is no number afterwards, cap "
	    "%g", (double)cap);
}

static const struct jk_dev_class *whole_class;

static enum jk_op wrong_op;

/* A device whose matrices forget the window. */
static int
wrong_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_attention a;
	struct jk_attention_back b;

	if (op == JK_OP_attention && op == wrong_op) {
		a = *(const struct jk_attention *)args;
		if (a.flags & JK_ATTENTION_HALF)
			a.window = 0;
		return whole_class->run(dev, op, &a, err);
	}
	if (op == JK_OP_attention_back && op == wrong_op) {
		b = *(const struct jk_attention_back *)args;
		if (b.flags & JK_ATTENTION_HALF)
			b.window = 0;
		return whole_class->run(dev, op, &b, err);
	}
	return whole_class->run(dev, op, args, err);
}

static void
test_wrong_matrices(void)
{
	struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	struct jk_dev_class wrong = *p_vulkan->class;
	enum jk_precision precision;
	struct jk_err err;
	int i;

	whole_class = p_vulkan->class;
	wrong.run = wrong_run;
	p_vulkan->class = &wrong;
	for (i = 0; i < 2; i++) {
		wrong_op = i ? JK_OP_attention_back : JK_OP_attention;
		must(jk_dev_precision(p_vulkan, "bf16", false, &precision, &err),
		    &err);
		ok(v->matrix.kind && !v->attention.kind &&
		    strstr(jk_buf_str(&p_vulkan->description),
		    "attention in "), "a device with a wrong %s is used for "
		    "products alone: %s", jk_op_name(wrong_op),
		    jk_buf_str(&p_vulkan->description));
		/* to be tried again */
		v->matrix.kind = JK_MATRIX_NONE;
		v->attention = v->matrices[JK_MATRIX_F16];
		jk_buf_clear(&p_vulkan->description);
	}
	p_vulkan->class = whole_class;
}

static void
test_matrices(void)
{
	static const struct matrix_shape some[] = {
		/* groups of two subgroups and of four, of large matrices, too */
		{ 100, 50, 40, 5, 0, { 40, 3 }, 0.2f, 0 },
		{ 130, 130, 40, 5, 0, { 40, 3 }, 0.2f, 0 },
		{ 260, 260, 40, 0, 7, { 20, 5, 1, 30 }, 0.2f, 0 },
		{ 1, 1, 32, 0, 0, { 1 }, 1, 0 },
		{ 3, 1, 40, 0, 0, { 17, 1, 33 }, 0.3f, 0 },
		{ 4, 2, 64, 0, 7, { 20, 5, 1, 16 }, 0.125f, 0 },
		{ 2, 1, 22, 0, 33, { 17, 9 }, 0.3f, 0 },
		{ 4, 2, 64, 7, 5, { 9, 30 }, 0.3f, 0.7f },
		/* scores of thousands: one key, or few, have all the weight */
		{ 2, 1, 32, 0, 5, { 31, 40 }, 4096, 0 },
		{ 2, 1, 32, 0, 5, { 31, 40 }, 4096, 50 },
		{ 2, 2, 80, 5, 0, { 40, 3 }, 0.2f, 0 },
		{ 3, 3, 96, 6, 19, { 9, 30 }, 0.1f, 0 },
		{ 4, 1, 128, 0, 70, { 66, 3 }, 0.1f, 0 },
		{ 2, 1, 256, 0, 3, { 40 }, 0.0625f, 0 },
	};
	const struct jk_vulkan *v = (struct jk_vulkan *)p_vulkan;
	size_t i;
	int rough;

	if (p_vulkan->has_bf16)
		test_wrong_matrices();
	if (!p_has_matrices(&v->attention, "attention"))
		return;
	if (v->attention.kind == JK_MATRIX_F16) {
		test_matrix_range(0);
		test_matrix_range(5);
	}
	for (i = 0; i < sizeof some / sizeof *some; i++) {
		/* a wide head takes its compiler a minute */
		if (p_brief() && (some[i].head_dim > 64 || some[i].heads > 64))
			continue;
		/* moved in fours, and without */
		for (rough = 0; rough <= (some[i].scale <= 1); rough++) {
			test_matrix_pack(&some[i], i % 2 ? 4 : 1, rough);
			/*
			 * Else scores have gradients of 0, but for rounding;
			 * heads of 128 take lavapipe's compiler many minutes.
			 */
			if (some[i].scale < 1 && some[i].head_dim <=
			    (v->software ? 96 : 128))
				test_matrix_back(&some[i], i % 2 ? 4 : 1,
				    rough);
		}
	}
}

int
main(void)
{
	size_t i;

	p_open();
	test_matrices();
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (!p_brief() || shapes[i].head_dim <= 24)
			test_pack(&shapes[i]);
	test_cache(0, 0);
	test_cache(4, 0);
	test_cache(4, 0.7f);
	return p_close();
}
