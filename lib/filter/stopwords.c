#include "filter/stopwords.h"

#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "dedup/normalize.h"

void
jk_stopwords_release(struct jk_stopwords *s)
{
	jk_tally_release(&s->words);
	jk_buf_release(&s->begins);
	free(s->sizes);
	*s = (struct jk_stopwords){ 0 };
}

static int
add_size(struct jk_stopwords *s, size_t n, struct jk_err *err)
{
	size_t i, *sizes;

	for (i = 0; i < s->n_sizes; i++)
		if (s->sizes[i] == n)
			return 0;
	sizes = realloc(s->sizes, (s->n_sizes + 1) * sizeof *sizes);
	if (!sizes)
		return jk_fail_nomem(err);
	s->sizes = sizes;
	s->sizes[s->n_sizes++] = n;
	return 0;
}

static int
add(struct jk_stopwords *s, const char *word, size_t n, bool begins,
    struct jk_err *err)
{
	uint32_t i;

	if (jk_tally_add(&s->words, word, n, &i, err) < 0)
		return -1;
	if (i < s->begins.len) {
		s->begins.data[i] |= begins;
		return 0;
	}
	jk_buf_addc(&s->begins, begins);
	if (jk_buf_check(&s->begins, err) < 0)
		return -1;
	return add_size(s, n, err);
}

static int
add_line(struct jk_stopwords *s, const char *line, size_t n,
    struct jk_buf *normal, struct jk_err *err)
{
	const char *comment = memchr(line, '#', n);
	bool begins, found;

	if (comment)
		n = (size_t)(comment - line);
	while (n && strchr(" \t\r", line[n - 1]))
		n--;
	while (n && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	if (!n)
		return 0;
	if (jk_utf8_valid_len(line, n) < n)
		return jk_fail(err, JK_EDATA, "not UTF-8");
	begins = line[n - 1] == '*';
	n -= begins;
	jk_buf_clear(normal);
	found = jk_normalize(normal, line, n);
	if (jk_buf_check(normal, err) < 0)
		return -1;
	if (!found)
		return jk_fail(err, JK_EDATA,
		    "'%.*s' has no letter or digit", (int)(n + begins), line);
	return add(s, normal->data, normal->len, begins, err);
}

int
jk_stopwords_load(struct jk_stopwords *s, const char *path,
    struct jk_err *err)
{
	struct jk_buf normal = JK_BUF_INIT;
	struct jk_in in;
	char *line;
	size_t n;
	int r;

	if (jk_in_open(&in, path, err) < 0)
		return -1;
	while ((r = jk_in_line(&in, &line, &n, err)) > 0) {
		if (in.line == 1 && n >= 3 &&
		    memcmp(line, "\xef\xbb\xbf", 3) == 0) {
			line += 3;
			n -= 3;
		}
		r = add_line(s, line, n, &normal, err);
		if (r < 0) {
			jk_fail_prefix(err, "%s:%llu", in.name,
			    (unsigned long long)in.line);
			break;
		}
	}
	jk_buf_release(&normal);
	jk_in_close(&in);
	return r;
}

bool
jk_stopwords_test(const struct jk_stopwords *s, const char *normal, size_t n)
{
	size_t at = 0, left, size, i;
	const struct jk_tally_entry *e;
	const char *space;

	while (at < n) {
		left = n - at;
		for (i = 0; i < s->n_sizes; i++) {
			size = s->sizes[i];
			if (size > left)
				continue;
			e = jk_tally_find(&s->words, normal + at, size);
			if (e && (size == left || normal[at + size] == ' ' ||
			    s->begins.data[e - s->words.entries]))
				return true;
		}
		space = memchr(normal + at, ' ', left);
		if (!space)
			break;
		at = (size_t)(space - normal) + 1;
	}
	return false;
}
