/*
 * Which names a scope assigns before it reads them, and which special names a
 * body uses.  Jinja resolves names when it compiles: a name that a scope
 * assigns first, outside of any `if`, and that no scope around knows, starts
 * out undefined there, even if the caller passed a variable of that name.
 * Source: Jinja 3.1, how its compiler tracks identifiers.
 */

#include <string.h>

#include "jinja/ast.h"

struct symbols {
	struct symbols *outer;
	struct symbol *names;
};

struct symbol {
	const struct jk_jstr *name;
	bool fresh;		/* assigned first, known nowhere around */
	struct symbol *next;
};

static struct symbol *
known(const struct symbols *s, const struct jk_jstr *name)
{
	struct symbol *k;

	for (k = s->names; k; k = k->next) {
		if (k->name->n == name->n &&
		    memcmp(k->name->s, name->s, name->n) == 0)
			return k;
	}
	return s->outer ? known(s->outer, name) : NULL;
}

static struct symbol *
add(struct jk_ji *j, struct symbols *s, const struct jk_jstr *name)
{
	struct symbol *k = jk_ji_alloc(j, sizeof *k);

	k->name = name;
	k->next = s->names;
	s->names = k;
	return k;
}

static void
load(struct jk_ji *j, struct symbols *s, const struct jk_jstr *name)
{
	if (!known(s, name))
		add(j, s, name);
}

static void
store(struct jk_ji *j, struct symbols *s, const struct jk_jstr *name,
    bool in_branch)
{
	if (!known(s, name))
		add(j, s, name)->fresh = !in_branch;
}

static void
store_target(struct jk_ji *j, struct symbols *s, const struct jk_jnode *n,
    bool in_branch)
{
	const struct jk_jnode *item;

	if (n->kind == N_NAME)
		store(j, s, n->name, in_branch);
	else if (n->kind == N_MEMBER)
		load(j, s, n->name);
	for (item = n->kind == N_TUPLE ? n->list : NULL; item;
	    item = item->next)
		store_target(j, s, item->a, in_branch);
}

/* All names that an expression reads. */
static void
load_all(struct jk_ji *j, struct symbols *s, const struct jk_jnode *n)
{
	const struct jk_jnode *item;

	if (!n)
		return;
	if (n->kind == N_NAME)
		load(j, s, n->name);
	load_all(j, s, n->a);
	load_all(j, s, n->b);
	load_all(j, s, n->c);
	load_all(j, s, n->d);
	for (item = n->list; item; item = item->next)
		load_all(j, s, item);
}

static void visit(struct jk_ji *j, struct symbols *s, struct jk_jnode *n,
    bool in_branch);

static void
visit_list(struct jk_ji *j, struct symbols *s, struct jk_jnode *n,
    bool in_branch)
{
	for (; n; n = n->next)
		visit(j, s, n, in_branch);
}

static struct jk_jnode *
fresh_names(struct jk_ji *j, const struct symbols *s)
{
	struct jk_jnode *list = NULL, *n;
	const struct symbol *k;

	for (k = s->names; k; k = k->next) {
		if (!k->fresh)
			continue;
		n = jk_ji_alloc(j, sizeof *n);
		n->kind = N_NAME;
		n->name = k->name;
		n->next = list;
		list = n;
	}
	return list;
}

/* Scopes below the statements of a scope whose own names are all known. */
static void inner_list(struct jk_ji *j, struct symbols *s,
    struct jk_jnode *n);

/* Work out a scope: parameters, then its body, then the scopes in it. */
static struct jk_jnode *
scope(struct jk_ji *j, struct symbols *outer, const struct jk_jnode *target,
    struct jk_jnode *parameters, bool loop, struct jk_jnode *body)
{
	struct symbols s = { .outer = outer };
	struct symbols only = { 0 };
	static const struct jk_jstr loop_name = { .s = "loop", .n = 4 };
	struct jk_jnode *p;
	struct symbol *k;

