#include "tok/bpe_encode.h"

#include <stdlib.h>
#include <string.h>

/* The id of the character of `size` bytes at s, or -1. */
static int32_t
character_id(const struct jk_bpe *bpe, const char *s, size_t size,
    uint32_t code)
{
	const unsigned k = jk_character_number(code);

	return k < JK_N_CHARACTERS ? bpe->character_ids[k] :
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

int
jk_bpe_encode_words(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    const struct jk_slice *words, size_t n, struct jk_ids *out,
    struct jk_err *err)
{
	struct jk_word_place places[JK_WORDS_AT_ONCE];
	size_t i, first;
	int found;

	jk_word_cache_expect(&w->cache, words, n, places);
	for (i = 0; i < n; i++) {
		found = jk_word_cache_find(&w->cache, words[i], &places[i],
		    out, err);
		if (found < 0)
			return -1;
		if (found)
			continue;
		first = out->n;
		if (encode_word(bpe, w, words[i].s, words[i].n, out, err) < 0)
			return -1;
		jk_word_cache_add(&w->cache, words[i], &places[i],
		    out->v + first, out->n - first);
	}
	return 0;
}

int
jk_bpe_encode(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	struct jk_slice words[JK_WORDS_AT_ONCE];
	uint16_t last = JK_N_CHARACTERS, now;
	size_t n_words = 0, from = 0, at, size;
	uint32_t code;

	/* where a word is looked for as a token, it must be whole */
	if (bpe->byte_level || bpe->ignore_merges || !bpe->joins)
		return jk_bpe_encode_words(bpe, w, &(struct jk_slice){ s, n },
		    n > 0, out, err);
	for (at = 0; at < n && (size = jk_utf8_decode(s + at, n - at, &code));
	    at += size, last = now) {
		now = jk_character_number(code);
		if (!jk_bpe_may_cut(bpe, last, now))
			continue;
		words[n_words++] = (struct jk_slice){ s + from, at - from };
		from = at;
		if (n_words < JK_WORDS_AT_ONCE)
			continue;
		if (jk_bpe_encode_words(bpe, w, words, n_words, out, err) < 0)
			return -1;
		n_words = 0;
	}
	if (from < n)
		words[n_words++] = (struct jk_slice){ s + from, n - from };
	return jk_bpe_encode_words(bpe, w, words, n_words, out, err);
}

int
jk_bpe_work_init(struct jk_bpe_work *w, struct jk_err *err)
{
	*w = (struct jk_bpe_work){ 0 };
	if (jk_word_cache_init(&w->cache, err) < 0)
		return -1;
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
	jk_word_cache_release(&w->cache);
	*w = (struct jk_bpe_work){ 0 };
}
