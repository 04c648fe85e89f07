/* Execution of statements; rendering. */

#include "jinja/exec.h"

#include <stdlib.h>
#include <string.h>

#include "jinja/call.h"
#include "jinja/template.h"

enum flow { GO_ON, BREAK, CONTINUE };

static enum flow exec_list(struct jk_ji *j, const struct jk_jnode *list,
    struct jk_jscope *s, struct jk_jbuf *out);

/* A new scope, with its names that start without a value. */
static struct jk_jscope *
open_scope(struct jk_ji *j, struct jk_jscope *outer,
    const struct jk_jnode *fresh)
{
	struct jk_jscope *s = jk_ji_scope(j, outer);

	for (; fresh; fresh = fresh->next)
		jk_ji_set(j, s, fresh->name, JV_NO_VALUE);
	return s;
}

static void
assign_member(struct jk_ji *j, struct jk_jscope *s,
    const struct jk_jnode *target, struct jk_jv v)
{
	struct jk_jv ns = jk_ji_get(s, target->name);

	j->at = target->at;
	if (ns.type != JV_NAMESPACE)
		jk_ji_fail(j, "cannot assign attribute on non-namespace "
		    "object");
	if (target->value.str->s[0] == '_')
		jk_ji_fail(j, "cannot store the underscore-prefixed attribute "
		    "'%.100s' on a namespace", target->value.str->s);
	jk_jdict_set(j, ns.dict, target->value, v);
}

void
jk_ji_assign(struct jk_ji *j, struct jk_jscope *s,
    const struct jk_jnode *target, struct jk_jv v)
{
	const struct jk_jnode *item;
	struct jk_jseq *values;
	size_t n = 0, i = 0;

	if (target->kind == N_NAME) {
		jk_ji_set(j, s, target->name, v);
		return;
	}
	if (target->kind == N_MEMBER) {
		assign_member(j, s, target, v);
		return;
	}
	j->at = target->at;
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	values = jk_jv_iterate(j, v);
	for (item = target->list; item; item = item->next)
		n++;
	if (values->n != n)
		jk_ji_fail(j, "cannot unpack %zu values into %zu names",
		    values->n, n);
	for (item = target->list; item; item = item->next)
		jk_ji_assign(j, s, item->a, values->v[i++]);
}

/* A namespace that is assigned to must be one before the value is worked out. */
static void
check_members(struct jk_ji *j, struct jk_jscope *s, const struct jk_jnode *n)
{
	const struct jk_jnode *item;

	j->at = n->at;
	if (n->kind == N_MEMBER && jk_ji_get(s, n->name).type != JV_NAMESPACE)
		jk_ji_fail(j, "cannot assign attribute on non-namespace "
		    "object");
	for (item = n->kind == N_TUPLE ? n->list : NULL; item;
	    item = item->next)
		check_members(j, s, item->a);
}

/* --- loops */

/* Take the next item of the source that passes the test. */
static bool
fetch(struct jk_ji *j, struct jk_jloop *l)
{
	struct jk_jseq *source = l->source;
	size_t *at = source->kind == SEQ_ITERATOR ? &source->at : &l->next;
	struct jk_jscope *s;
	struct jk_jv v;

	while (*at < source->n) {
		v = source->v[(*at)++];
		jk_ji_steps(j, 1);
		if (l->node->c) {
			s = jk_ji_scope(j, l->scope);
			jk_ji_assign(j, s, l->node->a, v);
			if (!jk_jv_truth(jk_ji_eval(j, l->node->c, s)))
				continue;
		}
		jk_jseq_add(j, l->items, v);
		return true;
	}
	return false;
}

bool
jk_ji_loop_has(struct jk_ji *j, struct jk_jloop *l, size_t i)
{
	while (l->items->n <= i) {
		if (!fetch(j, l))
			return false;
	}
	return true;
}

