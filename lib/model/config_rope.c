#include <math.h>
#include <string.h>

#include "model/config_reader.h"

static void
read_yarn(struct jk_cfg *r, struct jk_rope_scaling *s, const json_t *scaling)
{
	double mscale = jk_cfg_real(r, scaling, "mscale", 0);
	double all = jk_cfg_real(r, scaling, "mscale_all_dim", 0);
	const json_t *truncate = jk_cfg_member(scaling, "truncate");

	s->beta_fast = jk_cfg_real(r, scaling, "beta_fast", 0);
	s->beta_slow = jk_cfg_real(r, scaling, "beta_slow", 0);
	/* as transformers takes 0 */
	s->beta_fast = s->beta_fast == 0 ? 32 : s->beta_fast;
	s->beta_slow = s->beta_slow == 0 ? 1 : s->beta_slow;
	s->truncate = !json_is_false(truncate);
	if (s->attention_factor == 0 && mscale != 0 && all != 0 &&
	    s->factor > 1)
		s->attention_factor = (1 + 0.1 * mscale * log(s->factor)) /
		    (1 + 0.1 * all * log(s->factor));
}

/* The factors of texts within the original length, and beyond. */
static void
read_longrope(struct jk_cfg *r, struct jk_config *c, const json_t *scaling)
{
	const json_t *list = jk_cfg_member(scaling, "short_factor");
	const json_t *longer = jk_cfg_member(scaling, "long_factor");
	size_t i, n = c->rotary_dim / 2;

	if (json_array_size(list) != n || json_array_size(longer) != n) {
		jk_cfg_fail(r, "not a factor for each pair of features in",
		    "short_factor, long_factor");
		return;
	}
	for (i = 0; i < n; i++) {
		c->rope_factors[i] = (float)json_number_value(
		    json_array_get(list, i));
		c->rope_long_factors[i] = (float)json_number_value(
		    json_array_get(longer, i));
	}
}

/*
 * Whether there is a fixed alpha: then the base is theta alpha^(D / (D - 2)) for
 * texts of every length, which is how GGUF has it as well.
 */
static bool
read_alpha(struct jk_cfg *r, struct jk_config *c, const json_t *scaling)
{
	const double dim = c->head_dim;
	double alpha = c->family->has_alpha ? jk_cfg_real(r, scaling, "alpha",
	    0) : 0;

	if (alpha == 0)
		return false;
	if (!(alpha >= 1 && alpha <= 1e6) || c->head_dim <= 2)
		jk_cfg_fail(r, "bad", "alpha");
	else
		c->rope_theta *= pow(alpha, dim / (dim - 2));
	return true;
}

static void
read_scaling(struct jk_cfg *r, struct jk_config *c, const json_t *scaling)
{
	static const char *const types[] = {
		[JK_ROPE_SCALING_NONE] = "default",
		[JK_ROPE_SCALING_LINEAR] = "linear",
		[JK_ROPE_SCALING_LLAMA3] = "llama3",
		[JK_ROPE_SCALING_YARN] = "yarn",
		[JK_ROPE_SCALING_DYNAMIC] = "dynamic",
		[JK_ROPE_SCALING_LONGROPE] = "longrope",
		[JK_ROPE_SCALING_PROPORTIONAL] = "proportional"
	};
	static const char original[] = "original_max_position_embeddings";
	struct jk_rope_scaling *s = &c->rope_scaling;
	const char *type = jk_json_get_string(scaling, "rope_type");
	double length = c->family->absent.original_positions ?
	    c->family->absent.original_positions : c->max_position_embeddings;
	size_t kind, n = sizeof types / sizeof *types;

	if (!type)
		type = jk_json_get_string(scaling, "type");
	/* without a type it is "default", whatever else is there */
	if (!type)
		return;
	if (c->family->has_longrope && (strcmp(type, "su") == 0 ||
	    strcmp(type, "yarn") == 0))
		type = types[JK_ROPE_SCALING_LONGROPE];
	for (kind = 0; kind < n && strcmp(types[kind], type) != 0; kind++)
		;
	if (kind == n) {
		jk_cfg_fail(r, "unsupported RoPE scaling; take a model that "
		    "has none, or one that jk-info(1) names, not", type);
		return;
	}
	s->kind = (enum jk_rope_scaling_kind)kind;
	if (s->kind == JK_ROPE_SCALING_DYNAMIC && read_alpha(r, c, scaling))
		s->kind = JK_ROPE_SCALING_NONE;
	if (s->kind == JK_ROPE_SCALING_NONE)
		return;
	/* the outer one before the inner, as in transformers */
	length = jk_cfg_real(r, scaling, original, length);
	length = jk_cfg_real(r, r->json, original, length);
	s->original_max_position_embeddings = length;
	s->factor = jk_cfg_real(r, scaling, "factor",
	    s->kind == JK_ROPE_SCALING_YARN ||
	    s->kind == JK_ROPE_SCALING_LONGROPE ?
	    c->max_position_embeddings / length :
	    s->kind == JK_ROPE_SCALING_PROPORTIONAL);
	s->low_freq_factor = jk_cfg_real(r, scaling, "low_freq_factor", 0);
	s->high_freq_factor = jk_cfg_real(r, scaling, "high_freq_factor", 0);
	s->attention_factor = jk_cfg_real(r, scaling, "attention_factor", 0);
	if (s->kind == JK_ROPE_SCALING_YARN)
		read_yarn(r, s, scaling);
	else if (s->kind == JK_ROPE_SCALING_LONGROPE)
		read_longrope(r, c, scaling);
}

