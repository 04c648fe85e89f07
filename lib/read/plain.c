/* Fortune files and plain text with a separator: entries of lines. */

#include <stdlib.h>
#include <string.h>

#include "read/reader.h"

struct plain {
	bool is_fortune;
	enum jk_separator separator;	/* otherwise */
	uint64_t next_number;		/* of a numbered entry; 0: any */
	struct jk_buf held;		/* a line read ahead */
	bool have_held;
};

static size_t
trimmed(const char *s, size_t n)
{
	while (n && (s[n - 1] == '\r' || s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n;
}

/* At least three stars and nothing else but blanks. */
static bool
is_stars(const char *s, size_t n)
{
	size_t i, stars = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '*')
			stars++;
		else if (s[i] != ' ' && s[i] != '\t')
			return false;
	}
	return stars >= 3;
}

static bool
is_all(const char *s, size_t n, char c)
{
	size_t i;

	for (i = 0; i < n && s[i] == c; i++)
		;
	return n && i == n;
}

/* "12. " or "12) " at the beginning: the number and what it takes; 0: none. */
static size_t
leading_number(const char *s, size_t n, uint64_t *number)
{
	size_t at = 0;

	*number = 0;
	/* more of them than a file has entries */
	while (at < n && at < 18 && s[at] >= '0' && s[at] <= '9')
		*number = *number * 10 + (uint64_t)(s[at++] - '0');
	if (!at || at >= n || (s[at] != '.' && s[at] != ')'))
		return 0;
	at++;
	if (at < n && s[at] != ' ' && s[at] != '\t')
		return 0;
	while (at < n && (s[at] == ' ' || s[at] == '\t'))
		at++;
	return at;
}

static enum jk_separator
find_separator(const char *s, size_t n)
{
	size_t stars = 0, tildes = 0, blanks = 0, numbers = 0, len;
	uint64_t number, expected = 0;
	const char *end;

	for (; n > 0; s += len, n -= len) {
		size_t body;

		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		body = trimmed(s, end ? len - 1 : len);
		stars += is_stars(s, body);
		tildes += is_all(s, body, '~');
		blanks += body == 0;
		if (leading_number(s, body, &number) &&
		    (number == expected + 1 || !expected)) {
			expected = number;
			numbers++;
		}
	}
	if (stars)
		return JK_SEPARATOR_STARS;
	if (tildes)
		return JK_SEPARATOR_TILDE;
	/* a list inside a joke is short; a numbered file counts on and on */
	if (numbers >= 3 && expected >= numbers && numbers * 2 >= blanks)
		return JK_SEPARATOR_NUMBERED;
	return blanks ? JK_SEPARATOR_BLANK : JK_SEPARATOR_LINE;
}

/*
 * Whether the line divides entries; *begins: where the entry begins that the
 * same line opens, 0 where it opens none.
 */
static bool
is_separator(struct plain *p, const char *s, size_t n, size_t *begins)
{
	uint64_t number;
	size_t body = trimmed(s, n);

	*begins = 0;
	if (p->is_fortune)		/* exactly, as strfile(1) */
		return s[0] == '%' && (n == 1 || (n == 2 && s[1] == '\r'));
	switch (p->separator) {
	case JK_SEPARATOR_STARS:
		return is_stars(s, body);
	case JK_SEPARATOR_TILDE:
		return is_all(s, body, '~');
	case JK_SEPARATOR_NUMBERED:
		*begins = leading_number(s, body, &number);
		if (p->next_number && number != p->next_number)
			*begins = 0;
		if (*begins)
			p->next_number = number + 1;
		return *begins > 0;
	default:
		return body == 0;
	}
}

/* An entry that is being put together in row->text. */
struct entry {
	struct jk_input_row *row;
	bool any;
	bool bad;
	struct jk_err why;
};

static void
spoil(struct entry *e, const struct jk_err *why)
{
	if (!e->bad)
		e->why = *why;
	e->bad = true;
}

/* Add the line last read, or its end. */
static void
add_line(const struct jk_input *in, struct entry *e, const char *s, size_t n)
{
	struct jk_err why;

	if (!e->any)
		e->row->line = in->lines.line;
	e->any = true;
	if (jk_lines_check(&in->lines, in->lines.line, s, n, &why) < 0)
		spoil(e, &why);
	if (!e->bad && e->row->text.len + n > in->lines.max_bytes) {
		jk_fail(&why, JK_EDATA, "%s:%llu: an entry longer than %zu"
		    " bytes (--max-row-size)", in->lines.in.name,
		    (unsigned long long)e->row->line, in->lines.max_bytes);
		spoil(e, &why);
	}
	if (e->bad)
		return;
	jk_buf_add(&e->row->text, s, n);
	jk_buf_addc(&e->row->text, '\n');
}

