#include "clean/outcome.h"

#include <stdbool.h>
#include <string.h>

#include "read/doubts.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The beginning of a text; returns its bytes. */
static size_t
find_beginning(const char *s, size_t n, char beginning[JK_BEGINNING_BYTES])
{
	bool second = false;
	size_t at, len = 0;

	for (at = 0; at < n && len < JK_BEGINNING_BYTES; at++) {
		if (s[at] == '\n')
			break;
		if (s[at] == ' ' && at && (second || s[at - 1] == ':'))
			break;
		second |= s[at] == ' ';
		if (!is_digit(s[at]))
			beginning[len++] = s[at];
		else if (!at || !is_digit(s[at - 1]))
			beginning[len++] = '0';
	}
	/* no half of a character */
	while (at < n && len && (s[at] & 0xc0) == 0x80) {
		at--;
		len--;
	}
	return len;
}

/* As many for that beginning. */
static void
vote(struct jk_outcome *o, const char *beginning, size_t n, uint64_t votes)
{
	if (n == o->n_beginning && memcmp(beginning, o->beginning, n) == 0) {
		o->alike += votes;
	} else if (o->alike >= votes) {
		o->alike -= votes;
	} else {
		o->alike = votes - o->alike;
		memcpy(o->beginning, beginning, n);
		o->n_beginning = n;
	}
}

void
jk_outcome_row(struct jk_outcome *o, size_t n_records)
{
	o->rows++;
	o->empty += !n_records;
	o->records += n_records;
}

void
jk_outcome_record(struct jk_outcome *o, const char *text, size_t n)
{
	char beginning[JK_BEGINNING_BYTES];

	vote(o, beginning, find_beginning(text, n, beginning), 1);
}

void
jk_outcome_add(struct jk_outcome *o, const struct jk_outcome *more)
{
	o->rows += more->rows;
	o->empty += more->empty;
	o->records += more->records;
	vote(o, more->beginning, more->n_beginning, more->alike);
}

void
jk_outcome_tell(const struct jk_outcome *o, uint64_t bad, struct jk_buf *lines)
{
	uint64_t rows = o->rows + bad, without = o->empty + bad;
	bool number = memchr(o->beginning, '0', o->n_beginning) != NULL;

	if (without > 1 && without * 10 >= rows * 9)
		jk_buf_printf(lines, jk_tr("%llu of %llu rows gave no record "
		    "(%llu bad, %llu empty): is the text another column, or "
		    "the separator another? (--explain, --text, --separator)\n"),
		    (unsigned long long)without, (unsigned long long)rows,
		    (unsigned long long)bad, (unsigned long long)o->empty);
	/* of a vote that nine of ten win eight are left, or more */
	if (o->records >= JK_FEW_ROWS && o->alike * 10 >= o->records * 8)
		jk_buf_printf(lines, jk_tr("nearly all of %llu records begin "
		    "with '%.*s'%s: if that is no part of them, cut it off "
		    "first, as with sed(1), or take another column (--text)\n"),
		    (unsigned long long)o->records, (int)o->n_beginning,
		    o->beginning, number ? jk_tr(" (0: any number)") : "");
}
