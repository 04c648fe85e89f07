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
find(struct jk_jinja_variable *v, const struct jk_str *name)
{
	for (; v; v = v->next) {
		if (v->name == name || (v->name->n == name->n &&
		    memcmp(v->name->s, name->s, name->n) == 0))
			break;
	}
	return v;
}

void
jk_jinja_scope_set(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_str *name, struct jk_value value)
{
	struct jk_jinja_variable *v = find(scope->variables, name);

	if (!v) {
		v = jk_jinja_alloc(run, sizeof *v);
		v->name = name;
		v->next = scope->variables;
		scope->variables = v;
	}
	v->value = value;
}

struct jk_value
jk_jinja_scope_get(const struct jk_jinja_scope *scope,
    const struct jk_str *name)
{
	const struct jk_jinja_variable *v;

	for (; scope; scope = scope->outer) {
		v = find(scope->variables, name);
		if (v)
			return v->value;
	}
	return JK_ABSENT;
}
