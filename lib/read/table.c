/* Tables: rows of cells, some of which are a joke. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "read/reader.h"
#include "read/table.h"
#include "base/json_write.h"
#include "record/tally.h"

/* An index column: without a name, or as pandas names one. */
static bool
is_index_name(const char *s, size_t n)
{
	static const char unnamed[] = "Unnamed:";

	return strspn(s, " \t") >= n || (n >= sizeof unnamed - 1 &&
	    memcmp(s, unnamed, sizeof unnamed - 1) == 0);
}

static bool
passes_through(const struct jk_table *t, size_t i)
{
	const char *s;
	size_t k, n;

	for (k = 0; k < JK_N_NAMED; k++)
		if (t->columns.at[k] == (int)i)
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
rename_column(struct jk_table *t, size_t i, struct jk_tally *taken,
    struct jk_err *err)
{
	struct jk_buf name = JK_BUF_INIT;
	uint32_t index;
	const char *s;
	size_t n;
	int r;

	s = jk_csv_field(&t->csv, i, &n);
	if (jk_is_own_member(s, n))
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
keep_names(struct jk_table *t, struct jk_err *err)
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
		if (taken.n_entries > n_names && !jk_is_own_member(s, n) &&
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

/*
 * Excel's first line "sep=;", in quotes or not: what it takes, its delimiter;
 * 0: none.
 */
static size_t
sep_line(const char *s, size_t n, char *delimiter)
{
	size_t quoted = n && *s == '"', at = quoted + 5;

	if (n < at + 1 || strncasecmp(s + quoted, "sep=", 4) != 0 ||
	    s[at - 1] == '\n' || (quoted && s[at++] != '"'))
		return 0;
	*delimiter = s[quoted + 4];
	while (at < n && s[at] == '\r')
		at++;
	return at == n || s[at] != '\n' ? 0 : at + 1;
}

/* Whether a cell of the first row has one of the usual names. */
struct names_seen {
	bool any, done;
};

static void
see_names(const struct jk_csv *row, void *arg)
{
	struct names_seen *seen = arg;
	const char *s;
	size_t i, n;
	int rank;

	for (i = 0; !seen->done && i < row->n_fields; i++) {
		s = jk_csv_field(row, i, &n);
		seen->any |= jk_column_of_name(s, n, &rank) >= 0;
	}
	seen->done = true;
}

/* Whether lines that begin with a quote are cells in quotes, by their ends. */
static bool
has_quoted_lines(const char *s, size_t n)
{
	size_t begins = 0, ends = 0, len, body;
	const char *end;

	for (; n; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		for (body = len; body && strchr("\r\n ", s[body - 1]); body--)
			;
		begins += body && s[0] == '"';
		ends += body && s[body - 1] == '"';
	}
	return begins && begins == ends;
}

/*
 * Delimiter and quotes, where they are not given (`given`: the delimiter is).
 * Where no delimiter makes columns, or one does in a few lines only of a file
 * that names none, the lines are texts that have commas.
 */
static int
find_delimiter(const struct jk_input *in, struct jk_table *t, bool given,
    struct jk_err *err)
{
	const struct jk_input_options *o = in->options;
	struct names_seen seen = { 0 };
	const char *s = jk_buf_str(&t->sample);
	char found;
	double share;
	size_t k;

	share = jk_csv_sniff(s, t->sample.len, &found, &t->quote, err);
	if (share < 0 || jk_csv_sample(s, t->sample.len, found, t->quote,
	    see_names, &seen, err) < 0)
		return -1;
	for (k = 0; k < JK_N_COLUMNS; k++)
		seen.any |= o->columns[k] != NULL;
	if (o->delimiter)
		t->delimiter = o->delimiter;
	else if (in->format == JK_FORMAT_TSV)
		t->delimiter = '\t';
	else if (!given)
		t->delimiter = share <= 0 || (share < 0.7 && !seen.any) ?
		    JK_CSV_ONE_COLUMN : found;
	if (t->delimiter == JK_CSV_ONE_COLUMN)
		t->quote = has_quoted_lines(s, t->sample.len) ? '"' : '\0';
	if (o->quote != JK_QUOTE_AUTO)
		t->quote = (char)o->quote;
	return 0;
}

static int
open_table(struct jk_input *in, struct jk_err *err)
{
	struct jk_table *t = calloc(1, sizeof *t);
	const char *s;
	size_t n, sep;
	int r = 1;

	if (!t)
		return jk_fail_nomem(err);
	in->state = t;
	s = jk_lines_sample(&in->lines, &n);
	sep = sep_line(s, n, &t->delimiter);
	/* a copy, for reading on overwrites it */
	jk_buf_add(&t->sample, s + sep, n - sep);
	if (jk_buf_check(&t->sample, err) < 0)
		return -1;
	if (sep)
		r = jk_lines_next(&in->lines, &s, &n, err);
	if (sep)
		jk_input_tell(in, JK_RANGE_NAME, jk_lines_offset(&in->lines));
	if (r <= 0 || find_delimiter(in, t, sep > 0, err) < 0)
		return -1;
	if (jk_csv_init(&t->csv, &in->lines, t->delimiter, t->quote, err) < 0)
		return -1;
	r = jk_csv_next(&t->csv, err);
	if (r <= 0) {
		t->ended = r == 0;
		return r;
	}
	if (jk_table_settle(in, t, err) < 0)
		return -1;
	if (t->header && keep_names(t, err) < 0)
		return -1;
	if (t->header) {
		jk_input_tell(in, JK_RANGE_BLANK, t->csv.begin);
		jk_input_tell(in, JK_RANGE_NAME, t->csv.end);
	}
	jk_buf_release(&t->sample);
	t->held_row = !t->header;
	return 0;
}

static void
close_table(struct jk_input *in)
{
	struct jk_table *t = in->state;
	size_t i;

	if (!t)
		return;
	jk_csv_release(&t->csv);
	jk_buf_release(&t->sample);
	for (i = 0; i < t->n_names; i++)
		jk_buf_release(&t->names[i]);
	free(t->names);
	free(t);
}

/* Add a cell, on a line of its own. */
static void
add_cell(const struct jk_table *t, struct jk_buf *out, enum jk_column column)
{
	const char *s;
	size_t n;

	if (t->columns.at[column] < 0)
		return;
	s = jk_csv_field(&t->csv, (size_t)t->columns.at[column], &n);
	if (out->len && n)
		jk_buf_addc(out, '\n');
	jk_buf_add(out, s, n);
}

/* Point the row's fields at the cells; put together what has several. */
static void
put_fields(const struct jk_table *t, struct jk_input_row *row)
{
	struct jk_buf prompt = JK_BUF_INIT;
	size_t i;

	for (i = 0; i < JK_N_COLUMNS; i++)
		if (t->columns.at[i] >= 0)
			row->field[i] = jk_csv_field(&t->csv,
			    (size_t)t->columns.at[i], &row->len[i]);
	if (row->field[JK_COLUMN_TEXT])
		return;
	add_cell(t, &row->text, JK_COLUMN_SETUP);
	add_cell(t, &row->text, JK_COLUMN_PUNCHLINE);
	add_cell(t, &row->text, JK_COLUMN_ANSWER);
	row->field[JK_COLUMN_TEXT] = jk_buf_str(&row->text);
	row->len[JK_COLUMN_TEXT] = row->text.len;
	add_cell(t, &prompt, JK_COLUMN_PROMPT);
	add_cell(t, &prompt, JK_COLUMN_INPUT);
	if (prompt.len) {
		jk_buf_adds(&row->rest, ",\"prompt\":");
		jk_json_write_string(&row->rest, prompt.data, prompt.len);
	}
	row->rest.failed |= prompt.failed;
	jk_buf_release(&prompt);
}

/* What becomes of a column's cells. */
static enum jk_range_kind
range_of(const struct jk_table *t, size_t i)
{
	size_t k;

	for (k = 0; k < JK_N_NAMED; k++)
		if (t->columns.at[k] == (int)i)
			return jk_column_is_text((enum jk_column)k) ?
			    JK_RANGE_TEXT : JK_RANGE_FIELD;
	return i < t->n_names && t->names[i].len ? JK_RANGE_FIELD :
	    JK_RANGE_UNUSED;
}

static void
tell_field(void *arg, size_t i, uint64_t begin, uint64_t end)
{
	struct jk_input *in = arg;

	jk_input_tell(in, JK_RANGE_SYNTAX, begin);
	jk_input_tell(in, range_of(in->state, i), end);
}

/* Read a row and tell of its bytes.  As jk_csv_next. */
static int
read_row(struct jk_input *in, struct jk_input_row *row, struct jk_err *err)
{
	struct jk_table *t = in->state;
	struct jk_csv *c = &t->csv;
	size_t n;
	int r = 1;

	if (!t->held_row)
		r = jk_csv_next(c, err);
	t->held_row = false;
	if (r == 0)
		return 0;
	row->begin = c->begin;
	row->end = c->end;
	if (r < 0)
		return -1;
	row->line = c->line;
	/* empty cells behind the last column are how some programs write */
	while (c->n_fields > t->n_columns) {
		(void)jk_csv_field(c, c->n_fields - 1, &n);
		if (n)
			break;
		c->n_fields--;
	}
	if (c->n_fields != t->n_columns)
		return jk_fail(err, JK_EDATA, "%s:%llu: %zu columns, not %zu",
		    in->lines.in.name, (unsigned long long)c->line,
		    c->n_fields, t->n_columns);
	if (!in->options->ranges)
		return 1;
	jk_input_tell(in, JK_RANGE_BLANK, c->begin);
	if (jk_csv_see_fields(c, tell_field, in, err) < 0)
		return -1;
	jk_input_tell(in, JK_RANGE_SYNTAX, c->end);
	return 1;
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct jk_table *t = in->state;
	const char *s;
	size_t i, n;
	int r = t->ended ? 0 : read_row(in, row, err);

	(void)fatal;
	if (r == 0)
		jk_input_tell(in, JK_RANGE_BLANK, jk_lines_offset(&in->lines));
	if (r < 0) {
		jk_input_tell(in, JK_RANGE_BLANK, row->begin);
		jk_input_tell(in, JK_RANGE_BAD, row->end);
	}
	if (r <= 0)
		return r;
	put_fields(t, row);
	for (i = 0; i < t->n_names; i++) {
		if (!t->names[i].len)
			continue;
		s = jk_csv_field(&t->csv, i, &n);
		jk_buf_add(&row->rest, t->names[i].data, t->names[i].len);
		jk_json_write_string(&row->rest, s, n);
	}
	if (jk_buf_check(&row->text, err) < 0)
		return -1;
	return jk_buf_check(&row->rest, err) < 0 ? -1 : 1;
}

/*
 * Whether a cell of the first line is one of the usual names for a text.  A
 * line of one word may be a heading, unless it is the very name.
 */
static int
guess(const char *s, size_t n)
{
	size_t i, start = 0, n_cells = 0;
	bool text = false, sure = false;
	int rank;
	char delimiter;

	if (sep_line(s, n, &delimiter))
		return 3;
	for (i = 0; i <= n; i++) {
		if (i < n && s[i] != '\n' && !strchr(",;\t|\"\r", s[i]))
			continue;
		n_cells += i > start;
		if (jk_column_of_name(s + start, i - start, &rank) ==
		    JK_COLUMN_TEXT) {
			text = true;
			sure |= rank == 0;
		}
		start = i + 1;
		if (i < n && s[i] == '\n')
			break;
	}
	return text && (sure || n_cells > 1) ? 2 : 0;
}

static int
describe(const struct jk_input *in, json_t *file)
{
	const struct jk_table *t = in->state;

	if (json_object_set_new(file, "delimiter",
	    t->delimiter == JK_CSV_ONE_COLUMN ? json_null() :
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