static enum flow
run_loop(struct jk_ji *j, struct jk_jloop *l, struct jk_jbuf *out)
{
	static const struct jk_jstr name = { .s = "loop", .n = 4 };
	const struct jk_jnode *n = l->node;
	bool ended_a_body = false;
	struct jk_jscope *s;
	enum flow flow;

	for (l->i = 0; jk_ji_loop_has(j, l, l->i); l->i++) {
		s = open_scope(j, l->scope, n->fresh);
		if (n->uses_loop)
			jk_ji_set(j, s, &name, (struct jk_jv){
			    .type = JV_LOOP, .loop = l });
		jk_ji_assign(j, s, n->a, l->items->v[l->i]);
		flow = exec_list(j, n->list, s, out);
		if (flow == BREAK)
			break;
		/* Jinja runs `else` unless a body ran to its end */
		ended_a_body |= flow == GO_ON;
	}
	if (n->other && !ended_a_body)
		return exec_list(j, n->other, open_scope(j, l->scope,
		    n->fresh_other), out);
	return GO_ON;
}

static enum flow
exec_for(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s,
    struct jk_jv items, int64_t depth0, struct jk_jbuf *out)
{
	struct jk_jloop *l = jk_ji_alloc(j, sizeof *l);

	j->at = n->b->at;
	*l = (struct jk_jloop){ .node = n, .scope = s, .depth0 = depth0 };
	l->source = jk_jv_is(items, SEQ_ITERATOR) ? items.seq :
	    jk_jv_iterate(j, items);
	l->items = jk_jseq_new(j, SEQ_LIST, 0);
	return run_loop(j, l, out);
}

struct jk_jv
jk_ji_recurse(struct jk_ji *j, struct jk_jloop *l, struct jk_jv items)
{
	struct jk_jbuf out = { 0 };

	if (l->node->op != 'r')
		jk_ji_fail(j, "The loop must have the 'recursive' marker to "
		    "be called recursively.");
	if (++j->calls > 200)
		jk_ji_fail(j, "too many nested calls");
	exec_for(j, l->node, l->scope, items, l->depth0 + 1, &out);
	j->calls--;
	return jk_jbuf_take(j, &out);
}

/* --- macros */

static void
bind_macro(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s,
    const struct jk_jargs *args)
{
	static const struct jk_jstr caller = { .s = "caller", .n = 6 },
	    kwargs = { .s = "kwargs", .n = 6 },
	    varargs = { .s = "varargs", .n = 7 };
	const char *name = n->name ? n->name->s : "caller";
	struct jk_jdict *rest = jk_jdict_new(j, 0);
	struct jk_jseq *more = jk_jseq_new(j, SEQ_TUPLE, 0);
	bool *used = jk_ji_alloc(j, args->n_named + 1);
	const struct jk_jnode *p;
	size_t at = 0, i;
	bool found_caller = false;
	struct jk_jv v;

	for (p = n->other; p; p = p->next) {
		v = JV_NO_VALUE;
		found_caller |= jk_jstr_equal(p->name, "caller");
		if (at < args->n) {
			v = args->v[at++];
		} else {
			for (i = 0; i < args->n_named; i++) {
				if (!jk_jstr_equal(p->name, args->names[i]))
					continue;
				v = args->named[i];
				used[i] = true;
			}
		}
		if (v.type == JV_ABSENT)
			v = p->a ? jk_ji_eval(j, p->a, s) :
			    jk_jv_undefined(j, "parameter '%.100s' was not "
			    "provided", p->name->s);
		jk_ji_set(j, s, p->name, v);
	}
	if (n->uses_caller && !found_caller) {
		v = jk_jv_undefined(j, "No caller defined");
		for (i = 0; i < args->n_named; i++) {
			if (strcmp(args->names[i], "caller") != 0)
				continue;
			used[i] = true;
			if (args->named[i].type != JV_NONE)
				v = args->named[i];
		}
		jk_ji_set(j, s, &caller, v);
	}
	for (i = 0; i < args->n_named; i++) {
		if (used[i])
			continue;
		if (!n->uses_kwargs)
			jk_ji_fail(j, "macro '%.100s' takes no keyword "
			    "argument '%.100s'", name, args->names[i]);
		jk_jdict_set(j, rest, jk_jv_cstr(j, args->names[i]),
		    args->named[i]);
	}
	if (n->uses_kwargs)
		jk_ji_set(j, s, &kwargs, jk_jv_dict(rest));
	if (at < args->n && !n->uses_varargs)
		jk_ji_fail(j, "macro '%.100s' takes not more than %zu "
		    "argument(s)", name, at);
	while (at < args->n)
		jk_jseq_add(j, more, args->v[at++]);
	if (n->uses_varargs)
		jk_ji_set(j, s, &varargs, jk_jv_seq(more));
}

