#ifndef JK_TOK_CUTS_H
#define JK_TOK_CUTS_H

#include "tok/cuts_pattern.h"

/*
 * Finding what a pattern of pre-tokenizers (tok/cuts_pattern.h) matches.
 *
 * A match is PCRE2's: of the ways that match at the first place where one does,
 * the first; each item takes as many as it can, and gives back from the last on.
 * What a class holds is PCRE2's word as well: it is asked about 256 characters
 * when one of them first comes, so that its Unicode is the only one.  A
 * character's entry then tells its classes and which ways may begin with it.
 *
 * What a text may cost is bounded: where a pattern steps back again and again,
 * which those published don't, the rest is the caller's, whose engine has a clock.
 */

/*
 * Entries of characters, for one thread and one jk_cuts: bits of classes below,
 * of ways above.  Zero-initialise.
 */
struct jk_cuts_work {
	uint64_t *near;		/* U+0000 to U+07FF */
	uint64_t **far;		/* by code / 256; NULL: not yet asked for */
};

void jk_cuts_work_release(struct jk_cuts_work *w);

/* Steps that finding all matches in n bytes may take. */
static inline int64_t
jk_cuts_steps(size_t n)
{
	return 4096 + 16 * (int64_t)n;
}

/*
 * As jk_regex_find, with `regex` to ask about classes.  *steps, which begins as
 * jk_cuts_steps of the text, is below 0 where that was too little: nothing is
 * known then.  Errors: JK_ESYS, and what jk_regex_find says.
 */
int jk_cuts_find(const struct jk_cuts *cuts, struct jk_cuts_work *w,
    struct jk_regex_work *regex, const char *s, size_t n, size_t at,
    int64_t *steps, size_t *begin, size_t *end, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
