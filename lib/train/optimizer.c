#include "train/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tensors below it have whole moments. */
enum { SMALL = 4096 };

static int
ascending(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

/*
 * Decade e holds the midpoints of 2^e (unsigned: 2^(e+1)) equal parts of
 * [0.1, 1], times 10^(e - 6).
 */
static void
dynamic_map(bool is_signed, float *out)
{
	double v[JK_CODES] = { 0, 1 };
	int n = 2, e, k, parts, i;

	for (e = 0; e < 7; e++) {
		parts = 1 << (is_signed ? e : e + 1);
		for (k = 0; k < parts; k++) {
			double fraction = 0.1 + 0.9 * (k + 0.5) / parts;

			v[n++] = fraction * pow(10, e - 6);
			if (is_signed) {
				v[n] = -v[n - 1];
				n++;
			}
		}
	}
	qsort(v, JK_CODES, sizeof *v, ascending);
	for (i = 0; i < JK_CODES; i++)
		out[i] = (float)v[i];
}

void
jk_dynamic_codes(float codes[2 * JK_CODES])
{
	dynamic_map(true, codes);
	dynamic_map(false, codes + JK_CODES);
}

/* 8 bits: moments of one tensor, as offsets into the state. */
struct place {
	bool small;
	uint64_t m, v, absmax_m, absmax_v;
};

static uint64_t
round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* Tensors follow each other; `at` moves on. */
static struct place
place(uint64_t n, uint64_t *at)
{
	struct place p = { .small = n < SMALL, .m = *at };
	uint64_t bytes = round_up(p.small ? 4 * n : n, 16);
	uint64_t blocks = p.small ? 0 : round_up(round_up(n,
	    JK_MOMENT_BLOCK) / JK_MOMENT_BLOCK * 4, 16);

	p.v = p.m + bytes;
	p.absmax_m = p.v + bytes;
	p.absmax_v = p.absmax_m + blocks;
	*at = p.absmax_v + blocks;
	return p;
}

static uint64_t
state_bytes(enum jk_optimizer_kind kind, const struct jk_lora *lora)
{
	uint64_t at = 0;
	size_t i;

	if (kind == JK_ADAMW)
		return 8 * lora->n_params;
	for (i = 0; i < lora->n_tensors; i++)
		place(lora->tensors[i].n, &at);
	return at;
}

/* What lies on the device.  Errors: JK_ESYS. */
static int
alloc(struct jk_optimizer *o, struct jk_err *err)
{
	struct jk_dev *dev = o->dev;
	float codes[2 * JK_CODES];

	jk_dynamic_codes(codes);
	if (jk_dev_alloc(dev, 4 * o->lora->n_params, &o->grad, err) < 0 ||
	    jk_dev_alloc(dev, o->state_bytes, &o->state, err) < 0 ||
	    jk_dev_alloc(dev, 4ull * o->n_partial, &o->partial, err) < 0 ||
	    jk_dev_alloc(dev, sizeof(struct jk_clipping), &o->clipping,
	    err) < 0 ||
	    jk_dev_alloc(dev, sizeof codes, &o->codes, err) < 0 ||
	    jk_dev_upload(dev, o->codes, codes, sizeof codes, err) < 0)
		return -1;
	return jk_optimizer_forget(o, err);
}

int
jk_optimizer_init(struct jk_optimizer *o, enum jk_optimizer_kind kind,
    const struct jk_lora *lora, struct jk_dev *dev, struct jk_err *err)
{
	*o = (struct jk_optimizer){ .kind = kind, .beta1 = 0.9,
		.beta2 = 0.999, .eps = 1e-8, .max_norm = 1, .b_ratio = 1,
		.dev = dev, .lora = lora, .state_bytes = state_bytes(kind, lora) };
	/* operations count words in 32 bits */
	if (o->state_bytes / 4 > UINT32_MAX || lora->n_params > UINT32_MAX) {
		jk_optimizer_release(o);
		return jk_fail(err, JK_EUSAGE, "an adapter of %llu numbers is "
		    "too large", (unsigned long long)lora->n_params);
	}
	o->n_partial = (uint32_t)jk_over(lora->n_params, JK_SUM_BLOCK);
	if (alloc(o, err) < 0) {
		jk_optimizer_release(o);
		return -1;
	}
	return 0;
}

void
jk_optimizer_release(struct jk_optimizer *o)
{
	uint64_t addresses[] = { o->grad, o->state, o->partial, o->clipping,
		o->codes };
	size_t i;

	for (i = 0; i < sizeof addresses / sizeof *addresses; i++)
		if (addresses[i])
			jk_dev_free(o->dev, addresses[i]);
	*o = (struct jk_optimizer){ 0 };
}

int
jk_update_init(struct jk_update *u, const struct jk_optimizer *o,
    struct jk_err *err)
{
	*u = (struct jk_update){ .n_partial = o->n_partial };
	u->partial = calloc(o->n_partial + 1u, sizeof *u->partial);
	return u->partial ? 0 : jk_fail_nomem(err);
}

void
jk_update_release(struct jk_update *u)
{
	free(u->partial);
	*u = (struct jk_update){ 0 };
}

double
jk_update_norm(const struct jk_update *u)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < u->n_partial; i++)
		sum += (double)u->partial[i];
	return sqrt(sum);
}

