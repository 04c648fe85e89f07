#include "clean/glue.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/letters.h"

enum {
	LEAST_LETTERS = 15,
	LONGEST_HEADING = 100,	/* bytes */
	MOST_DIGITS = 9		/* more entries than a row can hold */
};

/* A line that only divides: three signs or more of one kind. */
static bool
is_divider(const char *s, size_t n, char *which)
{
	size_t i, signs = 0;
	char sign = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\r')
			continue;
		if (!strchr("*-=_~#+", s[i]) || (sign && s[i] != sign))
			return false;
		sign = s[i];
		signs++;
	}
	*which = sign;
	return signs >= 3;
}

static bool
is_joke(const char *s, size_t n)
{
	size_t at, letters = 0;
	unsigned len;

	for (at = 0; at < n && letters < LEAST_LETTERS; at += len) {
		uint32_t c = jk_char_at(s, n, at, &len);

		letters += jk_is_letter(c);
	}
	return letters >= LEAST_LETTERS;
}

/* Add s[0..n) without the blanks at its ends.  Errors: false, no memory. */
static bool
add(struct jk_joke_parts *parts, const char *s, size_t n, bool starred)
{
	if (parts->n == parts->cap) {
		size_t cap = parts->cap * 2 + 8;
		struct jk_joke_part *items = realloc(parts->items,
		    cap * sizeof *items);

		if (!items)
			return false;
		parts->items = items;
		parts->cap = cap;
	}
	while (n && (*s == ' ' || *s == '\n')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n'))
		n--;
	parts->items[parts->n++] = (struct jk_joke_part){ s, n, starred };
	return true;
}

/*
 * Whether a part is no heading: long, of several lines, or it ends as a text
 * does, by a sign that is neither a letter nor a comma.
 */
static bool
ends_well(const struct jk_joke_part *p)
{
	unsigned len;
	uint32_t c = jk_char_before(p->text, p->n, &len);

	if (p->n > LONGEST_HEADING || memchr(p->text, '\n', p->n))
		return true;
	return !jk_is_letter(c) && c != ',' && c != ':' && c != ';' &&
	    !jk_is_digit(c);
}

static bool
is_blank(const char *s, size_t n)
{
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n'))
		n--;
	return n == 0;
}

/* Cut at dividing lines; one part, perhaps none, where there are none. */
static bool
cut_at_lines(const char *s, size_t n, struct jk_joke_parts *parts)
{
	size_t at = 0, start = 0, len;
	char sign;

	while (at < n) {
		const char *end = memchr(s + at, '\n', n - at);

		len = end ? (size_t)(end - s) - at : n - at;
		if (is_divider(s + at, len, &sign)) {
			if (!is_blank(s + start, at - start) &&
			    !add(parts, s + start, at - start, sign == '*'))
				return false;
			start = at + len;
		}
		at += len + 1;
	}
	return is_blank(s + start, n - start) ||
	    add(parts, s + start, n - start, false);
}

/*
 * "***" or "* * *" at s[at] between blanks: the index behind it, else 0.
 * *apart: the stars stand apart, as no word hides its letters.
 */
static size_t
read_stars(const char *s, size_t n, size_t at, bool *apart)
{
	size_t stars = 0, end = at;

	if (at == 0 || s[at - 1] != ' ')
		return 0;
	while (at < n && (s[at] == '*' || s[at] == ' ')) {
		if (s[at++] == '*') {
			stars++;
			end = at;
		}
	}
	*apart = s[end - 2] == ' ';
	return stars >= 3 && end < n && s[end] == ' ' ? end + 1 : 0;
}

static bool
begins_text(uint32_t c)
{
	return jk_is_upper(c) || jk_is_dash(c) || jk_is_digit(c) ||
	    c == '"' || c == 0xab || c == 0x201e || c == 0x201c || c == '(' ||
	    c == '.' || c == 0x2026;
}

/* Cut at stars inside a line. */
static bool
cut_at_stars(const char *s, size_t n, struct jk_joke_parts *parts)
{
	size_t at, start = 0, end;
	bool apart;
	unsigned len;
	uint32_t c;

	for (at = 0; at < n; at++) {
		if (s[at] != '*')
			continue;
		end = read_stars(s, n, at, &apart);
		if (!end)
			continue;
		c = jk_char_before(s, at - 1, &len);
		if ((!apart && c != '.' && c != '!' && c != '?' &&
		    c != 0x2026 && c != '"' && c != 0xbb && c != ')') ||
		    !begins_text(jk_char_at(s, n, end, &len)))
			continue;
		if (!add(parts, s + start, at - start, true))
			return false;
		start = at = end;
	}
	return add(parts, s + start, n - start, false);
}

/* The number that begins a line, "12." or "12)", and what it takes. */
static size_t
read_number(const char *s, size_t n, unsigned *number)
{
	size_t at = 0;

	*number = 0;
	while (at < n && at < MOST_DIGITS && s[at] >= '0' && s[at] <= '9')
		*number = *number * 10 + (unsigned)(s[at++] - '0');
	if (!at || at + 1 >= n || (s[at] != '.' && s[at] != ')') ||
	    s[at + 1] != ' ')
		return 0;
	return at + 2;
}

/* Cut at numbers that count up from 1, each behind a blank line. */
static bool
cut_at_numbers(const char *s, size_t n, struct jk_joke_parts *parts)
{
	size_t at, start, skip;
	unsigned number;

	start = read_number(s, n, &number);
	if (!start || number != 1)
		return true;
	for (at = start; at + 2 < n; at++) {
		if (s[at] != '\n' || s[at + 1] != '\n')
			continue;
		skip = read_number(s + at + 2, n - at - 2, &number);
		if (!skip || number != parts->n + 2)
			continue;
		if (!add(parts, s + start, at - start, false))
			return false;
		start = at + 2 + skip;
	}
	return add(parts, s + start, n - start, false);
}

/* The last part may end as it likes: nothing follows that it could head. */
static bool
all_are_jokes(const struct jk_joke_parts *parts)
{
	size_t i;

	for (i = 0; i < parts->n; i++) {
		const struct jk_joke_part *p = &parts->items[i];

		if (!is_joke(p->text, p->n) ||
		    (i + 1 < parts->n && !p->starred && !ends_well(p)))
			return false;
	}
	return parts->n > 1;
}

int
jk_split_jokes(const char *s, size_t n, struct jk_joke_parts *parts,
    struct jk_err *err)
{
	static bool (*const cuts[])(const char *, size_t, struct jk_joke_parts *) = {
		cut_at_lines, cut_at_stars, cut_at_numbers
	};
	size_t i;

	for (i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		parts->n = 0;
		if (!cuts[i](s, n, parts))
			return jk_fail_nomem(err);
		if (all_are_jokes(parts))
			return 0;
		/* one joke between dividing lines */
		if (cuts[i] == cut_at_lines && parts->n == 1 &&
		    parts->items[0].n < n &&
		    is_joke(parts->items[0].text, parts->items[0].n))
			return 0;
	}
	parts->n = 0;
	if (!add(parts, s, n, false))
		return jk_fail_nomem(err);
	parts->items[0] = (struct jk_joke_part){ s, n, false };
	return 0;
}

void
jk_joke_parts_release(struct jk_joke_parts *parts)
{
	free(parts->items);
	*parts = (struct jk_joke_parts){ 0 };
}
