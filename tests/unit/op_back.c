/*
 * The operations of training against central differences: each forward
 * operation is written here once more, in double and in the plainest way, and
 * a weighted sum of its results is differentiated numerically.
 */
#include "tap.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/philox.h"
#include "dev/host.h"
#include "dev/open.h"
#include "model/safetensors.h"
#include "op/op.h"
#include "cpu/element.h"

enum { DEVICES = 3 };	/* with 1, 2 and 3 threads */

static struct jk_dev *devices[DEVICES], *dev;
static struct jk_err err;

static int
run(enum jk_op op, const void *args)
{
	return jk_op_run_host(op, args, jk_dev_cpu(dev), &err);
}

static uint32_t random_at;

/* Uniform in ±1. */
static double
uniform(void)
{
	return 2.0 * (double)jk_uniform(jk_philox(random_at++, 0, 0, 0, 7, 0).
	    v[0]) - 1;
}

#define MAX 20000
#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))

/* Numbers as double, and as the operation gets them. */
struct array {
	double v[MAX];
	float f32[MAX];
	uint16_t bf16[MAX];
	int n;
};

static uint32_t type;	/* under test */

static uint64_t
address(struct array *a)
{
	return type == JK_BF16 ? ADDRESS(a->bf16) : ADDRESS(a->f32);
}

/* Round v to what the type holds. */
static void
settle(struct array *a, uint32_t t)
{
	int i;

	for (i = 0; i < a->n; i++) {
		a->bf16[i] = jk_to_bf16((float)a->v[i]);
		a->f32[i] = (float)a->v[i];
		a->v[i] = (double)jk_load(t == JK_BF16 ? (void *)a->bf16 :
		    (void *)a->f32, (size_t)i, t);
	}
}

static void
fill(struct array *a, int n, uint32_t t)
{
	int i;

	a->n = n;
	for (i = 0; i < n; i++)
		a->v[i] = uniform();
	settle(a, t);
}

static double
result(const struct array *a, int i)
{
	return (double)jk_load(type == JK_BF16 ? (const void *)a->bf16 :
	    (const void *)a->f32, (size_t)i, type);
}

/* d f / d x[i]; central differences of a function in double */
static double
slope(double (*f)(void), struct array *x, int i)
{
	const double h = 1e-4;
	double keep = x->v[i], up, down;

	x->v[i] = keep + h;
	up = f();
	x->v[i] = keep - h;
	down = f();
	x->v[i] = keep;
	return (up - down) / (2 * h);
}

/* Every `stride`-th element of x: got = base + slope of f. */
static void
check(double (*f)(void), struct array *x, const struct array *base,
    double (*got)(int), int stride, const char *name)
{
	double worst = 0, scale = 0, d, want;
	int i;

	for (i = 0; i < x->n; i += stride) {
		want = slope(f, x, i) + (base ? base->v[i] : 0);
		d = fabs(got(i) - want);
		if (!(d <= worst))
			worst = d;
		if (isnan(d))
			break;
		scale = fmax(scale, fabs(want));
	}
	scale = fmax(scale, 1e-2);
	ok(worst / scale <= (type == JK_BF16 ? 1e-2 : 2e-5),
	    "%s, %s: %.1e", name, type == JK_BF16 ? "bf16" : "f32",
	    worst / scale);
}

/* --- LoRA */

static struct array x, a, b, z, dz, y, dy, weights, da, db, dx, base;
static uint32_t mask[MAX];
static int T, P, R, K, N;
static bool masked;
static double keep_scale, lora_scale;

static bool
kept(int p, int t, int k)
{
	return !masked || (mask[(p * T + t) * ((K + 31) / 32) + k / 32] >>
	    (k % 32) & 1);
}

static double
lora_z(int t, int p, int r)
{
	double sum = 0;
	int k;

	for (k = 0; k < K; k++)
		if (kept(p, t, k))
			sum += x.v[t * K + k] * a.v[(p * R + r) * K + k];
	return keep_scale * sum;
}

/* sum of weights * z */
static double
down_loss(void)
{
	double sum = 0;
	int t, p, r;

	for (t = 0; t < T; t++)
		for (p = 0; p < P; p++)
			for (r = 0; r < R; r++)
				sum += dz.v[(t * P + p) * R + r] *
				    lora_z(t, p, r);
	return sum;
}

