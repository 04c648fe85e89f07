/* jk-ppl: how likely a model finds texts.  See jk-ppl(1). */

#include "base/decimal.h"
#include "base/wrap.h"
#include "nn/load.h"
#include "nn/score_io.h"
#include "session.h"

struct ppl {
	struct jk_tool tool;
	struct session session;
	/* options */
	bool text_mode, per_record, as_json, show_times;
	long long context;
	uint32_t pack_rows;
	/* --- */
	struct jk_score_set records;
	struct jk_progress progress;
};

#define IN(member) JK_OPT_IN(struct ppl, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_FLAG, 0, "text", IN(text_mode), NULL,
	  "the files are texts, not token shards", 0, 0, NULL },
	{ JK_OPT_INT, 0, "context", IN(context), "N",
	  "tokens of a window of text", 2, 1e6, "1024" },
	{ JK_OPT_FLAG, 0, "per-record", IN(per_record), NULL,
	  "a line of JSON for each record", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "json", IN(as_json), NULL,
	  "the result as JSON", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_INT, 0, "rows", IN(pack_rows), "N",
	  "tokens of a pass", 1, 1e6, "1536" },
	{ JK_OPT_FLAG, 0, "times", IN(show_times), NULL,
	  "say at the end where the time went", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static void
read_file(struct ppl *p, const char *path)
{
	struct jk_tool *t = &p->tool;

	if (p->text_mode)
		tool_check(t, jk_score_add_text(&p->records, path,
		    (size_t)p->context, &t->err));
	else
		tool_check(t, jk_score_add_shard(&p->records, path, &t->err));
}

static void
show_progress(void *ctx, size_t n_done)
{
	struct ppl *p = ctx;

	jk_progress_at(&p->progress, n_done, NULL);
}

static void
score(struct ppl *p, const struct jk_weights *weights,
    const struct jk_lora *lora)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_tool *t = &p->tool;
	double begin_s;

	tool_progress(t, &p->progress, JK_CTX("unit", "records"),
	    p->records.n);
	begin_s = jk_now_s();
	tool_check(t, jk_score_records(&(struct jk_scoring){
		.weights = weights, .lora = lora, .pack_rows = p->pack_rows,
		.progress = show_progress, .ctx = p }, p->records.v,
	    p->records.n, &t->err));
	jk_progress_end(&p->progress);
	if (p->show_times) {
		jk_dev_breakdown(p->session.dev, &b);
		jk_buf_adds(&b, t->name);
		jk_buf_printf_local(&b, jk_tr(": scored in %.2f s\n"),
		    jk_now_s() - begin_s);
		fputs(jk_buf_str(&b), stderr);
		jk_buf_release(&b);
	}
}

/* What several passes multiply by stays in the form that they want. */
static void
keep_weights(struct ppl *p)
{
	uint64_t n_rows = 0;
	size_t i;

	for (i = 0; i < p->records.n; i++)
		n_rows += p->records.v[i].n;
	if (n_rows > p->pack_rows)
		jk_dev_keep(p->session.dev, p->session.dev->memory_bytes / 4);
}

static void
run(struct ppl *p)
{
	struct session *s = &p->session;
	const struct jk_config *config = &s->model.config;
	struct jk_tool *t = &p->tool;
	struct jk_weights weights;
	struct jk_lora lora = { 0 };

	if (p->records.longest > config->position_limit)
		tool_check(t, jk_fail(&t->err, JK_EDATA, "a record has %u "
		    "tokens, the model takes %u: jk-tokenize --max-tokens=%u "
		    "drops it", p->records.longest, config->position_limit,
		    config->position_limit));
	session_open_device(s, t);
	if (p->show_times)
		tool_check(t, jk_dev_time(s->dev, s->precision, &t->err));
	tool_check(t, jk_weights_load(&weights, &s->model, s->dev,
	    s->precision, 1u << JK_WEIGHT_MATRIX, p->records.longest,
	    &t->err));
	session_check_int8(s, t, &weights);
	if (s->adapter_path)
		tool_check(t, jk_lora_load(&lora, &s->adapter, &s->model, s->dev,
		    &t->err));
	keep_weights(p);
	score(p, &weights, s->adapter_path ? &lora : NULL);
	if (s->adapter_path)
		jk_lora_release(&lora, s->dev);
	jk_weights_release(&weights);
}

static void
report(struct ppl *p)
{
	const struct jk_score_total total = jk_score_sum(&p->records);
	struct jk_buf b = JK_BUF_INIT, line = JK_BUF_INIT;

	jk_score_write_line(&total, &line);
	if (p->as_json) {
		jk_score_write_json(&total, &b);
	} else if (p->per_record) {
		jk_score_write_records(&p->records, &b);
		tool_note(&p->tool, "%s", jk_buf_str(&line));
	} else {
		jk_buf_add_wrapped(&b, jk_buf_str(&line),
		    jk_wrap_columns(stdout));
		jk_buf_addc(&b, '\n');
	}
	tool_put(&p->tool, &b);
	jk_buf_release(&line);
}

int
main(int argc, char **argv)
{
	struct ppl p = { .tool = { .name = "jk-ppl",
		.usage = "--model=MODEL [OPTION]... [FILE]...",
		.summary = "Loss, perplexity and bits per byte of a model on "
		    "texts.",
		.opts = { { session_model_opts, &p.session, NULL },
		    { session_adapter_opts, &p.session, NULL },
		    { opts, &p, NULL },
		    { session_origin_opts, &p.session, NULL },
		    { session_device_opts, &p.session, NULL },
		    { session_products_opts, &p.session, NULL },
		    { tool_part_opts, &p.tool, NULL },
		    { tool_threads_opts, &p.tool, NULL } },
		.version = jk_dev_version } };
	struct jk_tool *t = &p.tool;
	struct jk_portion part;
	size_t i;

	tool_start(t, argc, argv);
	if (!p.session.model_spec)
		tool_usage(t, TOOL_NO_MODEL);
	part = tool_part(t);
	if (p.per_record && p.as_json)
		tool_usage(t, "choose one of --per-record and --json");
	session_open_model(&p.session, t);
	jk_score_set_init(&p.records, &p.session.model,
	    session_tokenizer(&p.session, t));
	tool_await(t, p.text_mode ? "waiting for a text on the terminal, up to "
	    "Ctrl-D" : "waiting for a token shard on the terminal: name a file, "
	    "or pipe it in from jk-tokenize");
	if (t->operands.n == 0)
		read_file(&p, NULL);
	for (i = 0; i < t->operands.n; i++)
		read_file(&p, t->operands.v[i]);
	jk_score_set_keep(&p.records, &part);
	if (p.records.n == 0)
		tool_check(t, jk_fail(&t->err, JK_EDATA, "nothing to score"));
	run(&p);
	report(&p);
	jk_score_set_release(&p.records);
	session_close(&p.session);
	return tool_finish(t);
}
