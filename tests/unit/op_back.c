/*
 * The operations of training against central differences: each forward
 * operation is written here once more, in double and in the plainest way, and
 * a weighted sum of its results is differentiated numerically.
 */
#include "slope.h"

#include "model/safetensors.h"

/* --- LoRA */

static struct array x, a, b, z, dz, y, dy, weights, da, db, dx, base;
static uint32_t mask[MAX];
static struct lora {
	int rows, projections, rank, dim;
	int outputs;		/* of the first projection */
	bool masked;
	double keep_scale, scale;
} lora;

static int
mask_words(void)
{
	return (lora.dim + 31) / 32;
}

static bool
kept(int proj, int row, int k)
{
	return !lora.masked || (mask[(proj * lora.rows + row) * mask_words() +
	    k / 32] >> (k % 32) & 1);
}

static double
lora_z(int row, int proj, int r)
{
	double sum = 0;
	int k;

	for (k = 0; k < lora.dim; k++)
		if (kept(proj, row, k))
			sum += x.v[row * lora.dim + k] *
			    a.v[(proj * lora.rank + r) * lora.dim + k];
	return lora.keep_scale * sum;
}

/* Outputs of the projections, and columns of no one's behind each. */
static int
n_outputs(int proj)
{
	return proj == 0 ? lora.outputs : lora.outputs / 2 + proj;
}

enum { GAP = 3 };

/* Rows of B before a projection's. */
static int
lora_row(int proj)
{
	int p, n = 0;

	for (p = 0; p < proj; p++)
		n += n_outputs(p);
	return n;
}

static void
set_outputs(struct jk_lora_output *o)
{
	int p;

	for (p = 0; p < lora.projections; p++)
		o[p] = (struct jk_lora_output){ (uint32_t)lora_row(p),
			(uint32_t)n_outputs(p), (uint32_t)(lora_row(p) +
			p * GAP), (float)(lora.scale * (p + 1)) };
}

/* Columns of a row of outputs. */
static int
lora_width(void)
{
	return lora_row(lora.projections) + lora.projections * GAP;
}

/* A column's number among the outputs of its projection; -1: it has none. */
static int
output_of(int column, int *proj)
{
	int p = 0;

	while (column >= n_outputs(p) + GAP)
		column -= n_outputs(p++) + GAP;
	*proj = p;
	return column < n_outputs(p) ? column : -1;
}

/* What lora_up adds to a column, beside a residual. */
static double
lora_y(int row, int column)
{
	double sum = 0;
	int p, r, n = output_of(column, &p);

	if (n < 0)
		return 0;
	for (r = 0; r < lora.rank; r++)
		sum += z.v[(row * lora.projections + p) * lora.rank + r] *
		    b.v[(lora_row(p) + n) * lora.rank + r];
	return lora.scale * (p + 1) * sum;
}

/* sum of dz * z */
static double
down_loss(void)
{
	double sum = 0;
	int t, p, r, i = 0;

	for (t = 0; t < lora.rows; t++)
		for (p = 0; p < lora.projections; p++)
			for (r = 0; r < lora.rank; r++)
				sum += dz.v[i++] * lora_z(t, p, r);
	return sum;
}

/* sum of dy * y */
static double
up_loss(void)
{
	double sum = 0;
	int t, n, i = 0;

	for (t = 0; t < lora.rows; t++)
		for (n = 0; n < lora_width(); n++)
			sum += dy.v[i++] * lora_y(t, n);
	return sum;
}

static double got_da(int i) { return (double)da.f32[i]; }
static double got_db(int i) { return (double)db.f32[i]; }
static double got_dx(int i) { return result(&dx, i); }
static double got_dz(int i) { return (double)dz.f32[i]; }

/* Keep the largest error and value of a result. */
static void
note(double got, double want, double *worst, double *scale)
{
	double d = fabs(got - want);

	if (!(d <= *worst))
		*worst = d;
	*scale = fmax(*scale, fabs(want));
}

