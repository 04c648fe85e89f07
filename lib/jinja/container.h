#ifndef JK_JINJA_CONTAINER_H
#define JK_JINJA_CONTAINER_H

#include "jinja/value.h"

/* Sequences and dicts, and what can be gone through like them. */

struct jk_seq *jk_seq_new(struct jk_jinja_run *run, enum jk_seq_kind kind,
    size_t cap);
void jk_seq_add(struct jk_jinja_run *run, struct jk_seq *seq,
    struct jk_value value);

struct jk_dict *jk_dict_new(struct jk_jinja_run *run, size_t cap);
/* The value of a key, or an absent one. */
struct jk_value jk_dict_get(struct jk_jinja_run *run,
    const struct jk_dict *dict, struct jk_value key);
/* Set; fails for a key that cannot be hashed. */
void jk_dict_set(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value);
/* Add without looking for the key. */
void jk_dict_append(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value);
/* Its keys, values or items. */
struct jk_value jk_dict_view(struct jk_jinja_run *run,
    const struct jk_dict *dict, enum jk_seq_kind kind);

/*
 * What a `for` goes through, as an array: items, characters, keys.  Uses an
 * iterator up.  Fails for what cannot be gone through.
 */
struct jk_seq *jk_value_iterate(struct jk_jinja_run *run,
    struct jk_value value);
/* Python's len(). */
size_t jk_value_length(struct jk_jinja_run *run, struct jk_value value);

#endif
