/* Evaluation of expressions. */

#include <string.h>

#include "jinja/eval.h"
#include "jinja/arithmetic.h"
#include "jinja/call.h"
#include "jinja/compare.h"
#include "jinja/container.h"
#include "jinja/filter.h"
#include "jinja/member.h"
#include "jinja/print.h"
#include "jinja/slice.h"
#include "jinja/str.h"
#include "jinja/tests.h"

static void
spread_named(struct jk_jinja_run *run, struct jk_jinja_args *args,
    struct jk_value value)
{
	size_t i;

	if (value.type != JK_VALUE_DICT)
		jk_jinja_fail(run,
		    "argument after ** must be a mapping, not %s",
		    jk_value_type_name(value));
	for (i = 0; i < value.dict->n; i++) {
		struct jk_value key = value.dict->v[i].key;

		if (key.type != JK_VALUE_STR)
			jk_jinja_fail(run, "keywords must be strings");
		jk_jinja_args_add_named(run, args, jk_jinja_strdup(run,
		    key.str->s, key.str->n), value.dict->v[i].value);
	}
}

void
jk_jinja_eval_args(struct jk_jinja_run *run,
    const struct jk_jinja_node *list, struct jk_jinja_scope *scope,
    struct jk_jinja_args *args)
{
	struct jk_seq *positional = jk_seq_new(run, JK_SEQ_TUPLE, 0), *items;
	size_t i;

	memset(args, 0, sizeof *args);
	for (; list; list = list->next) {
		struct jk_value value = jk_jinja_eval(run, list->a, scope);

		run->at = list->at;
		switch (list->kind) {
		case JK_NODE_KEYWORD:
			jk_jinja_args_add_named(run, args, list->name->s,
			    value);
			break;
		case JK_NODE_SPREAD:
			items = jk_value_iterate(run, value);
			for (i = 0; i < items->n; i++)
				jk_seq_add(run, positional, items->v[i]);
			break;
		case JK_NODE_SPREAD_NAMED:
			spread_named(run, args, value);
			break;
		default:
			jk_seq_add(run, positional, value);
		}
	}
	args->v = positional->v;
	args->n = positional->n;
}

static struct jk_value
eval_list(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_seq *seq = jk_seq_new(run, node->kind == JK_NODE_LIST ?
	    JK_SEQ_LIST : JK_SEQ_TUPLE, 0);
	const struct jk_jinja_node *item;

	for (item = node->list; item; item = item->next)
		jk_seq_add(run, seq, jk_jinja_eval(run, item->a, scope));
	return jk_value_seq(seq);
}

static struct jk_value
eval_dict(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_dict *dict = jk_dict_new(run, 0);
	const struct jk_jinja_node *item;

	for (item = node->list; item; item = item->next->next) {
		struct jk_value key = jk_jinja_eval(run, item->a, scope);
		struct jk_value value = jk_jinja_eval(run, item->next->a,
		    scope);

		run->at = item->at;
		jk_dict_set(run, dict, key, value);
	}
	return jk_value_dict(dict);
}

static struct jk_value
eval_optional(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	return node ? jk_jinja_eval(run, node, scope) : JK_ABSENT;
}

static struct jk_value
eval_slice(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value value = jk_jinja_eval(run, node->a, scope);
	struct jk_value start = eval_optional(run, node->b, scope);
	struct jk_value stop = eval_optional(run, node->c, scope);
	struct jk_value step = eval_optional(run, node->d, scope);

	run->at = node->at;
	return jk_value_slice(run, value, start, stop, step);
}

static struct jk_value
eval_compare(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value left = jk_jinja_eval(run, node->a, scope), right;
	const struct jk_jinja_node *operand;

	for (operand = node->list; operand; operand = operand->next) {
		right = jk_jinja_eval(run, operand->a, scope);
		run->at = operand->at;
		if (!jk_value_compare(run, left, operand->op, right))
			return jk_value_bool(false);
		left = right;
	}
	return jk_value_bool(true);
}

static struct jk_value
eval_concat(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_strbuf buf = { 0 };
	const struct jk_jinja_node *item;

	for (item = node->list; item; item = item->next) {
		struct jk_value value = jk_jinja_eval(run, item->a, scope);

		run->at = item->at;
		jk_strbuf_add_string(run, &buf, value);
	}
	return jk_strbuf_take(run, &buf);
}

static struct jk_value
eval_call(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value callee = jk_jinja_eval(run, node->a, scope);
	struct jk_jinja_args args;

	jk_jinja_eval_args(run, node->list, scope, &args);
	run->at = node->at;
	return jk_jinja_call_value(run, callee, &args);
}

