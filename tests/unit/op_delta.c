/*
 * The operations of linear attention and of gated attention: forward against
 * the same written here in double and in the plainest way, back against central
 * differences of that; sequences in other company; and passes through a cache
 * against whole ones.
 */
#include "slope.h"

#include "op/recurrence.h"

enum { MAX_ROWS = 128 };

static struct jk_row rows[MAX_ROWS];
static int n_rows;

/* Rows of a shared prefix (may be 0 long) and of sequences behind it. */
static void
make_rows(int n_prefix, const int *lengths)
{
	int n = 0, i, s;

	for (i = 0; i < n_prefix; i++, n++)
		rows[n] = (struct jk_row){ .position = (uint32_t)i,
			.own_end = (uint32_t)n_prefix, .kv_row = (uint32_t)n };
	for (s = 0; lengths[s]; s++) {
		int begin = n;

		for (i = 0; i < lengths[s]; i++, n++)
			rows[n] = (struct jk_row){
				.position = (uint32_t)(n_prefix + i),
				.prefix_len = (uint32_t)n_prefix,
				.own_begin = (uint32_t)begin,
				.own_end = (uint32_t)(begin + lengths[s]),
				.kv_row = (uint32_t)n };
	}
	n_rows = n;
}

/* The row `back` positions before row t, or -1. */
static int
before(int t, int back)
{
	const struct jk_row *r = &rows[t];
	int p = (int)r->position - back;

	if (p < 0)
		return -1;
	return p < (int)r->prefix_len ? p : (int)r->own_begin + p -
	    (int)r->prefix_len;
}

/* Largest difference of an operation's result from `want`, of the largest. */
static double
distance(const struct array *got, const double *want, int n)
{
	double worst = 0, scale = 0, d;
	int i;

	for (i = 0; i < n; i++) {
		d = fabs(result(got, i) - want[i]);
		if (!(d <= worst))
			worst = d;
		scale = fmax(scale, fabs(want[i]));
	}
	return worst / scale;
}

static void
near(const struct array *got, const double *want, int n, const char *name)
{
	double e = distance(got, want, n);

	ok(e <= (type == JK_BF16 ? 1e-2 : 1e-5), "%s, %s: %.1e", name,
	    type == JK_BF16 ? "bf16" : "f32", e);
}

static struct array x, y, dy, dx;
static double want[MAX];

static double got_dx(int i) { return result(&dx, i); }

/* --- gate */

static struct array gates, dgate;
static uint32_t kind;
static struct { int rows, heads, dim, step; } gate;

static double
gate_loss(void)
{
	const int width = gate.heads * gate.dim;
	double sum = 0, g, s;
	int t, h, i;

	for (t = 0; t < gate.rows; t++)
		for (h = 0; h < gate.heads; h++)
			for (i = 0; i < gate.dim; i++) {
				int at = t * width + h * gate.dim + i;

				g = gates.v[(t * gate.heads + h) * gate.step +
				    i];
				s = kind == JK_GATE_BILINEAR ? 1 :
				    1 / (1 + exp(-g));
				want[at] = x.v[at] * (kind == JK_GATE_SIGMOID ?
				    s : g * s);
				sum += dy.v[at] * want[at];
			}
	return sum;
}

static double got_dgate(int i) { return result(&dgate, i); }

static void
test_gate(uint32_t which)
{
	const uint32_t width = 3 * 20;

	kind = which;
	gate.rows = 5, gate.heads = 3, gate.dim = 20;
	gate.step = kind == JK_GATE_SIGMOID ? 33 : 20;
	fill(&x, 5 * 60, type);
	fill(&dy, 5 * 60, type);
	fill(&gates, 5 * 3 * gate.step, type);
	run(JK_OP_gate, &(struct jk_gate){ .x = address(&x),
		.gate = address(&gates), .y = address(&y), .n_rows = 5,
		.n_heads = 3, .head_dim = 20, .ldx = width,
		.ldg = 3 * (uint32_t)gate.step, .ldy = width,
		.step = (uint32_t)gate.step, .kind = kind, .type = type });
	gate_loss();
	near(&y, want, x.n, "gate");
	dx = dy;
	dgate = gates;
	memset(dgate.v, 0, sizeof dgate.v);
	settle(&dgate, type);
	run(JK_OP_gate_back, &(struct jk_gate_back){ .x = address(&x),
		.gate = address(&gates), .dy = address(&dx),
		.dx = address(&dx), .dgate = address(&dgate), .n_rows = 5,
		.n_heads = 3, .head_dim = 20, .ldx = width,
		.ldg = 3 * (uint32_t)gate.step, .ldy = width,
		.step = (uint32_t)gate.step, .kind = kind, .type = type });
	check(gate_loss, &x, NULL, got_dx, 7, "gate_back, dx in place");
	/* what stands between the heads' gates stays 0, as its slope is */
	check(gate_loss, &gates, NULL, got_dgate, 7, "gate_back, dgate");
}