struct jk_jv
jk_ji_call_macro(struct jk_ji *j, const struct jk_jmacro *m,
    const struct jk_jargs *args)
{
	struct jk_jbuf out = { 0 };
	struct jk_jscope *s;
	size_t at = j->at;

	if (++j->calls > 200)
		jk_ji_fail(j, "too many nested calls");
	s = open_scope(j, m->scope, m->node->fresh);
	bind_macro(j, m->node, s, args);
	exec_list(j, m->node->list, s, &out);
	j->calls--;
	j->at = at;
	return jk_jbuf_take(j, &out);
}

static struct jk_jv
new_macro(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jmacro *m = jk_ji_alloc(j, sizeof *m);

	m->node = n;
	m->scope = s;
	return (struct jk_jv){ .type = JV_MACRO, .macro = m };
}

static void
exec_call_block(struct jk_ji *j, const struct jk_jnode *n,
    struct jk_jscope *s, struct jk_jbuf *out)
{
	struct jk_jv callee = jk_ji_eval(j, n->a->a, s);
	struct jk_jargs args;

	jk_ji_eval_arguments(j, n->a->list, s, &args);
	jk_ji_add_named(j, &args, "caller", new_macro(j, n, s));
	j->at = n->a->at;
	jk_jbuf_str(j, out, jk_ji_str(j, jk_ji_call(j, callee, &args),
	    "a block's text"));
}

/* --- statements */

static enum flow
exec_set_block(struct jk_ji *j, const struct jk_jnode *n,
    struct jk_jscope *s, struct jk_jbuf *out)
{
	struct jk_jbuf captured = { 0 };
	struct jk_jscope *inner = open_scope(j, s, n->fresh);
	enum flow flow;
	struct jk_jv v;

	flow = exec_list(j, n->list, inner,
	    n->kind == N_GENERATION ? out : &captured);
	if (flow != GO_ON || n->kind == N_GENERATION)
		return flow;
	v = jk_jbuf_take(j, &captured);
	if (n->kind == N_FILTER_BLOCK) {
		v = jk_ji_eval_filters(j, n->a, inner, v);
		jk_jbuf_str(j, out, jk_ji_str(j, v,
		    "a block's text"));
	} else {
		if (n->b)
			v = jk_ji_eval_filters(j, n->b, inner, v);
		jk_ji_assign(j, s, n->a, v);
	}
	return GO_ON;
}

static enum flow
exec_with(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s,
    struct jk_jbuf *out)
{
	struct jk_jscope *inner = open_scope(j, s, n->fresh);
	const struct jk_jnode *p;

	for (p = n->other; p; p = p->next)
		jk_ji_set(j, inner, p->name, jk_ji_eval(j, p->a, s));
	return exec_list(j, n->list, inner, out);
}

static enum flow
exec_if(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s,
    struct jk_jbuf *out)
{
	const struct jk_jnode *other;

	for (;;) {
		if (jk_jv_truth(jk_ji_eval(j, n->a, s)))
			return exec_list(j, n->list, s, out);
		other = n->other;
		/* an elif; an `else` that holds just an if reads the same */
		if (!other || other->kind != N_IF || other->next)
			return exec_list(j, other, s, out);
		n = other;
	}
}

static enum flow
exec(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s,
    struct jk_jbuf *out)
{
	struct jk_jv v;

	switch (n->kind) {
	case N_DATA:
		jk_jbuf_str(j, out, n->value.str);
		return GO_ON;
	case N_OUTPUT:
		v = jk_ji_eval(j, n->a, s);
		j->at = n->at;
		jk_jv_add_string(j, out, v);
		return GO_ON;
	case N_SET:
		check_members(j, s, n->a);
		v = jk_ji_eval(j, n->b, s);
		jk_ji_assign(j, s, n->a, v);
		return GO_ON;
	case N_SET_BLOCK:
	case N_FILTER_BLOCK:
	case N_GENERATION:
		return exec_set_block(j, n, s, out);
	case N_FOR:
		return exec_for(j, n, s, jk_ji_eval(j, n->b, s), 0, out);
	case N_IF:
		return exec_if(j, n, s, out);
	case N_WITH:
		return exec_with(j, n, s, out);
	case N_MACRO:
		jk_ji_set(j, s, n->name, new_macro(j, n, s));
		return GO_ON;
	case N_CALL_BLOCK:
		exec_call_block(j, n, s, out);
		return GO_ON;
	case N_BREAK:
		return BREAK;
	case N_CONTINUE:
		return CONTINUE;
	default:
		jk_ji_fail(j, "not a statement");
	}
}

