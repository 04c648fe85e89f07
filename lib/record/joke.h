#ifndef JK_RECORD_JOKE_H
#define JK_RECORD_JOKE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

/* What jk-filter and jk-stat look at in a record; the strings are its own. */
struct jk_joke {
	const char *text;
	size_t text_len;
	const char *theme;	/* NULL without one */
	size_t theme_len;
	double rating;		/* NaN without one */
	/*
	 * A number for the id: its value where it is 16 hexadecimal digits,
	 * as jk-clean writes them, else its hash.  A record without an id has
	 * the one that jk-clean would give it.
	 */
	uint64_t key;
};

/*
 * Errors: JK_EDATA for a record without a text, and for members of another
 * type than jk-record(5) gives them ("theme" and "rating" may be null).
 */
int jk_joke_read(struct jk_joke *joke, const json_t *record,
    struct jk_err *err) JK_WARN_UNUSED;

/* The key of an id of n bytes; of a joke without one with id NULL. */
uint64_t jk_joke_key(const struct jk_joke *joke, const char *id, size_t n);

#endif
