/* Parity of the operations on rows and elements, host against Vulkan. */

#include "parity.h"

static void
test_rms_norm(void)
{
	static const uint32_t shapes[][6] = {
		/* rows, groups, dim, ldx, ldy, step */
		{ 1, 1, 1, 1, 1, 1 }, { 3, 1, 72, 72, 72, 72 },
		{ 7, 3, 40, 150, 120, 45 }, { 2, 1, 577, 600, 577, 577 },
		{ 5, 2, 129, 300, 258, 129 },
	};
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const uint32_t *s = shapes[i];
		struct jk_rms_norm a = {
			.x = p_floats(s[0] * s[3], 3), .w = p_floats(s[2], 1),
			.y = p_floats(s[0] * s[4], 1), .n_rows = s[0],
			.n_groups = s[1], .dim = s[2], .step = s[5],
			.ldx = s[3],
			.ldy = s[4], .eps = 1e-5f,
			.weight_offset = (float)(i % 2)
		};
		parity(JK_OP_rms_norm, &a, 1e-6, "%u x %u x %u", s[0], s[1],
		    s[2]);
	}
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const uint32_t *s = shapes[i];
		struct jk_rms_norm_back a = {
			.x = p_floats(s[0] * s[3], 3), .w = p_floats(s[2], 1),
			.dy = p_floats(s[0] * s[4], 1),
			.dx = p_floats(s[0] * s[3], 1), .n_rows = s[0],
			.n_groups = s[1], .dim = s[2], .step = s[5],
			.ldx = s[3],
			.ldy = s[4], .ldd = s[3], .eps = 1e-5f,
			.accumulate = (uint32_t)(i + 1) % 2,
			.weight_offset = (float)(i % 2)
		};
		if (i % 2)
			a.y = p_floats(s[0] * s[4], 1);
		parity(JK_OP_rms_norm_back, &a, 1e-5, "%u x %u x %u", s[0],
		    s[1], s[2]);
	}
}

static void
test_layer_norm(void)
{
	static const uint32_t shapes[][4] = {
		/* rows, dim, ldx, ldy */
		{ 1, 1, 1, 1 }, { 3, 72, 72, 72 }, { 7, 40, 150, 120 },
		{ 2, 577, 600, 577 }, { 5, 129, 300, 258 },
	};
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const uint32_t *s = shapes[i];
		struct jk_layer_norm a = {
			.x = p_floats(s[0] * s[2], 3), .w = p_floats(s[1], 1),
			.b = p_floats(s[1], 1), .y = p_floats(s[0] * s[3], 1),
			.n_rows = s[0], .dim = s[1], .ldx = s[2], .ldy = s[3],
			.eps = 1e-5f
		};
		if (i == 1)	/* in place */
			a.y = a.x;
		parity(JK_OP_layer_norm, &a, 2e-6, "%u x %u%s", s[0], s[1],
		    i == 1 ? ", in place" : "");

		struct jk_layer_norm_back b = {
			.x = p_floats(s[0] * s[2], 3), .w = p_floats(s[1], 1),
			.dy = p_floats(s[0] * s[3], 1),
			.dx = p_floats(s[0] * s[2], 1), .n_rows = s[0],
			.dim = s[1], .ldx = s[2], .ldy = s[3], .ldd = s[2],
			.eps = 1e-5f, .accumulate = (uint32_t)(i + 1) % 2
		};
		if (i == 1)
			b.dx = b.dy;
		if (i % 2) {
			b.b = p_floats(s[1], 1);
			b.y = p_floats(s[0] * s[3], 1);
		}
		parity(JK_OP_layer_norm_back, &b, 1e-5, "%u x %u%s", s[0],
		    s[1], i == 1 ? ", in place" : "");
	}
}

static void
test_gelu(void)
{
	struct jk_gelu a = { .x = p_floats(5 * 200, 12),
		.y = p_floats(5 * 100, 1), .n_rows = 5, .dim = 99, .ldx = 200,
		.ldy = 100 };
	parity(JK_OP_gelu, &a, 1e-5, "5 x 99");

	struct jk_gelu_back b = { .x = p_floats(5 * 200, 12),
		.dy = p_floats(5 * 100, 1), .dx = p_floats(5 * 200, 1),
		.y = p_floats(5 * 100, 1), .n_rows = 5, .dim = 99,
		.ldx = 200, .ldy = 100 };
	parity(JK_OP_gelu_back, &b, 2e-5, "5 x 99");

	b = (struct jk_gelu_back){ .x = p_floats(3 * 64, 4),
		.dy = p_floats(3 * 64, 1), .n_rows = 3, .dim = 64, .ldx = 64,
		.ldy = 64 };
	b.dx = b.x;
	parity(JK_OP_gelu_back, &b, 2e-5, "in place");
}

