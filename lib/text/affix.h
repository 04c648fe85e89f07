#ifndef JK_TEXT_AFFIX_H
#define JK_TEXT_AFFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Beginnings and ends of texts, and what is found in them.  Lists of words have
 * NULL behind them.
 */

/* Whether the n bytes at s are one of the words. */
bool jk_is_one_of(const char *s, size_t n, const char *const *words);
/* Whether they begin with, end in, or have one of them; all of s counts, too. */
bool jk_begins_with(const char *s, size_t n, const char *const *words);
bool jk_ends_in(const char *s, size_t n, const char *const *words);
bool jk_has_one_of(const char *s, size_t n, const char *const *words);

/* The first of two bytes from s[at] on, at <= n; n: neither is there. */
size_t jk_find_either(const char *s, size_t n, size_t at, uint8_t a,
    uint8_t b);

/* The length without the spaces, tabs and line feeds at the end. */
size_t jk_trim_end(const char *s, size_t n);
/* Where the last line begins; 0: it is the only one. */
size_t jk_last_line(const char *s, size_t n);

#endif
