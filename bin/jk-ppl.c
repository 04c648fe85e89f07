/* jk-ppl: how likely a model finds texts.  See jk-ppl(1). */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dev/open.h"
#include "model/adapter.h"
#include "model/tokenizer.h"
#include "nn/score.h"
#include "tok/shard.h"
#include "tool.h"

static const char *model_spec, *adapter_path, *device = "auto",
    *precision_name = "auto";
static bool text_mode, per_record, as_json, show_times;
static long long context = 1024, pack_rows = 1536, n_threads;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_STRING, 'a', "adapter", &adapter_path, "ADAPTER",
	  "a LoRA adapter: a PEFT folder, a .gguf file", 0, 0 },
	{ JK_OPT_FLAG, 0, "text", &text_mode, NULL,
	  "the files are texts, not token shards", 0, 0 },
	{ JK_OPT_INT, 0, "context", &context, "N",
	  "tokens of a window of text (1024)", 2, 1e6 },
	{ JK_OPT_FLAG, 0, "per-record", &per_record, NULL,
	  "a line of JSON for each record", 0, 0 },
	{ JK_OPT_FLAG, 0, "json", &as_json, NULL,
	  "the result as JSON", 0, 0 },
	{ JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_STRING, 0, "device", &device, "auto|cpu|vulkan[:N]",
	  "where to compute", 0, 0 },
	{ JK_OPT_CHOICE, 0, "precision", &precision_name, "auto|f32|bf16",
	  "of activations", 0, 0 },
	{ JK_OPT_INT, 0, "rows", &pack_rows, "N",
	  "tokens of a pass (1536)", 1, 1e6 },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 256 },
	{ JK_OPT_FLAG, 0, "times", &show_times, NULL,
	  "say at the end where the time went", 0, 0 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-ppl",
	.usage = "--model=MODEL [OPTION]... [FILE]...",
	.summary = "Loss, perplexity and bits per byte of a model on texts.",
	.opts = opts,
	.version = jk_dev_version
};

static struct jk_err err;
static struct jk_model model;
static struct jk_tokenizer *tokenizer;
static struct jk_adapter adapter;
static struct jk_progress progress;

/* What is scored, and what a record is called. */
static struct jk_score *records;
static struct label {
	char *id;
	uint32_t n_bytes;
} *labels;
static size_t n_records, cap_records;
static uint32_t longest = 1;

static void
check(int result)
{
	if (result < 0)
		tool_die(&tool, &err);
}

static void *
copy(const void *p, size_t n)
{
	void *q = malloc(n ? n : 1);

	if (!q)
		check(jk_fail_nomem(&err));
	return memcpy(q, p, n);
}

static void
add(const char *id, const uint32_t *ids, uint32_t n,
    const struct jk_score_run *runs, uint32_t n_runs, uint32_t n_bytes)
{
	if (n_records == cap_records) {
		cap_records = cap_records * 2 + 256;
		records = realloc(records, cap_records * sizeof *records);
		labels = realloc(labels, cap_records * sizeof *labels);
		if (!records || !labels)
			check(jk_fail_nomem(&err));
	}
	records[n_records] = (struct jk_score){
		.ids = copy(ids, n * sizeof *ids), .n = n,
		.runs = copy(runs, n_runs * sizeof *runs),
		.n_runs = n_runs };
	labels[n_records++] = (struct label){ copy(id, strlen(id) + 1),
		n_bytes };
	if (n > longest)
		longest = n;
}

