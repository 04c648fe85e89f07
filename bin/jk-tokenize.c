/* jk-tokenize: records into token shards, and back.  See jk-tokenize(1). */

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chat/chat_maker.h"
#include "model/open.h"
#include "model/tokenizer.h"
#include "tok/batch.h"
#include "tok/shard_read.h"
#include "tok/shard_write.h"
#include "tok/show.h"
#include "threads.h"
#include "tool.h"

struct tokenize_job {
	struct jk_tool tool;
	/* options */
	const char *model_spec, *learn, *weight;
	bool text_mode, jsonl, decode, parse_special;
	long long max_tokens;	/* 0: any */
	long long head;		/* records to decode; 0: all */
	uint64_t skip_bad;
	/* --- */
	struct jk_portion part;
	struct jk_model model;
	struct jk_tokenizer *tokenizer;
	struct jk_provenance provenance;
	struct jk_progress progress;
	struct jk_shard_writer writer;
	struct jk_shard_header header;
	struct jk_chat_maker maker;
	int said;		/* bits of jk_chat_make, UNMARKED */
	json_t *template;	/* of the first record that has it */
	char template_hash[33];	/* of the records since; "": none said */
	bool begun;
	int32_t end_id;		/* of answers; -1: not yet known */
	uint64_t n_records, n_tokens, n_dropped, n_differ, n_before, n_bad;
};

/* Behind the bits of jk_chat_make. */
enum { UNMARKED = JK_CHAT_MADE << 1 };

#define IN(member) JK_OPT_IN(struct tokenize_job, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", IN(model_spec), "MODEL",
	  "whose tokenizer: a folder, a .gguf file, org/name", 0, 0, NULL },
	{ JK_OPT_CHOICE, 0, "learn", IN(learn), "last|all",
	  "which answers of a dialogue (last)", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "weight", IN(weight), "NAME",
	  "the member with a record's weight: rating", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "text", IN(text_mode), NULL,
	  "take the member text alone, all of it supervised", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "parse-special", IN(parse_special), NULL,
	  "match special tokens in content, too", 0, 0, NULL },
	{ JK_OPT_INT, 0, "max-tokens", IN(max_tokens), "N",
	  "drop longer records (no limit)", 1, 1e9, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Other forms:" },
	{ JK_OPT_FLAG, 0, "jsonl", IN(jsonl), NULL,
	  "write tokens and mask as JSON Lines, for people", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "decode", IN(decode), NULL,
	  "read a shard and write its texts as records", 0, 0, NULL },
	{ JK_OPT_INT, 0, "head", IN(head), "N",
	  "with --decode: only the first N records", 1, 1e15, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_INT, 0, "skip-bad", IN(skip_bad), "N",
	  "pass over up to N bad records", 0, 1e15, "0" },
	{ .kind = JK_OPT_END }
};

/* --- output */

/* Before a record is tokenized. */
static int
prepare(void *arg, json_t *record, struct jk_err *err)
{
	return jk_chat_make(arg, (unsigned)omp_get_thread_num(), record, err);
}

/* Say once what a person should know about the records. */
static void
note_once(struct tokenize_job *j, const struct jk_line_batch_item *it)
{
	int notes = (it->prepared | (it->example.unmarked ? UNMARKED : 0)) &
	    ~j->said, i;
	struct jk_tool *t = &j->tool;

	j->said |= notes;
	for (i = 0; i < JK_N_CHAT_NOTES; i++)
		if (notes & 1 << i)
			tool_note(t, "%s", jk_chat_note((unsigned)i));
	if (notes & JK_CHAT_MADE && j->maker.chat.dated &&
	    !getenv("SOURCE_DATE_EPOCH"))
		tool_note(t, "the template writes today's date; "
		    "jk-template's --date fixes it");
	if (notes & UNMARKED)
		tool_note(t, "no content_spans: special tokens are matched in "
		    "all of the text");
	if (it->example.n_before > 0 && j->n_before++ == 0)
		tool_note(t, "the template puts %zu bytes between prompt "
		    "and joke, which will be learnt with it",
		    it->example.n_before);
}

