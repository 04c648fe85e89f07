/* jk-tokenize: records into token shards, and back.  See jk-tokenize(1). */

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/tokenizer.h"
#include "text/record.h"
#include "tok/example.h"
#include "tok/shard.h"
#include "tok/show.h"
#include "tool.h"

enum { BATCH = 512 };

static const char *model_spec;
static bool text_mode, jsonl, decode, parse_special;
static long long max_tokens, n_threads, skip_bad;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "whose tokenizer: a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_FLAG, 0, "text", &text_mode, NULL,
	  "take the member text alone, all of it supervised", 0, 0 },
	{ JK_OPT_FLAG, 0, "parse-special", &parse_special, NULL,
	  "match special tokens in content, too", 0, 0 },
	{ JK_OPT_INT, 0, "max-tokens", &max_tokens, "N",
	  "drop longer records (no limit)", 1, 1e9 },
	{ JK_OPT_GROUP, .help = "Other forms:" },
	{ JK_OPT_FLAG, 0, "jsonl", &jsonl, NULL,
	  "write tokens and mask as JSON Lines, for people", 0, 0 },
	{ JK_OPT_FLAG, 0, "decode", &decode, NULL,
	  "read a shard and write its texts as records", 0, 0 },
	{ JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 256 },
	{ JK_OPT_INT, 0, "skip-bad", &skip_bad, "N",
	  "pass over up to N bad records (0)", 0, 1e15 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-tokenize",
	.usage = "--model=MODEL [OPTION]... [FILE]...",
	.summary = "Turn records into token ids and a loss mask.",
	.opts = opts
};

/* One record on its way: from a line of input to a place in the output. */
struct item {
	json_t *record;
	struct jk_example example;
	char place[256];		/* "NAME:LINE" */
	struct jk_err err;
	bool bad;
};

static struct jk_model model;
static struct jk_tokenizer *tokenizer;
static struct jk_example_options options;
static struct jk_encoder *encoders;	/* one for each thread */
static struct item items[BATCH];
static size_t n_items;
static struct jk_provenance provenance;
static struct jk_progress progress;
static struct jk_shard_writer writer;
static struct jk_shard_header header;
static json_t *template;		/* of the first record that has it */
static bool begun;
static struct jk_buf line;
static int32_t end_id = -1;
static uint64_t n_records, n_tokens, n_dropped, n_differ, n_before, n_bad;

static void
check(int result, const struct jk_err *err)
{
	if (result < 0)
		tool_die(&tool, err);
}

static void
check_memory(bool there)
{
	struct jk_err err;

	if (!there) {
		jk_fail_nomem(&err);
		tool_die(&tool, &err);
	}
}

/* --- output */

/* The header, once it is known with what token answers end. */
static void
begin_shard(void)
{
	struct jk_config *c = &model.config;
	json_t *ends = json_array(), *history;
	struct jk_err err;
	uint32_t i;
	bool fine = ends != NULL;

	if (end_id >= 0)
		check(jk_config_add_end_id(c, end_id, &err), &err);
	for (i = 0; i < c->n_end_ids && fine; i++)
		fine = json_array_append_new(ends,
		    json_integer(c->end_ids[i])) == 0;
	history = jk_provenance_json(&provenance);
	header.json = json_object();
	check_memory(fine && history && header.json &&
	    json_object_set_new(header.json, "provenance", history) == 0 &&
	    json_object_set_new(header.json, "end_ids", ends) == 0 &&
	    (!template ||
	    json_object_set(header.json, "template", template) == 0));
	header.vocab_size = c->vocab_size ? c->vocab_size : tokenizer->n_ids;
	check(jk_model_tokenizer_hash(&model, tokenizer, &header.tokenizer,
	    &err), &err);
	check(jk_shard_begin(&writer, &tool.out, &header, &err), &err);
	begun = true;
}

