#include "record/line_cursor.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes16.h"

enum {
	MOST_DEPTH = 8,		/* of values that are skipped */
	MOST_DIGITS = 15,	/* any such integer is a double */
	SLACK = sizeof(jk_bytes16) + 1	/* strings are copied in whole words */
};

bool
jk_line_begin(struct jk_line_cursor *c, const char *line, size_t n,
    struct jk_buf *room)
{
	jk_buf_clear(room);
	if (jk_utf8_valid_len(line, n) != n ||
	    !jk_buf_reserve(room, n + SLACK))
		return false;
	*c = (struct jk_line_cursor){ line, line + n, room->data };
	return true;
}

static void
skip_blanks(struct jk_line_cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

bool
jk_line_byte(struct jk_line_cursor *c, char byte)
{
	skip_blanks(c);
	if (c->at == c->end || *c->at != byte)
		return false;
	c->at++;
	return true;
}

bool
jk_line_is_done(struct jk_line_cursor *c)
{
	skip_blanks(c);
	return c->at == c->end;
}

/* --- strings */

const struct jk_slice *
jk_line_key(struct jk_line_cursor *c, struct jk_line_keys *keys)
{
	struct jk_slice *key = &keys->v[keys->n];
	unsigned i;

	if (keys->n == JK_LINE_MEMBERS || !jk_line_byte(c, '"'))
		return NULL;
	key->s = c->at;
	while (c->at < c->end && *c->at != '"') {
		if (*c->at == '\\' || (unsigned char)*c->at < 0x20)
			return NULL;
		c->at++;
	}
	key->n = (size_t)(c->at - key->s);
	for (i = 0; i < keys->n; i++)
		if (keys->v[i].n == key->n && memcmp(keys->v[i].s, key->s,
		    key->n) == 0)
			return NULL;
	keys->n++;
	return jk_line_byte(c, '"') && jk_line_byte(c, ':') ? key : NULL;
}

bool
jk_slice_is(const struct jk_slice *s, const char *text)
{
	const size_t n = strlen(text);

	return s->n == n && memcmp(s->s, text, n) == 0;
}

/* \uXXXX of a character that is neither NUL nor half of one; its length. */
static unsigned
read_hex(struct jk_line_cursor *c, char to[4])
{
	uint32_t code = 0;
	int i;

	if (c->end - c->at < 4)
		return 0;
	for (i = 0; i < 4; i++) {
		uint32_t x = (unsigned char)*c->at++;

		if (x - '0' < 10)
			x -= '0';
		else if ((x | 0x20) - 'a' < 6)
			x = (x | 0x20) - 'a' + 10;
		else
			return 0;
		code = code << 4 | x;
	}
	return !code || (code >= 0xd800 && code < 0xe000) ? 0 :
	    jk_utf8_encode(code, to);
}

/* Behind a backslash: the bytes that it stands for, 0 if none. */
static unsigned
read_escape(struct jk_line_cursor *c, char to[4])
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (c->at == c->end)
		return 0;
	if (*c->at == 'u') {
		c->at++;
		return read_hex(c, to);
	}
	which = memchr(from, *c->at++, sizeof from - 1);
	if (!which)
		return 0;
	*to = into[which - from];
	return 1;
}

/*
 * Copy what stands in a string as it is, up to what does not, in words of
 * sixteen: there is room for one behind the last.
 */
static char *
copy_plain(struct jk_line_cursor *c, char *to)
{
	const char *s = c->at, *end = c->end;
	jk_bytes16 v;
	uint32_t found;

	for (; (size_t)(end - s) >= sizeof v; s += sizeof v, to += sizeof v) {
		v = jk_bytes16_load(s);
		memcpy(to, &v, sizeof v);
		found = jk_bytes16_mask(jk_bytes16_upto(v, 0x1f) |
		    jk_bytes16_is(v, '"') | jk_bytes16_is(v, '\\'));
		if (found) {
			c->at = s + __builtin_ctz(found);
			return to + __builtin_ctz(found);
		}
	}
	while (s < end && (unsigned char)*s >= 0x20 && *s != '"' &&
	    *s != '\\')
		*to++ = *s++;
	c->at = s;
	return to;
}

bool
jk_line_string(struct jk_line_cursor *c, struct jk_slice *string)
{
	char *to = c->room;
	unsigned n;

	if (!jk_line_byte(c, '"'))
		return false;
	for (;; to += n) {
		to = copy_plain(c, to);
		if (c->at == c->end || (unsigned char)*c->at < 0x20)
			return false;
		if (*c->at++ == '"')
			break;
		n = read_escape(c, to);
		if (!n)
			return false;
	}
	if (string) {
		*to = '\0';
		*string = (struct jk_slice){ c->room, (size_t)(to - c->room) };
		c->room = to + 1;
	}
	return true;
}

/* --- other values */

static size_t
skip_digits(struct jk_line_cursor *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return (size_t)(c->at - start);
}

/* An integer's digits; 0 where they are none, or not all that it has. */
static size_t
skip_integer(struct jk_line_cursor *c)
{
	const char *first = c->at;
	const size_t n = skip_digits(c);

	return n > MOST_DIGITS || (n > 1 && *first == '0') ? 0 : n;
}

bool
jk_line_number(struct jk_line_cursor *c, double *value)
{
	const char *start;

	skip_blanks(c);
	start = c->at;
	if (c->at < c->end && *c->at == '-')
		c->at++;
	if (!skip_integer(c))
		return false;
	if (c->at < c->end && *c->at == '.') {
		c->at++;
		if (!skip_digits(c))
			return false;
	}
	if (c->at < c->end && (*c->at == 'e' || *c->at == 'E'))
		return false;
	if (value)
		*value = strtod(start, NULL);
	return true;
}

bool
jk_line_size(struct jk_line_cursor *c, size_t *value)
{
	const char *s;

	skip_blanks(c);
	s = c->at;
	if (!skip_integer(c) || (c->at < c->end && strchr(".eE", *c->at)))
		return false;
	for (*value = 0; s < c->at; s++)
		*value = *value * 10 + (size_t)(*s - '0');
	return true;
}

static bool
skip_word(struct jk_line_cursor *c, const char *word)
{
	const size_t n = strlen(word);

	skip_blanks(c);
	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

bool
jk_line_null(struct jk_line_cursor *c)
{
	return skip_word(c, "null");
}

static bool skip_value(struct jk_line_cursor *c, int depth);

/* Behind an open bracket. */
static bool
skip_members(struct jk_line_cursor *c, char close, int depth)
{
	struct jk_line_keys keys;

	if (jk_line_byte(c, close))
		return true;
	keys.n = 0;
	do
		if ((close == '}' && !jk_line_key(c, &keys)) ||
		    !skip_value(c, depth))
			return false;
	while (jk_line_byte(c, ','));
	return jk_line_byte(c, close);
}

static bool
skip_value(struct jk_line_cursor *c, int depth)
{
	skip_blanks(c);
	if (c->at == c->end || depth > MOST_DEPTH)
		return false;
	switch (*c->at) {
	case '"':
		return jk_line_string(c, NULL);
	case 'n':
		return jk_line_null(c);
	case 't':
		return skip_word(c, "true");
	case 'f':
		return skip_word(c, "false");
	case '[':
		c->at++;
		return skip_members(c, ']', depth + 1);
	case '{':
		c->at++;
		return skip_members(c, '}', depth + 1);
	default:
		return jk_line_number(c, NULL);
	}
}

bool
jk_line_skip(struct jk_line_cursor *c)
{
	return skip_value(c, 0);
}
