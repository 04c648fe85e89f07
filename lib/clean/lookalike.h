#ifndef JK_CLEAN_LOOKALIKE_H
#define JK_CLEAN_LOOKALIKE_H

#include "base/buf.h"

/*
 * Letters of the wrong alphabet that look like the right ones: Latin c, o, p
 * in a Cyrillic word, Cyrillic с, о, р in a Latin one.
 *
 * A word is a run of letters, in which digits and the signs that hide letters
 * (@ # * $ % &) may stand.  A word of both alphabets is changed when all of
 * its letters of one alphabet have twins in the other; to Cyrillic where both
 * ways are open.  Left alone: a foreign abbreviation with a Russian ending
 * ("PCшник": two or more Latin capitals before small Cyrillic letters), and a
 * Russian preposition that lost its space before a foreign name ("сWindows").
 * A small a, c, o or y by itself between Russian words becomes Cyrillic too.
 * The form is that of every repair (see clean/entities.h).
 */
unsigned jk_repair_lookalikes(const char *s, size_t n, struct jk_buf *out);

#endif