int
jk_optimizer_forget(struct jk_optimizer *o, struct jk_err *err)
{
	const struct jk_clipping none = { .factor = 1 };

	return jk_dev_upload(o->dev, o->clipping, &none, sizeof none, err) <
	    0 ? -1 : JK_RUN(o->dev, fill, (&(struct jk_fill){ .x = o->state,
		.n = (uint32_t)(o->state_bytes / 4) }), err);
}

int
jk_optimizer_clear(struct jk_optimizer *o, struct jk_err *err)
{
	return JK_RUN(o->dev, fill, (&(struct jk_fill){ .x = o->grad,
		.n = (uint32_t)o->lora->n_params }), err);
}

int
jk_optimizer_not_finite(struct jk_optimizer *o,
    char name[JK_WEIGHT_NAME_BYTES], struct jk_err *err)
{
	float *f = malloc(4 * o->lora->n_params);
	uint64_t k;
	size_t i;

	name[0] = '\0';
	if (!f)
		return jk_fail_nomem(err);
	if (jk_dev_download(o->dev, f, o->grad, 4 * o->lora->n_params,
	    err) < 0) {
		free(f);
		return -1;
	}
	for (i = 0; i < o->lora->n_tensors && !name[0]; i++) {
		const struct jk_lora_tensor *t = &o->lora->tensors[i];

		for (k = 0; k < t->n; k++)
			if (!isfinite(f[t->at + k])) {
				jk_lora_name(o->lora->config, t->layer,
				    t->proj, t->kind, name);
				break;
			}
	}
	free(f);
	return 0;
}

/* Whole moments of n numbers from `at` in the arena. */
static int
step_part(struct jk_optimizer *o, uint64_t at, uint64_t n,
    const struct jk_adamw *how, float lr, struct jk_err *err)
{
	struct jk_adamw a = *how;

	a.param += 4 * at;
	a.grad += 4 * at;
	a.m += 4 * at;
	a.v += 4 * at;
	a.n = (uint32_t)n;
	a.lr = lr;
	return JK_RUN(o->dev, adamw, &a, err);
}

/* The rate of a tensor of that kind. */
static float
rate(const struct jk_optimizer *o, enum jk_lora_kind kind, double lr)
{
	return (float)(kind == JK_LORA_A ? lr : lr * o->b_ratio);
}

/* Whole moments: in parts of one rate. */
static int
step_parts(struct jk_optimizer *o, const struct jk_adamw *how, double lr,
    struct jk_err *err)
{
	const struct jk_lora_tensor *t = o->lora->tensors;
	const size_t n_tensors = o->lora->n_tensors;
	size_t i, k;
	uint64_t n;

