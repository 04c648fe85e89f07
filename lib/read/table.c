/* Tables: which column is what, and rows of them.  See text/input.h. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/opt.h"
#include "read/input.h"

/* Members that jk writes itself; a column of that name is kept apart. */
static const char *const reserved[] = { "id", "theme", "text", "rating",
    "source", "provenance", "error", "prompt", "messages", "training_text",
    "prompt_text", "content_spans", "completion", "regime", "seed",
    "n_tokens", "finish_reason" };

/* An index column: without a name, or as pandas names one. */
static bool
is_index_name(const char *s, size_t n)
{
	static const char unnamed[] = "Unnamed:";

	return strspn(s, " \t") >= n || (n >= sizeof unnamed - 1 &&
	    memcmp(s, unnamed, sizeof unnamed - 1) == 0);
}

/* A name or a number from 1.  -1: no such column. */
static int
find_column(const struct jk_csv *c, const char *wanted, bool header)
{
	long long number;
	struct jk_err err;
	const char *s;
	size_t i, n;

	for (i = 0; header && i < c->n_fields; i++) {
		s = jk_csv_field(c, i, &n);
		if (n == strlen(wanted) && memcmp(s, wanted, n) == 0)
			return (int)i;
	}
	if (jk_parse_int(wanted, &number, &err) == 0 && number >= 1 &&
	    (unsigned long long)number <= c->n_fields)
		return (int)number - 1;
	return -1;
}

static void
list_columns(const struct jk_csv *c, char list[256])
{
	size_t i, n, at = 0;
	const char *s;

	list[0] = '\0';
	for (i = 0; i < c->n_fields && at < 200; i++) {
		s = jk_csv_field(c, i, &n);
		if (n > 40)
			n = 40;
		n = jk_utf8_valid_len(s, n);
		memcpy(list + at, i ? ", " : "", i ? 2 : 0);
		at += i ? 2 : 0;
		memcpy(list + at, s, n);
		at += n;
		list[at] = '\0';
	}
}