/* An entry of several lines.  As jk_lines_next. */
static int
read_entry(struct jk_input *in, struct entry *e, struct jk_err *err)
{
	struct plain *p = in->state;
	const char *s;
	size_t n, begins;
	int r;

	if (p->have_held)
		add_line(in, e, jk_buf_str(&p->held), p->held.len);
	p->have_held = false;
	for (;;) {
		r = jk_lines_next(&in->lines, &s, &n, err);
		if (r < 0 && err->status == JK_EDATA) {
			e->row->line = in->lines.line;
			e->any = true;
			spoil(e, err);
		} else if (r <= 0) {
			return r < 0 ? -1 : e->any;
		} else if (!is_separator(p, s, n, &begins)) {
			add_line(in, e, s, n);
		} else if (!e->any) {
			if (begins)
				add_line(in, e, s + begins, n - begins);
		} else {
			if (begins) {
				jk_buf_clear(&p->held);
				jk_buf_add(&p->held, s + begins, n - begins);
				p->have_held = true;
			}
			return 1;
		}
	}
}

/* An entry that is a line by itself. */
static int
read_line(struct jk_input *in, struct entry *e, struct jk_err *err)
{
	const char *s;
	size_t n;
	int r;

	do {
		r = jk_lines_next(&in->lines, &s, &n, err);
		if (r <= 0) {
			e->row->line = in->lines.line;
			return r;
		}
	} while (trimmed(s, n) == 0);
	add_line(in, e, s, n);
	return 1;
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct plain *p = in->state;
	struct entry e = { .row = row };
	int r;

	(void)fatal;
	if (!p->is_fortune && p->separator == JK_SEPARATOR_LINE)
		r = read_line(in, &e, err);
	else
		r = read_entry(in, &e, err);
	if (r <= 0)
		return r;
	if (e.bad) {
		*err = e.why;
		return -1;
	}
	if (jk_buf_check(&row->text, err) < 0 ||
	    jk_buf_check(&p->held, err) < 0)
		return -1;
	row->field[JK_COLUMN_TEXT] = jk_buf_str(&row->text);
	/* the last line's end belongs to the file, not to the text */
	row->len[JK_COLUMN_TEXT] = row->text.len - (row->text.len > 0);
	return 1;
}

static struct plain *
new_state(struct jk_input *in, struct jk_err *err)
{
	in->state = calloc(1, sizeof(struct plain));
	if (!in->state)
		jk_fail_nomem(err);
	return in->state;
}

static void
close_text(struct jk_input *in)
{
	struct plain *p = in->state;

	if (p)
		jk_buf_release(&p->held);
	free(p);
}

static int
open_plain(struct jk_input *in, struct jk_err *err)
{
	struct plain *p = new_state(in, err);
	const char *s;
	size_t n;

	if (!p)
		return -1;
	s = jk_lines_sample(&in->lines, &n);
	p->separator = in->options->separator;
	if (p->separator == JK_SEPARATOR_AUTO)
		p->separator = find_separator(s, n);
	return 0;
}

/* What nothing else is. */
static int
guess_plain(const char *s, size_t n)
{
	(void)s;
	(void)n;
	return 1;
}

static int
describe_plain(const struct jk_input *in, json_t *file)
{
	static const char *const names[JK_N_SEPARATORS] = {
#define X(id, name) [JK_SEPARATOR_##id] = #name,
		JK_SEPARATORS(X)
#undef X
	};
	const struct plain *p = in->state;

	return json_object_set_new(file, "separator",
	    json_string(names[p->separator]));
}

const struct jk_reader jk_plain_reader = {
	.guess = guess_plain,
	.open = open_plain,
	.next = next,
	.close = close_text,
	.describe = describe_plain
};

static int
open_fortune(struct jk_input *in, struct jk_err *err)
{
	struct plain *p = new_state(in, err);

	if (!p)
		return -1;
	p->is_fortune = true;
	return 0;
}

/* A line that holds only "%". */
static int
guess_fortune(const char *s, size_t n)
{
	const char *end;
	size_t len;

	for (; n > 0; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		if (s[0] == '%' && strspn(s + 1, "\r\n") >= len - 1)
			return 3;
	}
	return 0;
}

const struct jk_reader jk_fortune_reader = {
	.guess = guess_fortune,
	.open = open_fortune,
	.next = next,
	.close = close_text
};
