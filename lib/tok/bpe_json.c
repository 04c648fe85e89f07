#include "tok/bpe_json.h"

#include <stdlib.h>
#include <string.h>

#include "tok/tokenizer.h"

#ifdef JK_FUZZ	/* small, so that inputs of a fuzzer cross it */
enum { CHUNK = 3 };
#else
enum { CHUNK = 4096 };
#endif

int
jk_vocab_read(struct jk_bpe *bpe, struct jk_scan *s)
{
	struct jk_buf bytes = JK_BUF_INIT;
	const char *key;
	uint32_t id;
	size_t n;
	int more = -1;
	bool first = true, searchable = true;

	if (jk_vocab_reserve(&bpe->vocab, (uint32_t)((s->end - s->start) /
	    128 & INT32_MAX), s->err) < 0 || jk_scan_open(s, '{') < 0)
		return -1;
	for (; (more = jk_scan_next(s, '{', first)) > 0; first = false) {
		if (jk_scan_key(s, &key, &n) < 0)
			break;
		if (bpe->byte_level) {
			jk_buf_clear(&bytes);
			searchable = jk_from_byte_level(key, n, &bytes);
		}
		/* the text is in `bytes`, or points into s: read on */
		if (!searchable || !bpe->byte_level) {
			jk_buf_clear(&bytes);
			jk_buf_add(&bytes, key, n);
		}
		if (jk_buf_check(&bytes, s->err) < 0 ||
		    jk_scan_u32(s, &id) < 0)
			break;
		if (jk_vocab_add(&bpe->vocab, id, jk_buf_str(&bytes),
		    bytes.len, searchable, s->err) < 0) {
			jk_fail_prefix(s->err, "vocab");
			break;
		}
	}
	jk_buf_release(&bytes);
	return more == 0 ? 0 : -1;
}

/* --- merges */

int
jk_merges_find(struct jk_scan *s, struct jk_merges_place *p)
{
	bool first = true;
	int more;

	p->is_there = true;
	if (jk_scan_open(s, '[') < 0)
		return -1;
	for (; (more = jk_scan_next(s, '[', first)) > 0; first = false) {
		if (p->n_merges == UINT32_MAX / 4)
			return jk_scan_fail(s, "too many merges");
		if (p->n_merges++ % CHUNK == 0) {
			if (p->n_chunks == p->cap) {
				size_t cap = p->cap * 2 + 16;
				const char **v = realloc(p->chunks,
				    cap * sizeof *v);

				if (!v)
					return jk_fail_nomem(s->err);
				p->chunks = v;
				p->cap = cap;
			}
			p->chunks[p->n_chunks++] = s->at;
		}
		if (jk_scan_skip(s) < 0)
			return -1;
	}
	return more;
}

void
jk_merges_place_release(struct jk_merges_place *p)
{
	free(p->chunks);
	*p = (struct jk_merges_place){ 0 };
}

/* Append a part of a merge, as the vocabulary holds it. */
static int
add_part(struct jk_scan *s, const char *text, size_t n, bool byte_level,
    struct jk_buf *both)
{
	if (!byte_level)
		jk_buf_add(both, text, n);
	else if (!jk_from_byte_level(text, n, both))
		return jk_scan_fail(s, "merge of an unknown token");
	return 0;
}

/* A merge: "left right", or ["left", "right"]. */
static int
read_merge(struct jk_scan *s, bool byte_level, struct jk_buf *both,
    size_t *n_left)
{
	const char *text, *space;
	size_t n;

	jk_buf_clear(both);
	if (jk_scan_peek(s) == '[') {
		s->at++;
		if (jk_scan_string(s, &text, &n) < 0 ||
		    add_part(s, text, n, byte_level, both) < 0)
			return -1;
		*n_left = both->len;
		if (jk_scan_next(s, '[', false) != 1)
			return jk_scan_fail(s, "a merge has two parts");
		if (jk_scan_string(s, &text, &n) < 0 ||
		    add_part(s, text, n, byte_level, both) < 0)
			return -1;
		if (jk_scan_next(s, '[', false) != 0)
			return jk_scan_fail(s, "a merge has two parts");
	} else {
		if (jk_scan_string(s, &text, &n) < 0)
			return -1;
		space = memchr(text, ' ', n);
		if (!space || memchr(space + 1, ' ',
		    (size_t)(text + n - space) - 1))
			return jk_scan_fail(s, "a merge has two parts");
		if (add_part(s, text, (size_t)(space - text), byte_level,
		    both) < 0)
			return -1;
		*n_left = both->len;
		if (add_part(s, space + 1, (size_t)(text + n - space) - 1,
		    byte_level, both) < 0)
			return -1;
	}
	return jk_buf_check(both, s->err);
}

/* The merges of one chunk, from number `from` on. */
static int
read_chunk(const struct jk_bpe *bpe, struct jk_scan *s, uint32_t from,
    uint32_t to, struct jk_pair *pairs)
{
	struct jk_buf both = JK_BUF_INIT;
	size_t n_left = 0;
	uint32_t i;
	int r = 0;

	for (i = from; i < to && r == 0; i++) {
		if (i > from && jk_scan_next(s, '[', false) != 1)
			r = jk_scan_fail(s, "a merge is expected");
		else
			r = read_merge(s, bpe->byte_level, &both, &n_left);
		if (r == 0)
			r = jk_bpe_find_pair(bpe, jk_buf_str(&both), n_left,
			    both.len, i, &pairs[i], s->err);
	}
	jk_buf_release(&both);
	return r;
}

/* Chunk by chunk, each on any thread; of errors the first one counts. */
int
jk_merges_read(struct jk_bpe *bpe, const struct jk_scan *s,
    const struct jk_merges_place *p)
{
	struct jk_pair *pairs = malloc((p->n_merges + 1) * sizeof *pairs);
	size_t k, bad = SIZE_MAX;
	int r;

	if (!pairs)
		return jk_fail_nomem(s->err);
#pragma omp parallel for schedule(dynamic)
	for (k = 0; k < p->n_chunks; k++) {
		struct jk_err err;
		struct jk_scan mine = { s->start, p->chunks[k], s->end,
			JK_BUF_INIT, &err };
		uint32_t from = (uint32_t)k * CHUNK, to = from + CHUNK;

		if (to > p->n_merges)
			to = p->n_merges;
		if (read_chunk(bpe, &mine, from, to, pairs) < 0) {
#pragma omp critical(jk_merges_read)
			if (k < bad) {
				bad = k;
				*s->err = err;
			}
		}
		jk_scan_release(&mine);
	}
	r = bad < SIZE_MAX ? -1 : jk_bpe_add_pairs(bpe, pairs,
	    p->n_merges, s->err);
	free(pairs);
	return r;
}