static void
test_down(void)
{
	double worst = 0, scale = 0;
	int t, p, r, i = 0;

	ok(run(JK_OP_lora_down, &(struct jk_lora_down){ .x = address(&x),
		.a = ADDRESS(a.f32), .mask = lora.masked ? ADDRESS(mask) : 0,
		.z = ADDRESS(z.f32), .n_rows = (uint32_t)lora.rows,
		.n_proj = (uint32_t)lora.projections,
		.rank = (uint32_t)lora.rank, .dim = (uint32_t)lora.dim,
		.ldx = (uint32_t)lora.dim, .type = type,
		.keep_scale = (float)lora.keep_scale }) == 0, "lora_down");
	for (t = 0; t < lora.rows; t++)
		for (p = 0; p < lora.projections; p++)
			for (r = 0; r < lora.rank; r++)
				note((double)z.f32[i++], lora_z(t, p, r),
				    &worst, &scale);
	ok(worst / scale <= 2e-6, "lora_down: %.1e", worst / scale);
}

static void
test_down_back(void)
{
	fill(&base, lora.projections * lora.rank * lora.dim, JK_F32);
	memcpy(da.f32, base.f32, sizeof da.f32);
	run(JK_OP_lora_grad_a, &(struct jk_lora_grad_a){ .x = address(&x),
		.dz = ADDRESS(dz.f32), .mask = lora.masked ? ADDRESS(mask) : 0,
		.da = ADDRESS(da.f32), .n_rows = (uint32_t)lora.rows,
		.n_proj = (uint32_t)lora.projections,
		.rank = (uint32_t)lora.rank, .dim = (uint32_t)lora.dim,
		.ldx = (uint32_t)lora.dim, .type = type,
		.keep_scale = (float)lora.keep_scale });
	check(down_loss, &a, &base, got_da, 1 + a.n / 97, "lora_grad_a");
	fill(&base, lora.rows * lora.dim, type);
	memcpy(&dx, &base, sizeof dx);
	run(JK_OP_lora_back_x, &(struct jk_lora_back_x){ .dz = ADDRESS(dz.f32),
		.a = ADDRESS(a.f32), .mask = lora.masked ? ADDRESS(mask) : 0,
		.dx = address(&dx), .n_rows = (uint32_t)lora.rows,
		.n_proj = (uint32_t)lora.projections,
		.rank = (uint32_t)lora.rank, .dim = (uint32_t)lora.dim,
		.ldx = (uint32_t)lora.dim, .type = type,
		.keep_scale = (float)lora.keep_scale });
	check(down_loss, &x, &base, got_dx, 1 + x.n / 97, "lora_back_x");
}

/* With a residual, or without. */
static void
test_up(struct array *residual)
{
	struct jk_lora_up up = { .z = ADDRESS(z.f32), .b = ADDRESS(b.f32),
		.y = address(&y), .n_rows = (uint32_t)lora.rows,
		.n_proj = (uint32_t)lora.projections,
		.rank = (uint32_t)lora.rank, .ldy = (uint32_t)lora_width(),
		.type = type };
	double worst = 0, scale = 0, want;
	int t, n, p, i = 0;

	memcpy(&base, &y, sizeof y);
	set_outputs(up.outputs);
	if (residual)
		up.residual = address(residual);
	run(JK_OP_lora_up, &up);
	for (t = 0; t < lora.rows; t++)
		for (n = 0; n < lora_width(); n++, i++) {
			want = base.v[i];
			if (output_of(n, &p) >= 0)
				want += lora_y(t, n) + (residual ?
				    residual->v[i] : 0);
			note(result(&y, i), want, &worst, &scale);
		}
	ok(worst / scale <= (type == JK_BF16 ? 6e-3 : 2e-6),
	    "lora_up%s: %.1e", residual ? ", residual" : "", worst / scale);
	memcpy(&y, &base, sizeof y);
}

static void
test_up_back(void)
{
	struct jk_lora_back_z back = { .dy = address(&dy),
		.b = ADDRESS(b.f32), .dz = ADDRESS(dz.f32),
		.n_rows = (uint32_t)lora.rows,
		.n_proj = (uint32_t)lora.projections,
		.rank = (uint32_t)lora.rank, .ldy = (uint32_t)lora_width(),
		.type = type };
	struct jk_lora_grad_b grad = { .dy = back.dy, .z = ADDRESS(z.f32),
		.db = ADDRESS(db.f32), .n_rows = back.n_rows,
		.n_proj = back.n_proj, .rank = back.rank, .ldy = back.ldy,
		.type = type };

	set_outputs(back.outputs);
	set_outputs(grad.outputs);
	run(JK_OP_lora_back_z, &back);
	check(up_loss, &z, NULL, got_dz, 1 + z.n / 97, "lora_back_z");
	fill(&base, b.n, JK_F32);
	memcpy(db.f32, base.f32, sizeof db.f32);
	run(JK_OP_lora_grad_b, &grad);
	check(up_loss, &b, &base, got_db, 1 + b.n / 97, "lora_grad_b");
}

