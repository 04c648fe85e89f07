#ifndef JK_CLEAN_WRAPS_H
#define JK_CLEAN_WRAPS_H

#include <stdbool.h>

#include "base/buf.h"

/* Line breaks that stand where none belongs.  Form: clean/entities.h. */

/*
 * Words cut by a hyphen at the end of a line are whole again: "сло-" and "во"
 * are "слово".  The hyphen stays, without the break, where it is the word's
 * own ("какой-" and "то", "по-" and "моему", "удвоенно-" and "сложный").  A
 * particle that got a space ("какой- нибудь") loses it.  Each part is of small
 * letters and has a vowel; a line of dialogue that breaks off stays.
 */
unsigned jk_repair_hyphens(const char *s, size_t n, struct jk_buf *out);

/*
 * The author's words that stand on a line of their own, a dash and a verb of
 * speech in small letters ("- Да!" and "- сказал он"), go back to the line of
 * what was said.
 */
unsigned jk_repair_speech(const char *s, size_t n, struct jk_buf *out);

/* Whether a verb of speech, in small letters, begins at s[at]: "сказал". */
bool jk_begins_verb(const char *s, size_t n, size_t at);

#endif
