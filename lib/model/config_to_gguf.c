#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "model/config_write.h"

float
jk_config_gguf_attention_scale(const struct jk_config *c)
{
	if (c->family->has_per_layer)
		return 1;
	return (float)(1 / sqrt(c->n_layers == c->family->gguf_wide_layers ?
	    (double)c->hidden_size / c->n_heads : (double)c->head_dim));
}

struct writer {
	struct jk_gguf_meta *m;
	const char *arch;
	uint32_t n_layers;
};

static void
put_size(struct writer *w, const char *key, uint32_t v)
{
	char name[96];

	snprintf(name, sizeof name, "%s.%s", w->arch, key);
	jk_gguf_put_u32(w->m, name, v);
}

static void
put_real(struct writer *w, const char *key, double v)
{
	char name[96];

	snprintf(name, sizeof name, "%s.%s", w->arch, key);
	jk_gguf_put_f32(w->m, name, (float)v);
}

/* Every how many layers one is without a window; 0: no such rule. */
static uint32_t
window_period(const struct jk_config *c)
{
	uint32_t period, i;

	for (period = 1; period <= c->n_layers + 1; period++) {
		for (i = 0; i < c->n_layers; i++)
			if ((c->layer_kinds[i] == JK_LAYER_SLIDING_ATTENTION) !=
			    ((i + 1) % period != 0))
				break;
		if (i == c->n_layers)
			return period;
	}
	return 0;
}

/* An array with a number of each layer. */
static void
put_array(struct writer *w, const char *key)
{
	char name[96];

	snprintf(name, sizeof name, "%s.%s", w->arch, key);
	jk_gguf_put_array(w->m, name, JK_GGUF_I32, w->n_layers);
}

static void
put_window_list(struct writer *w, const struct jk_config *c)
{
	char name[96];
	uint32_t i;

	put_size(w, "attention.sliding_window", c->sliding_window);
	snprintf(name, sizeof name, "%s.attention.sliding_window_pattern",
	    w->arch);
	jk_gguf_put_array(w->m, name, JK_GGUF_BOOL, c->n_layers);
	for (i = 0; i < c->n_layers; i++)
		jk_buf_addc(&w->m->entries, c->layer_kinds[i] ==
		    JK_LAYER_SLIDING_ATTENTION);
}

static int
put_window(struct writer *w, const struct jk_config *c, struct jk_err *err)
{
	const enum jk_window_rule rule = c->family->window;
	uint32_t n = jk_layers_of(c, JK_LAYER_SLIDING_ATTENTION);
	uint32_t period = window_period(c);

	if (c->family->has_per_layer) {
		put_window_list(w, c);
		return 0;
	}
	if (n == 0) {
		if (rule == JK_WINDOW_STATED)	/* which readers ask for */
			put_size(w, "attention.sliding_window", 0);
		return 0;
	}
	if (rule == JK_WINDOW_PERIOD ? !period : n < c->n_layers)
		return jk_fail(err, JK_EDATA, "GGUF cannot say which layers "
		    "have the sliding window");
	if (rule == JK_WINDOW_UPPER)
		return jk_fail(err, JK_EDATA, "GGUF cannot say that %s has a "
		    "sliding window", w->arch);
	put_size(w, "attention.sliding_window", c->sliding_window);
	/* what readers take; a model of few layers has none without a window */
	if (rule == JK_WINDOW_PERIOD && period != c->family->window_period &&
	    (period <= c->n_layers || c->n_layers >= c->family->window_period))
		put_size(w, "attention.sliding_window_pattern", period);
	return 0;
}

/* Its factors are tensors (merge_gguf.c). */
static void
put_longrope(struct writer *w, const struct jk_config *c)
{
	const struct jk_rope_scaling *s = &c->rope_scaling;

	put_size(w, "rope.dimension_count", c->rotary_dim);
	if (s->kind != JK_ROPE_SCALING_LONGROPE)
		return;
	put_size(w, "rope.scaling.original_context_length",
	    (uint32_t)s->original_max_position_embeddings);
	put_real(w, "rope.scaling.attn_factor",
	    (double)c->rope_attention_factor);
}

