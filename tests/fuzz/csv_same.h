#ifndef JK_FUZZ_CSV_SAME_H
#define JK_FUZZ_CSV_SAME_H

/*
 * Holds rows read line by line (jk_csv_line) against libcsv: it is given the
 * same lines of a row, and must come to the same fields and the same end.
 */

#include <csv.h>
#include <string.h>

#include "read/csv.h"

struct csv_same {
	struct jk_csv quick, plain;	/* no lines of their own */
	size_t n_rows, n_refused;	/* rows that were compared, or not */
};

static void
csv_same_field(void *data, size_t n, void *arg)
{
	struct jk_csv *c = arg;

	jk_buf_add(&c->data, data, n);
	jk_csv_end_field(c);
}

static void
csv_same_row(int end, void *arg)
{
	struct jk_csv *c = arg;

	(void)end;
	c->row_done = true;
}

static void
csv_same_begin(struct csv_same *t)
{
	csv_fini(&t->plain.parser, NULL, NULL, NULL);
	csv_set_opts(&t->plain.parser, CSV_STRICT);
	jk_buf_clear(&t->quick.data);
	jk_buf_clear(&t->plain.data);
	t->quick.n_fields = t->plain.n_fields = 0;
	t->quick.row_done = t->plain.row_done = t->quick.open = false;
}

/* Whether the line, of n bytes with its line feed, is read alike. */
static bool
csv_same_line(struct csv_same *t, const char *s, size_t n)
{
	struct jk_csv *a = &t->quick, *b = &t->plain;
	bool same = true;
	size_t done;

	if (!jk_csv_lines_fit(a) || !jk_csv_line(a, s, n)) {
		t->n_refused++;
		csv_same_begin(t);
		return true;
	}
	done = csv_parse(&b->parser, s, n, csv_same_field, csv_same_row, b);
	if (done != n || a->row_done != b->row_done ||
	    a->row_done != (b->parser.pstate == 0) ||
	    a->n_fields != b->n_fields)
		same = false;
	if (same && a->n_fields)
		same = memcmp(a->ends, b->ends,
		    a->n_fields * sizeof *a->ends) == 0 &&
		    memcmp(a->data.data, b->data.data,
		    a->ends[a->n_fields - 1] + 1) == 0;
	if (a->row_done) {
		t->n_rows++;
		csv_same_begin(t);
	}
	return same;
}

/* Whether each of the lines of the n bytes is; one not ended is left out. */
static bool
csv_same_text(struct csv_same *t, const char *s, size_t n)
{
	const char *end;
	size_t len;
	bool same = true;

	csv_same_begin(t);
	for (; same && (end = memchr(s, '\n', n)); s += len, n -= len) {
		len = (size_t)(end - s) + 1;
		same = csv_same_line(t, s, len);
	}
	return same;
}

#endif
