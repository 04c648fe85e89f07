#ifndef JK_JINJA_ARGS_H
#define JK_JINJA_ARGS_H

#include "jinja/value.h"

/* Arguments of a call: positional ones and ones by name. */
struct jk_jinja_args {
	struct jk_value *v;
	size_t n;
	const char **names;
	struct jk_value *named;
	size_t n_named;
};

/* Add name=value; fails for a name that is there. */
void jk_jinja_args_add_named(struct jk_jinja_run *run,
    struct jk_jinja_args *args, const char *name, struct jk_value value);

/*
 * Distribute arguments over parameters, named in one string ("chars count"),
 * the first `required` of them needed.  bound[i] is absent where none was
 * given.  Fails as Python does for too many, too few, unknown and doubled
 * ones.
 */
void jk_jinja_args_bind(struct jk_jinja_run *run, const char *callee,
    const char *params, size_t required, const struct jk_jinja_args *args,
    struct jk_value *bound);

#endif
