#ifndef JK_BASE_JSON_WRITE_H
#define JK_BASE_JSON_WRITE_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* JSON as text: one line of it, a file, or the pieces that texts are put together of. */

/*
 * Append `v` as one line of JSON, members in their order, text as UTF-8 (what
 * RFC 8259 demands is escaped, and DEL), reals with the fewest digits that read
 * back as the same number, those of 2^63 and more (to 1e40) as the integers
 * that they were.  Check with jk_buf_check.
 */
void jk_json_write(struct jk_buf *b, const json_t *v);

/* Append the n bytes of UTF-8 at s as a JSON string, quotes included. */
void jk_json_write_string(struct jk_buf *b, const char *s, size_t n);
/* How many of them stand in a JSON string as they are, up to the first that
 * jk_json_write_string escapes. */
size_t jk_json_plain_len(const char *s, size_t n);

/* Append a real as above; "null" for what JSON cannot hold. */
void jk_json_write_real(struct jk_buf *b, double x);

/*
 * Write DIR/NAME, whole or not at all, indented.  v NULL: JK_ESYS, for want of
 * memory.  Errors: JK_ESYS.
 */
int jk_json_save(const char *dir, const char *name, const json_t *v,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
