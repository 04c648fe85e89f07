#ifndef JK_FILTER_STOPWORDS_H
#define JK_FILTER_STOPWORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "record/tally.h"

/*
 * Words that a text must not hold.  A list has one entry a line: a word or
 * several ("в натуре"), compared in the normal form of dedup/normalize.h, so
 * that case, ё and punctuation play no part; with a * at the end it stands
 * for every word that begins so ("реклам*").  Empty lines and what follows a
 * # are passed over.
 */
struct jk_stopwords {
	struct jk_tally words;	/* in normal form */
	struct jk_buf begins;	/* for each a byte: 1 where it had a * */
	size_t *sizes, n_sizes;	/* the different sizes, in bytes */
};

void jk_stopwords_release(struct jk_stopwords *s);

/*
 * Add a list (zero-initialise `s` before the first).  Errors: JK_ESYS;
 * JK_EDATA for what is not UTF-8, or an entry without a letter or digit.
 */
int jk_stopwords_load(struct jk_stopwords *s, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;

/* Does the normalised text hold one of them? */
bool jk_stopwords_test(const struct jk_stopwords *s, const char *normal,
    size_t n);

#endif
