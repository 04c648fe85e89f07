/* Tables: which column is what, and rows of them. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/opt.h"
#include "read/csv.h"
#include "read/reader.h"
#include "record/tally.h"

struct table {
	struct jk_csv csv;
	char delimiter, quote;		/* 0: none */
	bool header;
	bool ended;			/* there was not even a header */
	bool held_row;			/* `csv` holds a row to be given out */
	size_t n_columns;
	int column[JK_N_COLUMNS];	/* index from 0, -1: not there */
	struct jk_buf *names;		/* ,"name": of what passes through */
	size_t n_names;
};

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

static bool
is_reserved(const char *s, size_t n)
{
	size_t k;

	for (k = 0; k < sizeof reserved / sizeof *reserved; k++)
		if (n == strlen(reserved[k]) &&
		    memcmp(s, reserved[k], n) == 0)
			return true;
	return false;
}

static bool
passes_through(const struct table *t, size_t i)
{
	const char *s;
	size_t k, n;

	for (k = 0; k < JK_N_COLUMNS; k++)
		if (t->column[k] == (int)i)
			return false;
	s = jk_csv_field(&t->csv, i, &n);
	return !is_index_name(s, n);
}

static void
keep_name(struct jk_buf *to, const char *s, size_t n)
{
	jk_buf_addc(to, ',');
	jk_json_write_string(to, s, n);
	jk_buf_addc(to, ':');
}

/* Another name for column i, which no column has: it is put among `taken`. */
static int
rename_column(struct table *t, size_t i, struct jk_tally *taken,
    struct jk_err *err)
{
	struct jk_buf name = JK_BUF_INIT;
	uint32_t index;
	const char *s;
	size_t n;
	int r;

	s = jk_csv_field(&t->csv, i, &n);
	if (is_reserved(s, n))
		jk_buf_adds(&name, "column_");
	jk_buf_add(&name, s, n);
	while (!name.failed &&
	    jk_tally_find(taken, jk_buf_str(&name), name.len))
		jk_buf_printf(&name, "_%zu", i + 1);
	r = jk_buf_check(&name, err);
	if (r == 0)
		r = jk_tally_add(taken, name.data, name.len, &index, err);
	if (r == 0)
		keep_name(&t->names[i], name.data, name.len);
	jk_buf_release(&name);
	return r;
}

/*
 * Keep the names of the columns that pass through, as ,"name": each its own,
 * for JSON has one of each.  The first of a name keeps it, unless it is ours.
 */
static int
keep_names(struct table *t, struct jk_err *err)
{
	const struct jk_csv *c = &t->csv;
	struct jk_tally taken = { 0 };
	uint32_t index, n_names;
	const char *s;
	size_t i, n;
	int r = 0;

	t->names = calloc(c->n_fields, sizeof *t->names);
	if (!t->names)
		return jk_fail_nomem(err);
	t->n_names = c->n_fields;
	for (i = 0; r == 0 && i < c->n_fields; i++) {
		s = jk_csv_field(c, i, &n);
		n_names = taken.n_entries;
		r = jk_tally_add(&taken, s, n, &index, err);
		if (taken.n_entries > n_names && !is_reserved(s, n) &&
		    passes_through(t, i))
			keep_name(&t->names[i], s, n);
	}
	for (i = 0; r == 0 && i < c->n_fields; i++) {
		if (!t->names[i].len && passes_through(t, i))
			r = rename_column(t, i, &taken, err);
		if (r == 0)
			r = jk_buf_check(&t->names[i], err);
	}
	jk_tally_release(&taken);
	return r;
}