static void
test_lora(struct lora shape)
{
	int i;

	lora = shape;
	lora.keep_scale = lora.masked ? 1 / 0.95 : 1;
	lora.scale = 2;
	diag("LoRA: %d rows, %d projections, rank %d, %d inputs, %d outputs%s",
	    lora.rows, lora.projections, lora.rank, lora.dim, lora.outputs,
	    lora.masked ? ", dropout" : "");
	for (i = 0; i < lora.projections * lora.rows * mask_words(); i++)
		mask[i] = jk_philox((uint32_t)i, 1, 2, 3, 4, 5).v[0] |
		    jk_philox((uint32_t)i, 9, 2, 3, 4, 5).v[0];
	fill(&x, lora.rows * lora.dim, type);
	fill(&a, lora.projections * lora.rank * lora.dim, JK_F32);
	fill(&dz, lora.rows * lora.projections * lora.rank, JK_F32);
	test_down();
	test_down_back();
	fill(&z, lora.rows * lora.projections * lora.rank, JK_F32);
	fill(&b, lora_row(lora.projections) * lora.rank, JK_F32);
	fill(&y, lora.rows * lora_width(), type);
	fill(&dy, lora.rows * lora_width(), type);
	fill(&dx, y.n, type);
	test_up(NULL);
	test_up(&dx);
	test_up_back();
}

/* sum of dy * m / norm * u, with m in b and norms in z */
static double
dora_loss(void)
{
	const int n = b.n;
	double sum = 0;
	int i;

	for (i = 0; i < dy.n; i++)
		sum += dy.v[i] * b.v[i % n] / z.v[i % n] * y.v[i];
	return sum;
}

static void
test_dora(int rows, int n)
{
	int i;

	fill(&dy, rows * n, type);
	fill(&y, rows * n, type);
	fill(&b, n, JK_F32);
	fill(&z, n, JK_F32);
	for (i = 0; i < n; i++)
		z.v[i] = fabs(z.v[i]) + 0.5;
	settle(&z, JK_F32);
	fill(&base, n, JK_F32);
	memcpy(db.f32, base.f32, sizeof db.f32);
	run(JK_OP_dora_grad, &(struct jk_dora_grad){ .dy = address(&dy),
		.u = address(&y), .norm = ADDRESS(z.f32),
		.dm = ADDRESS(db.f32), .n_rows = (uint32_t)rows,
		.n = (uint32_t)n, .ldy = (uint32_t)n, .ldu = (uint32_t)n,
		.type = type });
	check(dora_loss, &b, &base, got_db, 1, "dora_grad");
}

/* --- norms and activations */

static struct norm {
	int rows, groups, dim;
	double eps, offset;
} norm;

static double
norm_loss(void)
{
	double sum = 0, squares;
	int t, g, i;

	for (t = 0; t < norm.rows; t++)
		for (g = 0; g < norm.groups; g++) {
			double *v = x.v + (t * norm.groups + g) * norm.dim;

			squares = 0;
			for (i = 0; i < norm.dim; i++)
				squares += v[i] * v[i];
			for (i = 0; i < norm.dim; i++)
				sum += dy.v[(t * norm.groups + g) * norm.dim + i] * v[i] /
				    sqrt(squares / norm.dim + norm.eps) *
				    (norm.offset + weights.v[i]);
		}
	return sum;
}

/* What a way back gives of the way forward, in y: the same bits. */
static struct array again;

static void
check_again(int n, const char *name)
{
	ok(memcmp(type == JK_BF16 ? (void *)y.bf16 : (void *)y.f32,
	    type == JK_BF16 ? (void *)again.bf16 : (void *)again.f32,
	    (size_t)n * (type == JK_BF16 ? 2 : 4)) == 0,
	    "%s: the way forward's result", name);
}

