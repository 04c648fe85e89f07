/* Which column of a table is what. */

#include <stdlib.h>
#include <string.h>

#include "base/opt.h"
#include "base/parse.h"
#include "read/reader.h"
#include "read/table.h"

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

/* What the cells of a column are, the first row's by itself. */
struct cells {
	size_t filled, prose, numbers, prose_bytes;
	bool first_filled, first_prose, first_number;
};

struct look {
	struct cells *columns;
	size_t n_columns, rows;
};

static bool
is_number(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strchr("0123456789+-.,: \t\r", s[i]))
			return false;
	return n > 0;
}

static void
look_at_row(const struct jk_csv *row, void *arg)
{
	struct look *l = arg;
	struct cells *c;
	const char *s;
	size_t i, n;
	bool prose, number;

	for (i = 0; i < row->n_fields && i < l->n_columns; i++) {
		c = &l->columns[i];
		s = jk_csv_field(row, i, &n);
		prose = jk_is_prose(s, n);
		number = is_number(s, n);
		if (!l->rows) {
			c->first_filled = n > 0;
			c->first_prose = prose;
			c->first_number = number;
			continue;
		}
		c->filled += n > 0;
		c->prose += prose;
		c->prose_bytes += prose ? n : 0;
		c->numbers += number;
	}
	l->rows++;
}

/* Whether most cells are prose; of a table of one row, that one. */
static bool
reads_as_text(const struct look *l, size_t i)
{
	const struct cells *c = &l->columns[i];

	return l->rows > 1 ? c->filled && c->prose * 2 >= c->filled :
	    c->first_prose;
}

/* The one column that reads as text, -1: none, -2: several. */
static int
only_text(const struct jk_table *t, const struct look *l)
{
	size_t i, k;
	int found = -1;

	for (i = 0; i < l->n_columns; i++) {
		for (k = JK_COLUMN_THEME; k < JK_N_COLUMNS; k++)
			if (t->columns.at[k] == (int)i)
				break;
		if (k < JK_N_COLUMNS || !reads_as_text(l, i))
			continue;
		if (found >= 0)
			return -2;
		found = (int)i;
	}
	return found;
}

/* Whether the first row names columns: its cells are not as those below. */
static bool
looks_like_header(const struct look *l, int text)
{
	const struct cells *c = &l->columns[text];
	size_t i;

	if (l->rows < 2)
		return false;
	if (c->first_filled && !c->first_prose &&
	    c->prose * 5 >= c->filled * 4)
		return true;
	for (i = 0; i < l->n_columns; i++) {
		c = &l->columns[i];
		if (c->filled && c->numbers * 2 > c->filled &&
		    c->first_filled && !c->first_number)
			return true;
	}
	return false;
}

/*
 * Whether a column without a name of ours has far more text than the one whose
 * name is doubtful, as a body beside its title.
 */
static bool
is_outdone(const struct jk_table *t, const struct look *l)
{
	int at = t->columns.at[JK_COLUMN_TEXT];
	size_t i, k;

	for (i = 0; i < l->n_columns; i++) {
		for (k = 0; k < JK_N_NAMED; k++)
			if (t->columns.at[k] == (int)i)
				break;
		if (k == JK_N_NAMED && reads_as_text(l, i) &&
		    l->columns[i].prose_bytes / 2 >
		    l->columns[at].prose_bytes)
			return true;
	}
	return false;
}

static int
which_text(const struct jk_input *in, const struct jk_csv *c,
    struct jk_err *err)
{
	char list[256];

	list_columns(c, list);
	return jk_fail(err, JK_EDATA, "%s:%llu: which column is the text?  Say"
	    " --text=NAME or --text=NUMBER (the first row is: %s)",
	    in->lines.in.name, (unsigned long long)c->line, list);
}

