/* What a macro is called with. */

#include <string.h>

#include "jinja/macro.h"
#include "jinja/container.h"
#include "jinja/eval.h"
#include "jinja/str.h"

/*
 * The argument for a parameter: the next positional one, else the one of that
 * name, which is marked as used; absent if there is none.
 */
static struct jk_value
argument(struct jk_jinja_run *run, const struct jk_jinja_args *args,
    const struct jk_str *name, size_t *at, bool *used)
{
	struct jk_value value = JK_ABSENT;
	size_t i;

	if (*at < args->n)
		return args->v[(*at)++];
	jk_jinja_spend(run, args->n_named * JK_JINJA_LOOK_BYTES /
	    JK_JINJA_STEP_BYTES);
	for (i = 0; i < args->n_named; i++) {
		if (!jk_str_equals(name, args->names[i]))
			continue;
		value = args->named[i];
		used[i] = true;
	}
	return value;
}

/* What `caller` is: the argument of that name, unless it is None. */
static struct jk_value
caller_of(struct jk_jinja_run *run, const struct jk_jinja_args *args,
    bool *used)
{
	struct jk_value value = jk_value_undefined(run, "No caller defined");
	size_t i;

	for (i = 0; i < args->n_named; i++) {
		if (strcmp(args->names[i], "caller") != 0)
			continue;
		used[i] = true;
		if (args->named[i].type != JK_VALUE_NONE)
			value = args->named[i];
	}
	return value;
}

static void
set_parameters(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, const struct jk_jinja_args *args,
    size_t *at, bool *used)
{
	const struct jk_jinja_node *parameter;
	struct jk_value value;

	for (parameter = node->other; parameter; parameter = parameter->next) {
		value = argument(run, args, parameter->name, at, used);
		if (value.type == JK_VALUE_ABSENT)
			value = parameter->a ?
			    jk_jinja_eval(run, parameter->a, scope) :
			    jk_value_undefined(run, "parameter '%.*s' was "
			    "not provided", JK_STR_SHOWN(parameter->name));
		jk_jinja_scope_set(run, scope, parameter->name, value);
	}
}

static bool
has_parameter(const struct jk_jinja_node *node, const char *name)
{
	const struct jk_jinja_node *parameter;

	for (parameter = node->other; parameter; parameter = parameter->next) {
		if (jk_str_equals(parameter->name, name))
			return true;
	}
	return false;
}

void
jk_jinja_macro_bind(struct jk_jinja_run *run,
    const struct jk_jinja_macro *macro, struct jk_jinja_scope *scope,
    const struct jk_jinja_args *args)
{
	static const struct jk_str caller = { .s = "caller", .n = 6 },
	    kwargs = { .s = "kwargs", .n = 6 },
	    varargs = { .s = "varargs", .n = 7 };
	const struct jk_jinja_node *node = macro->node;
	const char *name = node->name ? node->name->s : "caller";
	struct jk_dict *rest = jk_dict_new(run, 0);
	struct jk_seq *more = jk_seq_new(run, JK_SEQ_TUPLE, 0);
	bool *used = jk_jinja_alloc(run, args->n_named + 1);
	size_t at = 0, i;

	set_parameters(run, node, scope, args, &at, used);
	if (node->uses_caller && !has_parameter(node, "caller"))
		jk_jinja_scope_set(run, scope, &caller,
		    caller_of(run, args, used));
	for (i = 0; i < args->n_named; i++) {
		if (used[i])
			continue;
		if (!node->uses_kwargs)
			jk_jinja_fail(run, "macro '%.100s' takes no keyword "
			    "argument '%.100s'", name, args->names[i]);
		jk_dict_set(run, rest, jk_value_cstr(run, args->names[i]),
		    args->named[i]);
	}
	if (node->uses_kwargs)
		jk_jinja_scope_set(run, scope, &kwargs, jk_value_dict(rest));
	if (at < args->n && !node->uses_varargs)
		jk_jinja_fail(run, "macro '%.100s' takes not more than %zu "
		    "argument(s)", name, at);
	while (at < args->n)
		jk_seq_add(run, more, args->v[at++]);
	if (node->uses_varargs)
		jk_jinja_scope_set(run, scope, &varargs, jk_value_seq(more));
}