static void
write_example(const struct jk_example *x)
{
	struct jk_shard_record r = { x->id, x->n_prompt,
		(uint32_t)x->ids.n, x->ids.v, 1, &x->mask, x->n_bytes };
	struct jk_err err;

	if (!text_mode && end_id < 0)
		end_id = x->end_id;
	if (jsonl) {
		jk_buf_clear(&line);
		check(jk_show_tokens(tokenizer, &r, &line, &err), &err);
		check(jk_out_write(&tool.out, line.data, line.len, &err),
		    &err);
	} else {
		if (!begun)
			begin_shard();
		check(jk_shard_write(&writer, &r, &err), &err);
	}
	n_records++;
	n_tokens += x->ids.n;
	n_differ += x->differs;
	if (x->n_before > 0 && n_before++ == 0)
		tool_note(&tool, "the template puts %zu bytes between prompt "
		    "and joke, which will be learnt with it", x->n_before);
}

/* --- work */

static void
tokenize(struct item *it, struct jk_encoder *e)
{
	struct jk_example *x = &it->example;
	uint32_t rows = model.config.vocab_size;
	size_t i;

	it->bad = (text_mode ? jk_example_from_text : jk_example_from_dialogue)
	    (e, it->record, &options, x, &it->err) < 0;
	for (i = 0; i < x->ids.n && rows && !it->bad; i++)
		if (x->ids.v[i] >= rows)
			it->bad = jk_fail(&it->err, JK_EDATA, "token %u has no "
			    "row in the model's embedding of %u",
			    x->ids.v[i], rows) < 0;
}

/* Everything that was gathered, in its order. */
static void
flush_items(void)
{
	size_t i;

#pragma omp parallel for schedule(dynamic, 8) num_threads((int)n_threads)
	for (i = 0; i < n_items; i++)
		tokenize(&items[i], &encoders[omp_get_thread_num()]);
	for (i = 0; i < n_items; i++) {
		struct item *it = &items[i];

		if (!it->bad && !text_mode && end_id >= 0 &&
		    it->example.end_id != end_id)
			it->bad = jk_fail(&it->err, JK_EDATA, "its answer ends "
			    "with token %d, those before with %d",
			    it->example.end_id, end_id) < 0;
		if (it->bad) {
			if (*it->example.id)
				jk_fail_prefix(&it->err, "record %s",
				    it->example.id);
			jk_fail_prefix(&it->err, "%s", it->place);
			if (it->err.status == JK_ESYS ||
			    n_bad >= (uint64_t)skip_bad)
				tool_die(&tool, &it->err);
			if (n_bad++ == 0)
				tool_warn(&tool, "passed over: %s",
				    it->err.msg);
		} else if (max_tokens && it->example.ids.n >
		    (size_t)max_tokens) {
			n_dropped++;
		} else {
			write_example(&it->example);
		}
		json_decref(it->record);
	}
	n_items = 0;
	jk_progress_at(&progress, n_records + n_dropped, NULL);
}

static void
read_records(const char *path)
{
	struct jk_record_reader r;
	struct jk_err err;
	json_t *record, *t;
	int got;

	check(jk_record_open(&r, path, &provenance, &err), &err);
	r.skip_bad = (uint64_t)skip_bad;
	r.n_bad = n_bad;
	while ((got = jk_record_read(&r, &record, &err)) > 0) {
		struct item *it = &items[n_items++];

		n_bad = r.n_bad;
		it->record = record;
		snprintf(it->place, sizeof it->place, "%s:%llu", r.in.name,
		    (unsigned long long)r.in.line);
		t = json_object_get(record, "template");
		if (t && !template)
			template = json_incref(t);
		if (n_items == BATCH) {
			flush_items();
			r.n_bad = n_bad;
		}
	}
	check(got, &err);
	n_bad = r.n_bad;
	flush_items();
	jk_record_close(&r);
}

