#include "read/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/swar.h"

void
jk_csv_end_field(struct jk_csv *c)
{
	if (c->n_fields == c->cap_fields) {
		size_t cap = c->cap_fields * 2 + 16;
		size_t *ends = realloc(c->ends, cap * sizeof *ends);

		if (!ends) {
			c->failed = true;
			return;
		}
		c->ends = ends;
		c->cap_fields = cap;
	}
	c->ends[c->n_fields++] = c->data.len;
	jk_buf_addc(&c->data, '\0');
}

bool
jk_csv_lines_fit(const struct jk_csv *c)
{
	return c->delimiter != c->quote && c->delimiter != '\r' &&
	    c->delimiter != '\n' && c->quote != '\r' && c->quote != '\n' &&
	    c->quote != ' ' && c->quote != '\t';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Append the field in quotes that goes on at s[at].  Returns the index behind
 * its closing quote, or n where the line has none.
 */
static size_t
add_quoted(struct jk_csv *c, const char *s, size_t n, size_t at)
{
	const char *quote;
	size_t end;

	while ((quote = memchr(s + at, c->quote, n - at)) != NULL) {
		end = (size_t)(quote - s);
		if ((unsigned char)s[end + 1] != c->quote) {
			jk_buf_add(&c->data, s + at, end - at);
			return end + 1;
		}
		jk_buf_add(&c->data, s + at, end + 1 - at);
		at = end + 2;
	}
	jk_buf_add(&c->data, s + at, n - at);
	return n;
}

/*
 * Append the field without quotes that begins at s[at].  Returns the index of
 * the first byte that cannot be of one.
 */
static size_t
add_bare(struct jk_csv *c, const char *s, size_t n, size_t at)
{
	size_t end = at, len;
	uint64_t w;

	for (; n - end >= sizeof w; end += sizeof w) {
		w = jk_swar_load(s + end);
		if (jk_swar_has(w, c->delimiter) || jk_swar_has(w, c->quote) ||
		    jk_swar_has(w, '\r') || jk_swar_has(w, '\n'))
			break;
	}
	while ((unsigned char)s[end] != c->delimiter &&
	    (unsigned char)s[end] != c->quote && s[end] != '\r' &&
	    s[end] != '\n')
		end++;
	for (len = end - at; len && is_blank(s[at + len - 1]); len--)
		;
	jk_buf_add(&c->data, s + at, len);
	return end;
}

bool
jk_csv_line(struct jk_csv *c, const char *s, size_t n)
{
	size_t at = 0;

	for (;; at++) {
		if (!c->open) {
			while (is_blank(s[at]) &&
			    (unsigned char)s[at] != c->delimiter)
				at++;
			c->open = (unsigned char)s[at] == c->quote;
			at += c->open;
		}
		if (c->open)
			at = add_quoted(c, s, n, at);
		else if (!c->n_fields && (s[at] == '\r' || s[at] == '\n'))
			return false;		/* blank, it seems */
		else
			at = add_bare(c, s, n, at);
		if (at == n)
			return true;
		c->open = false;
		jk_csv_end_field(c);
		if ((unsigned char)s[at] != c->delimiter)
			break;
	}
	at += s[at] == '\r';
	c->row_done = at == n - 1;
	return c->row_done;
}