	for (i = 0; i < n_tensors; i = k) {
		const float of = rate(o, t[i].kind, lr);

		for (n = 0, k = i; k < n_tensors &&
		    rate(o, t[k].kind, lr) == of; k++)
			n += t[k].n;
		if (step_part(o, t[i].at, n, how, of, err) < 0)
			return -1;
	}
	return 0;
}

/* One tensor of 8-bit moments, or a small one of whole ones. */
static int
step_tensor(struct jk_optimizer *o, const struct jk_lora_tensor *t,
    const struct place *p, const struct jk_adamw *how, struct jk_err *err)
{
	struct jk_adamw a = *how;

	a.param = o->lora->arena + 4 * t->at;
	a.grad = o->grad + 4 * t->at;
	a.m = o->state + p->m;
	a.v = o->state + p->v;
	a.n = (uint32_t)t->n;
	if (p->small)
		return JK_RUN(o->dev, adamw, &a, err);
	return JK_RUN(o->dev, adamw8bit, (&(struct jk_adamw8bit){
		.param = a.param, .grad = a.grad, .m8 = a.m, .v8 = a.v,
		.absmax_m = o->state + p->absmax_m,
		.absmax_v = o->state + p->absmax_v, .codes = o->codes,
		.n = a.n, .lr = a.lr, .beta1 = a.beta1, .beta2 = a.beta2,
		.eps = a.eps, .weight_decay = a.weight_decay,
		.correction1 = a.correction1, .correction2 = a.correction2,
		.clipping = a.clipping, .rest1 = a.rest1,
		.rest2 = a.rest2 }), err);
}

/* The gradient's norm and what it means for the update. */
static int
clip(struct jk_optimizer *o, struct jk_update *u, struct jk_err *err)
{
	struct jk_dev *dev = o->dev;

	if (JK_RUN(dev, sum_squares, (&(struct jk_sum_squares){
		.x = o->grad, .partial = o->partial,
		.n = (uint32_t)o->lora->n_params }), err) < 0 ||
	    JK_RUN(dev, clip, (&(struct jk_clip){ .partial = o->partial,
		.to = o->clipping, .max_norm = o->max_norm,
		.n = o->n_partial }), err) < 0 ||
	    jk_dev_fetch(dev, u->partial, o->partial, 4ull * o->n_partial,
	    err) < 0)
		return -1;
	return jk_dev_fetch(dev, &u->clipping, o->clipping,
	    sizeof u->clipping, err);
}

int
jk_optimizer_step(struct jk_optimizer *o, uint64_t step, double lr,
    struct jk_update *u, struct jk_err *err)
{
	/* the addresses are of all tensors: one moment behind the other */
	const struct jk_adamw how = { .param = o->lora->arena,
		.grad = o->grad, .m = o->state,
		.v = o->state + 4 * o->lora->n_params,
		.clipping = o->clipping,
		.n = (uint32_t)o->lora->n_params,
		.beta1 = (float)o->beta1, .beta2 = (float)o->beta2,
		.eps = (float)o->eps, .weight_decay = (float)o->weight_decay,
		.correction1 = (float)(1 - pow(o->beta1, (double)step)),
		.correction2 = (float)(1 - pow(o->beta2, (double)step)),
		.rest1 = (float)(1 - o->beta1),
		.rest2 = (float)(1 - o->beta2) };
	struct jk_adamw of = how;
	uint64_t at = 0;
	size_t i;

	if (clip(o, u, err) < 0)
		return -1;
	if (o->kind == JK_ADAMW)
		return step_parts(o, &how, lr, err);
	for (i = 0; i < o->lora->n_tensors; i++) {
		const struct jk_lora_tensor *t = &o->lora->tensors[i];
		const struct place p = place(t->n, &at);

		of.lr = rate(o, t->kind, lr);
		if (step_tensor(o, t, &p, &of, err) < 0)
			return -1;
	}
	return 0;
}
