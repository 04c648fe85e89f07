/* Execution of statements; rendering. */

#include "jinja/exec.h"

#include <stdlib.h>
#include <string.h>

#include "jinja/call.h"
#include "jinja/template.h"

enum flow { GO_ON, BREAK, CONTINUE };

static enum flow exec_list(struct jk_jinja_run *run,
    const struct jk_jinja_node *list, struct jk_jinja_scope *s,
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
	struct jk_value ns = jk_jinja_scope_get(scope, target->name);

	run->at = target->at;
	if (ns.type != JK_VALUE_NAMESPACE)
		jk_jinja_fail(run, "cannot assign attribute on non-namespace "
		    "object");
	if (target->value.str->s[0] == '_')
		jk_jinja_fail(run,
		    "cannot store the underscore-prefixed attribute "
		    "'%.100s' on a namespace", target->value.str->s);
	jk_dict_set(run, ns.dict, target->value, value);
}

void
jk_jinja_assign(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
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
	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
	values = jk_value_iterate(run, value);
	for (item = target->list; item; item = item->next)
		n++;
	if (values->n != n)
		jk_jinja_fail(run, "cannot unpack %zu values into %zu names",
		    values->n, n);
	for (item = target->list; item; item = item->next)
		jk_jinja_assign(run, scope, item->a, values->v[i++]);
}

/* What a member is assigned to must be a namespace before the value is known. */
static void
check_members(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_jinja_node *node)
{
	const struct jk_jinja_node *item;

	run->at = node->at;
	if (node->kind == JK_NODE_MEMBER && jk_jinja_scope_get(scope,
	    node->name).type != JK_VALUE_NAMESPACE)
		jk_jinja_fail(run, "cannot assign attribute on non-namespace "
		    "object");
	for (item = node->kind == JK_NODE_TUPLE ? node->list : NULL; item;
	    item = item->next)
		check_members(run, scope, item->a);
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
			jk_jinja_assign(run, scope, loop->node->a, value);
			if (!jk_value_is_true(jk_jinja_eval(run, loop->node->c,
			    scope)))
				continue;
		}
		jk_seq_add(run, loop->items, value);
		return true;
	}
	return false;
}

bool
jk_jinja_loop_has(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    size_t i)
{
	while (loop->items->n <= i) {
		if (!fetch(run, loop))
			return false;
	}
	return true;
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
			    .type = JK_VALUE_LOOP, .loop = loop });
		jk_jinja_assign(run, scope, node->a, loop->items->v[loop->i]);
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

static enum flow
exec_for(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_value items, int64_t depth0,
    struct jk_strbuf *out)
{
	struct jk_jinja_loop *loop = jk_jinja_alloc(run, sizeof *loop);

	run->at = node->b->at;
	*loop = (struct jk_jinja_loop){ .node = node, .scope = scope,
	    .depth0 = depth0 };
	loop->source = jk_value_is_seq(items, JK_SEQ_ITERATOR) ? items.seq :
	    jk_value_iterate(run, items);
	loop->items = jk_seq_new(run, JK_SEQ_LIST, 0);
	return run_loop(run, loop, out);
}

struct jk_value
jk_jinja_recurse(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    struct jk_value items)
{
	struct jk_strbuf out = { 0 };

	if (loop->node->op != 'r')
		jk_jinja_fail(run,
		    "The loop must have the 'recursive' marker to be "
		    "called recursively.");
	if (++run->calls > 200)
		jk_jinja_fail(run, "too many nested calls");
	exec_for(run, loop->node, loop->scope, items, loop->depth0 + 1, &out);
	run->calls--;
	return jk_strbuf_take(run, &out);
}

/* --- macros */

static void
bind_macro(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, const struct jk_jinja_args *args)
{
	static const struct jk_str caller = { .s = "caller", .n = 6 },
	    kwargs = { .s = "kwargs", .n = 6 },
	    varargs = { .s = "varargs", .n = 7 };
	const char *name = node->name ? node->name->s : "caller";
	struct jk_dict *rest = jk_dict_new(run, 0);
	struct jk_seq *more = jk_seq_new(run, JK_SEQ_TUPLE, 0);
	bool *used = jk_jinja_alloc(run, args->n_named + 1);
	const struct jk_jinja_node *p;
	size_t at = 0, i;
	bool found_caller = false;
	struct jk_value value;

	for (p = node->other; p; p = p->next) {
		value = JK_ABSENT;
		found_caller |= jk_str_equals(p->name, "caller");
		if (at < args->n) {
			value = args->v[at++];
		} else {
			for (i = 0; i < args->n_named; i++) {
				if (!jk_str_equals(p->name, args->names[i]))
					continue;
				value = args->named[i];
				used[i] = true;
			}
		}
		if (value.type == JK_VALUE_ABSENT)
			value = p->a ? jk_jinja_eval(run, p->a, scope) :
			    jk_value_undefined(run,
			    "parameter '%.100s' was not provided", p->name->s);
		jk_jinja_scope_set(run, scope, p->name, value);
	}
	if (node->uses_caller && !found_caller) {
		value = jk_value_undefined(run, "No caller defined");
		for (i = 0; i < args->n_named; i++) {
			if (strcmp(args->names[i], "caller") != 0)
				continue;
			used[i] = true;
			if (args->named[i].type != JK_VALUE_NONE)
				value = args->named[i];
		}
		jk_jinja_scope_set(run, scope, &caller, value);
	}
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

struct jk_value
jk_jinja_call_macro(struct jk_jinja_run *run,
    const struct jk_jinja_macro *macro, const struct jk_jinja_args *args)
{
	struct jk_strbuf out = { 0 };
	struct jk_jinja_scope *scope;
	size_t at = run->at;

	if (++run->calls > 200)
		jk_jinja_fail(run, "too many nested calls");
	scope = open_scope(run, macro->scope, macro->node->fresh);
	bind_macro(run, macro->node, scope, args);
	exec_list(run, macro->node->list, scope, &out);
	run->calls--;
	run->at = at;
	return jk_strbuf_take(run, &out);
}

static struct jk_value
new_macro(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_jinja_macro *macro = jk_jinja_alloc(run, sizeof *macro);

	macro->node = node;
	macro->scope = scope;
	return (struct jk_value){ .type = JK_VALUE_MACRO, .macro = macro };
}

static void
exec_call_block(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_value callee = jk_jinja_eval(run, node->a->a, scope);
	struct jk_jinja_args args;

	jk_jinja_eval_arguments(run, node->a->list, scope, &args);
	jk_jinja_args_add_named(run, &args, "caller", new_macro(run, node,
	    scope));
	run->at = node->a->at;
	jk_strbuf_add_str(run, out, jk_value_as_str(run, jk_jinja_call(run,
	    callee, &args), "a block's text"));
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
		jk_jinja_assign(run, scope, node->a, value);
	}
	return GO_ON;
}

