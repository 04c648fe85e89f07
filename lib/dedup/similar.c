#include "dedup/similar.h"

#include <stdbool.h>
#include <string.h>

struct word {
	const char *s;
	uint32_t len;
};

enum { MOST_PAIRS = 1 << 24 };

void
jk_similar_release(struct jk_similar *s)
{
	jk_buf_release(&s->words[0]);
	jk_buf_release(&s->words[1]);
	jk_buf_release(&s->row);
}

static size_t
split_words(struct jk_buf *to, const char *s, size_t n)
{
	const char *end = s + n, *space;
	size_t count = 0;

	jk_buf_clear(to);
	while (s < end) {
		space = memchr(s, ' ', (size_t)(end - s));
		if (!space)
			space = end;
		if (space > s) {
			struct word w = { s, (uint32_t)(space - s) };

			jk_buf_add(to, &w, sizeof w);
			count++;
		}
		s = space + 1;
	}
	return count;
}

static bool
same(const struct word *a, const struct word *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

static uint64_t
weight(const struct word *w, size_t n)
{
	uint64_t sum = n;
	size_t i;

	for (i = 0; i < n; i++)
		sum += w[i].len;
	return sum;
}

/* A common subsequence of words: its weight, and what stands behind it. */
struct common {
	uint64_t weight;
	size_t tail[2];		/* words of a, of b */
};

/* The longest one; `row` has nb + 1 places. */
static struct common
find_common(const struct word *a, size_t na, const struct word *b, size_t nb,
    uint32_t *row)
{
	struct common c = { 0, { na, nb } };
	uint32_t diagonal, above;
	size_t i, k;

	memset(row, 0, (nb + 1) * sizeof *row);
	for (i = 0; i < na; i++) {
		diagonal = 0;
		for (k = 0; k < nb; k++) {
			above = row[k + 1];
			if (same(&a[i], &b[k])) {
				row[k + 1] = diagonal + a[i].len + 1;
				if (row[k + 1] > c.weight)
					c = (struct common){ row[k + 1],
					    { na - 1 - i, nb - 1 - k } };
			} else if (row[k] > above) {
				row[k + 1] = row[k];
			}
			diagonal = above;
		}
	}
	return c;
}

static size_t
count_chars(const char *s, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += (s[i] & 0xc0) != 0x80;
	return count;
}

/* The characters of a word; 0 of them where there are more than `most`. */
static size_t
decode(const struct word *w, uint32_t *to, size_t most)
{
	size_t at, n = 0;
	unsigned len;

	for (at = 0; at < w->len; at += len) {
		if (n == most)
			return 0;
		len = jk_utf8_decode(w->s + at, w->len - at, &to[n]);
		if (!len)
			return 0;
		n++;
	}
	return n;
}

/* Begin with the same character and differ in at most 2 edits of letters. */
static bool
variants(const struct word *a, const struct word *b)
{
	enum { MOST = 32 };
	uint32_t x[MOST], y[MOST];
	uint8_t row[MOST + 1], diagonal, above;
	size_t nx, ny, i, k;

	nx = decode(a, x, MOST);
	ny = decode(b, y, MOST);
	if (nx < 4 || ny < 4 || x[0] != y[0])
		return false;
	for (k = 0; k <= ny; k++)
		row[k] = (uint8_t)k;
	for (i = 0; i < nx; i++) {
		diagonal = row[0]++;
		for (k = 0; k < ny; k++) {
			above = row[k + 1];
			if (x[i] != y[k]) {
				if (above < diagonal)
					diagonal = above;
				if (row[k] < diagonal)
					diagonal = row[k];
				diagonal++;
			}
			row[k + 1] = diagonal;
			diagonal = above;
		}
	}
	return row[ny] <= 2;
}

/* Do n words each stand for the same, but for the spelling? */
static bool
all_variants(const struct word *a, const struct word *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!same(&a[i], &b[i]) && !variants(&a[i], &b[i]))
			return false;
	return true;
}

int
jk_similar(struct jk_similar *s, const char *a, size_t na, const char *b,
    size_t nb, double threshold, struct jk_err *err)
{
	size_t n[2], start = 0, end = 0;
	const struct word *w[2];
	struct common c = { 0, { 0, 0 } };
	uint64_t all, both;

	n[0] = split_words(&s->words[0], a, na);
	n[1] = split_words(&s->words[1], b, nb);
	if (jk_buf_check(&s->words[0], err) < 0 ||
	    jk_buf_check(&s->words[1], err) < 0)
		return -1;
	w[0] = (const struct word *)(const void *)s->words[0].data;
	w[1] = (const struct word *)(const void *)s->words[1].data;
	all = weight(w[0], n[0]) + weight(w[1], n[1]);

	/* what is the same at the beginning and the end */
	while (start < n[0] && start < n[1] &&
	    same(&w[0][start], &w[1][start]))
		start++;
	while (end < n[0] - start && end < n[1] - start &&
	    same(&w[0][n[0] - 1 - end], &w[1][n[1] - 1 - end]))
		end++;
	both = weight(w[0], start) + weight(w[0] + n[0] - end, end);
	n[0] -= start + end;
	n[1] -= start + end;
	w[0] += start;
	w[1] += start;

	if ((count_chars(a, na) < JK_SIMILAR_SHORT ||
	    count_chars(b, nb) < JK_SIMILAR_SHORT) &&
	    (n[0] != n[1] || !all_variants(w[0], w[1], n[0])))
		return 0;
	if (n[0] && n[1]) {
		if (n[0] > MOST_PAIRS / n[1])
			return 0;
		jk_buf_clear(&s->row);
		jk_buf_reserve(&s->row, (n[1] + 1) * sizeof(uint32_t));
		if (jk_buf_check(&s->row, err) < 0)
			return -1;
		c = find_common(w[0], n[0], w[1], n[1],
		    (uint32_t *)(void *)s->row.data);
		both += c.weight;
		if (!end && c.tail[0] && c.tail[1] &&
		    c.tail[0] + c.tail[1] > 2 &&
		    weight(w[0] + n[0] - c.tail[0], c.tail[0]) +
		    weight(w[1] + n[1] - c.tail[1], c.tail[1]) > all / 10)
			return 0;
	}
	return 2.0 * (double)both >= threshold * (double)all;
}