/* The header, once it is known with what token answers end. */
static int
begin_shard(struct tokenize_job *j, struct jk_err *err)
{
	struct jk_config *c = &j->model.config;
	json_t *ends = json_array(), *history;
	uint32_t i;
	bool fine = ends != NULL;

	if (j->end_id >= 0 && jk_config_add_end_id(c, j->end_id, err) < 0)
		return -1;
	for (i = 0; i < c->n_end_ids && fine; i++)
		fine = json_array_append_new(ends,
		    json_integer(c->end_ids[i])) == 0;
	history = jk_provenance_json(&j->provenance);
	j->header.json = json_object();
	if (!fine || !history || !j->header.json ||
	    json_object_set_new(j->header.json, "provenance", history) < 0 ||
	    json_object_set_new(j->header.json, "end_ids", ends) < 0 ||
	    (j->template &&
	    json_object_set(j->header.json, "template", j->template) < 0))
		return jk_fail_nomem(err);
	j->header.weighted = j->weight != NULL;
	j->header.vocab_size = c->vocab_size ? c->vocab_size :
	    j->tokenizer->n_ids;
	if (jk_model_tokenizer_hash(&j->model, j->tokenizer,
	    &j->header.tokenizer, err) < 0)
		return -1;
	j->begun = true;
	return jk_shard_begin(&j->writer, &j->tool.out, &j->header, err);
}

/* Records of another template begin another part, so that readers know. */
static int
take_template(struct tokenize_job *j, json_t *template, struct jk_err *err)
{
	if (!template || jk_shard_same_template(template, j->template))
		return 0;
	json_decref(j->template);
	j->template = json_incref(template);
	j->template_hash[0] = '\0';
	j->end_id = -1;
	if (!j->begun)
		return 0;
	j->begun = false;
	if (jk_shard_end(&j->writer, err) < 0)
		return -1;
	jk_shard_writer_release(&j->writer);
	json_decref(j->header.json);
	j->header.json = NULL;
	return 0;
}

/*
 * Why a record does not belong into the part that has begun, which its reader
 * could not tell from the others: 0, or -1 with the reason.
 */
static int
check_item(struct tokenize_job *j, struct jk_line_batch_item *it)
{
	const size_t size = sizeof j->template_hash;

	if (it->template_hash[0] && !j->template_hash[0])
		memcpy(j->template_hash, it->template_hash, size);
	if (it->template_hash[0] &&
	    strcmp(it->template_hash, j->template_hash) != 0)
		return jk_fail(&it->err, JK_EDATA, "its template is another "
		    "(template_hash %s) than that of the records before (%s), "
		    "and the record that carries it is missing: give "
		    "jk-template's output whole", it->template_hash,
		    j->template_hash);
	if (j->end_id >= 0 && it->example.end_id != j->end_id)
		return jk_fail(&it->err, JK_EDATA, "its answer ends with "
		    "token %d, those before with %d", it->example.end_id,
		    j->end_id);
	return 0;
}

static int
write_item(struct tokenize_job *j, const struct jk_line_batch_item *it,
    struct jk_err *err)
{
	struct jk_tool *t = &j->tool;
	const struct jk_example *x = &it->example;
	struct jk_shard_record r = jk_example_record(x);

	if (!j->text_mode && j->end_id < 0)
		j->end_id = x->end_id;
	j->n_records++;
	j->n_tokens += x->ids.n;
	j->n_differ += x->differs;
	note_once(j, it);
	if (j->jsonl)
		return jk_out_write(&t->out, it->shown.data, it->shown.len,
		    err);
	if (!j->begun && begin_shard(j, err) < 0)
		return -1;
	return jk_shard_write(&j->writer, &r, err);
}

/* The template of a record, where it tells one; borrowed. */
static json_t *
template_of(const struct tokenize_job *j, const struct jk_line_batch_item *it)
{
	return it->result == 1 && it->prepared & JK_CHAT_MADE ?
	    j->maker.template : it->template;
}

