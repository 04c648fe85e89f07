#ifndef JK_TOK_VOCAB_H
#define JK_TOK_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Token strings: from id to bytes, and from bytes to id.  Strings may hold
 * any bytes, NUL included.  Zero-initialise to start.
 */
enum { JK_MAX_TOKEN_ID = (1 << 24) - 1 };

struct jk_piece {
	uint32_t at, n;		/* in `text`; at UINT32_MAX: no such id */
};

struct jk_vocab {
	struct jk_buf text;
	struct jk_piece *pieces;	/* by id */
	uint32_t n_ids;			/* the largest id and one */
	uint32_t ids_cap;
	struct jk_vocab_slot {
		uint32_t id_plus_1;	/* 0: empty */
		uint32_t hash;
	} *slots;
	uint32_t n_slots, n_strings;	/* n_slots is a power of 2 */
};

void jk_vocab_release(struct jk_vocab *v);

/* Make room for n strings.  Errors: JK_ESYS. */
int jk_vocab_reserve(struct jk_vocab *v, uint32_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Give `id` its string.  With `searchable` it is also found by its bytes.
 * Errors: JK_EDATA (an id or a searchable string that is there already, an id
 * beyond JK_MAX_TOKEN_ID); JK_ESYS.
 */
int jk_vocab_add(struct jk_vocab *v, uint32_t id, const char *s, size_t n,
    bool searchable, struct jk_err *err) JK_WARN_UNUSED;

/* The id of a searchable string, or -1. */
int32_t jk_vocab_find(const struct jk_vocab *v, const char *s, size_t n);

/*
 * The same for a string whose jk_hash_short is known, and a hint that it will
 * be looked for soon: its slot is likely in no cache of the processor.
 */
int32_t jk_vocab_find_hashed(const struct jk_vocab *v, const char *s, size_t n,
    uint64_t hash);

static inline void
jk_vocab_expect(const struct jk_vocab *v, uint64_t hash)
{
	if (v->n_slots)
		__builtin_prefetch(&v->slots[hash & (v->n_slots - 1)]);
}

static inline bool
jk_vocab_has(const struct jk_vocab *v, uint32_t id)
{
	return id < v->n_ids && v->pieces[id].at != UINT32_MAX;
}

/* The bytes of an id that is there. */
static inline const char *
jk_vocab_text(const struct jk_vocab *v, uint32_t id, size_t *n)
{
	*n = v->pieces[id].n;
	return v->text.data + v->pieces[id].at;
}

/*
 * A fast hash of a few bytes, for tables in memory only (its value is never
 * stored).
 */
static inline uint64_t
jk_hash_short(const char *s, size_t n)
{
	uint64_t h = n * 0x9e3779b97f4a7c15u, w;

	for (; n >= 8; s += 8, n -= 8) {
		__builtin_memcpy(&w, s, 8);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	if (n) {
		w = 0;
		__builtin_memcpy(&w, s, n);
		h = (h ^ w) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 29;
}

#endif
