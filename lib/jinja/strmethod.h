#ifndef JK_JINJA_STRMETHOD_H
#define JK_JINJA_STRMETHOD_H

#include "jinja/call.h"

/*
 * The methods of str, in two tables that end with { 0 }: those that Markup has
 * as well, and those that it treats in ways of its own.
 */
extern const struct jk_jinja_builtin jk_jinja_str_methods[];
extern const struct jk_jinja_builtin jk_jinja_plain_str_methods[];

/* str.center: spaces, or `fill` where it is given, to a width in characters. */
struct jk_value jk_str_center(struct jk_jinja_run *run,
    const struct jk_str *str, struct jk_value width, struct jk_value fill);

#endif
