#include "tok/word_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/swar.h"
#include "base/table.h"

enum {
	NEAR_BITS = 16,		/* 4 MB */
	LINE = 64,		/* bytes */
	FAR_SLOTS = 1 << 18,
	FAR_WORDS = 1 << 17,	/* one more, and all is forgotten */
	FAR_BYTES = 1 << 23,
	FAR_TEXT = 96		/* bytes of the longest word kept */
};

struct jk_near_word {
	uint64_t text[JK_NEAR_TEXT / 8];
	uint8_t n_text, n_ids;		/* n_text 0: an empty slot */
	uint32_t ids[JK_NEAR_IDS];
};

_Static_assert(sizeof(struct jk_near_word) == LINE, "a line for each");

/* Its text is at c->text + at, its ids behind that, at a multiple of 4. */
struct jk_far_word {
	uint32_t hash, at;
	uint16_t n_text, n_ids;		/* n_text 0: an empty slot */
};

int
jk_word_cache_init(struct jk_word_cache *c, struct jk_err *err)
{
	c->near_memory = jk_table_alloc(((size_t)1 << NEAR_BITS) + 1, LINE);
	c->far = jk_table_alloc(FAR_SLOTS, sizeof *c->far);
	c->text = jk_table_alloc(FAR_BYTES, 1);
	if (!c->near_memory || !c->far || !c->text) {
		jk_word_cache_release(c);
		return jk_fail_nomem(err);
	}
	c->near = (struct jk_near_word *)(((uintptr_t)c->near_memory +
	    LINE - 1) / LINE * LINE);
	return 0;
}

void
jk_word_cache_release(struct jk_word_cache *c)
{
	free(c->near_memory);
	free(c->far);
	free(c->text);
	*c = (struct jk_word_cache){ 0 };
}

/* --- places */

/* The n bytes at s, 24 at most, behind which nothing may be read. */
static inline void
load_last(const char *s, size_t n, uint64_t text[3])
{
	const unsigned char *u = (const unsigned char *)s;
	size_t i;

	text[0] = text[1] = text[2] = 0;
	for (i = 0; i < n / 8; i++)
		text[i] = jk_swar_load(s + 8 * i);
	if (n > 8 && n % 8)
		text[i] = jk_swar_load(s + n - 8) >> (64 - n % 8 * 8);
	else if (n < 8)
		while (n-- > 0)
			text[0] = text[0] << 8 | u[n];
}

/* The same where so many may be read as `text` holds. */
static inline void
load_text(const char *s, size_t n, uint64_t text[3])
{
	static const uint64_t masks[9] = { 0, 0xff, 0xffff, 0xffffff,
		0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
		UINT64_MAX };

	text[0] = jk_swar_load(s) & masks[n < 8 ? n : 8];
	text[1] = jk_swar_load(s + 8) & masks[n < 8 ? 0 : n < 16 ? n - 8 : 8];
	text[2] = jk_swar_load(s + 16) & masks[n < 16 ? 0 : n - 16];
}

/* Two lines that are next to each other are one pair. */
static inline uint32_t
slot_of(const uint64_t text[3])
{
	uint64_t h = text[0] * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 32 ^ text[1]) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 32 ^ text[2]) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h >> (64 - NEAR_BITS));
}

static inline bool
is_near(const struct jk_near_word *near, size_t n,
    const struct jk_word_place *place)
{
	return near->n_text == n && near->text[0] == place->text[0] &&
	    near->text[1] == place->text[1] && near->text[2] == place->text[2];
}

/* Where the word is in `near`, or NULL. */
static inline const struct jk_near_word *
find_near(const struct jk_word_cache *c, size_t n,
    const struct jk_word_place *place)
{
	const struct jk_near_word *near;

	if (n > JK_NEAR_TEXT)
		return NULL;
	near = &c->near[place->slot];
	if (is_near(near, n, place))
		return near;
	near = &c->near[place->slot ^ 1];
	return is_near(near, n, place) ? near : NULL;
}

static uint32_t
far_hash(struct jk_slice word)
{
	return (uint32_t)jk_hash_short(word.s, word.n);
}

