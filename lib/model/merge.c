#include "model/merge.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/path.h"
#include "model/lora_weight.h"
#include "model/weight_id.h"
#include "quant/encode.h"
#include "model/safetensors_write.h"
#include "model/weight_form.h"

float *
jk_merge_tensor(const struct jk_model *model,
    const struct jk_adapter *adapter, const struct jk_tensor *t,
    struct jk_err *err)
{
	const struct jk_lora_part *p = NULL;
	struct jk_weight_id id;

	if (adapter && jk_weight_parse(&model->config, t->name, &id) &&
	    id.module < JK_N_PROJS && !id.is_bias)
		p = jk_adapter_part(adapter, id.layer, id.module);
	return p ? jk_lora_merged(p, t, err) :
	    jk_tensor_to_f32(t, err);
}

/* The first bias that has no place in the model. */
static const struct jk_tensor *
find_lost_bias(const struct jk_config *c, const struct jk_adapter *a)
{
	const struct jk_lora_part *p = NULL;

	while ((p = jk_adapter_next_part(a, p)))
		if (p->of[JK_LORA_BIAS] && !jk_module_has_bias(c,
		    p->id.module))
			return p->of[JK_LORA_BIAS];
	return NULL;
}

int
jk_merge_check(const struct jk_model *m, const struct jk_adapter *a,
    bool adapter_only, struct jk_err *err)
{
	const struct jk_tensor *bias = find_lost_bias(&m->config, a);
	const char *beyond = jk_adapter_beyond(a, &m->config, true, false);

	if (adapter_only && beyond)
		return jk_fail(err, JK_EDATA, "%s has %s, which GGUF LoRA "
		    "cannot hold: merge it into its model, without "
		    "--adapter-only", a->path, beyond);
	if (!adapter_only && bias)
		return jk_fail(err, JK_EDATA, "%s: %s has no place in the "
		    "model, which has no bias there: it cannot be merged, by "
		    "PEFT neither; run the model with --adapter", a->path,
		    bias->name);
	return 0;
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
	float *w = jk_merge_tensor(m, adapter, t, err);

	return is_transposed(m, t) ? jk_floats_transposed(w,
	    (size_t)t->shape[0], (size_t)t->shape[1], err) : w;
}

int
jk_merge_write(const char *folder, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    const struct jk_merge_watch *watch, struct jk_err *err)
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
		if (watch)
			watch->written(watch->ctx, i + 1);
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
