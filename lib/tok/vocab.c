#include "tok/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

void
jk_vocab_release(struct jk_vocab *v)
{
	jk_buf_release(&v->text);
	free(v->pieces);
	free(v->slots);
	*v = (struct jk_vocab){ 0 };
}

/* The slot of a string: where it is, or where it would be. */
static struct jk_vocab_slot *
find_slot(const struct jk_vocab *v, const char *s, size_t n, uint32_t hash)
{
	uint32_t mask = v->n_slots - 1, i;

	for (i = hash & mask; v->slots[i].id_plus_1; i = (i + 1) & mask) {
		const struct jk_piece *p = &v->pieces[v->slots[i].id_plus_1 - 1];

		if (v->slots[i].hash == hash && p->n == n &&
		    memcmp(v->text.data + p->at, s, n) == 0)
			break;
	}
	return &v->slots[i];
}

int
jk_vocab_reserve(struct jk_vocab *v, uint32_t n, struct jk_err *err)
{
	struct jk_vocab_slot *old = v->slots;
	uint32_t n_slots = 1024, n_old = v->n_slots, i, k;

	while (n_slots / 2 < n)
		n_slots *= 2;
	if (n_slots <= n_old)
		return 0;
	v->slots = jk_table_alloc(n_slots, sizeof *v->slots);
	if (!v->slots) {
		v->slots = old;
		return jk_fail_nomem(err);
	}
	v->n_slots = n_slots;
	for (i = 0; i < n_old; i++) {
		if (!old[i].id_plus_1)
			continue;
		k = old[i].hash & (n_slots - 1);
		while (v->slots[k].id_plus_1)
			k = (k + 1) & (n_slots - 1);
		v->slots[k] = old[i];
	}
	free(old);
	return 0;
}

static int
grow_ids(struct jk_vocab *v, uint32_t id, struct jk_err *err)
{
	uint32_t cap = v->ids_cap ? v->ids_cap : 1024;
	struct jk_piece *p;

	while (cap <= id)
		cap *= 2;
	if (cap != v->ids_cap) {
		p = realloc(v->pieces, cap * sizeof *p);
		if (!p)
			return jk_fail_nomem(err);
		v->pieces = p;
		v->ids_cap = cap;
	}
	for (; v->n_ids <= id; v->n_ids++)
		v->pieces[v->n_ids] = (struct jk_piece){ UINT32_MAX, 0 };
	return 0;
}

int
jk_vocab_add(struct jk_vocab *v, uint32_t id, const char *s, size_t n,
    bool searchable, struct jk_err *err)
{
	struct jk_vocab_slot *slot;
	uint32_t hash;

	if (id > JK_MAX_TOKEN_ID)
		return jk_fail(err, JK_EDATA, "token id %u is too large", id);
	if (jk_vocab_has(v, id))
		return jk_fail(err, JK_EDATA, "token id %u twice", id);
	if (n > INT32_MAX || v->text.len > INT32_MAX)
		return jk_fail(err, JK_EDATA, "token strings are too long");
	if (jk_vocab_reserve(v, v->n_strings + 1, err) < 0 ||
	    grow_ids(v, id, err) < 0)
		return -1;
	if (searchable) {
		hash = (uint32_t)jk_hash_short(s, n);
		slot = find_slot(v, s, n, hash);
		if (slot->id_plus_1)
			return jk_fail(err, JK_EDATA, "tokens %u and %u are "
			    "the same string", slot->id_plus_1 - 1, id);
		*slot = (struct jk_vocab_slot){ id + 1, hash };
		v->n_strings++;
	}
	v->pieces[id] = (struct jk_piece){ (uint32_t)v->text.len,
		(uint32_t)n };
	jk_buf_add(&v->text, s, n);
	jk_buf_addc(&v->text, '\0');
	return jk_buf_check(&v->text, err);
}

int32_t
jk_vocab_find_hashed(const struct jk_vocab *v, const char *s, size_t n,
    uint64_t hash)
{
	return v->n_slots ? (int32_t)find_slot(v, s, n,
	    (uint32_t)hash)->id_plus_1 - 1 : -1;
}

int32_t
jk_vocab_find(const struct jk_vocab *v, const char *s, size_t n)
{
	return jk_vocab_find_hashed(v, s, n, jk_hash_short(s, n));
}