static enum flow
exec_list(struct jk_ji *j, const struct jk_jnode *list, struct jk_jscope *s,
    struct jk_jbuf *out)
{
	enum flow flow = GO_ON;

	jk_ji_deeper(j);
	for (; list && flow == GO_ON; list = list->next) {
		j->at = list->at;
		jk_ji_steps(j, 1);
		flow = exec(j, list, s, out);
	}
	j->depth--;
	return flow;
}

/* --- rendering */

static struct jk_jscope *
global_scope(struct jk_ji *j, const struct jk_jinja_input *in)
{
	struct jk_jscope *s = jk_ji_scope(j, NULL);
	const struct jk_jfunction *f;
	const char *key;
	json_t *v;

	for (f = jk_jinja_functions; f->name; f++)
		jk_ji_set(j, s, jk_jv_cstr(j, f->name).str, (struct jk_jv){
		    .type = JV_FUNCTION, .function = f });
	json_object_foreach((json_t *)in->vars, key, v)
		jk_ji_set(j, s, jk_jv_cstr(j, key).str,
		    jk_jv_from_json(j, v, false));
	return s;
}

/* The messages: all strings in them are content but the roles. */
static struct jk_jv
messages(struct jk_ji *j, const json_t *list)
{
	struct jk_jv all = jk_jv_from_json(j, list, true);
	const json_t *role;
	struct jk_jdict *d;
	size_t i, k;

	for (i = 0; all.type == JV_SEQ && i < all.seq->n; i++) {
		role = json_object_get(json_array_get(list, i), "role");
		if (!role)
			continue;
		d = all.seq->v[i].dict;
		for (k = 0; k < d->n; k++) {
			if (jk_jstr_equal(d->v[k].key.str, "role"))
				d->v[k].value = jk_jv_from_json(j, role,
				    false);
		}
	}
	return all;
}

static int
hand_over(const struct jk_jbuf *b, struct jk_jinja_output *out,
    struct jk_err *err)
{
	struct jk_span *content;

	content = realloc(out->content, (b->n_content + 1) * sizeof *content);
	if (!content)
		return jk_fail_nomem(err);
	out->content = content;
	out->n_content = b->n_content;
	if (b->n_content)
		memcpy(content, b->content, b->n_content * sizeof *content);
	jk_buf_clear(&out->text);
	jk_buf_add(&out->text, b->s, b->n);
	return jk_buf_check(&out->text, err);
}

static int
render(struct jk_ji *j, const struct jk_jinja *t,
    const struct jk_jinja_input *in, struct jk_jinja_output *out)
{
	struct jk_jbuf text = { 0 };
	struct jk_jscope *globals, *s;

	if (setjmp(j->on_error))
		return -1;
	globals = global_scope(j, in);
	if (in->messages)
		jk_ji_set(j, globals, jk_jv_cstr(j, "messages").str,
		    messages(j, in->messages));
	s = open_scope(j, globals, t->root->fresh);
	exec_list(j, t->root->list, s, &text);
	return hand_over(&text, out, j->err);
}

int
jk_jinja_render(const struct jk_jinja *t, const struct jk_jinja_input *in,
    struct jk_jinja_output *out, struct jk_err *err)
{
	struct jk_arena arena = { .limit_bytes = JK_JINJA_MAX_BYTES };
	struct jk_ji j = { .arena = &arena, .err = err, .name = t->name,
	    .source = t->source, .size = t->size,
	    .steps = JK_JINJA_MAX_STEPS, .now = in->now };
	int result = render(&j, t, in, out);

	out->raised = j.raised;
	out->dated = j.dated;
	jk_arena_release(&arena);
	return result;
}

void
jk_jinja_output_release(struct jk_jinja_output *out)
{
	jk_buf_release(&out->text);
	free(out->content);
	*out = (struct jk_jinja_output){ 0 };
}
