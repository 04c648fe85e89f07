#ifndef JK_TEXT_LETTERS_H
#define JK_TEXT_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/swar.h"

/*
 * Kinds of characters that cleaning asks about, without tables.  Text is
 * valid UTF-8 throughout, so a step to either side needs no checks.
 */

static inline bool
jk_is_cyrillic(uint32_t c)
{
	return c >= 0x400 && c <= 0x52f && !(c >= 0x482 && c <= 0x489);
}

/* Latin letters of Basic Latin, Latin-1, Extended-A and -B. */
static inline bool
jk_is_latin(uint32_t c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	    (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7);
}

static inline bool
jk_is_letter(uint32_t c)
{
	return jk_is_cyrillic(c) || jk_is_latin(c);
}

static inline bool
jk_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

/* Upper case, of the letters above (ASCII and Cyrillic). */
static inline bool
jk_is_upper(uint32_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0x400 && c <= 0x42f) ||
	    (c >= 0x460 && c <= 0x52f && c != 0x4cf && jk_is_cyrillic(c) &&
	    (c >= 0x4c1 && c <= 0x4ce ? c & 1 : !(c & 1)));
}

static inline bool
jk_is_lower(uint32_t c)
{
	return jk_is_letter(c) && c < 0x530 &&
	    ((c >= 'a' && c <= 'z') || (c >= 0x430 && c <= 0x45f) ||
	    (c >= 0x460 && jk_is_cyrillic(c) && !jk_is_upper(c)));
}

static inline uint32_t
jk_lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	return c;
}

static inline uint32_t
jk_upper(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0x430 && c <= 0x44f))
		return c - 0x20;
	if (c >= 0x450 && c <= 0x45f)
		return c - 0x50;
	return c;
}

static inline bool
jk_is_dash(uint32_t c)
{
	return c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

/* The character that begins at s[at], 0 at the end; *len its bytes. */
static inline uint32_t
jk_char_at(const char *s, size_t n, size_t at, unsigned *len)
{
	uint32_t c = 0;

	*len = at < n ? jk_utf8_decode(s + at, n - at, &c) : 0;
	return *len ? c : 0;
}

/* The character that ends before s[at], 0 at the start; *len its bytes. */
static inline uint32_t
jk_char_before(const char *s, size_t at, unsigned *len)
{
	size_t k = at;
	uint32_t c = 0;

	*len = 0;
	if (!at)
		return 0;
	do
		k--;
	while (k > 0 && at - k < 4 && ((unsigned char)s[k] & 0xc0) == 0x80);
	if (jk_utf8_decode(s + k, at - k, &c) != at - k)
		return 0;
	*len = (unsigned)(at - k);
	return c;
}

/*
 * Bytes that the small letters а to я take from s on: d0 b0 to d0 bf, d1 80 to
 * d1 8f.  Four letters at a time: against d0 b0 the first byte differs in the
 * last bit only, and the upper half of the second by three times that bit.
 */
static inline size_t
jk_small_letters_len(const char *s, size_t n)
{
	const uint64_t firsts = UINT64_C(0x0001000100010001);
	size_t at = 0;
	uint64_t x, off;

	for (; n - at >= sizeof x; at += sizeof x) {
		x = jk_swar_load(s + at) ^ firsts * 0xb0d0;
		off = (x & firsts * 0xf0fe) ^ (x & firsts) * 0x3000;
		if (off)
			return at + (size_t)__builtin_ctzll(off) / 16 * 2;
	}
	return at;
}

/* The same of the capitals А to Я: d0 90 to d0 af. */
static inline size_t
jk_capital_letters_len(const char *s, size_t n)
{
	const uint64_t firsts = UINT64_C(0x0001000100010001);
	size_t at = 0;
	uint64_t off;

	for (; n - at >= sizeof off; at += sizeof off) {
		/* what one letter borrows, those behind the first other do */
		off = (jk_swar_load(s + at) - firsts * 0x90d0) &
		    firsts * 0xe0ff;
		if (off)
			return at + (size_t)__builtin_ctzll(off) / 16 * 2;
	}
	return at;
}

#endif
