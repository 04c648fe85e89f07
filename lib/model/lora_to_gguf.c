#include <stdlib.h>

#include "base/file.h"
#include "model/merge.h"
#include "model/merge_gguf.h"
#include "model/weight_form.h"
#include "model/weight_id.h"

/* A matrix of an adapter, under its name in GGUF. */
struct matrix {
	const struct jk_tensor *from;
	char name[JK_WEIGHT_NAME_BYTES];
	enum jk_module proj;
	bool reordered;
	float times;		/* of B: what alpha / rank leaves of the scale */
};

/* That of the file. */
static double
alpha_of(const struct jk_lora_part *p)
{
	return (double)p->scale * p->rank;
}

static void
list_part(const struct jk_config *c, const struct jk_lora_part *p,
    double alpha, struct matrix *m)
{
	const enum jk_module proj = p->id.module;
	const double own = alpha_of(p);
	int kind;

	for (kind = 0; kind < JK_N_LORA_MATRICES; kind++, m++) {
		*m = (struct matrix){ .from = p->of[kind], .proj = proj,
			.reordered = jk_lora_is_reordered(c, proj,
			    (enum jk_lora_kind)kind), .times = 1 };
		if (kind == JK_LORA_B && own != alpha)
			m->times = (float)(own / alpha);
		jk_lora_gguf_name(c, p->id.layer, proj,
		    (enum jk_lora_kind)kind, m->name);
	}
}

/* Those of all parts; how many. */
static size_t
list_matrices(const struct jk_config *c, const struct jk_adapter *a,
    double alpha, enum jk_dtype dtype, struct matrix *matrices,
    struct jk_tensor *list)
{
	const struct jk_lora_part *p = NULL;
	size_t n = 0, i;

	while ((p = jk_adapter_next_part(a, p))) {
		list_part(c, p, alpha, matrices + n);
		n += JK_N_LORA_MATRICES;
	}
	for (i = 0; i < n; i++) {
		list[i] = *matrices[i].from;
		list[i].name = matrices[i].name;
		list[i].dtype = jk_gguf_stored_type(matrices[i].from, dtype);
	}
	return n;
}

static int
write_matrices(struct jk_out *out, const struct jk_model *m,
    const struct matrix *matrices, const struct jk_tensor *list, size_t n,
    struct jk_err *err)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		float *w = jk_tensor_to_f32(matrices[i].from, err);

		for (j = 0; w && matrices[i].times != 1 &&
		    j < jk_tensor_count(matrices[i].from); j++)
			w[j] *= matrices[i].times;
		if (w && matrices[i].reordered)
			w = jk_floats_to_gguf_order(&m->config,
			    matrices[i].proj, w, matrices[i].from, err);
		if (jk_gguf_put_tensor(out, w, &list[i], err) < 0)
			return -1;
	}
	return 0;
}

static void
describe_adapter(struct jk_gguf_meta *meta, const struct jk_config *c,
    const struct jk_adapter *adapter, double alpha, enum jk_dtype dtype)
{
	jk_gguf_put_text(meta, "general.architecture", c->family->gguf_name);
	jk_gguf_put_text(meta, "general.type", "adapter");
	jk_gguf_put_name(meta, adapter->path);
	jk_gguf_put_text(meta, "adapter.type", "lora");
	jk_gguf_put_f32(meta, "adapter.lora.alpha", (float)alpha);
	jk_gguf_put_u32(meta, "general.file_type", jk_gguf_file_type(dtype));
	jk_gguf_put_u32(meta, "general.quantization_version",
	    JK_GGUF_QUANTIZATION_VERSION);
}

int
jk_adapter_write_gguf(const char *path, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    struct jk_err *err)
{
	const size_t most = (size_t)JK_N_LORA_MATRICES * JK_N_PROJS *
	    model->config.n_layers;
	const struct jk_lora_part *first = jk_adapter_next_part(adapter, NULL);
	/* behind jk_merge_check there is one */
	const double alpha = first ? alpha_of(first) : 1;
	struct matrix *matrices = calloc(most + 1, sizeof *matrices);
	struct jk_tensor *list = calloc(most + 1, sizeof *list);
	struct jk_gguf_meta meta = { 0 };
	struct jk_file file;
	size_t n;
	int r = -1;

	if (!matrices || !list) {
		jk_fail_nomem(err);
		goto out;
	}
	n = list_matrices(&model->config, adapter, alpha, dtype, matrices,
	    list);
	describe_adapter(&meta, &model->config, adapter, alpha, dtype);
	if (jk_file_begin(&file, path, err) < 0)
		goto out;
	if (jk_gguf_write_header(&file.out, &meta, list, n, err) < 0 ||
	    write_matrices(&file.out, model, matrices, list, n, err) < 0)
		jk_file_abort(&file);
	else
		r = jk_file_commit(&file, err);
out:
	jk_gguf_meta_release(&meta);
	free(list);
	free(matrices);
	return r;
}
