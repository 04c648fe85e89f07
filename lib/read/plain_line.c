#include "read/plain_line.h"

#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

static size_t
trimmed(const char *s, size_t n)
{
	while (n && (s[n - 1] == '\r' || s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n;
}

static size_t
blanks(const char *s, size_t n)
{
	size_t at = 0;

	while (at < n && (s[at] == ' ' || s[at] == '\t'))
		at++;
	return at;
}

/*
 * A line of one sign and blanks, often enough for the sign: a dash or two, an
 * ellipsis and a question may be said.
 */
static bool
is_signs(const char *s, size_t n, enum jk_separator *which)
{
	static const struct {
		char sign;
		size_t least;
		enum jk_separator separator;
	} signs[] = {
		{ '*', 1, JK_SEPARATOR_STARS }, { '~', 1, JK_SEPARATOR_TILDE },
		{ '-', 3, JK_SEPARATOR_DASHES },
		{ '=', 3, JK_SEPARATOR_EQUALS },
		{ '#', 1, JK_SEPARATOR_HASHES },
		{ '_', 3, JK_SEPARATOR_UNDERSCORES },
		{ '?', 3, JK_SEPARATOR_QUESTIONS }
	};
	size_t i, k, found = 0;

	for (k = 0; k < sizeof signs / sizeof *signs; k++)
		if (s[0] == signs[k].sign)
			break;
	if (k == sizeof signs / sizeof *signs)
		return false;
	for (i = 0; i < n; i++) {
		found += s[i] == signs[k].sign;
		if (s[i] != signs[k].sign && s[i] != ' ' && s[i] != '\t')
			return false;
	}
	*which = signs[k].separator;
	return found >= signs[k].least;
}

/* A line of dashes that are not ASCII, or of other signs without a word. */
static bool
is_other_signs(const char *s, size_t n, enum jk_separator *which)
{
	size_t signs = 0, dashes = 0;
	uint32_t c;
	unsigned len;

	for (; n; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		/* punctuation and drawn lines; a smiley may be a joke's end */
		if (!len || jk_is_letter(c) || jk_is_digit(c) ||
		    (c >= 0x80 && !(c >= 0x2010 && c <= 0x2027) &&
		    !(c >= 0x2500 && c <= 0x26ff) && c != 0xb7))
			return false;
		signs += c != ' ' && c != '\t';
		dashes += c >= 0x2010 && c <= 0x2015;
	}
	*which = dashes == signs && dashes >= 2 ? JK_SEPARATOR_DASHES :
	    JK_SEPARATOR_MARK;
	return signs > 0;
}

/* Digits at s: the number and what it takes; 0: none, or too many. */
static size_t
digits(const char *s, size_t n, uint64_t *number)
{
	size_t at = 0;

	*number = 0;
	/* more of them than a file has entries */
	while (at < n && at < 18 && s[at] >= '0' && s[at] <= '9')
		*number = *number * 10 + (uint64_t)(s[at++] - '0');
	return at;
}

/* What stands before a number: "№", "#", "Анекдот №"; in bytes. */
static size_t
before_number(const char *s, size_t n)
{
	static const char *const words[] = { "Анекдот", "анекдот", "АНЕКДОТ",
	    "Шутка", "шутка", "ШУТКА", "Joke", "joke", "JOKE", "Номер",
	    "номер" };
	static const char *const marks[] = { "№", "#", "N", "No.", "no." };
	size_t at = 0, i, len;

	for (i = 0; i < sizeof words / sizeof *words; i++) {
		len = strlen(words[i]);
		if (n > len && memcmp(s, words[i], len) == 0) {
			at = len + blanks(s + len, n - len);
			break;
		}
	}
	for (i = 0; i < sizeof marks / sizeof *marks; i++) {
		len = strlen(marks[i]);
		if (n - at > len && memcmp(s + at, marks[i], len) == 0) {
			at += len;
			return at + blanks(s + at, n - at);
		}
	}
	return at;
}

/* A number at the beginning, alone on its line or in front of a text. */
static void
look_at_number(struct jk_plain_line *l, const char *s, size_t n)
{
	size_t before = before_number(s, n), at;
	uint64_t number;

	at = digits(s + before, n - before, &number);
	if (!at)
		return;
	at += before;
	l->marked = before > 0;
	if (at < n && strchr(".):", s[at]))
		at++;
	else if (at < n && !l->marked)
		return;
	if (at + blanks(s + at, n - at) >= n) {
		l->kind = JK_LINE_NUMBER;
		l->number = number;
		return;
	}
	/* "1.Текст" is one, "1.5 литра" and "1..." are none */
	if (s[at] != ' ' && s[at] != '\t' && (s[at] == '.' ||
	    (s[at] >= '0' && s[at] <= '9') || !strchr(".)", s[at - 1])))
		return;
	/* "Анекдот 5 лет назад" is one; "№5 Текст" is a number */
	if (l->marked && s[at - 1] >= '0' && s[at - 1] <= '9' &&
	    s[0] != '#' && memcmp(s, "№", 3) != 0)
		return;
	l->number = number;
	l->number_bytes = at + blanks(s + at, n - at);
}

/* "# Про кота", "=== Про кота ===", "*** Про кота ***". */
static bool
is_heading(const char *s, size_t n)
{
	size_t at = 0, end = n;
	char sign = s[0];

	if (!strchr("#=*", sign) || n < 3)
		return false;
	while (at < n && s[at] == sign)
		at++;
	while (end > at && s[end - 1] == sign)
		end--;
	if (sign == '#' && at <= 6)
		return at < n && s[at] == ' ';
	return at >= 3 && n - end >= 3 && end > at;
}

/* Whether a dialogue goes on in the line: a dash behind a sentence. */
static bool
has_replies(const char *s, size_t n)
{
	static const char *const dashes[] = { " - ", " – ", " — " };
	const char *found;
	size_t i;

	for (i = 0; i < sizeof dashes / sizeof *dashes; i++) {
		found = n > 1 ? memmem(s + 1, n - 1, dashes[i],
		    strlen(dashes[i])) : NULL;
		if (found && strchr(".!?:", found[-1]))
			return true;
	}
	return false;
}

static void
look_at_text(struct jk_plain_line *l, const char *s)
{
	static const char *const dashes[] = { "-", "–", "—", "―", NULL };
	static const char *const ends[] = { ".", "!", "?", "…", "\"", "»",
	    "”", ")", "*", NULL };
	size_t i;
	uint32_t c;

	for (i = 0; i < l->n; i++)
		l->chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	l->has_dash = jk_begins_with(s, l->n - 1, dashes);
	l->ends = jk_ends_in(s, l->n, ends);
	if (jk_utf8_decode(s, l->n, &c))
		l->has_small = jk_is_letter(c) && jk_is_lower(c);
	l->has_replies = has_replies(s, l->n);
}

struct jk_plain_line
jk_plain_look(const char *s, size_t n)
{
	struct jk_plain_line l = { .kind = JK_LINE_TEXT };
	size_t indent = blanks(s, n);

	l.n = trimmed(s, n);
	if (l.n <= indent) {
		l.n = 0;
		l.kind = JK_LINE_BLANK;
		return l;
	}
	if (is_signs(s + indent, l.n - indent, &l.signs) ||
	    is_other_signs(s + indent, l.n - indent, &l.signs)) {
		l.kind = JK_LINE_SIGNS;
	} else if (is_heading(s, l.n)) {
		l.kind = JK_LINE_HEADING;
	} else {
		look_at_number(&l, s, l.n);
	}
	look_at_text(&l, s);
	return l;
}

size_t
jk_plain_label(const char *s, size_t n)
{
	const char *colon = memchr(s, ':', n < 64 ? n : 64);
	size_t len, i, step;
	uint32_t c;

	if (!colon || colon == s)
		return 0;
	len = (size_t)(colon - s);
	if (s[0] == ' ' || s[0] == '-')
		return 0;
	if (len + 1 < n && s[len + 1] != ' ' && s[len + 1] != '\t' &&
	    s[len + 1] != '\r')
		return 0;
	for (i = 0; i < len; i += step) {
		step = jk_utf8_decode(s + i, len - i, &c);
		if (!step || (!jk_is_letter(c) && !jk_is_digit(c) && c != ' ' &&
		    c != '_' && c != '-'))
			return 0;
	}
	return len;
}