/* sum of weights * (scale * B z), with z of the second projection's slice */
static double
up_loss(void)
{
	double sum = 0;
	int t, n, r;

	for (t = 0; t < T; t++)
		for (n = 0; n < N; n++)
			for (r = 0; r < R; r++)
				sum += dy.v[t * N + n] * lora_scale *
				    z.v[t * 2 * R + R + r] * b.v[n * R + r];
	return sum;
}

static double got_da(int i) { return (double)da.f32[i]; }
static double got_db(int i) { return (double)db.f32[i]; }
static double got_dx(int i) { return result(&dx, i); }
/* dz of the slice; elsewhere nothing flows */
static double
got_dz(int i)
{
	return i % (2 * R) < R ? 0 : (double)dz.f32[i];
}

static void
test_lora(int rows, int projections, int rank, int dim, int n, bool with_mask)
{
	const uint32_t t32 = type;
	struct jk_lora_down down;
	struct jk_lora_up up;
	double worst = 0, scale = 0, d;
	int i, t, p, r, k;

	T = rows, P = projections, R = rank, K = dim, N = n;
	masked = with_mask;
	keep_scale = with_mask ? 1 / 0.95 : 1;
	lora_scale = 2;
	diag("LoRA: T %d P %d R %d K %d N %d%s", T, P, R, K, N,
	    masked ? ", dropout" : "");
	fill(&x, T * K, type);
	fill(&a, P * R * K, JK_F32);
	fill(&dz, T * P * R, JK_F32);
	for (i = 0; i < P * T * ((K + 31) / 32); i++)
		mask[i] = jk_philox((uint32_t)i, 1, 2, 3, 4, 5).v[0] |
		    jk_philox((uint32_t)i, 9, 2, 3, 4, 5).v[0];
	down = (struct jk_lora_down){ .x = address(&x), .a = ADDRESS(a.f32),
		.mask = masked ? ADDRESS(mask) : 0, .z = ADDRESS(z.f32),
		.n_rows = (uint32_t)T, .n_proj = (uint32_t)P,
		.rank = (uint32_t)R, .dim = (uint32_t)K, .ldx = (uint32_t)K,
		.type = t32, .keep_scale = (float)keep_scale };
	ok(run(JK_OP_lora_down, &down) == 0, "lora_down");
	for (t = 0; t < T; t++)
		for (p = 0; p < P; p++)
			for (r = 0; r < R; r++) {
				double want = lora_z(t, p, r);

				d = fabs((double)z.f32[(t * P + p) * R + r] -
				    want);
				if (!(d <= worst))
					worst = d;
				scale = fmax(scale, fabs(want));
			}
	ok(worst / scale <= 2e-6, "lora_down: %.1e", worst / scale);

	fill(&base, P * R * K, JK_F32);
	memcpy(da.f32, base.f32, sizeof da.f32);
	run(JK_OP_lora_grad_a, &(struct jk_lora_grad_a){ .x = address(&x),
		.dz = ADDRESS(dz.f32), .mask = down.mask,
		.da = ADDRESS(da.f32), .n_rows = (uint32_t)T,
		.n_proj = (uint32_t)P, .rank = (uint32_t)R, .dim = (uint32_t)K,
		.ldx = (uint32_t)K, .type = t32,
		.keep_scale = (float)keep_scale });
	check(down_loss, &a, &base, got_da, 1 + a.n / 97, "lora_grad_a");
	fill(&base, T * K, type);
	memcpy(&dx, &base, sizeof dx);
	run(JK_OP_lora_back_x, &(struct jk_lora_back_x){ .dz = ADDRESS(dz.f32),
		.a = ADDRESS(a.f32), .mask = down.mask, .dx = address(&dx),
		.n_rows = (uint32_t)T, .n_proj = (uint32_t)P,
		.rank = (uint32_t)R, .dim = (uint32_t)K, .ldx = (uint32_t)K,
		.type = t32, .keep_scale = (float)keep_scale });
	check(down_loss, &x, &base, got_dx, 1 + x.n / 97, "lora_back_x");

	fill(&z, T * 2 * R, JK_F32);
	fill(&b, N * R, JK_F32);
	fill(&y, T * N, type);
	fill(&dy, T * N, type);
	memcpy(&base, &y, sizeof y);
	up = (struct jk_lora_up){ .z = ADDRESS(z.f32 + R), .b = ADDRESS(b.f32),
		.y = address(&y), .n_rows = (uint32_t)T, .rank = (uint32_t)R,
		.n = (uint32_t)N, .ldz = 2 * (uint32_t)R, .ldy = (uint32_t)N,
		.type = t32, .scale = (float)lora_scale };
	run(JK_OP_lora_up, &up);
	worst = scale = 0;
	for (t = 0; t < T; t++)
		for (k = 0; k < N; k++) {
			double want = base.v[t * N + k];

			for (r = 0; r < R; r++)
				want += lora_scale * z.v[t * 2 * R + R + r] *
				    b.v[k * R + r];
			d = fabs(result(&y, t * N + k) - want);
			if (!(d <= worst))
				worst = d;
			scale = fmax(scale, fabs(want));
		}
	ok(worst / scale <= (type == JK_BF16 ? 4e-3 : 2e-6), "lora_up: %.1e",
	    worst / scale);
	run(JK_OP_lora_back_z, &(struct jk_lora_back_z){ .dy = address(&dy),
		.b = ADDRESS(b.f32), .dz = ADDRESS(dz.f32 + R),
		.n_rows = (uint32_t)T, .rank = (uint32_t)R, .n = (uint32_t)N,
		.ldy = (uint32_t)N, .ldz = 2 * (uint32_t)R, .type = t32,
		.scale = (float)lora_scale });
	check(up_loss, &z, NULL, got_dz, 1 + z.n / 97, "lora_back_z");
	fill(&base, N * R, JK_F32);
	memcpy(db.f32, base.f32, sizeof db.f32);
	run(JK_OP_lora_grad_b, &(struct jk_lora_grad_b){ .dy = address(&dy),
		.z = ADDRESS(z.f32 + R), .db = ADDRESS(db.f32),
		.n_rows = (uint32_t)T, .rank = (uint32_t)R, .n = (uint32_t)N,
		.ldy = (uint32_t)N, .ldz = 2 * (uint32_t)R, .type = t32,
		.scale = (float)lora_scale });
	check(up_loss, &b, &base, got_db, 1 + b.n / 97, "lora_grad_b");
}

