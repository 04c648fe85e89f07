#include "tok/example_scan.h"

#include <math.h>

/* [[start,end],…] */
static bool
scan_spans(struct jk_line_cursor *c, struct jk_spans *spans)
{
	struct jk_span span;
	struct jk_err none;

	spans->n = 0;
	if (!jk_line_byte(c, '['))
		return false;
	if (jk_line_byte(c, ']'))
		return true;
	do
		if (!jk_line_byte(c, '[') || !jk_line_size(c, &span.start) ||
		    !jk_line_byte(c, ',') || !jk_line_size(c, &span.end) ||
		    !jk_line_byte(c, ']') ||
		    jk_spans_add(spans, span, &none) < 0)
			return false;
	while (jk_line_byte(c, ','));
	return jk_line_byte(c, ']');
}

/* An object with the spans of both texts, or null. */
static bool
scan_content(struct jk_line_cursor *c, struct jk_example_scan *s)
{
	bool has_prompt = false, has_training = false, fine;
	struct jk_line_keys keys;
	const struct jk_slice *key;

	if (jk_line_null(c))
		return true;
	if (!jk_line_byte(c, '{'))
		return false;
	keys.n = 0;
	do {
		key = jk_line_key(c, &keys);
		if (!key)
			return false;
		if (jk_slice_is(key, "prompt_text"))
			fine = has_prompt = scan_spans(c, &s->prompt_content);
		else if (jk_slice_is(key, "training_text"))
			fine = has_training = scan_spans(c, &s->content);
		else
			fine = jk_line_skip(c);
		if (!fine)
			return false;
	} while (jk_line_byte(c, ','));
	s->is_marked = true;
	return jk_line_byte(c, '}') && has_prompt && has_training;
}

static bool
scan_member(struct jk_line_cursor *c, const struct jk_slice *key,
    struct jk_example_scan *s, const char *weight)
{
	const struct {
		const char *name;
		struct jk_slice *string;
	} strings[] = {
		{ "id", &s->id },
		{ "text", &s->text },
		{ "prompt_text", &s->prompt_text },
		{ "training_text", &s->training_text },
		{ "template_hash", &s->template_hash },
	};
	static const char *const parsed[] = { "template", "provenance",
		"error" };
	size_t i;

	for (i = 0; i < sizeof strings / sizeof *strings; i++)
		if (jk_slice_is(key, strings[i].name))
			return jk_line_string(c, strings[i].string);
	for (i = 0; i < sizeof parsed / sizeof *parsed; i++)
		if (jk_slice_is(key, parsed[i]))
			return false;
	if (jk_slice_is(key, "content_spans"))
		return scan_content(c, s);
	if (jk_slice_is(key, "answer_spans"))
		return s->has_answers = scan_spans(c, &s->answers);
	if (weight && jk_slice_is(key, weight))
		return jk_line_number(c, &s->weight);
	return jk_line_skip(c);
}

bool
jk_example_scan(struct jk_example_scan *s, const char *line, size_t n,
    const char *weight)
{
	const struct jk_slice none = { NULL, 0 }, *key;
	struct jk_line_keys keys;
	struct jk_line_cursor c;

	s->id = s->text = s->prompt_text = s->training_text =
	    s->template_hash = none;
	s->is_marked = s->has_answers = false;
	s->weight = NAN;
	keys.n = 0;
	if (!jk_line_begin(&c, line, n, &s->room) || !jk_line_byte(&c, '{'))
		return false;
	do {
		key = jk_line_key(&c, &keys);
		if (!key || !scan_member(&c, key, s, weight))
			return false;
	} while (jk_line_byte(&c, ','));
	return jk_line_byte(&c, '}') && jk_line_is_done(&c);
}

void
jk_example_scan_release(struct jk_example_scan *s)
{
	jk_spans_release(&s->prompt_content);
	jk_spans_release(&s->content);
	jk_spans_release(&s->answers);
	jk_buf_release(&s->room);
	*s = (struct jk_example_scan){ 0 };
}