/* Keep the names of the columns that pass through, as ,"name": */
static int
keep_names(struct jk_input *in, struct jk_err *err)
{
	struct jk_csv *c = &in->csv;
	const char *s;
	size_t i, k, n;

	in->names = calloc(c->n_fields, sizeof *in->names);
	if (!in->names)
		return jk_fail_nomem(err);
	in->n_names = c->n_fields;
	for (i = 0; i < c->n_fields; i++) {
		bool used = false;
		struct jk_buf name = JK_BUF_INIT;

		for (k = 0; k < JK_N_COLUMNS; k++)
			used |= in->column[k] == (int)i;
		s = jk_csv_field(c, i, &n);
		if (used || is_index_name(s, n))
			continue;
		for (k = 0; k < sizeof reserved / sizeof *reserved; k++)
			if (n == strlen(reserved[k]) &&
			    memcmp(s, reserved[k], n) == 0)
				jk_buf_adds(&name, "column_");
		jk_buf_add(&name, s, n);
		for (k = 0; k < i; k++) {
			size_t m;
			const char *t = jk_csv_field(c, k, &m);

			if (m == n && memcmp(s, t, n) == 0) {
				/* a doubled name: JSON has one of each */
				jk_buf_printf(&name, "_%zu", i + 1);
				break;
			}
		}
		jk_buf_addc(&in->names[i], ',');
		jk_json_write_string(&in->names[i], jk_buf_str(&name),
		    name.len);
		jk_buf_addc(&in->names[i], ':');
		in->names[i].failed |= name.failed;
		jk_buf_release(&name);
		if (jk_buf_check(&in->names[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Settle the columns by the first row. */
static int
settle_columns(struct jk_input *in, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	struct jk_csv *c = &in->csv;
	int found[JK_N_COLUMNS] = { -1, -1, -1, -1 };
	bool by_name = false;
	char list[256];
	size_t i, k, n;

	for (i = c->n_fields; i-- > 0;) {
		const char *s = jk_csv_field(c, i, &n);
		int column = jk_column_of_name(s, n);

		if (column >= 0) {
			found[column] = (int)i;
			by_name = true;
		}
	}
	in->header = o->header == JK_HEADER_AUTO ? by_name
	    : o->header == JK_HEADER_YES;
	for (k = 0; k < JK_N_COLUMNS; k++) {
		in->column[k] = in->header ? found[k] : -1;
		if (!o->columns[k])
			continue;
		in->column[k] = find_column(c, o->columns[k],
		    o->header != JK_HEADER_NO);
		if (in->column[k] < 0) {
			list_columns(c, list);
			return jk_fail(err, JK_EDATA, "%s:%llu: no %s column"
			    " '%s' (the first row is: %s)", in->lines.in.name,
			    (unsigned long long)c->line, jk_column_name(k),
			    o->columns[k], list);
		}
		/* a column found by its name makes the row a header */
		if (o->header == JK_HEADER_AUTO &&
		    strspn(o->columns[k], "0123456789") !=
		    strlen(o->columns[k]))
			in->header = true;
	}
	if (in->column[JK_COLUMN_TEXT] < 0 && c->n_fields == 1)
		in->column[JK_COLUMN_TEXT] = 0;
	if (in->column[JK_COLUMN_TEXT] < 0) {
		list_columns(c, list);
		return jk_fail(err, JK_EDATA, "%s:%llu: which column is the"
		    " text?  Say --text=NAME or --text=NUMBER (the first row"
		    " is: %s)", in->lines.in.name,
		    (unsigned long long)c->line, list);
	}
	for (k = 1; k < JK_N_COLUMNS; k++)
		if (in->column[k] == in->column[JK_COLUMN_TEXT])
			in->column[k] = -1;
	in->n_columns = c->n_fields;
	return in->header ? keep_names(in, err) : 0;
}

int
jk_table_begin(struct jk_input *in, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	const char *name = in->lines.in.name, *dot = strrchr(name, '.');
	char delimiter, quote;
	const char *s;
	size_t n;
	int r;

	s = jk_lines_sample(&in->lines, &n);
	if (jk_csv_sniff(s, n, &delimiter, &quote, err) < 0)
		return -1;
	if (dot && strcasecmp(dot, ".tsv") == 0)
		delimiter = '\t';
	if (o->delimiter)
		delimiter = o->delimiter;
	if (o->quote != JK_QUOTE_AUTO)
		quote = (char)o->quote;
	if (jk_csv_init(&in->csv, &in->lines, delimiter, quote, err) < 0)
		return -1;
	in->delimiter = delimiter;
	in->quote = quote;
	r = jk_csv_next(&in->csv, err);
	if (r <= 0) {
		in->ended = r == 0;
		return r;
	}
	in->held_row = true;
	if (settle_columns(in, err) < 0)
		return -1;
	in->held_row = !in->header;
	return 0;
}

int
jk_table_next(struct jk_input *in, struct jk_input_row *row, struct jk_err *err)
{
	struct jk_csv *c = &in->csv;
	const char *s;
	size_t i, n;
	int r = 1;

	if (in->ended)
		return 0;
	if (!in->held_row)
		r = jk_csv_next(c, err);
	in->held_row = false;
	if (r <= 0)
		return r;
	row->line = c->line;
	/* empty cells behind the last column are how some programs write */
	while (c->n_fields > in->n_columns) {
		s = jk_csv_field(c, c->n_fields - 1, &n);
		if (n)
			break;
		c->n_fields--;
	}
	if (c->n_fields != in->n_columns)
		return jk_fail(err, JK_EDATA, "%s:%llu: %zu columns, not %zu",
		    in->lines.in.name, (unsigned long long)c->line,
		    c->n_fields, in->n_columns);
	for (i = 0; i < JK_N_COLUMNS; i++)
		if (in->column[i] >= 0)
			row->field[i] = jk_csv_field(c, (size_t)in->column[i],
			    &row->len[i]);
	for (i = 0; i < in->n_names; i++) {
		if (!in->names[i].len)
			continue;
		s = jk_csv_field(c, i, &n);
		jk_buf_add(&row->rest, in->names[i].data, in->names[i].len);
		jk_json_write_string(&row->rest, s, n);
	}
	return jk_buf_check(&row->rest, err) < 0 ? -1 : 1;
}
