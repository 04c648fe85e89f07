#ifndef JK_JINJA_COMPARE_H
#define JK_JINJA_COMPARE_H

#include "jinja/operator.h"
#include "jinja/value.h"

/* Python's equality, order and membership. */

bool jk_value_equal(struct jk_jinja_run *run, struct jk_value a,
    struct jk_value b);
/*
 * Does `a op b` hold, for a comparison, `in` or `not in`?  Fails for types
 * that have no order, or that hold nothing.
 */
bool jk_value_compare(struct jk_jinja_run *run, struct jk_value a,
    enum jk_jinja_operator op, struct jk_value b);
/* The pair with a key equal to this one, or NULL. */
struct jk_dict_pair *jk_dict_find(struct jk_jinja_run *run,
    const struct jk_dict *dict, struct jk_value key);

#endif
