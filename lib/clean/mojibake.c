#include "clean/mojibake.h"

#include <iconv.h>
#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

int
jk_codepages_init(struct jk_codepages *pages, struct jk_err *err)
{
	static const char *const names[JK_N_CODEPAGES] = { "CP1251", "CP1252",
	    "CP866", "KOI8-R" };
	unsigned page, i;

	memset(pages, 0, sizeof *pages);
	for (page = 0; page < JK_N_CODEPAGES; page++) {
		iconv_t cd = iconv_open("UTF-16LE", names[page]);

		if (cd == (iconv_t)-1)
			return jk_fail(err, JK_ESYS,
			    "iconv does not know %s", names[page]);
		for (i = 0; i < 128; i++) {
			char in = (char)(i + 128), *from = &in;
			unsigned char pair[2] = { 0, 0 };
			char *to = (char *)pair;
			size_t left = 1, room = 2;
			uint16_t code;

			iconv(cd, NULL, NULL, NULL, NULL);
			/* what is not defined stands for itself, as in C1 */
			if (iconv(cd, &from, &left, &to, &room) == (size_t)-1)
				code = (uint16_t)(i + 128);
			else
				code = (uint16_t)(pair[0] | pair[1] << 8);
			pages->code[page][i] = code;
			if (code < JK_CODEPAGE_SPAN)
				pages->byte[page][code] = (uint8_t)(i + 128);
		}
		iconv_close(cd);
	}
	return 0;
}

static uint8_t
byte_of(const struct jk_codepages *pages, enum jk_codepage page, uint32_t c)
{
	return c < JK_CODEPAGE_SPAN ? pages->byte[page][c] : 0;
}

/* --- UTF-8 read as a page */

/*
 * The run of non-ASCII characters at s[at] as bytes of the page.  Returns the
 * index behind it; bytes is empty where one has no byte.
 */
static size_t
read_run(const struct jk_codepages *pages, enum jk_codepage page,
    const char *s, size_t n, size_t at, struct jk_buf *bytes,
    unsigned *letters)
{
	bool encodable = true;
	unsigned len;
	uint32_t c;

	jk_buf_clear(bytes);
	*letters = 0;
	for (; at < n && (s[at] & 0x80); at += len) {
		uint8_t b;

		c = jk_char_at(s, n, at, &len);
		*letters += jk_is_letter(c);
		b = byte_of(pages, page, c);
		encodable &= b != 0;
		jk_buf_addc(bytes, (char)b);
	}
	/* U+00A0 that became a space: the second half of a capital er */
	if (bytes->len && (unsigned char)bytes->data[bytes->len - 1] == 0xd0 &&
	    at < n && s[at] == ' ') {
		jk_buf_addc(bytes, '\xa0');
		at++;
	}
	if (!encodable)
		jk_buf_clear(bytes);
	return at;
}

/* Cyrillic letters in bytes that are valid UTF-8; 0 where they are not. */
static unsigned
decoded_letters(const struct jk_buf *bytes)
{
	unsigned count = 0, len;
	size_t at;
	uint32_t c;

	if (!bytes->len ||
	    jk_utf8_valid_len(bytes->data, bytes->len) != bytes->len)
		return 0;
	for (at = 0; at < bytes->len; at += len) {
		c = jk_char_at(bytes->data, bytes->len, at, &len);
		count += jk_is_cyrillic(c);
	}
	return count;
}

static bool
is_valid(const struct jk_buf *bytes)
{
	return bytes->len &&
	    jk_utf8_valid_len(bytes->data, bytes->len) == bytes->len;
}

static unsigned
undo_utf8(const struct jk_codepages *pages, enum jk_codepage page,
    const char *s, size_t n, struct jk_buf *out)
{
	struct jk_buf bytes = JK_BUF_INIT;
	unsigned good = 0, bad = 0, changes = 0, letters, decoded;
	size_t at, end;

	for (at = 0; at < n;) {
		if (!(s[at] & 0x80)) {
			at++;
			continue;
		}
		at = read_run(pages, page, s, n, at, &bytes, &letters);
		decoded = decoded_letters(&bytes);
		good += decoded;
		if (!is_valid(&bytes))
			bad += letters;
	}
	if (good >= 3 && good > bad) {
		for (at = 0; at < n;) {
			if (!(s[at] & 0x80)) {
				jk_buf_addc(out, s[at++]);
				continue;
			}
			end = read_run(pages, page, s, n, at, &bytes,
			    &letters);
			if (is_valid(&bytes)) {
				jk_buf_add(out, bytes.data, bytes.len);
				changes++;
			} else {
				jk_buf_add(out, s + at, end - at);
			}
			at = end;
		}
	}
	out->failed |= bytes.failed;
	jk_buf_release(&bytes);
	return changes;
}

/* --- one page read as another */

/* Frequency of the letters а to я in Russian text, per 10,000. */
static const uint16_t frequency[32] = {
	801, 159, 454, 170, 298, 845, 94, 165, 735, 121, 349, 440, 321, 670,
	1097, 281, 473, 547, 626, 262, 26, 97, 48, 144, 73, 36, 4, 190, 174,
	32, 64, 201
};

