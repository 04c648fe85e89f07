#ifndef JK_JINJA_FILTER_TEXT_H
#define JK_JINJA_FILTER_TEXT_H

#include "jinja/call.h"

/* The filters on strings and single values; ends with { 0 }. */
extern const struct jk_jinja_builtin jk_jinja_text_filters[];

#endif
