#include "record/joke_scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_write.h"

/* Members of one record; more of them are for the parser. */
enum { MOST_MEMBERS = 24 };

/* What a member may hold. */
enum kind { STRING, NUMBER, NOTHING, BOOLEAN };

struct cursor {
	const char *at, *end;
};

struct slice {
	const char *s;
	size_t n;
};

static void
skip_space(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static bool
skip_char(struct cursor *c, char want)
{
	skip_space(c);
	if (c->at == c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

static bool
scan_key(struct cursor *c, struct slice *key)
{
	if (!skip_char(c, '"'))
		return false;
	key->s = c->at;
	while (c->at < c->end && *c->at != '"') {
		if (*c->at == '\\' || (unsigned char)*c->at < 0x20)
			return false;
		c->at++;
	}
	key->n = (size_t)(c->at - key->s);
	return skip_char(c, '"');
}

/* \uXXXX of a character that is neither NUL nor half of one. */
static bool
scan_hex(struct cursor *c, struct jk_buf *to)
{
	uint32_t code = 0;
	int i;

	if (c->end - c->at < 4)
		return false;
	for (i = 0; i < 4; i++) {
		uint32_t x = (unsigned char)*c->at++;

		if (x - '0' < 10)
			x -= '0';
		else if ((x | 0x20) - 'a' < 6)
			x = (x | 0x20) - 'a' + 10;
		else
			return false;
		code = code << 4 | x;
	}
	if (!code || (code >= 0xd800 && code < 0xe000))
		return false;
	if (to)
		jk_buf_add_utf8(to, code);
	return true;
}

/* Behind a backslash. */
static bool
scan_escape(struct cursor *c, struct jk_buf *to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *which;

	if (c->at == c->end)
		return false;
	if (*c->at == 'u') {
		c->at++;
		return scan_hex(c, to);
	}
	which = memchr(from, *c->at++, sizeof from - 1);
	if (which && to)
		jk_buf_addc(to, into[which - from]);
	return which != NULL;
}

/* Behind the opening quote; appends to `to` unless that is NULL. */
static bool
scan_string(struct cursor *c, struct jk_buf *to)
{
	const char *start = c->at;

	for (; c->at < c->end; c->at++) {
		unsigned char byte;

		c->at += jk_json_plain_len(c->at, (size_t)(c->end - c->at));
		if (c->at == c->end)
			break;
		byte = (unsigned char)*c->at;

		if (byte != '"' && byte != '\\' && byte >= 0x20)
			continue;
		if (to)
			jk_buf_add(to, start, (size_t)(c->at - start));
		if (byte < 0x20)
			return false;
		c->at++;
		if (byte == '"')
			return true;
		if (!scan_escape(c, to))
			return false;
		start = c->at--;
	}
	return false;
}

static size_t
skip_digits(struct cursor *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return (size_t)(c->at - start);
}

/* A number of at most 15 digits before the point, without an exponent. */
static bool
scan_number(struct cursor *c, double *value)
{
	const char *start = c->at, *first;
	size_t n;

	if (*c->at == '-')
		c->at++;
	first = c->at;
	n = skip_digits(c);
	if (!n || n > 15 || (n > 1 && *first == '0'))
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

static bool
skip_word(struct cursor *c, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

static bool
scan_value(struct cursor *c, struct jk_buf *string, double *number,
    enum kind *kind)
{
	skip_space(c);
	if (c->at == c->end)
		return false;
	switch (*c->at) {
	case '"':
		*kind = STRING;
		c->at++;
		return scan_string(c, string);
	case 'n':
		*kind = NOTHING;
		return skip_word(c, "null");
	case 't':
		*kind = BOOLEAN;
		return skip_word(c, "true");
	case 'f':
		*kind = BOOLEAN;
		return skip_word(c, "false");
	default:
		*kind = NUMBER;
		return scan_number(c, number);
	}
}

static bool
is_key(const struct slice *key, const char *name)
{
	return key->n == strlen(name) && memcmp(key->s, name, key->n) == 0;
}

/* Which members were there, and of what kind (kind + 1). */
struct found {
	int text, theme, rating, id;
};

static bool
scan_member(struct jk_joke_scan *s, struct cursor *c, const struct slice *key,
    struct found *found, double *rating)
{
	struct jk_buf *string = NULL;
	double *number = NULL;
	int *which = NULL;
	enum kind kind;

	if (is_key(key, "text")) {
		string = &s->text;
		which = &found->text;
	} else if (is_key(key, "theme")) {
		string = &s->theme;
		which = &found->theme;
	} else if (is_key(key, "id")) {
		string = &s->id;
		which = &found->id;
	} else if (is_key(key, "rating")) {
		number = rating;
		which = &found->rating;
	} else if (is_key(key, "provenance") || is_key(key, "error")) {
		return false;
	}
	if (!scan_value(c, string, number, &kind))
		return false;
	if (which)
		*which = (int)kind + 1;
	return true;
}

static bool
scan_members(struct jk_joke_scan *s, struct cursor *c, struct found *found,
    double *rating)
{
	struct slice keys[MOST_MEMBERS];
	unsigned n, i;

	for (n = 0; n < MOST_MEMBERS; n++) {
		if (!scan_key(c, &keys[n]))
			return false;
		for (i = 0; i < n; i++)
			if (keys[i].n == keys[n].n && memcmp(keys[i].s,
			    keys[n].s, keys[n].n) == 0)
				return false;
		if (!skip_char(c, ':') ||
		    !scan_member(s, c, &keys[n], found, rating))
			return false;
		if (skip_char(c, '}'))
			return true;
		if (!skip_char(c, ','))
			return false;
	}
	return false;
}

bool
jk_joke_scan(struct jk_joke_scan *s, const char *line, size_t n,
    struct jk_joke *joke)
{
	struct cursor c = { line, line + n };
	struct found found = { 0, 0, 0, 0 };
	double rating = NAN;

	jk_buf_clear(&s->text);
	jk_buf_clear(&s->theme);
	jk_buf_clear(&s->id);
	if (jk_utf8_valid_len(line, n) < n || !skip_char(&c, '{') ||
	    !scan_members(s, &c, &found, &rating))
		return false;
	skip_space(&c);
	if (c.at < c.end || s->text.failed || s->theme.failed ||
	    s->id.failed || found.text != STRING + 1 ||
	    (found.theme && found.theme != STRING + 1 &&
	    found.theme != NOTHING + 1) ||
	    (found.rating && found.rating != NUMBER + 1 &&
	    found.rating != NOTHING + 1) ||
	    (found.id && found.id != STRING + 1))
		return false;
	*joke = (struct jk_joke){
		.text = jk_buf_str(&s->text), .text_len = s->text.len,
		.rating = rating
	};
	if (found.theme == STRING + 1) {
		joke->theme = jk_buf_str(&s->theme);
		joke->theme_len = s->theme.len;
	}
	joke->key = jk_joke_key(joke, found.id ? jk_buf_str(&s->id) : NULL,
	    s->id.len);
	return true;
}

void
jk_joke_scan_release(struct jk_joke_scan *s)
{
	jk_buf_release(&s->text);
	jk_buf_release(&s->theme);
	jk_buf_release(&s->id);
}
