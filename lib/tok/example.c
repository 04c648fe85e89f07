#include "tok/example.h"

#include <stdlib.h>
#include <string.h>

#include "record/speaker.h"

/* Empty it, but keep the memory.  `id` may be NULL. */
static int
start(struct jk_example *x, const char *id, struct jk_err *err)
{
	free(x->id);
	x->id = strdup(id ? id : "");
	if (!x->id)
		return jk_fail_nomem(err);
	x->ids.n = x->whole.n = x->places.n = 0;
	x->n_prompt = x->n_bytes = x->n_runs = 0;
	x->n_before = 0;
	x->differs = x->unmarked = false;
	x->end_id = -1;
	x->weight = 1;
	return 0;
}

static int
start_with(struct jk_example *x, const json_t *record, struct jk_err *err)
{
	const char *id = jk_json_get_string(record, "id");

	if (!id && json_is_string(json_object_get(record, "id")))
		return jk_fail(err, JK_EDATA, "id holds a NUL character");
	return start(x, id, err);
}

/* A string member that must be there. */
static const char *
get_text(const json_t *record, const char *key, size_t *n,
    struct jk_err *err)
{
	const json_t *v = json_object_get(record, key);

	if (!json_is_string(v)) {
		jk_fail(err, JK_EDATA, v ? "%s is not a string" :
		    "the record has no %s", key);
		return NULL;
	}
	*n = json_string_length(v);
	return json_string_value(v);
}

/* Messages of the assistant; those at the end are one answer. */
static size_t
count_answers(const json_t *messages)
{
	size_t i = json_array_size(messages), n = 0;
	bool at_end = true;

	while (i-- > 0) {
		const bool now = jk_is_message_of(json_array_get(messages, i),
		    "assistant");

		n += now && (n == 0 || !at_end);
		at_end = at_end && now;
	}
	return n;
}

static int
check_texts(const struct jk_dialogue *d, struct jk_err *err)
{
	if (d->n_text > INT32_MAX)
		return jk_fail(err, JK_EDATA, "training_text is too long");
	if (d->n_prompt > d->n_text ||
	    memcmp(d->prompt, d->text, d->n_prompt) != 0)
		return jk_fail(err, JK_EDATA, "prompt_text is not the "
		    "beginning of training_text");
	return 0;
}

/* Where the last answer ends: the content does, or all of the text. */
static int
find_end_of_all(const struct jk_dialogue *d, const struct jk_example *x,
    size_t *end, struct jk_err *err)
{
	const struct jk_spans *spans = &x->spans;

	*end = x->unmarked ? d->n_text : spans->n ?
	    spans->v[spans->n - 1].end : 0;
	if (*end <= d->n_prompt)
		return jk_fail(err, JK_EDATA, "the mask is empty: nothing "
		    "behind prompt_text is content");
	return 0;
}

/* All answers end with the one behind the prompt. */
static int
check_answers(const struct jk_dialogue *d, const struct jk_spans *answers,
    struct jk_err *err)
{
	if (answers->n == 0 || answers->v[answers->n - 1].start !=
	    d->n_prompt)
		return jk_fail(err, JK_EDATA, "answer_spans: the last "
		    "one does not begin behind prompt_text");
	return 0;
}

/*
 * x->piece, x->spans and x->answers: what is content of prompt_text and of
 * training_text, and what is learned.
 */
static int
read_spans(const struct jk_dialogue *d, const json_t *record,
    struct jk_example *x, struct jk_err *err)
{
	const json_t *list = json_object_get(record, "answer_spans");
	size_t end;

