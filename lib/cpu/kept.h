#ifndef JK_CPU_KEPT_H
#define JK_CPU_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Weights in the form that products want, kept from one product to the next, as
 * many as some bytes hold: who comes first stays.  A matrix is known by its
 * address, so its numbers may not change.  All zeros keeps nothing.
 */
struct jk_kept {
	struct jk_kept_matrix *v;
	size_t n;
	uint64_t left_bytes;
};

/*
 * The place of a matrix, 64-byte aligned; *is_new: nothing is there yet, and the
 * caller fills it.  NULL: it is not kept.
 */
void *jk_kept_place(struct jk_kept *k, const void *w, bool back,
    size_t size_bytes, bool *is_new);
void jk_kept_release(struct jk_kept *k);

#endif
