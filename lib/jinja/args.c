/* The arguments of a call, and how they find their parameters. */

#include <string.h>

#include "jinja/args.h"

void
jk_jinja_args_add_named(struct jk_jinja_run *run, struct jk_jinja_args *args,
    const char *name, struct jk_value value)
{
	size_t n = args->n_named, i;

	for (i = 0; i < n; i++) {
		if (strcmp(args->names[i], name) == 0)
			jk_jinja_fail(run,
			    "the argument '%.100s' is given twice", name);
	}
	/* few; a hostile many are stopped by the limit of memory */
	args->names = jk_jinja_grow(run, args->names, n, n + 1,
	    sizeof *args->names);
	args->named = jk_jinja_grow(run, args->named, n, n + 1,
	    sizeof *args->named);
	args->names[n] = name;
	args->named[n] = value;
	args->n_named = n + 1;
}

void
jk_jinja_args_bind(struct jk_jinja_run *run, const char *callee,
    const char *params, size_t required, const struct jk_jinja_args *args,
    struct jk_value *bound)
{
	size_t n = 0, i;
	const char *p = params, *end;

	for (; *p; n++, p = *end ? end + 1 : end) {
		end = p + strcspn(p, " ");
		bound[n] = n < args->n ? args->v[n] : JK_ABSENT;
	}
	if (args->n > n)
		jk_jinja_fail(run,
		    "%s() takes at most %zu argument(s), got %zu", callee, n,
		    args->n);
	for (i = 0; i < args->n_named; i++) {
		size_t len = strlen(args->names[i]), k = 0;

		for (p = params; *p; k++, p = *end ? end + 1 : end) {
			end = p + strcspn(p, " ");
			if ((size_t)(end - p) == len &&
			    memcmp(p, args->names[i], len) == 0)
				break;
		}
		if (k == n)
			jk_jinja_fail(run, "%s() got an unexpected keyword "
			    "argument '%.100s'", callee, args->names[i]);
		if (bound[k].type != JK_VALUE_ABSENT)
			jk_jinja_fail(run,
			    "%s() got multiple values for argument '%.100s'",
			    callee, args->names[i]);
		bound[k] = args->named[i];
	}
	for (i = 0; i < required; i++) {
		if (bound[i].type == JK_VALUE_ABSENT)
			jk_jinja_fail(run, "%s() is missing an argument",
			    callee);
	}
}
