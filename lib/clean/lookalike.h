#ifndef JK_CLEAN_LOOKALIKE_H
#define JK_CLEAN_LOOKALIKE_H

#include "base/buf.h"

/*
 * Letters of the wrong alphabet that look like the right ones: Latin c, o, p
 * in a Cyrillic word, Cyrillic с, о, р in a Latin one.
 *
 * A word is a run of letters, in which digits that look like letters (0, 3, 6)
 * and the signs that hide letters (@ # * $ % &) may stand.  A word of both
 * alphabets is changed when all of its letters of one alphabet have twins in
 * the other; to Cyrillic where both ways are open, and its digits with it.
 * Left alone: a foreign abbreviation or name with a Russian ending ("PCшник",
 * "Facebookа"), one that lost the space to a Russian word ("сWindows",
 * "какToyota", "hereКак"), "iПотека".
 * A small a, c, o or y by itself between Russian words becomes Cyrillic too.
 * In a text that is full of mixed words so do those of twins only ("Ha", "ee")
 * and those of digits and Cyrillic letters ("0н"), but not next to a Latin word
 * nor, where other letters were left alone, of capitals only ("PC").
 * The form is that of every repair (see clean/entities.h).
 */
unsigned jk_repair_lookalikes(const char *s, size_t n, struct jk_buf *out);

#endif
