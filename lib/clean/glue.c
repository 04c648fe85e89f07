#include "clean/glue.h"

#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

enum {
	LEAST_LETTERS = 15,
	LONGEST_HEADING = 100	/* bytes */
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

/* Trim blanks off a part. */
static struct jk_joke_part
trim(const char *s, size_t n)
{
	while (n && (*s == ' ' || *s == '\n')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\n'))
		n--;
	return (struct jk_joke_part){ s, n, false };
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

/* Cut at dividing lines.  Returns the number of parts, 1 for no cut. */
static size_t
cut_at_lines(const char *s, size_t n, struct jk_joke_part *parts)
{
	size_t at = 0, start = 0, count = 0, len;
	char sign;

	while (at < n) {
		const char *end = memchr(s + at, '\n', n - at);

		len = end ? (size_t)(end - s) - at : n - at;
		if (is_divider(s + at, len, &sign)) {
			if (count + 1 == JK_MAX_PARTS)
				return 1;
			parts[count] = trim(s + start, at - start);
			parts[count].starred = sign == '*';
			count += parts[count].n > 0;
			start = at + len;
		}
		at += len + 1;
	}
	parts[count] = trim(s + start, n - start);
	count += parts[count].n > 0;
	return count;
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
static size_t
cut_at_stars(const char *s, size_t n, struct jk_joke_part *parts)
{
	size_t at, start = 0, count = 0, end;
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
		if (count + 1 == JK_MAX_PARTS)
			return 1;
		parts[count] = trim(s + start, at - start);
		parts[count++].starred = true;
		start = at = end;
	}
	parts[count++] = trim(s + start, n - start);
	return count;
}

/* The number that begins a line, "12." or "12)", and what it takes. */
static size_t
read_number(const char *s, size_t n, unsigned *number)
{
	size_t at = 0;

	*number = 0;
	while (at < n && at < 4 && s[at] >= '0' && s[at] <= '9')
		*number = *number * 10 + (unsigned)(s[at++] - '0');
	if (!at || at + 1 >= n || (s[at] != '.' && s[at] != ')') ||
	    s[at + 1] != ' ')
		return 0;
	return at + 2;
}

/* Cut at numbers that count up from 1, each behind a blank line. */
static size_t
cut_at_numbers(const char *s, size_t n, struct jk_joke_part *parts)
{
	size_t at, start, count = 0, skip;
	unsigned number;

	start = read_number(s, n, &number);
	if (!start || number != 1)
		return 1;
	for (at = start; at + 2 < n; at++) {
		if (s[at] != '\n' || s[at + 1] != '\n')
			continue;
		skip = read_number(s + at + 2, n - at - 2, &number);
		if (!skip || number != count + 2)
			continue;
		if (count + 1 == JK_MAX_PARTS)
			return 1;
		parts[count++] = trim(s + start, at - start);
		start = at + 2 + skip;
	}
	parts[count++] = trim(s + start, n - start);
	return count;
}

/* The last part may end as it likes: nothing follows that it could head. */
static bool
all_are_jokes(const struct jk_joke_part *parts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!is_joke(parts[i].text, parts[i].n) ||
		    (i + 1 < count && !parts[i].starred &&
		    !ends_well(&parts[i])))
			return false;
	return count > 1;
}

size_t
jk_split_jokes(const char *s, size_t n, struct jk_joke_part parts[JK_MAX_PARTS])
{
	size_t count;

	count = cut_at_lines(s, n, parts);
	if (all_are_jokes(parts, count) ||
	    (count == 1 && parts[0].n < n && is_joke(parts[0].text,
	    parts[0].n)))
		return count;
	count = cut_at_stars(s, n, parts);
	if (all_are_jokes(parts, count))
		return count;
	count = cut_at_numbers(s, n, parts);
	if (all_are_jokes(parts, count))
		return count;
	parts[0] = (struct jk_joke_part){ s, n, false };
	return 1;
}
