#include "model/adapter_gguf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/config_write.h"
#include "model/module.h"
#include "quant/decode.h"
#include "model/weights.h"

enum { PEFT_NAME_BYTES = 128 };

static bool
says(const struct jk_gguf *g, const char *key, const char *want)
{
	struct jk_gguf_string s;

	return jk_gguf_get_string(g, key, &s) && s.n == strlen(want) &&
	    memcmp(s.s, want, s.n) == 0;
}

/* One matrix in f32, in Hugging Face's order; false without memory. */
static bool
take(struct jk_adapter *a, const struct jk_config *c,
    const struct jk_tensor *t, const char *name)
{
	size_t n = jk_tensor_count(t), rows = (size_t)t->shape[0];
	struct jk_tensor *out = &a->file.tensors[a->file.n_tensors];
	float *w = malloc((n + 1) * sizeof *w), *other;

	if (!w)
		return false;
	a->copies[a->n_copies++] = w;
	jk_dequantize(t->dtype, t->data, w, n);
	/* other shapes are refused later */
	if (strstr(name, ".lora_B.") && jk_weight_is_permuted(c, name) &&
	    n > 0 && rows % c->head_dim == 0) {
		other = malloc((n + 1) * sizeof *other);
		if (!other)
			return false;
		jk_weight_unpermute(w, other, rows, n / rows * sizeof *w,
		    c->head_dim);
		free(w);
		a->copies[a->n_copies - 1] = w = other;
	}
	*out = *t;
	out->name = strcpy(a->names + a->file.n_tensors * PEFT_NAME_BYTES,
	    name);
	out->dtype = JK_F32;
	out->data = w;
	out->size_bytes = n * sizeof *w;
	a->file.n_tensors++;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct jk_tensor *)a)->name,
	    ((const struct jk_tensor *)b)->name);
}

static int
take_all(struct jk_adapter *a, const struct jk_config *c, struct jk_err *err)
{
	char weight[PEFT_NAME_BYTES], stored[JK_WEIGHT_NAME_BYTES];
	char name[PEFT_NAME_BYTES], full[JK_WEIGHT_NAME_BYTES + 8];
	uint32_t l;
	int m, which;

	for (l = 0; l < c->n_layers; l++)
		for (m = 0; m < JK_N_ADAPTER_MODULES; m++)
			for (which = 0; which < 2; which++) {
				const struct jk_tensor *t;

				snprintf(weight, sizeof weight,
				    "model.layers.%u.%s.weight", l,
				    jk_adapter_modules[m]);
				if (!jk_weight_gguf_name(c, weight, stored))
					continue;
				snprintf(full, sizeof full, "%s.lora_%c",
				    stored, which ? 'b' : 'a');
				t = jk_gguf_tensor(&a->gguf, full);
				if (!t)
					continue;
				if (t->n_dims != 2)
					return jk_fail(err, JK_EDATA, "%s: %s "
					    "is no matrix", a->path, full);
				jk_adapter_tensor_name(l, m, which ?
				    JK_LORA_B : JK_LORA_A, name, sizeof name);
				if (!take(a, c, t, name))
					return jk_fail_nomem(err);
				if (which == 0)
					a->rank = (uint32_t)t->shape[0];
			}
	if (a->file.n_tensors < a->gguf.n_tensors)
		return jk_fail(err, JK_EDATA, "%s: %zu tensors that are not "
		    "LoRA matrices of the seven projections of this model's "
		    "%u layers", a->path, a->gguf.n_tensors -
		    a->file.n_tensors, c->n_layers);
	qsort(a->file.tensors, a->file.n_tensors, sizeof *a->file.tensors,
	    by_name);
	return 0;
}

int
jk_adapter_from_gguf(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err)
{
	const struct jk_gguf *g = &a->gguf;

	if (!says(g, "general.type", "adapter") ||
	    !says(g, "adapter.type", "lora"))
		return jk_fail(err, JK_EDATA, "%s: a GGUF file, but no LoRA "
		    "adapter", a->path);
	if (!says(g, "general.architecture", jk_arch_gguf_name(c->arch)))
		return jk_fail(err, JK_EDATA, "%s: not of the architecture "
		    "%s", a->path, jk_arch_gguf_name(c->arch));
	/* it works from these tokens on only */
	if (jk_gguf_find(g, "adapter.alora.invocation_tokens"))
		return jk_fail(err, JK_EDATA, "%s: adapters with "
		    "adapter.alora.invocation_tokens are not supported",
		    a->path);
	if (!jk_gguf_get_real(g, "adapter.lora.alpha", &a->alpha) ||
	    !(a->alpha > 0 && isfinite(a->alpha)))
		return jk_fail(err, JK_EDATA, "%s: bad or missing "
		    "adapter.lora.alpha", a->path);
	a->file.tensors = calloc(g->n_tensors + 1, sizeof *a->file.tensors);
	a->copies = calloc(g->n_tensors + 1, sizeof *a->copies);
	a->names = calloc(g->n_tensors + 1, PEFT_NAME_BYTES);
	if (!a->file.tensors || !a->copies || !a->names)
		return jk_fail_nomem(err);
	if (take_all(a, c, err) < 0)
		return -1;
	if (a->rank < 1 || a->rank > 65536)
		return jk_fail(err, JK_EDATA, "%s: no LoRA matrices of this "
		    "model's layers", a->path);
	a->scale = (float)(a->alpha / a->rank);
	if (!isfinite(a->scale))
		return jk_fail(err, JK_EDATA, "%s: adapter.lora.alpha is too "
		    "large", a->path);
	return 0;
}
