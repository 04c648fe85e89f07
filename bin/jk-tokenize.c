/* jk-tokenize: records into token shards, and back.  See jk-tokenize(1). */

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "model/tokenizer.h"
#include "tok/batch.h"
#include "tok/show.h"
#include "tool.h"

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

static struct jk_model model;
static struct jk_tokenizer *tokenizer;
static struct jk_provenance provenance;
static struct jk_progress progress;
static struct jk_shard_writer writer;
static struct jk_shard_header header;
static json_t *template;		/* of the first record that has it */
static bool begun;
static int32_t end_id = -1;
static uint64_t n_records, n_tokens, n_dropped, n_differ, n_before, n_bad;

static void
check(int result, const struct jk_err *err)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* --- output */

/* The header, once it is known with what token answers end. */
static int
begin_shard(struct jk_err *err)
{
	struct jk_config *c = &model.config;
	json_t *ends = json_array(), *history;
	uint32_t i;
	bool fine = ends != NULL;

	if (end_id >= 0 && jk_config_add_end_id(c, end_id, err) < 0)
		return -1;
	for (i = 0; i < c->n_end_ids && fine; i++)
		fine = json_array_append_new(ends,
		    json_integer(c->end_ids[i])) == 0;
	history = jk_provenance_json(&provenance);
	header.json = json_object();
	if (!fine || !history || !header.json ||
	    json_object_set_new(header.json, "provenance", history) < 0 ||
	    json_object_set_new(header.json, "end_ids", ends) < 0 ||
	    (template &&
	    json_object_set(header.json, "template", template) < 0))
		return jk_fail_nomem(err);
	header.vocab_size = c->vocab_size ? c->vocab_size : tokenizer->n_ids;
	if (jk_model_tokenizer_hash(&model, tokenizer, &header.tokenizer, err)
	    < 0)
		return -1;
	begun = true;
	return jk_shard_begin(&writer, &tool.out, &header, err);
}

static int
write_item(const struct jk_line_batch_item *it, struct jk_err *err)
{
	const struct jk_example *x = &it->example;
	struct jk_shard_record r = jk_example_record(x);

	if (!text_mode && end_id < 0)
		end_id = x->end_id;
	n_records++;
	n_tokens += x->ids.n;
	n_differ += x->differs;
	if (x->n_before > 0 && n_before++ == 0)
		tool_note(&tool, "the template puts %zu bytes between prompt "
		    "and joke, which will be learnt with it", x->n_before);
	if (jsonl)
		return jk_out_write(&tool.out, it->shown.data, it->shown.len,
		    err);
	if (!begun && begin_shard(err) < 0)
		return -1;
	return jk_shard_write(&writer, &r, err);
}

/* Everything that was tokenized, in its order. */
static int
write_batch(struct jk_line_batch *b, struct jk_err *err)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		struct jk_line_batch_item *it = &b->items[i];

		if (it->provenance &&
		    jk_provenance_add(&provenance, it->provenance, err) < 0)
			return -1;
		if (!template && it->template)
			template = json_incref(it->template);
	}
	for (i = 0; i < b->n; i++) {
		struct jk_line_batch_item *it = &b->items[i];

		if (it->result == 1 && !text_mode && end_id >= 0 &&
		    it->example.end_id != end_id) {
			jk_fail(&it->err, JK_EDATA, "its answer ends with "
			    "token %d, those before with %d",
			    it->example.end_id, end_id);
			jk_line_batch_reject(b, i);
		}
		if (it->result < 0 ||
		    (it->result == 0 && n_bad >= (uint64_t)skip_bad)) {
			*err = it->err;
			return -1;
		}
		if (it->result == 0) {
			if (n_bad++ == 0)
				tool_warn(&tool, "passed over: %s",
				    it->err.msg);
		} else if (max_tokens && it->example.ids.n >
		    (size_t)max_tokens) {
			n_dropped++;
		} else if (write_item(it, err) < 0) {
			return -1;
		}
	}
	b->n = 0;
	jk_progress_at(&progress, n_records + n_dropped, NULL);
	return 0;
}

