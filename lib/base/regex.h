#ifndef JK_BASE_REGEX_H
#define JK_BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Regular expressions of PCRE2, in UTF mode with Unicode properties (\w and \b
 * know Cyrillic; (?i) folds it), compiled to machine code where the system
 * allows that, and bounded in time, since patterns come with models.
 *
 * The bound.  PCRE2's own limit counts backtracking, from each place where a
 * match could begin anew and not what happens between two counts: a pattern
 * such as \p{L}+|(\p{N}|\s)*[yz] takes n^2 steps on n bytes without ever
 * reaching it, [ab]*[ac]*[yz] takes them at one place.  So a search goes a few
 * beginnings at a time, in a window of the text that grows only where a match
 * wants to see what is behind it (PCRE2_PARTIAL_HARD, which leaves every result
 * as it is), and asks the clock in between.  Patterns with verbs or \G, which
 * tell where a search began, are only bounded by PCRE2's limits.
 */
struct jk_regex;

enum jk_regex_flag {
	JK_REGEX_HEAD = 1,	/* match where the search begins, or not at all */
	JK_REGEX_WHOLE = 2,	/* and up to the end */
	JK_REGEX_NO_GROUPS = 4	/* plain parentheses capture nothing */
};

/* NULL on error: `bad` with the place in the pattern, JK_ESYS. */
struct jk_regex *jk_regex_new(const char *pattern, unsigned flags,
    enum jk_status bad, struct jk_err *err) JK_WARN_UNUSED;
void jk_regex_free(struct jk_regex *regex);

/* What searching needs; one for each thread, for any number of patterns. */
struct jk_regex_work;

/* NULL: JK_ESYS. */
struct jk_regex_work *jk_regex_work_new(struct jk_err *err) JK_WARN_UNUSED;
void jk_regex_work_free(struct jk_regex_work *work);

/*
 * All searches from here to the next jk_regex_begin together may take
 * `seconds` of this thread's time, but for one window.  What a text of n
 * bytes is given: jk_regex_seconds.
 */
void jk_regex_begin(struct jk_regex_work *work, double seconds);
/* Ten, and ten for each MiB. */
double jk_regex_seconds(size_t n);

/*
 * The first match in the n bytes of well-formed UTF-8 at s that begins at
 * `at`, a character's beginning, or behind: 1 with its first byte and the one
 * behind its last, 0 without, -1.  Errors: JK_EDATA where it takes longer, or
 * more memory, than it may; JK_ESYS.
 */
int jk_regex_find(const struct jk_regex *regex, struct jk_regex_work *work,
    const char *s, size_t n, size_t at, size_t *begin, size_t *end,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Where the group of that name was in the match found last, of the first few
 * groups; false where it took no part.
 */
bool jk_regex_group(const struct jk_regex *regex,
    const struct jk_regex_work *work, const char *name, size_t *begin,
    size_t *end);

#endif
