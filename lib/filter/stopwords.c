#include "filter/stopwords.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "dedup/normalize.h"

void
jk_stopwords_release(struct jk_stopwords *s)
{
	jk_buf_release(&s->bytes);
	free(s->entries);
	free(s->slots);
	free(s->sizes);
	*s = (struct jk_stopwords){ 0 };
}

/* The entry with these bytes (both kinds may exist: begins wins), or NULL. */
static struct jk_stopword *
find(const struct jk_stopwords *s, const char *word, size_t n)
{
	uint64_t hash = jk_hash64(word, n, 0);
	uint32_t mask = s->n_slots - 1, at = (uint32_t)hash & mask;
	struct jk_stopword *e;

	for (; s->n_slots && s->slots[at]; at = (at + 1) & mask) {
		e = &s->entries[s->slots[at] - 1];
		if (e->hash == hash && e->size_bytes == n &&
		    memcmp(s->bytes.data + e->start, word, n) == 0)
			return e;
	}
	return NULL;
}

static int
grow(struct jk_stopwords *s, struct jk_err *err)
{
	uint32_t n = s->n_slots ? s->n_slots * 2 : 64, i, at;
	uint32_t *slots = calloc(n, sizeof *slots);
	struct jk_stopword *e;
	uint32_t *sizes;

	e = realloc(s->entries, n / 2 * sizeof *e);
	if (e)
		s->entries = e;
	sizes = realloc(s->sizes, n / 2 * sizeof *sizes);
	if (sizes)
		s->sizes = sizes;
	if (!slots || !e || !sizes) {
		free(slots);
		return jk_fail_nomem(err);
	}
	for (i = 0; i < s->n_entries; i++) {
		at = (uint32_t)e[i].hash & (n - 1);
		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = i + 1;
	}
	free(s->slots);
	s->slots = slots;
	s->n_slots = n;
	return 0;
}

static int
add(struct jk_stopwords *s, const char *word, size_t n, bool begins,
    struct jk_err *err)
{
	struct jk_stopword *e = find(s, word, n);
	uint32_t i, at;

	if (e) {
		e->begins |= begins;
		return 0;
	}
	if (n > UINT32_MAX - s->bytes.len)
		return jk_fail(err, JK_EDATA, "more than 4 GiB of words");
	if (s->n_entries >= s->n_slots / 2 && grow(s, err) < 0)
		return -1;
	e = &s->entries[s->n_entries++];
	*e = (struct jk_stopword){
		.hash = jk_hash64(word, n, 0),
		.start = (uint32_t)s->bytes.len,
		.size_bytes = (uint32_t)n,
		.begins = begins
	};
	jk_buf_add(&s->bytes, word, n);
	at = (uint32_t)e->hash & (s->n_slots - 1);
	while (s->slots[at])
		at = (at + 1) & (s->n_slots - 1);
	s->slots[at] = s->n_entries;
	for (i = 0; i < s->n_sizes && s->sizes[i] != n; i++)
		;
	if (i == s->n_sizes)
		s->sizes[s->n_sizes++] = (uint32_t)n;
	return jk_buf_check(&s->bytes, err);
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
	size_t at = 0, left;
	const char *space;
	const struct jk_stopword *e;
	uint32_t i, size;

	while (at < n) {
		left = n - at;
		for (i = 0; i < s->n_sizes; i++) {
			size = s->sizes[i];
			if (size > left)
				continue;
			e = find(s, normal + at, size);
			if (e && (e->begins || size == left ||
			    normal[at + size] == ' '))
				return true;
		}
		space = memchr(normal + at, ' ', left);
		if (!space)
			break;
		at = (size_t)(space - normal) + 1;
	}
	return false;
}
