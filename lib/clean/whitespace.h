#ifndef JK_CLEAN_WHITESPACE_H
#define JK_CLEAN_WHITESPACE_H

#include "base/buf.h"

/* Repairs of what cannot be seen.  Their form: clean/entities.h. */

/* \r\n, \r, vertical tabs, form feeds, NEL, U+2028 and U+2029 become \n. */
unsigned jk_repair_line_ends(const char *s, size_t n, struct jk_buf *out);

/*
 * Control and invisible characters go: C0 but tabs and what
 * jk_repair_line_ends replaces, DEL, C1 but NEL, soft hyphens, joiners of
 * graphemes, zero-width and direction marks, byte order marks, marks of
 * annotations, noncharacters.  A zero-width joiner between emoji stays, and
 * variation selectors do.
 */
unsigned jk_repair_invisible(const char *s, size_t n, struct jk_buf *out);

/* No-break spaces and all other spaces of Unicode become U+0020. */
unsigned jk_repair_nbsp(const char *s, size_t n, struct jk_buf *out);

/*
 * Runs of spaces and tabs become one space; those at the beginning and at the
 * end of a line and of the text go.
 */
unsigned jk_repair_spaces(const char *s, size_t n, struct jk_buf *out);

/* Two blank lines and more become one; those at both ends of the text go. */
unsigned jk_repair_blank_lines(const char *s, size_t n, struct jk_buf *out);

/* Unicode normalization form C (UAX #15), through utf8proc. */
unsigned jk_repair_nfc(const char *s, size_t n, struct jk_buf *out);

#endif
