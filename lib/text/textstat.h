#ifndef JK_TEXT_TEXTSTAT_H
#define JK_TEXT_TEXTSTAT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The size of a text.
 *
 * n_chars      code points (a byte that is not UTF-8 counts as one)
 * n_words      runs of letters and digits; a hyphen or an apostrophe between
 *              two of them does not break a word ("кое-кто" is one)
 * n_sentences  a sentence holds a letter or a digit and ends with . ! ? … or
 *              a run of them, and closing quotes and brackets, before white
 *              space or the end; or with a line break, or the text.  What
 *              goes on in lower case ("т. е.", "«Да!» — сказал он") or
 *              follows a single capital ("А. С. Пушкин") is not an end.
 * n_letters    of any script
 * n_cyrillic   letters of the Cyrillic script
 */
struct jk_textstat {
	uint64_t n_chars, n_words, n_sentences, n_letters, n_cyrillic;
};

struct jk_textstat jk_textstat(const char *text, size_t n);

/* n_chars alone, of valid UTF-8: many times as fast. */
uint64_t jk_text_chars(const char *text, size_t n);

/* Cyrillic letters among all letters, 0 to 1; 0 without letters. */
double jk_textstat_cyrillic(const struct jk_textstat *s);

#endif
