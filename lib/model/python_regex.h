#ifndef JK_MODEL_PYTHON_REGEX_H
#define JK_MODEL_PYTHON_REGEX_H

#include "base/buf.h"

/*
 * The regular expressions of adapter_config.json are for Python's re.  Append
 * the pattern in PCRE2's words, where the two mean the same on names of
 * modules.  Accepted: literals, ., ^, $, classes, \d \D \w \W \s \S \b \B \A
 * \Z \t \n \r \f \v, escaped punctuation, groups ( (?: (?P<name> (?= (?! (?<=
 * (?<!, alternatives, * + ? {m} {m,} {m,n} and their lazy forms.
 * Errors: JK_EDATA, naming anything else.
 */
int jk_python_regex(const char *pattern, struct jk_buf *out,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
