#ifndef JK_TOK_REGEX_H
#define JK_TOK_REGEX_H

#include "base/buf.h"

/*
 * The regular expressions of tokenizers are Oniguruma's; jk has PCRE2 for them
 * (JIT), and for those of the usual form less than that (tok/cuts.h).  The two
 * libraries agree on the part that tokenizers use but for \s, where PCRE2 also
 * takes U+180E; it is spelled out.
 */

/*
 * Append the pattern in PCRE2's words.  Accepted: literals, classes and plain
 * ones inside, $, \p{..} \P{..} \s \S (not in a class) \d \D \r \n \t \f
 * \xHH \x{H..}, escaped punctuation, groups ( (?: (?i: (?= (?! (?<= (?<!,
 * alternatives, * + ? {m} {m,} {m,n} and their lazy forms, *+ ++ ?+.  Errors:
 * JK_EDATA, naming anything else; JK_ESYS.
 */
int jk_regex_translate(const char *pattern, struct jk_buf *out,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
