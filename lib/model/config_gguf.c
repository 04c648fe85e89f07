#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "model/config_gguf_reader.h"
#include "model/config_write.h"

static int64_t
get_id(const struct jk_gguf *g, const char *key)
{
	int64_t v;

	if (!jk_gguf_get_int(g, key, &v) || v < 0 || v > INT32_MAX)
		return -1;
	return v;
}

/*
 * Key-value heads; where a family has short convolutions, an array says 0 of
 * the layers that they are.
 */
static void
read_kv_heads(struct jk_gcfg *r, struct jk_config *c)
{
	const char *key = "attention.head_count_kv";
	const struct jk_gguf_entry *e;
	char name[JK_GCFG_NAME_BYTES];
	int64_t n, most = 0;
	uint32_t i;
	bool good;

	e = jk_gcfg_array(r, key, name);
	if (!c->family->has_conv || !e) {
		c->n_kv_heads = jk_gcfg_size(r, key, c->n_heads, 1 << 16);
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
	if (!good || most < 0 || most > 1 << 16)
		jk_gcfg_bad(r, name);
}

/* Which layers have the window, one by one; where it is so said. */
static bool
read_window_list(struct jk_gcfg *r, struct jk_config *c)
{
	const struct jk_gguf_entry *e;
	char name[JK_GCFG_NAME_BYTES];
	uint32_t i;

	e = jk_gcfg_array(r, "attention.sliding_window_pattern", name);
	if (!e || !c->family->has_per_layer)
		return false;
	if ((e->element != JK_GGUF_BOOL && !jk_gguf_is_int(e->element)) ||
	    e->n != c->n_layers) {
		jk_gcfg_bad(r, name);
		return true;
	}
	for (i = 0; i < c->n_layers; i++)
		if (jk_gguf_int_at(e, i))
			c->layer_kinds[i] = JK_LAYER_SLIDING_ATTENTION;
	return true;
}

static void
read_window(struct jk_gcfg *r, struct jk_config *c)
{
	char name[JK_GCFG_NAME_BYTES];
	uint32_t i, pattern;
	int64_t width;

	if (!jk_gguf_find(r->gguf, jk_gcfg_key(r, "attention.sliding_window",
	    name)))
		return;
	/* as the converter says that there is none */
	if (c->family->window == JK_WINDOW_STATED &&
	    jk_gguf_get_int(r->gguf, name, &width) && width == 0)
		return;
	/* OLMo 3 has OLMo 2's name in GGUF */
	if (c->family->window == JK_WINDOW_REFUSED ||
	    c->family->no_pre_norms || c->family->has_conv) {
		jk_fail(jk_gcfg_error(r), JK_EDATA, "not supported: %s with a "
		    "sliding window, which is %s", r->arch,
		    jk_tr(c->family->has_conv ?
		    "a decoder of sound: take a text model of LFM2" :
		    c->family->window == JK_WINDOW_REFUSED ?
		    "EXAONE 4 32B: take the 1.2B" :
		    "OLMo 3: take a model of OLMo 2"));
		return;
	}
	c->sliding_window = jk_gcfg_size(r, "attention.sliding_window", 0,
	    INT32_MAX);
	if (read_window_list(r, c))
		return;
	/* GGUF leaves the pattern to the reader */
	pattern = c->family->window == JK_WINDOW_PERIOD ? jk_gcfg_size(r,
	    "attention.sliding_window_pattern", c->family->window_period,
	    JK_MAX_LAYERS) : 0;
	for (i = 0; i < c->n_layers; i++)
		if (!pattern || (i + 1) % pattern != 0)
			c->layer_kinds[i] = JK_LAYER_SLIDING_ATTENTION;
}

/* How wide the feed-forward part is: one number, or one of each layer. */
static void
read_intermediate(struct jk_gcfg *r, struct jk_config *c)
{
	const char *key = "feed_forward_length";
	const struct jk_gguf_entry *e;
	uint32_t i, first = 0;
	char name[JK_GCFG_NAME_BYTES];
	int64_t most = 1 << 24, n = 0;
	bool good;

	e = jk_gcfg_array(r, key, name);
	if (!c->family->has_per_layer || !e) {
		c->intermediate_size = jk_gcfg_size(r, key, 0, 1 << 24);
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
	} else {
		jk_gcfg_bad(r, name);
	}
}

/* Per-layer embeddings, sizes of heads, and which layers share k and v. */
static void
read_per_layer(struct jk_gcfg *r, struct jk_config *c)
{
	if (!c->family->has_per_layer)
		return;
	c->n_shared_kv = jk_gcfg_count(r, "attention.shared_kv_layers",
	    c->n_layers);
	c->per_layer_size = jk_gcfg_count(r, "embedding_length_per_layer_input",
	    1 << 16);
	c->full_head_dim = c->head_dim;
	c->head_dim = jk_gcfg_size(r, "attention.key_length_swa", 0,
	    JK_MAX_HEAD_DIM);
	if (jk_gcfg_count(r, "expert_count", INT32_MAX) || !c->per_layer_size)
		jk_fail(jk_gcfg_error(r), JK_EDATA, "not supported: Gemma 4 "
		    "with experts or without per-layer embeddings: take E2B or "
		    "E4B");
	if (jk_gcfg_size(r, "attention.value_length_swa", c->head_dim,
	    JK_MAX_HEAD_DIM) != c->head_dim || jk_gcfg_size(r,
	    "rope.dimension_count_swa", c->head_dim, JK_MAX_HEAD_DIM) !=
	    c->head_dim)
		jk_fail(jk_gcfg_error(r), JK_EDATA, "unsupported: key length, "
		    "value length and RoPE dimensions differ; take a model that "
		    "jk-info(1) names");
}

/* Multipliers, where a family has words for them. */
static void
read_multipliers(struct jk_gcfg *r, struct jk_config *c)
{
	char name[JK_GCFG_NAME_BYTES];
	bool turned = true;

	if (!c->family->has_multipliers)
		return;
	c->embedding_scale = (float)jk_gcfg_real(r, "embedding_scale", 1);
	c->attention_scale = (float)jk_gcfg_real(r, "attention.scale",
	    (double)c->attention_scale);
	c->residual_scale = (float)jk_gcfg_real(r, "residual_scale", 1);
	c->logits_scale = (float)jk_gcfg_real(r, "logit_scale", 1);
	/* which switches RoPE for llama.cpp here, and nothing elsewhere */
	(void)jk_gguf_get_bool(r->gguf, jk_gcfg_key(r, "rope.scaling.finetuned",
	    name), &turned);
	if (!turned)
		jk_fail(jk_gcfg_error(r), JK_EDATA, "not supported: %s is "
		    "false, which means no RoPE: take a model that has it",
		    name);
}

/* Caps, where a family has words for them; of scores there is always one. */
static void
read_caps(struct jk_gcfg *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;

	if (f->caps_logits && f->absent.scores_cap <= 0)
		c->logits_cap = (float)jk_gcfg_real(r, "final_logit_softcapping",
		    0);
	if (f->absent.scores_cap <= 0)
		return;
	c->scores_cap = (float)jk_gcfg_real(r, "attn_logit_softcapping",
	    f->absent.scores_cap);
	c->logits_cap = (float)jk_gcfg_real(r, "final_logit_softcapping",
	    f->absent.logits_cap);
	if (c->scores_cap == 0 || c->logits_cap == 0)
		jk_fail(jk_gcfg_error(r), JK_EDATA, "bad "
		    "%s.attn_logit_softcapping or "
		    "%s.final_logit_softcapping: 0", r->arch, r->arch);
}

/*
 * Layers of linear attention.  Layers for predicting several tokens come last
 * and are no part of the decoder.
 */
static void
read_linear(struct jk_gcfg *r, struct jk_config *c)
{
	char name[JK_GCFG_NAME_BYTES];
	uint32_t inner, n_extra = 0;

	if (!c->family->has_linear)
		return;
	if (jk_gguf_find(r->gguf, jk_gcfg_key(r, "nextn_predict_layers", name)))
		n_extra = jk_gcfg_size(r, "nextn_predict_layers", 0, c->n_layers);
	if (n_extra >= c->n_layers) {
		jk_gcfg_bad(r, name);
		return;
	}
	c->n_layers -= n_extra;
	c->linear.kernel = jk_gcfg_size(r, "ssm.conv_kernel", 0,
	    JK_MAX_CONV_KERNEL);
	c->linear.key_dim = jk_gcfg_size(r, "ssm.state_size", 0,
	    JK_MAX_LINEAR_DIM);
	c->linear.n_k_heads = jk_gcfg_size(r, "ssm.group_count", 0, 1 << 10);
	c->linear.n_v_heads = jk_gcfg_size(r, "ssm.time_step_rank", 0, 1 << 10);
	inner = jk_gcfg_size(r, "ssm.inner_size", 0, 1 << 18);
	c->linear.value_dim = inner / c->linear.n_v_heads;
	jk_config_linear_but_every(c, jk_gcfg_size(r, "full_attention_interval", 4,
	    INT32_MAX));
	if (r->failed)
		return;
	/* llama.cpp has one size for both */
	if (inner % c->linear.n_v_heads ||
	    c->linear.value_dim != c->linear.key_dim)
		jk_gcfg_bad(r, jk_gcfg_key(r, "ssm.inner_size", name));
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
read_family(struct jk_gcfg *r, struct jk_config *c)
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
	    "unknown architecture: %.*s; take a model of one that jk-info(1) "
	    "names", shown, arch.s);
}

