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

/* Adds to *bytes what the search takes. */
static struct jk_jinja_variable *
find(struct jk_jinja_variable *variable, const struct jk_str *name,
    size_t *bytes)
{
	for (; variable; variable = variable->next) {
		*bytes += JK_JINJA_LOOK_BYTES;
		if (variable->name == name)
			break;
		if (variable->name->n != name->n)
			continue;
		*bytes += name->n;
		if (memcmp(variable->name->s, name->s, name->n) == 0)
			break;
	}
	return variable;
}

void
jk_jinja_scope_set(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_str *name, struct jk_value value)
{
	size_t bytes = 0;
	struct jk_jinja_variable *variable = find(scope->variables, name,
	    &bytes);

	jk_jinja_spend(run, bytes / JK_JINJA_STEP_BYTES);
	if (!variable) {
		variable = jk_jinja_alloc(run, sizeof *variable);
		variable->name = name;
		variable->next = scope->variables;
		scope->variables = variable;
	}
	variable->value = value;
}

struct jk_value
jk_jinja_scope_get(struct jk_jinja_run *run,
    const struct jk_jinja_scope *scope, const struct jk_str *name)
{
	const struct jk_jinja_variable *variable = NULL;
	size_t bytes = 0;

	for (; scope && !variable; scope = scope->outer) {
		bytes += JK_JINJA_LOOK_BYTES;
		variable = find(scope->variables, name, &bytes);
	}
	jk_jinja_spend(run, bytes / JK_JINJA_STEP_BYTES);
	return variable ? variable->value : JK_ABSENT;
}
