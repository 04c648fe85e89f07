#include "model/adapter_gguf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/weight_form.h"
#include "model/weight_id.h"

static bool
says(const struct jk_gguf *g, const char *key, const char *want)
{
	struct jk_gguf_string s;

	return jk_gguf_get_string(g, key, &s) && s.n == strlen(want) &&
	    memcmp(s.s, want, s.n) == 0;
}

/* Whether it has the rows, or for A the columns, of its weight. */
static bool
has_shape(const struct jk_config *c, uint32_t layer, enum jk_module proj,
    enum jk_lora_kind kind, const struct jk_tensor *t)
{
	uint64_t rows, columns;

	jk_module_shape(c, layer, proj, &rows, &columns);
	return kind == JK_LORA_A ? t->shape[1] == columns :
	    t->shape[0] == rows;
}

/*
 * A matrix, where the file has it, in f32 and Hugging Face's order; `known`
 * [gguf's tensors] marks it.
 */
static int
take(struct jk_adapter *a, const struct jk_config *c, uint32_t layer,
    enum jk_module proj, enum jk_lora_kind kind, bool *known,
    struct jk_err *err)
{
	struct jk_tensor *out = &a->file.tensors[a->file.n_tensors];
	char *name = a->names + a->file.n_tensors * JK_WEIGHT_NAME_BYTES;
	const struct jk_tensor *t;
	size_t n, rows;
	float *w;

	jk_lora_gguf_name(c, layer, proj, kind, name);
	t = jk_gguf_tensor(&a->gguf, name);
	if (!t)
		return 0;
	if (t->n_dims != 2)
		return jk_fail(err, JK_EDATA, "%s: %s is no matrix", a->path,
		    t->name);
	rows = (size_t)t->shape[0];
	if (kind == JK_LORA_A && (rows < 1 || rows > JK_MAX_RANK))
		return jk_fail(err, JK_EDATA, "%s: %s has rank %zu, none from "
		    "1 to %d", a->path, t->name, rows, JK_MAX_RANK);
	if (kind == JK_LORA_A)
		a->rank = (uint32_t)rows;	/* of any */
	known[t - a->gguf.tensors] = true;
	n = jk_tensor_count(t);
	w = jk_tensor_to_f32(t, err);
	/* other shapes are refused later */
	if (w && jk_lora_is_reordered(c, proj, kind) && n > 0 &&
	    has_shape(c, layer, proj, kind, t))
		w = jk_floats_from_gguf_order(c, proj, w, t, err);
	if (!w)
		return -1;
	a->copies[a->n_copies++] = w;
	*out = *t;
	jk_lora_name(c, layer, proj, kind, name);
	out->name = name;
	out->dtype = JK_F32;
	out->data = w;
	out->size_bytes = n * sizeof *w;
	a->file.n_tensors++;
	return 0;
}

static int
take_all(struct jk_adapter *a, const struct jk_config *c, bool *known,
    struct jk_err *err)
{
	size_t i, n_others;
	uint32_t l;
	int p, kind;

	for (l = 0; l < c->n_layers; l++)
		for (p = 0; p < JK_N_PROJS; p++)
			for (kind = 0; kind < JK_N_LORA_MATRICES; kind++)
				/* two have one name there */
				if (jk_layer_has_module(c, l,
				    (enum jk_module)p) && take(a, c, l,
				    (enum jk_module)p,
				    (enum jk_lora_kind)kind, known, err) < 0)
					return -1;
	n_others = a->gguf.n_tensors - a->file.n_tensors;
	for (i = 0; n_others > 0 && known[i]; i++)
		;
	if (n_others > 0)
		return jk_adapter_fail_others(a, c, n_others,
		    a->gguf.tensors[i].name, err);
	jk_tensors_sort(a->file.tensors, a->file.n_tensors);
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
	if (!says(g, "general.architecture", c->family->gguf_name))
		return jk_fail(err, JK_EDATA, "%s: not of the architecture "
		    "%s", a->path, c->family->gguf_name);
	/* it works from these tokens on only */
	if (jk_gguf_find(g, "adapter.alora.invocation_tokens"))
		return jk_fail(err, JK_EDATA, "%s: adapters with "
		    "adapter.alora.invocation_tokens are not supported",
		    a->path);
	if (!jk_gguf_get_real(g, "adapter.lora.alpha", &a->alpha) ||
	    !(a->alpha > 0 && isfinite((float)a->alpha)))
		return jk_fail(err, JK_EDATA, "%s: bad or missing "
		    "adapter.lora.alpha", a->path);
	a->file.tensors = calloc(g->n_tensors + 1, sizeof *a->file.tensors);
	a->copies = calloc(g->n_tensors + 1, sizeof *a->copies);
	a->names = calloc(g->n_tensors + 1, JK_WEIGHT_NAME_BYTES);
	if (!a->file.tensors || !a->copies || !a->names)
		return jk_fail_nomem(err);
	known = calloc(g->n_tensors + 1, sizeof *known);
	r = known ? take_all(a, c, known, err) : jk_fail_nomem(err);
	free(known);
	return r;	/* without any tensor, jk_adapter_check says so */
}
