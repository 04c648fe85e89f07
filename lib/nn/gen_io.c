#include "nn/gen_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/path.h"
#include "chat/chat.h"
#include "model/training.h"
#include "nn/best.h"
#include "nn/prompt.h"
#include "record/kind.h"
#include "tok/tokenizer.h"

/* --- prompts */

static int
keep(struct jk_gen_prompts *p, json_t *record, struct jk_ids *ids,
    struct jk_err *err)
{
	if (p->n == p->cap) {
		size_t cap = p->cap * 2 + 16;
		struct jk_prompt *v = realloc(p->v, cap * sizeof *v);
		json_t **records;

		if (!v)
			return jk_fail_nomem(err);
		p->v = v;
		records = realloc(p->records, cap * sizeof *records);
		if (!records)
			return jk_fail_nomem(err);
		p->records = records;
		p->cap = cap;
	}
	p->v[p->n] = (struct jk_prompt){ ids->v, (uint32_t)ids->n };
	p->records[p->n++] = json_incref(record);
	if (ids->n > p->longest)
		p->longest = (uint32_t)ids->n;
	*ids = (struct jk_ids){ 0 };
	return 0;
}

/* What reading needs besides where it goes. */
struct reading {
	struct jk_gen_prompts *p;
	struct jk_prompter *prompter;
	struct jk_encoder encoder;
	struct jk_prompt_text text;
	uint32_t n_vocab;
};

static int
add_record(struct reading *r, json_t *record, struct jk_err *err)
{
	const char *hash = jk_prompter_hash(r->prompter);
	struct jk_ids ids = { 0 };
	size_t i;

	r->p->n_general += !jk_chat_has_prompt(record) &&
	    !json_object_get(record, "prompt_text") &&
	    !json_object_get(record, "theme");
	if (jk_prompter_render(r->prompter, record, &r->text, err) < 0 ||
	    jk_prompt_encode(&r->encoder, &r->text, &ids, err) < 0)
		goto fail;
	if (ids.n == 0) {
		jk_fail(err, JK_EDATA, "the prompt has no tokens");
		goto fail;
	}
	for (i = 0; i < ids.n; i++)
		if (ids.v[i] >= r->n_vocab) {
			jk_fail(err, JK_EDATA, "token %u has no row in the "
			    "model's embedding of %u", ids.v[i], r->n_vocab);
			goto fail;
		}
	/* what the model was given, to repeat it */
	if (json_object_set_new(record, "prompt_text", json_stringn(
	    jk_buf_str(&r->text.text), r->text.text.len)) < 0 ||
	    (hash && json_object_set_new(record, "template_hash",
	    json_string(hash)) < 0)) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (keep(r->p, record, &ids, err) == 0)
		return 0;
fail:
	jk_ids_release(&ids);
	return -1;
}

static int
read_records(struct reading *r, struct jk_record_reader *in,
    struct jk_err *err)
{
	json_t *record;
	int got, failed;

	while ((got = jk_record_read(in, &record, err)) > 0) {
		failed = add_record(r, record, err);
		json_decref(record);
		if (failed)
			return jk_fail_prefix(err, "%s:%llu", in->in.name,
			    (unsigned long long)in->in.line);
	}
	return got;
}

static int
read_lines(struct reading *r, struct jk_in *in, struct jk_err *err)
{
	char *line;
	size_t n;
	int got, failed;

	while ((got = jk_in_line(in, &line, &n, err)) > 0) {
		json_t *record;

		n -= n > 0 && line[n - 1] == '\r';
		if (strspn(line, " \t\r") >= n)
			continue;
		record = json_object();
		if (!record)
			return jk_fail_nomem(err);
		failed = json_object_set_new(record, "prompt",
		    json_stringn(line, n)) < 0 ? jk_fail(err, JK_EDATA,
		    "invalid UTF-8; iconv -f CP1251 reads a file of Windows") :
		    add_record(r, record, err);
		json_decref(record);
		if (failed)
			return jk_fail_prefix(err, "%s:%llu", in->name,
			    (unsigned long long)in->line);
	}
	return got;
}

/*
 * The first byte of a stream that is not a blank says what it holds.  A byte
 * order mark before it is an editor's, not the prompt's.
 */
