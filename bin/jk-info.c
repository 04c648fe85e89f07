/* jk-info: what a model is, what devices there are.  See jk-info(1). */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dev/open.h"
#include "model/tokenizer.h"
#include "chat/chat.h"
#include "tool.h"
#include "train/args.h"
#include "train/input.h"

static const char *model_spec;
static bool devices, train, for_train;
static long long max_tokens = 512;
static struct jk_train_args args = JK_TRAIN_ARGS_DEFAULTS;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_FLAG, 0, "devices", &devices, NULL,
	  "list the devices and what was found on each", 0, 0 },
	{ JK_OPT_FLAG, 0, "train", &train, NULL,
	  "the memory that jk-train takes with the same options", 0, 0 },
	{ JK_OPT_GROUP, .dest = &for_train, .help = "With --train:" },
	{ JK_OPT_INT, 0, "max-tokens", &max_tokens, "N",
	  "without a shard: records of N tokens (512)", 2, 1e6 },
	{ JK_OPT_STRING, 0, "eval", &args.eval_path, "SHARD",
	  "evaluate on it", 0, 0 },
	{ JK_OPT_STRING, 0, "init", &args.init_path, "ADAPTER",
	  "go on from an adapter", 0, 0 },
	JK_TRAIN_ARGS_ADAPTER(args),
	{ JK_OPT_GROUP, .help = "Steps:" },
	JK_TRAIN_ARGS_BATCH(args),
	JK_TRAIN_ARGS_RATE(args),
	JK_TRAIN_ARGS_ORDER(args),
	JK_TRAIN_ARGS_SAVING(args),
	JK_TRAIN_ARGS_MACHINE(args),
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-info",
	.usage = "[--model=MODEL [--train [OPTION]... [SHARD]]] [--devices]",
	.summary = "Say what a model is, or what devices there are.",
	.opts = opts,
	.version = jk_dev_version
};

static struct jk_buf out;

static void
check(int result, const struct jk_err *err)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* A left column of names. */
#define LINE(name, ...) \
	(jk_buf_printf(&out, "%-14s", name), jk_buf_printf(&out, __VA_ARGS__), \
	jk_buf_addc(&out, '\n'))

static void
show_architecture(const struct jk_model *m)
{
	const struct jk_config *c = &m->config;
	static const char *const scalings[] = { "", ", linear scaling",
		", llama3 scaling", ", scaled" };
	uint32_t i, n_sliding = 0;
	double total = 0;
	size_t k;

	for (k = 0; k < m->n_tensors; k++)
		total += (double)jk_tensor_count(&m->tensors[k]);
	for (i = 0; i < c->n_layers; i++)
		n_sliding += c->is_sliding[i];
	LINE("model", "%s", m->path);
	LINE("architecture", "%s", jk_arch_name(c->arch));
	LINE("parameters", "%.1f million%s", total / 1e6,
	    c->tie_word_embeddings ? ", the head is the embedding" : "");
	LINE("layers", "%u, hidden size %u, feed-forward %u (%s)",
	    c->n_layers, c->hidden_size, c->intermediate_size,
	    c->activation == JK_ACTIVATION_SILU ? "SwiGLU" : "GeGLU");
	LINE("attention", "%u heads of %u, %u key-value heads%s%s",
	    c->n_heads, c->head_dim, c->n_kv_heads,
	    c->qkv_bias ? ", with bias" : "", c->qk_norm ? ", q and k normed"
	    : "");
	if (n_sliding)
		LINE("window", "%u tokens in %u of the layers",
		    c->sliding_window, n_sliding);
	LINE("context", "%u tokens, RoPE base %g%s",
	    c->max_position_embeddings, c->rope_theta,
	    scalings[c->rope_scaling.kind]);
}

static void
show_weights(const struct jk_model *m)
{
	double bytes = 0, of_type[JK_N_WEIGHT_DTYPES] = { 0 };
	bool first = true;
	size_t i;

	for (i = 0; i < m->n_tensors; i++) {
		bytes += (double)m->tensors[i].size_bytes;
		of_type[m->tensors[i].dtype] +=
		    (double)m->tensors[i].size_bytes;
	}
	jk_buf_printf(&out, "%-14s%.1f MiB in %zu tensors:", "weights",
	    bytes / 0x1p20, m->n_tensors);
	for (i = 0; i < JK_N_WEIGHT_DTYPES; i++) {
		if (of_type[i] > 0) {
			jk_buf_printf(&out, "%s %s %.1f MiB", first ? "" : ",",
			    jk_dtype_name((enum jk_dtype)i),
			    of_type[i] / 0x1p20);
			first = false;
		}
	}
	jk_buf_addc(&out, '\n');
}