	x->piece.n = x->spans.n = x->answers.n = 0;
	if (!x->unmarked && (jk_spans_read(&x->piece, record, "prompt_text",
	    d->prompt, d->n_prompt, err) < 0 || jk_spans_read(&x->spans,
	    record, "training_text", d->text, d->n_text, err) < 0))
		return -1;
	if (find_end_of_all(d, x, &end, err) < 0)
		return -1;
	if (d->options->all_answers && list)
		return jk_spans_from_json(&x->answers, list, "answer_spans",
		    d->text, d->n_text, err) < 0 ? -1 :
		    check_answers(d, &x->answers, err);
	if (d->options->all_answers && count_answers(json_object_get(record,
	    "messages")) > 1)
		return jk_fail(err, JK_EDATA, "the record has no "
		    "answer_spans, which say where its answers are: pass it "
		    "through jk-template again");
	return jk_spans_add(&x->answers, (struct jk_span){ d->n_prompt, end },
	    err);
}

/* Copy spans that fit the text; 0 if one does not. */
static int
take_spans(const struct jk_spans *from, const char *text, size_t n,
    struct jk_spans *to, struct jk_err *err)
{
	size_t i;

	for (i = 0, to->n = 0; i < from->n; i++)
		if (!jk_span_fits(from->v[i], i ? from->v[i - 1].end : 0,
		    text, n))
			return 0;
		else if (jk_spans_add(to, from->v[i], err) < 0)
			return -1;
	return 1;
}

/* The same of a line: 1; 0 where that is to be parsed. */
static int
scan_spans(const struct jk_dialogue *d, const struct jk_example_scan *scan,
    struct jk_example *x, struct jk_err *err)
{
	size_t end;
	int r = 1;

	x->piece.n = x->spans.n = x->answers.n = 0;
	if (scan->is_marked && ((r = take_spans(&scan->prompt_content,
	    d->prompt, d->n_prompt, &x->piece, err)) != 1 ||
	    (r = take_spans(&scan->content, d->text, d->n_text, &x->spans,
	    err)) != 1))
		return r;
	if (find_end_of_all(d, x, &end, err) < 0)
		return 0;
	if (!d->options->all_answers)
		return jk_spans_add(&x->answers, (struct jk_span){
		    d->n_prompt, end }, err) < 0 ? -1 : 1;
	if (!scan->has_answers)
		return 0;
	r = take_spans(&scan->answers, d->text, d->n_text, &x->answers, err);
	return r != 1 ? r : check_answers(d, &x->answers, err) == 0;
}

int
jk_example_from_dialogue(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	const json_t *spans = json_object_get(record, "content_spans");
	struct jk_dialogue d = { .options = options };

	if (start_with(x, record, err) < 0 ||
	    !(d.prompt = get_text(record, "prompt_text", &d.n_prompt, err)) ||
	    !(d.text = get_text(record, "training_text", &d.n_text, err)))
		return -1;
	x->unmarked = !spans || json_is_null(spans);
	if (check_texts(&d, err) < 0 || read_spans(&d, record, x, err) < 0)
		return -1;
	return jk_example_make(e, &d, x, err);
}

int
jk_example_from_text(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	const char *text;
	size_t n;

	if (start_with(x, record, err) < 0 ||
	    !(text = get_text(record, "text", &n, err)))
		return -1;
	return jk_example_make_text(e, text, n, options, x, err);
}

int
jk_example_from_scan(struct jk_encoder *e,
    const struct jk_example_scan *scan, bool text_only,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	const struct jk_slice *text = text_only ? &scan->text :
	    &scan->training_text;
	struct jk_dialogue d = { scan->prompt_text.s, text->s,
		scan->prompt_text.n, text->n, options };
	int r;

	if (!text->s || (!text_only && !d.prompt))
		return 0;
	r = start(x, scan->id.s, err);
	if (r == 0 && text_only) {
		r = jk_example_make_text(e, text->s, text->n, options, x, err);
	} else if (r == 0) {
		x->unmarked = !scan->is_marked;
		r = check_texts(&d, err);
		if (r == 0) {
			r = scan_spans(&d, scan, x, err);
			if (r <= 0)
				return r;
			r = jk_example_make(e, &d, x, err);
		}
	}
	if (r == 0)
		return 1;
	return err->status == JK_EDATA ? 0 : -1;
}
