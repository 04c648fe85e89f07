#include <math.h>
#include <string.h>

#include "model/config.h"
#include "model/config_keys.h"

/* One config.json being read; the first error sticks. */
struct reader {
	const json_t *json;
	const json_t *whole;	/* the model of more than text; or NULL */
	struct jk_err *err;
	bool failed;
};

static void
fail(struct reader *r, const char *what, const char *key)
{
	if (!r->failed)
		jk_fail(r->err, JK_EDATA, "config.json: %s %s", what, key);
	r->failed = true;
}

/* A member, NULL if absent or null. */
static const json_t *
member(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_null(v) ? NULL : v;
}

/* An integer from 1 to `max`; `absent` 0: it must be there. */
static uint32_t
get_size(struct reader *r, const char *key, uint32_t absent, uint32_t max)
{
	const json_t *v = member(r->json, key);

	if (!v) {
		if (!absent)
			fail(r, "no", key);
		return absent ? absent : 1;
	}
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
	    json_integer_value(v) > max) {
		fail(r, "bad", key);
		return 1;
	}
	return (uint32_t)json_integer_value(v);
}

/* The same where larger means no limit, as transformers writes one. */
static uint32_t
get_limit(struct reader *r, const char *key, uint32_t absent, uint32_t max)
{
	const json_t *v = member(r->json, key);

	return json_is_number(v) && json_number_value(v) > max ? max :
	    get_size(r, key, absent, max);
}

static double
get_real(struct reader *r, const json_t *object, const char *key,
    double absent)
{
	const json_t *v = member(object, key);

	if (!v)
		return absent;
	if (!json_is_number(v)) {
		fail(r, "bad", key);
		return absent;
	}
	return json_number_value(v);
}

static bool
get_bool(struct reader *r, const char *key, bool absent)
{
	const json_t *v = member(r->json, key);

	if (!v)
		return absent;
	if (!json_is_boolean(v))
		fail(r, "bad", key);
	return json_is_true(v);
}

/* A switch that the decoder lacks must be off. */
static void
refuse(struct reader *r, const char *key)
{
	const json_t *v = member(r->json, key);

	if (v && !json_is_false(v))
		fail(r, "not supported:", key);
}

static int64_t
get_id(struct reader *r, const json_t *v, const char *key)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > INT32_MAX) {
		fail(r, "bad", key);
		return 0;
	}
	return json_integer_value(v);
}

/* eos_token_id of config.json or generation_config.json: one or a list. */
static void
add_end_ids(struct reader *r, struct jk_config *c, const json_t *json)
{
	const json_t *v = member(json, "eos_token_id"), *one;
	size_t i, n = json_is_array(v) ? json_array_size(v) : v != NULL;

	for (i = 0; i < n && !r->failed; i++) {
		int64_t id;

		one = json_is_array(v) ? json_array_get(v, i) : v;
		id = get_id(r, one, "eos_token_id");
		if (r->failed || jk_config_add_end_id(c, id, r->err) < 0) {
			r->failed = true;
			return;
		}
	}
}

int
jk_config_ids_from_json(struct jk_config *c, const json_t *json,
    const json_t *generation, struct jk_err *err)
{
	struct reader reader = { .json = jk_config_text_part(json),
		.whole = json, .err = err }, *r = &reader;
	static const char *const keys[] = { "bos_token_id", "pad_token_id" };
	int64_t *const ids[] = { &c->bos_id, &c->pad_id };
	const json_t *v;
	int i;

	for (i = 0; i < 2; i++) {
		v = member(r->json, keys[i]);
		if (!v)
			v = member(r->whole, keys[i]);
		if (!v)
			v = member(generation, keys[i]);
		/* some published files hold -1 for none */
		if (json_is_integer(v) && json_integer_value(v) == -1)
			v = NULL;
		*ids[i] = v ? get_id(r, v, keys[i]) : -1;
	}
	c->unk_id = -1;
	add_end_ids(r, c, r->whole);
	add_end_ids(r, c, r->json);
	c->eos_id = c->n_end_ids ? (int64_t)c->end_ids[0] : -1;
	add_end_ids(r, c, generation);
	if (c->eos_id < 0 && c->n_end_ids)
		c->eos_id = c->end_ids[0];
	return r->failed ? -1 : 0;
}