static void
test_norm(struct norm shape, bool accumulate)
{
	struct jk_rms_norm_back args;
	int n, row = shape.groups * shape.dim;

	norm = shape;
	norm.eps = (double)1e-5f;
	n = norm.rows * row;
	fill(&x, n, type);
	fill(&dy, n, type);
	fill(&weights, norm.dim, JK_F32);
	fill(&base, n, type);
	memcpy(&dx, accumulate ? &base : &dy, sizeof dx);
	args = (struct jk_rms_norm_back){ .x = address(&x),
		.w = ADDRESS(weights.f32),
		.dy = accumulate ? address(&dy) : address(&dx),
		.dx = address(&dx), .n_rows = (uint32_t)norm.rows,
		.n_groups = (uint32_t)norm.groups, .dim = (uint32_t)norm.dim,
		.step = (uint32_t)norm.dim,
		.ldx = (uint32_t)row, .ldy = (uint32_t)row,
		.ldd = (uint32_t)row, .type = type,
		.accumulate = accumulate, .eps = 1e-5f,
		.weight_offset = (float)norm.offset,
		.y = accumulate ? address(&y) : 0 };
	run(JK_OP_rms_norm_back, &args);
	check(norm_loss, &x, accumulate ? &base : NULL, got_dx,
	    1 + x.n / 97, accumulate ? "rms_norm_back, added" :
	    "rms_norm_back, in place");
	run(JK_OP_rms_norm, &(struct jk_rms_norm){ .x = args.x, .w = args.w,
		.y = address(&again), .n_rows = args.n_rows,
		.n_groups = args.n_groups, .dim = args.dim,
		.step = args.step, .ldx = args.ldx, .ldy = args.ldy,
		.type = type, .eps = args.eps,
		.weight_offset = args.weight_offset });
	if (accumulate)
		check_again(n, "rms_norm_back");
}

static double
layer_norm_loss(void)
{
	double sum = 0, mean, squares;
	int t, i;

	for (t = 0; t < norm.rows; t++) {
		double *v = x.v + t * norm.dim;

		mean = squares = 0;
		for (i = 0; i < norm.dim; i++)
			mean += v[i] / norm.dim;
		for (i = 0; i < norm.dim; i++)
			squares += (v[i] - mean) * (v[i] - mean);
		for (i = 0; i < norm.dim; i++)
			sum += dy.v[t * norm.dim + i] * weights.v[i] *
			    (v[i] - mean) / sqrt(squares / norm.dim +
			    norm.eps);
	}
	return sum;
}

/* The mean of a row is not small beside its variance. */
static void
test_layer_norm(int rows, int dim, bool accumulate)
{
	int i;

	norm = (struct norm){ .rows = rows, .groups = 1, .dim = dim,
		.eps = (double)1e-5f };
	fill(&x, rows * dim, type);
	for (i = 0; i < x.n; i++)
		x.v[i] += 2;
	settle(&x, type);
	fill(&dy, rows * dim, type);
	fill(&weights, dim, JK_F32);
	fill(&base, rows * dim, type);
	memcpy(&dx, accumulate ? &base : &dy, sizeof dx);
	fill(&b, dim, JK_F32);
	run(JK_OP_layer_norm_back, &(struct jk_layer_norm_back){
		.x = address(&x), .w = ADDRESS(weights.f32),
		.dy = accumulate ? address(&dy) : address(&dx),
		.dx = address(&dx), .b = ADDRESS(b.f32),
		.y = accumulate ? address(&y) : 0, .n_rows = (uint32_t)rows,
		.dim = (uint32_t)dim, .ldx = (uint32_t)dim,
		.ldy = (uint32_t)dim, .ldd = (uint32_t)dim, .type = type,
		.accumulate = accumulate, .eps = 1e-5f });
	check(layer_norm_loss, &x, accumulate ? &base : NULL, got_dx, 1,
	    accumulate ? "layer_norm_back, added" :
	    "layer_norm_back, in place");
	run(JK_OP_layer_norm, &(struct jk_layer_norm){ .x = address(&x),
		.w = ADDRESS(weights.f32), .b = ADDRESS(b.f32),
		.y = address(&again), .n_rows = (uint32_t)rows,
		.dim = (uint32_t)dim, .ldx = (uint32_t)dim,
		.ldy = (uint32_t)dim, .type = type, .eps = 1e-5f });
	if (accumulate)
		check_again(rows * dim, "layer_norm_back");
}

