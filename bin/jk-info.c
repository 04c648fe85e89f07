/* jk-info: what a model is, what devices there are.  See jk-info(1). */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "chat/chat.h"
#include "chat/modelfile.h"
#include "model/describe.h"
#include "net/cost.h"
#include "net/int8.h"
#include "session.h"
#include "tok/example.h"
#include "train/input.h"
#include "train/recited.h"
#include "train/local.h"
#include "train/plan.h"

struct info {
	struct jk_tool tool;
	struct session session;
	/* options */
	bool devices, train, modelfile;
	uint32_t max_tokens, ranks;
	const char *link;
	double latency_ms, step_s;	/* step_s 0: not known */
	struct jk_train_options options;
	uint64_t for_train;	/* given of what goes with --train only */
	/* --- */
	struct jk_buf out;
};

#define IN(member) JK_OPT_IN(struct info, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_FLAG, 0, "devices", IN(devices), NULL,
	  "list the devices and what was found on each", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "train", IN(train), NULL,
	  "the memory that jk-train takes with the same options", 0, 0,
	  NULL },
	{ JK_OPT_FLAG, 0, "modelfile", IN(modelfile), NULL,
	  "what `ollama create` reads, to answer as jk-gen does", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static const struct jk_opt train_opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "With --train:" },
	{ JK_OPT_INT, 0, "max-tokens", IN(max_tokens), "N",
	  "without a shard: records of N tokens", 2, 1e6, "512" },
	{ JK_OPT_INT, 0, "ranks", IN(ranks), "N",
	  "what up to N ranks cost and save", 2, JK_MOST_SHARES, NULL },
	{ JK_OPT_STRING, 0, "link", IN(link), "RATE",
	  "between them: 1gbit, 10mbit", 0, 0, "1gbit" },
	{ JK_OPT_REAL, 0, "latency", IN(latency_ms), "X",
	  "milliseconds of a message between them", 0, 1e6, "0.2" },
	{ JK_OPT_REAL, 0, "step-seconds", IN(step_s), "X",
	  "of a step on one machine, as measured", 1e-6, 1e9, NULL },
	{ .kind = JK_OPT_END }
};

/* A token that ends turns by the template alone. */
static void
show_end_of_turn(struct info *info, const struct jk_model *m,
    const struct jk_tokenizer *tokenizer, const char *tail)
{
	struct jk_buf *out = &info->out;
	struct jk_tool *t = &info->tool;
	int64_t id;

	tool_check(t, jk_turn_end(tokenizer, tail, &id, &t->err));
	if (id < 0 || jk_config_is_end(&m->config, id))
		return;
	jk_describe_name(out, "end of turn");
	jk_describe_token(out, tokenizer, (uint32_t)id);
	jk_buf_adds(out, jk_tr(", by the template alone: an end, too\n"));
}

static void
show_chat(struct info *info, const struct jk_model *m,
    const struct jk_tokenizer *tokenizer)
{
	struct jk_buf *out = &info->out;
	struct jk_tool *t = &info->tool;
	const char *text = jk_model_chat_template(m, NULL);
	struct jk_chat_texts texts = { 0 };
	struct jk_chat chat;
	json_t *messages;
	time_t now = time(NULL);
	struct tm tm;

	if (!text) {
		JK_DESCRIBE(out, "chat format", jk_tr("none: choose one with "
		    "jk-template --template"));
		return;
	}
	localtime_r(&now, &tm);
	messages = json_pack("[{s:s,s:s},{s:s,s:s}]", "role", "user",
	    "content", "QUESTION", "role", "assistant", "content", "ANSWER");
	if (!messages)
		tool_check(t, jk_fail_nomem(&t->err));
	if (jk_chat_init(&chat, m->path, text, m->special_tokens, &tm,
	    &t->err) < 0) {
		if (t->err.status == JK_ESYS)
			tool_die(t, &t->err);
		JK_DESCRIBE(out, "chat format",
		    jk_tr("its own, which jk can't render: %s"),
		    t->err.msg);
		json_decref(messages);
		return;
	}
	tool_check(t, jk_chat_texts(&chat, messages, true, &texts, &t->err));
	JK_DESCRIBE(out, "chat format",
	    jk_tr("its own%s; a dialogue:"), chat.joins_system ?
	    jk_tr(", without a system role") : "");
	jk_buf_add(out, texts.training.text.data, texts.training.text.len);
	if (texts.training.text.len &&
	    texts.training.text.data[texts.training.text.len - 1] != '\n')
		jk_buf_addc(out, '\n');
	show_end_of_turn(info, m, tokenizer, chat.tail);
	jk_chat_texts_release(&texts);
	jk_chat_release(&chat);
	json_decref(messages);
}

static void
show_model(struct info *info)
{
	struct session *s = &info->session;
	const struct jk_tokenizer *t;

	session_open_model(s, &info->tool);
	t = session_tokenizer(s, &info->tool);
	jk_describe_model(&info->out, &s->model, t);
	show_chat(info, &s->model, t);
	session_close(s);
}

