#include "tok/bpe_encode.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

enum {
	CACHE_SLOTS = 1 << 18,
	CACHE_WORDS = 1 << 17,	/* one more, and all is forgotten */
	CACHE_BYTES = 1 << 23,
	CACHED_WORD = 96	/* bytes of the longest word kept */
};

/* Its text is at w->cached + at, its ids behind that, at a multiple of 4. */
struct jk_cached {
	uint32_t hash, at;
	uint16_t n_text, n_ids;		/* n_text 0: an empty slot */
};

/* The id of the character of `size` bytes at s, or -1. */
static int32_t
character_id(const struct jk_bpe *bpe, const char *s, size_t size,
    uint32_t code)
{
	return code < JK_FIRST_IDS ? bpe->first_ids[code] :
	    jk_vocab_find(&bpe->vocab, s, size);
}

/* --- words */

/*
 * The symbols of a word of characters.  What is unknown becomes bytes or the
 * unknown token, exactly as models/bpe/model.rs (merge_word) has it.
 */
static int
add_characters(const struct jk_bpe *bpe, const char *s, size_t n,
    struct jk_ids *out, struct jk_err *err)
{
	bool pending = false;
	uint32_t code;
	size_t i, size, k;

	/* a character makes at most one id a byte, and one of before it */
	if (jk_ids_reserve(out, n + 1, err) < 0)
		return -1;
	for (i = 0; i < n; i += size) {
		int32_t id;
		bool all = bpe->byte_fallback;

		size = jk_utf8_decode(s + i, n - i, &code);
		if (size == 0)
			return jk_fail(err, JK_EDATA, "invalid UTF-8");
		id = character_id(bpe, s + i, size, code);
		if (id >= 0) {
			if (pending)
				out->v[out->n++] = (uint32_t)bpe->unk_id;
			pending = false;
			out->v[out->n++] = (uint32_t)id;
			continue;
		}
		for (k = 0; k < size && all; k++)
			all = bpe->byte_ids[(unsigned char)s[i + k]] >= 0;
		for (k = 0; k < size && all; k++)
			out->v[out->n++] = (uint32_t)
			    bpe->byte_ids[(unsigned char)s[i + k]];
		if (all || bpe->unk_id < 0)
			continue;
		if (pending && !bpe->fuse_unk)
			out->v[out->n++] = (uint32_t)bpe->unk_id;
		pending = true;
	}
	if (pending)
		out->v[out->n++] = (uint32_t)bpe->unk_id;
	return 0;
}

static int
add_bytes(const struct jk_bpe *bpe, const char *s, size_t n,
    struct jk_ids *out, struct jk_err *err)
{
	bool unknown = false, was_unknown;
	size_t i;

