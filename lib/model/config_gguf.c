#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "model/config_write.h"

struct reader {
	const struct jk_gguf *gguf;
	char arch[32];
	struct jk_err *err;
	bool failed;
};

/* "ARCH.key", in a buffer of the caller. */
static const char *
full_key(const struct reader *r, const char *key, char buf[128])
{
	snprintf(buf, 128, "%s.%s", r->arch, key);
	return buf;
}

/*
 * An integer from 1 to `max`, as is what stands for one that is absent; `absent`
 * 0: it must be there.
 */
static uint32_t
get_size(struct reader *r, const char *key, uint32_t absent, uint32_t max)
{
	char name[128];
	int64_t v;

	full_key(r, key, name);
	if (!jk_gguf_find(r->gguf, name) && absent && absent <= max)
		return absent;
	if (jk_gguf_get_int(r->gguf, name, &v) && v >= 1 && v <= max)
		return (uint32_t)v;
	if (!r->failed)
		jk_fail(r->err, JK_EDATA, "bad or missing %s", name);
	r->failed = true;
	return 1;
}

static double
get_real(struct reader *r, const char *key, double absent)
{
	char name[128];
	double v = absent;

	if (!jk_gguf_get_real(r->gguf, full_key(r, key, name), &v) &&
	    (jk_gguf_find(r->gguf, name) || isnan(absent))) {
		if (!r->failed)
			jk_fail(r->err, JK_EDATA, "bad or missing %s", name);
		r->failed = true;
		return 1;
	}
	return v;
}

static int64_t
get_id(const struct jk_gguf *g, const char *key)
{
	int64_t v;

	if (!jk_gguf_get_int(g, key, &v) || v < 0 || v > INT32_MAX)
		return -1;
	return v;
}

/* llama.cpp multiplies its factors with the rule's. */
static void
read_yarn(struct reader *r, struct jk_config *c)
{
	struct jk_rope_scaling *s = &c->rope_scaling;

	*s = (struct jk_rope_scaling){ .kind = JK_ROPE_SCALING_YARN,
		.factor = get_real(r, "rope.scaling.factor", NAN),
		.original_max_position_embeddings = get_size(r,
		    "rope.scaling.original_context_length",
		    c->max_position_embeddings, INT32_MAX),
		.beta_fast = get_real(r, "rope.scaling.yarn_beta_fast", 32),
		.beta_slow = get_real(r, "rope.scaling.yarn_beta_slow", 1),
		.truncate = true };
	s->attention_factor = jk_yarn_attention(s->factor) *
	    get_real(r, "rope.scaling.attn_factor", 1) *
	    get_real(r, "rope.scaling.yarn_attn_factor", 1);
	if (get_real(r, "rope.scaling.yarn_ext_factor", 1) != 1 ||
	    get_real(r, "rope.scaling.yarn_log_multiplier", 0) != 0) {
		jk_fail(r->err, JK_EDATA, "unsupported RoPE scaling: yarn "
		    "with an extrapolation factor or a multiplier of its own");
		r->failed = true;
	}
}

/* n numbers of F32; NULL, having failed, of another form. */
static const float *
get_factors(struct reader *r, const char *name, uint32_t n)
{
	const struct jk_tensor *t = jk_gguf_tensor(r->gguf, name);

	if (t && t->dtype == JK_F32 && t->n_dims == 1 && t->shape[0] == n)
		return t->data;
	if (!r->failed)
		jk_fail(r->err, JK_EDATA, "%s is not F32 [%u]", name, n);
	r->failed = true;
	return NULL;
}