/* --- RMSNorm and GLU */

static double eps, offset;
static int groups;

static double
norm_loss(void)
{
	double sum = 0, squares;
	int t, g, i;

	for (t = 0; t < T; t++)
		for (g = 0; g < groups; g++) {
			double *v = x.v + (t * groups + g) * K;

			squares = 0;
			for (i = 0; i < K; i++)
				squares += v[i] * v[i];
			for (i = 0; i < K; i++)
				sum += dy.v[(t * groups + g) * K + i] * v[i] /
				    sqrt(squares / K + eps) *
				    (offset + weights.v[i]);
		}
	return sum;
}

static void
test_norm(int rows, int n_groups, int dim, double weight_offset,
    bool accumulate)
{
	struct jk_rms_norm_back args;

	T = rows, groups = n_groups, K = dim;
	eps = (double)1e-5f;
	offset = weight_offset;
	fill(&x, T * groups * K, type);
	fill(&dy, T * groups * K, type);
	fill(&weights, K, JK_F32);
	fill(&base, T * groups * K, type);
	memcpy(&dx, accumulate ? &base : &dy, sizeof dx);
	args = (struct jk_rms_norm_back){ .x = address(&x),
		.w = ADDRESS(weights.f32),
		.dy = accumulate ? address(&dy) : address(&dx),
		.dx = address(&dx), .n_rows = (uint32_t)T,
		.n_groups = (uint32_t)groups, .dim = (uint32_t)K,
		.ldx = (uint32_t)(groups * K), .ldy = (uint32_t)(groups * K),
		.ldd = (uint32_t)(groups * K), .type = type,
		.accumulate = accumulate, .eps = 1e-5f,
		.weight_offset = (float)offset };
	run(JK_OP_rms_norm_back, &args);
	check(norm_loss, &x, accumulate ? &base : NULL, got_dx,
	    1 + x.n / 97, accumulate ? "rms_norm_back, added" :
	    "rms_norm_back, in place");
}

