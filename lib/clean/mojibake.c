#include "clean/mojibake.h"

#include <iconv.h>
#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

static bool
is_russian(uint32_t c)
{
	return (c >= 0x410 && c <= 0x44f) || c == 0x401 || c == 0x451;
}

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
 * index behind it; bytes is empty where one has no byte.  *sound: they are all
 * letters of Russian ("пё" are two bytes of UTF-8 in KOI8-R).
 */
static size_t
read_run(const struct jk_codepages *pages, enum jk_codepage page,
    const char *s, size_t n, size_t at, struct jk_buf *bytes,
    unsigned *letters, bool *sound)
{
	bool encodable = true;
	unsigned len;
	uint32_t c;

	jk_buf_clear(bytes);
	*letters = 0;
	*sound = true;
	for (; at < n && (s[at] & 0x80); at += len) {
		uint8_t b;

		c = jk_char_at(s, n, at, &len);
		*letters += jk_is_letter(c);
		*sound &= is_russian(c);
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

static bool
is_valid(const struct jk_buf *bytes)
{
	return bytes->len &&
	    jk_utf8_valid_len(bytes->data, bytes->len) == bytes->len;
}

/* Cyrillic letters in bytes that are valid UTF-8; 0 where they are not. */
static unsigned
decoded_letters(const struct jk_buf *bytes)
{
	unsigned count = 0, len;
	size_t at;
	uint32_t c;

	if (!is_valid(bytes))
		return 0;
	for (at = 0; at < bytes->len; at += len) {
		c = jk_char_at(bytes->data, bytes->len, at, &len);
		count += jk_is_cyrillic(c);
	}
	return count;
}

/*
 * The first run from s[at] on that could be UTF-8 read as some page: of two
 * characters and more, one of them no letter of Russian; or of one whose byte is
 * 0xd0, for the half that became a space (Russian letters aside: Ð, ╨).
 */
static size_t
find_doubtful_run(const char *s, size_t n, size_t at)
{
	size_t end, run;
	unsigned len;
	uint32_t c;

	while (at < n) {
		if (!(s[at] & 0x80)) {
			at++;
			continue;
		}
		end = at;
		do {
			run = end;
			end += jk_small_letters_len(s + end, n - end);
			end += jk_capital_letters_len(s + end, n - end);
		} while (end > run);
		while (is_russian(c = jk_char_at(s, n, end, &len)))
			end += len;
		if (end < n && (s[end] & 0x80)) {
			if (end > at || c == 0xd0 || c == 0x2568 ||
			    (end + len < n && (s[end + len] & 0x80)))
				return at;
			end += len;
		}
		at = end;
	}
	return n;
}

static const enum jk_codepage utf8_read_as[] = { JK_CP1251, JK_CP1252,
    JK_KOI8R, JK_CP866 };
enum { N_READ_AS = sizeof utf8_read_as / sizeof *utf8_read_as };

/*
 * Whether the run at s[at], of two characters and more, can be UTF-8 by the first
 * two.  Asked first, for in sound text it hardly ever can.
 */
static bool
may_decode(const struct jk_codepages *pages, enum jk_codepage page,
    const char *s, size_t n, size_t at)
{
	unsigned len, next_len;
	uint8_t lead = byte_of(pages, page, jk_char_at(s, n, at, &len));
	uint32_t next = jk_char_at(s, n, at + len, &next_len);

	/* behind a run of one is a space, perhaps half of a letter */
	return lead >= 0xc2 && (next < 0x80 ||
	    (byte_of(pages, page, next) & 0xc0) == 0x80);
}

/* Cyrillic letters that all doubtful runs decode to, for each page. */
static void
count_decoded(const struct jk_codepages *pages, const char *s, size_t n,
    unsigned good[N_READ_AS], struct jk_buf *bytes)
{
	unsigned i, letters;
	size_t at, end;
	bool sound;

	for (at = find_doubtful_run(s, n, 0); at < n;
	    at = find_doubtful_run(s, n, end)) {
		for (i = 0; i < N_READ_AS; i++) {
			if (!may_decode(pages, utf8_read_as[i], s, n, at))
				continue;
			(void)read_run(pages, utf8_read_as[i], s, n, at,
			    bytes, &letters, &sound);
			good[i] += decoded_letters(bytes);
		}
		for (end = at; end < n && (s[end] & 0x80);)
			end++;
	}
}

/* Undo it where most letters are that page; `good` of them decode. */
static unsigned
undo_utf8(const struct jk_codepages *pages, enum jk_codepage page,
    unsigned good, const char *s, size_t n, struct jk_buf *out)
{
	struct jk_buf bytes = JK_BUF_INIT;
	unsigned bad = 0, changes = 0, letters;
	bool sound;
	size_t at, end;

	for (at = 0; at < n;) {
		if (!(s[at] & 0x80)) {
			at++;
			continue;
		}
		at = read_run(pages, page, s, n, at, &bytes, &letters,
		    &sound);
		if (!is_valid(&bytes))
			bad += letters;
	}
	if (good > bad) {
		for (at = 0; at < n;) {
			if (!(s[at] & 0x80)) {
				jk_buf_addc(out, s[at++]);
				continue;
			}
			end = read_run(pages, page, s, n, at, &bytes,
			    &letters, &sound);
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

/*
 * What pairs of signs cost in Russian text, in half bits (a is 0): rows by the
 * first, columns by the second, each a space and the letters а to я.  Made by
 * tests/oracle/letter_pairs.py.
 */
static const char costs[33][34] = {
	"zljhljklljzikjhihlhjlpnqkpxzzzmto",
	"ewmjnkjmkrmiijiwojjiqrnqmnkzzzylj",
	"ljsmxuguxizniplfzinzizpxzynpfrssj",
	"fgzuipgzphzqlslgrlinmzxuupyzjmzzp",
	"ihyvxhfzzizoiwndzivukyzzqxzzzzzsz",
	"jfulwsfnvhzokrigqimrizuosrzyllytm",
	"esmikkjnmqllijgqoiihuvpqnnpzzzzss",
	"khpvygduzfzosthnztpzmzzzizzzzpwvz",
	"gemimjksukzpljfjzlrwkzyzuwzujnztm",
	"eqnknljqjnikjjhqqljhxtkllmqzzzzqk",
	"bzvuvmpzuzzpnokuzsjkzxvrrozzzzzzr",
	"gezqyvmxvhztlvoezimjjzztzrzzzwyxz",
	"iguvqrgnxfznouofuznsjzzzryzzngyhj",
	"egswvzgzwhzspojgotozhtzwuzzzjruum",
	"iftyqofxxfzpzzjfzqmmltzqrxlzilztm",
	"fzjhijllmnklijjsmiiissprmnszzztrp",
	"mizzzzhzzizqjzqdretqkzzsttzzmozyp",
	"jernnmgougzorolfqsnlhrqsspwzjnzql",
	"iktkwphyzkzhhmmikolelwquntzvplxsh",
	"fhwizshzziznpwlevjjtmzzwtzvzlgzuo",
	"enlljhlhmroklinujkiiyumsjkmzzzrkr",
	"ggzzvzgzwezslrrfzhpmhnzzzuzzowwqz",
	"chzkzwnzzkzznrmezlqokzzzxwzzzvvzz",
	"hdzluuezofzluzzjzzszkzzqzpzzjzzyz",
	"ngzvzzdwzfzmtziszuzejzzzylzzzmuzz",
	"mgzqzzezzfziktjjquvoknzvzzzzzgzwz",
	"sizzzzczzdzzzzowzuzzmzzzzzzzznzzz",
	"ossssscsssssssssssssssssssssssssc",
	"dznipoiuqugmjinzonjiyziwnlvzzzzzv",
	"bzoropkzmrzizniuwzinztzssjxzzzzkl",
	"jzponozxmznjklkzljobzppuzozzzzwzv",
	"evetphsuouoprnnzsmmfzztqlsizzztqy",
	"bzsmplkomtplnlkzrrmhzznrovmzzzznq"
};

/*
 * In half bits.  The last three were set by trial: of 770,000 words of jokes
 * and messages of programs, in Russian and 22 other languages, each typed in
 * six ways (small letters, capitals, caps lock held down...), none changes.
 * With a margin of 40 the first ones do ("РЕЙХСФЮРЕР").
 */
enum {
	FOREIGN = 26,	/* a sign that no Russian text has */
	YO = 8,		/* ё more than е */
	UKRAINIAN = 10,	/* a letter of its own, where no sign of CP866 */
	SOUND = 12,	/* a letter, at most, of what reads as Russian */
	MARGIN = 50,	/* what a text must gain in all, ... */
	MARGIN_EACH = 3	/* ... and for each of its letters */
};

/*
 * How a text reads as Russian.  Large and small are the same here: capitals
 * only, or capitals for small letters, are no sign of a wrong page.
 */
struct reading {
	unsigned long cost;	/* half bits */
	unsigned letters;
	unsigned foreign;	/* of the letters */
	uint32_t seen;		/* a bit for each letter from а to я */
	unsigned before;	/* row of the sign before */
};

/*
 * І, і, ї, є, ґ: they make up a tenth of a sound text.  The capitals of the
 * others are what CP866's Russian letters look like in Windows-1251.
 */
static bool
is_ukrainian(uint32_t c)
{
	return c == 0x406 || c == 0x456 || c == 0x457 || c == 0x454 ||
	    c == 0x491;
}

static void
read_sign(struct reading *r, uint32_t c)
{
	uint32_t small = jk_lower(c);
	unsigned sign = 0;

	if (small == 0x451) {
		small = 0x435;
		r->cost += YO;
	}
	if (small >= 0x430 && small <= 0x44f) {
		sign = small - 0x430 + 1;
		r->seen |= 1u << (small - 0x430);
		r->letters++;
	} else if (c >= 0x80 && c != 0xa0 && c != 0xab && c != 0xbb &&
	    !(c >= 0x2010 && c <= 0x2026) && c != 0x2116) {
		r->letters++;
		r->foreign++;
		r->cost += is_ukrainian(c) ? UKRAINIAN : FOREIGN;
	}
	if (r->before || sign)
		r->cost += (unsigned char)costs[r->before][sign] - 'a';
	r->before = sign;
}

/* Read all of a text, and its end. */
static void
read_text(struct reading *r, const char *s, size_t n)
{
	unsigned len, letter, sign;
	size_t at = 0;

	while (at < n) {
		/* А to я, large and small: most of what is read */
		letter = ((unsigned char)s[at] & 0xfe) != 0xd0 ? 0x40 :
		    ((s[at] & 1u) << 6 | (s[at + 1] & 0x3fu)) - 0x10;
		if (letter < 0x40) {
			sign = (letter & 0x1f) + 1;
			r->seen |= 1u << (sign - 1);
			r->letters++;
			r->cost += (unsigned char)costs[r->before][sign] - 'a';
			r->before = sign;
			at += 2;
			continue;
		}
		read_sign(r, jk_char_at(s, n, at, &len));
		at += len;
	}
	read_sign(r, '\n');
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
 * Whether a text that reads as `b` is what was meant by one that reads as `a`:
 * `b` reads as Russian does, and all letters together speak for it so much
 * that chance among the words of a short sound text cannot.
 */
static bool
is_better(const struct reading *a, const struct reading *b)
{
	return b->foreign * 20 <= b->letters &&
	    __builtin_popcount(b->seen) >= 6 &&
	    b->cost <= (unsigned long)SOUND * b->letters &&
	    a->cost >= b->cost + MARGIN &&
	    a->cost >= b->cost + (unsigned long)MARGIN_EACH * b->letters;
}

bool
jk_reads_as_russian(const char *s, size_t n)
{
	struct reading r = { 0 };

	read_text(&r, s, n);
	return r.cost <= (unsigned long)SOUND * r.letters;
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
	struct reading sound = { 0 }, best = { 0 };
	size_t i, at, found = N_PAIRS;
	unsigned len;
	uint32_t c;

	read_text(&sound, s, n);
	if (sound.letters < 6 ||
	    sound.cost <= (unsigned long)SOUND * sound.letters)
		return 0;
	for (i = 0; i < N_PAIRS; i++) {
		struct reading reading = { 0 };
		bool possible = true;

		for (at = 0; at < n && possible; at += len) {
			c = jk_char_at(s, n, at, &len);
			c = reread(pages, pairs[i].read_as, pairs[i].was, c);
			possible = c != 0;
			read_sign(&reading, c);
		}
		read_sign(&reading, '\n');
		if (possible && (found == N_PAIRS ||
		    reading.cost < best.cost) && is_better(&sound, &reading)) {
			best = reading;
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
	unsigned good[N_READ_AS] = { 0 }, changes, i;
	struct jk_buf bytes = JK_BUF_INIT;

	count_decoded(pages, s, n, good, &bytes);
	out->failed |= bytes.failed;
	jk_buf_release(&bytes);
	for (i = 0; i < N_READ_AS; i++) {
		changes = good[i] < 3 ? 0 : undo_utf8(pages, utf8_read_as[i],
		    good[i], s, n, out);
		if (changes)
			return changes;
	}
	return undo_page(pages, s, n, out);
}
