#ifndef JK_CLEAN_CAPS_H
#define JK_CLEAN_CAPS_H

#include "base/buf.h"

/*
 * Text typed with caps lock on: "пРИВЕТ, кАК дЕЛА?" becomes "Привет, Как
 * Дела?".
 *
 * A text is taken for that where its first word is inverted (a small letter,
 * then capitals) or two are, the others are of capitals, or, few of them, of
 * small letters as abbreviations are ("мкадЕ"), and none has two small letters
 * in a row behind a capital.  An inverted word among sound ones stays: it is likely what the joke is
 * about.  So does what does not read as Russian ("оПХБЕР": another code page).
 * Letters of all alphabets change.
 * The form is that of every repair (see clean/entities.h).
 */
unsigned jk_repair_caps(const char *s, size_t n, struct jk_buf *out);

#endif