/* Records count only when the shard's end has been seen to be whole. */
static void
read_shard(const char *path)
{
	struct jk_shard_reader r;
	struct jk_shard_record record;
	struct jk_hash128 hash;
	struct jk_score_run *runs = NULL;
	uint32_t i;
	int got;

	check(jk_model_tokenizer_hash(&model, tokenizer, &hash, &err));
	check(jk_shard_open(&r, path, &err));
	check(jk_shard_require(&r, hash, &err));
	while ((got = jk_shard_read(&r, &record, &err)) > 0) {
		runs = realloc(runs, record.n_runs * sizeof *runs);
		if (!runs)
			check(jk_fail_nomem(&err));
		for (i = 0; i < record.n_runs; i++)
			runs[i] = (struct jk_score_run){ record.runs[i].begin,
				record.runs[i].end };
		for (i = 0; i < record.n_tokens; i++)
			if (record.ids[i] >= model.config.vocab_size)
				check(jk_fail(&err, JK_EDATA, "%s: token %u "
				    "has no row in the model's embedding",
				    path ? path : "<stdin>", record.ids[i]));
		add(record.id, record.ids, record.n_tokens, runs,
		    record.n_runs, record.n_bytes);
	}
	check(got);
	free(runs);
	jk_shard_close(&r);
}

/* Bytes that some tokens stand for. */
static uint32_t
bytes_of(const uint32_t *ids, uint32_t n)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t i, sum = 0;
	size_t len;

	for (i = 0; i < n; i++) {
		jk_token_text(tokenizer, ids[i], &b, &len);
		sum += (uint32_t)len;
	}
	jk_buf_release(&b);
	return sum;
}

/* A text in windows; each scores its tokens but the first. */
static void
read_text(const char *path)
{
	const struct jk_encode_options options = { .add_special = true };
	struct jk_buf text = JK_BUF_INIT;
	struct jk_ids ids = { 0 };
	struct jk_encoder encoder;
	struct jk_in in;
	size_t at, n, i;

	check(jk_in_open(&in, path, &err));
	check(jk_in_slurp(&in, &text, &err));
	check(jk_encoder_init(&encoder, tokenizer, &err));
	if (jk_encode(&encoder, jk_buf_str(&text), text.len, &options, &ids,
	    &err) < 0)
		check(jk_fail_prefix(&err, "%s", in.name));
	for (i = 0; i < ids.n; i++)
		if (ids.v[i] >= model.config.vocab_size)
			check(jk_fail(&err, JK_EDATA, "%s: token %u has no "
			    "row in the model's embedding", in.name,
			    ids.v[i]));
	for (at = 0; at + 1 < ids.n; at += n) {
		n = ids.n - at < (size_t)context ? ids.n - at :
		    (size_t)context;
		if (n < 2)
			break;
		add(in.name, ids.v + at, (uint32_t)n,
		    &(struct jk_score_run){ 1, (uint32_t)n }, 1,
		    bytes_of(ids.v + at + 1, (uint32_t)n - 1));
	}
	jk_encoder_release(&encoder);
	jk_ids_release(&ids);
	jk_buf_release(&text);
	jk_in_close(&in);
}

static void
show_progress(void *ctx, size_t n_done)
{
	(void)ctx;
	jk_progress_at(&progress, n_done, NULL);
}

static void
run(void)
{
	struct jk_weights weights;
	struct jk_lora lora = { 0 };
	enum jk_precision precision;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_dev *dev;
	double begin_s;

	if (longest > model.config.max_position_embeddings)
		check(jk_fail(&err, JK_EDATA, "a record has %u tokens, the "
		    "model takes %u", longest,
		    model.config.max_position_embeddings));
	check(jk_dev_open(device, (int)n_threads, &dev, &err));
	check(jk_dev_precision(dev, precision_name, &precision, &err));
	tool_note(&tool, "%s; %s", jk_buf_str(&dev->description),
	    precision == JK_PRECISION_BF16 ? "bf16" : "f32");
	if (show_times)
		check(jk_dev_time(dev, &err));
	check(jk_weights_load(&weights, &model, dev, precision,
	    1u << JK_WEIGHT_MATRIX, longest, &err));
	if (adapter_path)
		check(jk_lora_load(&lora, &adapter, &model.config, dev, &err));
	tool_progress(&tool, &progress, "records", n_records);
	begin_s = jk_now_s();
	check(jk_score_records(&(struct jk_scoring){ .weights = &weights,
		.lora = adapter_path ? &lora : NULL,
		.pack_rows = (uint32_t)pack_rows,
		.progress = show_progress }, records, n_records, &err));
	jk_progress_end(&progress);
	if (show_times) {
		jk_dev_breakdown(dev, &b);
		fprintf(stderr, "%s%s: scored in %.2f s\n", jk_buf_str(&b),
		    tool.name, jk_now_s() - begin_s);
		jk_buf_release(&b);
	}
	if (adapter_path)
		jk_lora_release(&lora, dev);
	jk_weights_release(&weights);
	jk_dev_close(dev);
}