static void
read_yarn(struct reader *r, struct jk_rope_scaling *s, const json_t *scaling)
{
	double mscale = get_real(r, scaling, "mscale", 0);
	double all = get_real(r, scaling, "mscale_all_dim", 0);
	const json_t *truncate = member(scaling, "truncate");

	s->beta_fast = get_real(r, scaling, "beta_fast", 0);
	s->beta_slow = get_real(r, scaling, "beta_slow", 0);
	/* as transformers takes 0 */
	s->beta_fast = s->beta_fast == 0 ? 32 : s->beta_fast;
	s->beta_slow = s->beta_slow == 0 ? 1 : s->beta_slow;
	s->truncate = !json_is_false(truncate);
	if (s->attention_factor == 0 && mscale != 0 && all != 0 &&
	    s->factor > 1)
		s->attention_factor = (1 + 0.1 * mscale * log(s->factor)) /
		    (1 + 0.1 * all * log(s->factor));
}

/* The factors of texts within the original length. */
static void
read_longrope(struct reader *r, struct jk_config *c, const json_t *scaling)
{
	const json_t *list = member(scaling, "short_factor");
	const json_t *longer = member(scaling, "long_factor");
	size_t i, n = c->rotary_dim / 2;

	if (json_array_size(list) != n || json_array_size(longer) != n) {
		fail(r, "not a factor for each pair of features in",
		    "short_factor, long_factor");
		return;
	}
	for (i = 0; i < n; i++)
		c->rope_factors[i] = (float)json_number_value(
		    json_array_get(list, i));
}

static void
read_scaling(struct reader *r, struct jk_config *c, const json_t *scaling)
{
	static const char *const types[] = {
		[JK_ROPE_SCALING_NONE] = "default",
		[JK_ROPE_SCALING_LINEAR] = "linear",
		[JK_ROPE_SCALING_LLAMA3] = "llama3",
		[JK_ROPE_SCALING_YARN] = "yarn",
		[JK_ROPE_SCALING_DYNAMIC] = "dynamic",
		[JK_ROPE_SCALING_LONGROPE] = "longrope"
	};
	static const char original[] = "original_max_position_embeddings";
	struct jk_rope_scaling *s = &c->rope_scaling;
	const char *type = jk_json_get_string(scaling, "rope_type");
	double length = c->max_position_embeddings;
	size_t kind, n = sizeof types / sizeof *types;

	if (!type)
		type = jk_json_get_string(scaling, "type");
	/* without a type it is "default", whatever else is there */
	if (!type)
		return;
	for (kind = 0; kind < n && strcmp(types[kind], type) != 0; kind++)
		;
	if (kind == n) {
		fail(r, "unsupported RoPE scaling:", type);
		return;
	}
	s->kind = (enum jk_rope_scaling_kind)kind;
	if (s->kind == JK_ROPE_SCALING_NONE)
		return;
	/* the outer one before the inner, as in transformers */
	length = get_real(r, scaling, original, length);
	length = get_real(r, r->json, original, length);
	s->original_max_position_embeddings = length;
	s->factor = get_real(r, scaling, "factor",
	    s->kind == JK_ROPE_SCALING_YARN ||
	    s->kind == JK_ROPE_SCALING_LONGROPE ?
	    c->max_position_embeddings / length : 0);
	s->low_freq_factor = get_real(r, scaling, "low_freq_factor", 0);
	s->high_freq_factor = get_real(r, scaling, "high_freq_factor", 0);
	s->attention_factor = get_real(r, scaling, "attention_factor", 0);
	if (s->kind == JK_ROPE_SCALING_YARN)
		read_yarn(r, s, scaling);
	else if (s->kind == JK_ROPE_SCALING_LONGROPE)
		read_longrope(r, c, scaling);
}

