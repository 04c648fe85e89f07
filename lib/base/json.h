#ifndef JK_BASE_JSON_H
#define JK_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * JSON through jansson, which keeps the order of members.  References follow
 * jansson's words: a function returns a new reference unless it says
 * "borrowed".
 */

/*
 * For main(): have jansson note allocations that it loses (jk_note_nomem).  It
 * tells of some by a result that is not always asked, and forgets others: a
 * number then loses a digit.
 */
void jk_json_watch_memory(void);

/*
 * Parse n bytes, one whole value.  Errors: JK_EDATA "bad JSON at byte K: …"
 * (K counted from 1), also for invalid UTF-8, a doubled member and integers
 * outside 64 bits, unless a double has the very value (int(1e30)): then it is
 * a real.  JK_ESYS for memory.
 */
json_t *jk_json_parse(const char *s, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The same, and what Python writes of numbers that are none: NaN, Infinity and
 * -Infinity are taken, as strings.
 */
json_t *jk_json_parse_words(const char *s, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Parse a file as Python does: of a doubled member the last counts; NaN, Infinity
 * and -Infinity are taken, as strings.  The message names the file.  Errors:
 * JK_ESYS, JK_EDATA.
 */
json_t *jk_json_load(const char *path, struct jk_err *err) JK_WARN_UNUSED;

/*
 * A string's value; bytes of it that are not UTF-8, as a path may have,
 * become U+FFFD.  NULL without memory.
 */
json_t *jk_json_text(const char *s);

/*
 * A string member's value, borrowed; NULL if absent, not a string, or with a
 * NUL in it, at which it would end unseen.
 */
const char *jk_json_get_string(const json_t *object, const char *key);
/* A number member's value; NaN if absent or not a number. */
double jk_json_get_number(const json_t *object, const char *key);
/*
 * Set a member to a real, or to null where JSON has no such number: NaN,
 * infinities.  Returns 0, or -1: no memory.
 */
int jk_json_set_real(json_t *object, const char *key, double value);

/*
 * Tell of each member in which object b differs from a, in a's order, down into
 * objects that both have; then, with both_ways (and always further down), of
 * those that b alone has.  What one has not is NULL.  Ends with the first -1 of
 * `tell`.
 */
typedef int jk_json_tell(void *ctx, const char *key, const json_t *a,
    const json_t *b);
int jk_json_differ(const json_t *a, const json_t *b, bool both_ways,
    jk_json_tell *tell, void *ctx);

#endif
