/* JSON Lines as input: one object a line. */

#include <stdlib.h>
#include <string.h>

#include "read/json_joke.h"
#include "read/reader.h"

/*
 * The first line is one object, whole or broken, and no array in it has the
 * jokes.
 */
static int
guess(const char *s, size_t n)
{
	size_t blank = strspn(s, " \t\r\n"), len;
	struct jk_json_place place;
	const char *end;
	struct jk_err err;
	bool elsewhere;
	int r;

	if (blank >= n || s[blank] != '{')
		return 0;
	s += blank;
	n -= blank;
	end = memchr(s, '\n', n);
	len = end ? (size_t)(end - s) : n;
	while (len && strchr(" \t\r", s[len - 1]))
		len--;
	if (end && s[len - 1] != '}')
		return 0;
	r = jk_json_find_jokes(s, len, NULL, &place, &err);
	if (r < 0)
		jk_note_nomem();
	elsewhere = r > 0 && (place.path.len || place.n > 1);
	jk_json_place_release(&place);
	return elsewhere ? 0 : 4;
}

static int
open_lines(struct jk_input *in, struct jk_err *err)
{
	struct jk_json_jokes *j = calloc(1, sizeof *j);

	if (!j)
		return jk_fail_nomem(err);
	in->state = j;
	if (jk_json_jokes_open(j, in, err) < 0)
		return -1;
	if (j->place.only.len && !j->place.path.len)
		jk_json_jokes_take_only(j, in);
	return 0;
}

/* The next line's value.  As jk_lines_next, with a place in the message. */
static int
next_value(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct jk_json_jokes *j = in->state;
	const char *line;
	size_t n;
	int r;

	do {
		row->begin = jk_lines_offset(&in->lines);
		jk_input_tell(in, JK_RANGE_BLANK, row->begin);
		r = jk_lines_next(&in->lines, &line, &n, err);
		row->end = jk_lines_offset(&in->lines);
		if (r <= 0)
			return r;
	} while (strspn(line, " \t\r\n") >= n);
	row->line = in->lines.line;
	if (jk_lines_check(&in->lines, row->line, line, n, err) < 0)
		return -1;
	if (jk_json_jokes_read(j, in, row, line, n, fatal, err) < 0)
		return -1;
	if (json_is_object(j->value))
		return 1;
	jk_json_jokes_drop(j);
	return jk_fail(err, JK_EDATA, "%s:%llu: not a JSON object",
	    in->lines.in.name, (unsigned long long)row->line);
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	return jk_json_jokes_next(in->state, in, next_value, row, fatal, err);
}

static void
close_lines(struct jk_input *in)
{
	if (in->state)
		jk_json_jokes_close(in->state);
	free(in->state);
}

static const char *const suffixes[] = { ".jsonl", ".ndjson", NULL };

const struct jk_reader jk_jsonl_reader = {
	.suffixes = suffixes,
	.guess = guess,
	.open = open_lines,
	.next = next,
	.close = close_lines
};