/* How many features RoPE turns; `p` is rope_parameters, or NULL. */
static void
read_rotary(struct reader *r, struct jk_config *c, const json_t *p)
{
	const double share = c->family->absent.partial_rotary_factor;
	double factor = get_real(r, r->json, "partial_rotary_factor",
	    share > 0 ? share : 1);

	if (p)
		factor = get_real(r, p, "partial_rotary_factor", factor);
	if ((share <= 0 && factor != 1) || !(factor > 0 && factor <= 1))
		fail(r, "not supported:", "partial_rotary_factor");
	else
		c->rotary_dim = (uint32_t)(c->head_dim * factor);
}

/* The older form (rope_theta, rope_scaling) or that of transformers 5. */
static void
read_rope(struct reader *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;
	const json_t *p = member(r->json, "rope_parameters"), *local = NULL;
	const json_t *scaling = member(r->json, "rope_scaling");

	c->rope_theta = get_real(r, r->json, "rope_theta",
	    f->absent.rope_theta);
	if (f->absent.rope_local_theta > 0)
		c->rope_local_theta = get_real(r, r->json,
		    "rope_local_base_freq", f->absent.rope_local_theta);
	if (p) {
		if (member(p, "full_attention")) {
			local = member(p, "sliding_attention");
			p = member(p, "full_attention");
		}
		c->rope_theta = get_real(r, p, "rope_theta", c->rope_theta);
		if (f->absent.rope_local_theta > 0)
			c->rope_local_theta = get_real(r, local, "rope_theta",
			    c->rope_local_theta);
		if (!scaling)
			scaling = p;
	}
	read_rotary(r, c, p);
	read_scaling(r, c, scaling);
	if (local && jk_json_get_string(local, "rope_type") &&
	    strcmp(jk_json_get_string(local, "rope_type"), "default") != 0)
		fail(r, "unsupported RoPE scaling of", "sliding_attention");
}

/* Layers of linear attention: which, and what of. */
static void
read_linear(struct reader *r, struct jk_config *c)
{
	const json_t *types = member(r->json, "layer_types");
	const char *type;
	uint32_t i;

	if (!c->family->has_linear)
		return;
	c->linear.n_k_heads = get_size(r, "linear_num_key_heads", 16, 1 << 10);
	c->linear.n_v_heads = get_size(r, "linear_num_value_heads", 32,
	    1 << 10);
	c->linear.key_dim = get_size(r, "linear_key_head_dim", 128,
	    JK_MAX_LINEAR_DIM);
	c->linear.value_dim = get_size(r, "linear_value_head_dim", 128,
	    JK_MAX_LINEAR_DIM);
	c->linear.kernel = get_size(r, "linear_conv_kernel_dim", 4,
	    JK_MAX_LINEAR_KERNEL);
	jk_config_linear_but_every(c, get_size(r, "full_attention_interval", 4,
	    INT32_MAX));
	if (types && json_array_size(types) != c->n_layers)
		fail(r, "bad", "layer_types");
	for (i = 0; types && i < c->n_layers; i++) {
		type = json_string_value(json_array_get(types, i));
		if (!type || !jk_layer_kind_parse(type, &c->layer_kinds[i]) ||
		    c->layer_kinds[i] == JK_LAYER_SLIDING_ATTENTION)
			fail(r, "unknown kind of attention:",
			    type ? type : "?");
	}
	if (!get_bool(r, "attn_output_gate", true))
		fail(r, "not supported without", "attn_output_gate");
}

