/*
 * Which names a scope assigns before it reads them, and which special names a
 * body uses.  Jinja resolves names when it compiles: a name that a scope
 * assigns first, outside of any `if`, and that no scope around knows, starts
 * out undefined there, even if the caller passed a variable of that name.
 * Source: Jinja 3.1, how its compiler tracks identifiers.
 */

#include <string.h>

#include "jinja/symbols.h"
#include "jinja/scope.h"
#include "jinja/str.h"

struct symbols {
	struct symbols *outer;
	struct symbol *names;
};

struct symbol {
	const struct jk_str *name;
	bool fresh;		/* assigned first, known nowhere around */
	struct symbol *next;
};

/* Spends the steps of the search as that for a variable does (scope.h). */
static bool
known(struct jk_jinja_run *run, const struct symbols *symbols,
    const struct jk_str *name)
{
	const struct symbol *symbol = NULL;
	size_t bytes = 0;

	for (; symbols && !symbol; symbols = symbols->outer) {
		bytes += JK_JINJA_LOOK_BYTES;
		for (symbol = symbols->names; symbol; symbol = symbol->next) {
			bytes += JK_JINJA_LOOK_BYTES;
			if (symbol->name->n != name->n)
				continue;
			bytes += name->n;
			if (memcmp(symbol->name->s, name->s, name->n) == 0)
				break;
		}
	}
	jk_jinja_spend(run, bytes / JK_JINJA_STEP_BYTES);
	return symbol != NULL;
}

static struct symbol *
add(struct jk_jinja_run *run, struct symbols *symbols,
    const struct jk_str *name)
{
	struct symbol *symbol = jk_jinja_alloc(run, sizeof *symbol);

	symbol->name = name;
	symbol->next = symbols->names;
	symbols->names = symbol;
	return symbol;
}

static void
load(struct jk_jinja_run *run, struct symbols *symbols,
    const struct jk_str *name)
{
	if (!known(run, symbols, name))
		add(run, symbols, name);
}

static void
store(struct jk_jinja_run *run, struct symbols *symbols,
    const struct jk_str *name, bool in_branch)
{
	if (!known(run, symbols, name))
		add(run, symbols, name)->fresh = !in_branch;
}

static void
store_target(struct jk_jinja_run *run, struct symbols *symbols,
    const struct jk_jinja_node *node, bool in_branch)
{
	const struct jk_jinja_node *item;

	if (node->kind == JK_NODE_NAME)
		store(run, symbols, node->name, in_branch);
	else if (node->kind == JK_NODE_MEMBER)
		load(run, symbols, node->name);
	for (item = node->kind == JK_NODE_TUPLE ? node->list : NULL; item;
	    item = item->next)
		store_target(run, symbols, item->a, in_branch);
}

/* All names that an expression reads. */
static void
load_all(struct jk_jinja_run *run, struct symbols *symbols,
    const struct jk_jinja_node *node)
{
	const struct jk_jinja_node *item;

	if (!node)
		return;
	if (node->kind == JK_NODE_NAME)
		load(run, symbols, node->name);
	load_all(run, symbols, node->a);
	load_all(run, symbols, node->b);
	load_all(run, symbols, node->c);
	load_all(run, symbols, node->d);
	for (item = node->list; item; item = item->next)
		load_all(run, symbols, item);
}

static void visit(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node, bool in_branch);

static void
visit_list(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node, bool in_branch)
{
	for (; node; node = node->next)
		visit(run, symbols, node, in_branch);
}

static struct jk_jinja_node *
fresh_names(struct jk_jinja_run *run, const struct symbols *symbols)
{
	struct jk_jinja_node *list = NULL, *node;
	const struct symbol *symbol;

	for (symbol = symbols->names; symbol; symbol = symbol->next) {
		if (!symbol->fresh)
			continue;
		node = jk_jinja_alloc(run, sizeof *node);
		node->kind = JK_NODE_NAME;
		node->name = symbol->name;
		node->next = list;
		list = node;
	}
	return list;
}

/* Scopes below the statements of a scope whose own names are all known. */
static void inner_list(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node);

