#ifndef JK_RECORD_SPANS_H
#define JK_RECORD_SPANS_H

#include <stdbool.h>

#include "base/json.h"
#include "base/span.h"

/* Which bytes of a text people wrote, in order.  Zero-initialise to start. */
struct jk_spans {
	struct jk_span *v;
	size_t n, cap;
};

void jk_spans_release(struct jk_spans *s);

/* Errors: JK_ESYS. */
int jk_spans_add(struct jk_spans *s, struct jk_span span, struct jk_err *err)
	JK_WARN_UNUSED;

/* Whether it begins at `from` or behind, and cuts no character of the text. */
bool jk_span_fits(struct jk_span span, size_t from, const char *text,
    size_t n);

/*
 * Fill anew with the ranges [[start,end],…] of the n bytes of UTF-8 at `text`;
 * `name` stands in messages.  Errors: JK_EDATA for what is no array, and for a
 * range that is not behind the one before, passes the end of the text or cuts a
 * character; JK_ESYS.
 */
int jk_spans_from_json(struct jk_spans *s, const json_t *list,
    const char *name, const char *text, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/* The same with content_spans.KEY of a record (jk-record(5)). */
int jk_spans_read(struct jk_spans *s, const json_t *record, const char *key,
    const char *text, size_t n, struct jk_err *err) JK_WARN_UNUSED;

#endif
