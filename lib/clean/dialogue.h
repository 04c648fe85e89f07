#ifndef JK_CLEAN_DIALOGUE_H
#define JK_CLEAN_DIALOGUE_H

#include "base/buf.h"

/*
 * Dialogue dashes that lost their line break: "…конь?- Да" becomes two lines.
 *
 * A dash begins a line of dialogue where it stands right behind the end of a
 * sentence or a colon, with no space between, and before a capital letter, an
 * opening quote or another beginning of speech.  A dash with a space before it
 * is prose and stays, as do "какой-то", "9-10", "А.-С. Пушкин", ":-)" and a
 * dash before a small letter ("Да!- сказал он") or before a verb of speech and
 * who speaks ("Да!- Сказал Петька."), and one that goes on behind the author's
 * words in a line of dialogue (clean/layout.h).  In a text where a dash is
 * repaired, a sentence right behind another ("…руку.Молодой человек говорит:")
 * gets its line too, and so does a quote that opens there ("…руку.«Пойдём!»").
 * The form is that of every repair (see clean/entities.h).
 */
unsigned jk_repair_dashes(const char *s, size_t n, struct jk_buf *out);

/*
 * Sentences that lost the line break between them: "Пил чай.Потом устал."
 * becomes two lines.  A capital stands right behind a sentence, and one in the
 * text ends in a word of small letters, or there are two; then those behind
 * an ellipsis get their line, too, and quotes that open.  A letter of who
 * speaks is such a capital: "П: Да.", "(П) - Да."  "т.е.Он", "ул.Ленина",
 * "А.С.Пушкин", "проф.Иванов", "Яндекс.Станция", "Mail.Ru" stay, and so does a
 * sentence that goes on in a line of dialogue (clean/layout.h).
 */
unsigned jk_repair_sentences(const char *s, size_t n, struct jk_buf *out);

#endif