static struct array gate, up, dgate, d_up;
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
static double got_dup(int i) { return result(&d_up, i); }

static void
test_glu(uint32_t which)
{
	enum { ROWS = 3, DIM = 75 };
	int i;

	kind = which;
	fill(&gate, ROWS * DIM, type);
	fill(&up, ROWS * DIM, type);
	fill(&dy, ROWS * DIM, type);
	for (i = 0; i < gate.n; i++)
		gate.v[i] *= 6;
	settle(&gate, type);
	memcpy(&dgate, &gate, sizeof dgate);
	memcpy(&d_up, &up, sizeof d_up);
	run(JK_OP_glu_back, &(struct jk_glu_back){ .gate = address(&dgate),
		.up = address(&d_up), .dy = address(&dy),
		.dgate = address(&dgate), .dup = address(&d_up),
		.y = address(&y), .n_rows = ROWS, .dim = DIM, .ldx = DIM,
		.ldy = DIM, .kind = kind, .type = type });
	check(glu_loss, &gate, NULL, got_dgate, 1,
	    kind == JK_GLU_SILU ? "glu_back of SiLU" : "glu_back of GELU");
	check(glu_loss, &up, NULL, got_dup, 1, "… and of up");
	run(JK_OP_glu, &(struct jk_glu){ .gate = address(&gate),
		.up = address(&up), .y = address(&again), .n_rows = ROWS,
		.dim = DIM, .ldx = DIM, .ldy = DIM, .kind = kind,
		.type = type });
	check_again(ROWS * DIM, "glu_back");
	if (kind != JK_GLU_GELU)
		return;
	/* without a gate it is as with one of 1 */
	for (i = 0; i < up.n; i++)
		up.v[i] = 1;
	memcpy(&dgate, &gate, sizeof dgate);
	run(JK_OP_gelu_back, &(struct jk_gelu_back){ .x = address(&dgate),
		.dy = address(&dy), .dx = address(&dgate), .y = address(&y),
		.n_rows = ROWS, .dim = DIM, .ldx = DIM, .ldy = DIM,
		.type = type });
	check(glu_loss, &gate, NULL, got_dgate, 1, "gelu_back, in place");
	run(JK_OP_gelu, &(struct jk_gelu){ .x = address(&gate),
		.y = address(&again), .n_rows = ROWS, .dim = DIM, .ldx = DIM,
		.ldy = DIM, .type = type });
	check_again(ROWS * DIM, "gelu_back");
}

/* --- attention */

static struct array q, k_, v_, lse, delta, out, dq, dk, dv;
static struct jk_row rows[512];
static struct attention {
	int rows, heads, kv_heads, dim, window;
	double cap;
	double scale;
} att;

static bool
sees(int t, int j)
{
	const struct jk_row *r = &rows[t];
	bool prefix = j >= (int)r->prefix_begin &&
	    j < (int)(r->prefix_begin + r->prefix_len);

	if (!prefix && (j < (int)r->own_begin || j > t))
		return false;
	return !att.window || (int)(rows[t].position - rows[j].position) <
	    att.window;
}