void
jk_word_cache_expect(const struct jk_word_cache *c,
    const struct jk_slice *words, size_t n, struct jk_word_place *places)
{
	const char *end = NULL;
	size_t i;

	/* words mostly stand one behind the other */
	for (i = n; i-- > 0;) {
		const struct jk_slice *w = &words[i];

		if (i + 1 == n || w->s + w->n != words[i + 1].s)
			end = w->s + w->n;
		if (w->n > JK_NEAR_TEXT)
			continue;
		if (end - w->s < JK_NEAR_TEXT)
			load_last(w->s, w->n, places[i].text);
		else
			load_text(w->s, w->n, places[i].text);
		places[i].slot = slot_of(places[i].text);
		__builtin_prefetch(&c->near[places[i].slot]);
	}
	for (i = n; i-- > 0;)
		if (words[i].n <= FAR_TEXT &&
		    !find_near(c, words[i].n, &places[i]))
			__builtin_prefetch(&c->far[far_hash(words[i]) &
			    (FAR_SLOTS - 1)]);
}

/* --- words */

/* Into the word's own slot; what is there goes to the other of the pair. */
static void
add_near(struct jk_word_cache *c, size_t n, const struct jk_word_place *place,
    const uint32_t *ids, size_t n_ids)
{
	struct jk_near_word *near;

	if (n > JK_NEAR_TEXT || n_ids > JK_NEAR_IDS)
		return;
	near = &c->near[place->slot];
	c->near[place->slot ^ 1] = *near;
	memcpy(near->text, place->text, sizeof near->text);
	near->n_text = (uint8_t)n;
	near->n_ids = (uint8_t)n_ids;
	memcpy(near->ids, ids, n_ids * sizeof *ids);
}

int
jk_word_cache_find(struct jk_word_cache *c, struct jk_slice word,
    const struct jk_word_place *place, struct jk_ids *out, struct jk_err *err)
{
	const struct jk_near_word *near;
	const struct jk_far_word *far;
	const char *text;
	uint32_t hash;

	if (out->cap - out->n < JK_NEAR_IDS &&
	    jk_ids_reserve(out, JK_NEAR_IDS, err) < 0)
		return -1;
	near = find_near(c, word.n, place);
	if (near) {
		memcpy(out->v + out->n, near->ids, sizeof near->ids);
		out->n += near->n_ids;
		return 1;
	}
	if (word.n > FAR_TEXT)
		return 0;
	hash = far_hash(word);
	for (far = &c->far[hash & (FAR_SLOTS - 1)]; far->n_text;
	    far = far == c->far + FAR_SLOTS - 1 ? c->far : far + 1) {
		text = c->text + far->at;
		if (far->hash != hash || far->n_text != word.n ||
		    memcmp(text, word.s, word.n) != 0)
			continue;
		text += (word.n + 3) / 4 * 4;
		if (jk_ids_reserve(out, far->n_ids, err) < 0)
			return -1;
		memcpy(out->v + out->n, text, far->n_ids * sizeof *out->v);
		add_near(c, word.n, place, out->v + out->n, far->n_ids);
		out->n += far->n_ids;
		return 1;
	}
	return 0;
}

void
jk_word_cache_add(struct jk_word_cache *c, struct jk_slice word,
    const struct jk_word_place *place, const uint32_t *ids, size_t n_ids)
{
	const size_t n_text = (word.n + 3) / 4 * 4;
	const size_t size = n_text + n_ids * sizeof *ids;
	const uint32_t hash = far_hash(word);
	struct jk_far_word *far;

	add_near(c, word.n, place, ids, n_ids);
	if (word.n > FAR_TEXT)
		return;
	if (size > FAR_BYTES - c->n_bytes || c->n_words == FAR_WORDS) {
		memset(c->far, 0, FAR_SLOTS * sizeof *c->far);
		c->n_bytes = c->n_words = 0;
	}
	far = &c->far[hash & (FAR_SLOTS - 1)];
	while (far->n_text)
		far = far == c->far + FAR_SLOTS - 1 ? c->far : far + 1;
	*far = (struct jk_far_word){ hash, c->n_bytes, (uint16_t)word.n,
		(uint16_t)n_ids };
	memcpy(c->text + c->n_bytes, word.s, word.n);
	memcpy(c->text + c->n_bytes + n_text, ids, n_ids * sizeof *ids);
	c->n_bytes += (uint32_t)size;
	c->n_words++;
}
