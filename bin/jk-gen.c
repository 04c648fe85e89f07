/* jk-gen: answers to prompts, many in one batch.  See jk-gen(1). */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev/open.h"
#include "model/tokenizer.h"
#include "model/training.h"
#include "nn/gen_io.h"
#include "nn/prompt.h"
#include "record/record.h"
#include "tool.h"

static const char *model_spec, *adapter_path, *device = "auto",
    *precision_name = "auto";
static struct jk_prompter_options how;
static struct jk_strings regime_texts, end_tokens;
static struct jk_sampling base;
static long long top_k, max_new = 256, min_new, n_samples = 1, seed,
    max_batch = 32, n_threads;
static bool token_ids, show_times;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_STRING, 'a', "adapter", &adapter_path, "ADAPTER",
	  "a LoRA adapter: a PEFT folder, a .gguf file", 0, 0 },
	{ JK_OPT_GROUP, .help = "The prompt:" },
	{ JK_OPT_STRING, 't', "template", &how.template, "FORMAT",
	  "zephyr, chatml, gemma, llama3 or a Jinja file", 0, 0 },
	{ JK_OPT_STRING, 's', "system", &how.system, "TEXT",
	  "system text", 0, 0 },
	{ JK_OPT_FLAG, 0, "raw", &how.raw, NULL,
	  "no template: go on with the prompt's own text", 0, 0 },
	{ JK_OPT_STRINGS, 0, "end", &end_tokens, "TOKEN",
	  "stop at this token, too (may be given again)", 0, 0 },
	{ JK_OPT_GROUP, .help = "Sampling:" },
	{ JK_OPT_STRINGS, 'r', "regime", &regime_texts, "name=NAME,KEY=VALUE,…",
	  "settings under a name (may be given again)", 0, 0 },
	{ JK_OPT_FLAG, 0, "greedy", &base.greedy, NULL,
	  "always the most probable token", 0, 0 },
	{ JK_OPT_REAL, 0, "temperature", &base.temperature, "T", "(1)",
	  1e-6, 1000 },
	{ JK_OPT_INT, 0, "top-k", &top_k, "K", "(0: off)", 0, 1e9 },
	{ JK_OPT_REAL, 0, "top-p", &base.top_p, "P", "(1: off)", 1e-9, 1 },
	{ JK_OPT_REAL, 0, "min-p", &base.min_p, "P", "(0: off)", 0, 1 },
	{ JK_OPT_REAL, 0, "repetition-penalty", &base.repetition_penalty,
	  "R", "(1: off)", 1e-6, 1000 },
	{ JK_OPT_INT, 0, "max-new-tokens", &max_new, "N", "(256)", 1, 1e6 },
	{ JK_OPT_INT, 0, "min-new-tokens", &min_new, "N", "(0)", 0, 1e6 },
	{ JK_OPT_INT, 'n', "samples", &n_samples, "N",
	  "answers to each prompt in each regime (1)", 1, 1e6 },
	{ JK_OPT_INT, 0, "seed", &seed, "N", "(0)", 0, 9e15 },
	{ JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_FLAG, 0, "token-ids", &token_ids, NULL,
	  "put the generated ids into the records", 0, 0 },
	{ JK_OPT_STRING, 0, "device", &device, "auto|cpu|vulkan[:N]",
	  "where to compute", 0, 0 },
	{ JK_OPT_CHOICE, 0, "precision", &precision_name, "auto|f32|bf16",
	  "of activations", 0, 0 },
	{ JK_OPT_INT, 0, "batch", &max_batch, "N",
	  "answers at a time (32)", 1, 4096 },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 256 },
	{ JK_OPT_FLAG, 0, "times", &show_times, NULL,
	  "say at the end where the time went", 0, 0 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-gen",
	.usage = "--model=MODEL [OPTION]... [FILE]...",
	.summary = "Answer prompts: records, or one prompt a line.",
	.opts = opts,
	.version = jk_dev_version,
	.writes_records = true
};