static double
att_loss(void)
{
	static double p[512];
	const int dim = att.dim;
	double sum = 0, total, acc;
	int t, h, j, i;

	for (t = 0; t < att.rows; t++)
		for (h = 0; h < att.heads; h++) {
			const int row = t * att.heads + h, n = att.kv_heads;
			const int g = h * n / att.heads;

			total = 0;
			for (j = 0; j < att.rows; j++) {
				if (!sees(t, j))
					continue;
				acc = 0;
				for (i = 0; i < dim; i++)
					acc += q.v[row * dim + i] *
					    k_.v[(j * n + g) * dim + i];
				acc *= att.scale;
				p[j] = exp(att.cap > 0 ? att.cap *
				    tanh(acc / att.cap) : acc);
				total += p[j];
			}
			lse.v[row] = log(total);
			for (i = 0; i < dim; i++) {
				acc = 0;
				for (j = 0; j < att.rows; j++)
					if (sees(t, j))
						acc += p[j] / total *
						    v_.v[(j * n + g) * dim + i];
				out.v[row * dim + i] = acc;
				sum += dy.v[row * dim + i] * acc;
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
	att.rows = n;
}

/* The same bits whatever the number of threads. */
static void
check_threads(const struct jk_attention_back *args)
{
	static struct array k1, v1, q1;
	struct jk_dev *before = dev;
	const size_t size = type == JK_BF16 ? 2 : 4;
	bool same = true;
	int t;

	k1 = dk, v1 = dv, q1 = dq;
	for (t = 0; t < DEVICES; t++) {
		dev = devices[t];
		memset(&dk, 0, sizeof dk);
		memset(&dv, 0, sizeof dv);
		memset(&dq, 0, sizeof dq);
		run(JK_OP_attention_back, args);
#define SAME(a, b, n) (memcmp((void *)(uintptr_t)address(a), \
	(void *)(uintptr_t)address(b), size * (size_t)(n)) == 0)
		same = same && SAME(&dk, &k1, k_.n) && SAME(&dv, &v1, k_.n) &&
		    SAME(&dq, &q1, q.n);
#undef SAME
	}
	ok(same, "other threads: the same bits");
	dev = before;
}

