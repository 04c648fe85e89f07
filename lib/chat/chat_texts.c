/* Both texts of a dialogue, and records that carry them. */

#include <stdlib.h>
#include <string.h>

#include "chat/chat.h"
#include "record/speaker.h"

/* Whether a text begins with another, content at the same bytes of both. */
static bool
begins_with(const struct jk_jinja_output *whole,
    const struct jk_jinja_output *part)
{
	const size_t n = part->text.len;
	size_t i;

	if (whole->text.len < n || whole->n_content < part->n_content ||
	    (n && memcmp(whole->text.data, part->text.data, n) != 0))
		return false;
	for (i = 0; i < part->n_content; i++) {
		const struct jk_jinja_span *a = &whole->content[i];
		const struct jk_jinja_span *b = &part->content[i];

		if (a->start != b->start || a->end != b->end ||
		    a->message != b->message)
			return false;
	}
	return i == whole->n_content || whole->content[i].start >= n;
}

/* The first range of the messages [from, to), or n_content. */
static size_t
first_of(const struct jk_jinja_output *o, size_t from, size_t to)
{
	size_t i;

	for (i = 0; i < o->n_content; i++)
		if (o->content[i].message >= from &&
		    o->content[i].message < to)
			break;
	return i;
}

/* Where the last of them ends; there is one. */
static size_t
end_of(const struct jk_jinja_output *o, size_t from, size_t to)
{
	size_t i;

	for (i = o->n_content; i-- > 0;)
		if (o->content[i].message >= from &&
		    o->content[i].message < to)
			break;
	return o->content[i].end;
}

static int
copy_output(struct jk_jinja_output *to, const struct jk_jinja_output *from,
    size_t n_more, struct jk_err *err)
{
	struct jk_jinja_span *content = realloc(to->content,
	    (from->n_content + n_more + 1) * sizeof *content);

	if (!content)
		return jk_fail_nomem(err);
	to->content = content;
	to->n_content = from->n_content;
	if (from->n_content)
		memcpy(content, from->content, from->n_content *
		    sizeof *content);
	jk_buf_clear(&to->text);
	jk_buf_add(&to->text, jk_buf_str(&from->text), from->text.len);
	return 0;
}

/*
 * training: prompt, then the answer (the messages from n_asked on) and what the
 * template wrote behind it.
 */
static int
form(const struct jk_chat *c, size_t n_asked, struct jk_chat_texts *t,
    struct jk_err *err)
{
	const struct jk_jinja_output *whole = &t->training;
	struct jk_jinja_output *out = &t->spare, swap;
	size_t i = first_of(whole, n_asked, SIZE_MAX), from;

	if (copy_output(out, &t->prompt, whole->n_content, err) < 0)
		return -1;
	if (i == whole->n_content) {
		jk_buf_adds(&out->text, c->tail);
	} else {
		from = whole->content[i].start;
		for (; i < whole->n_content; i++) {
			struct jk_jinja_span s = whole->content[i];

			s.start += out->text.len - from;
			s.end += out->text.len - from;
			out->content[out->n_content++] = s;
		}
		jk_buf_add(&out->text, whole->text.data + from,
		    whole->text.len - from);
	}
	swap = t->training;
	t->training = t->spare;
	t->spare = swap;
	return jk_buf_check(&t->training.text, err);
}

static bool
is_answer(const json_t *messages, size_t i)
{
	return jk_is_message_of(json_array_get(messages, i), "assistant");
}

/*
 * Where the model begins to write messages[n]: behind the prompt that it would
 * get, if that is how the text begins; else at its first byte, which is that of
 * range i.
 */
static int
answer_start(const struct jk_chat *c, const json_t *messages, size_t n,
    size_t i, struct jk_chat_texts *t, size_t *start, struct jk_err *err)
{
	json_t *before = json_array();
	struct jk_err refused;
	size_t k;
	int r = before ? 0 : jk_fail_nomem(err);

	for (k = 0; k < n && r == 0; k++)
		if (json_array_append(before, json_array_get(messages, k)) < 0)
			r = jk_fail_nomem(err);
	if (r == 0) {
		r = jk_chat_render(c, before, true, &t->spare, &refused);
		if (r < 0 && refused.status == JK_ESYS)
			*err = refused;
		*start = r == 0 && begins_with(&t->training, &t->spare) ?
		    t->spare.text.len : t->training.content[i].start;
		r = r < 0 && refused.status == JK_ESYS ? -1 : 0;
	}
	json_decref(before);
	return r;
}

/* All answers of the dialogue; the last one is the messages from n_asked on. */
static int
find_answers(const struct jk_chat *c, const json_t *messages, size_t n_asked,
    struct jk_chat_texts *t, struct jk_err *err)
{
	struct jk_span span = { 0, 0 };
	size_t k, i, end = 0;