static struct array gate, up, dgate, dup;
static uint32_t kind;

static double
glu_loss(void)
{
	double sum = 0, v, act;
	int i;

	for (i = 0; i < gate.n; i++) {
		v = gate.v[i];
		act = kind == JK_GLU_SILU ? v / (1 + exp(-v)) : v / 2 *
		    (1 + tanh(sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
		sum += dy.v[i] * act * up.v[i];
	}
	return sum;
}

static double got_dgate(int i) { return result(&dgate, i); }
static double got_dup(int i) { return result(&dup, i); }

static void
test_glu(uint32_t which)
{
	int i;

	T = 3, K = 75;
	kind = which;
	fill(&gate, T * K, type);
	fill(&up, T * K, type);
	fill(&dy, T * K, type);
	for (i = 0; i < gate.n; i++)
		gate.v[i] *= 6;
	settle(&gate, type);
	memcpy(&dgate, &gate, sizeof dgate);
	memcpy(&dup, &up, sizeof dup);
	run(JK_OP_glu_back, &(struct jk_glu_back){ .gate = address(&dgate),
		.up = address(&dup), .dy = address(&dy),
		.dgate = address(&dgate), .dup = address(&dup),
		.n_rows = (uint32_t)T, .dim = (uint32_t)K, .ldx = (uint32_t)K,
		.ldy = (uint32_t)K, .kind = kind, .type = type });
	check(glu_loss, &gate, NULL, got_dgate, 1,
	    kind == JK_GLU_SILU ? "glu_back of SiLU" : "glu_back of GELU");
	check(glu_loss, &up, NULL, got_dup, 1, "… and of up");
}

/* --- attention */

static struct array q, k_, v_, lse, delta, out, dq, dk, dv;
static struct jk_row rows[512];
static int H, G, D, window;
static double att_scale;

static bool
sees(int t, int j)
{
	const struct jk_row *r = &rows[t];
	bool prefix = j >= (int)r->prefix_begin &&
	    j < (int)(r->prefix_begin + r->prefix_len);

	if (!prefix && (j < (int)r->own_begin || j > t))
		return false;
	return !window || (int)(rows[t].position - rows[j].position) < window;
}

static double
att_loss(void)
{
	static double p[512];
	double sum = 0, total, acc;
	int t, h, j, i;

	for (t = 0; t < T; t++)
		for (h = 0; h < H; h++) {
			int g = h * G / H;

			total = 0;
			for (j = 0; j < T; j++) {
				if (!sees(t, j))
					continue;
				acc = 0;
				for (i = 0; i < D; i++)
					acc += q.v[(t * H + h) * D + i] *
					    k_.v[(j * G + g) * D + i];
				p[j] = exp(att_scale * acc);
				total += p[j];
			}
			lse.v[t * H + h] = log(total);
			for (i = 0; i < D; i++) {
				acc = 0;
				for (j = 0; j < T; j++)
					if (sees(t, j))
						acc += p[j] / total *
						    v_.v[(j * G + g) * D + i];
				out.v[(t * H + h) * D + i] = acc;
				sum += dy.v[(t * H + h) * D + i] * acc;
			}
		}
	return sum;
}

static double got_dq(int i) { return result(&dq, i); }
static double got_dk(int i) { return result(&dk, i); }
static double got_dv(int i) { return result(&dv, i); }

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
	T = n;
}

/* The same bits part by part or at once, whatever the number of threads. */
static void
check_threads(struct jk_attention_back *args)
{
	static struct array k1, v1, q1;
	struct jk_dev *before = dev;
	size_t size = type == JK_BF16 ? 2 : 4, bytes = size * (size_t)k_.n;
	double worst = 0;
	bool same = true;
	uint32_t part;
	int i, t;

	for (t = 0; t < DEVICES; t++) {
		dev = devices[t];
		for (part = 0; part < 2; part++) {
			args->part = part;
			run(JK_OP_attention_back, args);
		}
		k1 = dk, v1 = dv, q1 = dq;
		memset(&dk, 0, sizeof dk);
		memset(&dv, 0, sizeof dv);
		memset(&dq, 0, sizeof dq);
		args->part = JK_ATTENTION_BACK_ALL;
		run(JK_OP_attention_back, args);
#define SAME(a, b, n) (memcmp((void *)(uintptr_t)address(a), \
	(void *)(uintptr_t)address(b), n) == 0)
		same = same && SAME(&dk, &k1, bytes) && SAME(&dv, &v1, bytes) &&
		    SAME(&dq, &q1, size * (size_t)q.n);
#undef SAME
		if (t == 0)
			dgate = dk;
		for (i = 0; i < k_.n; i++) {
			double got = (double)jk_load((void *)(uintptr_t)
			    address(&dk), (size_t)i, type);
			double one = (double)jk_load((void *)(uintptr_t)
			    address(&dgate), (size_t)i, type);

			worst = fmax(worst, fabs(got - one));
		}
	}
	ok(same, "all at once: the same bits");
	ok(worst == 0, "other threads: the same bits, not %.1e", worst);
	dev = before;
}

