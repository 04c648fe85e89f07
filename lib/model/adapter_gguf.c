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

/* A matrix, where the file has it; `known` [gguf's tensors] marks it. */
static int
take_one(struct jk_adapter *a, const struct jk_config *c, uint32_t layer,
    int module, enum jk_lora_kind kind, bool *known, struct jk_err *err)
{
	char weight[PEFT_NAME_BYTES], stored[JK_WEIGHT_NAME_BYTES];
	char name[PEFT_NAME_BYTES], full[JK_WEIGHT_NAME_BYTES + 8];
	const struct jk_tensor *t;

	snprintf(weight, sizeof weight, "model.layers.%u.%s.weight", layer,
	    jk_adapter_modules[module]);
	if (!jk_weight_gguf_name(c, weight, stored))
		return 0;
	snprintf(full, sizeof full, "%s.lora_%c", stored,
	    kind == JK_LORA_A ? 'a' : 'b');
	t = jk_gguf_tensor(&a->gguf, full);
	if (!t)
		return 0;
	if (t->n_dims != 2)
		return jk_fail(err, JK_EDATA, "%s: %s is no matrix", a->path,
		    full);
	if (kind == JK_LORA_A && (t->shape[0] < 1 ||
	    t->shape[0] > JK_MAX_RANK))
		return jk_fail(err, JK_EDATA, "%s: %s has rank %llu, none "
		    "from 1 to %d", a->path, full,
		    (unsigned long long)t->shape[0], JK_MAX_RANK);
	if (kind == JK_LORA_A)
		a->rank = (uint32_t)t->shape[0];
	known[t - a->gguf.tensors] = true;
	jk_adapter_tensor_name(layer, module, kind, name, sizeof name);
	return take(a, c, t, name) ? 0 : jk_fail_nomem(err);
}

static int
take_all(struct jk_adapter *a, const struct jk_config *c, bool *known,
    struct jk_err *err)
{
	size_t i, n_others;
	uint32_t l;
	int m, kind;

	for (l = 0; l < c->n_layers; l++)
		for (m = 0; m < JK_N_ADAPTER_MODULES; m++)
			for (kind = 0; kind < JK_N_LORA_KINDS; kind++)
				if (take_one(a, c, l, m,
				    (enum jk_lora_kind)kind, known, err) < 0)
					return -1;
	n_others = a->gguf.n_tensors - a->file.n_tensors;
	for (i = 0; n_others > 0 && known[i]; i++)
		;
	if (n_others > 0)
		return jk_adapter_fail_others(a, c, n_others,
		    a->gguf.tensors[i].name, err);
	qsort(a->file.tensors, a->file.n_tensors, sizeof *a->file.tensors,
	    by_name);
	return 0;
}

int
jk_adapter_from_gguf(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err)
{
	const struct jk_gguf *g = &a->gguf;
	bool *known;
	int r;

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
	known = calloc(g->n_tensors + 1, sizeof *known);
	r = known ? take_all(a, c, known, err) : jk_fail_nomem(err);
	free(known);
	if (r < 0 || a->file.n_tensors == 0)
		return r;	/* without any, jk_adapter_check says so */
	a->scale = (float)(a->alpha / a->rank);
	if (!isfinite(a->scale))
		return jk_fail(err, JK_EDATA, "%s: adapter.lora.alpha is too "
		    "large", a->path);
	return 0;
}
