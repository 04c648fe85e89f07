#include "model/merge.h"

#include <stdlib.h>

#include "model/module.h"
#include "quant/decode.h"
#include "quant/encode.h"
#include "model/safetensors_write.h"
#include "model/weights.h"

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

/* w [N, K] += scale * B [N, R] A [R, K] */
static int
add_product(float *w, const struct jk_tensor *t, const struct jk_adapter *a,
    struct jk_weight_id id, struct jk_err *err)
{
	size_t n = (size_t)t->shape[0], k = (size_t)t->shape[1], i, j, r;
	float *ma = jk_tensor_to_f32(jk_adapter_tensor(a, id.layer,
	    id.module, JK_LORA_A), err);
	float *mb = jk_tensor_to_f32(jk_adapter_tensor(a, id.layer,
	    id.module, JK_LORA_B), err);

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

float *
jk_merge_tensor(const struct jk_model *model,
    const struct jk_adapter *adapter, const struct jk_tensor *t,
    struct jk_err *err)
{
	float *w = jk_tensor_to_f32(t, err);
	struct jk_weight_id id;

	if (w && adapter && jk_weight_parse(&model->config, t->name, &id) &&
	    id.module < JK_N_PROJS && !id.is_bias &&
	    adapter->targets & 1u << id.module &&
	    add_product(w, t, adapter, id, err) < 0) {
		free(w);
		return NULL;
	}
	return w;
}

/* Whether a folder has the tensor as [in, out]. */
static bool
is_transposed(const struct jk_model *m, const struct jk_tensor *t)
{
	struct jk_weight_id id;

	return jk_weight_parse(&m->config, t->name, &id) &&
	    jk_weight_is_transposed(&m->config, id);
}

/* A weight, merged, as a folder has it, still in f32; to be freed. */
static float *
put_right(const struct jk_model *m, const struct jk_adapter *adapter,
    const struct jk_tensor *t, struct jk_err *err)
{
	float *w = jk_merge_tensor(m, adapter, t, err), *out;

	if (!w || !is_transposed(m, t))
		return w;
	out = malloc((jk_tensor_count(t) + 1) * sizeof *out);
	if (out)
		jk_weight_transpose(w, out, (size_t)t->shape[0],
		    (size_t)t->shape[1], sizeof *out);
	else
		jk_fail_nomem(err);
	free(w);
	return out;
}

int
jk_merge_write(const char *folder, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    struct jk_err *err)
{
	struct jk_tensor *list;
	json_t *metadata;
	struct jk_file file;
	char *path = NULL;
	size_t i, size = dtype == JK_F32 ? 4 : 2;
	int r = -1;

	if (dtype > JK_BF16)
		return jk_fail(err, JK_EDATA, "safetensors cannot hold %s",
		    jk_dtype_name(dtype));
	metadata = json_pack("{s:s}", "format", "pt");
	list = malloc((model->n_tensors + 1) * sizeof *list);
	if (!list || !metadata) {
		free(list);
		json_decref(metadata);
		return jk_fail_nomem(err);
	}
	for (i = 0; i < model->n_tensors; i++) {
		list[i] = model->tensors[i];
		list[i].dtype = dtype;
		if (is_transposed(model, &list[i])) {
			list[i].shape[0] = model->tensors[i].shape[1];
			list[i].shape[1] = model->tensors[i].shape[0];
		}
	}
	path = jk_path_join(folder, JK_WEIGHTS_FILE, err);
	if (!path || jk_file_begin(&file, path, err) < 0)
		goto out;
	if (jk_safetensors_write_header(&file.out, list, model->n_tensors,
	    metadata, err) < 0)
		goto fail;
	for (i = 0; i < model->n_tensors; i++) {
		const struct jk_tensor *t = &model->tensors[i];
		size_t n = jk_tensor_count(t);
		float *w = put_right(model, adapter, t, err);
		int bad = !w || jk_quantize_checked(dtype, w, n, t->name,
		    err) < 0 || jk_out_write(&file.out, w, n * size, err) < 0;

		free(w);
		if (bad)
			goto fail;
	}
	r = jk_file_commit(&file, err);
	goto out;
fail:
	jk_file_abort(&file);
out:
	free(path);
	free(list);
	json_decref(metadata);
	return r;
}
