#ifndef JK_JINJA_CASE_H
#define JK_JINJA_CASE_H

#include "jinja/value.h"

/* str.upper, lower, capitalize, title, swapcase. */
enum jk_case {
	JK_CASE_UPPER, JK_CASE_LOWER, JK_CASE_CAPITALIZE, JK_CASE_TITLE,
	JK_CASE_SWAP
};
struct jk_value jk_str_to_case(struct jk_jinja_run *run,
    const struct jk_str *str, enum jk_case to);

/* str.isalpha, isdecimal, isdigit, isalnum, isspace, isupper, islower. */
enum jk_str_kind {
	JK_STR_ALPHA, JK_STR_DECIMAL, JK_STR_DIGIT, JK_STR_ALNUM,
	JK_STR_SPACE, JK_STR_UPPER, JK_STR_LOWER
};
bool jk_str_is(struct jk_jinja_run *run, const struct jk_str *str,
    enum jk_str_kind kind);

#endif