static int
read_file(struct reading *r, const char *path,
    struct jk_provenance *provenance, struct jk_err *err)
{
	struct jk_record_reader in;
	enum jk_kind kind = JK_KIND_UNKNOWN;
	int result;
	char first = '\0';
	size_t i;

	if (jk_record_open(&in, path, provenance, err) < 0)
		return path && strpbrk(path, " \xd0\xd1") &&
		    jk_is_absent(path) ? jk_fail(err, JK_EUSAGE, "'%s' is not "
		    "there: operands are files of prompts; give a prompt on "
		    "standard input, as in: echo '%s' | jk-gen …", path,
		    path) : -1;
	result = jk_in_peek(&in.in, err);
	if (result >= 0)
		kind = jk_kind_of(in.in.data + in.in.at,
		    in.in.end - in.in.at);
	if (kind == JK_KIND_SHARD || kind == JK_KIND_SAFETENSORS ||
	    kind == JK_KIND_GGUF) {
		jk_fail(err, JK_EDATA, "%s: no prompts", in.in.name);
		result = jk_kind_advise(kind, NULL, err);
	}
	if (result >= 0 && in.in.end - in.in.at >= 3 &&
	    memcmp(in.in.data + in.in.at, "\xef\xbb\xbf", 3) == 0)
		in.in.at += 3;
	for (i = in.in.at; result >= 0 && i < in.in.end && !first; i++)
		if (!strchr(" \t\r\n", in.in.data[i]))
			first = in.in.data[i];
	if (result >= 0)
		result = first == '{' ? read_records(r, &in, err) :
		    read_lines(r, &in.in, err);
	jk_record_close(&in);
	return result;
}

int
jk_gen_read(struct jk_gen_prompts *p, const struct jk_strings *files,
    struct jk_prompter *prompter, const struct jk_tokenizer *tokenizer,
    uint32_t n_vocab, struct jk_provenance *provenance, struct jk_err *err)
{
	struct reading r = { .p = p, .prompter = prompter,
		.n_vocab = n_vocab };
	size_t i;
	int result;

	if (jk_encoder_init(&r.encoder, tokenizer, err) < 0)
		return -1;
	result = files->n == 0 ? read_file(&r, NULL, provenance, err) : 0;
	for (i = 0; i < files->n && result == 0; i++)
		result = read_file(&r, files->v[i], provenance, err);
	jk_encoder_release(&r.encoder);
	jk_prompt_text_release(&r.text);
	return result;
}

static void
forget(struct jk_gen_prompts *p, size_t i)
{
	free((void *)(uintptr_t)p->v[i].ids);
	json_decref(p->records[i]);
}

void
jk_gen_prompts_keep(struct jk_gen_prompts *p, const struct jk_portion *part)
{
	uint64_t begin, end;
	size_t i;

	jk_portion_range(part, p->n, &begin, &end);
	for (i = 0; i < p->n; i++) {
		if (i < begin || i >= end) {
			forget(p, i);
			continue;
		}
		p->v[i - begin] = p->v[i];
		p->records[i - begin] = p->records[i];
	}
	p->n = (size_t)(end - begin);
}

void
jk_gen_prompts_release(struct jk_gen_prompts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		forget(p, i);
	free(p->v);
	free(p->records);
	*p = (struct jk_gen_prompts){ 0 };
}

/* --- answers */

int
jk_gen_writer_init(struct jk_gen_writer *w, struct jk_provenance *provenance,
    struct jk_err *err)
{
	jk_record_writer_init(&w->records, w->out, provenance);
	w->n_total = 0;
	w->waiting = calloc(w->prompts->n * w->n_regimes * w->n_samples + 1,
	    sizeof *w->waiting);
	w->decoder = calloc(1, sizeof *w->decoder);
	if (!w->waiting || !w->decoder)
		return jk_fail_nomem(err);
	w->n_total = w->prompts->n * w->n_regimes * w->n_samples;
	jk_decoder_init(w->decoder, w->tokenizer, true);
	return 0;
}

void
jk_gen_writer_release(struct jk_gen_writer *w)
{
	size_t i;

	for (i = w->n_written; i < w->n_total; i++)
		json_decref(w->waiting[i]);
	free(w->waiting);
	jk_decoder_release(w->decoder);
	free(w->decoder);
	jk_record_writer_release(&w->records);
	jk_buf_release(&w->text);
}

