/* Execution of statements. */

#include "jinja/exec.h"
#include "jinja/call.h"
#include "jinja/container.h"
#include "jinja/eval.h"
#include "jinja/loop.h"
#include "jinja/macro.h"
#include "jinja/print.h"

enum flow { GO_ON, BREAK, CONTINUE };

static enum flow exec_list(struct jk_jinja_run *run,
    const struct jk_jinja_node *list, struct jk_jinja_scope *scope,
    struct jk_strbuf *out);

/* A new scope, with its names that start without a value. */
static struct jk_jinja_scope *
open_scope(struct jk_jinja_run *run, struct jk_jinja_scope *outer,
    const struct jk_jinja_node *fresh)
{
	struct jk_jinja_scope *scope = jk_jinja_scope_new(run, outer);

	for (; fresh; fresh = fresh->next)
		jk_jinja_scope_set(run, scope, fresh->name, JK_ABSENT);
	return scope;
}

static void
assign_member(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_jinja_node *target, struct jk_value value)
{
	struct jk_value ns = jk_jinja_scope_get(run, scope, target->name);

	run->at = target->at;
	if (ns.type != JK_VALUE_NAMESPACE)
		jk_jinja_fail(run, "cannot assign attribute on non-namespace "
		    "object");
	if (target->value.str->s[0] == '_')
		jk_jinja_fail(run,
		    "cannot store the underscore-prefixed attribute "
		    "'%.*s' on a namespace", JK_STR_SHOWN(target->value.str));
	jk_dict_set(run, ns.dict, target->value, value);
}

static void
assign(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_jinja_node *target, struct jk_value value)
{
	const struct jk_jinja_node *item;
	struct jk_seq *values;
	size_t n = 0, i = 0;

	if (target->kind == JK_NODE_NAME) {
		jk_jinja_scope_set(run, scope, target->name, value);
		return;
	}
	if (target->kind == JK_NODE_MEMBER) {
		assign_member(run, scope, target, value);
		return;
	}
	run->at = target->at;
	jk_value_need_defined(run, value);
	values = jk_value_iterate(run, value);
	for (item = target->list; item; item = item->next)
		n++;
	if (values->n != n)
		jk_jinja_fail(run, "cannot unpack %zu values into %zu names",
		    values->n, n);
	for (item = target->list; item; item = item->next)
		assign(run, scope, item->a, values->v[i++]);
}

/* A member's object must be a namespace before the value is worked out. */
static void
check_members(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_jinja_node *node)
{
	const struct jk_jinja_node *item;

	run->at = node->at;
	if (node->kind == JK_NODE_MEMBER &&
	    jk_jinja_scope_get(run, scope, node->name).type !=
	    JK_VALUE_NAMESPACE)
		jk_jinja_fail(run, "cannot assign attribute on non-namespace "
		    "object");
	for (item = node->kind == JK_NODE_TUPLE ? node->list : NULL; item;
	    item = item->next)
		check_members(run, scope, item->a);
}

/* One more call that the template makes; the caller subtracts it again. */
static void
enter_call(struct jk_jinja_run *run)
{
	if (++run->calls > 200)
		jk_jinja_fail(run, "too many nested calls");
}

/* --- loops */

/* Take the next item of the source that passes the test. */
static bool
fetch(struct jk_jinja_run *run, struct jk_jinja_loop *loop)
{
	struct jk_seq *source = loop->source;
	size_t *at = source->kind == JK_SEQ_ITERATOR ? &source->at :
	    &loop->next;
	struct jk_jinja_scope *scope;
	struct jk_value value;

	while (*at < source->n) {
		value = source->v[(*at)++];
		jk_jinja_spend(run, 1);
		if (loop->node->c) {
			scope = jk_jinja_scope_new(run, loop->scope);
			assign(run, scope, loop->node->a, value);
			if (!jk_value_is_true(jk_jinja_eval(run, loop->node->c,
			    scope)))
				continue;
		}
		jk_seq_add(run, loop->items, value);
		return true;
	}
	return false;
}

