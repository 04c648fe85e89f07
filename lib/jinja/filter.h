#ifndef JK_JINJA_FILTER_H
#define JK_JINJA_FILTER_H

#include "jinja/args.h"

/* The filter of that name among those of the run, or NULL. */
const struct jk_jinja_builtin *jk_jinja_find_filter(
    const struct jk_jinja_run *run, const struct jk_str *name);
/* value|name(args); fails for an unknown name. */
struct jk_value jk_jinja_apply_filter(struct jk_jinja_run *run,
    const struct jk_str *name, struct jk_value value,
    const struct jk_jinja_args *args);

#endif
