#ifndef JK_JINJA_TESTS_H
#define JK_JINJA_TESTS_H

#include "jinja/args.h"

/* value is name(args); fails for an unknown name. */
bool jk_jinja_apply_test(struct jk_jinja_run *run, const struct jk_str *name,
    struct jk_value value, const struct jk_jinja_args *args);

#endif