/*
 * Whether all features of a head have angles, most of which may be 0
 * ("proportional"): by rope_parameters, or without them, as Gemma 4 has it.
 */
static bool
read_proportional(struct jk_cfg *r, struct jk_config *c, const json_t *p)
{
	const char *type = jk_json_get_string(p, "rope_type");
	const bool is_so = p ? type && strcmp(type, "proportional") == 0 :
	    c->family->has_per_layer;

	if (!is_so)
		return false;
	c->rope_scaling.share = p ? jk_cfg_real(r, p, "partial_rotary_factor",
	    1) : 0.25;
	c->rotary_dim = c->full_head_dim ? c->full_head_dim : c->head_dim;
	if (!p) {
		c->rope_scaling.kind = JK_ROPE_SCALING_PROPORTIONAL;
		c->rope_scaling.factor = 1;
	}
	return true;
}

/* How many features RoPE turns; `p` is rope_parameters, or NULL. */
static void
read_rotary(struct jk_cfg *r, struct jk_config *c, const json_t *p)
{
	const double share = c->family->absent.partial_rotary_factor;
	double factor = jk_cfg_real(r, r->json, "partial_rotary_factor",
	    share > 0 ? share : 1);

	if (read_proportional(r, c, p))
		return;
	if (p)
		factor = jk_cfg_real(r, p, "partial_rotary_factor", factor);
	if ((share <= 0 && factor != 1) || !(factor > 0 && factor <= 1))
		jk_cfg_fail(r, "not supported: take a model without",
		    "partial_rotary_factor");
	else
		c->rotary_dim = (uint32_t)((c->full_head_dim ?
		    c->full_head_dim : c->head_dim) * factor);
}

/* Which layers are without RoPE, where a family has such. */
static void
read_no_rope(struct jk_cfg *r, struct jk_config *c)
{
	const json_t *list = jk_cfg_member(r->json, "no_rope_layers");
	uint32_t i, period;

	if (!c->family->no_rope_period)
		return;
	period = jk_cfg_size(r, "no_rope_layer_interval",
	    c->family->no_rope_period, INT32_MAX);
	if (list && json_array_size(list) != c->n_layers)
		jk_cfg_fail(r, "not a number for each layer:",
		    "no_rope_layers");
	/* 1 is a layer that has it */
	for (i = 0; i < c->n_layers; i++)
		c->no_rope[i] = list ? json_integer_value(json_array_get(list,
		    i)) == 0 : (i + 1) % period == 0;
	jk_cfg_refuse(r, "use_sliding_window");
}

/*
 * Which features turn by which angles: the older form (rope_theta,
 * rope_scaling) or that of transformers 5.
 */
static void
read_angles(struct jk_cfg *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;
	const json_t *p = jk_cfg_member(r->json, "rope_parameters");
	const json_t *scaling = jk_cfg_member(r->json, "rope_scaling");
	const json_t *local = NULL;

	c->rope_theta = jk_cfg_real(r, r->json, "rope_theta",
	    f->absent.rope_theta);
	if (f->absent.rope_local_theta > 0)
		c->rope_local_theta = jk_cfg_real(r, r->json,
		    "rope_local_base_freq", f->absent.rope_local_theta);
	if (p) {
		if (jk_cfg_member(p, "full_attention")) {
			local = jk_cfg_member(p, "sliding_attention");
			p = jk_cfg_member(p, "full_attention");
		}
		c->rope_theta = jk_cfg_real(r, p, "rope_theta", c->rope_theta);
		if (f->absent.rope_local_theta > 0)
			c->rope_local_theta = jk_cfg_real(r, local,
			    "rope_theta", c->rope_local_theta);
		if (!scaling)
			scaling = p;
	}
	read_rotary(r, c, p);
	read_scaling(r, c, scaling);
	if (local && jk_json_get_string(local, "rope_type") &&
	    strcmp(jk_json_get_string(local, "rope_type"), "default") != 0)
		jk_cfg_fail(r, "unsupported RoPE scaling; take a model that "
		    "has none in", "sliding_attention");
}

void
jk_cfg_read_rope(struct jk_cfg *r, struct jk_config *c)
{
	read_angles(r, c);
	read_no_rope(r, c);
}
