/* Evaluation of expressions. */

#include <string.h>

#include "jinja/call.h"
#include "jinja/exec.h"

struct jk_jscope *
jk_ji_scope(struct jk_ji *j, struct jk_jscope *outer)
{
	struct jk_jscope *s = jk_ji_alloc(j, sizeof *s);

	s->outer = outer;
	return s;
}

static struct jk_jvariable *
find(struct jk_jvariable *v, const struct jk_jstr *name)
{
	for (; v; v = v->next) {
		if (v->name == name || (v->name->n == name->n &&
		    memcmp(v->name->s, name->s, name->n) == 0))
			break;
	}
	return v;
}

void
jk_ji_set(struct jk_ji *j, struct jk_jscope *s, const struct jk_jstr *name,
    struct jk_jv value)
{
	struct jk_jvariable *v = find(s->variables, name);

	if (!v) {
		v = jk_ji_alloc(j, sizeof *v);
		v->name = name;
		v->next = s->variables;
		s->variables = v;
	}
	v->value = value;
}

struct jk_jv
jk_ji_get(const struct jk_jscope *s, const struct jk_jstr *name)
{
	const struct jk_jvariable *v;

	for (; s; s = s->outer) {
		v = find(s->variables, name);
		if (v)
			return v->value;
	}
	return JV_NO_VALUE;
}

void
jk_ji_add_named(struct jk_ji *j, struct jk_jargs *args, const char *name,
    struct jk_jv v)
{
	size_t n = args->n_named, i;

	for (i = 0; i < n; i++) {
		if (strcmp(args->names[i], name) == 0)
			jk_ji_fail(j, "the argument '%.100s' is given twice",
			    name);
	}
	/* few; a hostile many are stopped by the limit of memory */
	args->names = jk_ji_grow(j, args->names, n, n + 1,
	    sizeof *args->names);
	args->named = jk_ji_grow(j, args->named, n, n + 1,
	    sizeof *args->named);
	args->names[n] = name;
	args->named[n] = v;
	args->n_named = n + 1;
}

static void
spread_named(struct jk_ji *j, struct jk_jargs *args, struct jk_jv v)
{
	size_t i;

	if (v.type != JV_DICT)
		jk_ji_fail(j, "argument after ** must be a mapping, not %s",
		    jk_jv_type_name(v));
	for (i = 0; i < v.dict->n; i++) {
		struct jk_jv key = v.dict->v[i].key;

		if (key.type != JV_STR)
			jk_ji_fail(j, "keywords must be strings");
		jk_ji_add_named(j, args, jk_ji_strdup(j, key.str->s,
		    key.str->n), v.dict->v[i].value);
	}
}

void
jk_ji_eval_arguments(struct jk_ji *j, const struct jk_jnode *list,
    struct jk_jscope *s, struct jk_jargs *args)
{
	struct jk_jseq *positional = jk_jseq_new(j, SEQ_TUPLE, 0), *items;
	size_t i;

	memset(args, 0, sizeof *args);
	for (; list; list = list->next) {
		struct jk_jv v = jk_ji_eval(j, list->a, s);

		j->at = list->at;
		switch (list->kind) {
		case N_KEYWORD:
			jk_ji_add_named(j, args, list->name->s, v);
			break;
		case N_SPREAD:
			items = jk_jv_iterate(j, v);
			for (i = 0; i < items->n; i++)
				jk_jseq_add(j, positional, items->v[i]);
			break;
		case N_SPREAD_NAMED:
			spread_named(j, args, v);
			break;
		default:
			jk_jseq_add(j, positional, v);
		}
	}
	args->v = positional->v;
	args->n = positional->n;
}

static struct jk_jv
eval_list(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jseq *q = jk_jseq_new(j, n->kind == N_LIST ? SEQ_LIST :
	    SEQ_TUPLE, 0);
	const struct jk_jnode *item;

	for (item = n->list; item; item = item->next)
		jk_jseq_add(j, q, jk_ji_eval(j, item->a, s));
	return jk_jv_seq(q);
}

static struct jk_jv
eval_dict(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jdict *d = jk_jdict_new(j, 0);
	const struct jk_jnode *item;

	for (item = n->list; item; item = item->next->next) {
		struct jk_jv key = jk_ji_eval(j, item->a, s);
		struct jk_jv value = jk_ji_eval(j, item->next->a, s);

		j->at = item->at;
		jk_jdict_set(j, d, key, value);
	}
	return jk_jv_dict(d);
}

static struct jk_jv
eval_optional(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	return n ? jk_ji_eval(j, n, s) : JV_NO_VALUE;
}

static struct jk_jv
eval_slice(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv v = jk_ji_eval(j, n->a, s);
	struct jk_jv start = eval_optional(j, n->b, s);
	struct jk_jv stop = eval_optional(j, n->c, s);
	struct jk_jv step = eval_optional(j, n->d, s);

	j->at = n->at;
	return jk_ji_slice(j, v, start, stop, step);
}

static bool
compare(struct jk_ji *j, char op, struct jk_jv a, struct jk_jv b)
{
	int r;

	switch (op) {
	case 'e':
		return jk_jv_equal(j, a, b);
	case 'n':
		return !jk_jv_equal(j, a, b);
	case 'i':
		return jk_jv_in(j, a, b);
	case 'o':
		return !jk_jv_in(j, a, b);
	case '<':
		return jk_jv_compare(j, a, b, "<") < 0;
	case 'l':
		return jk_jv_compare(j, a, b, "<=") <= 0;
	case '>':
		r = jk_jv_compare(j, a, b, ">");
		return r > 0 && r != JV_UNORDERED;
	default:
		r = jk_jv_compare(j, a, b, ">=");
		return r >= 0 && r != JV_UNORDERED;
	}
}

