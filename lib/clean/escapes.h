#ifndef JK_CLEAN_ESCAPES_H
#define JK_CLEAN_ESCAPES_H

#include "base/buf.h"

/* Repairs of signs that programs left.  Their form: clean/entities.h. */

/*
 * The two characters backslash and n (or r and n, also doubled) become a line
 * break, backslash and t a space; \" and \' lose the backslash; \u041f is the
 * letter.  What is likely a path or source code stays: "C:\new", "\n" before
 * a small Latin letter, or before a quote and a bracket.
 */
unsigned jk_repair_escapes(const char *s, size_t n, struct jk_buf *out);

/*
 * "&!" and "&?", what broken decoders made of "!" and "?", lose the ampersand.
 * An ampersand that hides a letter of a swear word stays, and so does a row
 * of signs ("@#$%&!").
 */
unsigned jk_repair_ampersands(const char *s, size_t n, struct jk_buf *out);

#endif
