#include "read/input.h"

#include <stdlib.h>
#include <string.h>

const char *
jk_format_name(enum jk_format f)
{
	static const char *const all[] = { "auto", "csv", "jsonl", "fortune",
	    "plain" };

	return all[f];
}

const char *
jk_separator_name(enum jk_separator s)
{
	static const char *const all[] = { "auto", "blank", "stars", "tilde",
	    "numbered", "line" };

	return all[s];
}

/* Lines of the sample that hold only "%", and all its lines. */
static size_t
count_percent_lines(const char *s, size_t n)
{
	size_t found = 0, len;
	const char *end;

	for (; n > 0; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		found += s[0] == '%' && strspn(s + 1, "\r\n") >= len - 1;
	}
	return found;
}

/* Whether a cell of the first line is one of the usual names for a text. */
static bool
names_a_text(const char *s, size_t n)
{
	size_t i, start = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && s[i] != '\n' && !strchr(",;\t|\"\r", s[i]))
			continue;
		if (jk_column_of_name(s + start, i - start) == JK_COLUMN_TEXT)
			return true;
		start = i + 1;
		if (i < n && s[i] == '\n')
			break;
	}
	return false;
}

static enum jk_format
find_format(const struct jk_input *in, const char *s, size_t n)
{
	const char *dot = strrchr(in->lines.in.name, '.');
	size_t blank = strspn(s, " \t\r\n");

	if (dot && (strcasecmp(dot, ".csv") == 0 ||
	    strcasecmp(dot, ".tsv") == 0 || strcasecmp(dot, ".tab") == 0))
		return JK_FORMAT_CSV;
	if (dot && (strcasecmp(dot, ".jsonl") == 0 ||
	    strcasecmp(dot, ".ndjson") == 0))
		return JK_FORMAT_JSONL;
	if (blank < n && s[blank] == '{')
		return JK_FORMAT_JSONL;
	if (count_percent_lines(s, n) > 0)
		return JK_FORMAT_FORTUNE;
	if (names_a_text(s, n))
		return JK_FORMAT_CSV;
	return JK_FORMAT_PLAIN;
}

int
jk_input_open(struct jk_input *in, const char *path,
    const struct jk_input_options *options, struct jk_provenance *provenance,
    struct jk_err *err)
{
	const char *s;
	size_t n;

	*in = (struct jk_input){ .options = options, .provenance = provenance };
	if (jk_lines_open(&in->lines, path, options->encoding,
	    options->max_row_bytes, err) < 0)
		return -1;
	s = jk_lines_sample(&in->lines, &n);
	in->format = options->format;
	if (in->format == JK_FORMAT_AUTO)
		in->format = find_format(in, s, n);
	in->separator = options->separator;
	if (in->format == JK_FORMAT_PLAIN &&
	    in->separator == JK_SEPARATOR_AUTO)
		in->separator = jk_plain_separator(s, n);
	if (in->format == JK_FORMAT_CSV && jk_table_begin(in, err) < 0) {
		jk_input_close(in);
		return -1;
	}
	return 0;
}

void
jk_input_close(struct jk_input *in)
{
	size_t i;

	jk_csv_release(&in->csv);
	jk_lines_close(&in->lines);
	for (i = 0; i < in->n_names; i++)
		jk_buf_release(&in->names[i]);
	free(in->names);
	jk_buf_release(&in->held);
	json_decref(in->object);
	*in = (struct jk_input){ 0 };
}

void
jk_input_row_release(struct jk_input_row *row)
{
	jk_buf_release(&row->rest);
	jk_buf_release(&row->text);
}

int
jk_input_next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	int r;

	*fatal = false;
	memset(row->field, 0, sizeof row->field);
	memset(row->len, 0, sizeof row->len);
	jk_buf_clear(&row->rest);
	jk_buf_clear(&row->text);
	switch (in->format) {
	case JK_FORMAT_CSV:
		r = jk_table_next(in, row, err);
		break;
	case JK_FORMAT_JSONL:
		r = jk_jsonl_next(in, row, fatal, err);
		break;
	default:
		r = jk_plain_next(in, row, err);
		break;
	}
	if (r != 0)
		row->row = ++in->row;
	return r;
}