static struct jk_jv
eval_compare(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv left = jk_ji_eval(j, n->a, s), right;
	const struct jk_jnode *operand;

	for (operand = n->list; operand; operand = operand->next) {
		right = jk_ji_eval(j, operand->a, s);
		j->at = operand->at;
		if (!compare(j, operand->op, left, right))
			return jk_jv_bool(false);
		left = right;
	}
	return jk_jv_bool(true);
}

static struct jk_jv
eval_concat(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jbuf b = { 0 };
	const struct jk_jnode *item;

	for (item = n->list; item; item = item->next) {
		struct jk_jv v = jk_ji_eval(j, item->a, s);

		j->at = item->at;
		jk_jv_add_string(j, &b, v);
	}
	return jk_jbuf_take(j, &b);
}

static struct jk_jv
eval_call(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv callee = jk_ji_eval(j, n->a, s);
	struct jk_jargs args;

	jk_ji_eval_arguments(j, n->list, s, &args);
	j->at = n->at;
	return jk_ji_call(j, callee, &args);
}

static struct jk_jv
eval_test(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv v = jk_ji_eval(j, n->a, s);
	struct jk_jargs args;

	jk_ji_eval_arguments(j, n->list, s, &args);
	j->at = n->at;
	return jk_jv_bool(jk_ji_test(j, n->name, v, &args));
}

struct jk_jv
jk_ji_eval_filters(struct jk_ji *j, const struct jk_jnode *n,
    struct jk_jscope *s, struct jk_jv v)
{
	struct jk_jargs args;

	jk_ji_deeper(j);
	if (n->a)
		v = n->a->kind == N_FILTER ?
		    jk_ji_eval_filters(j, n->a, s, v) :
		    jk_ji_eval(j, n->a, s);
	jk_ji_eval_arguments(j, n->list, s, &args);
	j->at = n->at;
	v = jk_ji_filter(j, n->name, v, &args);
	j->depth--;
	return v;
}

static struct jk_jv
eval_condition(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	if (jk_jv_truth(jk_ji_eval(j, n->b, s)))
		return jk_ji_eval(j, n->a, s);
	if (n->c)
		return jk_ji_eval(j, n->c, s);
	return jk_jv_undefined(j, "the inline if-expression evaluated to "
	    "false and no else section was defined.");
}

static struct jk_jv
eval_unary(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv v = jk_ji_eval(j, n->a, s);

	j->at = n->at;
	if (n->kind == N_NOT)
		return jk_jv_bool(!jk_jv_truth(v));
	if (n->kind == N_NEGATE)
		return jk_ji_negate(j, v);
	/* +x: a number, bools become integers */
	return jk_ji_negate(j, jk_ji_negate(j, v));
}

static struct jk_jv
eval(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv a, b;

	switch (n->kind) {
	case N_CONST:
		return n->value;
	case N_NAME:
		a = jk_ji_get(s, n->name);
		return a.type == JV_ABSENT ? jk_jv_undefined(j,
		    "'%.100s' is undefined", n->name->s) : a;
	case N_TUPLE:
	case N_LIST:
		return eval_list(j, n, s);
	case N_DICT:
		return eval_dict(j, n, s);
	case N_ATTRIBUTE:
		a = jk_ji_eval(j, n->a, s);
		j->at = n->at;
		return jk_ji_attribute(j, a, n->name);
	case N_ITEM:
		a = jk_ji_eval(j, n->a, s);
		b = jk_ji_eval(j, n->b, s);
		j->at = n->at;
		return jk_ji_item(j, a, b);
	case N_SLICE:
		return eval_slice(j, n, s);
	case N_CALL:
		return eval_call(j, n, s);
	case N_FILTER:
		return jk_ji_eval_filters(j, n, s, JV_NO_VALUE);
	case N_TEST:
		return eval_test(j, n, s);
	case N_NOT:
	case N_NEGATE:
	case N_POSITIVE:
		return eval_unary(j, n, s);
	case N_BINARY:
		a = jk_ji_eval(j, n->a, s);
		b = jk_ji_eval(j, n->b, s);
		j->at = n->at;
		return jk_ji_binary(j, n->op, a, b);
	case N_AND:
		a = jk_ji_eval(j, n->a, s);
		return jk_jv_truth(a) ? jk_ji_eval(j, n->b, s) : a;
	case N_OR:
		a = jk_ji_eval(j, n->a, s);
		return jk_jv_truth(a) ? a : jk_ji_eval(j, n->b, s);
	case N_CONCAT:
		return eval_concat(j, n, s);
	case N_COMPARE:
		return eval_compare(j, n, s);
	case N_CONDITION:
		return eval_condition(j, n, s);
	default:
		jk_ji_fail(j, "not an expression");
	}
}

struct jk_jv
jk_ji_eval(struct jk_ji *j, const struct jk_jnode *n, struct jk_jscope *s)
{
	struct jk_jv v;

	j->at = n->at;
	jk_ji_steps(j, 1);
	jk_ji_deeper(j);
	v = eval(j, n, s);
	j->depth--;
	return v;
}
