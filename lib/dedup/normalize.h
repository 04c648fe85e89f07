#ifndef JK_DEDUP_NORMALIZE_H
#define JK_DEDUP_NORMALIZE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Append to `out` the n bytes of UTF-8 at `text` in the form in which texts
 * are compared: lower case (Unicode NFKC_Casefold), ё as е, words separated
 * by one space.  Letters, digits and the symbols of mathematics and currency
 * stay; punctuation, other symbols and white space separate; marks and
 * invisible characters that composition left over (a stress, a zero-width
 * space) vanish.  Bytes that are not UTF-8 separate.
 *
 * A text without any character that stays is taken as it stands, so that "?!"
 * and "..." remain different, and false is returned.  Check `out` with
 * jk_buf_check.
 */
bool jk_normalize(struct jk_buf *out, const char *text, size_t n);

#endif