static void
test_attention(struct attention shape, int n_prefix, const int *lengths)
{
	struct jk_attention_back args;
	int stride;

	att = shape;
	make_rows(n_prefix, lengths);
	att.scale = 1 / sqrt(att.dim);
	diag("attention: %d rows, %d heads, %d of keys, head_dim %d, window "
	    "%d, prefix %d, cap %g", att.rows, att.heads, att.kv_heads,
	    att.dim, att.window, n_prefix, att.cap);
	fill(&q, att.rows * att.heads * att.dim, type);
	fill(&k_, att.rows * att.kv_heads * att.dim, type);
	fill(&v_, att.rows * att.kv_heads * att.dim, type);
	fill(&dy, att.rows * att.heads * att.dim, type);
	lse.n = att.rows * att.heads;
	out.n = att.rows * att.heads * att.dim;
	att_loss();
	settle(&lse, JK_F32);
	settle(&out, type);
	run(JK_OP_attention_dot, &(struct jk_attention_dot){
		.y = address(&out), .dy = address(&dy),
		.delta = ADDRESS(delta.f32), .n_rows = (uint32_t)att.rows,
		.n_heads = (uint32_t)att.heads, .head_dim = (uint32_t)att.dim,
		.ldy = (uint32_t)(att.heads * att.dim), .type = type });
	args = (struct jk_attention_back){ .q = address(&q), .k = address(&k_),
		.v = address(&v_), .dy = address(&dy), .lse = ADDRESS(lse.f32),
		.delta = ADDRESS(delta.f32), .rows = ADDRESS(rows),
		.dq = address(&dq), .dk = address(&dk), .dv = address(&dv),
		.n_rows = (uint32_t)att.rows, .n_heads = (uint32_t)att.heads,
		.n_kv_heads = (uint32_t)att.kv_heads,
		.head_dim = (uint32_t)att.dim,
		.ldq = (uint32_t)(att.heads * att.dim),
		.ldk = (uint32_t)(att.kv_heads * att.dim),
		.ldy = (uint32_t)(att.heads * att.dim),
		.window = (uint32_t)att.window, .type = type,
		.scale = (float)att.scale, .cap = (float)att.cap };
	ok(run(JK_OP_attention_back, &args) == 0, "attention_back runs");
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

/* Every number of a record's and of a prefix's row, and another step. */
static void
test_noise(void)
{
	static const struct jk_row r[2] = { { .position = 5, .ordinal = 2 },
		{ .position = 0, .ordinal = JK_ORDINAL_PREFIX } };
	static float got[2 * 1217];
	const uint32_t dim = 1217;
	const uint64_t seed = 0x123456789abcdef0;
	struct jk_add_noise args = { .rows = ADDRESS(r), .y = ADDRESS(got),
		.n_rows = 2, .dim = dim, .step = 17,
		.seed_low = (uint32_t)seed,
		.seed_high = (uint32_t)(seed >> 32), .type = JK_F32,
		.scale = 0.25f };
	double worst = 0, sum = 0, squares = 0, e;
	float first;
	uint32_t t, i;

	for (i = 0; i < 2 * dim; i++)
		got[i] = 3;
	run(JK_OP_add_noise, &args);
	for (t = 0; t < 2; t++)
		for (i = 0; i < dim; i++) {
			struct jk_philox w = jk_random(seed, JK_STREAM_NOISE,
			    i / 4, r[t].position, r[t].ordinal, 17);
			double want = 0.25 * (2 * (w.v[i % 4] >> 8) *
			    0x1p-24 - 1);

			e = fabs((double)got[t * dim + i] - 3 - want);
			worst = !(e <= worst) ? e : worst;
			sum += 4 * want;
			squares += 16 * want * want;
		}
	ok(worst <= 3e-7, "add_noise: every number (%.1e)", worst);
	/* uniform in [-1, 1): variance 1/3; 6 standard deviations of each */
	ok(fabs(sum / 2434) < 0.0703 && fabs(squares / 2434 - 1 / 3.0) <
	    0.0363, "its mean %.4f, its variance %.4f", sum / 2434,
	    squares / 2434);
	first = got[0];
	args.step = 18;
	got[0] = 3;
	run(JK_OP_add_noise, &args);
	ok(got[0] != first, "another step, other noise");
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
	/*
	 * one after the other: a walk of sqrt(4096) roundings of 6e-8 is 4e-6
	 */
	ok(fabs((double)partial[0] + (double)partial[1] + (double)partial[2] -
	    want) <= 1e-5 * want, "sum_squares");
}

/* clip of two partial sums: the factor, or -1 where it has failed. */
static double
clip(float first, float second, double max_norm)
{
	struct jk_clipping to = { .factor = 9 };

	run(JK_OP_clip, &(struct jk_clip){ .partial = ADDRESS(((float[]){
	    first, second })), .to = ADDRESS(&to), .max_norm = max_norm, .n = 2 });
	return to.failed ? -1 : (double)to.factor;
}

static void
test_clip(void)
{
	struct jk_clipping to = { .factor = 9, .failed = 1 };

	ok(clip(9, 16, 1) == (double)(float)(1 / (5 + 1e-6)) &&
	    clip(9, 16, 0.3) == (double)(float)(0.3 / (5 + 1e-6)),
	    "clip: norm 5 to 1, to 0.3");
	ok(clip(9, 16, 5.1) == 1 && clip(9, 16, 0) == 1,
	    "clip: what is short enough stays, and all without a limit");
	ok(clip(0, 0, 1) == -1 && clip(NAN, 1, 1) == -1 &&
	    clip(1, INFINITY, 1) == -1, "clip: 0, NaN and infinity fail");
	ok(clip(3e38f, 3e38f, 1) > 0, "clip: what only its sum makes large "
	    "does not");
	run(JK_OP_clip, &(struct jk_clip){ .partial = ADDRESS(&(float){ 4 }),
		.to = ADDRESS(&to), .max_norm = 1, .n = 1 });
	ok(to.failed == 1, "clip: what has failed stays so");
}

/* Nothing moves once an update has failed. */
static void
test_gated(void)
{
	float p = 1, g = 2, m = 3, v = 4;
	uint8_t m8[4] = { 1, 2, 3, 4 }, v8[4] = { 5, 6, 7, 8 };
	float absmax[2] = { 1, 1 }, codes[512] = { 0 };
	const struct jk_clipping failed = { .factor = 1, .failed = 1 };

	run(JK_OP_adamw, &(struct jk_adamw){ .param = ADDRESS(&p),
		.grad = ADDRESS(&g), .m = ADDRESS(&m), .v = ADDRESS(&v),
		.clipping = ADDRESS(&failed), .n = 1, .lr = 1, .correction1 = 1,
		.correction2 = 1 });
	run(JK_OP_adamw8bit, &(struct jk_adamw8bit){ .param = ADDRESS(&p),
		.grad = ADDRESS(&g), .m8 = ADDRESS(m8), .v8 = ADDRESS(v8),
		.clipping = ADDRESS(&failed), .absmax_m = ADDRESS(absmax),
		.absmax_v = ADDRESS(absmax + 1), .codes = ADDRESS(codes),
		.n = 1, .lr = 1, .correction1 = 1, .correction2 = 1 });
	ok(p == 1 && m == 3 && v == 4 && m8[0] == 1 && v8[0] == 5 &&
	    absmax[0] == 1 && absmax[1] == 1,
	    "adamw, adamw8bit: nothing moves where something has failed");
}

static void
test_adamw(void)
{
	static float param[5000], grad[5000], m[5000], v[5000];
	const struct jk_clipping clipping = { .factor = 0.25f };
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
			.v = ADDRESS(v), .clipping = ADDRESS(&clipping),
			.n = 5000, .lr = 0.01f, .beta1 = 0.9f,
			.beta2 = 0.999f, .weight_decay = 0.5f,
			.correction1 = (float)(1 - pow(0.9, step)),
			.correction2 = (float)(1 - pow(0.999, step)),
			.rest1 = 0.1f, .rest2 = 0.001f });
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
	const struct jk_clipping clipping = { .factor = 1 };
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
			.clipping = ADDRESS(&clipping), .rest1 = 0.1f,
			.rest2 = 0.001f });
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
	static const struct lora shapes[] = {
		{ .rows = 1, .projections = 1, .rank = 1, .dim = 1,
		  .outputs = 1 },
		{ .rows = 5, .projections = 1, .rank = 8, .dim = 48,
		  .outputs = 33 },
		{ .rows = 37, .projections = 3, .rank = 8, .dim = 72,
		  .outputs = 48, .masked = true },
		{ .rows = 19, .projections = 2, .rank = 4, .dim = 75,
		  .outputs = 64, .masked = true },
		{ .rows = 18, .projections = 3, .rank = 15, .dim = 40,
		  .outputs = 7, .masked = true },
		{ .rows = 130, .projections = 1, .rank = 8, .dim = 100,
		  .outputs = 50, .masked = true },
	};
	static const struct {
		struct attention shape;
		int n_prefix, lengths[4];	/* of sequences */
	} heads[] = {
		{ { .heads = 1, .kv_heads = 1, .dim = 2 }, 0, { 1 } },
		{ { .heads = 3, .kv_heads = 1, .dim = 24 }, 6, { 5, 1, 9 } },
		{ { .heads = 4, .kv_heads = 2, .dim = 40, .window = 5 }, 3,
		    { 5, 1, 9 } },
		{ { .heads = 6, .kv_heads = 2, .dim = 8 }, 70, { 90, 41 } },
		{ { .heads = 2, .kv_heads = 2, .dim = 8, .window = 40 }, 0,
		    { 90, 41 } },
		/* tiles of keys that some of their queries have left behind */
		{ { .heads = 4, .kv_heads = 1, .dim = 8, .window = 7 }, 0,
		    { 90, 41 } },
		{ { .heads = 4, .kv_heads = 1, .dim = 8, .window = 7 }, 70,
		    { 90, 41 } },
		{ { .heads = 3, .kv_heads = 1, .dim = 24, .cap = 0.5 }, 6,
		    { 5, 1, 9 } },
	};
	size_t i;

	diag("instruction set: %s", jk_isa_name(isa));
	test_dropout();
	test_noise();
	for (type = JK_F32; type <= JK_BF16; type += JK_BF16) {
		for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
			test_lora(shapes[i]);
		test_dora(1, 1);
		test_dora(37, 150);
		test_norm((struct norm){ .rows = 5, .groups = 1, .dim = 72 },
		    true);
		test_norm((struct norm){ .rows = 5, .groups = 3, .dim = 24,
			.offset = 1 }, false);
		test_layer_norm(5, 72, true);
		test_layer_norm(3, 37, false);
		test_glu(JK_GLU_SILU);
		test_glu(JK_GLU_GELU);
		for (i = 0; i < sizeof heads / sizeof *heads; i++)
			test_attention(heads[i].shape, heads[i].n_prefix,
			    heads[i].lengths);
	}
	type = JK_F32;
	test_sums();
	test_clip();
	test_gated();
	test_adamw();
	test_adamw8bit();
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