/* --- conv1d */

static struct array kernel;
static struct { int channels, taps; bool linear; } conv;

static double
conv_loss(void)
{
	const int n = conv.channels;
	double sum = 0, u;
	int t, c, j, from;

	for (t = 0; t < n_rows; t++)
		for (c = 0; c < n; c++) {
			u = 0;
			for (j = 0; j < conv.taps; j++) {
				from = before(t, conv.taps - 1 - j);
				if (from >= 0)
					u += kernel.v[j * n + c] *
					    x.v[from * n + c];
			}
			want[t * n + c] = conv.linear ? u :
			    u / (1 + exp(-u));
			sum += dy.v[t * n + c] * want[t * n + c];
		}
	return sum;
}

static void
test_conv(int channels, int taps, int n_prefix, const int *lengths)
{
	struct jk_conv1d a;

	make_rows(n_prefix, lengths);
	conv.channels = channels, conv.taps = taps;
	diag("convolution: %d rows, prefix %d, %d channels, %d taps%s", n_rows,
	    n_prefix, channels, taps, conv.linear ? ", linear" : "");
	fill(&x, n_rows * channels, type);
	fill(&dy, n_rows * channels, type);
	fill(&kernel, taps * channels, JK_F32);
	a = (struct jk_conv1d){ .x = address(&x), .w = ADDRESS(kernel.f32),
		.rows = ADDRESS(rows), .y = address(&y),
		.n_rows = (uint32_t)n_rows, .n_channels = (uint32_t)channels,
		.kernel = (uint32_t)taps, .ldx = (uint32_t)channels,
		.ldy = (uint32_t)channels, .type = type,
		.linear = conv.linear };
	run(JK_OP_conv1d, &a);
	conv_loss();
	near(&y, want, x.n, "conv1d");
	run(JK_OP_conv1d_back, &(struct jk_conv1d_back){ .x = a.x, .w = a.w,
		.rows = a.rows, .dy = address(&dy), .dx = address(&dx),
		.n_rows = a.n_rows, .n_channels = a.n_channels,
		.kernel = a.kernel, .ldx = a.ldx, .ldy = a.ldx, .ldd = a.ldx,
		.type = type, .linear = conv.linear });
	check(conv_loss, &x, NULL, got_dx, 1 + x.n / 211, "conv1d_back");
}

/* --- the gates of the delta rule */

static struct array a_log, dt_bias, dpair;

static double
pair_loss(void)
{
	double sum = 0;
	int t, h;

	for (t = 0; t < 6; t++)
		for (h = 0; h < 5; h++) {
			double v = x.v[t * 10 + 5 + h] + dt_bias.v[h];

			want[t * 10 + h] = -exp(a_log.v[h]) * log1p(exp(v));
			want[t * 10 + 5 + h] = 1 / (1 + exp(-x.v[t * 10 + h]));
			sum += dpair.v[t * 10 + h] * want[t * 10 + h] +
			    dpair.v[t * 10 + 5 + h] * want[t * 10 + 5 + h];
		}
	return sum;
}