static void
test_attention(int heads, int kv_heads, int dim, int win, int n_prefix,
    const int *lengths)
{
	struct jk_attention_back args;
	uint32_t part;
	int stride;

	H = heads, G = kv_heads, D = dim, window = win;
	make_rows(n_prefix, lengths);
	att_scale = 1 / sqrt(D);
	diag("attention: T %d H %d G %d D %d window %d prefix %d", T, H, G, D,
	    window, n_prefix);
	fill(&q, T * H * D, type);
	fill(&k_, T * G * D, type);
	fill(&v_, T * G * D, type);
	fill(&dy, T * H * D, type);
	lse.n = T * H;
	out.n = T * H * D;
	att_loss();
	settle(&lse, JK_F32);
	settle(&out, type);
	run(JK_OP_attention_dot, &(struct jk_attention_dot){
		.y = address(&out), .dy = address(&dy),
		.delta = ADDRESS(delta.f32), .n_rows = (uint32_t)T,
		.n_heads = (uint32_t)H, .head_dim = (uint32_t)D,
		.ldy = (uint32_t)(H * D), .type = type });
	args = (struct jk_attention_back){ .q = address(&q), .k = address(&k_),
		.v = address(&v_), .dy = address(&dy), .lse = ADDRESS(lse.f32),
		.delta = ADDRESS(delta.f32), .rows = ADDRESS(rows),
		.dq = address(&dq), .dk = address(&dk), .dv = address(&dv),
		.n_rows = (uint32_t)T, .n_heads = (uint32_t)H,
		.n_kv_heads = (uint32_t)G, .head_dim = (uint32_t)D,
		.ldq = (uint32_t)(H * D), .ldk = (uint32_t)(G * D),
		.ldy = (uint32_t)(H * D), .window = (uint32_t)window,
		.type = type, .scale = (float)att_scale };
	for (part = 0; part < 2; part++) {
		args.part = part;
		ok(run(JK_OP_attention_back, &args) == 0, "part %u",
		    part);
	}
	stride = 1 + q.n / 41;
	check(att_loss, &q, NULL, got_dq, stride, "attention_back, dq");
	stride = 1 + k_.n / 41;
	check(att_loss, &k_, NULL, got_dk, stride, "attention_back, dk");
	check(att_loss, &v_, NULL, got_dv, stride, "attention_back, dv");
	check_threads(&args);
}

/* --- the rest */