/* Work out a scope: parameters, then its body, then the scopes in it. */
static struct jk_jinja_node *
scope(struct jk_jinja_run *run, struct symbols *outer,
    const struct jk_jinja_node *target, struct jk_jinja_node *parameters,
    bool loop, struct jk_jinja_node *body)
{
	struct symbols symbols = { .outer = outer };
	struct symbols only = { 0 };
	static const struct jk_str loop_name = { .s = "loop", .n = 4 };
	struct jk_jinja_node *p;
	struct symbol *symbol;

	/* parameters hide what is outside and are never without a value */
	if (target) {
		store_target(run, &only, target, true);
		for (symbol = only.names; symbol; symbol = symbol->next)
			add(run, &symbols, symbol->name);
	}
	for (p = parameters; p; p = p->next)
		add(run, &symbols, p->name);
	if (loop)
		add(run, &symbols, &loop_name);
	for (p = parameters; p; p = p->next)
		load_all(run, &symbols, p->a);
	visit_list(run, &symbols, body, false);
	inner_list(run, &symbols, body);
	return fresh_names(run, &symbols);
}

/* What a statement does to the names of the scope that it stands in. */
static void
visit(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node, bool in_branch)
{
	struct jk_jinja_node *p;

	run->at = node->at;
	switch (node->kind) {
	case JK_NODE_OUTPUT:
		load_all(run, symbols, node->a);
		break;
	case JK_NODE_SET:
		load_all(run, symbols, node->b);
		store_target(run, symbols, node->a, in_branch);
		break;
	case JK_NODE_SET_BLOCK:
		store_target(run, symbols, node->a, in_branch);
		break;
	case JK_NODE_FOR:
		load_all(run, symbols, node->b);
		break;
	case JK_NODE_IF:
		load_all(run, symbols, node->a);
		visit_list(run, symbols, node->list, true);
		visit_list(run, symbols, node->other, true);
		break;
	case JK_NODE_WITH:
		for (p = node->other; p; p = p->next)
			load_all(run, symbols, p->a);
		break;
	case JK_NODE_MACRO:
		store(run, symbols, node->name, in_branch);
		break;
	case JK_NODE_CALL_BLOCK:
	case JK_NODE_FILTER_BLOCK:
		load_all(run, symbols, node->a);
		break;
	default:
		break;
	}
}

static void
inner(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node)
{
	switch (node->kind) {
	case JK_NODE_FOR:
		node->fresh = scope(run, symbols, node->a, NULL,
		    node->uses_loop, node->list);
		node->fresh_other = scope(run, symbols, NULL, NULL, false,
		    node->other);
		break;
	case JK_NODE_WITH:
	case JK_NODE_MACRO:
	case JK_NODE_CALL_BLOCK:
		node->fresh = scope(run, symbols, NULL, node->kind ==
		    JK_NODE_WITH ? NULL : node->other, false, node->list);
		break;
	case JK_NODE_SET_BLOCK:
	case JK_NODE_FILTER_BLOCK:
	case JK_NODE_GENERATION:
		node->fresh = scope(run, symbols, NULL, NULL, false,
		    node->list);
		break;
	case JK_NODE_IF:
		inner_list(run, symbols, node->list);
		inner_list(run, symbols, node->other);
		break;
	default:
		break;
	}
}

static void
inner_list(struct jk_jinja_run *run, struct symbols *symbols,
    struct jk_jinja_node *node)
{
	for (; node; node = node->next)
		inner(run, symbols, node);
}

/* --- special names */

struct uses {
	bool loop, caller, kwargs, varargs;
};

static void
find_uses(struct uses *u, struct jk_jinja_node *node)
{
	struct uses below = { 0 };

	for (; node; node = node->next) {
		if (node->kind == JK_NODE_NAME) {
			u->loop |= jk_str_equals(node->name, "loop");
			u->caller |= jk_str_equals(node->name, "caller");
			u->kwargs |= jk_str_equals(node->name, "kwargs");
			u->varargs |= jk_str_equals(node->name, "varargs");
		}
		if (node->kind == JK_NODE_FOR || node->kind == JK_NODE_MACRO ||
		    node->kind == JK_NODE_CALL_BLOCK) {
			below = (struct uses){ 0 };
			find_uses(&below, node->list);
			node->uses_loop = below.loop || node->recursive;
			node->uses_caller = below.caller;
			node->uses_kwargs = below.kwargs;
			node->uses_varargs = below.varargs;
			u->loop |= below.loop;
			u->caller |= below.caller;
			u->kwargs |= below.kwargs;
			u->varargs |= below.varargs;
		} else {
			find_uses(u, node->list);
		}
		find_uses(u, node->a);
		find_uses(u, node->b);
		find_uses(u, node->c);
		find_uses(u, node->d);
		find_uses(u, node->other);
	}
}

void
jk_jinja_find_symbols(struct jk_jinja_run *run, struct jk_jinja_node *root)
{
	struct uses u = { 0 };

	find_uses(&u, root->list);
	root->fresh = scope(run, NULL, NULL, NULL, false, root->list);
}