int
jk_gen_stream(struct jk_gen_writer *w, const struct jk_sample *s,
    uint32_t id, struct jk_err *err)
{
	(void)s;
	if (!w->streams)
		return 0;
	jk_buf_clear(&w->text);
	if (jk_decoder_add(w->decoder, id, &w->text, err) < 0 ||
	    jk_out_write(w->out, jk_buf_str(&w->text), w->text.len, err) < 0)
		return -1;
	return jk_out_flush(w->out, err);
}

static json_t *
settings_json(const struct jk_sampling *s)
{
	if (s->greedy)
		return json_pack("{s:b,s:f,s:I,s:I}", "greedy", 1,
		    "repetition_penalty", s->repetition_penalty,
		    "min_new_tokens", (json_int_t)s->min_new_tokens,
		    "max_new_tokens", (json_int_t)s->max_new_tokens);
	return json_pack("{s:f,s:I,s:f,s:f,s:f,s:I,s:I}",
	    "temperature", s->temperature, "top_k", (json_int_t)s->top_k,
	    "top_p", s->top_p, "min_p", s->min_p,
	    "repetition_penalty", s->repetition_penalty,
	    "min_new_tokens", (json_int_t)s->min_new_tokens,
	    "max_new_tokens", (json_int_t)s->max_new_tokens);
}

/* The record of an answer: the prompt's, and how the answer came about. */
static json_t *
answer(struct jk_gen_writer *w, const struct jk_sample *s,
    struct jk_err *err)
{
	const struct jk_regime *regime = &w->regimes[s->regime];
	json_t *record = json_copy(w->prompts->records[s->prompt]), *ids;
	uint32_t n = s->n - (s->finish == JK_FINISH_STOP), i;
	int bad = !record;

	jk_buf_clear(&w->text);
	if (jk_decode(w->tokenizer, s->ids, n, true, &w->text, err) < 0) {
		json_decref(record);
		return NULL;
	}
	bad = bad || json_object_set_new(record, "completion",
	    json_stringn(jk_buf_str(&w->text), w->text.len)) < 0 ||
	    json_object_set_new(record, "regime",
	    json_string(regime->name)) < 0 ||
	    json_object_set_new(record, "seed", json_integer(w->seed)) < 0 ||
	    json_object_set_new(record, "sample",
	    json_integer(s->number)) < 0 ||
	    json_object_set_new(record, "n_tokens", json_integer(s->n)) < 0 ||
	    json_object_set_new(record, "finish_reason", json_string(
	    s->finish == JK_FINISH_STOP ? "stop" : "length")) < 0 ||
	    json_object_set_new(record, "settings",
	    settings_json(&regime->sampling)) < 0 ||
	    json_object_set_new(record, "model", jk_json_text(w->model)) < 0 ||
	    (w->adapter && json_object_set_new(record, "adapter",
	    jk_json_text(w->adapter)) < 0) ||
	    json_object_set_new(record, "device",
	    json_string(w->device)) < 0 ||
	    json_object_set_new(record, "precision",
	    json_string(w->precision)) < 0;
	if (!bad && w->token_ids) {
		ids = json_array();
		bad = json_object_set_new(record, "token_ids", ids) < 0;
		for (i = 0; i < s->n && !bad; i++)
			bad = json_array_append_new(ids,
			    json_integer(s->ids[i])) < 0;
	}
	if (bad) {
		json_decref(record);
		jk_fail_nomem(err);
		return NULL;
	}
	return record;
}

int
jk_gen_done(struct jk_gen_writer *w, const struct jk_sample *s,
    struct jk_err *err)
{
	size_t at = ((size_t)s->prompt * w->n_regimes + s->regime) *
	    w->n_samples + s->number;

	if (w->streams)
		return jk_out_write(w->out, "\n", 1, err);
	if (w->best) {
		json_t *record = answer(w, s, err);

		return record ? jk_best_add(w->best, at, record, s, err) : -1;
	}
	w->waiting[at] = answer(w, s, err);
	if (!w->waiting[at])
		return -1;
	while (w->n_written < w->n_total && w->waiting[w->n_written]) {
		if (jk_record_write(&w->records, w->waiting[w->n_written],
		    err) < 0)
			return -1;
		json_decref(w->waiting[w->n_written++]);
	}
	return 0;
}
