#include "record/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void
jk_tally_release(struct jk_tally *t)
{
	uint32_t i;

	for (i = 0; i < t->n_entries; i++)
		free(t->entries[i].s);
	free(t->entries);
	free(t->slots);
	*t = (struct jk_tally){ 0 };
}

static uint32_t *
find_slot(const struct jk_tally *t, const char *s, size_t n, uint64_t hash)
{
	size_t mask = t->n_slots - 1, at = (size_t)hash & mask;
	const struct jk_tally_entry *e;

	for (; t->slots[at]; at = (at + 1) & mask) {
		e = &t->entries[t->slots[at] - 1];
		if (e->hash == hash && e->len == n &&
		    memcmp(e->s, s, n) == 0)
			break;
	}
	return &t->slots[at];
}

/* Into slots that are all empty. */
static void
fill_slots(struct jk_tally *t)
{
	size_t mask = t->n_slots - 1, at;
	uint32_t i;

	for (i = 0; i < t->n_entries; i++) {
		at = (size_t)t->entries[i].hash & mask;
		while (t->slots[at])
			at = (at + 1) & mask;
		t->slots[at] = i + 1;
	}
}

static int
grow(struct jk_tally *t, struct jk_err *err)
{
	size_t n = t->n_slots ? t->n_slots * 2 : 64;
	uint32_t *slots = calloc(n, sizeof *slots);
	struct jk_tally_entry *e = realloc(t->entries, n / 2 * sizeof *e);

	if (e)
		t->entries = e;
	if (!slots || !e) {
		free(slots);
		return jk_fail_nomem(err);
	}
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	t->cap = n / 2;
	fill_slots(t);
	return 0;
}

int
jk_tally_add(struct jk_tally *t, const char *s, size_t n, uint32_t *index,
    struct jk_err *err)
{
	uint64_t hash = jk_hash64(s, n, 0);
	struct jk_tally_entry *e;
	uint32_t *slot;
	char *copy;

	if (t->n_entries == t->cap && grow(t, err) < 0)
		return -1;
	slot = find_slot(t, s, n, hash);
	if (!*slot) {
		if (t->n_entries == UINT32_MAX)
			return jk_fail(err, JK_EDATA, "more than %u different"
			    " strings", UINT32_MAX);
		copy = malloc(n + 1);
		if (!copy)
			return jk_fail_nomem(err);
		memcpy(copy, s, n);
		copy[n] = '\0';
		t->entries[t->n_entries] = (struct jk_tally_entry){
			.s = copy, .len = n, .hash = hash
		};
		*slot = ++t->n_entries;
	}
	e = &t->entries[*slot - 1];
	e->count++;
	*index = *slot - 1;
	return 0;
}

static int
by_count(const void *pa, const void *pb)
{
	const struct jk_tally_entry *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->s, b->s);
}

void
jk_tally_sort(struct jk_tally *t)
{
	if (!t->n_entries)
		return;
	qsort(t->entries, t->n_entries, sizeof *t->entries, by_count);
	memset(t->slots, 0, t->n_slots * sizeof *t->slots);
	fill_slots(t);
}

const struct jk_tally_entry *
jk_tally_find(const struct jk_tally *t, const char *s, size_t n)
{
	uint32_t slot = t->n_slots ?
	    *find_slot(t, s, n, jk_hash64(s, n, 0)) : 0;

	return slot ? &t->entries[slot - 1] : NULL;
}
