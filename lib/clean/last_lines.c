#include "clean/last_lines.h"

#include <stdlib.h>
#include <string.h>

#include "text/affix.h"

void
jk_last_lines_release(struct jk_last_lines *l)
{
	unsigned i;

	jk_buf_release(&l->texts);
	free(l->items);
	for (i = 0; i < JK_MOST_LAST_LINES; i++)
		jk_buf_release(&l->lines[i]);
	*l = (struct jk_last_lines){ 0 };
}

void
jk_last_lines_clear(struct jk_last_lines *l)
{
	jk_buf_clear(&l->texts);
	l->n_texts = 0;
	l->n = 0;
}

int
jk_last_lines_add(struct jk_last_lines *l, const char *s, size_t n,
    struct jk_err *err)
{
	if (l->n_texts == l->cap) {
		size_t cap = l->cap * 2 + 64;
		struct jk_last_text *items = realloc(l->items,
		    cap * sizeof *items);

		if (!items)
			return jk_fail_nomem(err);
		l->items = items;
		l->cap = cap;
	}
	l->items[l->n_texts++] = (struct jk_last_text){ l->texts.len, n };
	jk_buf_add(&l->texts, s, n);
	return jk_buf_check(&l->texts, err);
}

static size_t
trim_end(const char *s, size_t n)
{
	while (n && (s[n - 1] == '\n' || s[n - 1] == ' '))
		n--;
	return n;
}

/* A view of n bytes. */
struct view {
	const char *s;
	size_t n;
};

static bool
same(struct view a, struct view b)
{
	return a.n == b.n && memcmp(a.s, b.s, a.n) == 0;
}

/* The last of several lines of text i; n 0: there is one line. */
static struct view
line_of(const struct jk_last_lines *l, size_t i)
{
	const char *s = jk_buf_str(&l->texts) + l->items[i].start;
	size_t n = l->items[i].n, line = jk_last_line(s, n);

	return (struct view){ s + line, line ? n - line : 0 };
}

/* What is left of text i without its last line. */
static struct view
rest_of(const struct jk_last_lines *l, size_t i)
{
	const char *s = jk_buf_str(&l->texts) + l->items[i].start;

	return (struct view){ s, trim_end(s, jk_last_line(s, l->items[i].n)) };
}

/* The line that more than half of the texts end in, if there is one. */
static struct view
majority(const struct jk_last_lines *l)
{
	struct view best = { NULL, 0 }, line;
	size_t votes = 0, i;

	for (i = 0; i < l->n_texts; i++) {
		line = line_of(l, i);
		if (!votes)
			best = line;
		votes = same(line, best) ? votes + 1 : votes - 1;
	}
	return best;
}

/* Whether nearly all texts, different ones, end in the line. */
static bool
is_shared(const struct jk_last_lines *l, struct view line)
{
	size_t count = 0, distinct = 0, i, k;

	for (i = 0; i < l->n_texts; i++) {
		if (!same(line_of(l, i), line))
			continue;
		count++;
		for (k = 0; k < i; k++)
			if (same(line_of(l, k), line) &&
			    same(rest_of(l, k), rest_of(l, i)))
				break;
		distinct += k == i;
	}
	return count >= JK_LEAST_SHARING && count * 4 >= l->n_texts * 3 &&
	    distinct * 2 >= count;
}

int
jk_last_lines_find(struct jk_last_lines *l, struct jk_err *err)
{
	struct view line;
	size_t i;

	while (l->n < JK_MOST_LAST_LINES) {
		struct jk_buf *found = &l->lines[l->n];

		line = majority(l);
		if (!line.n || !is_shared(l, line))
			break;
		jk_buf_clear(found);
		jk_buf_add(found, line.s, line.n);
		if (jk_buf_check(found, err) < 0)
			return -1;
		l->n++;
		for (i = 0; i < l->n_texts; i++)
			if (same(line_of(l, i), line))
				l->items[i].n = rest_of(l, i).n;
	}
	jk_buf_clear(&l->texts);
	l->n_texts = 0;
	return 0;
}

size_t
jk_last_lines_without(const struct jk_last_lines *l, const char *s, size_t n,
    unsigned *lines)
{
	size_t start, less;
	unsigned i;

	for (*lines = 0;; ++*lines) {
		start = jk_last_line(s, n);
		for (i = 0; i < l->n; i++)
			if (same((struct view){ s + start, n - start },
			    (struct view){ l->lines[i].data, l->lines[i].len }))
				break;
		less = trim_end(s, start);
		if (i == l->n || !less)
			return n;
		n = less;
	}
}
