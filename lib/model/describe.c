#include "model/describe.h"

#include "base/decimal.h"
#include "base/json_write.h"
#include "base/lang.h"
#include "model/tokenizer.h"

void
jk_describe_name(struct jk_buf *out, const char *name)
{
	jk_buf_add_padded(out, jk_tr(name), 14);
}

static void
show_architecture(struct jk_buf *out, const struct jk_model *m)
{
	const struct jk_config *c = &m->config;
	static const char *const scalings[] = {
		[JK_ROPE_SCALING_NONE] = "",
		[JK_ROPE_SCALING_LINEAR] = JK_MSG(", linear scaling"),
		[JK_ROPE_SCALING_LLAMA3] = JK_MSG(", llama3 scaling"),
		[JK_ROPE_SCALING_YARN] = JK_MSG(", yarn scaling"),
		[JK_ROPE_SCALING_DYNAMIC] = JK_MSG(", dynamic scaling behind "
		    "them"),
		[JK_ROPE_SCALING_LONGROPE] = JK_MSG(", longrope scaling"),
		[JK_ROPE_SCALING_PROPORTIONAL] = JK_MSG(", a part of the "
		    "pairs turns"),
		[JK_ROPE_SCALING_FACTORS] = JK_MSG(", scaled")
	};
	uint32_t n_sliding = jk_layers_of(c, JK_LAYER_SLIDING_ATTENTION);
	uint32_t n_linear = jk_layers_of(c, JK_LAYER_LINEAR_ATTENTION);
	uint32_t n_conv = jk_layers_of(c, JK_LAYER_SHORT_CONV);
	double total = 0;
	size_t k;

	for (k = 0; k < m->n_tensors; k++)
		total += (double)jk_tensor_count(&m->tensors[k]);
	JK_DESCRIBE(out, "model", "%s", m->path);
	JK_DESCRIBE(out, "architecture", "%s", c->family->model_type);
	JK_DESCRIBE(out, "parameters", jk_tr("%.1f million%s"), total / 1e6,
	    c->tie_word_embeddings ? jk_tr(", the head is the embedding") : "");
	JK_DESCRIBE(out, "layers",
	    jk_tr("%u, hidden size %u, feed-forward %u (%s)%s"),
	    c->n_layers, c->hidden_size, c->intermediate_size,
	    c->ungated ? "GELU" : c->activation == JK_ACTIVATION_SILU ?
	    "SwiGLU" : "GeGLU", c->layer_norm ? jk_tr(", LayerNorm") : "");
	JK_DESCRIBE(out, "attention",
	    jk_tr("%u heads of %u, %u key-value heads%s%s%s%s"),
	    c->n_heads, c->head_dim, c->n_kv_heads,
	    c->qkv_bias ? jk_tr(", with bias") : "", c->qk_norm ?
	    jk_tr(", q and k normed")
	    : "", c->fused_qkv ? jk_tr(", one matrix for all") : "",
	    c->gated_attention ? jk_tr(", gated") : "");
	if (c->full_head_dim)
		JK_DESCRIBE(out, "full layers",
		    jk_tr("%u of the layers, heads of %u"),
		    jk_layers_of(c, JK_LAYER_FULL_ATTENTION),
		    c->full_head_dim);
	if (c->n_shared_kv)
		JK_DESCRIBE(out, "shared",
		    jk_tr("the last %u layers look at keys and "
		    "values of ones before, feed-forward %u"), c->n_shared_kv,
		    jk_layer_intermediate_size(c, c->n_layers - 1));
	if (c->per_layer_size)
		JK_DESCRIBE(out, "per layer", jk_tr("embeddings of %u"),
		    c->per_layer_size);
	if (n_linear)
		JK_DESCRIBE(out, "linear",
		    jk_tr("%u of the layers: %u value heads of %u, "
		    "%u key heads of %u, convolution over %u"), n_linear,
		    c->linear.n_v_heads, c->linear.value_dim,
		    c->linear.n_k_heads, c->linear.key_dim,
		    c->linear.kernel);
	if (n_conv)
		JK_DESCRIBE(out, "convolution",
		    jk_tr("%u of the layers, over %u tokens"),
		    n_conv, c->conv_kernel);
	if (n_sliding)
		JK_DESCRIBE(out, "window",
		    jk_tr("%u tokens in %u of the layers"),
		    c->sliding_window, n_sliding);
	if (c->learned_positions)
		JK_DESCRIBE(out, "context",
		    jk_tr("%u tokens, learned positions"),
		    c->position_limit);
	else
		JK_DESCRIBE(out, "context", jk_tr("%u tokens, RoPE base %g%s"),
		    c->position_limit, c->rope_theta,
		    *scalings[c->rope_scaling.kind] ?
		    jk_tr(scalings[c->rope_scaling.kind]) : "");
}

