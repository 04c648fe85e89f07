/* Parity of LoRA's operations and of 8-bit AdamW, host against Vulkan. */

#include "parity.h"

#include "train/optimizer.h"

struct shape {
	uint32_t rows, n_proj, rank, dim;
};

static const struct shape shapes[] = {
	{ 1, 1, 1, 1 }, { 5, 3, 8, 72 }, { 33, 2, 4, 131 }, { 9, 1, 17, 40 },
	{ 70, 4, 9, 257 },
	/* rows that are shared out */
	{ 600, 2, 9, 40 }, { 1100, 1, 4, 33 }
};

/* What groups of a gradient hand to each other: only counters are told. */
static uint64_t
partial(void)
{
	const uint64_t at = p_work(JK_LORA_PARTIAL_BYTES / 4);

	memset((void *)(uintptr_t)at, 0, 4 * JK_LORA_GROUPS);
	return at;
}

static void
test_inputs(const struct shape *s, int masked)
{
	uint32_t t = s->rows, p = s->n_proj, r = s->rank, k = s->dim;
	size_t words = (size_t)p * t * ((k + 31) / 32);
	struct jk_lora_down down = {
		.x = p_floats(t * (k + 5), 1), .a = p_floats(p * r * k, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.z = p_floats(t * p * r, 1), .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	struct jk_lora_grad_a grad;
	struct jk_lora_back_x back;

	parity(JK_OP_lora_down, &down, 2e-5, "%u x %u x %u x %u%s", t, p, r,
	    k, masked ? ", dropout" : "");
	grad = (struct jk_lora_grad_a){
		.x = p_floats(t * (k + 5), 1), .dz = p_floats(t * p * r, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.da = p_floats(p * r * k, 1), .partial = t > 70 ? partial() :
		0, .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	parity(JK_OP_lora_grad_a, &grad, 2e-5, "%u x %u x %u x %u%s", t, p,
	    r, k, masked ? ", dropout" : "");
	back = (struct jk_lora_back_x){
		.dz = p_floats(t * p * r, 1), .a = p_floats(p * r * k, 1),
		.mask = masked ? p_words(words, 0) : 0,
		.dx = p_floats(t * (k + 5), 1), .n_rows = t, .n_proj = p,
		.rank = r, .dim = k, .ldx = k + 5, .keep_scale = 1.25f
	};
	parity(JK_OP_lora_back_x, &back, 2e-5, "%u x %u x %u x %u%s", t, p,
	    r, k, masked ? ", dropout" : "");
}

/*
 * Projections of different sizes, the second the largest, with a column of
 * nobody's between them.
 */
static void
set_outputs(const struct shape *s, struct jk_lora_output *o)
{
	uint32_t p, row = 0;

	for (p = 0; p < s->n_proj; p++) {
		o[p] = (struct jk_lora_output){ .row = row,
			.n = p == 1 ? 3 * s->dim : s->dim + p,
			.column = row + p, .scale = 0.5f + (float)p };
		row += o[p].n;
	}
}

static void
test_outputs(const struct shape *s)
{
	const uint32_t t = s->rows, p = s->n_proj, r = s->rank;
	uint32_t n, ldy;
	struct jk_lora_up up = { .n_rows = t, .n_proj = p, .rank = r };
	struct jk_lora_back_z back = { .n_rows = t, .n_proj = p, .rank = r };
	struct jk_lora_grad_b grad = { .n_rows = t, .n_proj = p, .rank = r };

	set_outputs(s, up.outputs);
	set_outputs(s, back.outputs);
	set_outputs(s, grad.outputs);
	n = jk_lora_rows(up.outputs, p);
	ldy = jk_lora_width(up.outputs, p) + 3;
	up.ldy = back.ldy = grad.ldy = ldy;
	up.z = p_floats(t * p * r, 1);
	up.b = p_floats(n * r, 1);
	up.y = p_floats(t * ldy, 1);
	parity(JK_OP_lora_up, &up, 1e-5, "%u x %u x %u x %u", t, p, r, n);
	up.z = p_floats(t * p * r, 1);
	up.b = p_floats(n * r, 1);
	up.y = p_floats(t * ldy, 1);
	up.residual = p_floats(t * ldy, 1);
	parity(JK_OP_lora_up, &up, 1e-5, "%u x %u x %u x %u, residual", t, p,
	    r, n);
	back.dy = p_floats(t * ldy, 1);
	back.b = p_floats(n * r, 1);
	back.dz = p_floats(t * p * r, 1);
	parity(JK_OP_lora_back_z, &back, 2e-5, "%u x %u x %u x %u", t, p, r,
	    n);
	grad.dy = p_floats(t * ldy, 1);
	grad.z = p_floats(t * p * r, 1);
	grad.db = p_floats(n * r, 1);
	grad.partial = t > 70 ? partial() : 0;
	parity(JK_OP_lora_grad_b, &grad, 2e-5, "%u x %u x %u x %u", t, p, r,
	    n);
}

/* Counters are 0 again behind a gradient: a second one adds the same. */
static void
test_again(void)
{
	enum { T = 1500, R = 8, K = 70, N = R * K };
	struct jk_lora_grad_a a = { .x = p_floats(T * K, 1),
		.dz = p_floats(T * R, 1), .da = p_floats(N, 0),
		.partial = partial(), .n_rows = T, .n_proj = 1, .rank = R,
		.dim = K, .ldx = K, .keep_scale = 1 };
	char translated[128];
	struct jk_err err;
	float *once, *twice;
	uint32_t *counters;
	int i, n = 0, differ = 0;

	for (i = 0; i < p_n; i++)
		p_upload(i, p_buffers[i].host);
	p_translate(JK_OP_lora_grad_a, &a, translated);
	must(jk_dev_run(p_vulkan, JK_OP_lora_grad_a, translated, &err), &err);
	once = p_download(2);
	must(jk_dev_run(p_vulkan, JK_OP_lora_grad_a, translated, &err), &err);
	twice = p_download(2);
	counters = p_download(3);
	for (i = 0; i < N; i++)
		differ += fabsf(twice[i] - 2 * once[i]) > 1e-6f * fabsf(
		    once[i]) || once[i] == 0;
	for (i = 0; i < JK_LORA_GROUPS; i++)
		n += counters[i] != 0;
	ok(differ == 0 && n == 0, "lora_grad_a again, on the same memory");
	free(once);
	free(twice);
	free(counters);
	p_forget();
}

static void
test_dora_grad(uint32_t rows, uint32_t n)
{
	struct jk_dora_grad a = { .dy = p_floats(rows * (n + 3), 1),
		.u = p_floats(rows * (n + 5), 1), .norm = p_floats(n, 1),
		.dm = p_floats(n, 1), .n_rows = rows, .n = n, .ldy = n + 3,
		.ldu = n + 5 };
	float *norm = (float *)(uintptr_t)a.norm;
	uint32_t i;

	for (i = 0; i < n; i++)
		norm[i] = fabsf(norm[i]) + 0.5f;
	parity(JK_OP_dora_grad, &a, 2e-5, "%u x %u", rows, n);
}

/*
 * Moments that fill their blocks, and a last block that is not full.  The
 * absmax and the parameters to rounding; nearly all codes the same.
 */
static void
test_adamw8bit(uint32_t n, bool failed)
{
	struct jk_adamw8bit a = { .param = p_floats(n, 1),
		.grad = p_floats(n, 1), .m8 = p_words((n + 3) / 4, 0),
		.v8 = p_words((n + 3) / 4, 0),
		.absmax_m = p_floats((n + 255) / 256, 1),
		.absmax_v = p_floats((n + 255) / 256, 1),
		.codes = p_floats(512, 1), .n = n, .lr = 1e-3f,
		.beta1 = 0.9f, .beta2 = 0.999f, .rest1 = 0.1f,
		.rest2 = 0.001f, .eps = 1e-8f, .correction1 = 0.19f,
		.correction2 = 0.002f };
	float *m = (float *)(uintptr_t)a.absmax_m;
	float *v = (float *)(uintptr_t)a.absmax_v;
	unsigned char *v8 = (unsigned char *)(uintptr_t)a.v8;
	uint32_t i;

	a.clipping = p_bytes(&(struct jk_clipping){ 0.7f, failed },
	    sizeof(struct jk_clipping));
	jk_dynamic_codes((float *)(uintptr_t)a.codes);
	for (i = 0; i < (n + 255) / 256; i++) {
		m[i] = fabsf(m[i]) + 0.1f;
		v[i] = fabsf(v[i]) + 0.1f;
	}
	for (i = 0; i < n; i++)	/* no second moment of nothing */
		v8[i] |= 64;
	p_buffers[2].is_words = p_buffers[3].is_words = 2;
	parity(JK_OP_adamw8bit, &a, 1e-5, "%u%s", n, failed ?
	    ", of a step that failed" : "");
}

int
main(void)
{
	size_t i;

	p_open();
	test_adamw8bit(256, false);
	test_adamw8bit(5000, false);
	test_adamw8bit(5000, true);
	test_again();
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		test_inputs(&shapes[i], 0);
		test_inputs(&shapes[i], 1);
		test_outputs(&shapes[i]);
		test_dora_grad(shapes[i].rows, shapes[i].dim);
	}
	return p_close();
}