/* Everything that was tokenized, in its order. */
static int
write_batch(struct tokenize_job *j, struct jk_line_batch *b, struct jk_err *err)
{
	struct jk_tool *t = &j->tool;
	size_t i;

	for (i = 0; i < b->n; i++) {
		struct jk_line_batch_item *it = &b->items[i];

		if (it->provenance &&
		    jk_provenance_add(&j->provenance, it->provenance, err) < 0)
			return -1;
		if (!j->template && template_of(j, it))
			j->template = json_incref(template_of(j, it));
	}
	for (i = 0; i < b->n; i++) {
		struct jk_line_batch_item *it = &b->items[i];

		if (take_template(j, template_of(j, it), err) < 0)
			return -1;
		if (it->skipped)
			continue;
		if (it->result == 1 && !j->text_mode && check_item(j, it) < 0)
			jk_line_batch_reject(b, i);
		if (it->result < 0 ||
		    (it->result == 0 && j->n_bad >= j->skip_bad)) {
			*err = it->err;
			return it->result == 0 && j->n_records + j->n_dropped +
			    j->n_bad > 0 ? jk_offer_skip_bad(err) : -1;
		}
		if (it->result == 0) {
			if (j->n_bad++ == 0)
				tool_warn(t, "passed over: %s", it->err.msg);
		} else if (j->max_tokens && it->example.ids.n >
		    (size_t)j->max_tokens) {
			j->n_dropped++;
		} else if (write_item(j, it, err) < 0) {
			return -1;
		}
	}
	b->n = 0;
	jk_progress_at(&j->progress, j->n_records + j->n_dropped, NULL);
	return 0;
}

/* --- work */

struct source {
	struct jk_record_reader reader;
	size_t max_line;	/* bytes */
	enum jk_kind wants;
	bool is_open;
	size_t n_opened;	/* operands so far */
	uint64_t closed_bytes;	/* of those that are read */
	uint64_t *read_bytes;	/* where their sum is wanted */
	uint64_t at, begin, end;	/* records so far; those wanted */
};

/* How many records there are in files, which are read again. */
static uint64_t
count_records(struct tokenize_job *j)
{
	struct jk_tool *t = &j->tool;
	struct jk_record_reader r;
	uint64_t n = 0;
	size_t i;
	int got;

	if (t->operands.n == 0)
		tool_usage(t, "--part reads files twice: name them");
	for (i = 0; i < t->operands.n; i++) {
		const char *path = t->operands.v[i];
		struct stat st;

		if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
			tool_usage(t, "--part reads files twice, and %s is no "
			    "regular file", path);
		tool_check(t, jk_record_open(&r, path, NULL, &t->err));
		r.in.max_line = (size_t)t->max_row_bytes;
		while ((got = jk_record_next(&r, &t->err)) > 0)
			n++;
		tool_check(t, got);
		jk_record_close(&r);
	}
	return n;
}

/* The next lines of the operands, or of standard input: 1, 0, -1. */
static int
read_batch(const struct jk_strings *files, struct source *s,
    struct jk_line_batch *b, struct jk_err *err)
{
	size_t n = files->n, i;
	int got;

	for (;;) {
		if (!s->is_open) {
			if (s->n_opened == (n ? n : 1))
				return 0;
			if (jk_record_open(&s->reader, n ?
			    files->v[s->n_opened] : NULL, NULL, err) < 0)
				return -1;
			s->reader.in.max_line = s->max_line;
			s->reader.wants = s->wants;
			s->n_opened++;
			s->is_open = true;
		}
		got = jk_line_batch_read(b, &s->reader, err);
		*s->read_bytes = s->closed_bytes + s->reader.in.offset;
		for (i = 0; i < b->n; i++, s->at++)
			b->items[i].skipped = s->at < s->begin ||
			    s->at >= s->end;
		if (got)
			return got;
		s->closed_bytes = *s->read_bytes;
		jk_record_close(&s->reader);
		s->is_open = false;
	}
}

/*
 * While threads tokenize one batch, one of them first writes the batch before
 * and reads the next one into its place.
 */