/* A factor; or 1 of a flag, and a number that is none. */
static uint64_t
p_clipping(bool failed)
{
	const struct jk_clipping c = { failed ? NAN : 0.7f, failed };

	return p_bytes(&c, sizeof c);
}

/* Sums of n blocks, of which the last is `last`. */
static void
test_clip(uint32_t n, float scale, float last, double max_norm)
{
	struct jk_clip a = { .partial = p_floats(n, scale),
		.to = p_floats(2, 1), .max_norm = max_norm, .n = n };
	float *partial = (float *)(uintptr_t)a.partial;
	uint32_t i;

	for (i = 0; i < n; i++)
		partial[i] = fabsf(partial[i]);
	partial[n - 1] = last;
	*(struct jk_clipping *)(uintptr_t)a.to = (struct jk_clipping){ 0.5f, 0 };
	parity(JK_OP_clip, &a, isfinite(last) && last > 0 ? 1e-5 : -1,
	    "%u of %g, the last %g, to %g", n, (double)scale, (double)last,
	    max_norm);
}

static void
test_clips(void)
{
	static const double limits[] = { 0, 1, 0.3, 1e-3, 1e-30, 1e300 };
	static const uint32_t sizes[] = { 1, 2, 255, 257, 5000 };
	size_t i, k;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (k = 0; k < sizeof limits / sizeof *limits; k++)
			test_clip(sizes[i], 2, 1, limits[k]);
	/* finite, though their sum is not; and not finite; and 0 */
	test_clip(300, 3e38f, 3e38f, 1);
	test_clip(300, 1e-30f, 1e-30f, 1);
	test_clip(300, 1, INFINITY, 1);
	test_clip(300, 1, NAN, 1);
	test_clip(1, 1, 0, 1);
}

/* A row of NaN among others: it is told, and only it. */
static void
test_checked(bool failing)
{
	enum { T = 9, V = 131 };
	struct jk_cross_entropy c = { .logits = p_floats(T * V, 9),
		.target = p_words(T, V), .loss = p_work(T),
		.clipping = p_clipping(false), .n_rows = T, .n_vocab = V };

	if (failing)
		((float *)(uintptr_t)c.logits)[4 * V + 7] = NAN;
	parity(JK_OP_cross_entropy, &c, -1, "a loss is %s", failing ?
	    "not finite" : "checked");
}

static void
test_elements(void)
{
	static const uint32_t sizes[] = { 1, 127, 129, 4097, 70001 };
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		uint32_t n = sizes[i];
		struct jk_add a = { .a = p_floats(n, 1), .b = p_floats(n, 1),
			.y = p_floats(n, 1), .n = n };
		parity(JK_OP_add, &a, -1, "%u", n);

		struct jk_fill f = { .x = p_words(n, 0), .n = n,
			.value = 0x3fc00000 };
		parity(JK_OP_fill, &f, -1, "%u", n);

		struct jk_sum_squares s = { .x = p_floats(n, 2),
			.partial = p_floats(n / 4096 + 1, 1), .n = n };
		parity(JK_OP_sum_squares, &s, 1e-5, "%u", n);

		struct jk_adamw w = { .clipping = p_clipping(i % 3 == 2),
			.param = p_floats(n, 1),
			.grad = p_floats(n, 1), .m = p_floats(n, 0.1f),
			.v = p_floats(n, 0.1f), .n = n, .lr = 1e-3f,
			.beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f,
			.weight_decay = 0.01f, .correction1 = 0.19f,
			.correction2 = 0.002f };
		float *v = (float *)(uintptr_t)w.v;
		for (uint32_t k = 0; k < n; k++)
			v[k] = fabsf(v[k]);
		parity(JK_OP_adamw, &w, 1e-6, "%u", n);
	}
}

static void
test_scale_columns(void)
{
	static const uint32_t shapes[][3] = {
		/* rows, columns, ldy */
		{ 1, 1, 1 }, { 3, 72, 72 }, { 7, 129, 150 }, { 300, 577, 600 }
	};
	size_t i;

	for (i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++) {
		const uint32_t *s = shapes[i / 2];
		const bool in_place = i % 2;
		struct jk_scale_columns a = { .factor = p_floats(s[1], 2),
			.shift = i % 4 < 2 ? p_floats(s[1], 1) : 0,
			.y = p_floats(s[0] * s[2], 3), .n_rows = s[0],
			.n = s[1], .ldy = s[2],
			.accumulate = !in_place && i % 4 };

		a.ldx = in_place ? s[2] : s[1] + 3;
		a.x = in_place ? a.y : p_floats(s[0] * a.ldx, 3);
		parity(JK_OP_scale_columns, &a, 1e-6, "%u x %u%s%s", s[0],
		    s[1], in_place ? ", in place" : "", a.accumulate ?
		    ", added" : "");
	}
}

