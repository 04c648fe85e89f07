#ifndef JK_JINJA_FILTER_NUMBER_H
#define JK_JINJA_FILTER_NUMBER_H

#include "jinja/call.h"

/* The filters on numbers; ends with { 0 }. */
extern const struct jk_jinja_builtin jk_jinja_number_filters[];

#endif
