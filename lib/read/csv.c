#include "read/csv.h"

#include <stdlib.h>
#include <string.h>

static void
on_field(void *data, size_t n, void *arg)
{
	struct jk_csv *c = arg;

	jk_buf_add(&c->data, data, n);
	jk_csv_end_field(c);
}

static void
on_row(int end, void *arg)
{
	struct jk_csv *c = arg;

	(void)end;
	c->row_done = true;
}

int
jk_csv_init(struct jk_csv *c, struct jk_lines *lines, char delimiter,
    char quote, struct jk_err *err)
{
	*c = (struct jk_csv){ .lines = lines,
	    .delimiter = (unsigned char)delimiter,
	    /* without quoting a byte that no text has */
	    .quote = quote ? (unsigned char)quote : 0xff };
	if (csv_init(&c->parser, 0) != 0)
		return jk_fail_nomem(err);
	c->have_parser = true;
	csv_set_delim(&c->parser, c->delimiter);
	csv_set_quote(&c->parser, c->quote);
	return 0;
}

void
jk_csv_release(struct jk_csv *c)
{
	if (c->have_parser)
		csv_free(&c->parser);
	free(c->ends);
	jk_buf_release(&c->data);
	jk_buf_release(&c->raw);
	*c = (struct jk_csv){ 0 };
}

const char *
jk_csv_field(const struct jk_csv *c, size_t i, size_t *n)
{
	size_t start = i ? c->ends[i - 1] + 1 : 0;

	*n = c->ends[i] - start;
	return c->data.data + start;
}

static void
begin_row(struct jk_csv *c, unsigned char options)
{
	c->row_options = options;
	csv_set_opts(&c->parser, 0);
	csv_fini(&c->parser, NULL, NULL, NULL);		/* back to the start */
	csv_set_opts(&c->parser, options);
	jk_buf_clear(&c->data);
	c->n_fields = 0;
	c->row_done = c->failed = c->open = false;
	c->by_library = !jk_csv_lines_fit(c);
}

/*
 * Whether a row has ended and none has begun: a carriage return inside of a
 * line ends one, and what is behind it must not be lost.
 */
static bool
is_at_row_end(const struct jk_csv *c)
{
	return c->row_done && !c->parser.pstate;
}

/* Parse n bytes at s.  Returns 1, 0 where they are not CSV, -1. */
static int
parse(struct jk_csv *c, const char *s, size_t n, struct jk_err *err)
{
	size_t done = csv_parse(&c->parser, s, n, on_field, on_row, c);

	if (c->failed || c->data.failed || (done < n &&
	    csv_error(&c->parser) == CSV_ENOMEM))
		return jk_fail_nomem(err);
	return done == n;
}

/*
 * Parse the row's next line, which ends the first raw_at bytes of `raw`, as
 * `parse`; all of the row anew once it turns out to be one for libcsv.
 */
static int
parse_line(struct jk_csv *c, const char *line, size_t n, struct jk_err *err)
{
	if (!c->by_library) {
		if (jk_csv_line(c, line, n))
			return c->failed || c->data.failed ?
			    jk_fail_nomem(err) : 1;
		begin_row(c, CSV_STRICT);
		c->by_library = true;
		line = c->raw.data;
		n = c->raw_at;
	}
	return parse(c, line, n, err);
}

/*
 * One more line, its line feed included: from `raw` where lines wait to be
 * read again, else from the file.  As jk_lines_next.
 */
static int
next_line(struct jk_csv *c, const char **line, size_t *n, struct jk_err *err)
{
	const char *s, *end;
	uint64_t before;
	int r;

	if (c->raw_at == c->raw.len) {
		before = jk_lines_offset(c->lines);
		r = jk_lines_next(c->lines, &s, n, err);
		c->raw_line = c->lines->line;
		if (r <= 0)
			return r;
		c->raw_bare = jk_lines_offset(c->lines) == before + *n;
		jk_buf_add(&c->raw, s, *n);
		jk_buf_addc(&c->raw, '\n');
		if (c->raw.failed)
			return jk_fail_nomem(err);
	} else {
		c->raw_line++;
		end = memchr(c->raw.data + c->raw_at, '\n',
		    c->raw.len - c->raw_at);
		*n = (size_t)(end - (c->raw.data + c->raw_at));
	}
	*line = c->raw.data + c->raw_at;
	++*n;
	c->raw_at += *n;
	return 1;
}

