#include "model/merge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/quant.h"
#include "model/safetensors_write.h"

/* To nearest, ties to even (IEEE 754 binary16). */
static uint16_t
to_f16(float x)
{
	uint32_t u, sign, magnitude;
	float f;

	memcpy(&u, &x, sizeof u);
	sign = u >> 16 & 0x8000;
	magnitude = u & 0x7fffffff;
	if (magnitude > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (magnitude >= 0x47800000)
		return (uint16_t)(sign | 0x7c00);
	if (magnitude < 0x38800000) {
		/* below 2^-14: the sum rounds to multiples of 2^-24 */
		f = fabsf(x) + 0.5f;
		memcpy(&u, &f, sizeof u);
		return (uint16_t)(sign | (u - 0x3f000000));
	}
	magnitude += 0xfff + (magnitude >> 13 & 1);
	return (uint16_t)(sign | (magnitude - 0x38000000) >> 13);
}

static uint16_t
to_bf16(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	if ((u & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

/* Which projection of which layer a weight is; false for all others. */
static bool
find_target(const struct jk_adapter *a, const char *name, uint32_t *layer,
    int *module)
{
	char want[160];
	unsigned l;

	if (sscanf(name, "model.layers.%u.", &l) != 1)
		return false;
	for (*module = 0; *module < JK_N_ADAPTER_MODULES; (*module)++) {
		snprintf(want, sizeof want, "model.layers.%u.%s.weight", l,
		    jk_adapter_modules[*module]);
		if (strcmp(want, name) == 0) {
			*layer = l;
			return a->targets & 1u << *module;
		}
	}
	return false;
}

static float *
plain(const struct jk_tensor *t, struct jk_err *err)
{
	size_t n = jk_tensor_count(t);
	float *f = malloc((n + 1) * sizeof *f);

	if (!f)
		jk_fail_nomem(err);
	else
		jk_dequantize(t->dtype, t->data, f, n);
	return f;
}

/* w [N, K] += scale * B [N, R] A [R, K] */
static int
add_product(float *w, const struct jk_tensor *t, const struct jk_adapter *a,
    uint32_t layer, int module, struct jk_err *err)
{
	size_t n = (size_t)t->shape[0], k = (size_t)t->shape[1], i, j, r;
	float *ma = plain(jk_adapter_tensor(a, layer, module, 'A'), err);
	float *mb = plain(jk_adapter_tensor(a, layer, module, 'B'), err);

	if (ma && mb)
#pragma omp parallel for private(j, r)
		for (i = 0; i < n; i++)
			for (r = 0; r < a->rank; r++) {
				float x = a->scale * mb[i * a->rank + r];

				for (j = 0; j < k; j++)
					w[i * k + j] += x * ma[r * k + j];
			}
	j = ma && mb;
	free(ma);
	free(mb);
	return j ? 0 : -1;
}

/* In place: the 16-bit forms are shorter. */
static int
convert(float *w, size_t n, enum jk_dtype dtype, const char *name,
    struct jk_err *err)
{
	uint16_t *h = (uint16_t *)w, v;
	size_t i;
	float f;

	for (i = 0; dtype != JK_F32 && i < n; i++) {
		memcpy(&f, (char *)w + 4 * i, sizeof f);
		v = dtype == JK_F16 ? to_f16(f) : to_bf16(f);
		if (dtype == JK_F16 && isfinite(f) && (v & 0x7fff) == 0x7c00)
			return jk_fail(err, JK_EDATA, "%s: %g is too large "
			    "for F16", name, (double)f);
		memcpy(&h[i], &v, sizeof v);
	}
	return 0;
}

int
jk_merge_write(const char *folder, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    struct jk_err *err)
{
	json_t *metadata = json_pack("{s:s}", "format", "pt");
	struct jk_tensor *list;
	struct jk_file file;
	char path[4096];
	size_t i, size = dtype == JK_F32 ? 4 : 2;
	uint32_t layer;
	int module, r = -1;

	if (dtype > JK_BF16)
		return jk_fail(err, JK_EDATA, "safetensors cannot hold %s",
		    jk_dtype_name(dtype));
	snprintf(path, sizeof path, "%s/model.safetensors", folder);
	list = malloc((model->n_tensors + 1) * sizeof *list);
	if (!list || !metadata) {
		free(list);
		json_decref(metadata);
		return jk_fail_nomem(err);
	}
	for (i = 0; i < model->n_tensors; i++) {
		list[i] = model->tensors[i];
		list[i].dtype = dtype;
	}
	if (jk_file_begin(&file, path, err) < 0)
		goto out;
	if (jk_safetensors_write_header(&file.out, list, model->n_tensors,
	    metadata, err) < 0)
		goto fail;
	for (i = 0; i < model->n_tensors; i++) {
		const struct jk_tensor *t = &model->tensors[i];
		size_t n = jk_tensor_count(t);
		float *w = plain(t, err);
		int bad = w == NULL;

		if (!bad && adapter && find_target(adapter, t->name, &layer,
		    &module))
			bad = add_product(w, t, adapter, layer, module,
			    err) < 0;
		bad = bad || convert(w, n, dtype, t->name, err) < 0 ||
		    jk_out_write(&file.out, w, n * size, err) < 0;
		free(w);
		if (bad)
			goto fail;
	}
	r = jk_file_commit(&file, err);
	goto out;
fail:
	jk_file_abort(&file);
out:
	free(list);
	json_decref(metadata);
	return r;
}