static void
show_weights(struct jk_buf *out, const struct jk_model *m)
{
	double bytes = 0, of_type[JK_N_WEIGHT_DTYPES] = { 0 };
	bool first = true;
	size_t i;

	for (i = 0; i < m->n_tensors; i++) {
		bytes += (double)m->tensors[i].size_bytes;
		of_type[m->tensors[i].dtype] +=
		    (double)m->tensors[i].size_bytes;
	}
	jk_describe_name(out, "weights");
	jk_buf_printf_local(out, jk_tr("%.1f MiB in %zu tensors:"),
	    bytes / 0x1p20, m->n_tensors);
	for (i = 0; i < JK_N_WEIGHT_DTYPES; i++) {
		if (of_type[i] > 0) {
			jk_buf_printf_local(out, jk_tr("%s %s %.1f MiB"),
			    first ? "" : ",",
			    jk_dtype_name((enum jk_dtype)i),
			    of_type[i] / 0x1p20);
			first = false;
		}
	}
	jk_buf_addc(out, '\n');
}

void
jk_describe_token(struct jk_buf *out, const struct jk_tokenizer *t,
    uint32_t id)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t n;
	const char *s = jk_token_text(t, id, &b, &n);

	if (s)
		jk_json_write_string(out, s, jk_utf8_valid_len(s, n));
	else
		jk_buf_adds(out, jk_tr("no token"));
	jk_buf_printf(out, " (%u)", id);
	jk_buf_release(&b);
}

static void
show_special(struct jk_buf *out, const struct jk_model *m,
    const struct jk_tokenizer *t, const char *name, const char *key,
    int64_t id, const char *missing)
{
	const char *text = jk_model_special_token(m, key);

	/* the tokenizer's own word counts, as in transformers */
	if (text && jk_token_find_added(t, text) >= 0)
		id = jk_token_find_added(t, text);
	if (id < 0) {
		JK_DESCRIBE(out, name, "%s", jk_tr(missing));
		return;
	}
	jk_describe_name(out, name);
	jk_describe_token(out, t, (uint32_t)id);
	jk_buf_addc(out, '\n');
}

static void
show_tokens(struct jk_buf *out, const struct jk_model *m,
    const struct jk_tokenizer *t)
{
	const struct jk_config *c = &m->config;
	uint32_t i;

	JK_DESCRIBE(out, "vocabulary",
	    jk_tr("%u rows, %u tokens, %u merges (%s)"),
	    c->vocab_size, t->bpe.vocab.n_strings + t->added_vocab.n_strings,
	    t->bpe.n_merges, t->bpe.byte_level ? jk_tr("byte-level BPE") :
	    jk_tr("BPE with byte fallback"));
	show_special(out, m, t, "bos", "bos_token", c->bos_id,
	    JK_MSG("none: texts have no first token of their own"));
	show_special(out, m, t, "eos", "eos_token", c->eos_id, JK_MSG("none"));
	show_special(out, m, t, "pad", "pad_token", c->pad_id,
	    JK_MSG("none, and none is needed: sequences are packed, not "
	    "padded"));
	jk_describe_name(out, "ends");
	for (i = 0; i < c->n_end_ids; i++) {
		if (i)
			jk_buf_adds(out, ", ");
		jk_describe_token(out, t, c->end_ids[i]);
	}
	jk_buf_adds(out, c->n_end_ids ? "\n" : jk_tr("none named\n"));
}

void
jk_describe_model(struct jk_buf *out, const struct jk_model *m,
    const struct jk_tokenizer *t)
{
	show_architecture(out, m);
	show_weights(out, m);
	show_tokens(out, m, t);
}