/* --- work */

struct source {
	struct jk_record_reader reader;
	bool is_open;
	size_t n_opened;	/* operands so far */
};

/* The next lines of the operands, or of standard input: 1, 0, -1. */
static int
read_batch(struct source *s, struct jk_line_batch *b, struct jk_err *err)
{
	size_t n = tool.operands.n;
	int got;

	for (;;) {
		if (!s->is_open) {
			if (s->n_opened == (n ? n : 1))
				return 0;
			if (jk_record_open(&s->reader, n ?
			    tool.operands.v[s->n_opened] : NULL, NULL, err)
			    < 0)
				return -1;
			s->n_opened++;
			s->is_open = true;
		}
		got = jk_line_batch_read(b, &s->reader, err);
		if (got)
			return got;
		jk_record_close(&s->reader);
		s->is_open = false;
	}
}

/*
 * While threads tokenize one batch, one of them first writes the batch before
 * and reads the next one into its place.
 */
static void
tokenize_all(struct jk_encoder *encoders,
    const struct jk_line_batch_options *options)
{
	struct jk_line_batch batches[2] = { 0 };
	struct source source = { 0 };
	struct jk_err read_err, write_err;
	int got, wrote = 0, k = 0;

	got = read_batch(&source, &batches[0], &read_err);
	while (got > 0) {
		struct jk_line_batch *now = &batches[k];
		struct jk_line_batch *other = &batches[1 - k];
		size_t i;

#pragma omp parallel num_threads((int)n_threads)
		{
#pragma omp single nowait
			{
				wrote = write_batch(other, &write_err);
				got = wrote < 0 ? -1 :
				    read_batch(&source, other, &read_err);
			}
#pragma omp for schedule(dynamic, 8)
			for (i = 0; i < now->n; i++)
				jk_line_batch_encode(now, i,
				    &encoders[omp_get_thread_num()], options);
		}
		check(wrote, &write_err);
		k = 1 - k;
	}
	/* what was read before an error comes before it */
	check(write_batch(&batches[1 - k], &write_err), &write_err);
	for (size_t i = 0; i < batches[k].n; i++)
		jk_line_batch_encode(&batches[k], i, &encoders[0], options);
	check(write_batch(&batches[k], &write_err), &write_err);
	check(got, &read_err);
	jk_line_batch_release(&batches[0]);
	jk_line_batch_release(&batches[1]);
}

static void
encode_all(void)
{
	struct jk_example_options example = {
		.end_ids = model.config.end_ids,
		.n_end_ids = model.config.n_end_ids,
		.parse_special = parse_special
	};
	struct jk_line_batch_options options = {
		.example = &example,
		.text_only = text_mode,
		.show_tokens = jsonl,
		.n_rows = model.config.vocab_size
	};
	struct jk_encoder *encoders = calloc((size_t)n_threads,
	    sizeof *encoders);
	struct jk_err err;
	int k;

	tool.writes_records = jsonl;
	if (!jsonl)
		tool_refuse_terminal(&tool, "use --jsonl, or a file or pipe");
	check(encoders ? 0 : jk_fail_nomem(&err), &err);
	for (k = 0; k < n_threads; k++)
		check(jk_encoder_init(&encoders[k], tokenizer, &err), &err);
	check(jk_provenance_init(&provenance, tool.command.data, &err), &err);
	tool_progress(&tool, &progress, "records", 0);
	tokenize_all(encoders, &options);
	if (!jsonl) {
		if (!begun)
			check(begin_shard(&err), &err);
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
	free(encoders);
	jk_provenance_release(&provenance);
	jk_shard_writer_release(&writer);
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
	/* tokenizer.json is read by threads, too */
	if (!n_threads)
		n_threads = omp_get_num_procs();
	omp_set_num_threads((int)n_threads);
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
