#include "train/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 4096, BLOCK = 256, SUM_BLOCK = 4096 };

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
	double v[256] = { 0, 1 };
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
	qsort(v, 256, sizeof *v, ascending);
	for (i = 0; i < 256; i++)
		out[i] = (float)v[i];
}

void
jk_dynamic_codes(float codes[512])
{
	dynamic_map(true, codes);
	dynamic_map(false, codes + 256);
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
	uint64_t blocks = p.small ? 0 : round_up((n + BLOCK - 1) / BLOCK * 4,
	    16);

	p.v = p.m + bytes;
	p.absmax_m = p.v + bytes;
	p.absmax_v = p.absmax_m + blocks;
	*at = p.absmax_v + blocks;
	return p;
}

uint64_t
jk_optimizer_bytes(enum jk_optimizer_kind kind,
    const struct jk_lora_tensor *tensors, size_t n, uint64_t *state_bytes)
{
	uint64_t at = 0, n_params = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		place(tensors[i].n, &at);
		n_params += tensors[i].n;
	}
	if (kind == JK_ADAMW)
		at = 8 * n_params;
	*state_bytes = at;
	return at + 4 * n_params + n_params / SUM_BLOCK * 4 + 4096;
}

int
jk_optimizer_init(struct jk_optimizer *o, enum jk_optimizer_kind kind,
    const struct jk_lora *lora, const struct jk_config *config,
    struct jk_dev *dev, struct jk_err *err)
{
	uint64_t n_blocks = (lora->n_params + SUM_BLOCK - 1) / SUM_BLOCK;
	float codes[512];
	int r;

	*o = (struct jk_optimizer){ .kind = kind, .beta1 = 0.9,
		.beta2 = 0.999, .eps = 1e-8, .max_norm = 1, .dev = dev,
		.lora = lora };
	o->tensors = jk_lora_tensors(lora, config, &o->n_tensors, err);
	if (!o->tensors)
		return -1;
	jk_optimizer_bytes(kind, o->tensors, o->n_tensors, &o->state_bytes);
	o->host_partial = malloc((n_blocks + 1) * sizeof *o->host_partial);
	if (!o->host_partial) {
		jk_optimizer_release(o);
		return jk_fail_nomem(err);
	}
	/* operations count words in 32 bits */
	if (o->state_bytes / 4 > UINT32_MAX) {
		jk_optimizer_release(o);
		return jk_fail(err, JK_EUSAGE, "an adapter of %llu numbers is "
		    "too large", (unsigned long long)lora->n_params);
	}
	jk_dynamic_codes(codes);
	r = jk_dev_alloc(dev, 4 * lora->n_params, &o->grad, err);
	if (r == 0)
		r = jk_dev_alloc(dev, o->state_bytes, &o->state, err);
	if (r == 0)
		r = jk_dev_alloc(dev, 4 * n_blocks, &o->partial, err);
	if (r == 0)
		r = jk_dev_alloc(dev, sizeof codes, &o->codes, err);
	if (r == 0)
		r = jk_dev_upload(dev, o->codes, codes, sizeof codes, err);
	if (r == 0)
		r = JK_RUN(dev, fill, (&(struct jk_fill){ .x = o->state,
		    .n = (uint32_t)(o->state_bytes / 4) }), err);
	if (r < 0)
		jk_optimizer_release(o);
	return r;
}

void
jk_optimizer_release(struct jk_optimizer *o)
{
	uint64_t addresses[] = { o->grad, o->state, o->partial, o->codes };
	size_t i;

	for (i = 0; i < sizeof addresses / sizeof *addresses; i++)
		if (addresses[i])
			jk_dev_free(o->dev, addresses[i]);
	free(o->tensors);
	free(o->host_partial);
	*o = (struct jk_optimizer){ 0 };
}

int
jk_optimizer_clear(struct jk_optimizer *o, struct jk_err *err)
{
	return JK_RUN(o->dev, fill, (&(struct jk_fill){ .x = o->grad,
		.n = (uint32_t)o->lora->n_params }), err);
}

int
jk_optimizer_norm(struct jk_optimizer *o, double *norm, struct jk_err *err)
{
	uint64_t n = (o->lora->n_params + SUM_BLOCK - 1) / SUM_BLOCK, i;
	double sum = 0;

	if (JK_RUN(o->dev, sum_squares, (&(struct jk_sum_squares){
		.x = o->grad, .partial = o->partial,
		.n = (uint32_t)o->lora->n_params }), err) < 0 ||
	    jk_dev_download(o->dev, o->host_partial, o->partial, 4 * n,
	    err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		sum += (double)o->host_partial[i];
	*norm = sqrt(sum);
	return 0;
}

int
jk_optimizer_not_finite(struct jk_optimizer *o, char *name, size_t size,
    struct jk_err *err)
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
	for (i = 0; i < o->n_tensors && !name[0]; i++)
		for (k = 0; k < o->tensors[i].n; k++)
			if (!isfinite(f[o->tensors[i].at + k])) {
				jk_lora_tensor_name(&o->tensors[i], name,
				    size);
				break;
			}
	free(f);
	return 0;
}

int
jk_optimizer_step(struct jk_optimizer *o, uint64_t step, double lr,
    double norm, struct jk_err *err)
{
	double clip = o->max_norm > 0 ? o->max_norm / (norm + 1e-6) : 1;
	const float scale = (float)(clip < 1 ? clip : 1);
	const float c1 = (float)(1 - pow(o->beta1, (double)step));
	const float c2 = (float)(1 - pow(o->beta2, (double)step));
	uint64_t at = 0;
	size_t i;

	/* one moment behind the other, all tensors at once */
	if (o->kind == JK_ADAMW)
		return JK_RUN(o->dev, adamw, (&(struct jk_adamw){
			o->lora->arena, o->grad, o->state,
			o->state + 4 * o->lora->n_params,
			(uint32_t)o->lora->n_params, (float)lr,
			(float)o->beta1, (float)o->beta2, (float)o->eps,
			(float)o->weight_decay, c1, c2, scale,
			(float)(1 - o->beta1), (float)(1 - o->beta2) }), err);
	for (i = 0; i < o->n_tensors; i++) {
		const struct jk_lora_tensor *t = &o->tensors[i];
		struct place p = place(t->n, &at);
		uint64_t param = o->lora->arena + 4 * t->at;
		uint64_t grad = o->grad + 4 * t->at;
		int r;

		if (p.small)
			r = JK_RUN(o->dev, adamw, (&(struct jk_adamw){
				param, grad, o->state + p.m, o->state + p.v,
				(uint32_t)t->n, (float)lr, (float)o->beta1,
				(float)o->beta2, (float)o->eps,
				(float)o->weight_decay, c1, c2, scale,
				(float)(1 - o->beta1),
				(float)(1 - o->beta2) }), err);
		else
			r = JK_RUN(o->dev, adamw8bit, (&(struct jk_adamw8bit){
				param, grad, o->state + p.m, o->state + p.v,
				o->state + p.absmax_m, o->state + p.absmax_v,
				o->codes, (uint32_t)t->n, (float)lr,
				(float)o->beta1, (float)o->beta2,
				(float)o->eps, (float)o->weight_decay, c1, c2,
				scale, (float)(1 - o->beta1),
				(float)(1 - o->beta2) }), err);
		if (r < 0)
			return -1;
	}
	return 0;
}