static void
test_apply_mask(void)
{
	static const uint32_t shapes[][2] = { { 1, 1 }, { 3, 72 }, { 7, 129 },
		{ 300, 576 } };
	size_t i;

	for (i = 0; i < 2 * sizeof shapes / sizeof *shapes; i++) {
		const uint32_t t = shapes[i / 2][0], k = shapes[i / 2][1];
		struct jk_apply_mask a = { .x = p_floats(t * k, 3),
			.mask = p_words(t * ((k + 31) / 32), 0),
			.y = p_floats(t * k, 3), .n_rows = t, .dim = k,
			.accumulate = i % 2, .kept = 1.25f,
			.dropped = i % 3 ? 1 : 0 };

		parity(JK_OP_apply_mask, &a, 1e-6, "%u x %u%s", t, k,
		    a.accumulate ? ", added" : "");
	}
}

static void
test_sum_shares(void)
{
	static const uint32_t shapes[][2] = { { 1, 1 }, { 3, 129 }, { 8, 5000 } };
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		const uint32_t s = shapes[i][0], n = shapes[i][1];
		struct jk_sum_shares a = { .x = p_floats(s * n, 1),
			.y = p_floats(n, 1), .n = n, .n_shares = s };

		parity(JK_OP_sum_shares, &a, 0, "%u of %u", s, n);
		a.x = a.y = p_floats(s * n, 1);
		parity(JK_OP_sum_shares, &a, 0, "%u of %u, in place", s, n);
	}
}

static void
test_glu(void)
{
	for (uint32_t kind = 0; kind < 2; kind++) {
		struct jk_glu a = { .gate = p_floats(5 * 200, 12),
			.up = p_floats(5 * 200, 2), .y = p_floats(5 * 100, 1),
			.n_rows = 5, .dim = 99, .ldx = 200, .ldy = 100,
			.kind = kind };
		parity(JK_OP_glu, &a, 1e-5, "kind %u", kind);

		struct jk_glu_back b = { .gate = p_floats(5 * 200, 12),
			.up = p_floats(5 * 200, 2), .dy = p_floats(5 * 100, 1),
			.dgate = p_floats(5 * 200, 1),
			.dup = p_floats(5 * 200, 1), .y = p_floats(5 * 100, 1),
			.n_rows = 5, .dim = 99, .ldx = 200, .ldy = 100,
			.kind = kind };
		parity(JK_OP_glu_back, &b, 2e-5, "kind %u", kind);

		b = (struct jk_glu_back){ .gate = p_floats(3 * 64, 4),
			.up = p_floats(3 * 64, 2), .dy = p_floats(3 * 64, 1),
			.n_rows = 3, .dim = 64, .ldx = 64, .ldy = 64,
			.kind = kind };
		b.dgate = b.gate;
		b.dup = b.up;
		parity(JK_OP_glu_back, &b, 2e-5, "in place, kind %u", kind);
	}
}