static void
encode_all(void)
{
	struct jk_err err;
	size_t i;
	int k;

	if (!jsonl)
		tool_refuse_terminal(&tool, "use --jsonl, or a file or pipe");
	if (!n_threads)
		n_threads = omp_get_num_procs();
	options.end_ids = model.config.end_ids;
	options.n_end_ids = model.config.n_end_ids;
	options.parse_special = parse_special;
	encoders = calloc((size_t)n_threads, sizeof *encoders);
	check_memory(encoders != NULL);
	for (k = 0; k < n_threads; k++)
		check(jk_encoder_init(&encoders[k], tokenizer, &err), &err);
	check(jk_provenance_init(&provenance, tool.command.data, &err), &err);
	tool_progress(&tool, &progress, "records", 0);
	if (tool.operands.n == 0)
		read_records(NULL);
	for (i = 0; i < tool.operands.n; i++)
		read_records(tool.operands.v[i]);
	if (!jsonl) {
		if (!begun)
			begin_shard();
		check(jk_shard_end(&writer, &err), &err);
	}
	tool_note(&tool, "%llu records, %llu tokens%s",
	    (unsigned long long)n_records, (unsigned long long)n_tokens,
	    text_mode ? "" : ", supervised up to the end-of-turn token");
	if (n_dropped)
		tool_warn(&tool, "%llu records dropped: more than %lld tokens",
		    (unsigned long long)n_dropped, max_tokens);
	if (n_differ)
		tool_note(&tool, "%llu records have other ids when prompt and "
		    "answer are tokenized together",
		    (unsigned long long)n_differ);
	if (n_bad)
		tool_warn(&tool, "%llu bad records passed over",
		    (unsigned long long)n_bad);
	for (k = 0; k < n_threads; k++)
		jk_encoder_release(&encoders[k]);
	for (i = 0; i < BATCH; i++)
		jk_example_release(&items[i].example);
	free(encoders);
	jk_provenance_release(&provenance);
	jk_shard_writer_release(&writer);
	jk_buf_release(&line);
	json_decref(header.json);
	json_decref(template);
}

/* --- decoding */

static void
decode_shard(const char *path, struct jk_record_writer *out)
{
	struct jk_shard_reader r;
	struct jk_shard_record record;
	struct jk_hash128 hash;
	struct jk_err err;
	int got;

	check(jk_shard_open(&r, path, &err), &err);
	check(jk_model_tokenizer_hash(&model, tokenizer, &hash, &err), &err);
	check(jk_shard_require(&r, hash, &err), &err);
	check(jk_provenance_add(out->provenance, json_object_get(
	    r.header.json, "provenance"), &err), &err);
	while ((got = jk_shard_read(&r, &record, &err)) > 0) {
		json_t *o = jk_show_texts(tokenizer, &record, &err);

		check(o ? 0 : -1, &err);
		check(jk_record_write(out, o, &err), &err);
		json_decref(o);
	}
	check(got, &err);
	jk_shard_close(&r);
}

static void
decode_all(void)
{
	struct jk_record_writer out;
	struct jk_err err;
	size_t i;

	tool.writes_records = true;
	check(jk_provenance_init(&provenance, tool.command.data, &err), &err);
	jk_record_writer_init(&out, &tool.out, &provenance);
	if (tool.operands.n == 0)
		decode_shard(NULL, &out);
	for (i = 0; i < tool.operands.n; i++)
		decode_shard(tool.operands.v[i], &out);
	jk_record_writer_release(&out);
	jk_provenance_release(&provenance);
}

int
main(int argc, char **argv)
{
	struct jk_err err;

	tool_start(&tool, argc, argv);
	if (!model_spec)
		tool_usage(&tool, "--model is needed");
	if (decode && (text_mode || jsonl || parse_special || max_tokens))
		tool_usage(&tool, "--decode takes no option of encoding");
	check(jk_model_open(&model, model_spec, JK_MODEL_TEXT, &err), &err);
	tokenizer = jk_model_tokenizer(&model, &err);
	check(tokenizer ? 0 : -1, &err);
	if (decode)
		decode_all();
	else
		encode_all();
	jk_tokenizer_free(tokenizer);
	jk_model_close(&model);
	return tool_finish(&tool);
}