static enum flow
run_loop(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    struct jk_strbuf *out)
{
	static const struct jk_str name = { .s = "loop", .n = 4 };
	const struct jk_jinja_node *node = loop->node;
	bool ended_a_body = false;
	struct jk_jinja_scope *scope;
	enum flow flow;

	for (loop->i = 0; jk_jinja_loop_has(run, loop, loop->i); loop->i++) {
		scope = open_scope(run, loop->scope, node->fresh);
		if (node->uses_loop)
			jk_jinja_scope_set(run, scope, &name, (struct jk_value){
			    .type = JK_VALUE_LOOP,
			    .callable = &loop->callable });
		assign(run, scope, node->a, loop->items->v[loop->i]);
		flow = exec_list(run, node->list, scope, out);
		if (flow == BREAK)
			break;
		/* Jinja runs `else` unless a body ran to its end */
		ended_a_body |= flow == GO_ON;
	}
	if (node->other && !ended_a_body)
		return exec_list(run, node->other, open_scope(run, loop->scope,
		    node->fresh_other), out);
	return GO_ON;
}

static struct jk_value call_loop(const struct jk_jinja_call *call);

static const struct jk_jinja_builtin LOOP = { "loop", call_loop, "iterable",
    1 };

static enum flow
exec_for(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_value items, int64_t depth0,
    struct jk_strbuf *out)
{
	struct jk_jinja_loop *loop = jk_jinja_alloc(run, sizeof *loop);

	run->at = node->b->at;
	*loop = (struct jk_jinja_loop){ .node = node, .scope = scope,
	    .depth0 = depth0, .fetch = fetch,
	    .callable = { .builtin = &LOOP, .loop = loop } };
	loop->source = jk_value_is_seq(items, JK_SEQ_ITERATOR) ? items.seq :
	    jk_value_iterate(run, items);
	loop->items = jk_seq_new(run, JK_SEQ_LIST, 0);
	return run_loop(run, loop, out);
}

/* loop(items) of a recursive loop. */
static struct jk_value
call_loop(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_jinja_loop *loop = call->callable->loop;
	struct jk_strbuf out = { 0 };

	if (!loop->node->recursive)
		jk_jinja_fail(run, "The loop must have the 'recursive' marker "
		    "to be called recursively.");
	enter_call(run);
	exec_for(run, loop->node, loop->scope, call->arg[0],
	    loop->depth0 + 1, &out);
	run->calls--;
	return jk_strbuf_take(run, &out);
}

/* --- macros */

static struct jk_value
call_macro(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_jinja_macro *macro = call->callable->macro;
	struct jk_strbuf out = { 0 };
	struct jk_jinja_scope *scope;
	size_t at = run->at;

	enter_call(run);
	scope = open_scope(run, macro->scope, macro->node->fresh);
	jk_jinja_macro_bind(run, macro, scope, call->args);
	exec_list(run, macro->node->list, scope, &out);
	run->calls--;
	run->at = at;
	return jk_strbuf_take(run, &out);
}

static const struct jk_jinja_builtin MACRO = { "macro", call_macro, NULL, 0 };

static struct jk_value
new_macro(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_jinja_macro *macro = jk_jinja_alloc(run, sizeof *macro);

	macro->node = node;
	macro->scope = scope;
	return jk_value_callable(run, JK_VALUE_MACRO,
	    (struct jk_jinja_callable){ .builtin = &MACRO, .macro = macro });
}

static void
exec_call_block(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_value callee = jk_jinja_eval(run, node->a->a, scope);
	struct jk_jinja_args args;

	jk_jinja_eval_args(run, node->a->list, scope, &args);
	jk_jinja_args_add_named(run, &args, "caller", new_macro(run, node,
	    scope));
	run->at = node->a->at;
	jk_strbuf_add_str(run, out, jk_value_as_str(run,
	    jk_jinja_call_value(run, callee, &args), "a block's text"));
}

