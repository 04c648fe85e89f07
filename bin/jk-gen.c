/* jk-gen: answers to prompts, many in one batch.  See jk-gen(1). */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/in.h"
#include "chat/chat.h"
#include "model/training.h"
#include "nn/best.h"
#include "nn/gen_chat.h"
#include "nn/gen_io.h"
#include "nn/load.h"
#include "nn/prompt.h"
#include "record/record.h"
#include "session.h"

struct gen {
	struct jk_tool tool;
	struct session session;
	/* options */
	struct jk_prompter_options how;
	struct jk_strings regime_texts, end_tokens;
	struct jk_sampling base;
	uint32_t n_samples, max_batch;
	const char *scorer;
	long long seed;
	bool token_ids, show_times, chat;
	/* --- */
	struct jk_prompter *prompter;
	struct jk_provenance provenance;
	struct jk_progress progress;
	uint64_t n_answers;	/* done */
	struct jk_ids absent;	/* rows of the embedding without a token */
	struct jk_gen_prompts prompts;
	struct jk_gen_writer writer;
	struct jk_best best;
	struct jk_regime *regimes;
	size_t n_regimes;
};

#define IN(member) JK_OPT_IN(struct gen, member)

static const struct jk_opt opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "The prompt:" },
	{ JK_OPT_STRING, 't', "template", IN(how.template), "FORMAT",
	  JK_CHAT_FORMAT_NAMES "or a Jinja file", 0, 0, NULL },
	{ JK_OPT_STRING, 's', "system", IN(how.system), "TEXT",
	  "system text", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "raw", IN(how.raw), NULL,
	  "no template: go on with the prompt's own text", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "end", IN(end_tokens), "TOKEN",
	  "stop at this token, too (may be given again)", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Sampling:" },
	{ JK_OPT_STRINGS, 'r', "regime", IN(regime_texts),
	  "name=NAME,KEY=VALUE,…",
	  "settings under a name (may be given again)", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static const struct jk_opt more_opts[] = {
	{ JK_OPT_INT, 'n', "samples", IN(n_samples), "N",
	  "answers to each prompt in each regime", 1, 1e6, "1" },
	{ JK_OPT_INT, 0, "seed", IN(seed), "N", "", 0, 9e15, "0" },
	{ JK_OPT_INT, 0, "best-of", IN(best.n_of), "N",
	  "of so many answers keep the best", 1, 1000, "1" },
	{ JK_OPT_STRING, 0, "scorer", IN(scorer),
	  "likelihood|base|theme|cmd:COMMAND", "which that is (likelihood)",
	  0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_FLAG, 0, "chat", IN(chat), NULL,
	  "a conversation, line by line (/help)", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "token-ids", IN(token_ids), NULL,
	  "put the generated ids into the records", 0, 0, NULL },
	{ JK_OPT_INT, 0, "batch", IN(max_batch), "N",
	  "answers at a time", 1, 4096, "32" },
	{ JK_OPT_FLAG, 0, "times", IN(show_times), NULL,
	  "say at the end where the time went", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static void
set_regimes(struct gen *g)
{
	size_t i, k;

	g->n_regimes = g->regime_texts.n ? g->regime_texts.n : 1;
	g->regimes = calloc(g->n_regimes, sizeof *g->regimes);
	if (!g->regimes)
		tool_check(&g->tool, jk_fail_nomem(&g->tool.err));
	for (i = 0; i < g->n_regimes; i++) {
		struct jk_regime *r = &g->regimes[i];

		*r = jk_regime_default;
		r->sampling = g->base;
		if (g->base.greedy)
			strcpy(r->name, "greedy");
		if (g->regime_texts.n == 0)
			continue;
		tool_check(&g->tool, jk_regime_parse(r, g->regime_texts.v[i],
		    &g->tool.err));
		for (k = 0; k < i; k++)
			if (strcmp(g->regimes[k].name, r->name) == 0)
				tool_usage(&g->tool, "two regimes are named "
				    "'%s'", r->name);
	}
}

static void
add_end(struct gen *g, int64_t id)
{
	tool_check(&g->tool, jk_config_add_end_id(&g->session.model.config,
	    id, &g->tool.err));
}

/* What ends an answer: the model's, the adapter's, the template's, --end's. */
static void
set_ends(struct gen *g, const json_t *training)
{
	const struct jk_tokenizer *tokenizer = g->session.tokenizer;
	size_t i;
	int32_t found;

	tool_check(&g->tool, jk_training_ends(training,
	    &g->session.model.config, &g->tool.err));
	if (jk_prompter_end(g->prompter)) {
		found = jk_token_find_added(tokenizer,
		    jk_prompter_end(g->prompter));
		if (found >= 0)
			add_end(g, found);
	}
	session_end_of_turn(&g->session, &g->tool,
	    jk_prompter_tail(g->prompter));
	for (i = 0; i < g->end_tokens.n; i++) {
		found = jk_token_find_added(tokenizer, g->end_tokens.v[i]);
		if (found < 0)
			tool_usage(&g->tool, "--end: %s is not an added token "
			    "of the model", g->end_tokens.v[i]);
		add_end(g, found);
	}
}

/*
 * Many a vocabulary is padded: the embedding has rows that no token has, and
 * whose logits training never moved.
 */
static void
find_absent(struct gen *g)
{
	const struct jk_config *config = &g->session.model.config;
	struct jk_buf text = JK_BUF_INIT;
	struct jk_tool *t = &g->tool;
	uint32_t id;
	size_t n;

	for (id = 0; id < config->vocab_size; id++) {
		if (jk_token_text(g->session.tokenizer, id, &text, &n) ||
		    jk_config_is_end(config, id))
			continue;
		tool_check(t, jk_ids_reserve(&g->absent, 1, &t->err));
		g->absent.v[g->absent.n++] = id;
	}
	tool_check(t, jk_buf_check(&text, &t->err));
	jk_buf_release(&text);
}

static int
on_token(void *ctx, const struct jk_sample *s, uint32_t id,
    struct jk_err *err)
{
	struct gen *g = ctx;

	char detail[64];

	g->writer.n_tokens++;
	g->progress.part_done++;
	if (!g->progress.out)
		return jk_gen_stream(&g->writer, s, id, err);
	snprintf(detail, sizeof detail, jk_tr("%llu tokens, %.0f tokens/s"),
	    (unsigned long long)g->writer.n_tokens,
	    (double)g->writer.n_tokens / (jk_now_s() - g->progress.start_s));
	jk_progress_at(&g->progress, g->n_answers, detail);
	return jk_gen_stream(&g->writer, s, id, err);
}

static int
on_done(void *ctx, const struct jk_sample *s, struct jk_err *err)
{
	struct gen *g = ctx;

	g->n_answers++;
	/* the tokens that it could have had */
	g->progress.part_done +=
	    g->regimes[s->regime].sampling.max_new_tokens - s->n;
	return jk_gen_done(&g->writer, s, err);
}

static uint32_t
longest(const struct gen *g)
{
	const uint32_t limit = g->session.model.config.position_limit;
	uint64_t most = 0, n;
	size_t i;

	for (i = 0; i < g->n_regimes; i++)
		if (g->regimes[i].sampling.max_new_tokens > most)
			most = g->regimes[i].sampling.max_new_tokens;
	n = most + g->prompts.longest;
	return n < limit ? (uint32_t)n : limit;
}

static void
say_times(const struct gen *g, double load_s, double run_s)
{
	const struct jk_dev *dev = g->session.dev;
	struct jk_buf b = JK_BUF_INIT;

	jk_dev_breakdown(dev, &b);
	jk_buf_adds(&b, g->tool.name);
	jk_buf_printf_local(&b, jk_tr(": loaded in %.2f s; %llu tokens in "
	    "%.2f s, %.1f tokens/s; device memory %.1f MiB\n"), load_s, (unsigned long long)g->writer.n_tokens,
	    run_s, (double)g->writer.n_tokens / run_s,
	    (double)dev->peak_bytes / 1048576);
	fputs(jk_buf_str(&b), stderr);
	jk_buf_release(&b);
}

static void
on_scored(void *ctx, size_t n_done)
{
	jk_progress_at(&((struct gen *)ctx)->progress, n_done, NULL);
}

static void
choose(struct gen *g, const struct jk_weights *weights,
    const struct jk_lora *lora)
{
	struct jk_tool *t = &g->tool;

	tool_progress(t, &g->progress, JK_CTX("unit", "scores"), g->best.n);
	tool_check(t, jk_best_score(&g->best, g->prompts.v,
	    &(struct jk_scoring){ .weights = weights, .lora = lora,
		.progress = on_scored, .ctx = g }, &t->err));
	jk_progress_end(&g->progress);
	tool_check(t, jk_best_write(&g->best, &g->writer.records, &t->err));
}

static void
generate(struct gen *g, const struct jk_weights *weights,
    const struct jk_lora *lora)
{
	const struct jk_config *config = &g->session.model.config;
	uint64_t n_tokens = 0;
	size_t i;

	for (i = 0; i < g->n_regimes; i++)
		n_tokens += g->regimes[i].sampling.max_new_tokens;
	g->writer.device = g->session.dev->class->name;
	g->writer.precision = jk_precision_name(g->session.precision);
	if (!g->writer.streams)
		tool_progress(&g->tool, &g->progress, JK_CTX("unit", "answers"),
		    g->writer.n_total);
	g->progress.part_all = n_tokens * g->prompts.n * g->writer.n_samples;
	tool_check(&g->tool, jk_generate(&(struct jk_generation){
		.weights = weights, .lora = lora, .rowwise = true,
		.prompts = g->prompts.v, .n_prompts = (uint32_t)g->prompts.n,
		.regimes = g->regimes, .n_regimes = (uint32_t)g->n_regimes,
		.n_samples = (uint32_t)g->writer.n_samples,
		.seed = (uint64_t)g->seed,
		.end_ids = config->end_ids, .n_end_ids = config->n_end_ids,
		.absent_ids = g->absent.v,
		.n_absent_ids = (uint32_t)g->absent.n,
		.max_batch = g->max_batch, .max_positions = longest(g),
		.token = on_token, .done = on_done, .ctx = g },
	    &g->tool.err));
	jk_progress_end(&g->progress);
	if (g->writer.best)
		choose(g, weights, lora);
}

static void
complain(void *ctx, const char *message)
{
	tool_warn(&((struct gen *)ctx)->tool, "%s", message);
}

/* Positions that a conversation may take, whose memory is that of its state. */
enum { CHAT_POSITIONS = 4096 };

static void
converse(struct gen *g, const struct jk_weights *weights,
    const struct jk_lora *lora, uint32_t n_positions)
{
	const struct jk_config *config = &g->session.model.config;
	struct jk_tool *t = &g->tool;
	struct jk_in in;
	struct jk_gen_chat chat = { .prompter = g->prompter,
		.tokenizer = g->session.tokenizer, .out = &t->out,
		.mark = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? "> " :
		    "",
		.columns = jk_wrap_columns(stdout),
		.complain = complain, .ctx = g,
		.how = { .weights = weights, .lora = lora, .rowwise = true,
		    .regimes = g->regimes, .n_regimes = (uint32_t)g->n_regimes,
		    .seed = (uint64_t)g->seed, .end_ids = config->end_ids,
		    .n_end_ids = config->n_end_ids,
		    .absent_ids = g->absent.v,
		    .n_absent_ids = (uint32_t)g->absent.n,
		    .max_positions = n_positions } };

	tool_check(t, jk_in_open(&in, NULL, &t->err));
	tool_check(t, jk_gen_chat(&chat, &in, &t->err));
	if (*chat.mark)
		tool_check(t, jk_out_write(&t->out, "\n", 1, &t->err));
	jk_in_close(&in);
}

static void
run(struct gen *g)
{
	struct session *s = &g->session;
	const uint32_t limit = s->model.config.max_position_embeddings;
	const uint32_t n_positions = !g->chat ? longest(g) :
	    limit < CHAT_POSITIONS ? limit : CHAT_POSITIONS;
	struct jk_tool *t = &g->tool;
	struct jk_weights weights;
	struct jk_lora adapter = { 0 }, *lora = s->adapter_path ? &adapter :
	    NULL;
	double begin_s = jk_now_s(), loaded_s;

	s->rowwise = true;
	session_open_device(s, t);
	if (g->show_times)
		tool_check(t, jk_dev_time(s->dev, s->precision, &t->err));
	tool_check(t, jk_weights_load(&weights, &s->model, s->dev,
	    s->precision, 1u << JK_WEIGHT_VECTOR, n_positions, &t->err));
	session_check_int8(s, t, &weights);
	if (lora)
		tool_check(t, jk_lora_load(lora, &s->adapter,
		    &s->model, s->dev, &t->err));
	loaded_s = jk_now_s();
	if (g->chat)
		converse(g, &weights, lora, n_positions);
	else
		generate(g, &weights, lora);
	if (g->show_times)
		say_times(g, loaded_s - begin_s, jk_now_s() - loaded_s);
	if (lora)
		jk_lora_release(lora, s->dev);
	jk_weights_release(&weights);
}

/* What is answered, how, and who writes it. */
static void
prepare(struct gen *g, const json_t *training)
{
	const struct jk_portion part = tool_part(&g->tool);
	const size_t n_samples = (size_t)g->n_samples * g->best.n_of;
	struct session *s = &g->session;
	struct jk_tool *t = &g->tool;

	g->prompter = jk_prompter_new(&s->model, training, &g->how, &t->err);
	tool_check(t, g->prompter ? 0 : -1);
	set_ends(g, training);
	find_absent(g);
	if (g->chat)
		return;
	tool_await(t, "waiting for prompts on the terminal, one a line, up to "
	    "Ctrl-D");
	tool_check(t, jk_gen_read(&g->prompts, &t->operands, g->prompter,
	    s->tokenizer, s->model.config.vocab_size, &g->provenance,
	    &t->err));
	tool_check(t, jk_best_compare_prompts(&g->best, g->prompts.v,
	    g->prompts.records, g->prompts.n, &t->err));
	jk_gen_prompts_keep(&g->prompts, &part);
	if (g->prompts.n_general)
		tool_warn(t, jk_trn("%zu prompt of %zu has neither prompt, "
		    "theme nor messages: the general prompt stands for it",
		    "%zu prompts of %zu have neither prompt, theme nor "
		    "messages: the general prompt stands for them",
		    g->prompts.n_general), g->prompts.n_general, g->prompts.n);
	g->writer = (struct jk_gen_writer){ .out = &t->out,
		.prompts = &g->prompts, .tokenizer = s->tokenizer,
		.regimes = g->regimes, .n_regimes = g->n_regimes,
		.n_samples = n_samples,
		.best = g->best.n_of > 1 ? &g->best : NULL, .seed = g->seed,
		.token_ids = g->token_ids, .model = s->model_spec,
		.adapter = s->adapter_path,
		.streams = isatty(STDOUT_FILENO) && g->prompts.n == 1 &&
		    g->n_regimes == 1 && n_samples == 1 };
	tool_check(t, jk_gen_writer_init(&g->writer, &g->provenance,
	    &t->err));
	if (g->writer.best)
		tool_check(t, jk_best_init(&g->best, g->writer.n_total,
		    &t->err));
}

static void
check_usage(struct gen *g)
{
	struct jk_tool *t = &g->tool;

	if (!g->session.model_spec)
		tool_usage(t, TOOL_NO_MODEL);
	if (g->chat && (t->operands.n > 0 || g->n_samples > 1 || g->token_ids ||
	    g->how.raw || t->part_text || g->best.n_of > 1))
		tool_usage(t, "--chat reads lines from standard input and "
		    "takes no files, --samples, --best-of, --token-ids, --part "
		    "or --raw");
	if (g->scorer && g->best.n_of == 1)
		tool_usage(t, "--scorer says which answer is best: give "
		    "--best-of, too");
}

static void
set_best(struct gen *g)
{
	struct jk_tool *t = &g->tool;
	size_t i;

	for (i = 0; i < g->n_regimes; i++)
		if (g->best.n_of > 1 && g->regimes[i].sampling.greedy)
			tool_usage(t, "--best-of: a greedy answer is always "
			    "the same, there is nothing to choose");
	tool_check(t, jk_scorer_parse(&g->best.scorer, g->scorer ? g->scorer :
	    "likelihood", &t->err));
	g->best.n_wanted = g->n_samples;
}

int
main(int argc, char **argv)
{
	struct gen g = { .tool = { .name = "jk-gen",
		.usage = "--model=MODEL [OPTION]... [FILE]...",
		.summary = "Answer prompts: records, or one prompt a line.",
		.opts = { { session_model_opts, &g.session, NULL },
		    { session_adapter_opts, &g.session, NULL },
		    { opts, &g, NULL },
		    { jk_sampling_opts, &g.base, NULL },
		    { more_opts, &g, NULL },
		    { session_origin_opts, &g.session, NULL },
		    { session_device_opts, &g.session, NULL },
		    { session_products_opts, &g.session, NULL },
		    { tool_part_opts, &g.tool, NULL },
		    { tool_threads_opts, &g.tool, NULL } },
		.version = jk_dev_version, .writes_records = true },
		.base = jk_regime_default.sampling };
	struct jk_tool *t = &g.tool;

	tool_start(t, argc, argv);
	check_usage(&g);
	t->writes_records = !g.chat;
	set_regimes(&g);
	set_best(&g);
	tool_check(t, jk_chat_now(&g.how.now, &t->err));
	tool_check(t, jk_provenance_init(&g.provenance, t->command.data,
	    &t->err));
	session_open_model(&g.session, t);
	session_tokenizer(&g.session, t);
	prepare(&g, g.session.training);
	if (g.chat || g.prompts.n > 0)
		run(&g);
	if (!g.chat)
		jk_gen_writer_release(&g.writer);
	jk_best_release(&g.best);
	jk_gen_prompts_release(&g.prompts);
	jk_prompter_free(g.prompter);
	jk_ids_release(&g.absent);
	session_close(&g.session);
	jk_provenance_release(&g.provenance);
	free(g.regimes);
	free(g.regime_texts.v);
	free(g.end_tokens.v);
	return tool_finish(t);
}