static struct jk_err err;
static struct jk_model model;
static struct jk_adapter adapter;
static struct jk_tokenizer *tokenizer;
static struct jk_prompter *prompter;
static struct jk_provenance provenance;
static struct jk_progress progress;
static struct jk_gen_prompts prompts;
static struct jk_gen_writer writer;
static struct jk_regime *regimes;
static size_t n_regimes;

static void
check(int result)
{
	if (result < 0)
		tool_die(&tool, &err);
}

static void
set_regimes(void)
{
	size_t i;

	base.top_k = (uint32_t)top_k;
	base.max_new_tokens = (uint32_t)max_new;
	base.min_new_tokens = (uint32_t)min_new;
	n_regimes = regime_texts.n ? regime_texts.n : 1;
	regimes = calloc(n_regimes, sizeof *regimes);
	if (!regimes)
		check(jk_fail_nomem(&err));
	for (i = 0; i < n_regimes; i++) {
		size_t k;

		regimes[i] = jk_regime_default;
		regimes[i].sampling = base;
		if (base.greedy)
			strcpy(regimes[i].name, "greedy");
		if (regime_texts.n == 0)
			continue;
		check(jk_regime_parse(&regimes[i], regime_texts.v[i], &err));
		for (k = 0; k < i; k++)
			if (strcmp(regimes[k].name, regimes[i].name) == 0)
				tool_usage(&tool, "two regimes are named "
				    "'%s'", regimes[i].name);
	}
}

/* The ids that end an answer: the model's, the adapter's, --end's. */
static void
set_ends(const json_t *training)
{
	size_t i;
	int32_t found;

	check(jk_training_ends(training, &model.config, &err));
	if (jk_prompter_end(prompter)) {
		found = jk_token_find_added(tokenizer,
		    jk_prompter_end(prompter));
		if (found >= 0)
			check(jk_config_add_end_id(&model.config, found,
			    &err));
	}
	for (i = 0; i < end_tokens.n; i++) {
		found = jk_token_find_added(tokenizer, end_tokens.v[i]);
		if (found < 0)
			tool_usage(&tool, "--end: %s is not an added token "
			    "of the model", end_tokens.v[i]);
		check(jk_config_add_end_id(&model.config, found, &err));
	}
}

static int
on_token(void *ctx, const struct jk_sample *s, uint32_t id,
    struct jk_err *e)
{
	(void)ctx;
	jk_progress_at(&progress, ++writer.n_tokens, NULL);
	return jk_gen_stream(&writer, s, id, e);
}

static int
on_done(void *ctx, const struct jk_sample *s, struct jk_err *e)
{
	(void)ctx;
	return jk_gen_done(&writer, s, e);
}

static uint32_t
longest(void)
{
	uint64_t most = 0, n;
	size_t i;

	for (i = 0; i < n_regimes; i++)
		if (regimes[i].sampling.max_new_tokens > most)
			most = regimes[i].sampling.max_new_tokens;
	n = most + prompts.longest;
	return n < model.config.max_position_embeddings ? (uint32_t)n :
	    model.config.max_position_embeddings;
}

static void
say_times(const struct jk_dev *dev, double load_s, double run_s)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_dev_breakdown(dev, &b);
	fprintf(stderr, "%s%s: loaded in %.2f s; %llu tokens in %.2f s, "
	    "%.1f tokens/s; device memory %.1f MiB\n", jk_buf_str(&b),
	    tool.name, load_s, (unsigned long long)writer.n_tokens, run_s,
	    (double)writer.n_tokens / run_s,
	    (double)dev->peak_bytes / 1048576);
	jk_buf_release(&b);
}