/*
 * Dialogues of a Gemma 4 Ollama renders itself: prompts end with an empty thought
 * or not.
 */
static void
write_renderer(struct info *info, const char *template)
{
	jk_buf_printf(&info->out, "RENDERER gemma4-%s\nPARSER gemma4\n",
	    strstr(template, "<channel|>\" }}") ? "large" : "small");
	tool_note(&info->tool, "Ollama renders dialogues of Gemma 4 itself: ask "
	    "it not to think, ollama run --think=false");
}

/* TEMPLATE, where there is one that can be said. */
static void
write_go_template(struct info *info, const struct jk_tokenizer *tokenizer)
{
	const struct jk_model *m = &info->session.model;
	const char *text = jk_model_chat_template(m, NULL), *first = NULL;
	struct jk_buf bos = JK_BUF_INIT, go = JK_BUF_INIT;
	struct jk_tool *t = &info->tool;
	struct jk_chat chat;
	struct tm now;
	size_t n;
	int r;

	if (!text) {
		tool_warn(t, "%s has no chat template: Ollama gives it "
		    "prompts as they are", m->path);
		return;
	}
	tool_check(t, jk_chat_now(&now, &t->err));
	tool_check(t, jk_chat_init(&chat, m->path, text, m->special_tokens,
	    &now, &t->err));
	session_end_of_turn(&info->session, t, chat.tail);
	if (tokenizer->prefix.n == 1)
		first = jk_token_text(tokenizer, tokenizer->prefix.v[0], &bos,
		    &n);
	r = jk_chat_go_template(&chat, first, &go, &t->err);
	tool_check(t, r);
	if (!strcmp(m->config.family->gguf_name, "gemma4"))
		write_renderer(info, jk_buf_str(&go));
	if (r > 0)
		tool_warn(t, "Ollama's language has no words for the chat "
		    "template: it stays out; start ollama serve with "
		    "OLLAMA_GO_TEMPLATE=0, which runs the file's own");
	else
		jk_buf_printf(&info->out, "TEMPLATE \"\"\"%s\"\"\"\n",
		    jk_buf_str(&go));
	jk_chat_release(&chat);
	jk_buf_release(&go);
	jk_buf_release(&bos);
}

static void
write_modelfile(struct info *info)
{
	struct session *s = &info->session;
	struct jk_buf *out = &info->out, b = JK_BUF_INIT;
	const struct jk_tokenizer *tokenizer;
	const char *path, *text;
	uint32_t i;
	size_t n;

	session_open_model(s, &info->tool);
	tokenizer = session_tokenizer(s, &info->tool);
	path = s->model.path;
	/* a name without a slash may be that of a model */
	jk_buf_printf(out, "FROM %s%s\n", *path == '/' || *path == '.' ? "" :
	    "./", path);
	write_go_template(info, tokenizer);
	for (i = 0; i < s->model.config.n_end_ids; i++) {
		text = jk_token_text(tokenizer, s->model.config.end_ids[i],
		    &b, &n);
		if (text)
			jk_buf_printf(out, "PARAMETER stop \"%.*s\"\n",
			    (int)n, text);
	}
	jk_buf_release(&b);
	session_close(s);
}

static void
read_shards(struct info *info, struct jk_dataset *data,
    struct jk_dataset *eval)
{
	const struct jk_train_options *o = &info->options;
	struct session *s = &info->session;
	struct jk_tool *t = &info->tool;
	struct jk_hash128 hash;

	tool_check(t, jk_model_tokenizer_hash(&s->model,
	    session_tokenizer(s, t), &hash, &t->err));
	session_forget_tokenizer(s);
	if (t->operands.n)
		tool_check(t, jk_dataset_read(data, strcmp(t->operands.v[0],
		    "-") ? t->operands.v[0] : NULL, NULL, hash, NULL,
		    &t->err));
	else
		tool_check(t, jk_dataset_make(data, (size_t)
		    jk_train_effective(o), info->max_tokens, &t->err));
	if (o->eval_path)
		tool_check(t, jk_dataset_read(eval, o->eval_path, NULL, hash,
		    NULL, &t->err));
}

/* Steps of a round; without a shard the plan's are no run's. */
static uint64_t
round_steps(const struct info *info, const struct jk_train_plan *plan)
{
	const uint64_t n = info->options.local_steps;

	return n == 0 ? 1 : info->tool.operands.n && plan->n_steps < n ?
	    plan->n_steps : n;
}