/* Whether it is that; llama.cpp takes what suits the length of its context. */
static bool
read_longrope(struct reader *r, struct jk_config *c)
{
	const uint32_t n = c->rotary_dim / 2;
	struct jk_rope_scaling *s = &c->rope_scaling;
	const float *near, *far;

	if (!c->family->has_longrope ||
	    (!jk_gguf_tensor(r->gguf, "rope_factors_short.weight") &&
	    !jk_gguf_tensor(r->gguf, "rope_factors_long.weight")))
		return false;
	*s = (struct jk_rope_scaling){ .kind = JK_ROPE_SCALING_LONGROPE,
		.original_max_position_embeddings = get_size(r,
		    "rope.scaling.original_context_length",
		    c->max_position_embeddings, INT32_MAX),
		.attention_factor = get_real(r, "rope.scaling.attn_factor",
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

static void
read_rope(struct reader *r, struct jk_config *c)
{
	const uint32_t n = c->rotary_dim / 2;
	const float *factors;
	const struct jk_family *f = c->family;
	struct jk_gguf_string type;
	char name[128];

	c->rope_theta = get_real(r, "rope.freq_base", f->absent.rope_theta);
	if (f->absent.rope_local_theta > 0)
		c->rope_local_theta = get_real(r, "rope.freq_base_swa",
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
	full_key(r, "rope.scaling.type", name);
	if (!jk_gguf_get_string(r->gguf, name, &type) ||
	    (type.n == 4 && memcmp(type.s, "none", 4) == 0))
		return;
	if (type.n == 4 && memcmp(type.s, "yarn", 4) == 0) {
		read_yarn(r, c);
		return;
	}
	if (type.n != 6 || memcmp(type.s, "linear", 6) != 0) {
		jk_fail(r->err, JK_EDATA, "unsupported RoPE scaling: %.*s",
		    type.n < 100 ? (int)type.n : 100, type.s);
		r->failed = true;
		return;
	}
	c->rope_scaling.kind = JK_ROPE_SCALING_LINEAR;
	c->rope_scaling.factor = get_real(r, "rope.scaling.factor", NAN);
}

/*
 * Key-value heads; where a family has short convolutions, an array says 0 of
 * the layers that they are.
 */
static void
read_kv_heads(struct reader *r, struct jk_config *c)
{
	const char *key = "attention.head_count_kv";
	const struct jk_gguf_entry *e;
	char name[128];
	int64_t n, most = 0;
	uint32_t i;
	bool good;

	e = jk_gguf_find(r->gguf, full_key(r, key, name));
	if (!c->family->has_conv || !e || e->type != JK_GGUF_ARRAY) {
		c->n_kv_heads = get_size(r, key, c->n_heads, 1 << 16);
		return;
	}
	good = e->n == c->n_layers && jk_gguf_is_int(e->element);
	for (i = 0; good && i < c->n_layers; i++) {
		n = jk_gguf_int_at(e, i);
		if (n == 0)
			c->layer_kinds[i] = JK_LAYER_SHORT_CONV;
		else
			good = most == 0 || n == most;
		most = n ? n : most;
	}
	/* without any attention its heads are nobody's */
	c->n_kv_heads = most ? (uint32_t)most : c->n_heads;
	if ((!good || most < 0 || most > 1 << 16) && !r->failed) {
		jk_fail(r->err, JK_EDATA, "bad %s", name);
		r->failed = true;
	}
}

/* Which layers have the window, one by one; where it is so said. */
static bool
read_window_list(struct reader *r, struct jk_config *c)
{
	const struct jk_gguf_entry *e;
	char name[128];
	uint32_t i;

	e = jk_gguf_find(r->gguf, full_key(r,
	    "attention.sliding_window_pattern", name));
	if (!e || e->type != JK_GGUF_ARRAY || !c->family->has_per_layer)
		return false;
	if ((e->element != JK_GGUF_BOOL && !jk_gguf_is_int(e->element)) ||
	    e->n != c->n_layers) {
		if (!r->failed)
			jk_fail(r->err, JK_EDATA, "bad %s", name);
		r->failed = true;
		return true;
	}
	for (i = 0; i < c->n_layers; i++)
		if (jk_gguf_int_at(e, i))
			c->layer_kinds[i] = JK_LAYER_SLIDING_ATTENTION;
	return true;
}

static void
read_window(struct reader *r, struct jk_config *c)
{
	char name[128];
	uint32_t i, pattern;
	int64_t width;

	if (!jk_gguf_find(r->gguf, full_key(r, "attention.sliding_window",
	    name)))
		return;
	/* as the converter says that there is none */
	if (c->family->window == JK_WINDOW_STATED &&
	    jk_gguf_get_int(r->gguf, name, &width) && width == 0)
		return;
	/* OLMo 3 has OLMo 2's name in GGUF */
	if (c->family->window == JK_WINDOW_REFUSED ||
	    c->family->no_pre_norms || c->family->has_conv) {
		jk_fail(r->err, JK_EDATA, "not supported: %s with a sliding "
		    "window, which is %s", r->arch,
		    jk_tr(c->family->has_conv ?
		    "a decoder of sound: take a text model of LFM2" :
		    c->family->window == JK_WINDOW_REFUSED ?
		    "EXAONE 4 32B: take the 1.2B" :
		    "OLMo 3: take a model of OLMo 2"));
		r->failed = true;
		return;
	}
	c->sliding_window = get_size(r, "attention.sliding_window", 0,
	    INT32_MAX);
	if (read_window_list(r, c))
		return;
	/* GGUF leaves the pattern to the reader */
	pattern = c->family->window == JK_WINDOW_PERIOD ? get_size(r,
	    "attention.sliding_window_pattern", c->family->window_period,
	    JK_MAX_LAYERS) : 0;
	for (i = 0; i < c->n_layers; i++)
		if (!pattern || (i + 1) % pattern != 0)
			c->layer_kinds[i] = JK_LAYER_SLIDING_ATTENTION;
}

/* How wide the feed-forward part is: one number, or one of each layer. */
static void
read_intermediate(struct reader *r, struct jk_config *c)
{
	const char *key = "feed_forward_length";
	const struct jk_gguf_entry *e;
	uint32_t i, first = 0;
	char name[128];
	int64_t most = 1 << 24, n = 0;
	bool good;

	e = jk_gguf_find(r->gguf, full_key(r, key, name));
	if (!c->family->has_per_layer || !e || e->type != JK_GGUF_ARRAY) {
		c->intermediate_size = get_size(r, key, 0, 1 << 24);
		return;
	}
	first = c->n_layers - c->n_shared_kv;
	good = e->n == c->n_layers && jk_gguf_is_int(e->element);
	for (i = 0; good && i < c->n_layers; i++) {
		n = jk_gguf_int_at(e, i);
		good = n >= 1 && n <= most && n == jk_gguf_int_at(e,
		    i < first ? 0 : first);
	}
	if (good) {
		c->intermediate_size = (uint32_t)jk_gguf_int_at(e, 0);
		c->shared_intermediate_size = c->n_shared_kv ? (uint32_t)n : 0;
	} else if (!r->failed) {
		jk_fail(r->err, JK_EDATA, "bad %s", name);
		r->failed = true;
	}
}

/* 0 where it is absent or 0. */
static uint32_t
get_count(struct reader *r, const char *key, uint32_t max)
{
	char name[128];
	int64_t v;

	full_key(r, key, name);
	if (!jk_gguf_find(r->gguf, name) ||
	    (jk_gguf_get_int(r->gguf, name, &v) && v == 0))
		return 0;
	return get_size(r, key, 0, max);
}

/* Per-layer embeddings, sizes of heads, and which layers share k and v. */
static void
read_per_layer(struct reader *r, struct jk_config *c)
{
	if (!c->family->has_per_layer)
		return;
	c->n_shared_kv = get_count(r, "attention.shared_kv_layers",
	    c->n_layers);
	c->per_layer_size = get_count(r, "embedding_length_per_layer_input",
	    1 << 16);
	c->full_head_dim = c->head_dim;
	c->head_dim = get_size(r, "attention.key_length_swa", 0,
	    JK_MAX_HEAD_DIM);
	if (!r->failed && (get_count(r, "expert_count", INT32_MAX) ||
	    !c->per_layer_size)) {
		jk_fail(r->err, JK_EDATA, "not supported: Gemma 4 with "
		    "experts or without per-layer embeddings: take E2B or E4B");
		r->failed = true;
	}
	if (!r->failed && (get_size(r, "attention.value_length_swa",
	    c->head_dim, JK_MAX_HEAD_DIM) != c->head_dim ||
	    get_size(r, "rope.dimension_count_swa", c->head_dim,
	    JK_MAX_HEAD_DIM) != c->head_dim)) {
		jk_fail(r->err, JK_EDATA, "unsupported: key length, value "
		    "length and RoPE dimensions differ");
		r->failed = true;
	}
}

/* Multipliers, where a family has words for them. */
static void
read_multipliers(struct reader *r, struct jk_config *c)
{
	char name[128];
	bool turned = true;

	if (!c->family->has_multipliers)
		return;
	c->embedding_scale = (float)get_real(r, "embedding_scale", 1);
	c->attention_scale = (float)get_real(r, "attention.scale",
	    (double)c->attention_scale);
	c->residual_scale = (float)get_real(r, "residual_scale", 1);
	c->logits_scale = (float)get_real(r, "logit_scale", 1);
	/* which switches RoPE for llama.cpp here, and nothing elsewhere */
	(void)jk_gguf_get_bool(r->gguf, full_key(r, "rope.scaling.finetuned",
	    name), &turned);
	if (!turned && !r->failed)
		jk_fail(r->err, JK_EDATA, "not supported: %s is false, which "
		    "means no RoPE: take a model that has it", name);
	r->failed = r->failed || !turned;
}

/* Caps, where a family has words for them; of scores there is always one. */
static void
read_caps(struct reader *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;

	if (f->caps_logits && f->absent.scores_cap <= 0)
		c->logits_cap = (float)get_real(r, "final_logit_softcapping",
		    0);
	if (f->absent.scores_cap <= 0)
		return;
	c->scores_cap = (float)get_real(r, "attn_logit_softcapping",
	    f->absent.scores_cap);
	c->logits_cap = (float)get_real(r, "final_logit_softcapping",
	    f->absent.logits_cap);
	if ((c->scores_cap == 0 || c->logits_cap == 0) && !r->failed) {
		jk_fail(r->err, JK_EDATA, "bad %s.attn_logit_softcapping or "
		    "%s.final_logit_softcapping: 0", r->arch, r->arch);
		r->failed = true;
	}
}

/*
 * Layers of linear attention.  Layers for predicting several tokens come last
 * and are no part of the decoder.
 */
static void
read_linear(struct reader *r, struct jk_config *c)
{
	char name[128];
	uint32_t inner, n_extra = 0;

	if (!c->family->has_linear)
		return;
	if (jk_gguf_find(r->gguf, full_key(r, "nextn_predict_layers", name)))
		n_extra = get_size(r, "nextn_predict_layers", 0, c->n_layers);
	if (n_extra >= c->n_layers) {
		jk_fail(r->err, JK_EDATA, "bad %s", name);
		r->failed = true;
		return;
	}
	c->n_layers -= n_extra;
	c->linear.kernel = get_size(r, "ssm.conv_kernel", 0,
	    JK_MAX_CONV_KERNEL);
	c->linear.key_dim = get_size(r, "ssm.state_size", 0,
	    JK_MAX_LINEAR_DIM);
	c->linear.n_k_heads = get_size(r, "ssm.group_count", 0, 1 << 10);
	c->linear.n_v_heads = get_size(r, "ssm.time_step_rank", 0, 1 << 10);
	inner = get_size(r, "ssm.inner_size", 0, 1 << 18);
	c->linear.value_dim = inner / c->linear.n_v_heads;
	jk_config_linear_but_every(c, get_size(r, "full_attention_interval", 4,
	    INT32_MAX));
	if (r->failed)
		return;
	/* llama.cpp has one size for both */
	if (inner % c->linear.n_v_heads ||
	    c->linear.value_dim != c->linear.key_dim) {
		jk_fail(r->err, JK_EDATA, "bad %s.ssm.inner_size", r->arch);
		r->failed = true;
	}
}

int
jk_config_ids_from_gguf(struct jk_config *c, const struct jk_gguf *g,
    struct jk_err *err)
{
	static const char *const ends[] = { "eos_token_id", "eot_token_id",
		"eom_token_id" };
	char key[64];
	size_t i;
	int64_t id;

	c->bos_id = get_id(g, "tokenizer.ggml.bos_token_id");
	c->eos_id = get_id(g, "tokenizer.ggml.eos_token_id");
	c->pad_id = get_id(g, "tokenizer.ggml.padding_token_id");
	c->unk_id = get_id(g, "tokenizer.ggml.unknown_token_id");
	for (i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(key, sizeof key, "tokenizer.ggml.%s", ends[i]);
		id = get_id(g, key);
		if (id >= 0 && jk_config_add_end_id(c, id, err) < 0)
			return -1;
	}
	return 0;
}

static int
read_family(struct reader *r, struct jk_config *c)
{
	struct jk_gguf_string arch;
	int shown;

	if (!jk_gguf_get_string(r->gguf, "general.architecture", &arch))
		return jk_fail(r->err, JK_EDATA, "no general.architecture");
	snprintf(r->arch, sizeof r->arch, "%.*s",
	    arch.n < sizeof r->arch ? (int)arch.n : 0, arch.s);
	c->family = jk_family_by_gguf(arch.s, arch.n);
	shown = arch.n < 100 ? (int)arch.n : 100;
	if (!c->family && memmem(arch.s, arch.n, "moe", 3))
		return jk_fail(r->err, JK_EDATA, "models with experts are not "
		    "supported (%.*s): take a dense one of its family", shown,
		    arch.s);
	return c->family ? 0 : jk_fail(r->err, JK_EDATA,
	    "unknown architecture: %.*s", shown, arch.s);
}

int
jk_config_from_gguf(struct jk_config *config, const struct jk_gguf *g,
    struct jk_err *err)
{
	struct reader r = { .gguf = g, .err = err };
	struct jk_config *c = config;
	const struct jk_tensor *embedding;

	*c = (struct jk_config){ 0 };
	if (read_family(&r, c) < 0)
		return -1;
	c->hidden_size = get_size(&r, "embedding_length", 0, 1 << 20);
	c->n_layers = get_size(&r, "block_count", 0, JK_MAX_LAYERS);
	c->n_heads = get_size(&r, "attention.head_count", 0, 1 << 16);
	read_kv_heads(&r, c);
	c->head_dim = get_size(&r, "attention.key_length", c->hidden_size <
	    c->n_heads ? 1 : c->hidden_size / c->n_heads, JK_MAX_HEAD_DIM);
	c->rotary_dim = get_size(&r, "rope.dimension_count", c->head_dim,
	    JK_MAX_HEAD_DIM);
	if (get_size(&r, "attention.value_length", c->head_dim,
	    JK_MAX_HEAD_DIM) != c->head_dim || (c->rotary_dim != c->head_dim &&
	    c->family->absent.partial_rotary_factor <= 0))
		return jk_fail(err, JK_EDATA, "unsupported: key length, value "
		    "length and RoPE dimensions differ");
	c->max_position_embeddings = get_size(&r, "context_length", 0,
	    INT32_MAX);
	c->rms_norm_eps = (float)get_real(&r, c->family->layer_norm ?
	    "attention.layer_norm_epsilon" :
	    "attention.layer_norm_rms_epsilon", NAN);
	embedding = jk_gguf_tensor(g, "token_embd.weight");
	if (!embedding || embedding->n_dims != 2 || embedding->shape[0] < 1 ||
	    embedding->shape[0] > 1 << 26)
		return jk_fail(err, JK_EDATA, "bad or missing tensor "
		    "token_embd.weight");
	c->vocab_size = (uint32_t)embedding->shape[0];
	c->tie_word_embeddings = !jk_gguf_tensor(g, "output.weight");
	jk_config_take_family(c);
	read_per_layer(&r, c);
	read_intermediate(&r, c);
	c->attention_scale = jk_config_gguf_attention_scale(c);
	read_multipliers(&r, c);
	read_caps(&r, c);
	read_rope(&r, c);
	read_window(&r, c);
	read_linear(&r, c);
	if (c->family->has_conv)
		c->conv_kernel = get_size(&r, "shortconv.l_cache", 0,
		    JK_MAX_CONV_KERNEL);
	if (r.failed || jk_config_ids_from_gguf(c, g, err) < 0)
		return -1;
	return jk_config_finish(c, err);
}