static void
tokenize_all(struct tokenize_job *j, struct jk_line_worker *workers,
    const struct jk_line_batch_options *options)
{
	struct jk_tool *t = &j->tool;
	const struct jk_strings *files = &t->operands;
	struct jk_line_batch batches[2] = { 0 };
	struct source source = {
		.max_line = (size_t)j->tool.max_row_bytes,
		.wants = j->text_mode ? JK_KIND_JOKES : JK_KIND_DIALOGUES,
		.read_bytes = &j->progress.part_done };
	struct jk_err read_err, write_err;
	int got, wrote = 0, k = 0;

	source.end = UINT64_MAX;
	if (j->part.n)
		jk_portion_range(&j->part, count_records(j), &source.begin,
		    &source.end);
	got = read_batch(files, &source, &batches[0], &read_err);
	while (got > 0) {
		struct jk_line_batch *now = &batches[k];
		struct jk_line_batch *other = &batches[1 - k];
		size_t i;

#pragma omp parallel
		{
#pragma omp single nowait
			{
				wrote = write_batch(j, other, &write_err);
				got = wrote < 0 ? -1 :
				    read_batch(files, &source, other,
				    &read_err);
			}
#pragma omp for schedule(dynamic, 8)
			for (i = 0; i < now->n; i++)
				jk_line_batch_encode(now, i,
				    &workers[omp_get_thread_num()], options);
		}
		if (wrote < 0)
			tool_die(t, &write_err);
		k = 1 - k;
	}
	/* what was read before an error comes before it */
	tool_check(t, write_batch(j, &batches[1 - k], &t->err));
	for (size_t i = 0; i < batches[k].n; i++)
		jk_line_batch_encode(&batches[k], i, &workers[0], options);
	tool_check(t, write_batch(j, &batches[k], &t->err));
	if (got < 0)
		tool_die(t, &read_err);
	jk_line_batch_release(&batches[0]);
	jk_line_batch_release(&batches[1]);
}

static void
report(struct tokenize_job *j)
{
	struct jk_tool *t = &j->tool;

	tool_note(t, "%llu records, %llu tokens%s",
	    (unsigned long long)j->n_records, (unsigned long long)j->n_tokens,
	    j->text_mode ? "" : jk_tr(", supervised up to the end-of-turn "
	    "token"));
	if (j->n_dropped)
		tool_warn(t, JK_TRN("%llu records dropped: more than %lld "
		    "tokens", j->n_dropped),
		    (unsigned long long)j->n_dropped, j->max_tokens);
	if (j->n_differ)
		tool_note(t, JK_TRN("%llu records have other ids when prompt "
		    "and answer are tokenized together", j->n_differ),
		    (unsigned long long)j->n_differ);
	if (j->n_bad)
		tool_warn(t, JK_TRN("%llu bad records passed over", j->n_bad),
		    (unsigned long long)j->n_bad);
}

static void
encode_all(struct tokenize_job *j, int n_threads)
{
	const struct jk_config *c = &j->model.config;
	const struct jk_example_options example = { .end_ids = c->end_ids,
		.n_end_ids = c->n_end_ids, .parse_special = j->parse_special,
		.all_answers = j->learn && strcmp(j->learn, "all") == 0 };
	const struct jk_line_batch_options options = { .example = &example,
		.text_only = j->text_mode, .show_tokens = j->jsonl,
		.weight = j->weight,
		.n_rows = c->vocab_size, .prepare = j->text_mode ? NULL :
		prepare, .prepare_arg = &j->maker };
	struct jk_tool *t = &j->tool;
	struct jk_line_worker *workers = calloc((size_t)n_threads,
	    sizeof *workers);
	int k;

	t->writes_records = j->jsonl;
	if (!j->jsonl)
		tool_refuse_terminal(t, "use --jsonl, or a file or pipe");
	tool_check(t, workers ? 0 : jk_fail_nomem(&t->err));
	tool_check(t, jk_chat_maker_init(&j->maker, j->model_spec,
	    jk_model_chat_template(&j->model, NULL), j->model.special_tokens,
	    (unsigned)n_threads, &t->err));
	for (k = 0; k < n_threads; k++)
		tool_check(t, jk_line_worker_init(&workers[k],
		    j->tokenizer, &t->err));
	tool_check(t, jk_provenance_init(&j->provenance, t->command.data,
	    &t->err));
	tool_await(t, "waiting for records on the terminal, up to Ctrl-D");
	tool_progress(t, &j->progress, JK_CTX("unit", "records"), 0);
	j->progress.part_all = tool_input_bytes(t);
	tokenize_all(j, workers, &options);
	if (!j->jsonl) {
		if (!j->begun)
			tool_check(t, begin_shard(j, &t->err));
		tool_check(t, jk_shard_end(&j->writer, &t->err));
	}
	report(j);
	for (k = 0; k < n_threads; k++)
		jk_line_worker_release(&workers[k]);
	free(workers);
	jk_chat_maker_release(&j->maker);
	jk_provenance_release(&j->provenance);
	jk_shard_writer_release(&j->writer);
	json_decref(j->header.json);
	json_decref(j->template);
}