/* Settle the columns by the first row. */
static int
settle_columns(const struct jk_input *in, struct table *t, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	const struct jk_csv *c = &t->csv;
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
	t->header = o->header == JK_HEADER_AUTO ? by_name
	    : o->header == JK_HEADER_YES;
	for (k = 0; k < JK_N_COLUMNS; k++) {
		t->column[k] = t->header ? found[k] : -1;
		if (!o->columns[k])
			continue;
		t->column[k] = find_column(c, o->columns[k],
		    o->header != JK_HEADER_NO);
		if (t->column[k] < 0) {
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
			t->header = true;
	}
	if (t->column[JK_COLUMN_TEXT] < 0 && c->n_fields == 1)
		t->column[JK_COLUMN_TEXT] = 0;
	if (t->column[JK_COLUMN_TEXT] < 0) {
		list_columns(c, list);
		return jk_fail(err, JK_EDATA, "%s:%llu: which column is the"
		    " text?  Say --text=NAME or --text=NUMBER (the first row"
		    " is: %s)", in->lines.in.name,
		    (unsigned long long)c->line, list);
	}
	for (k = 1; k < JK_N_COLUMNS; k++)
		if (t->column[k] == t->column[JK_COLUMN_TEXT])
			t->column[k] = -1;
	t->n_columns = c->n_fields;
	return t->header ? keep_names(t, err) : 0;
}

static int
open_table(struct jk_input *in, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	const char *dot = strrchr(in->lines.in.name, '.');
	struct table *t = calloc(1, sizeof *t);
	const char *s;
	size_t n;
	int r;

	if (!t)
		return jk_fail_nomem(err);
	in->state = t;
	s = jk_lines_sample(&in->lines, &n);
	if (jk_csv_sniff(s, n, &t->delimiter, &t->quote, err) < 0)
		return -1;
	if (in->format == JK_FORMAT_TSV ||
	    (dot && strcasecmp(dot, ".tsv") == 0))
		t->delimiter = '\t';
	if (o->delimiter)
		t->delimiter = o->delimiter;
	if (o->quote != JK_QUOTE_AUTO)
		t->quote = (char)o->quote;
	if (jk_csv_init(&t->csv, &in->lines, t->delimiter, t->quote, err) < 0)
		return -1;
	r = jk_csv_next(&t->csv, err);
	if (r <= 0) {
		t->ended = r == 0;
		return r;
	}
	if (settle_columns(in, t, err) < 0)
		return -1;
	t->held_row = !t->header;
	return 0;
}

static void
close_table(struct jk_input *in)
{
	struct table *t = in->state;
	size_t i;

	if (!t)
		return;
	jk_csv_release(&t->csv);
	for (i = 0; i < t->n_names; i++)
		jk_buf_release(&t->names[i]);
	free(t->names);
	free(t);
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct table *t = in->state;
	struct jk_csv *c = &t->csv;
	const char *s;
	size_t i, n;
	int r = 1;

	(void)fatal;
	if (t->ended)
		return 0;
	if (!t->held_row)
		r = jk_csv_next(c, err);
	t->held_row = false;
	if (r <= 0)
		return r;
	row->line = c->line;
	/* empty cells behind the last column are how some programs write */
	while (c->n_fields > t->n_columns) {
		s = jk_csv_field(c, c->n_fields - 1, &n);
		if (n)
			break;
		c->n_fields--;
	}
	if (c->n_fields != t->n_columns)
		return jk_fail(err, JK_EDATA, "%s:%llu: %zu columns, not %zu",
		    in->lines.in.name, (unsigned long long)c->line,
		    c->n_fields, t->n_columns);
	for (i = 0; i < JK_N_COLUMNS; i++)
		if (t->column[i] >= 0)
			row->field[i] = jk_csv_field(c, (size_t)t->column[i],
			    &row->len[i]);
	for (i = 0; i < t->n_names; i++) {
		if (!t->names[i].len)
			continue;
		s = jk_csv_field(c, i, &n);
		jk_buf_add(&row->rest, t->names[i].data, t->names[i].len);
		jk_json_write_string(&row->rest, s, n);
	}
	return jk_buf_check(&row->rest, err) < 0 ? -1 : 1;
}

/* Whether a cell of the first line is one of the usual names for a text. */
static int
guess(const char *s, size_t n)
{
	size_t i, start = 0;

	for (i = 0; i <= n; i++) {
		if (i < n && s[i] != '\n' && !strchr(",;\t|\"\r", s[i]))
			continue;
		if (jk_column_of_name(s + start, i - start) == JK_COLUMN_TEXT)
			return 2;
		start = i + 1;
		if (i < n && s[i] == '\n')
			break;
	}
	return 0;
}

static int
describe(const struct jk_input *in, json_t *file)
{
	const struct table *t = in->state;

	if (json_object_set_new(file, "delimiter",
	    json_stringn(&t->delimiter, 1)) < 0 ||
	    json_object_set_new(file, "quote", t->quote ?
	    json_stringn(&t->quote, 1) : json_null()) < 0)
		return -1;
	return json_object_set_new(file, "header", json_boolean(t->header));
}

static const char *const csv_suffixes[] = { ".csv", ".tab", NULL };
static const char *const tsv_suffixes[] = { ".tsv", NULL };

const struct jk_reader jk_csv_reader = {
	.suffixes = csv_suffixes,
	.guess = guess,
	.open = open_table,
	.next = next,
	.close = close_table,
	.describe = describe
};

/* The same with tabs, whatever the beginning looks like. */
const struct jk_reader jk_tsv_reader = {
	.suffixes = tsv_suffixes,
	.open = open_table,
	.next = next,
	.close = close_table,
	.describe = describe
};
