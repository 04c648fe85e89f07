#include "dedup/normalize.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "text/letters.h"

enum {
	SEPARATE = ' ',
	VANISH = 0,
	UNKNOWN = -1	/* needs the whole text in NFKC_Casefold */
};

/* What a character of a text in NFKC_Casefold becomes. */
static int32_t
folded(uint32_t c)
{
	if (c == 0x451)
		return 0x435;	/* ё */
	if (c == '|' || c == '~')
		return SEPARATE;	/* symbols by name, separators by use */
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
	case UTF8PROC_CATEGORY_SM: case UTF8PROC_CATEGORY_SC:
		return (int32_t)c;
	case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME: case UTF8PROC_CATEGORY_CF:
		return VANISH;
	default:
		return SEPARATE;
	}
}

/*
 * The same for a character of any text, without looking at its neighbours:
 * ASCII, Russian letters and the punctuation usual around them.
 */
static int32_t
fold_usual(uint32_t c)
{
	static const char ascii[] =	/* a row for sixteen */
	    "                "
	    "                "
	    "    $      +    "
	    "0123456789  <=> "
	    " abcdefghijklmno"
	    "pqrstuvwxyz     "
	    " abcdefghijklmno"
	    "pqrstuvwxyz     ";

	if (c < 0x80)
		return ascii[c];
	if (c - 0x400 < 0x60) {
		if (c < 0x410)
			c += 0x50;
		else if (c < 0x430)
			c += 0x20;
		return c == 0x451 ? 0x435 : (int32_t)c;
	}
	switch (c) {
	case 0xa0:			/* no-break space */
	case 0xab: case 0xbb:		/* « » */
	case 0x2010: case 0x2011: case 0x2012:	/* hyphens */
	case 0x2013: case 0x2014: case 0x2015:	/* – — ― */
	case 0x2018: case 0x2019: case 0x201a:	/* ‘ ’ ‚ */
	case 0x201c: case 0x201d: case 0x201e:	/* “ ” „ */
	case 0x2026:			/* … */
		return SEPARATE;
	default:
		return UNKNOWN;
	}
}

/* Appends separators lazily: none at the start, none doubled. */
struct joiner {
	struct jk_buf *out;
	size_t start;
	bool pending;
};

/* What was pending, before more comes. */
static void
separate(struct joiner *j)
{
	if (j->pending)
		jk_buf_addc(j->out, ' ');
	j->pending = false;
}

static void
join(struct joiner *j, int32_t c)
{
	if (c == VANISH)
		return;
	if (c == SEPARATE) {
		j->pending = j->out->len > j->start;
		return;
	}
	separate(j);
	if (c < 0x80)
		jk_buf_addc(j->out, (char)c);
	else
		jk_buf_add_utf8(j->out, (uint32_t)c);
}

/*
 * Copy the small letters that begin at `text`, most of any text, in words of
 * eight bytes, of which `out` has room for as many.  Returns their bytes; the
 * last letters of a text may be left to the caller.
 */
static size_t
copy_small_letters(char *out, const char *text, size_t n)
{
	size_t at, len;

	for (at = 0; n - at >= 8; at += 8) {
		memcpy(out + at, text + at, 8);
		len = jk_small_letters_len(text + at, 8);
		if (len < 8)
			return at + len;
	}
	return at;
}

/* The same of capitals, which become small ones. */
static size_t
fold_capitals(char *out, const char *text, size_t n)
{
	const uint64_t firsts = UINT64_C(0x0001000100010001);
	uint64_t w, second_half;
	size_t at, len;

	for (at = 0; n - at >= sizeof w; at += sizeof w) {
		/* d0 90 to d0 9f become d0 b0, ...; those to d0 af d1 80, ... */
		w = jk_swar_load(text + at);
		second_half = (w - firsts * 0x90d0) >> 12 & firsts;
		w = htole64(w + firsts * 0x2000 - second_half * 0x3fff);
		memcpy(out + at, &w, sizeof w);
		len = jk_capital_letters_len(text + at, sizeof w);
		if (len < sizeof w)
			return at + len;
	}
	return at;
}

/*
 * The text where all characters are usual; nothing is appended, and false
 * returned, where one is not.  None becomes longer, so `out` has room.
 */
static bool
normalize_usual(struct jk_buf *buf, const char *text, size_t n)
{
	char *start = buf->data + buf->len, *out = start;
	bool pending = false;
	size_t at = 0, letters;
	uint32_t code;
	int32_t c;
	unsigned len;

	while (at < n) {
		len = jk_utf8_decode(text + at, n - at, &code);
		c = len ? fold_usual(code) : UNKNOWN;
		if (c == UNKNOWN)
			return false;
		at += len;
		if (c == SEPARATE) {
			pending = out > start;
			continue;
		}
		if (pending)
			*out++ = ' ';
		pending = false;
		if (c < 0x80) {
			*out++ = (char)c;
			continue;
		}
		*out++ = (char)(0xc0 | c >> 6);		/* below U+0460 */
		*out++ = (char)(0x80 | (c & 0x3f));
		letters = code < 0x430 ? fold_capitals(out, text + at, n - at)
		    : copy_small_letters(out, text + at, n - at);
		out += letters;
		at += letters;
	}
	buf->len += (size_t)(out - start);
	buf->data[buf->len] = '\0';
	return true;
}

/* One run of well-formed UTF-8, whatever it holds. */
static void
normalize_any(struct joiner *j, const char *text, size_t n)
{
	utf8proc_uint8_t *all;
	utf8proc_ssize_t size;
	size_t at;
	uint32_t code;
	unsigned len;

	size = utf8proc_map((const utf8proc_uint8_t *)text,
	    (utf8proc_ssize_t)n, &all, UTF8PROC_STABLE | UTF8PROC_COMPOSE |
	    UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
	if (size < 0) {
		j->out->failed = true;	/* only for want of memory */
		return;
	}
	for (at = 0; at < (size_t)size; at += len) {
		len = jk_utf8_decode((char *)all + at, (size_t)size - at,
		    &code);
		if (!len)
			break;
		join(j, folded(code));
	}
	free(all);
}

bool
jk_normalize(struct jk_buf *out, const char *text, size_t n)
{
	struct joiner j = { .out = out, .start = out->len };
	size_t at = 0, good;

	if (!jk_buf_reserve(out, n))
		return false;
	if (!normalize_usual(out, text, n)) {
		while (at < n) {
			good = jk_utf8_valid_len(text + at, n - at);
			if (good)
				normalize_any(&j, text + at, good);
			at += good;
			if (at < n) {
				join(&j, SEPARATE);
				at++;
			}
		}
	}
	if (out->len == j.start) {
		jk_buf_add(out, text, n);
		return false;
	}
	return true;
}