/* Which byte of the text raw[at] is. */
static uint64_t
offset_of(const struct jk_csv *c, size_t at)
{
	size_t left = c->raw.len - at;

	return jk_lines_offset(c->lines) - left + (left && c->raw_bare);
}

/* Drop the lines that are done with. */
static void
forget(struct jk_csv *c, size_t n)
{
	if (n == c->raw.len) {
		c->raw.len = 0;
	} else if (n) {
		memmove(c->raw.data, c->raw.data + n, c->raw.len - n);
		c->raw.len -= n;
	}
	c->raw_at = c->row_bytes = 0;
}

/* The row has the first n bytes of `raw`; what is behind is read again. */
static void
end_row(struct jk_csv *c, size_t n)
{
	c->end = offset_of(c, n);
	c->raw_at = c->row_bytes = n;
}

/* The row whose first line has n bytes is not strict CSV. */
static int
second_reading(struct jk_csv *c, size_t n, const char *why,
    struct jk_err *err)
{
	int r;

	c->raw_line = c->line;
	begin_row(c, 0);
	r = parse(c, c->raw.data, n, err);
	if (r >= 0 && jk_lines_check(c->lines, c->line, c->raw.data, n,
	    err) < 0)
		r = -1;
	else if (r >= 0 && (r == 0 || !is_at_row_end(c)))
		r = jk_fail(err, JK_EDATA, "%s:%llu: %s", c->lines->in.name,
		    (unsigned long long)c->line, jk_tr(why));
	end_row(c, n);
	return r;
}

int
jk_csv_next(struct jk_csv *c, struct jk_err *err)
{
	size_t n = 0, first_bytes = 0;
	const char *line = NULL;
	int r;

	forget(c, c->row_bytes);
	begin_row(c, CSV_STRICT);
	c->line = 0;
	c->begin = offset_of(c, c->raw_at);
	while (!is_at_row_end(c)) {
		r = next_line(c, &line, &n, err);
		if (r < 0) {
			/* a line too long ends the row it stands in */
			c->raw.len = c->raw_at = 0;
			c->end = jk_lines_offset(c->lines);
			return -1;
		}
		if (r == 0) {
			if (!c->line)
				return 0;
			return second_reading(c, first_bytes,
			    "a quote is never closed", err);
		}
		if (!c->line) {
			c->line = c->raw_line;
			c->begin = offset_of(c, c->raw_at - n);
			first_bytes = n;
		}
		if (c->raw_at > c->lines->max_bytes)
			return second_reading(c, first_bytes,
			    "a row longer than --max-row-size, or a quote that"
			    " is never closed", err);
		r = parse_line(c, line, n, err);
		if (r < 0)
			return -1;
		if (r == 0)
			return second_reading(c, first_bytes,
			    "text behind a closing quote", err);
		if (!c->row_done && c->raw_at == n &&
		    strspn(line, " \t\r\n") >= n) {
			c->line = 0;		/* a blank line */
			forget(c, n);
			begin_row(c, CSV_STRICT);
		}
	}
	r = jk_lines_check(c->lines, c->line, c->raw.data, c->raw_at, err);
	end_row(c, c->raw_at);
	return r < 0 ? -1 : 1;
}

/* The bytes of field i among those between its delimiters, from `begin`. */
static void
trim_field(const struct jk_csv *c, size_t i, size_t *begin, size_t *end)
{
	static const char blanks[] = " \t\r\n";
	const char *s = c->raw.data, *field;
	size_t n;

	while (*begin < *end && strchr(blanks, s[*begin]))
		++*begin;
	while (*end > *begin && strchr(blanks, s[*end - 1]))
		--*end;
	field = jk_csv_field(c, i, &n);
	if (n == *end - *begin && memcmp(s + *begin, field, n) == 0)
		return;
	if (*end - *begin < 2)
		return;
	++*begin;			/* it stands in quotes */
	--*end;
}

int
jk_csv_see_fields(struct jk_csv *c, void (*see)(void *arg, size_t i,
    uint64_t begin, uint64_t end), void *arg, struct jk_err *err)
{
	size_t at, begin = 0, from, to, seen = 0;

	/* the parser tells of a field at the byte that ends it */
	begin_row(c, c->row_options);
	for (at = 0; at < c->row_bytes; at++) {
		if (parse(c, c->raw.data + at, 1, err) < 0)
			return -1;
		if (c->n_fields == seen)
			continue;
		from = begin;
		to = at;
		trim_field(c, seen, &from, &to);
		see(arg, seen, c->begin + from, c->begin + to);
		seen = c->n_fields;
		begin = at + 1;
	}
	return 0;
}

