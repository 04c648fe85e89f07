#ifndef JK_CLEAN_ENTITIES_H
#define JK_CLEAN_ENTITIES_H

#include <stddef.h>

#include "base/buf.h"

/*
 * HTML character references (WHATWG HTML, 13.2.5.72 to 13.2.5.80; names of
 * HTML 4, Cyrillic letters and ASCII punctuation of HTML 5).
 *
 * Every repair of a text has this form: read the n bytes of valid UTF-8 at s,
 * append the repaired text to `out`, return the number of changes.  With 0
 * changes what was appended is of no use.  Memory that cannot be had shows in
 * `out` (jk_buf_check).
 *
 * Decoded: named and numeric references, also escaped several times
 * ("&amp;quot;"), without their semicolon where a letter does not follow,
 * with "-" in its place ("&quot-" as some dumps have it); numbers of
 * Windows-1252 controls as browsers do.  What is no reference stays.
 */
unsigned jk_repair_entities(const char *s, size_t n, struct jk_buf *out);

#endif
