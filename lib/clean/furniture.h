#ifndef JK_CLEAN_FURNITURE_H
#define JK_CLEAN_FURNITURE_H

#include "base/buf.h"

/* Repairs of what sites put around a joke.  Their form: clean/entities.h. */

/*
 * A number at the beginning ("18. ", "18) ", "№ 18 ", "Анекдот №18:") goes.
 * It stays where the text counts on (a list of its own), where it is a year
 * ("1941. ") or a part of a number or date.
 */
unsigned jk_repair_numbers(const char *s, size_t n, struct jk_buf *out);

/*
 * At the end of a text go links, names of sites by themselves, and the mark
 * of a text cut short ("... -->>" keeps its dots).  A site that a sentence
 * speaks of stays, and so does one behind a colon.  One in a first line that
 * is a heading of jokes ("Анекдот дня (http://…)") goes, too.
 */
unsigned jk_repair_site(const char *s, size_t n, struct jk_buf *out);

#endif
