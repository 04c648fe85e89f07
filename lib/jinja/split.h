#ifndef JK_JINJA_SPLIT_H
#define JK_JINJA_SPLIT_H

#include "jinja/value.h"

/*
 * str.split, and str.rsplit where `right`, with at most `max` cuts (all where
 * negative); `by` NULL: at white space.
 */
struct jk_value jk_str_split(struct jk_jinja_run *run,
    const struct jk_str *str, const struct jk_str *by, int64_t max,
    bool right);
struct jk_value jk_str_splitlines(struct jk_jinja_run *run,
    const struct jk_str *str, bool keep_ends);
/* str.partition, and str.rpartition where `right`. */
struct jk_value jk_str_partition(struct jk_jinja_run *run,
    const struct jk_str *str, const struct jk_str *by, bool right);

#endif