/* Which layers are without RoPE, where a family has such. */
static void
read_no_rope(struct reader *r, struct jk_config *c)
{
	const json_t *list = member(r->json, "no_rope_layers");
	uint32_t i, period;

	if (!c->family->no_rope_period)
		return;
	period = get_size(r, "no_rope_layer_interval",
	    c->family->no_rope_period, INT32_MAX);
	if (list && json_array_size(list) != c->n_layers)
		fail(r, "not a number for each layer:", "no_rope_layers");
	/* 1 is a layer that has it */
	for (i = 0; i < c->n_layers; i++)
		c->no_rope[i] = list ? json_integer_value(json_array_get(list,
		    i)) == 0 : (i + 1) % period == 0;
	refuse(r, "use_sliding_window");
}

/* Which layers look through the window, and how wide it is. */
static void
read_window(struct reader *r, struct jk_config *c)
{
	const json_t *types = member(r->json, "layer_types");
	const enum jk_window_rule rule = c->family->window;
	uint32_t i, pattern = 6, first = 0;
	const char *type;
	bool slides;

	if (rule == JK_WINDOW_NONE)
		return;
	/* absent is the default, null is none */
	if (json_is_null(json_object_get(r->json, "sliding_window")))
		return;
	if (rule == JK_WINDOW_UPPER &&
	    !get_bool(r, "use_sliding_window", false))
		return;
	c->sliding_window = get_limit(r, "sliding_window", 4096, INT32_MAX);
	if (rule == JK_WINDOW_UPPER) {
		const json_t *v = member(r->json, "max_window_layers");

		first = v && json_is_integer(v) && json_integer_value(v) >= 0
		    && json_integer_value(v) < UINT32_MAX ?
		    (uint32_t)json_integer_value(v) : 28;
	}
	if (rule == JK_WINDOW_PERIOD)
		pattern = get_size(r, member(r->json, "sliding_window_pattern")
		    ? "sliding_window_pattern" : "_sliding_window_pattern", 6,
		    INT32_MAX);
	if (types && json_array_size(types) != c->n_layers) {
		fail(r, "bad", "layer_types");
		return;
	}
	for (i = 0; i < c->n_layers; i++) {
		slides = rule == JK_WINDOW_PERIOD ? (i + 1) % pattern != 0 :
		    i >= first;
		c->layer_kinds[i] = slides ? JK_LAYER_SLIDING_ATTENTION :
		    JK_LAYER_FULL_ATTENTION;
		type = json_string_value(json_array_get(types, i));
		if (types && (!type || !jk_layer_kind_parse(type,
		    &c->layer_kinds[i])))
			fail(r, "unknown kind of attention:",
			    type ? type : "?");
	}
}

static void
read_activation(struct reader *r, struct jk_config *c)
{
	const char *name = jk_json_get_string(r->json,
	    c->family->activation_key);

	/* without one it is the family's */
	if (!name)
		return;
	if (!c->ungated &&
	    (strcmp(name, "silu") == 0 || strcmp(name, "swish") == 0))
		c->activation = JK_ACTIVATION_SILU;
	/* two names of one function */
	else if (strcmp(name, "gelu_pytorch_tanh") == 0 ||
	    strcmp(name, "gelu_new") == 0)
		c->activation = JK_ACTIVATION_GELU_TANH;
	else if (c->ungated)
		fail(r, "the feed-forward part is made for gelu_new alone, "
		    "not for", name);
	else
		fail(r, "unsupported activation:", name);
}

