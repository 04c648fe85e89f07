#include "record/spans.h"

#include <stdio.h>
#include <stdlib.h>

void
jk_spans_release(struct jk_spans *s)
{
	free(s->v);
	*s = (struct jk_spans){ 0 };
}

int
jk_spans_add(struct jk_spans *s, struct jk_span span, struct jk_err *err)
{
	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 8;
		struct jk_span *v = realloc(s->v, cap * sizeof *v);

		if (!v)
			return jk_fail_nomem(err);
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = span;
	return 0;
}

static bool
is_boundary(const char *text, size_t n, size_t at)
{
	return at == n || ((unsigned char)text[at] & 0xc0) != 0x80;
}

bool
jk_span_fits(struct jk_span span, size_t from, const char *text, size_t n)
{
	return span.start >= from && span.end >= span.start && span.end <= n &&
	    is_boundary(text, n, span.start) &&
	    is_boundary(text, n, span.end);
}

/* Whether a pair of JSON is a range of the text that begins at `from` or on. */
static bool
read_pair(const json_t *pair, size_t from, const char *text, size_t n,
    struct jk_span *span)
{
	const json_t *a = json_array_get(pair, 0);
	const json_t *b = json_array_get(pair, 1);
	json_int_t start = json_integer_value(a), end = json_integer_value(b);

	*span = (struct jk_span){ (size_t)start, (size_t)end };
	return json_array_size(pair) == 2 && json_is_integer(a) &&
	    json_is_integer(b) && start >= 0 && end >= 0 &&
	    jk_span_fits(*span, from, text, n);
}

int
jk_spans_from_json(struct jk_spans *s, const json_t *list, const char *name,
    const char *text, size_t n, struct jk_err *err)
{
	struct jk_span span = { 0, 0 };
	const json_t *pair;
	size_t i;

	s->n = 0;
	if (!json_is_array(list))
		return jk_fail(err, JK_EDATA, "the record has no %s", name);
	json_array_foreach(list, i, pair) {
		if (!read_pair(pair, span.end, text, n, &span))
			return jk_fail(err, JK_EDATA, "%s: range %zu does not "
			    "fit the text", name, i);
		if (jk_spans_add(s, span, err) < 0)
			return -1;
	}
	return 0;
}

int
jk_spans_read(struct jk_spans *s, const json_t *record, const char *key,
    const char *text, size_t n, struct jk_err *err)
{
	char name[64];

	snprintf(name, sizeof name, "content_spans.%s", key);
	return jk_spans_from_json(s, json_object_get(json_object_get(record,
	    "content_spans"), key), name, text, n, err);
}