static enum flow
exec_with(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope, struct jk_strbuf *out)
{
	struct jk_jinja_scope *inner = open_scope(run, scope, node->fresh);
	const struct jk_jinja_node *p;

	for (p = node->other; p; p = p->next)
		jk_jinja_scope_set(run, inner, p->name, jk_jinja_eval(run, p->a,
		    scope));
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
		jk_jinja_assign(run, scope, node->a, value);
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

/* --- rendering */

static struct jk_jinja_scope *
global_scope(struct jk_jinja_run *run, const struct jk_jinja_input *in)
{
	struct jk_jinja_scope *scope = jk_jinja_scope_new(run, NULL);
	const struct jk_jinja_function *f;
	const char *key;
	json_t *json;

	for (f = jk_jinja_functions; f->name; f++)
		jk_jinja_scope_set(run, scope, jk_value_cstr(run, f->name).str,
		    (struct jk_value){ .type = JK_VALUE_FUNCTION,
		    .function = f });
	json_object_foreach((json_t *)in->vars, key, json)
		jk_jinja_scope_set(run, scope, jk_value_cstr(run, key).str,
		    jk_value_from_json(run, json, false));
	return scope;
}

/* The messages: all strings in them are content but the roles. */
static struct jk_value
messages(struct jk_jinja_run *run, const json_t *list)
{
	struct jk_value all = jk_value_from_json(run, list, true);
	const json_t *role;
	struct jk_dict *dict;
	size_t i, k;

	for (i = 0; all.type == JK_VALUE_SEQ && i < all.seq->n; i++) {
		role = json_object_get(json_array_get(list, i), "role");
		if (!role)
			continue;
		dict = all.seq->v[i].dict;
		for (k = 0; k < dict->n; k++) {
			if (jk_str_equals(dict->v[k].key.str, "role"))
				dict->v[k].value = jk_value_from_json(run, role,
				    false);
		}
	}
	return all;
}

static int
hand_over(const struct jk_strbuf *buf, struct jk_jinja_output *out,
    struct jk_err *err)
{
	struct jk_span *content;

	content = realloc(out->content, (buf->n_content + 1) * sizeof *content);
	if (!content)
		return jk_fail_nomem(err);
	out->content = content;
	out->n_content = buf->n_content;
	if (buf->n_content)
		memcpy(content, buf->content, buf->n_content * sizeof *content);
	jk_buf_clear(&out->text);
	jk_buf_add(&out->text, buf->s, buf->n);
	return jk_buf_check(&out->text, err);
}

static int
render(struct jk_jinja_run *run, const struct jk_jinja *template,
    const struct jk_jinja_input *in, struct jk_jinja_output *out)
{
	struct jk_strbuf text = { 0 };
	struct jk_jinja_scope *globals, *scope;

	if (setjmp(run->on_error))
		return -1;
	globals = global_scope(run, in);
	if (in->messages)
		jk_jinja_scope_set(run, globals, jk_value_cstr(run,
		    "messages").str, messages(run, in->messages));
	scope = open_scope(run, globals, template->root->fresh);
	exec_list(run, template->root->list, scope, &text);
	return hand_over(&text, out, run->err);
}

int
jk_jinja_render(const struct jk_jinja *template,
    const struct jk_jinja_input *in, struct jk_jinja_output *out,
    struct jk_err *err)
{
	struct jk_jinja_arena arena = { .limit_bytes = JK_JINJA_MAX_BYTES };
	struct jk_jinja_run run = { .arena = &arena, .err = err,
	    .name = template->name, .source = template->source,
	    .size = template->size, .steps = JK_JINJA_MAX_STEPS,
	    .now = in->now };
	int result = render(&run, template, in, out);

	out->raised = run.raised;
	out->dated = run.dated;
	jk_jinja_arena_release(&arena);
	return result;
}

void
jk_jinja_output_release(struct jk_jinja_output *out)
{
	jk_buf_release(&out->text);
	free(out->content);
	*out = (struct jk_jinja_output){ 0 };
}