static struct jk_value
eval_test(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value value = jk_jinja_eval(run, node->a, scope);
	struct jk_jinja_args args;

	jk_jinja_eval_args(run, node->list, scope, &args);
	run->at = node->at;
	return jk_value_bool(jk_jinja_apply_test(run, node->name, value,
	    &args));
}

struct jk_value
jk_jinja_eval_filters(struct jk_jinja_run *run,
    const struct jk_jinja_node *node, struct jk_jinja_scope *scope,
    struct jk_value value)
{
	struct jk_jinja_args args;

	jk_jinja_deeper(run);
	if (node->a)
		value = node->a->kind == JK_NODE_FILTER ?
		    jk_jinja_eval_filters(run, node->a, scope, value) :
		    jk_jinja_eval(run, node->a, scope);
	jk_jinja_eval_args(run, node->list, scope, &args);
	run->at = node->at;
	value = jk_jinja_apply_filter(run, node->name, value, &args);
	run->depth--;
	return value;
}

static struct jk_value
eval_condition(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	if (jk_value_is_true(jk_jinja_eval(run, node->b, scope)))
		return jk_jinja_eval(run, node->a, scope);
	if (node->c)
		return jk_jinja_eval(run, node->c, scope);
	return jk_value_undefined(run, "the inline if-expression evaluated to "
	    "false and no else section was defined.");
}

static struct jk_value
eval_unary(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value value = jk_jinja_eval(run, node->a, scope);

	run->at = node->at;
	if (node->kind == JK_NODE_NOT)
		return jk_value_bool(!jk_value_is_true(value));
	if (node->kind == JK_NODE_NEGATE)
		return jk_value_negate(run, value);
	/* +x: a number, bools become integers */
	return jk_value_negate(run, jk_value_negate(run, value));
}

static struct jk_value
eval(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value a, b;

	switch (node->kind) {
	case JK_NODE_CONST:
		return node->value;
	case JK_NODE_NAME:
		a = jk_jinja_scope_get(run, scope, node->name);
		return a.type == JK_VALUE_ABSENT ? jk_value_undefined(run,
		    "'%.*s' is undefined", JK_STR_SHOWN(node->name)) : a;
	case JK_NODE_TUPLE:
	case JK_NODE_LIST:
		return eval_list(run, node, scope);
	case JK_NODE_DICT:
		return eval_dict(run, node, scope);
	case JK_NODE_ATTRIBUTE:
		a = jk_jinja_eval(run, node->a, scope);
		run->at = node->at;
		return jk_value_attribute(run, a, node->name);
	case JK_NODE_ITEM:
		a = jk_jinja_eval(run, node->a, scope);
		b = jk_jinja_eval(run, node->b, scope);
		run->at = node->at;
		return jk_value_item(run, a, b);
	case JK_NODE_SLICE:
		return eval_slice(run, node, scope);
	case JK_NODE_CALL:
		return eval_call(run, node, scope);
	case JK_NODE_FILTER:
		return jk_jinja_eval_filters(run, node, scope, JK_ABSENT);
	case JK_NODE_TEST:
		return eval_test(run, node, scope);
	case JK_NODE_NOT:
	case JK_NODE_NEGATE:
	case JK_NODE_POSITIVE:
		return eval_unary(run, node, scope);
	case JK_NODE_BINARY:
		a = jk_jinja_eval(run, node->a, scope);
		b = jk_jinja_eval(run, node->b, scope);
		run->at = node->at;
		return jk_value_arithmetic(run, a, node->op, b);
	case JK_NODE_AND:
		a = jk_jinja_eval(run, node->a, scope);
		return jk_value_is_true(a) ? jk_jinja_eval(run, node->b,
		    scope) : a;
	case JK_NODE_OR:
		a = jk_jinja_eval(run, node->a, scope);
		return jk_value_is_true(a) ? a : jk_jinja_eval(run, node->b,
		    scope);
	case JK_NODE_CONCAT:
		return eval_concat(run, node, scope);
	case JK_NODE_COMPARE:
		return eval_compare(run, node, scope);
	case JK_NODE_CONDITION:
		return eval_condition(run, node, scope);
	default:
		jk_jinja_fail(run, "not an expression");
	}
}

struct jk_value
jk_jinja_eval(struct jk_jinja_run *run, const struct jk_jinja_node *node,
    struct jk_jinja_scope *scope)
{
	struct jk_value value;

	run->at = node->at;
	jk_jinja_spend(run, 1);
	jk_jinja_deeper(run);
	value = eval(run, node, scope);
	run->depth--;
	return value;
}