static void
test_gates(void)
{
	const uint32_t activation = type;

	fill(&x, 60, type);
	fill(&dpair, 60, JK_F32);
	fill(&a_log, 5, JK_F32);
	fill(&dt_bias, 5, JK_F32);
	run(JK_OP_delta_gates, &(struct jk_delta_gates){ .x = address(&x),
		.a_log = ADDRESS(a_log.f32), .dt_bias = ADDRESS(dt_bias.f32),
		.y = ADDRESS(y.f32), .n_rows = 6, .n_heads = 5, .ldx = 10,
		.type = type });
	pair_loss();
	type = JK_F32;	/* of the result */
	near(&y, want, 60, "delta_gates");
	type = activation;
	run(JK_OP_delta_gates_back, &(struct jk_delta_gates_back){
		.x = address(&x), .a_log = ADDRESS(a_log.f32),
		.dt_bias = ADDRESS(dt_bias.f32), .dy = ADDRESS(dpair.f32),
		.dx = address(&dx), .n_rows = 6, .n_heads = 5, .ldx = 10,
		.ldd = 10, .type = type });
	check(pair_loss, &x, NULL, got_dx, 1, "delta_gates_back");
}

/* --- the delta rule */

static struct array q, k, v, dq, dk, dv, dpair_got;
static float work[2000000], state[200000];
static struct {
	int heads, key_heads, key_dim, value_dim;
	double scale, decay;	/* decay: of the logarithms of decays */
} rule = { .decay = 1 };

/* [T, G_v, D_k, D_v]: a state behind every row */
static double
rule_loss(void)
{
	static double states[MAX_ROWS][960];
	const int nk = rule.key_dim, nv = rule.value_dim;
	double sum = 0, decay, e, o;
	int t, h, i, j, from, at;

	for (h = 0; h < rule.heads; h++)
		for (t = 0; t < n_rows; t++) {
			const double *kt = k.v + (t * rule.key_heads + h *
			    rule.key_heads / rule.heads) * nk;
			const double *qt = q.v + (kt - k.v);

			from = before(t, 1);
			decay = exp(gates.v[t * 2 * rule.heads + h]);
			for (j = 0; j < nv; j++) {
				at = (t * rule.heads + h) * nv + j;
				e = v.v[at];
				for (i = 0; i < nk && from >= 0; i++)
					e -= decay * states[from][i * nv + j] *
					    kt[i];
				e *= gates.v[(t * 2 + 1) * rule.heads + h];
				o = 0;
				for (i = 0; i < nk; i++) {
					states[t][i * nv + j] = kt[i] * e +
					    (from < 0 ? 0 : decay *
					    states[from][i * nv + j]);
					o += qt[i] * states[t][i * nv + j];
				}
				want[at] = rule.scale * o;
				sum += dy.v[at] * want[at];
			}
		}
	return sum;
}

static double got_dq(int i) { return result(&dq, i); }
static double got_dk(int i) { return result(&dk, i); }
static double got_dv(int i) { return result(&dv, i); }
static double got_dpair(int i) { return (double)dpair_got.f32[i]; }

/* Keys and queries of length 1, decays below 1, betas between 0 and 1. */
static void
make_rule(void)
{
	struct array *unit[2] = { &q, &k };
	double length;
	int n = n_rows * rule.key_heads, i, r, m;

	for (m = 0; m < 2; m++) {
		fill(unit[m], n * rule.key_dim, type);
		for (r = 0; r < n; r++) {
			double *p = unit[m]->v + r * rule.key_dim;

			length = 0;
			for (i = 0; i < rule.key_dim; i++)
				length += p[i] * p[i];
			for (i = 0; i < rule.key_dim; i++)
				p[i] /= sqrt(length);
		}
		settle(unit[m], type);
	}
	fill(&v, n_rows * rule.heads * rule.value_dim, type);
	fill(&dy, v.n, type);
	fill(&gates, n_rows * 2 * rule.heads, JK_F32);
	for (i = 0; i < gates.n; i++)
		gates.v[i] = i / rule.heads % 2 ? (gates.v[i] + 1) / 2 :
		    -rule.decay * (gates.v[i] + 1) / 2;
	settle(&gates, JK_F32);
	rule.scale = (double)(float)(1 / sqrt(rule.key_dim));
}