/*
 * How much a text reads as Russian: the mean frequency of its letters, with
 * nothing for a sign no Russian text has and for the capitals of a word that
 * begins small.  Sound text has about 560 per 10,000.
 */
struct score {
	unsigned long sum;
	unsigned letters;
	unsigned foreign;	/* signs that no Russian text has */
	unsigned inverted;	/* capitals in words that begin small */
	unsigned small_inside;	/* small letters behind the first of a word */
	uint32_t seen;		/* a bit for each letter from а to я */
	bool in_word, small_first;
};

static void
add_score(struct score *score, uint32_t c)
{
	uint32_t small = jk_lower(c);
	bool upper = jk_is_upper(c);

	if (!jk_is_letter(c))
		score->in_word = false;
	if (c < 0x80)
		return;
	if (c == 0xa0 || c == 0xab || c == 0xbb || (c >= 0x2010 &&
	    c <= 0x2026) || c == 0x2116)
		return;
	if (!score->in_word)
		score->small_first = !upper;
	else
		score->small_inside += !upper;
	score->in_word = jk_is_letter(c);
	score->letters++;
	if (small == 0x451)
		small = 0x435;
	if (small < 0x430 || small > 0x44f) {
		score->foreign++;
		return;
	}
	score->seen |= 1u << (small - 0x430);
	if (upper && score->small_first)
		score->inverted++;
	else
		score->sum += frequency[small - 0x430];
}

static unsigned
mean(const struct score *score)
{
	return score->letters ? (unsigned)(score->sum / score->letters) : 0;
}

static uint32_t
reread(const struct jk_codepages *pages, enum jk_codepage read_as,
    enum jk_codepage was, uint32_t c)
{
	uint8_t b;

	if (c < 0x80)
		return c;
	b = byte_of(pages, read_as, c);
	return b ? pages->code[was][b - 128] : 0;
}

/*
 * Whether a text of score `b` is what was meant by one of score `a`.  The
 * less there is in `a` that no Russian text has, the more has to speak for
 * `b`: capitals only ("УУУ!") are no proof of anything.
 */
static bool
is_better(const struct score *a, const struct score *b)
{
	unsigned kinds = (unsigned)__builtin_popcount(b->seen);

	if (b->foreign * 20 > b->letters)
		return false;
	if (a->foreign * 2 > a->letters)	/* hardly a Russian letter */
		return kinds >= 6 && mean(b) >= 300;
	if (a->foreign * 16 > a->letters)
		return kinds >= 6 && mean(b) >= 400 && mean(b) >= mean(a);
	/* "пРИВЕТ, МИР": large and small change places in KOI8-R */
	if (a->inverted > 1 && a->small_inside * 4 < a->letters)
		return kinds >= 6 && mean(b) >= 300 &&
		    mean(b) >= mean(a) + 40;
	return kinds >= 12 && a->letters >= 20 && mean(b) >= 460 &&
	    mean(b) >= mean(a) + 90;
}

static unsigned
undo_page(const struct jk_codepages *pages, const char *s, size_t n,
    struct jk_buf *out)
{
	static const struct {
		enum jk_codepage read_as, was;
	} pairs[] = {
		{ JK_CP1252, JK_CP1251 }, { JK_CP1251, JK_KOI8R },
		{ JK_KOI8R, JK_CP1251 }, { JK_CP1251, JK_CP866 },
		{ JK_CP866, JK_CP1251 }, { JK_CP1252, JK_KOI8R },
		{ JK_CP866, JK_KOI8R }, { JK_KOI8R, JK_CP866 },
		{ JK_CP1252, JK_CP866 }
	};
	enum { N_PAIRS = sizeof pairs / sizeof *pairs };
	struct score sound = { 0 }, best = { 0 };
	size_t i, at, found = N_PAIRS;
	unsigned len;
	uint32_t c;

	for (at = 0; at < n; at += len)
		add_score(&sound, jk_char_at(s, n, at, &len));
	if (sound.letters < 6 || mean(&sound) > 540)
		return 0;
	for (i = 0; i < N_PAIRS; i++) {
		struct score score = { 0 };
		bool possible = true;

		for (at = 0; at < n && possible; at += len) {
			c = jk_char_at(s, n, at, &len);
			c = reread(pages, pairs[i].read_as, pairs[i].was, c);
			possible = c != 0;
			add_score(&score, c);
		}
		if (possible && mean(&score) > mean(&best) &&
		    is_better(&sound, &score)) {
			best = score;
			found = i;
		}
	}
	if (found == N_PAIRS)
		return 0;
	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		jk_buf_add_utf8(out, reread(pages, pairs[found].read_as,
		    pairs[found].was, c));
	}
	return 1;
}

unsigned
jk_repair_mojibake(const struct jk_codepages *pages, const char *s, size_t n,
    struct jk_buf *out)
{
	static const enum jk_codepage order[] = { JK_CP1251, JK_CP1252,
	    JK_KOI8R, JK_CP866 };
	unsigned changes;
	size_t i;

	for (i = 0; i < sizeof order / sizeof *order; i++) {
		changes = undo_utf8(pages, order[i], s, n, out);
		if (changes)
			return changes;
	}
	return undo_page(pages, s, n, out);
}