static void
test_dropout(void)
{
	static const struct jk_row r[3] = { { .position = 5, .ordinal = 2 },
		{ .position = 0, .ordinal = JK_ORDINAL_PREFIX },
		{ .position = 700, .ordinal = 1 } };
	static uint32_t got[2][3][39];
	const uint32_t dim = 1217, threshold = 3277;	/* 0.05 */
	const uint64_t seed = 0x123456789abcdef0;
	uint32_t p, t, i;
	int wrong = 0, n_kept = 0;

	memset(got, 0xff, sizeof got);
	run(JK_OP_dropout_mask, &(struct jk_dropout_mask){ .rows = ADDRESS(r),
		.mask = ADDRESS(got), .n_rows = 3, .n_proj = 2, .dim = dim,
		.step = 17, .seed_low = (uint32_t)seed,
		.seed_high = (uint32_t)(seed >> 32), .site = 8 * 3 + 4,
		.threshold = threshold });
	for (p = 0; p < 2; p++)
		for (t = 0; t < 3; t++)
			for (i = 0; i < 1248; i++) {
				struct jk_philox w = jk_random(seed,
				    JK_STREAM_DROPOUT, 0, 0, 0, 0);
				uint32_t word = got[p][t][i / 32];
				uint32_t number, bit;

				/* the site goes into the key's upper word */
				w = jk_philox(i / 8, r[t].position,
				    r[t].ordinal, 17, (uint32_t)seed,
				    (uint32_t)(seed >> 32) ^ 2u << 24 ^
				    (28 + p));
				number = w.v[i % 8 / 2] >> (i % 2 * 16) &
				    0xffff;
				bit = i < dim && number >= threshold;
				wrong += (word >> i % 32 & 1) != bit;
				n_kept += (int)(word >> i % 32 & 1);
			}
	ok(wrong == 0, "dropout_mask: every bit");
	/* 7302 draws: 6 standard deviations are 0.0153 */
	ok(fabs(n_kept / 7302.0 - 0.95) < 0.0153, "kept share %.4f",
	    n_kept / 7302.0);
}

static void
test_sums(void)
{
	float partial[3];
	double want = 0;
	int i;

	fill(&x, 9000, JK_F32);
	run(JK_OP_sum_squares, &(struct jk_sum_squares){ .x = ADDRESS(x.f32),
		.partial = ADDRESS(partial), .n = 9000 });
	for (i = 0; i < 9000; i++)
		want += x.v[i] * x.v[i];
	/* one after the other: a walk of sqrt(4096) roundings of 6e-8 is 4e-6 */
	ok(fabs((double)partial[0] + (double)partial[1] + (double)partial[2] -
	    want) <= 1e-5 * want, "sum_squares");
}

static void
test_adamw(void)
{
	static float param[5000], grad[5000], m[5000], v[5000];
	double worst = 0;
	int i, step;

	memset(m, 0, sizeof m);
	memset(v, 0, sizeof v);
	for (i = 0; i < 5000; i++)
		param[i] = (float)i / 1000;
	/* equal gradients g: m/c1 is g and v/c2 is g^2 at every step */
	for (step = 1; step <= 3; step++) {
		for (i = 0; i < 5000; i++)
			grad[i] = i % 2 ? 8 : -2;
		run(JK_OP_adamw, &(struct jk_adamw){ .param = ADDRESS(param),
			.grad = ADDRESS(grad), .m = ADDRESS(m),
			.v = ADDRESS(v), .n = 5000, .lr = 0.01f, .beta1 = 0.9f,
			.beta2 = 0.999f, .weight_decay = 0.5f,
			.correction1 = (float)(1 - pow(0.9, step)),
			.correction2 = (float)(1 - pow(0.999, step)),
			.grad_scale = 0.25f, .rest1 = 0.1f, .rest2 = 0.001f });
	}
	for (i = 0; i < 5000; i++) {
		double want = (double)((float)i / 1000), d;

		for (step = 0; step < 3; step++)
			want -= 0.01 * ((i % 2 ? 1 : -1) + 0.5 * want);
		d = fabs((double)param[i] - want);
		if (!(d <= worst))
			worst = d;
	}
	ok(worst < 5e-6, "adamw: three steps along the sign: %.1e", worst);
}

static const void *
data_of(const struct jk_safetensors *s, const char *fmt, int step)
{
	char name[32];
	const struct jk_tensor *t;

	snprintf(name, sizeof name, fmt, step);
	t = jk_safetensors_find(s, name);
	if (!t) {
		diag("no tensor %s", name);
		exit(1);
	}
	return t->data;
}

