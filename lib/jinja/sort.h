#ifndef JK_JINJA_SORT_H
#define JK_JINJA_SORT_H

#include "jinja/value.h"

/* Sort values by their keys, stable. */
void jk_seq_sort(struct jk_jinja_run *run, struct jk_seq *values,
    const struct jk_seq *keys, bool reverse);

#endif