static int
put_rope(struct writer *w, const struct jk_config *c, struct jk_err *err)
{
	const struct jk_rope_scaling *s = &c->rope_scaling;
	const bool yarn = s->kind == JK_ROPE_SCALING_YARN;
	char name[96];
	uint32_t i;

	for (i = 0; i < c->n_layers; i++)
		if (c->no_rope[i] != (c->family->no_rope_period &&
		    (i + 1) % c->family->no_rope_period == 0))
			return jk_fail(err, JK_EDATA, "llama.cpp has RoPE in "
			    "other layers of %s: write a folder instead",
			    w->arch);
	put_real(w, "rope.freq_base", c->rope_theta);
	if (c->rope_local_theta != c->family->absent.rope_local_theta)
		put_real(w, "rope.freq_base_swa", c->rope_local_theta);
	if (c->family->has_longrope) {
		put_longrope(w, c);
		if (s->kind == JK_ROPE_SCALING_LONGROPE)
			return 0;
	}
	if (s->kind == JK_ROPE_SCALING_LONGROPE || (yarn && !s->truncate))
		return jk_fail(err, JK_EDATA, "llama.cpp has no %s for %s: "
		    "write a folder instead", jk_tr(yarn ?
		    "yarn scaling without truncation" : "longrope scaling"),
		    w->arch);
	/* dynamic: none within the context; others: rope_freqs.weight */
	if (!yarn && s->kind != JK_ROPE_SCALING_LINEAR)
		return 0;
	snprintf(name, sizeof name, "%s.rope.scaling.type", w->arch);
	jk_gguf_put_text(w->m, name, yarn ? "yarn" : "linear");
	put_real(w, "rope.scaling.factor", s->factor);
	if (!yarn)
		return 0;
	put_size(w, "rope.scaling.original_context_length",
	    (uint32_t)s->original_max_position_embeddings);
	if (s->attention_factor != 0)
		put_real(w, "rope.scaling.attn_factor", s->attention_factor /
		    jk_yarn_attention(s->factor));
	if (s->beta_fast != 32)
		put_real(w, "rope.scaling.yarn_beta_fast", s->beta_fast);
	if (s->beta_slow != 1)
		put_real(w, "rope.scaling.yarn_beta_slow", s->beta_slow);
	return 0;
}

/* The layers of linear attention, and what llama.cpp wants of RoPE then. */
static int
put_linear(struct writer *w, const struct jk_config *c, struct jk_err *err)
{
	/*
	 * Which pairs turn by the time, the height and the width of pictures:
	 * thirds, as in Qwen's own.  In texts those are one, but llama.cpp
	 * ends itself where there are more than a head has numbers.
	 */
	uint32_t n_pairs = c->rotary_dim / 2, period = 1, i;
	struct jk_config regular = *c;
	char name[96];

	if (!c->family->has_linear)
		return 0;
	if (c->linear.value_dim != c->linear.key_dim)
		return jk_fail(err, JK_EDATA, "GGUF cannot say that heads of "
		    "keys and of values differ in size; write a folder");
	for (; period <= c->n_layers + 1; period++) {
		jk_config_linear_but_every(&regular, period);
		if (memcmp(regular.layer_kinds, c->layer_kinds,
		    c->n_layers * sizeof *c->layer_kinds) == 0)
			break;
	}
	if (period > c->n_layers + 1)
		return jk_fail(err, JK_EDATA, "GGUF cannot say which layers "
		    "have linear attention");
	put_size(w, "rope.dimension_count", c->rotary_dim);
	snprintf(name, sizeof name, "%s.rope.dimension_sections", w->arch);
	jk_gguf_put_array(w->m, name, JK_GGUF_I32, 4);
	for (i = 0; i < 3; i++)
		jk_gguf_add_u32(&w->m->entries, (n_pairs + 2 - i) / 3);
	jk_gguf_add_u32(&w->m->entries, 0);
	put_size(w, "ssm.conv_kernel", c->linear.kernel);
	put_size(w, "ssm.state_size", c->linear.key_dim);
	put_size(w, "ssm.group_count", c->linear.n_k_heads);
	put_size(w, "ssm.time_step_rank", c->linear.n_v_heads);
	put_size(w, "ssm.inner_size", c->linear.value_dim *
	    c->linear.n_v_heads);
	put_size(w, "full_attention_interval", period);
	return 0;
}

/* Key-value heads: of each layer where some are short convolutions. */
static void
put_kv_heads(struct writer *w, const struct jk_config *c)
{
	uint32_t i;

	if (!c->family->has_conv) {
		put_size(w, "attention.head_count_kv", c->n_kv_heads);
		return;
	}
	put_array(w, "attention.head_count_kv");
	for (i = 0; i < c->n_layers; i++)
		jk_gguf_add_u32(&w->m->entries, c->layer_kinds[i] ==
		    JK_LAYER_SHORT_CONV ? 0 : c->n_kv_heads);
	put_size(w, "shortconv.l_cache", c->conv_kernel);
}

static void
put_intermediate(struct writer *w, const struct jk_config *c)
{
	uint32_t i;

	if (!c->shared_intermediate_size) {
		put_size(w, "feed_forward_length", c->intermediate_size);
		return;
	}
	put_array(w, "feed_forward_length");
	for (i = 0; i < c->n_layers; i++)
		jk_gguf_add_u32(&w->m->entries, jk_layer_intermediate_size(c,
		    i));
}

