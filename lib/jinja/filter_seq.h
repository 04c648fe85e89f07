#ifndef JK_JINJA_FILTER_SEQ_H
#define JK_JINJA_FILTER_SEQ_H

#include "jinja/call.h"

/* The filters on sequences; ends with { 0 }. */
extern const struct jk_jinja_builtin jk_jinja_seq_filters[];

#endif