	/* parameters hide what is outside and are never without a value */
	if (target) {
		store_target(j, &only, target, true);
		for (k = only.names; k; k = k->next)
			add(j, &s, k->name);
	}
	for (p = parameters; p; p = p->next)
		add(j, &s, p->name);
	if (loop)
		add(j, &s, &loop_name);
	for (p = parameters; p; p = p->next)
		load_all(j, &s, p->a);
	visit_list(j, &s, body, false);
	inner_list(j, &s, body);
	return fresh_names(j, &s);
}

/* What a statement does to the names of the scope that it stands in. */
static void
visit(struct jk_ji *j, struct symbols *s, struct jk_jnode *n, bool in_branch)
{
	struct jk_jnode *p;

	switch (n->kind) {
	case N_OUTPUT:
		load_all(j, s, n->a);
		break;
	case N_SET:
		load_all(j, s, n->b);
		store_target(j, s, n->a, in_branch);
		break;
	case N_SET_BLOCK:
		store_target(j, s, n->a, in_branch);
		break;
	case N_FOR:
		load_all(j, s, n->b);
		break;
	case N_IF:
		load_all(j, s, n->a);
		visit_list(j, s, n->list, true);
		visit_list(j, s, n->other, true);
		break;
	case N_WITH:
		for (p = n->other; p; p = p->next)
			load_all(j, s, p->a);
		break;
	case N_MACRO:
		store(j, s, n->name, in_branch);
		break;
	case N_CALL_BLOCK:
	case N_FILTER_BLOCK:
		load_all(j, s, n->a);
		break;
	default:
		break;
	}
}

static void
inner(struct jk_ji *j, struct symbols *s, struct jk_jnode *n)
{
	switch (n->kind) {
	case N_FOR:
		n->fresh = scope(j, s, n->a, NULL, n->uses_loop, n->list);
		n->fresh_other = scope(j, s, NULL, NULL, false, n->other);
		break;
	case N_WITH:
	case N_MACRO:
	case N_CALL_BLOCK:
		n->fresh = scope(j, s, NULL, n->kind == N_WITH ? NULL :
		    n->other, false, n->list);
		break;
	case N_SET_BLOCK:
	case N_FILTER_BLOCK:
	case N_GENERATION:
		n->fresh = scope(j, s, NULL, NULL, false, n->list);
		break;
	case N_IF:
		inner_list(j, s, n->list);
		inner_list(j, s, n->other);
		break;
	default:
		break;
	}
}

static void
inner_list(struct jk_ji *j, struct symbols *s, struct jk_jnode *n)
{
	for (; n; n = n->next)
		inner(j, s, n);
}

/* --- special names */

struct uses {
	bool loop, caller, kwargs, varargs;
};

static void
find_uses(struct uses *u, struct jk_jnode *n)
{
	struct uses below = { 0 };

	for (; n; n = n->next) {
		if (n->kind == N_NAME) {
			u->loop |= jk_jstr_equal(n->name, "loop");
			u->caller |= jk_jstr_equal(n->name, "caller");
			u->kwargs |= jk_jstr_equal(n->name, "kwargs");
			u->varargs |= jk_jstr_equal(n->name, "varargs");
		}
		if (n->kind == N_FOR || n->kind == N_MACRO ||
		    n->kind == N_CALL_BLOCK) {
			below = (struct uses){ 0 };
			find_uses(&below, n->list);
			n->uses_loop = below.loop || n->op == 'r';
			n->uses_caller = below.caller;
			n->uses_kwargs = below.kwargs;
			n->uses_varargs = below.varargs;
			u->loop |= below.loop;
			u->caller |= below.caller;
			u->kwargs |= below.kwargs;
			u->varargs |= below.varargs;
		} else {
			find_uses(u, n->list);
		}
		find_uses(u, n->a);
		find_uses(u, n->b);
		find_uses(u, n->c);
		find_uses(u, n->d);
		find_uses(u, n->other);
	}
}

void
jk_jinja_scopes(struct jk_ji *j, struct jk_jnode *root)
{
	struct uses u = { 0 };

	find_uses(&u, root->list);
	root->fresh = scope(j, NULL, NULL, NULL, false, root->list);
}