/* --- decoding */

/* One record, as its texts or, for --jsonl, its tokens. */
static int
decode_record(struct tokenize_job *j, const struct jk_shard_record *record,
    struct jk_record_writer *out, struct jk_err *err)
{
	struct jk_buf shown = JK_BUF_INIT;
	json_t *o;
	int r;

	if (j->jsonl) {
		r = jk_show_tokens(j->tokenizer, record, &shown, err);
		if (r == 0)
			r = jk_out_write(out->out, shown.data, shown.len, err);
		jk_buf_release(&shown);
		return r;
	}
	o = jk_show_texts(j->tokenizer, record, err);
	r = o ? jk_record_write(out, o, err) : -1;
	json_decref(o);
	return r;
}

/* All of the shard is read, whose damage its trailer tells. */
static void
decode_shard(struct tokenize_job *j, const char *path,
    struct jk_record_writer *out)
{
	struct jk_tool *t = &j->tool;
	struct jk_shard_reader r;
	struct jk_shard_record record;
	struct jk_hash128 hash;
	int got;

	tool_check(t, jk_shard_open(&r, path, &t->err));
	tool_check(t, jk_model_tokenizer_hash(&j->model, j->tokenizer, &hash,
	    &t->err));
	tool_check(t, jk_shard_require(&r, hash, &t->err));
	tool_check(t, jk_provenance_add(out->provenance, json_object_get(
	    r.header.json, "provenance"), &t->err));
	while ((got = jk_shard_read(&r, &record, &t->err)) > 0)
		if (j->head == 0 || j->n_records++ < (uint64_t)j->head)
			tool_check(t, decode_record(j, &record, out, &t->err));
	tool_check(t, got);
	jk_shard_close(&r);
}

static void
decode_all(struct tokenize_job *j)
{
	struct jk_tool *t = &j->tool;
	struct jk_record_writer out;
	size_t i;

	t->writes_records = true;
	tool_check(t, jk_provenance_init(&j->provenance, t->command.data,
	    &t->err));
	jk_record_writer_init(&out, &t->out, &j->provenance);
	if (t->operands.n == 0)
		decode_shard(j, NULL, &out);
	for (i = 0; i < t->operands.n; i++)
		decode_shard(j, t->operands.v[i], &out);
	jk_record_writer_release(&out);
	jk_provenance_release(&j->provenance);
}

int
main(int argc, char **argv)
{
	struct tokenize_job j = { .tool = { .name = "jk-tokenize",
		.usage = "--model=MODEL [OPTION]... [FILE]...",
		.summary = "Turn records into token ids and a loss mask.",
		.opts = { { opts, &j, NULL },
		    { tool_rows_opts, &j.tool, NULL },
		    { tool_part_opts, &j.tool, NULL },
		    { tool_threads_opts, &j.tool, NULL } } }, .end_id = -1 };
	struct jk_tool *t = &j.tool;
	int n_threads;

	tool_start(t, argc, argv);
	if (!j.model_spec)
		tool_usage(t, TOOL_NO_MODEL);
	j.part = tool_part(t);
	if (j.decode && (j.text_mode || j.parse_special || j.max_tokens ||
	    j.learn || j.weight || t->part_text))
		tool_usage(t, "--decode takes no option of encoding");
	if (j.head && !j.decode)
		tool_usage(t, "--head needs --decode");
	if (j.text_mode && j.learn)
		tool_usage(t, "--learn and --text: a text has no answers");
	/* tokenizer.json is read by threads, too */
	n_threads = tool_threads(t);
	tool_check(t, jk_model_open(&j.model, j.model_spec, JK_MODEL_TEXT,
	    &t->err));
	j.tokenizer = jk_model_tokenizer(&j.model, &t->err);
	tool_check(t, j.tokenizer ? 0 : -1);
	if (j.decode)
		decode_all(&j);
	else
		encode_all(&j, n_threads);
	jk_tokenizer_free(j.tokenizer);
	jk_model_close(&j.model);
	return tool_finish(t);
}
