#ifndef JK_TOK_REGEX_H
#define JK_TOK_REGEX_H

#include "base/buf.h"

/*
 * The regular expressions of tokenizers are Oniguruma's; jk runs them with
 * PCRE2 (JIT).  The two agree on the part that tokenizers use but for \s,
 * where PCRE2 also takes U+180E; it is spelled out.
 */

/*
 * Append the pattern in PCRE2's words.  Accepted: literals, classes, \p{..}
 * \P{..} \s \S \d \D \r \n \t \f \v \xHH \x{H..}, escaped punctuation,
 * groups (?: (?i: (?= (?! (?<= (?<!, alternatives, * + ? {m,n} and their lazy
 * forms, *+ ++ ?+.  Errors: JK_EDATA, naming anything else.
 */
int jk_regex_translate(const char *pattern, struct jk_buf *out,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