static void
write_record(struct jk_buf *b, const char *id, double nll, uint64_t n_tokens,
    uint64_t n_bytes)
{
	jk_buf_adds(b, "{\"id\":");
	jk_json_write_string(b, id, strlen(id));
	jk_buf_adds(b, ",\"nll\":");
	jk_json_write_real(b, nll);
	jk_buf_printf(b, ",\"n_tokens\":%llu,\"n_bytes\":%llu}\n",
	    (unsigned long long)n_tokens, (unsigned long long)n_bytes);
}

static void
report(void)
{
	struct jk_buf b = JK_BUF_INIT, total = JK_BUF_INIT;
	uint64_t n_tokens = 0, n_bytes = 0;
	double nll = 0, loss, bits;
	size_t i;

	for (i = 0; i < n_records; i++) {
		nll += records[i].nll;
		n_tokens += records[i].n_scored;
		n_bytes += labels[i].n_bytes;
		if (per_record)
			write_record(&b, labels[i].id, records[i].nll,
			    records[i].n_scored, labels[i].n_bytes);
	}
	loss = nll / (double)n_tokens;
	bits = n_bytes ? nll / log(2) / (double)n_bytes : NAN;
	jk_buf_printf(&total, "loss %.6f nats per token, perplexity %.4f, "
	    "%.5f bits per byte (%zu records, %llu tokens, %llu bytes)",
	    loss, exp(loss), bits, n_records, (unsigned long long)n_tokens,
	    (unsigned long long)n_bytes);
	if (as_json) {
		jk_buf_adds(&b, "{\"loss\":");
		jk_json_write_real(&b, loss);
		jk_buf_adds(&b, ",\"perplexity\":");
		jk_json_write_real(&b, exp(loss));
		jk_buf_adds(&b, ",\"bits_per_byte\":");
		jk_json_write_real(&b, bits);
		jk_buf_printf(&b, ",\"n_records\":%zu,\"n_tokens\":%llu,"
		    "\"n_bytes\":%llu}\n", n_records,
		    (unsigned long long)n_tokens,
		    (unsigned long long)n_bytes);
	} else if (per_record) {
		tool_note(&tool, "%s", jk_buf_str(&total));
	} else {
		jk_buf_printf(&b, "%s\n", jk_buf_str(&total));
	}
	check(jk_buf_check(&b, &err));
	check(jk_out_write(&tool.out, jk_buf_str(&b), b.len, &err));
	jk_buf_release(&b);
	jk_buf_release(&total);
}

int
main(int argc, char **argv)
{
	void (*read)(const char *path);
	size_t i;

	tool_start(&tool, argc, argv);
	if (!model_spec)
		tool_usage(&tool, "--model is missing");
	if (per_record && as_json)
		tool_usage(&tool, "choose one of --per-record and --json");
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, &err));
	tokenizer = jk_model_tokenizer(&model, &err);
	if (!tokenizer)
		tool_die(&tool, &err);
	if (adapter_path)
		check(jk_adapter_open(&adapter, adapter_path, &model.config,
		    &err));
	read = text_mode ? read_text : read_shard;
	if (tool.operands.n == 0)
		read(NULL);
	for (i = 0; i < tool.operands.n; i++)
		read(tool.operands.v[i]);
	if (n_records == 0)
		check(jk_fail(&err, JK_EDATA, "nothing to score"));
	run();
	report();
	for (i = 0; i < n_records; i++) {
		free((void *)(uintptr_t)records[i].ids);
		free((void *)(uintptr_t)records[i].runs);
		free(labels[i].id);
	}
	free(records);
	free(labels);
	if (adapter_path)
		jk_adapter_close(&adapter);
	jk_tokenizer_free(tokenizer);
	jk_model_close(&model);
	return tool_finish(&tool);
}