/* A row for 1, 2, 4, … ranks, and for all. */
static void
show_ranks(struct info *info, const struct jk_train_plan *plan)
{
	const uint64_t n_params = plan->n_params;
	const uint64_t part = info->options.compression ==
	    JK_COMPRESSION_INT8 ? jk_int8_bytes(n_params) : 4 * n_params;
	const uint64_t bytes = info->options.local_steps ? JK_LOCAL_PARTS *
	    part : part;
	struct jk_cost c = { .out_bytes = bytes, .back_bytes = bytes,
		.n_out = info->options.local_steps ? 2 : 1,
		.n_shares = info->options.shares,
		.n_steps = round_steps(info, plan),
		.latency_s = info->latency_ms / 1e3 };
	struct jk_buf *out = &info->out;
	struct jk_tool *t = &info->tool;
	struct jk_cost_step s;
	double step_s;
	uint32_t n;

	if (info->ranks > c.n_shares)
		tool_usage(t, "--ranks=%u: give at least --shares=%u",
		    info->ranks, info->ranks);
	tool_check(t, jk_parse_rate(info->link, &c.bits_per_s, &t->err));
	jk_buf_printf(out, jk_tr("\nprocesses  shares of one  MiB on the wire"
	    "   s of network%s\n"), info->step_s > 0 ?
	    jk_tr("  step, seconds     efficiency") : "");
	for (n = 1; n <= info->ranks; n = n < info->ranks && 2 * n >
	    info->ranks ? info->ranks : 2 * n) {
		jk_cost_of(&c, n, &s);
		jk_buf_printf_local(out, "%9u%15u%17.3f%15.4f", n,
		    s.most_shares, (double)s.wire_bytes / 0x1p20, s.network_s);
		step_s = info->step_s * s.most_shares / c.n_shares +
		    s.network_s;
		if (info->step_s > 0)
			jk_buf_printf_local(out, "%15.3f%13.1f %%", step_s,
			    100 * info->step_s / (n * step_s));
		jk_buf_addc(out, '\n');
	}
}

/* The table of jk-train --dry-run. */
static void
show_plan(struct info *info)
{
	struct jk_train_options *o = &info->options;
	struct session *s = &info->session;
	struct jk_tool *t = &info->tool;
	struct jk_dataset data = { 0 }, eval = { 0 }, taught = { 0 };
	struct jk_adapter init = { 0 };
	struct jk_train_plan plan;

	session_open_model(s, t);
	tool_check(t, jk_train_settle(o, 0, &s->model.config, &init,
	    &t->err));
	session_open_device(s, t);
	read_shards(info, &data, &eval);
	if (o->max_memorised < 1)
		tool_check(t, jk_dataset_spread(&taught, &data, eval.n,
		    &t->err));
	if (!t->operands.n)
		tool_note(t, "no shard: taken are records of %u tokens, "
		    "all supervised, with nothing in common; real ones need "
		    "less", info->max_tokens);
	tool_check(t, jk_train_plan(&plan, o, &(struct jk_train_memory){
		.model = &s->model, .dev = s->dev, .precision = s->precision,
		.data = &data, .eval = o->eval_path ? &eval : NULL,
		.taught = taught.examples ? &taught : NULL }, 0, &t->err));
	jk_train_plan_print(&plan, o, &info->out);
	if (info->ranks)
		show_ranks(info, &plan);
	jk_train_plan_release(&plan);
	jk_dataset_release(&data);
	jk_dataset_release(&eval);
	free(taught.examples);
	if (o->init_path)
		jk_adapter_close(&init);
	session_close(s);
}

int
main(int argc, char **argv)
{
	struct info info = { .tool = { .name = "jk-info",
		.usage = "[--model=MODEL [--modelfile | --train [OPTION]... "
		    "[SHARD]]] [--devices]",
		.summary = "Say what a model is, or what devices there are.",
		.opts = { { session_model_opts, &info.session, NULL },
		    { opts, &info, NULL },
		    { train_opts, &info, &info.for_train },
		    JK_TRAIN_OPTS(&info.options),
		    { session_device_opts, &info.session, &info.for_train },
		    { session_precision_opts, &info.session, &info.for_train },
		    { tool_threads_opts, &info.tool, &info.for_train } },
		.version = jk_dev_version } };
	const struct jk_train_options *o = &info.options;
	struct jk_tool *t = &info.tool;

	tool_start(t, argc, argv);
	if (t->operands.n > (info.train ? 1 : 0))
		tool_usage(t, info.train ? "one shard at a time: %s is another"
		    : "unexpected operand: %s (a model is named with --model)",
		    t->operands.v[info.train ? 1 : 0]);
	if (info.train && !info.session.model_spec)
		tool_usage(t, "--train needs --model");
	if ((info.for_train || o->given || o->recipe_given ||
	    o->files_given) && !info.train)
		tool_usage(t, "what decides about a run, such as --rank, "
		    "goes with --train only");
	if (info.modelfile && !info.session.model_spec)
		tool_usage(t, "--modelfile needs --model");
	if (info.modelfile && (info.train || info.devices))
		tool_usage(t, "--modelfile is all that is written: give it "
		    "without %s", info.train ? "--train" : "--devices");
	if (!info.session.model_spec && !info.devices)
		tool_usage(t, "nothing to show: give --model or --devices");
	if (info.train)
		show_plan(&info);
	else if (info.modelfile)
		write_modelfile(&info);
	else if (info.session.model_spec)
		show_model(&info);
	if (info.devices)
		tool_check(t, jk_dev_list(&info.out, &t->err));
	tool_put_text(t, &info.out);
	return tool_finish(t);
}