/* Sizes and the shape of attention. */
static void
read_sizes(struct reader *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;
	const struct jk_config_keys *k = &jk_config_keys[f->naming];
	double scalar = f->absent.query_pre_attn_scalar;

	c->hidden_size = get_size(r, k->hidden_size, f->absent.hidden_size,
	    1 << 20);
	c->intermediate_size = get_size(r, k->intermediate_size,
	    f->absent.n_inner ? f->absent.n_inner * c->hidden_size :
	    f->absent.intermediate_size, 1 << 24);
	c->n_layers = get_size(r, k->n_layers, f->absent.n_layers,
	    JK_MAX_LAYERS);
	c->n_heads = get_size(r, k->n_heads, f->absent.n_heads, 1 << 16);
	c->n_kv_heads = get_size(r, "num_key_value_heads",
	    f->absent.n_kv_heads ? f->absent.n_kv_heads : c->n_heads, 1 << 16);
	c->head_dim = get_size(r, "head_dim", f->absent.head_dim ?
	    f->absent.head_dim : c->hidden_size < c->n_heads ? 1 :
	    c->hidden_size / c->n_heads, JK_MAX_HEAD_DIM);
	c->vocab_size = get_size(r, "vocab_size", f->absent.vocab_size,
	    1 << 26);
	c->max_position_embeddings = get_limit(r, k->max_position_embeddings,
	    f->absent.max_position_embeddings, INT32_MAX);
	c->rms_norm_eps = (float)get_real(r, r->json, k->norm_eps,
	    f->absent.norm_eps > 0 ? f->absent.norm_eps : 1e-6);
	c->tie_word_embeddings = r->whole &&
	    member(r->whole, "tie_word_embeddings") ?
	    json_is_true(member(r->whole, "tie_word_embeddings")) :
	    get_bool(r, "tie_word_embeddings", f->absent.tie_word_embeddings);
	scalar = scalar > 0 ? get_real(r, r->json, "query_pre_attn_scalar",
	    scalar) : (double)c->head_dim;
	c->attention_scale = (float)(1 / sqrt(scalar));
}

/* Members that switch on what the decoder has not. */
static void
refuse_others(struct reader *r, const struct jk_config *c)
{
	const json_t *scaled = member(r->json, "scale_attn_weights");

	if (!c->qkv_bias)
		refuse(r, "attention_bias");
	if (json_is_false(scaled))
		fail(r, "not supported:", "scale_attn_weights false");
	refuse(r, "scale_attn_by_inverse_layer_idx");
	refuse(r, "add_cross_attention");
	refuse(r, "mlp_bias");
	refuse(r, "final_logit_softcapping");
	refuse(r, "attn_logit_softcapping");
	refuse(r, "use_bidirectional_attention");
	refuse(r, "quantization_config");
}

const json_t *
jk_config_text_part(const json_t *json)
{
	const char *type = jk_json_get_string(json, "model_type");
	const json_t *text = member(json, "text_config");
	size_t i;

	for (i = 0; type && json_is_object(text) && i < jk_n_families; i++)
		if (jk_families[i].whole_type &&
		    strcmp(type, jk_families[i].whole_type) == 0)
			return text;
	return json;
}

int
jk_config_from_json(struct jk_config *config, const json_t *json,
    const json_t *generation, struct jk_err *err)
{
	struct reader r = { .err = err };
	struct jk_config *c = config;
	const char *type = jk_json_get_string(json, "model_type");

	*c = (struct jk_config){ 0 };
	if (!json_is_object(json))
		return jk_fail(err, JK_EDATA, "config.json: not an object");
	r.json = jk_config_text_part(json);
	if (r.json != json) {
		r.whole = json;
		type = jk_json_get_string(r.json, "model_type");
	} else if (member(json, "text_config")) {
		return jk_fail(err, JK_EDATA, "config.json: a model of more "
		    "than text is not supported (%.100s): take a GGUF file of "
		    "it, which holds the text part alone, or a text-only "
		    "model", type ? type : "no model_type");
	}
	if (!type)
		return jk_fail(err, JK_EDATA, "config.json: no model_type");
	c->family = jk_family_by_type(type);
	if (!c->family)
		return jk_fail(err, JK_EDATA, "config.json: unknown "
		    "architecture: %s", type);
	c->is_part = r.whole && c->family->whole_prefix;
	read_sizes(&r, c);
	jk_config_take_family(c);
	refuse_others(&r, c);
	read_activation(&r, c);
	read_rope(&r, c);
	read_no_rope(&r, c);
	read_window(&r, c);
	read_linear(&r, c);
	if (r.failed || jk_config_ids_from_json(c, json, generation, err) < 0)
		return -1;
	if (jk_config_finish(c, err) < 0)
		return jk_fail_prefix(err, "config.json");
	return 0;
}
