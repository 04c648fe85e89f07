#ifndef JK_JINJA_METHOD_H
#define JK_JINJA_METHOD_H

#include "jinja/value.h"

/*
 * The method `name` of a str, dict, list or tuple, bound to it; an absent
 * value where Python has none, an undefined one where the sandbox forbids it.
 */
struct jk_value jk_value_method(struct jk_jinja_run *run,
    struct jk_value self, const struct jk_str *name);

#endif
