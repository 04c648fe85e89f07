/* JSON Lines as input: one object a line. */

#include <stdlib.h>
#include <string.h>

#include "read/json_joke.h"
#include "read/reader.h"

struct lines {
	json_t *value;			/* of the line last read */
	size_t joke;			/* its next one */
	uint64_t begin, end;
	const char *columns[JK_N_COLUMNS];
	struct jk_json_place place;
};

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
	struct lines *l = calloc(1, sizeof *l);
	const char *s;
	size_t n;

	if (!l)
		return jk_fail_nomem(err);
	in->state = l;
	memcpy(l->columns, in->options->columns, sizeof l->columns);
	s = jk_lines_sample(&in->lines, &n);
	if (jk_json_find_jokes(s, n, l->columns[JK_COLUMN_TEXT], &l->place,
	    err) < 0)
		return -1;
	if (l->place.only.len && !l->place.path.len) {
		l->columns[JK_COLUMN_TEXT] = jk_buf_str(&l->place.only);
		jk_input_note(in, "the text is the member '%s', the only one"
		    " that reads as one (--text)", l->columns[JK_COLUMN_TEXT]);
	}
	return 0;
}

/* The next line's value.  As jk_lines_next, with a place in the message. */
static int
next_value(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct lines *l = in->state;
	const char *line;
	size_t n;
	int r;

	do {
		row->begin = jk_lines_offset(&in->lines);
		r = jk_lines_next(&in->lines, &line, &n, err);
		row->end = jk_lines_offset(&in->lines);
		if (r <= 0)
			return r;
	} while (strspn(line, " \t\r\n") >= n);
	row->line = in->lines.line;
	if (jk_lines_check(&in->lines, row->line, line, n, err) < 0)
		return -1;
	l->joke = 0;
	l->value = jk_json_joke_parse(in, line, n, fatal, err);
	if (l->value && !json_is_object(l->value)) {
		json_decref(l->value);
		l->value = NULL;
		jk_fail(err, JK_EDATA, "not a JSON object");
	}
	if (l->value)
		return 1;
	return err->status == JK_EDATA ? jk_fail_prefix(err, "%s:%llu",
	    in->lines.in.name, (unsigned long long)row->line) : -1;
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct lines *l = in->state;
	int r;

	for (;;) {
		if (!l->value) {
			r = next_value(in, row, fatal, err);
			if (r <= 0)
				return r;
		}
		row->line = in->lines.line;
		r = jk_json_joke(l->value, l->columns, &l->joke, row, err);
		if (r == 1)
			return 1;
		json_decref(l->value);
		l->value = NULL;
		if (r < 0)
			return err->status == JK_EDATA ? jk_fail_prefix(err,
			    "%s:%llu", in->lines.in.name,
			    (unsigned long long)in->lines.line) : -1;
	}
}

static void
close_lines(struct jk_input *in)
{
	struct lines *l = in->state;

	if (!l)
		return;
	json_decref(l->value);
	jk_json_place_release(&l->place);
	free(l);
}

static const char *const suffixes[] = { ".jsonl", ".ndjson", NULL };

const struct jk_reader jk_jsonl_reader = {
	.suffixes = suffixes,
	.guess = guess,
	.open = open_lines,
	.next = next,
	.close = close_lines
};