	if (jk_ids_reserve(out, n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		int32_t id = bpe->byte_ids[(unsigned char)s[i]];

		was_unknown = unknown;
		unknown = id < 0;
		if (unknown && was_unknown && bpe->fuse_unk)
			continue;
		if (unknown)
			id = bpe->unk_id;
		if (id >= 0)
			out->v[out->n++] = (uint32_t)id;
	}
	return 0;
}

/* A word that is not in the cache. */
static int
encode_word(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	size_t first = out->n, count;
	int32_t id;

	if (bpe->ignore_merges && (id = jk_vocab_find(&bpe->vocab, s, n)) >= 0)
	{
		if (jk_ids_reserve(out, 1, err) < 0)
			return -1;
		out->v[out->n++] = (uint32_t)id;
		return 0;
	}
	if ((bpe->byte_level ? add_bytes(bpe, s, n, out, err) :
	    add_characters(bpe, s, n, out, err)) < 0)
		return -1;
	count = out->n - first;
	if (count < 2 || bpe->n_slots == 0)
		return 0;
	if (jk_bpe_merge(bpe, w, out->v + first, &count, err) < 0)
		return -1;
	out->n = first + count;
	return 0;
}

static void
remember(struct jk_bpe_work *w, uint32_t hash, const char *s, size_t n,
    const uint32_t *ids, size_t n_ids)
{
	size_t n_text = (n + 3) / 4 * 4, size = n_text + n_ids * sizeof *ids;
	struct jk_cached *c;

	if (size > CACHE_BYTES - w->n_bytes || w->n_words == CACHE_WORDS) {
		memset(w->cache, 0, CACHE_SLOTS * sizeof *w->cache);
		w->n_bytes = w->n_words = 0;
	}
	c = &w->cache[hash & (CACHE_SLOTS - 1)];
	while (c->n_text)
		c = c == w->cache + CACHE_SLOTS - 1 ? w->cache : c + 1;
	*c = (struct jk_cached){ hash, w->n_bytes, (uint16_t)n,
		(uint16_t)n_ids };
	memcpy(w->cached + w->n_bytes, s, n);
	memcpy(w->cached + w->n_bytes + n_text, ids, n_ids * sizeof *ids);
	w->n_bytes += (uint32_t)size;
	w->n_words++;
}

/* A word, and where it would be in the cache. */
struct word {
	const char *s;
	size_t n;
	uint32_t hash;
};

/* Have the word's slot of the cache read in while others are encoded. */
static struct word
expect_word(const struct jk_bpe_work *w, const char *s, size_t n)
{
	struct word word = { s, n, 0 };

	if (n <= CACHED_WORD) {
		word.hash = (uint32_t)jk_hash_short(s, n);
		__builtin_prefetch(&w->cache[word.hash & (CACHE_SLOTS - 1)]);
	}
	return word;
}

static int
encode_cached(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    struct word word, struct jk_ids *out, struct jk_err *err)
{
	const struct jk_cached *c;
	const char *s = word.s;
	size_t n = word.n, first = out->n;
	uint32_t hash = word.hash;

	if (n > CACHED_WORD)
		return encode_word(bpe, w, s, n, out, err);
	if (n == 0)
		return 0;
	/* a word may have no ids at all: out->v must still point somewhere */
	if (jk_ids_reserve(out, 1, err) < 0)
		return -1;
	for (c = &w->cache[hash & (CACHE_SLOTS - 1)]; c->n_text;
	    c = c == w->cache + CACHE_SLOTS - 1 ? w->cache : c + 1) {
		const char *text = w->cached + c->at;

		if (c->hash != hash || c->n_text != n ||
		    memcmp(text, s, n) != 0)
			continue;
		if (jk_ids_reserve(out, c->n_ids, err) < 0)
			return -1;
		memcpy(out->v + out->n, text + (n + 3) / 4 * 4,
		    c->n_ids * sizeof *out->v);
		out->n += c->n_ids;
		return 0;
	}
	if (encode_word(bpe, w, s, n, out, err) < 0)
		return -1;
	remember(w, hash, s, n, out->v + first, out->n - first);
	return 0;
}

/* May text be cut behind the n bytes at s, before "▁"? */
static bool
may_cut(const struct jk_bpe *bpe, const char *s, size_t n)
{
	size_t size;
	uint32_t code = jk_bpe_last_character(s, n, &size);

	return code != 0x2581 && !jk_bpe_is_joiner(bpe, code) &&
	    character_id(bpe, s + n - size, size, code) >= 0;
}

int
jk_bpe_encode(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	struct word word = { s, 0, 0 }, next;
	size_t from = 0, at;
	const char *p;

	/*
	 * Cutting changes nothing where no merge spans the cut.  A byte token
	 * or an unknown one before it is left alone: what merges with those
	 * is another question.
	 */
	if (bpe->n_joiners <= JK_MAX_JOINERS && !bpe->byte_level &&
	    !bpe->ignore_merges) {
		for (at = 1; at < n && (p = memmem(s + at, n - at, JK_BPE_SPACE, 3));
		    at = (size_t)(p - s) + 3) {
			size_t k = (size_t)(p - s);

			if (!may_cut(bpe, s, k))
				continue;
			next = expect_word(w, s + from, k - from);
			if (encode_cached(bpe, w, word, out, err) < 0)
				return -1;
			word = next;
			from = k;
		}
	}
	next = expect_word(w, s + from, n - from);
	if (encode_cached(bpe, w, word, out, err) < 0)
		return -1;
	return encode_cached(bpe, w, next, out, err);
}

int
jk_bpe_work_init(struct jk_bpe_work *w, struct jk_err *err)
{
	*w = (struct jk_bpe_work){ 0 };
	w->cache = jk_table_alloc(CACHE_SLOTS, sizeof *w->cache);
	w->cached = jk_table_alloc(CACHE_BYTES, 1);
	if (!w->cache || !w->cached) {
		jk_bpe_work_release(w);
		return jk_fail_nomem(err);
	}
	if (jk_pairs_init(w, err) < 0) {
		jk_bpe_work_release(w);
		return -1;
	}
	return 0;
}

void
jk_bpe_work_release(struct jk_bpe_work *w)
{
	free(w->symbols);
	free(w->heap);
	free(w->pairs);
	free(w->cache);
	free(w->cached);
	*w = (struct jk_bpe_work){ 0 };
}
