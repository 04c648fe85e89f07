#include "model/config_gguf_reader.h"

#include <math.h>
#include <string.h>

/* llama.cpp multiplies its factors with the rule's. */
static void
read_yarn(struct jk_gcfg *r, struct jk_config *c)
{
	struct jk_rope_scaling *s = &c->rope_scaling;

	*s = (struct jk_rope_scaling){ .kind = JK_ROPE_SCALING_YARN,
		.factor = jk_gcfg_real(r, "rope.scaling.factor", NAN),
		.original_max_position_embeddings = jk_gcfg_size(r,
		    "rope.scaling.original_context_length",
		    c->max_position_embeddings, INT32_MAX),
		.beta_fast = jk_gcfg_real(r, "rope.scaling.yarn_beta_fast", 32),
		.beta_slow = jk_gcfg_real(r, "rope.scaling.yarn_beta_slow", 1),
		.truncate = true };
	s->attention_factor = jk_yarn_attention(s->factor) *
	    jk_gcfg_real(r, "rope.scaling.attn_factor", 1) *
	    jk_gcfg_real(r, "rope.scaling.yarn_attn_factor", 1);
	if (jk_gcfg_real(r, "rope.scaling.yarn_ext_factor", 1) != 1 ||
	    jk_gcfg_real(r, "rope.scaling.yarn_log_multiplier", 0) != 0)
		jk_fail(jk_gcfg_error(r), JK_EDATA, "unsupported RoPE scaling: "
		    "yarn with an extrapolation factor or a multiplier of its "
		    "own; take a model without");
}

/* n numbers of F32; NULL, having failed, of another form. */
static const float *
get_factors(struct jk_gcfg *r, const char *name, uint32_t n)
{
	const struct jk_tensor *t = jk_gguf_tensor(r->gguf, name);

	if (t && t->dtype == JK_F32 && t->n_dims == 1 && t->shape[0] == n)
		return t->data;
	jk_fail(jk_gcfg_error(r), JK_EDATA, "%s is not F32 [%u]", name, n);
	return NULL;
}

/* Whether it is that; llama.cpp takes what suits the length of its context. */
static bool
read_longrope(struct jk_gcfg *r, struct jk_config *c)
{
	const uint32_t n = c->rotary_dim / 2;
	struct jk_rope_scaling *s = &c->rope_scaling;
	const float *near, *far;

	if (!c->family->has_longrope ||
	    (!jk_gguf_tensor(r->gguf, "rope_factors_short.weight") &&
	    !jk_gguf_tensor(r->gguf, "rope_factors_long.weight")))
		return false;
	*s = (struct jk_rope_scaling){ .kind = JK_ROPE_SCALING_LONGROPE,
		.original_max_position_embeddings = jk_gcfg_size(r,
		    "rope.scaling.original_context_length",
		    c->max_position_embeddings, INT32_MAX),
		.attention_factor = jk_gcfg_real(r, "rope.scaling.attn_factor",
		    1) };
	s->factor = c->max_position_embeddings /
	    s->original_max_position_embeddings;
	near = get_factors(r, "rope_factors_short.weight", n);
	far = get_factors(r, "rope_factors_long.weight", n);
	if (near && far) {
		memcpy(c->rope_factors, near, n * sizeof *near);
		memcpy(c->rope_long_factors, far, n * sizeof *far);
	}
	return true;
}

void
jk_gcfg_read_rope(struct jk_gcfg *r, struct jk_config *c)
{
	const uint32_t n = c->rotary_dim / 2;
	const float *factors;
	const struct jk_family *f = c->family;
	struct jk_gguf_string type;
	char name[JK_GCFG_NAME_BYTES];

	c->rope_theta = jk_gcfg_real(r, "rope.freq_base", f->absent.rope_theta);
	if (f->absent.rope_local_theta > 0)
		c->rope_local_theta = jk_gcfg_real(r, "rope.freq_base_swa",
		    f->absent.rope_local_theta);
	if (read_longrope(r, c))
		return;
	if (jk_gguf_tensor(r->gguf, "rope_freqs.weight")) {
		factors = get_factors(r, "rope_freqs.weight", n);
		c->rope_scaling.kind = JK_ROPE_SCALING_FACTORS;
		if (factors)
			memcpy(c->rope_factors, factors, n * sizeof *factors);
		return;
	}
	jk_gcfg_key(r, "rope.scaling.type", name);
	if (!jk_gguf_get_string(r->gguf, name, &type) ||
	    (type.n == 4 && memcmp(type.s, "none", 4) == 0))
		return;
	if (type.n == 4 && memcmp(type.s, "yarn", 4) == 0) {
		read_yarn(r, c);
		return;
	}
	if (type.n != 6 || memcmp(type.s, "linear", 6) != 0) {
		jk_fail(jk_gcfg_error(r), JK_EDATA, "unsupported RoPE scaling "
		    "(%.*s): take a model that has none, or one that "
		    "jk-info(1) names", type.n < 100 ? (int)type.n : 100, type.s);
		return;
	}
	c->rope_scaling.kind = JK_ROPE_SCALING_LINEAR;
	c->rope_scaling.factor = jk_gcfg_real(r, "rope.scaling.factor", NAN);
}