static struct jk_delta_rule
rule_args(void)
{
	return (struct jk_delta_rule){ .q = address(&q), .k = address(&k),
		.v = address(&v), .gates = ADDRESS(gates.f32),
		.rows = ADDRESS(rows), .state = ADDRESS(state),
		.y = address(&y), .n_rows = (uint32_t)n_rows,
		.n_heads = (uint32_t)rule.heads,
		.n_k_heads = (uint32_t)rule.key_heads,
		.key_dim = (uint32_t)rule.key_dim,
		.value_dim = (uint32_t)rule.value_dim,
		.ldk = (uint32_t)(rule.key_heads * rule.key_dim),
		.ldv = (uint32_t)(rule.heads * rule.value_dim),
		.ldy = (uint32_t)(rule.heads * rule.value_dim), .type = type,
		.scale = (float)rule.scale };
}

/* The same bits whatever the number of threads. */
static void
check_threads(const struct jk_delta_rule_back *args)
{
	static struct array k1, v1, q1;
	struct jk_dev *keep = dev;
	bool same = true;
	int t;

	k1 = dk, v1 = dv, q1 = dq;
	for (t = 0; t < DEVICES; t++) {
		dev = devices[t];
		run(JK_OP_delta_rule_back, args);
		same = same && memcmp(&dk, &k1, sizeof dk) == 0 &&
		    memcmp(&dv, &v1, sizeof dv) == 0 &&
		    memcmp(&dq, &q1, sizeof dq) == 0;
	}
	ok(same, "other threads: the same bits");
	dev = keep;
}

static struct jk_delta_rule_back
rule_back_args(const struct jk_delta_rule *a)
{
	return (struct jk_delta_rule_back){ .q = a->q, .k = a->k, .v = a->v,
		.gates = a->gates, .rows = a->rows, .dy = address(&dy),
		.dq = address(&dq), .dk = address(&dk), .dv = address(&dv),
		.dgates = ADDRESS(dpair_got.f32), .work = ADDRESS(work),
		.n_rows = a->n_rows, .n_heads = a->n_heads,
		.n_k_heads = a->n_k_heads, .key_dim = a->key_dim,
		.value_dim = a->value_dim, .ldk = a->ldk, .ldv = a->ldv,
		.ldy = a->ldy, .type = type, .scale = a->scale };
}

static void
test_rule(int heads, int key_heads, int key_dim, int value_dim, int n_prefix,
    const int *lengths)
{
	struct jk_delta_rule a;
	struct jk_delta_rule_back b;

	make_rows(n_prefix, lengths);
	rule.heads = heads, rule.key_heads = key_heads;
	rule.key_dim = key_dim, rule.value_dim = value_dim;
	diag("delta rule: %d rows, prefix %d, %d heads of values, %d of keys, "
	    "%d x %d", n_rows, n_prefix, heads, key_heads, key_dim, value_dim);
	make_rule();
	a = rule_args();
	run(JK_OP_delta_rule, &a);
	rule_loss();
	near(&y, want, v.n, "delta_rule");
	memset(&dq, 0, sizeof dq), memset(&dk, 0, sizeof dk);
	memset(&dv, 0, sizeof dv);
	memset(work, 0xff, sizeof work);
	b = rule_back_args(&a);
	ok(run(JK_OP_delta_rule_back, &b) == 0 && jk_delta_states(
	    (uint32_t)n_rows) * (uint64_t)(heads * key_dim * value_dim) <=
	    sizeof work / sizeof *work, "delta_rule_back runs");
	check(rule_loss, &q, NULL, got_dq, 1 + q.n / 41, "dq");
	check(rule_loss, &k, NULL, got_dk, 1 + k.n / 41, "dk");
	check(rule_loss, &v, NULL, got_dv, 1 + v.n / 41, "dv");
	check(rule_loss, &gates, NULL, got_dpair, 1 + gates.n / 41,
	    "dg and dbeta");
	check_threads(&b);
}

/* n rows of two arrays, from rows t and u on: the same bits? */
static bool
same_rows(const struct array *one, int t, const struct array *other, int u,
    int n, int width)
{
	const size_t size = type == JK_BF16 ? 2 : 4;
	const char *from = type == JK_BF16 ? (const void *)one->bf16 :
	    (const void *)one->f32;
	const char *to = type == JK_BF16 ? (const void *)other->bf16 :
	    (const void *)other->f32;

	return memcmp(from + size * (size_t)(t * width), to + size *
	    (size_t)(u * width), size * (size_t)(n * width)) == 0;
}

