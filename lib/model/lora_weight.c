#include "model/lora_weight.h"

#include <math.h>
#include <stdlib.h>

#include "quant/decode.h"

float *
jk_tensor_to_f32(const struct jk_tensor *t, struct jk_err *err)
{
	size_t n = jk_tensor_count(t);
	float *f = malloc((n + 1) * sizeof *f);

	if (!f)
		jk_fail_nomem(err);
	else
		jk_dequantize(t->dtype, t->data, f, n);
	return f;
}

/* A matrix [n_out, n_in], element (i, j) at i * out + j * in. */
struct strides {
	size_t n_out, n_in, out, in;
};

static struct strides
strides_of(enum jk_module module, const struct jk_tensor *w)
{
	const size_t rows = (size_t)w->shape[0], columns = (size_t)w->shape[1];

	return module == JK_MODULE_EMBEDDING ?
	    (struct strides){ columns, rows, 1, columns } :
	    (struct strides){ rows, columns, columns, 1 };
}

/* w [out, in] += scale * B [out, R] A [R, in] */
static int
add_product(float *w, struct strides s, const struct jk_lora_part *p,
    struct jk_err *err)
{
	float *a = jk_tensor_to_f32(p->of[JK_LORA_A], err);
	float *b = jk_tensor_to_f32(p->of[JK_LORA_B], err);
	size_t i, j, r;

	if (a && b)
#pragma omp parallel for private(j, r)
		for (i = 0; i < s.n_out; i++)
			for (r = 0; r < p->rank; r++) {
				float x = p->scale * b[i * p->rank + r];

				for (j = 0; j < s.n_in; j++)
					w[i * s.out + j * s.in] +=
					    x * a[r * s.n_in + j];
			}
	r = a && b;
	free(a);
	free(b);
	return r ? 0 : -1;
}

static float *
factors_of(const float *w, struct strides s, const struct jk_lora_part *p,
    const char *name, struct jk_err *err)
{
	float *m = jk_tensor_to_f32(p->of[JK_LORA_MAGNITUDE], err);
	size_t i, j;

	for (i = 0; m && i < s.n_out; i++) {
		double sum = 0;

		for (j = 0; j < s.n_in; j++)
			sum += (double)w[i * s.out + j * s.in] *
			    w[i * s.out + j * s.in];
		m[i] = (float)(m[i] / sqrt(sum));
		if (sum > 0 && isfinite(m[i]))
			continue;
		jk_fail(err, JK_EDATA, "%s: output %zu of the weight with its "
		    "LoRA has a norm of %g: DoRA's magnitude cannot be applied "
		    "to it", name, i, sqrt(sum));
		free(m);
		return NULL;
	}
	return m;
}

/* W + scale B A */
static float *
with_product(const struct jk_lora_part *p, enum jk_module module,
    const struct jk_tensor *t, struct jk_err *err)
{
	float *w = jk_tensor_to_f32(t, err);

	if (w && add_product(w, strides_of(module, t), p, err) < 0) {
		free(w);
		return NULL;
	}
	return w;
}

float *
jk_lora_merged(const struct jk_lora_part *p, enum jk_module module,
    const struct jk_tensor *t, struct jk_err *err)
{
	const struct strides s = strides_of(module, t);
	float *w = with_product(p, module, t, err), *factors;
	size_t i, j;

	if (!w || !p->of[JK_LORA_MAGNITUDE])
		return w;
	factors = factors_of(w, s, p, t->name, err);
	for (i = 0; factors && i < s.n_out; i++)
		for (j = 0; j < s.n_in; j++)
			w[i * s.out + j * s.in] *= factors[i];
	if (!factors) {
		free(w);
		w = NULL;
	}
	free(factors);
	return w;
}

float *
jk_lora_factors(const struct jk_lora_part *p, enum jk_module module,
    const struct jk_tensor *t, struct jk_err *err)
{
	float *w = with_product(p, module, t, err), *factors = NULL;

	if (w)
		factors = factors_of(w, strides_of(module, t), p, t->name,
		    err);
	free(w);
	return factors;
}