/* --- statements */

static enum flow
exec_set_block(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_strbuf captured = { 0 };
	struct jk_jinja_scope *inner = open_scope(run, scope, node->fresh);
	enum flow flow;
	struct jk_value value;

	flow = exec_list(run, node->list, inner,
	    node->kind == JK_NODE_GENERATION ? out : &captured);
	if (flow != GO_ON || node->kind == JK_NODE_GENERATION)
		return flow;
	value = jk_strbuf_take(run, &captured);
	if (node->kind == JK_NODE_FILTER_BLOCK) {
		value = jk_jinja_eval_filters(run, node->a, inner, value);
		jk_strbuf_add_str(run, out, jk_value_as_str(run, value,
		    "a block's text"));
	} else {
		if (node->b)
			value = jk_jinja_eval_filters(run, node->b, inner,
			    value);
		assign(run, scope, node->a, value);
	}
	return GO_ON;
}

static enum flow
exec_with(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_jinja_scope *inner = open_scope(run, scope, node->fresh);
	const struct jk_jinja_node *assigned;

	for (assigned = node->other; assigned; assigned = assigned->next)
		jk_jinja_scope_set(run, inner, assigned->name,
		    jk_jinja_eval(run, assigned->a, scope));
	return exec_list(run, node->list, inner, out);
}

static enum flow
exec_if(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	const struct jk_jinja_node *other;

	for (;;) {
		if (jk_value_is_true(jk_jinja_eval(run, node->a, scope)))
			return exec_list(run, node->list, scope, out);
		other = node->other;
		/* an elif; an `else` that holds just an if reads the same */
		if (!other || other->kind != JK_NODE_IF || other->next)
			return exec_list(run, other, scope, out);
		node = other;
	}
}

static enum flow
exec(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_value value;

	switch (node->kind) {
	case JK_NODE_DATA:
		jk_strbuf_add_str(run, out, node->value.str);
		return GO_ON;
	case JK_NODE_OUTPUT:
		value = jk_jinja_eval(run, node->a, scope);
		run->at = node->at;
		jk_strbuf_add_string(run, out, value);
		return GO_ON;
	case JK_NODE_SET:
		check_members(run, scope, node->a);
		value = jk_jinja_eval(run, node->b, scope);
		assign(run, scope, node->a, value);
		return GO_ON;
	case JK_NODE_SET_BLOCK:
	case JK_NODE_FILTER_BLOCK:
	case JK_NODE_GENERATION:
		return exec_set_block(run, node, scope, out);
	case JK_NODE_FOR:
		return exec_for(run, node, scope, jk_jinja_eval(run, node->b,
		    scope), 0, out);
	case JK_NODE_IF:
		return exec_if(run, node, scope, out);
	case JK_NODE_WITH:
		return exec_with(run, node, scope, out);
	case JK_NODE_MACRO:
		jk_jinja_scope_set(run, scope, node->name, new_macro(run, node,
		    scope));
		return GO_ON;
	case JK_NODE_CALL_BLOCK:
		exec_call_block(run, node, scope, out);
		return GO_ON;
	case JK_NODE_BREAK:
		return BREAK;
	case JK_NODE_CONTINUE:
		return CONTINUE;
	default:
		jk_jinja_fail(run, "not a statement");
	}
}

static enum flow
exec_list(struct jk_jinja_run *run, const struct jk_jinja_node *list,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	enum flow flow = GO_ON;

	jk_jinja_deeper(run);
	for (; list && flow == GO_ON; list = list->next) {
		run->at = list->at;
		jk_jinja_spend(run, 1);
		flow = exec(run, list, scope, out);
	}
	run->depth--;
	return flow;
}

void
jk_jinja_exec(struct jk_jinja_run *run, const struct jk_jinja_node *root,
    struct jk_jinja_scope *globals, struct jk_strbuf *out)
{
	exec_list(run, root->list, open_scope(run, globals, root->fresh), out);
}
