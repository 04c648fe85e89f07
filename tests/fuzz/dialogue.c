/*
 * Records with dialogues, one on each line, as jk-template and jk-tokenize
 * take them: rendered in each chat format, and read as what jk-template wrote.
 * The first byte chooses format and settings.
 */

#include <stdlib.h>
#include <string.h>

#include "chat/chat.h"
#include "tok/example.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static const char TOKENIZER[] =
    "{\"added_tokens\": [{\"id\": 5, \"content\": \"<|im_end|>\","
    " \"special\": true}], \"normalizer\": null,"
    " \"pre_tokenizer\": {\"type\": \"ByteLevel\","
    " \"add_prefix_space\": false, \"use_regex\": true},"
    " \"decoder\": {\"type\": \"ByteLevel\"}, \"model\": {\"type\": \"BPE\","
    " \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2, \"\xc4\xa0\": 3,"
    " \"\xc4\x8a\": 4}, \"merges\": [\"a b\"]}}";

static void
check_output(const struct jk_jinja_output *o)
{
	size_t i, end = 0;

	if (jk_utf8_valid_len(jk_buf_str(&o->text), o->text.len) !=
	    o->text.len)
		abort();
	for (i = 0; i < o->n_content; i++) {
		if (o->content[i].start < end ||
		    o->content[i].start >= o->content[i].end ||
		    o->content[i].end > o->text.len)
			abort();
		end = o->content[i].end;
	}
}

/* As jk-template writes it; a new reference. */
static json_t *
as_record(const struct jk_chat_texts *t)
{
	json_t *v = json_pack("{s:o,s:o,s:{s:o,s:o}}",
	    "prompt_text", json_stringn(jk_buf_str(&t->prompt.text),
	    t->prompt.text.len), "training_text",
	    json_stringn(jk_buf_str(&t->training.text),
	    t->training.text.len), "content_spans",
	    "training_text", jk_chat_spans_json(&t->training),
	    "prompt_text", jk_chat_spans_json(&t->prompt));

	if (!v)
		abort();
	return v;
}

static void
use(const struct jk_chat *chat, const struct jk_chat_prompts *prompts,
    struct jk_encoder *e, const json_t *record, bool answer)
{
	const struct jk_example_options plain = { NULL, 0, false };
	struct jk_chat_texts texts = { 0 };
	struct jk_example x = { 0 };
	struct jk_err err;
	json_t *messages = jk_chat_messages(prompts, record, answer, &err);
	json_t *rendered;

	if (messages && jk_chat_texts(chat, messages, answer, &texts,
	    &err) == 0) {
		check_output(&texts.prompt);
		if (answer) {
			check_output(&texts.training);
			if (texts.training.text.len < texts.prompt.text.len)
				abort();
			rendered = as_record(&texts);
			if (jk_example_from_dialogue(e, rendered, &plain, &x,
			    &err) == 0 && x.n_prompt > x.ids.n)
				abort();
			json_decref(rendered);
		}
		(void)jk_chat_last_prompt(messages);
	}
	/* the record as it came, too */
	if (jk_example_from_dialogue(e, record, &plain, &x, &err) == 0 &&
	    x.n_prompt > x.ids.n)
		abort();
	if (jk_example_from_text(e, record, &plain, &x, &err) < 0 &&
	    err.status == JK_OK)
		abort();
	json_decref(messages);
	jk_chat_texts_release(&texts);
	jk_example_release(&x);
}

/* The template that a record carries. */
static void
use_own(const json_t *record)
{
	struct jk_chat chat;
	struct jk_err err;
	json_t *v;

	if (jk_chat_from_json(&chat, json_object_get(record, "template"),
	    &err) < 0)
		return;
	v = jk_chat_json(&chat);
	if (!v)
		abort();
	json_decref(v);
	jk_chat_release(&chat);
}

/* What the inputs have in common, made once. */
static struct jk_encoder encoder;
static struct jk_chat chats[4];

static void
prepare(void)
{
	static const char *const names[] = { "zephyr", "chatml", "gemma",
		"llama3" };
	const struct tm now = { .tm_year = 126, .tm_mday = 1 };
	struct jk_tokenizer *t;
	struct jk_err err;
	size_t i;

	t = jk_tokenizer_from_json(TOKENIZER, sizeof TOKENIZER - 1, &err);
	if (!t || jk_encoder_init(&encoder, t, &err) < 0)
		abort();
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		const struct jk_chat_format *f = jk_chat_format(names[i]);
		json_t *vars = json_pack("{s:s*,s:s}", "bos_token", f->bos,
		    "eos_token", f->eos);

		if (!vars || jk_chat_init(&chats[i], f->name, f->text, vars,
		    &now, &err) < 0)
			abort();
		json_decref(vars);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_chat_prompts prompts = { .system = NULL };
	const unsigned char *line, *end;
	struct jk_err err;
	json_t *record;

	if (!n)
		return 0;
	if (!encoder.tokenizer)
		prepare();
	prompts.system = data[0] & 4 ? "Ты шутник." : NULL;
	for (line = data + 1; line < data + n; line = end + 1) {
		end = memchr(line, '\n', (size_t)(data + n - line));
		if (!end)
			end = data + n;
		record = jk_json_parse((const char *)line,
		    (size_t)(end - line), &err);
		if (record) {
			use(&chats[data[0] & 3], &prompts, &encoder, record,
			    !(data[0] & 8));
			use_own(record);
		}
		json_decref(record);
	}
	return 0;
}