	t->answers.n = 0;
	for (k = 0; k < n_asked; k++) {
		i = first_of(&t->training, k, k + 1);
		if (!is_answer(messages, k) || i == t->training.n_content)
			continue;
		if (answer_start(c, messages, k, i, t, &span.start, err) < 0)
			return -1;
		span.end = end_of(&t->training, k, k + 1);
		/* a template may put them in another order */
		if (span.start < end || span.end > t->prompt.text.len)
			continue;
		end = span.end;
		if (jk_spans_add(&t->answers, span, err) < 0)
			return -1;
	}
	if (first_of(&t->training, n_asked, SIZE_MAX) ==
	    t->training.n_content)
		return 0;
	span = (struct jk_span){ t->prompt.text.len,
		end_of(&t->training, n_asked, SIZE_MAX) };
	return jk_spans_add(&t->answers, span, err);
}

/* Bytes of the template between prompt and answer. */
static size_t
before_answer(const struct jk_chat_texts *t, size_t n_asked)
{
	size_t i = first_of(&t->training, n_asked, SIZE_MAX);

	return i == t->training.n_content ? 0 :
	    t->training.content[i].start - t->prompt.text.len;
}

int
jk_chat_texts(const struct jk_chat *c, const json_t *messages, bool answer,
    struct jk_chat_texts *t, struct jk_err *err)
{
	json_t *prompt = jk_chat_without_answer(messages);
	const size_t n_asked = json_array_size(prompt);
	int r;

	t->n_before_answer = t->answers.n = 0;
	t->formed = false;
	if (!prompt)
		return jk_fail_nomem(err);
	r = jk_chat_render(c, prompt, true, &t->prompt, err);
	json_decref(prompt);
	if (r < 0 || !answer)
		return r;
	if (jk_chat_render(c, messages, false, &t->training, err) < 0)
		return -1;
	t->formed = !begins_with(&t->training, &t->prompt);
	if (t->formed && form(c, n_asked, t, err) < 0)
		return -1;
	t->n_before_answer = before_answer(t, n_asked);
	return find_answers(c, messages, n_asked, t, err);
}

void
jk_chat_texts_release(struct jk_chat_texts *t)
{
	jk_jinja_output_release(&t->prompt);
	jk_jinja_output_release(&t->training);
	jk_jinja_output_release(&t->spare);
	jk_spans_release(&t->answers);
}

unsigned
jk_chat_notes(const struct jk_chat *c, const json_t *messages,
    const struct jk_chat_texts *t)
{
	const bool joined = c->joins_system &&
	    jk_is_message_of(json_array_get(messages, 0), "system");

	return (joined ? JK_CHAT_JOINED : 0) |
	    (t->formed ? JK_CHAT_FORMED : 0);
}

const char *
jk_chat_note(unsigned i)
{
	static const char *const notes[JK_N_CHAT_NOTES] = {
		JK_MSG("the template takes no system text: it is joined to the "
		    "first message of the user"),
		JK_MSG("the template's prompt is not the beginning of its text "
		    "of the whole: a record is the prompt, the answer and what "
		    "the template puts behind it"),
	};

	return jk_tr(notes[i]);
}

/* --- records */

static json_t *
pair(size_t start, size_t end)
{
	return json_pack("[I,I]", (json_int_t)start, (json_int_t)end);
}

json_t *
jk_chat_spans_json(const struct jk_jinja_output *o)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && i < o->n_content; i++)
		if (json_array_append_new(list, pair(o->content[i].start,
		    o->content[i].end)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* The answers of a dialogue of several. */
static int
set_answers(json_t *record, const struct jk_spans *answers)
{
	json_t *list;
	size_t i;

	if (answers->n < 2)
		return json_object_get(record, "answer_spans") ?
		    json_object_del(record, "answer_spans") : 0;
	list = json_array();
	for (i = 0; list && i < answers->n; i++)
		if (json_array_append_new(list, pair(answers->v[i].start,
		    answers->v[i].end)) < 0) {
			json_decref(list);
			list = NULL;
		}
	return json_object_set_new(record, "answer_spans", list);
}

/* A text and its ranges as members of two objects. */
static int
set_text(json_t *record, json_t *spans, const char *key,
    const struct jk_jinja_output *o)
{
	return json_object_set_new(record, key, json_stringn(
	    jk_buf_str(&o->text), o->text.len)) < 0 ? -1 :
	    json_object_set_new(spans, key, jk_chat_spans_json(o));
}

int
jk_chat_set_texts(const struct jk_chat *c, json_t *messages, bool answer,
    const struct jk_chat_texts *t, json_t *record, struct jk_err *err)
{
	json_t *prompt = jk_chat_last_prompt(messages);
	json_t *spans = json_object();
	int r = spans ? 0 : -1;

	json_object_del(record, "template");
	json_object_del(record, "training_text");
	if (r == 0 && prompt && !json_is_string(json_object_get(record,
	    "prompt")))
		r = json_object_set(record, "prompt", prompt);
	if (r == 0)
		r = json_object_set(record, "messages", messages);
	if (r == 0)
		r = set_text(record, spans, "prompt_text", &t->prompt);
	if (r == 0 && answer)
		r = set_text(record, spans, "training_text", &t->training);
	if (r == 0)
		r = json_object_set(record, "content_spans", spans);
	if (r == 0)
		r = set_answers(record, &t->answers);
	if (r == 0)
		r = json_object_set_new(record, "template_hash",
		    json_string(c->hash));
	json_decref(spans);
	return r < 0 ? jk_fail_nomem(err) : 0;
}
