/*
 * Records with dialogues, one on each line, in any form that jk-template and
 * jk-tokenize take: rendered in each chat format, or in one whose prompt is not
 * the beginning of the whole, and read as what jk-template wrote.  The first
 * byte chooses format and settings.  What is made of a line that is not parsed is
 * what is made of it parsed.
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

/* What jk_chat_texts promises. */
static void
check_texts(const struct jk_chat_texts *t)
{
	const struct jk_buf *prompt = &t->prompt.text;
	size_t i, end = 0;

	check_output(&t->training);
	if (t->training.text.len < prompt->len ||
	    memcmp(jk_buf_str(&t->training.text), jk_buf_str(prompt),
	    prompt->len) != 0)
		abort();
	for (i = 0; i < t->answers.n; i++) {
		if (t->answers.v[i].start < end ||
		    t->answers.v[i].end < t->answers.v[i].start ||
		    t->answers.v[i].end > t->training.text.len)
			abort();
		end = t->answers.v[i].end;
	}
}

/* What jk_example_from_dialogue promises of the examples that it makes. */
static void
encode(struct jk_encoder *e, const json_t *record, struct jk_example *x)
{
	struct jk_example_options options = { 0 };
	struct jk_err err;
	uint32_t i, end;
	int k;

	for (k = 0; k < 4; k++) {
		options.all_answers = k & 1;
		options.parse_special = k & 2;
		if (jk_example_from_dialogue(e, record, &options, x, &err) < 0)
			continue;
		end = x->n_prompt;
		for (i = 0; i < x->n_runs; i++) {
			if (x->runs[i].begin < end || x->runs[i].begin == 0 ||
			    x->runs[i].end <= x->runs[i].begin)
				abort();
			end = x->runs[i].end;
		}
		if (x->n_runs == 0 || end > x->ids.n)
			abort();
	}
	if (jk_example_from_text(e, record, &options, x, &err) < 0 &&
	    err.status == JK_OK)
		abort();
}

static bool
same(const struct jk_example *a, const struct jk_example *b)
{
	return strcmp(a->id, b->id) == 0 && a->n_prompt == b->n_prompt &&
	    a->n_runs == b->n_runs && a->n_bytes == b->n_bytes &&
	    a->differs == b->differs && a->n_before == b->n_before &&
	    a->end_id == b->end_id && a->unmarked == b->unmarked &&
	    a->ids.n == b->ids.n && memcmp(a->ids.v, b->ids.v,
	    a->ids.n * sizeof *a->ids.v) == 0 && memcmp(a->runs, b->runs,
	    a->n_runs * sizeof *a->runs) == 0;
}

/* The line of a record, of which a NUL is behind the end. */
static void
compare(struct jk_encoder *e, const char *line, size_t n,
    const json_t *record)
{
	static struct jk_example_scan scan;
	struct jk_example_options options = { 0 };
	struct jk_example x = { 0 }, y = { 0 };
	struct jk_err err;
	int k;

	for (k = 0; k < 8 && jk_example_scan(&scan, line, n, NULL); k++) {
		const bool text = k & 4;

		options.all_answers = k & 1;
		options.parse_special = k & 2;
		if (jk_example_from_scan(e, &scan, text, &options, &x, &err)
		    == 1 && ((text ? jk_example_from_text :
		    jk_example_from_dialogue)(e, record, &options, &y, &err)
		    < 0 || !same(&x, &y)))
			abort();
	}
	jk_example_release(&x);
	jk_example_release(&y);
}

static void
use(const struct jk_chat *chat, const struct jk_chat_prompts *prompts,
    struct jk_encoder *e, json_t *record, bool answer)
{
	struct jk_chat_texts texts = { 0 };
	struct jk_example x = { 0 };
	struct jk_err err;
	json_t *messages;

	/* the record as it came */
	encode(e, record, &x);
	(void)jk_chat_has_prompt(record);
	messages = jk_chat_messages(prompts, record, answer, &err);
	if (messages && jk_chat_texts(chat, messages, answer, &texts, &err)
	    == 0) {
		check_output(&texts.prompt);
		if (answer)
			check_texts(&texts);
		if (jk_chat_set_texts(chat, messages, answer, &texts, record,
		    &err) < 0)
			abort();
		encode(e, record, &x);
	}
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
static struct jk_chat chats[4], late;

static void
prepare(void)
{
	static const char late_text[] =
	    "{% for m in messages %}{% if m.role != 'system' %}"
	    "{{ m.role }}:{{ m.content | trim }}<|im_end|>{% endif %}"
	    "{% endfor %}{% if add_generation_prompt %}"
	    "{{ messages[0].content }}assistant:<think>{% endif %}";
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
	if (jk_chat_init(&late, "late", late_text, NULL, &now, &err) < 0)
		abort();
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
		/* a reader of records takes nothing else */
		if (json_is_object(record)) {
			char *copy = strndup((const char *)line,
			    (size_t)(end - line));

			if (!copy)
				abort();
			compare(&encoder, copy, strlen(copy), record);
			free(copy);
			use_own(record);
			use(data[0] & 64 ? &late : &chats[data[0] & 3],
			    &prompts, &encoder, record, !(data[0] & 8));
		}
		json_decref(record);
	}
	return 0;
}
