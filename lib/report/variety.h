#ifndef JK_REPORT_VARIETY_H
#define JK_REPORT_VARIETY_H

#include <stdbool.h>

#include "report/words.h"

/*
 * How much texts repeat, themselves and each other, in words (report/words.h).
 * Of each text:
 *
 *   n_grams     runs of four words in it
 *   n_repeated  of these, those that stood in it before
 *   n_shared    those that another text has, too
 *   self_bleu   BLEU-4 against all other texts as references (Zhu and others,
 *               "Texygen", SIGIR 2018, section 2.2; BLEU as of Papineni and
 *               others, ACL 2002, with the reference of the closest length for
 *               the brevity penalty, of two the shorter; where no run of n > 1
 *               words is shared, 0.1 is taken for their number, method 1 of
 *               Chen and Cherry, WMT 2014).  0 where not a word is shared; NaN
 *               for a text without words, or the only one.
 *   loops       whether it goes round: a run of at most 16 words stands at
 *               least three times in direct succession, in 8 words or more
 */
enum { JK_BLEU_WORDS = 4, JK_LOOP_WORDS = 16 };

struct jk_variety_text {
	uint64_t n_words, n_grams, n_repeated, n_shared;
	double self_bleu;
	bool loops;
	uint64_t n_matches[JK_BLEU_WORDS];	/* clipped, by n - 1 */
};

struct jk_gram {
	uint64_t hash;
	uint32_t text, count;
};

/* Zero-initialise to start. */
struct jk_variety {
	struct jk_variety_text *texts;
	size_t n_texts;
	struct jk_gram *grams[JK_BLEU_WORDS];	/* of n words at n - 1 */
	size_t n_grams[JK_BLEU_WORDS];
};

/* Add a text.  Errors: JK_ESYS. */
int jk_variety_add(struct jk_variety *v, const struct jk_words *words,
    struct jk_err *err) JK_WARN_UNUSED;

/* After the last one: all that is said above of each.  Errors: JK_ESYS. */
int jk_variety_finish(struct jk_variety *v, struct jk_err *err)
	JK_WARN_UNUSED;

void jk_variety_release(struct jk_variety *v);

#endif