/* A sequence of a pack, and alone behind the same prefix. */
static void
test_company(void)
{
	static const int lengths[] = { 9, 70, 2, 0 }, alone[] = { 70, 0 };
	static struct array was[4], *got[4] = { &y, &dq, &dk, &dv };
	const int prefix = 20, first = 29, n = 70, widths[] = { 40, 12, 12,
		40 };
	static float pairs[90 * 8];
	struct array *in[4] = { &q, &k, &v, &dy };
	const int in_widths[] = { 12, 12, 40, 40 };
	struct jk_delta_rule_back b;
	struct jk_delta_rule a;
	bool same = true;
	int i;

	make_rows(prefix, lengths);
	rule.heads = 4, rule.key_heads = 2;
	rule.key_dim = 6, rule.value_dim = 10;
	make_rule();
	a = rule_args();
	b = rule_back_args(&a);
	run(JK_OP_delta_rule, &a);
	run(JK_OP_delta_rule_back, &b);
	for (i = 0; i < 4; i++)
		was[i] = *got[i];
	memcpy(pairs, dpair_got.f32 + first * 8, sizeof *pairs * 70 * 8);
	for (i = 0; i < 4; i++) {
		memmove(in[i]->v + prefix * in_widths[i], in[i]->v + first *
		    in_widths[i], sizeof(double) * (size_t)(n * in_widths[i]));
		settle(in[i], type);
	}
	memmove(gates.f32 + prefix * 8, gates.f32 + first * 8,
	    sizeof *gates.f32 * 70 * 8);
	make_rows(prefix, alone);
	a.n_rows = b.n_rows = (uint32_t)n_rows;
	run(JK_OP_delta_rule, &a);
	run(JK_OP_delta_rule_back, &b);
	for (i = 0; i < 4; i++)
		same = same && same_rows(&was[i], first, got[i], prefix, n,
		    widths[i]);
	ok(same && memcmp(pairs, dpair_got.f32 + prefix * 8, sizeof *pairs *
	    70 * 8) == 0, "delta_rule in other company: the same bits");
}

/* --- through a cache */

/*
 * Row t of the pack as generation has it: prefix 1 of 2, of 40 rows, and
 * sequences of 70 rows in the order of the pack.
 */
static struct jk_row
cache_row(int t)
{
	struct jk_row r = rows[t];
	uint32_t s = 0;
	int i;

	if (!r.prefix_len) {
		r.own_begin = 40;
	} else {
		for (i = 0; i < t; i++)
			s += rows[i].own_begin != rows[i + 1].own_begin;
		r.own_begin = 80 + 70 * (s - 1);
		r.prefix_begin = 40;
	}
	r.kv_row = r.own_begin + r.position - r.prefix_len;
	return r;
}

/*
 * The pack of test_cache in passes of some rows, none of which has rows of the
 * prefix and of what is behind it.
 */
static void
through_cache(struct jk_delta_rule a, struct jk_conv1d c, int step,
    int n_prefix, struct array *conv_out)
{
	static struct jk_row pass_rows[MAX_ROWS];
	static float ring[5 * 3 * 40];
	const size_t size = type == JK_BF16 ? 2 : 4;
	int t, n, i;

	memset(state, 0xff, sizeof state);
	memset(ring, 0xff, sizeof ring);
	a.n_prefixes = c.n_prefixes = 2, a.prefix_rows = c.prefix_rows = 40;
	a.n_sequences = c.n_sequences = 3;
	a.sequence_rows = c.sequence_rows = 70;
	a.rows = c.rows = ADDRESS(pass_rows);
	c.state = ADDRESS(ring);
	memset(&y, 0, sizeof y), memset(conv_out, 0, sizeof *conv_out);
	for (t = 0; t < n_rows; t += n) {
		n = (t < n_prefix ? n_prefix : n_rows) - t;
		n = n < step ? n : step;
		for (i = 0; i < n; i++)
			pass_rows[i] = cache_row(t + i);
		a.n_rows = c.n_rows = (uint32_t)n;
#define AT(array, width) (address(array) + size * (size_t)(t * (width)))
		a.q = AT(&q, 12), a.k = AT(&k, 12), a.v = c.x = AT(&v, 40);
		a.gates = ADDRESS(gates.f32 + t * 8);
		a.y = AT(&y, 40), c.y = AT(conv_out, 40);
#undef AT
		run(JK_OP_conv1d, &c);
		run(JK_OP_delta_rule, &a);
	}
}

