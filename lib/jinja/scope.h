#ifndef JK_JINJA_SCOPE_H
#define JK_JINJA_SCOPE_H

#include "jinja/value.h"

/* The variables that a part of the template sees. */

struct jk_jinja_variable {
	const struct jk_str *name;
	struct jk_value value;	/* absent: undefined, whatever is outside */
	struct jk_jinja_variable *next;
};

struct jk_jinja_scope {
	struct jk_jinja_scope *outer;
	struct jk_jinja_variable *variables;
};

struct jk_jinja_scope *jk_jinja_scope_new(struct jk_jinja_run *run,
    struct jk_jinja_scope *outer);
void jk_jinja_scope_set(struct jk_jinja_run *run,
    struct jk_jinja_scope *scope, const struct jk_str *name,
    struct jk_value value);
/* The value of a name, or an absent one. */
struct jk_value jk_jinja_scope_get(struct jk_jinja_run *run,
    const struct jk_jinja_scope *scope, const struct jk_str *name);

/*
 * Both spend the steps of their search: JK_JINJA_LOOK_BYTES for each name that
 * they pass, and the bytes of those that they compare.
 */
#define JK_JINJA_LOOK_BYTES 8

#endif
