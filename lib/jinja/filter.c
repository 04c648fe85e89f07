/* Finding a filter by its name, and applying it. */

#include "jinja/filter.h"
#include "jinja/call.h"
#include "jinja/str.h"

const struct jk_jinja_builtin *
jk_jinja_find_filter(const struct jk_jinja_run *run, const struct jk_str *name)
{
	const struct jk_jinja_builtin *const *table, *filter;

	for (table = run->filters; *table; table++) {
		for (filter = *table; filter->name; filter++) {
			if (jk_str_equals(name, filter->name))
				return filter;
		}
	}
	return NULL;
}

struct jk_value
jk_jinja_apply_filter(struct jk_jinja_run *run, const struct jk_str *name,
    struct jk_value value, const struct jk_jinja_args *args)
{
	const struct jk_jinja_builtin *filter = jk_jinja_find_filter(run,
	    name);

	jk_jinja_spend(run, 10);
	if (!filter)
		jk_jinja_fail(run, "the filter '%.*s' is unknown or not "
		    "supported", JK_STR_SHOWN(name));
	return jk_jinja_call_builtin(run, filter, value, args);
}