static void
run(void)
{
	struct jk_weights weights;
	struct jk_lora lora = { 0 };
	enum jk_precision precision;
	struct jk_dev *dev;
	double begin_s = jk_now_s(), loaded_s;

	check(jk_dev_open(device, (int)n_threads, &dev, &err));
	check(jk_dev_precision(dev, precision_name, &precision, &err));
	tool_note(&tool, "%s; %s", jk_buf_str(&dev->description),
	    precision == JK_PRECISION_BF16 ? "bf16" : "f32");
	if (show_times)
		check(jk_dev_time(dev, &err));
	check(jk_weights_load(&weights, &model, dev, precision,
	    1u << JK_WEIGHT_VECTOR, longest(), &err));
	if (adapter_path)
		check(jk_lora_load(&lora, &adapter, &model.config, dev, &err));
	loaded_s = jk_now_s();
	writer.device = dev->class->name;
	writer.precision = precision == JK_PRECISION_BF16 ? "bf16" : "f32";
	if (!writer.streams)
		tool_progress(&tool, &progress, "tokens", 0);
	check(jk_generate(&(struct jk_generation){ .weights = &weights,
		.lora = adapter_path ? &lora : NULL,
		.rowwise = true,
		.prompts = prompts.v, .n_prompts = (uint32_t)prompts.n,
		.regimes = regimes, .n_regimes = (uint32_t)n_regimes,
		.n_samples = (uint32_t)n_samples, .seed = (uint64_t)seed,
		.end_ids = model.config.end_ids,
		.n_end_ids = model.config.n_end_ids,
		.max_batch = (uint32_t)max_batch, .max_positions = longest(),
		.token = on_token, .done = on_done }, &err));
	jk_progress_end(&progress);
	if (show_times)
		say_times(dev, loaded_s - begin_s, jk_now_s() - loaded_s);
	if (adapter_path)
		jk_lora_release(&lora, dev);
	jk_weights_release(&weights);
	jk_dev_close(dev);
}

int
main(int argc, char **argv)
{
	json_t *training = NULL;

	base = jk_regime_default.sampling;
	tool_start(&tool, argc, argv);
	if (!model_spec)
		tool_usage(&tool, "--model is missing");
	set_regimes();
	jk_gen_now(&how.now);
	check(jk_provenance_init(&provenance, tool.command.data, &err));
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, &err));
	if (adapter_path) {
		check(jk_adapter_open(&adapter, adapter_path, &model.config,
		    &err));
		check(jk_gen_training(adapter_path, &training, &err));
	}
	tokenizer = jk_model_tokenizer(&model, &err);
	if (!tokenizer)
		tool_die(&tool, &err);
	prompter = jk_prompter_new(&model, training, &how, &err);
	if (!prompter)
		tool_die(&tool, &err);
	set_ends(training);
	check(jk_gen_read(&prompts, &tool.operands, prompter, tokenizer,
	    model.config.vocab_size, &provenance, &err));
	writer = (struct jk_gen_writer){ .out = &tool.out,
		.prompts = &prompts, .tokenizer = tokenizer,
		.regimes = regimes, .n_regimes = n_regimes,
		.n_samples = (size_t)n_samples, .seed = seed,
		.token_ids = token_ids, .model = model_spec,
		.adapter = adapter_path,
		.template_hash = jk_prompter_hash(prompter),
		.streams = isatty(STDOUT_FILENO) && prompts.n == 1 &&
		    n_regimes == 1 && n_samples == 1 };
	check(jk_gen_writer_init(&writer, &provenance, &err));
	if (prompts.n > 0)
		run();
	jk_gen_writer_release(&writer);
	jk_gen_prompts_release(&prompts);
	jk_prompter_free(prompter);
	jk_tokenizer_free(tokenizer);
	json_decref(training);
	if (adapter_path)
		jk_adapter_close(&adapter);
	jk_model_close(&model);
	jk_provenance_release(&provenance);
	free(regimes);
	free(regime_texts.v);
	free(end_tokens.v);
	return tool_finish(&tool);
}