static void
test_rows(void)
{
	static const uint32_t lengths[] = { 9, 1, 20, 0 };
	struct jk_row rows[64];
	uint32_t n = p_pack(rows, 5, lengths, 50), i;

	for (i = 0; i < 4; i++) {
		struct jk_rope a = { .x = p_floats(n * 130, 1),
			.rows = p_bytes(rows, n * sizeof *rows),
			.table = p_floats(30 * 40, 1), .n_rows = n,
			.n_heads = 3, .head_dim = 40,
			.rotary_dim = i < 2 ? 40 : 12, .ldx = 130, .ldy = 120,
			.inverse = i % 2, .n_positions = 30, .n_out = n };
		a.y = p_floats(n * 120, 1);
		parity(JK_OP_rope, &a, 1e-6, "%s, %u of 40", i % 2 ?
		    "inverse" : "forward", a.rotary_dim);
	}
	for (i = 0; i < n; i++)
		rows[i].kv_row = n - 1 - i + 3;
	struct jk_rope a = { .x = p_floats(n * 80, 1),
		.y = p_floats((n + 3) * 80, 1),
		.rows = p_bytes(rows, n * sizeof *rows),
		.table = p_floats(30 * 80, 1), .n_rows = n, .n_heads = 1,
		.head_dim = 80, .rotary_dim = 80, .ldx = 80, .ldy = 80,
		.scatter = 1,
		.n_positions = 30, .n_out = n + 3 };
	parity(JK_OP_rope, &a, 1e-6, "scattered");

	/* positions begin anew in each record, behind the prefix */
	struct jk_add_positions p = { .rows = p_bytes(rows, n * sizeof *rows),
		.table = p_floats(30 * 37, 1), .y = p_floats(n * 37, 1),
		.n_rows = n, .dim = 37, .n_positions = 30 };
	parity(JK_OP_add_positions, &p, -1, "%u x 37", n);
	struct jk_add_noise z = { .rows = p_bytes(rows, n * sizeof *rows),
		.y = p_floats(n * 37, 1), .n_rows = n, .dim = 37, .step = 7,
		.seed_low = 0xdeadbeef, .seed_high = 3, .scale = 0.25f };
	parity(JK_OP_add_noise, &z, 1e-6, "%u x 37", n);

	for (i = 0; i < 3; i++) {
		static const uint32_t index[] = { 6, 0, 3, 9 };
		struct jk_copy_rows c = { .x = p_floats(10 * 37, 1),
			.index = i < 2 ? p_bytes(index, sizeof index) : 0,
			.y = p_floats(10 * 40, 1), .n_rows = 4, .dim = 35,
			.ldx = 37, .ldy = 40, .mode = i & 1, .n_x = 10,
			.n_y = 10 };
		parity(JK_OP_copy_rows, &c, -1, "mode %u%s", i & 1,
		    i < 2 ? "" : ", no index");
	}
	struct jk_dropout_mask d = { .rows = p_bytes(rows, n * sizeof *rows),
		.mask = p_words(3 * n * 5, 0), .n_rows = n, .n_proj = 3,
		.dim = 135, .step = 7, .seed_low = 0xdeadbeef, .seed_high = 3,
		.site = 8 * 29 + 4, .threshold = 3277 };
	parity(JK_OP_dropout_mask, &d, -1, "135 features, 3 projections");
}

static void
test_logits(void)
{
	static const uint32_t shapes[][2] = {
		{ 1, 1 }, { 3, 301 }, { 2, 49152 }, { 5, 257 }
	};
	size_t i;

	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		uint32_t t = shapes[i][0], v = shapes[i][1];
		struct jk_cross_entropy c = { .logits = p_floats(t * v, 9),
			.target = p_words(t, v), .loss = p_floats(t, 1),
			.d = i == 1 ? 0 : p_floats(t * (v + 3), 1),
			.n_rows = t, .n_vocab = v, .ldd = v + 3,
			.scale = 0.25f, .cap = i == 3 ? 11 : 0 };
		if (i == 2)
			c.weight = p_floats(t, 3);
		if (i == 3) {
			c.d = c.logits;
			c.ldd = v;
		}
		parity(JK_OP_cross_entropy, &c, 1e-5, "%u x %u%s", t, v,
		    i == 1 ? ", loss only" : i == 2 ? ", weighted" : i == 3 ?
		    ", in place, capped" : "");

		struct jk_softcap s = { .x = p_floats(t * v, 9), .n = t * v,
			.cap = 4 };
		parity(JK_OP_softcap, &s, 4e-6, "%u x %u", t, v);

		struct jk_argmax m = { .logits = p_floats(t * v, 9),
			.index = p_words(t, 0), .n_rows = t, .n_vocab = v };
		float *x = (float *)(uintptr_t)m.logits;
		if (i == 1)	/* a tie: the first wins */
			x[200] = x[100] = 50;
		if (i == 2)	/* a NaN gives V */
			x[77] = NAN;
		if (i == 3)
			for (uint32_t k = 0; k < v; k++)
				x[k] = -INFINITY;
		parity(JK_OP_argmax, &m, -1, "%u x %u", t, v);
	}
}

/*
 * For gpu.sh, which wants to see that a layer is at work: four words behind the
 * end of a buffer.  That is still the page's own memory.
 */
static void
stray(void)
{
	struct jk_fill fill = { .n = 21 };
	struct jk_err err;

	must(jk_dev_alloc(p_vulkan, 64, &fill.x, &err), &err);
	must(JK_RUN(p_vulkan, fill, &fill, &err), &err);
	must(jk_dev_submit(p_vulkan, &err), &err);
}

int
main(int argc, char **argv)
{
	p_open();
	if (argc > 1 && strcmp(argv[1], "--stray") == 0) {
		stray();
		return p_close();
	}
	test_rms_norm();
	test_layer_norm();
	test_elements();
	test_clips();
	test_checked(false);
	test_checked(true);
	test_scale_columns();
	test_apply_mask();
	test_sum_shares();
	test_glu();
	test_gelu();
	test_rows();
	test_logits();
	return p_close();
}
