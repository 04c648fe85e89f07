#include "tok/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

/* --- tables */

void
jk_bpe_release(struct jk_bpe *bpe)
{
	jk_vocab_release(&bpe->vocab);
	free(bpe->merges);
	free(bpe->joins);
	*bpe = (struct jk_bpe){ 0 };
}

int
jk_bpe_reserve(struct jk_bpe *bpe, uint32_t n, struct jk_err *err)
{
	struct jk_merge *old = bpe->merges, *fresh;
	uint32_t n_slots = 1024, n_old = bpe->n_slots, i;

	while (n_slots / 2 < n)
		n_slots *= 2;
	if (n_slots <= n_old)
		return 0;
	fresh = jk_table_alloc(n_slots, sizeof *fresh);
	if (!fresh)
		return jk_fail_nomem(err);
	memset(fresh, 0xff, n_slots * sizeof *fresh);
	bpe->merges = fresh;
	bpe->n_slots = n_slots;
	for (i = 0; i < n_old; i++)
		if (old[i].left != UINT32_MAX)
			*jk_merge_slot(bpe, old[i].left, old[i].right) = old[i];
	free(old);
	return 0;
}

/* The characters that begin and end the n bytes at s, n > 0. */
static uint16_t
first_character(const char *s, size_t n)
{
	uint32_t code;

	return jk_utf8_decode(s, n, &code) ? jk_character_number(code) :
	    JK_N_CHARACTERS;
}

static uint16_t
last_character(const char *s, size_t n)
{
	size_t from = n - 1;

	while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80)
		from--;
	return first_character(s + from, n - from);
}

int
jk_bpe_find_pair(const struct jk_bpe *bpe, const char *both, size_t n_left,
    size_t n, uint32_t number, struct jk_pair *pair, struct jk_err *err)
{
	const struct jk_vocab *v = &bpe->vocab;
	const char *right = both + n_left;
	uint64_t left_hash = jk_hash_short(both, n_left);
	uint64_t right_hash = jk_hash_short(right, n - n_left);
	uint64_t hash = jk_hash_short(both, n);
	int32_t l, r, id;

	jk_vocab_expect(v, left_hash);
	jk_vocab_expect(v, right_hash);
	jk_vocab_expect(v, hash);
	l = jk_vocab_find_hashed(v, both, n_left, left_hash);
	r = jk_vocab_find_hashed(v, right, n - n_left, right_hash);
	id = jk_vocab_find_hashed(v, both, n, hash);
	if (l < 0 || r < 0 || id < 0)
		return jk_fail(err, JK_EDATA, "merge %u: %s is no token",
		    number, l < 0 ? jk_tr("its left part") : r < 0 ?
		    jk_tr("its right part") : jk_tr("what it makes"));
	*pair = (struct jk_pair){ (uint32_t)l, (uint32_t)r, (uint32_t)id,
		n_left ? last_character(both, n_left) : JK_N_CHARACTERS,
		n > n_left ? first_character(right, n - n_left) :
		JK_N_CHARACTERS };
	return 0;
}

static void
join(struct jk_bpe *bpe, unsigned last, unsigned first)
{
	if (last < JK_N_CHARACTERS && first < JK_N_CHARACTERS)
		bpe->joins[last][first / 64] |= (uint64_t)1 << first % 64;
}

int
jk_bpe_add_pairs(struct jk_bpe *bpe, const struct jk_pair *pairs, uint32_t n,
    struct jk_err *err)
{
	enum { AHEAD = 16 };
	uint32_t i;

	if (n > UINT32_MAX / 4 - bpe->n_merges)
		return jk_fail(err, JK_EDATA, "too many merges");
	if (jk_bpe_reserve(bpe, bpe->n_merges + n, err) < 0)
		return -1;
	if (!bpe->joins)
		bpe->joins = calloc(JK_N_CHARACTERS, sizeof *bpe->joins);
	if (!bpe->joins)
		return jk_fail_nomem(err);
	for (i = 0; i < n; i++) {
		const struct jk_pair *p = &pairs[i];

		/* each is somewhere else in a table larger than any cache */
		if (i + AHEAD < n)
			__builtin_prefetch(&bpe->merges[jk_merge_home(bpe,
			    p[AHEAD].left, p[AHEAD].right)], 1);
		*jk_merge_slot(bpe, p->left, p->right) = (struct jk_merge){
			p->left, p->right, bpe->n_merges++, p->id };
		join(bpe, p->last, p->first);
	}
	return 0;
}

int
jk_bpe_add_merge(struct jk_bpe *bpe, const char *both, size_t n_left,
    size_t n, struct jk_err *err)
{
	struct jk_pair pair;

	if (jk_bpe_find_pair(bpe, both, n_left, n, bpe->n_merges, &pair, err)
	    < 0)
		return -1;
	return jk_bpe_add_pairs(bpe, &pair, 1, err);
}

int
jk_bpe_finish(struct jk_bpe *bpe, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t code, other;
	char s[8];
	int i, r;

	for (i = 0; i < 256; i++) {
		if (bpe->byte_level) {
			s[0] = (char)i;
			bpe->byte_ids[i] = jk_vocab_find(&bpe->vocab, s, 1);
		} else {
			snprintf(s, sizeof s, "<0x%02X>", i);
			bpe->byte_ids[i] = jk_vocab_find(&bpe->vocab, s, 6);
		}
	}
	for (code = 0; code < JK_N_CHARACTERS; code++) {
		jk_buf_clear(&b);
		jk_buf_add_utf8(&b, code < JK_N_FIRST ? code :
		    JK_BPE_SPACE_CODE);
		bpe->character_ids[code] = jk_vocab_find(&bpe->vocab,
		    jk_buf_str(&b), b.len);
		if (bpe->character_ids[code] >= 0 || !bpe->joins)
			continue;
		for (other = 0; other < JK_N_CHARACTERS; other++) {
			join(bpe, code, other);
			join(bpe, other, code);
		}
	}
	r = jk_buf_check(&b, err);
	jk_buf_release(&b);
	return r;
}

int
jk_ids_reserve(struct jk_ids *ids, size_t n, struct jk_err *err)
{
	size_t cap = ids->cap ? ids->cap : 256;
	uint32_t *p;

	if (ids->cap - ids->n >= n)
		return 0;
	while (cap - ids->n < n) {
		if (cap > SIZE_MAX / 2 / sizeof *p)
			return jk_fail_nomem(err);
		cap *= 2;
	}
	p = realloc(ids->v, cap * sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	ids->v = p;
	ids->cap = cap;
	return 0;
}

void
jk_ids_release(struct jk_ids *ids)
{
	free(ids->v);
	*ids = (struct jk_ids){ 0 };
}