/* Recorded by tests/oracle/adamw8bit.py. */
static void
test_adamw8bit(void)
{
	enum { LEN = 4452, BLOCKS = 18 };
	static float param[LEN], absmax[2][BLOCKS], codes[512];
	static uint8_t c8[2][LEN];
	struct jk_safetensors s;
	int i, j, step;

	if (jk_safetensors_open(&s, "tests/data/adamw8bit.safetensors",
	    &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	memset(c8, 0, sizeof c8);
	memset(absmax, 0, sizeof absmax);
	memcpy(codes, data_of(&s, "code.signed", 0), 1024);
	memcpy(codes + 256, data_of(&s, "code.unsigned", 0), 1024);
	memcpy(param, data_of(&s, "param.0", 0), sizeof param);
	for (step = 1; step <= 5; step++) {
		const float *grad = data_of(&s, "grad.%d", step);

		run(JK_OP_adamw8bit, &(struct jk_adamw8bit){
			.param = ADDRESS(param), .grad = ADDRESS(grad),
			.m8 = ADDRESS(c8[0]), .v8 = ADDRESS(c8[1]),
			.absmax_m = ADDRESS(absmax[0]),
			.absmax_v = ADDRESS(absmax[1]),
			.codes = ADDRESS(codes), .n = LEN, .lr = 1e-3f,
			.beta1 = 0.9f, .beta2 = 0.999f, .eps = 1e-8f,
			.correction1 = (float)(1 - pow(0.9, step)),
			.correction2 = (float)(1 - pow(0.999, step)),
			.grad_scale = 1, .rest1 = 0.1f, .rest2 = 0.001f });
		if (step != 1 && step != 5)
			continue;
		ok(relative_error(param, data_of(&s, "param.%d", step), LEN)
		    <= 1e-6, "adamw8bit step %d: parameters", step);
		for (i = 0; i < 2; i++) {
			const float *want = data_of(&s, i ? "v.absmax.%d" :
			    "m.absmax.%d", step);
			double worst = 0;

			ok(memcmp(c8[i], data_of(&s, i ? "v.code.%d" :
			    "m.code.%d", step), LEN) == 0,
			    "adamw8bit step %d: codes of %c", step,
			    i ? 'v' : 'm');
			for (j = 0; j < BLOCKS; j++)
				worst = fmax(worst, fabs((double)absmax[i][j] -
				    (double)want[j]) / ((double)want[j] +
				    1e-30));
			ok(worst <= 1e-5, "adamw8bit step %d: absmax: %.1e",
			    step, worst);
		}
	}
	jk_safetensors_close(&s);
}

static void
test_exp(void)
{
	double worst = 0, d;
	float v;

	for (v = -87; v < 88; v += 0.0137f) {
		d = fabs((double)jk_expf(v) / exp((double)v) - 1);
		if (!(d <= worst))
			worst = d;
	}
	ok(worst < 2.5e-7, "exp: %.1e", worst);
	ok(jk_expf(-INFINITY) == 0 && isinf(jk_expf(100)) &&
	    isnan(jk_expf(NAN)) && jk_expf(0) == 1, "exp at the ends");
}

/* All operations in the code for one instruction set. */
static void
test_isa(enum jk_isa isa)
{
	static const int one[] = { 1, 0 }, some[] = { 5, 1, 9, 0 };
	static const int longer[] = { 90, 41, 0 };

	diag("instruction set: %s", jk_isa_name(isa));
	test_dropout();
	for (type = JK_F32; type <= JK_BF16; type += JK_BF16) {
		test_lora(1, 1, 1, 1, 1, false);
		test_lora(5, 1, 8, 48, 33, false);
		test_lora(37, 3, 8, 72, 48, true);
		test_lora(19, 2, 4, 75, 64, true);
		test_lora(18, 3, 15, 40, 7, true);
		test_lora(130, 1, 8, 100, 50, true);
		test_norm(5, 1, 72, 0, true);
		test_norm(5, 3, 24, 1, false);

		test_glu(JK_GLU_SILU);
		test_glu(JK_GLU_GELU);
		test_attention(1, 1, 2, 0, 0, one);
		test_attention(3, 1, 24, 0, 6, some);
		test_attention(4, 2, 40, 5, 3, some);
		test_attention(6, 2, 8, 0, 70, longer);
		test_attention(2, 2, 8, 40, 0, longer);
		/* tiles of keys that some of their queries have left behind */
		test_attention(4, 1, 8, 7, 0, longer);
		test_attention(4, 1, 8, 7, 70, longer);
	}
	type = JK_F32;
	test_sums();
	test_adamw();
	test_adamw8bit();
}

static bool
use(enum jk_isa isa)
{
	int i;

	for (i = 0; i < DEVICES; i++)
		if (!jk_cpu_use(jk_dev_cpu(devices[i]), isa))
			return false;
	return true;
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
	test_exp();
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