/* The token's text as JSON spells it, with its id. */
static void
add_token(const struct jk_tokenizer *t, uint32_t id)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t n;
	const char *s = jk_token_text(t, id, &b, &n);

	if (s)
		jk_json_write_string(&out, s, jk_utf8_valid_len(s, n));
	else
		jk_buf_adds(&out, "no token");
	jk_buf_printf(&out, " (%u)", id);
	jk_buf_release(&b);
}

static void
show_special(const struct jk_model *m, const struct jk_tokenizer *t,
    const char *name, const char *key, int64_t id, const char *missing)
{
	const char *text = jk_model_special_token(m, key);

	/* the tokenizer's own word counts, as in transformers */
	if (text && jk_token_find_added(t, text) >= 0)
		id = jk_token_find_added(t, text);
	if (id < 0) {
		LINE(name, "%s", missing);
		return;
	}
	jk_buf_printf(&out, "%-14s", name);
	add_token(t, (uint32_t)id);
	jk_buf_addc(&out, '\n');
}

static void
show_tokens(const struct jk_model *m, const struct jk_tokenizer *t)
{
	const struct jk_config *c = &m->config;
	uint32_t i;

	LINE("vocabulary", "%u rows, %u tokens, %u merges (%s)",
	    c->vocab_size, t->bpe.vocab.n_strings + t->added_vocab.n_strings,
	    t->bpe.n_merges, t->bpe.byte_level ? "byte-level BPE" :
	    "BPE with byte fallback");
	show_special(m, t, "bos", "bos_token", c->bos_id,
	    "none: texts have no first token of their own");
	show_special(m, t, "eos", "eos_token", c->eos_id, "none");
	show_special(m, t, "pad", "pad_token", c->pad_id,
	    "none, and none is needed: sequences are packed, not padded");
	jk_buf_printf(&out, "%-14s", "ends");
	for (i = 0; i < c->n_end_ids; i++) {
		if (i)
			jk_buf_adds(&out, ", ");
		add_token(t, c->end_ids[i]);
	}
	jk_buf_adds(&out, c->n_end_ids ? "\n" : "none named\n");
}

static void
show_chat(const struct jk_model *m)
{
	const char *text = jk_model_chat_template(m, NULL);
	struct jk_chat_texts texts = { 0 };
	struct jk_chat chat;
	json_t *messages;
	struct jk_err err;
	time_t now = time(NULL);
	struct tm tm;

	if (!text) {
		LINE("chat format", "none: choose one with "
		    "jk-template --template");
		return;
	}
	localtime_r(&now, &tm);
	messages = json_pack("[{s:s,s:s},{s:s,s:s}]", "role", "user",
	    "content", "QUESTION", "role", "assistant", "content", "ANSWER");
	if (!messages)
		check(jk_fail_nomem(&err), &err);
	if (jk_chat_init(&chat, m->path, text, m->special_tokens, &tm, &err)
	    < 0) {
		LINE("chat format", "its own, which jk can't render: %s",
		    err.msg);
		json_decref(messages);
		return;
	}
	check(jk_chat_texts(&chat, messages, true, &texts, &err), &err);
	LINE("chat format", "its own%s; a dialogue:", chat.joins_system ?
	    ", without a system role" : "");
	jk_buf_add(&out, texts.training.text.data, texts.training.text.len);
	if (texts.training.text.len &&
	    texts.training.text.data[texts.training.text.len - 1] != '\n')
		jk_buf_addc(&out, '\n');
	jk_chat_texts_release(&texts);
	jk_chat_release(&chat);
	json_decref(messages);
}

static void
show_model(void)
{
	struct jk_tokenizer *t;
	struct jk_model m;
	struct jk_err err;

	check(jk_model_open(&m, model_spec, JK_MODEL_ALL, &err), &err);
	t = jk_model_tokenizer(&m, &err);
	check(t ? 0 : -1, &err);
	show_architecture(&m);
	show_weights(&m);
	show_tokens(&m, t);
	show_chat(&m);
	jk_tokenizer_free(t);
	jk_model_close(&m);
}

enum { MAX_MADE_TOKENS = 1 << 28 };