/* Sizes of heads, and what Gemma 4 has otherwise. */
static void
put_per_layer(struct writer *w, const struct jk_config *c)
{
	put_size(w, "attention.key_length", c->full_head_dim);
	put_size(w, "attention.value_length", c->full_head_dim);
	put_size(w, "attention.key_length_swa", c->head_dim);
	put_size(w, "attention.value_length_swa", c->head_dim);
	put_size(w, "rope.dimension_count", c->rotary_dim);
	put_size(w, "rope.dimension_count_swa", c->head_dim);
	put_size(w, "attention.shared_kv_layers", c->n_shared_kv);
	put_size(w, "embedding_length_per_layer_input", c->per_layer_size);
}

static void
put_multipliers(struct writer *w, const struct jk_config *c)
{
	if (!c->family->has_multipliers)
		return;
	put_real(w, "attention.scale", (double)c->attention_scale);
	put_real(w, "embedding_scale", (double)c->embedding_scale);
	put_real(w, "residual_scale", (double)c->residual_scale);
	put_real(w, "logit_scale", (double)c->logits_scale);
}

static int
put_caps(struct writer *w, const struct jk_config *c, struct jk_err *err)
{
	const float scale = jk_config_gguf_attention_scale(c);

	if (c->family->caps_logits && c->family->absent.scores_cap <= 0 &&
	    c->logits_cap != 0)
		put_real(w, "final_logit_softcapping", (double)c->logits_cap);
	if (c->family->absent.scores_cap <= 0)
		return 0;
	if (c->scores_cap == 0 || c->logits_cap == 0)
		return jk_fail(err, JK_EDATA, "llama.cpp always caps scores "
		    "and logits of %s: write a folder instead", w->arch);
	/* no norm of q could take it up */
	if (!(fabsf(c->attention_scale - scale) <= 1e-6f * scale))
		return jk_fail(err, JK_EDATA, "GGUF cannot say by what this "
		    "%s scales q.k: write a folder instead", w->arch);
	put_real(w, "attn_logit_softcapping", (double)c->scores_cap);
	put_real(w, "final_logit_softcapping", (double)c->logits_cap);
	return 0;
}

static void
put_id(struct jk_gguf_meta *m, const char *key, int64_t id)
{
	if (id >= 0)
		jk_gguf_put_u32(m, key, (uint32_t)id);
}

int
jk_end_ids_to_gguf(const struct jk_config *c, struct jk_gguf_meta *m,
    struct jk_err *err)
{
	static const char *const ends[] = { "tokenizer.ggml.eot_token_id",
		"tokenizer.ggml.eom_token_id" };
	uint32_t i, n = 0;

	put_id(m, "tokenizer.ggml.eos_token_id", c->eos_id);
	for (i = 0; i < c->n_end_ids; i++) {
		if (c->end_ids[i] == c->eos_id)
			continue;
		if (n == 2)
			return jk_fail(err, JK_EDATA, "GGUF has no place for "
			    "more than three end tokens");
		jk_gguf_put_u32(m, ends[n++], c->end_ids[i]);
	}
	return 0;
}

int
jk_config_to_gguf(const struct jk_config *c, struct jk_gguf_meta *m,
    struct jk_err *err)
{
	struct writer w = { m, jk_family_written(c->family)->gguf_name,
		c->n_layers };
	bool head_dim = c->family->absent.head_dim ||
	    c->head_dim * c->n_heads != c->hidden_size;

	jk_gguf_put_text(m, "general.architecture", w.arch);
	jk_gguf_put_text(m, "general.type", "model");
	put_size(&w, "block_count", c->n_layers);
	put_size(&w, "context_length", c->max_position_embeddings);
	put_size(&w, "embedding_length", c->hidden_size);
	put_intermediate(&w, c);
	put_size(&w, "attention.head_count", c->n_heads);
	put_kv_heads(&w, c);
	put_real(&w, c->layer_norm ? "attention.layer_norm_epsilon" :
	    "attention.layer_norm_rms_epsilon", c->rms_norm_eps);
	if (c->family->has_per_layer) {
		put_per_layer(&w, c);
	} else if (head_dim) {
		put_size(&w, "attention.key_length", c->head_dim);
		put_size(&w, "attention.value_length", c->head_dim);
	}
	if (c->family->gguf_vocab_size) {
		put_size(&w, "vocab_size", c->vocab_size);
		put_size(&w, "rope.dimension_count", c->head_dim);
	}
	if ((!c->learned_positions && put_rope(&w, c, err) < 0) ||
	    put_window(&w, c, err) < 0 || put_linear(&w, c, err) < 0 ||
	    put_caps(&w, c, err) < 0)
		return -1;
	put_multipliers(&w, c);
	put_id(m, "tokenizer.ggml.bos_token_id", c->bos_id);
	put_id(m, "tokenizer.ggml.unknown_token_id", c->unk_id);
	put_id(m, "tokenizer.ggml.padding_token_id", c->pad_id);
	return jk_end_ids_to_gguf(c, m, err);
}