enum { MOST_SAMPLED = 1000 };	/* rows */

/*
 * Call `see` with each row of the whole lines at *s, up to MOST_SAMPLED, and
 * leave what is behind them.  Returns how many there were, -1.
 */
static int
see_rows(struct jk_csv *c, const char **s, size_t *n,
    void (*see)(const struct jk_csv *row, void *arg), void *arg,
    struct jk_err *err)
{
	const char *end;
	int rows = 0;
	size_t m;

	begin_row(c, 0);
	while (rows < MOST_SAMPLED && (end = memchr(*s, '\n', *n)) != NULL) {
		m = (size_t)(end - *s) + 1;
		if (parse(c, *s, m, err) < 0)
			return -1;
		*s += m;
		*n -= m;
		if (!c->row_done)
			continue;
		see(c, arg);
		rows++;
		begin_row(c, 0);
	}
	return rows;
}

int
jk_csv_sample(const char *s, size_t n, char delimiter, char quote,
    void (*see)(const struct jk_csv *row, void *arg), void *arg,
    struct jk_err *err)
{
	struct jk_csv c;
	int r;

	if (jk_csv_init(&c, NULL, delimiter, quote, err) < 0)
		return -1;
	r = see_rows(&c, &s, &n, see, arg, err);
	/* a file of one line, which nothing ends */
	if (r == 0 && n) {
		r = parse(&c, s, n, err);
		if (r >= 0)
			r = parse(&c, "\n", 1, err);
		if (r >= 0 && c.row_done)
			see(&c, arg);
	}
	jk_csv_release(&c);
	return r < 0 ? -1 : 0;
}

/* Whether a field stands in quotes that nothing took off. */
static bool
has_wrapped(const struct jk_csv *c)
{
	const char *s;
	size_t i, n;

	for (i = 0; i < c->n_fields; i++) {
		s = jk_csv_field(c, i, &n);
		if (n > 1 && s[0] == '"' && s[n - 1] == '"')
			return true;
	}
	return false;
}

/* What the rows of a sample are like. */
struct shape {
	size_t rows, columns;	/* columns: of the first row */
	size_t alike;		/* rows with as many */
	bool wrapped;
};

static void
see_shape(const struct jk_csv *row, void *arg)
{
	struct shape *shape = arg;

	if (!shape->rows++)
		shape->columns = row->n_fields;
	shape->alike += row->n_fields == shape->columns;
	shape->wrapped |= has_wrapped(row);
}

/*
 * Share of rows with as many columns as the first; none where fields in
 * quotes speak against the lack of quoting.
 */
static int
count_columns(const char *s, size_t n, char delimiter, char quote,
    double *share, size_t *columns, struct jk_err *err)
{
	struct shape shape = { 0 };
	struct jk_csv c;
	int r;

	if (jk_csv_init(&c, NULL, delimiter, quote, err) < 0)
		return -1;
	r = see_rows(&c, &s, &n, see_shape, &shape, err);
	if (r >= 0 && r < MOST_SAMPLED && n)
		r = parse(&c, s, n, err);
	if (r >= 0 && !shape.rows && c.row_done)
		see_shape(&c, &shape);	/* a file of one line, up to its \r */
	/* a row that never ends: likely a quote that is none */
	if (shape.rows && !c.row_done && c.parser.pstate)
		shape.rows++;
	*columns = shape.columns;
	*share = shape.rows && (quote || !shape.wrapped)
	    ? (double)shape.alike / (double)shape.rows : 0;
	jk_csv_release(&c);
	return r < 0 ? -1 : 0;
}

double
jk_csv_sniff(const char *s, size_t n, char *delimiter, char *quote,
    struct jk_err *err)
{
	static const char delimiters[] = ",;\t|", quotes[] = { '"', '\0' };
	double best = 0, share;
	size_t d, q, columns;

	*delimiter = ',';
	*quote = '"';
	for (q = 0; q < sizeof quotes; q++) {
		for (d = 0; d < sizeof delimiters - 1; d++) {
			if (count_columns(s, n, delimiters[d], quotes[q],
			    &share, &columns, err) < 0)
				return -1;
			/* quoting wins where it explains about as much */
			if (columns < 2 || share <= best + (q ? 0.1 : 0))
				continue;
			best = share;
			*delimiter = delimiters[d];
			*quote = quotes[q];
		}
	}
	return best;
}