/*
 * A pack at once and through a cache: for the convolution the same bits, for
 * the rule the same to rounding, and the same bits whatever the passes are.
 */
static void
test_cache(void)
{
	static const int lengths[] = { 40, 1, 55, 0 };
	static struct array whole_conv, one_by_one, conv_out;
	struct jk_delta_rule a;
	struct jk_conv1d c;
	int i;

	make_rows(10, lengths);
	rule.heads = 4, rule.key_heads = 2;
	rule.key_dim = 6, rule.value_dim = 10;
	make_rule();
	fill(&kernel, 4 * 40, JK_F32);
	memset(state, 0xff, sizeof state);
	a = rule_args();
	c = (struct jk_conv1d){ .x = a.v, .w = ADDRESS(kernel.f32),
		.rows = ADDRESS(rows), .y = address(&conv_out),
		.n_rows = a.n_rows, .n_channels = 40, .kernel = 4, .ldx = 40,
		.ldy = 40, .type = type };
	run(JK_OP_conv1d, &c);
	run(JK_OP_delta_rule, &a);
	whole_conv = conv_out;
	for (i = 0; i < n_rows * 40; i++)
		want[i] = result(&y, i);
	through_cache(a, c, 1, 10, &conv_out);
	one_by_one = y;
	near(&y, want, n_rows * 40, "delta_rule through a cache");
	ok(same_rows(&conv_out, 0, &whole_conv, 0, n_rows, 40),
	    "conv1d through a cache: the same bits");
	through_cache(a, c, 7, 10, &conv_out);
	ok(same_rows(&y, 0, &one_by_one, 0, n_rows, 40),
	    "delta_rule in passes of 7 rows: the same bits");
	ok(same_rows(&conv_out, 0, &whole_conv, 0, n_rows, 40),
	    "conv1d in passes of 7 rows: the same bits");
}

static void
test_isa(enum jk_isa isa)
{
	static const int one[] = { 1, 0 }, some[] = { 5, 1, 9, 0 };
	static const int longer[] = { 70, 2, 31, 0 };
	static const int bounds[] = { 33, 40, 0 };

	diag("instruction set: %s", jk_isa_name(isa));
	for (type = JK_F32; type <= JK_BF16; type += JK_BF16) {
		test_gate(JK_GATE_SIGMOID);
		test_gate(JK_GATE_SILU);
		test_gate(JK_GATE_BILINEAR);
		for (conv.linear = false;; conv.linear = true) {
			test_conv(1, 1, 0, one);
			test_conv(70, 4, 2, some);
			test_conv(33, 4, 6, some);
			test_conv(12, 8, 3, longer);
			if (conv.linear)
				break;
		}
		test_gates();
		test_rule(1, 1, 1, 1, 0, one);
		test_rule(3, 1, 7, 5, 6, some);
		test_rule(2, 2, 16, 24, 0, some);
		test_rule(4, 2, 6, 10, 20, longer);
		test_rule(1, 1, 40, 24, 32, bounds);
		rule.decay = 200;	/* what it leaves is below any float */
		test_rule(2, 1, 6, 10, 3, longer);
		rule.decay = 1;
		test_company();
		test_cache();
	}
}

int
main(void)
{
	int isa, i;

	for (i = 0; i < DEVICES; i++)
		if (jk_dev_open("cpu", i + 1, &devices[i], &err) < 0) {
			ok(0, "%s", err.msg);
			return done_testing();
		}
	dev = devices[1];
	for (isa = 0; isa < JK_N_ISAS; isa++)
		if (use((enum jk_isa)isa))
			test_isa((enum jk_isa)isa);
		else
			diag("not on this processor: %s",
			    jk_isa_name((enum jk_isa)isa));
	for (i = 0; i < DEVICES; i++)
		jk_dev_close(devices[i]);
	return done_testing();
}