int
jk_config_from_gguf(struct jk_config *config, const struct jk_gguf *g,
    struct jk_err *err)
{
	struct jk_gcfg r = { .gguf = g, .err = err };
	struct jk_config *c = config;
	const struct jk_tensor *embedding;

	*c = (struct jk_config){ 0 };
	if (read_family(&r, c) < 0)
		return -1;
	c->hidden_size = jk_gcfg_size(&r, "embedding_length", 0, 1 << 20);
	c->n_layers = jk_gcfg_size(&r, "block_count", 0, JK_MAX_LAYERS);
	c->n_heads = jk_gcfg_size(&r, "attention.head_count", 0, 1 << 16);
	read_kv_heads(&r, c);
	c->head_dim = jk_gcfg_size(&r, "attention.key_length", c->hidden_size <
	    c->n_heads ? 1 : c->hidden_size / c->n_heads, JK_MAX_HEAD_DIM);
	c->rotary_dim = jk_gcfg_size(&r, "rope.dimension_count", c->head_dim,
	    JK_MAX_HEAD_DIM);
	if (jk_gcfg_size(&r, "attention.value_length", c->head_dim,
	    JK_MAX_HEAD_DIM) != c->head_dim || (c->rotary_dim != c->head_dim &&
	    c->family->absent.partial_rotary_factor <= 0))
		return jk_fail(err, JK_EDATA, "unsupported: key length, value "
		    "length and RoPE dimensions differ; take a model that "
		    "jk-info(1) names");
	c->max_position_embeddings = jk_gcfg_size(&r, "context_length", 0,
	    INT32_MAX);
	c->rms_norm_eps = (float)jk_gcfg_real(&r, c->family->layer_norm ?
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
	jk_gcfg_read_rope(&r, c);
	read_window(&r, c);
	read_linear(&r, c);
	if (c->family->has_conv)
		c->conv_kernel = jk_gcfg_size(&r, "shortconv.l_cache", 0,
		    JK_MAX_CONV_KERNEL);
	if (r.failed || jk_config_ids_from_gguf(c, g, err) < 0)
		return -1;
	return jk_config_finish(c, err);
}