/* The text by what the columns hold, where their names do not tell it. */
static int
text_by_content(struct jk_input *in, struct jk_table *t, struct jk_err *err)
{
	const struct jk_csv *c = &t->csv;
	struct look l = { .n_columns = c->n_fields };
	const char *s;
	size_t n;
	int found = -1, r;

	l.columns = calloc(c->n_fields, sizeof *l.columns);
	if (!l.columns)
		return jk_fail_nomem(err);
	r = jk_csv_sample(jk_buf_str(&t->sample), t->sample.len,
	    t->delimiter, t->quote, look_at_row, &l, err);
	if (r == 0 && t->columns.at[JK_COLUMN_TEXT] >= 0) {
		found = is_outdone(t, &l) ? -2 :
		    t->columns.at[JK_COLUMN_TEXT];
	} else if (r == 0) {
		found = only_text(t, &l);
		if (found >= 0 && !t->header &&
		    in->options->header == JK_HEADER_AUTO)
			t->header = looks_like_header(&l, found);
		if (found >= 0 && t->header) {
			s = jk_csv_field(c, (size_t)found, &n);
			jk_input_note(in, "the text is column %d, '%.*s', the"
			    " only one that reads as one (--text)", found + 1,
			    (int)(n < 60 ? n : 60), s);
		} else if (found >= 0) {
			jk_input_note(in, "the text is column %d, the only one"
			    " that reads as one (--text)", found + 1);
		}
	}
	t->columns.at[JK_COLUMN_TEXT] = found;
	free(l.columns);
	return r < 0 ? -1 : found < 0 ? which_text(in, c, err) : 0;
}

/* What the options say of columns, over what their names say. */
static int
take_asked(const struct jk_input *in, struct jk_table *t, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	const struct jk_csv *c = &t->csv;
	char list[256];
	size_t k;

	for (k = 0; k < JK_N_COLUMNS; k++) {
		if (!o->columns[k])
			continue;
		t->columns.rank[k] = 0;
		t->columns.at[k] = find_column(c, o->columns[k],
		    o->header != JK_HEADER_NO);
		if (t->columns.at[k] < 0) {
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
	if (o->columns[JK_COLUMN_TEXT])
		t->columns.other_text = -1;
	return 0;
}

/* Tell which columns were taken. */
static void
tell_columns(struct jk_input *in, const struct jk_table *t)
{
	const struct jk_columns *c = &t->columns;
	const char *s, *other;
	size_t k, n, m;

	for (k = 0; k < JK_N_NAMED; k++) {
		if (c->at[k] < 0)
			continue;
		jk_buf_printf(&in->why, jk_tr("%s: column %d"),
		    jk_column_name(k),
		    c->at[k] + 1);
		s = jk_csv_field(&t->csv, (size_t)c->at[k], &n);
		if (t->header)
			jk_buf_printf(&in->why, ", '%.*s'", (int)n, s);
		jk_buf_addc(&in->why, '\n');
	}
	if (c->other_text < 0 || !t->header ||
	    c->at[JK_COLUMN_TEXT] < 0)
		return;
	s = jk_csv_field(&t->csv, (size_t)c->at[JK_COLUMN_TEXT], &n);
	other = jk_csv_field(&t->csv, (size_t)c->other_text, &m);
	jk_input_note(in, "the text is column '%.*s'; '%.*s' passes through"
	    " (--text)", (int)(n < 60 ? n : 60), s, (int)(m < 60 ? m : 60),
	    other);
}

/* A sentence: no name of a column. */
static bool
is_sentence(const char *s, size_t n)
{
	return jk_is_prose(s, n) && (n > 96 || strchr(".!?", s[n - 1]));
}

int
jk_table_settle(struct jk_input *in, struct jk_table *t, struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	const struct jk_csv *c = &t->csv;
	bool by_name = false, by_sentence = false;
	size_t i, k, n;
	int rank;

	jk_columns_begin(&t->columns);
	for (i = 0; i < c->n_fields; i++) {
		const char *s = jk_csv_field(c, i, &n);
		int column = jk_column_of_name(s, n, &rank);

		by_sentence |= is_sentence(s, n);
		if (column < 0)
			continue;
		by_name = true;
		jk_columns_take(&t->columns, column, rank, (int)i);
	}
	t->header = o->header == JK_HEADER_AUTO ? by_name && !by_sentence
	    : o->header == JK_HEADER_YES;
	if (!t->header)
		jk_columns_begin(&t->columns);
	if (take_asked(in, t, err) < 0)
		return -1;
	jk_columns_settle(&t->columns);
	if (!jk_columns_have_text(&t->columns) && c->n_fields == 1)
		t->columns.at[JK_COLUMN_TEXT] = 0;
	if ((!jk_columns_have_text(&t->columns) ||
	    (t->columns.at[JK_COLUMN_TEXT] >= 0 && c->n_fields > 1 &&
	    t->columns.rank[JK_COLUMN_TEXT] >= 2)) &&
	    text_by_content(in, t, err) < 0)
		return -1;
	for (k = 1; k < JK_N_NAMED; k++)
		if (t->columns.at[k] == t->columns.at[JK_COLUMN_TEXT])
			t->columns.at[k] = -1;
	t->n_columns = c->n_fields;
	tell_columns(in, t);
	return 0;
}
