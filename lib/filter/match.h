#ifndef JK_FILTER_MATCH_H
#define JK_FILTER_MATCH_H

#include <stddef.h>

#include "base/err.h"

/*
 * A regular expression of PCRE2, in UTF mode with Unicode properties (\w and
 * \b know Cyrillic; (?i) folds it), compiled to machine code where the system
 * allows that.
 */
struct jk_match;

/* NULL on error: JK_EUSAGE with the place in the pattern, JK_ESYS. */
struct jk_match *jk_match_new(const char *pattern, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_match_free(struct jk_match *m);

/*
 * Does it match anywhere in the n bytes of well-formed UTF-8 at s?  Returns
 * 1, 0 or -1.  Errors: JK_EDATA where matching takes more steps or memory
 * than the library's limits allow; JK_ESYS.
 */
int jk_match_test(struct jk_match *m, const char *s, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
