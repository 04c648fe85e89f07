/* Scopes of a rendering: the variables that it sees. */

#include <string.h>

#include "jinja/scope.h"

struct jk_jinja_scope *
jk_jinja_scope_new(struct jk_jinja_run *run, struct jk_jinja_scope *outer)
{
	struct jk_jinja_scope *scope = jk_jinja_alloc(run, sizeof *scope);

	scope->outer = outer;
	return scope;
}

static struct jk_jinja_variable *
find(struct jk_jinja_variable *variable, const struct jk_str *name)
{
	for (; variable; variable = variable->next) {
		if (variable->name == name || (variable->name->n == name->n &&
		    memcmp(variable->name->s, name->s, name->n) == 0))
			break;
	}
	return variable;
}

void
jk_jinja_scope_set(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_str *name, struct jk_value value)
{
	struct jk_jinja_variable *variable = find(scope->variables, name);

	if (!variable) {
		variable = jk_jinja_alloc(run, sizeof *variable);
		variable->name = name;
		variable->next = scope->variables;
		scope->variables = variable;
	}
	variable->value = value;
}

struct jk_value
jk_jinja_scope_get(const struct jk_jinja_scope *scope,
    const struct jk_str *name)
{
	const struct jk_jinja_variable *variable;

	for (; scope; scope = scope->outer) {
		variable = find(scope->variables, name);
		if (variable)
			return variable->value;
	}
	return JK_ABSENT;
}