/* Records of max_tokens, one step of them, for want of a shard. */
static void
make_records(struct jk_dataset *d, size_t n, struct jk_err *err)
{
	uint32_t n_tokens = (uint32_t)max_tokens, i;
	uint32_t *tokens = calloc(n_tokens, sizeof *tokens);
	bool *mask = calloc(n_tokens, sizeof *mask);
	size_t k;

	if (n * (uint64_t)max_tokens > MAX_MADE_TOKENS)
		tool_usage(&tool, "a step of %zu records of %lld tokens: more "
		    "than %d tokens are planned for a shard only", n,
		    max_tokens, (int)MAX_MADE_TOKENS);
	if (!tokens || !mask)
		check(jk_fail_nomem(err), err);
	/* nothing is in common, and everything that can be is supervised */
	for (i = 1; i < n_tokens; i++)
		mask[i] = true;
	for (k = 0; k < n; k++)
		check(jk_dataset_add(d, "", tokens, mask, n_tokens, 1, err),
		    err);
	free(tokens);
	free(mask);
}

static void
read_shards(const struct jk_model *m, struct jk_dataset *data,
    struct jk_dataset *eval, struct jk_err *err)
{
	struct jk_tokenizer *t = jk_model_tokenizer(m, err);
	const struct jk_train_options *o = &args.o;
	struct jk_hash128 hash;

	check(t ? 0 : -1, err);
	check(jk_model_tokenizer_hash(m, t, &hash, err), err);
	jk_tokenizer_free(t);
	if (tool.operands.n)
		check(jk_dataset_read(data, strcmp(tool.operands.v[0], "-") ?
		    tool.operands.v[0] : NULL, NULL, hash, NULL, err), err);
	else
		make_records(data, (size_t)o->batch * o->accumulate, err);
	if (args.eval_path)
		check(jk_dataset_read(eval, args.eval_path, NULL, hash, NULL,
		    err), err);
}

/* The table of jk-train --dry-run. */
static void
show_plan(void)
{
	struct jk_dataset data = { 0 }, eval = { 0 };
	struct jk_adapter init = { 0 };
	struct jk_train_plan plan;
	struct jk_model m;
	struct jk_dev *dev;
	struct jk_train_memory memory = { .model = &m, .data = &data,
		.eval = args.eval_path ? &eval : NULL };
	struct jk_err err;

	check(jk_model_open(&m, model_spec, JK_MODEL_ALL, &err), &err);
	check(jk_train_args_take(&args, &m.config, &init, &err), &err);
	check(jk_dev_open(args.device, (int)args.n_threads, &dev, &err),
	    &err);
	check(jk_dev_precision(dev, args.precision, &memory.precision, &err),
	    &err);
	tool_note(&tool, "%s; %s", jk_buf_str(&dev->description),
	    memory.precision == JK_PRECISION_BF16 ? "bf16" : "f32");
	read_shards(&m, &data, &eval, &err);
	if (!tool.operands.n)
		tool_note(&tool, "no shard: taken are records of %lld tokens, "
		    "all supervised, with nothing in common; real ones need "
		    "less", max_tokens);
	memory.dev = dev;
	check(jk_train_plan(&plan, &args.o, &memory, 0, &err), &err);
	jk_train_plan_print(&plan, &args.o, &out);
	jk_train_plan_release(&plan);
	jk_dataset_release(&data);
	jk_dataset_release(&eval);
	if (args.init_path)
		jk_adapter_close(&init);
	jk_dev_close(dev);
	jk_model_close(&m);
}

int
main(int argc, char **argv)
{
	struct jk_err err;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > (train ? 1 : 0))
		tool_usage(&tool, "unexpected operand: %s",
		    tool.operands.v[train ? 1 : 0]);
	if (train && !model_spec)
		tool_usage(&tool, "--train needs --model");
	if (for_train && !train)
		tool_usage(&tool, "what decides about a run, such as --rank, "
		    "goes with --train only");
	if (!model_spec && !devices)
		tool_usage(&tool,
		    "nothing to show: give --model or --devices");
	if (train)
		show_plan();
	else if (model_spec)
		show_model();
	if (devices)
		check(jk_dev_list(&out, &err), &err);
	check(jk_buf_check(&out, &err), &err);
	check(jk_out_write(&tool.out, out.data, out.len, &err), &err);
	jk_buf_release(&out);
	return tool_finish(&tool);
}
