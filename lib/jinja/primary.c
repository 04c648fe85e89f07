/*
 * The parser's lowest part: literals, names, attributes, calls, filters, tests.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include <string.h>

#include "jinja/parse.h"

/* Arguments in parentheses, the first of which is the current token. */
static struct jk_jnode *
arguments(struct jk_jparser *p)
{
	struct jk_jnode *list = NULL, **tail = &list, *n;
	bool comma = false, keyword = false, spread = false,
	    spread_named = false;
	size_t at;

	jk_jparse_expect_op(p, '(');
	while (!jk_jparse_is_op(p, ')')) {
		if (comma) {
			jk_jparse_expect_op(p, ',');
			if (jk_jparse_is_op(p, ')'))
				break;
		}
		at = p->j->at = p->t->at;
		if (jk_jparse_skip_op(p, '*')) {
			if (spread || spread_named)
				jk_ji_fail(p->j, "invalid arguments");
			spread = true;
			n = node(p, N_SPREAD, at,
			    jk_jparse_expression(p, true), NULL);
		} else if (jk_jparse_skip_op(p, 'p')) {
			if (spread_named)
				jk_ji_fail(p->j, "invalid arguments");
			spread_named = true;
			n = node(p, N_SPREAD_NAMED, at,
			    jk_jparse_expression(p, true), NULL);
		} else if (p->t->type == T_NAME &&
		    p->t[1].type == T_OPERATOR && p->t[1].op == '=') {
			if (spread_named)
				jk_ji_fail(p->j, "invalid arguments");
			keyword = true;
			n = jk_jparse_node(p, N_KEYWORD, at);
			n->name = p->t->value.str;
			p->t += 2;
			n->a = jk_jparse_expression(p, true);
		} else {
			if (keyword || spread || spread_named)
				jk_ji_fail(p->j, "a positional argument "
				    "behind a named one");
			n = jk_jparse_expression(p, true);
			/* a list needs a link of its own */
			n = node(p, N_OPERAND, at, n, NULL);
		}
		tail = append(tail, n);
		comma = true;
	}
	jk_jparse_expect_op(p, ')');
	return list;
}

static struct jk_jnode *
list_display(struct jk_jparser *p)
{
	struct jk_jnode *n = jk_jparse_node(p, N_LIST, p->t->at);
	struct jk_jnode **tail = &n->list;

	jk_jparse_expect_op(p, '[');
	while (!jk_jparse_is_op(p, ']')) {
		if (n->list) {
			jk_jparse_expect_op(p, ',');
			if (jk_jparse_is_op(p, ']'))
				break;
		}
		tail = append(tail, link_of(p, jk_jparse_expression(p, true)));
	}
	jk_jparse_expect_op(p, ']');
	return n;
}

static struct jk_jnode *
dict_display(struct jk_jparser *p)
{
	struct jk_jnode *n = jk_jparse_node(p, N_DICT, p->t->at);
	struct jk_jnode **tail = &n->list;

	jk_jparse_expect_op(p, '{');
	while (!jk_jparse_is_op(p, '}')) {
		if (n->list) {
			jk_jparse_expect_op(p, ',');
			if (jk_jparse_is_op(p, '}'))
				break;
		}
		tail = append(tail, link_of(p, jk_jparse_expression(p, true)));
		jk_jparse_expect_op(p, ':');
		tail = append(tail, link_of(p, jk_jparse_expression(p, true)));
	}
	jk_jparse_expect_op(p, '}');
	return n;
}

static struct jk_jnode *
constant(struct jk_jparser *p, struct jk_jv v)
{
	struct jk_jnode *n = jk_jparse_node(p, N_CONST, p->t->at);

	n->value = v;
	p->t++;
	return n;
}

struct jk_jnode *
jk_jparse_primary(struct jk_jparser *p, bool members)
{
	const struct jk_jtoken *t = p->t;
	struct jk_jbuf b = { 0 };
	struct jk_jnode *n;

	switch (t->type) {
	case T_NAME:
		if (jk_jparse_is_name(p, "true") ||
		    jk_jparse_is_name(p, "True"))
			return constant(p, jk_jv_bool(true));
		if (jk_jparse_is_name(p, "false") ||
		    jk_jparse_is_name(p, "False"))
			return constant(p, jk_jv_bool(false));
		if (jk_jparse_is_name(p, "none") ||
		    jk_jparse_is_name(p, "None"))
			return constant(p, JV_NIL);
		n = jk_jparse_node(p, N_NAME, t->at);
		n->name = t->value.str;
		p->t++;
		if (members && jk_jparse_skip_op(p, '.')) {
			n->kind = N_MEMBER;
			n->value = jk_jv_str(jk_jparse_expect_name(p));
		}
		return n;
	case T_STRING:
		n = constant(p, t->value);
		if (p->t->type != T_STRING)
			return n;
		jk_jbuf_str(p->j, &b, t->value.str);
		for (; p->t->type == T_STRING; p->t++)
			jk_jbuf_str(p->j, &b, p->t->value.str);
		n->value = jk_jbuf_take(p->j, &b);
		return n;
	case T_INTEGER:
	case T_FLOAT:
		return constant(p, t->value);
	case T_OPERATOR:
		if (t->op == '[')
			return list_display(p);
		if (t->op == '{')
			return dict_display(p);
		if (t->op == '(') {
			p->t++;
			n = jk_jparse_tuple(p, true, NULL, true);
			jk_jparse_expect_op(p, ')');
			return n;
		}
		break;
	default:
		break;
	}
	jk_jparse_unexpected(p, "expression");
}

/* What stands between [ and ] or a comma: an index or a slice. */
static struct jk_jnode *
subscript(struct jk_jparser *p, struct jk_jnode *a, size_t at)
{
	struct jk_jnode *n, *first = NULL;

	if (jk_jparse_is_op(p, ']')) {
		p->j->at = at;
		jk_ji_fail(p->j, "an empty subscript is not supported");
	}
	if (!jk_jparse_is_op(p, ':')) {
		first = jk_jparse_expression(p, true);
		if (!jk_jparse_is_op(p, ':')) {
			if (jk_jparse_is_op(p, ',')) {
				p->j->at = p->t->at;
				jk_ji_fail(p->j, "a subscript of several "
				    "values is not supported");
			}
			return node(p, N_ITEM, at, a, first);
		}
	}
	n = node(p, N_SLICE, at, a, first);
	jk_jparse_expect_op(p, ':');
	if (!jk_jparse_is_op(p, ':') && !jk_jparse_is_op(p, ']'))
		n->c = jk_jparse_expression(p, true);
	if (jk_jparse_skip_op(p, ':') && !jk_jparse_is_op(p, ']'))
		n->d = jk_jparse_expression(p, true);
	return n;
}

static struct jk_jnode *
call(struct jk_jparser *p, struct jk_jnode *a)
{
	struct jk_jnode *n = node(p, N_CALL, p->t->at, a, NULL);

	n->list = arguments(p);
	return n;
}

/*
 * A chain such as a.b.c or a + b + c makes the tree one deeper for each link,
 * without recursion here; it is counted all the same.
 */
static struct jk_jnode *
postfix(struct jk_jparser *p, struct jk_jnode *a)
{
	unsigned depth = p->depth;

	for (;; jk_jparse_deeper(p)) {
		size_t at = p->t->at;

		if (jk_jparse_skip_op(p, '.')) {
			if (p->t->type == T_INTEGER) {
				a = node(p, N_ITEM, at, a,
				    constant(p, p->t->value));
			} else {
				a = node(p, N_ATTRIBUTE, at, a, NULL);
				a->name = jk_jparse_expect_name(p);
			}
		} else if (jk_jparse_skip_op(p, '[')) {
			a = subscript(p, a, at);
			jk_jparse_expect_op(p, ']');
		} else if (jk_jparse_is_op(p, '(')) {
			a = call(p, a);
		} else {
			p->depth = depth;
			return a;
		}
	}
}

/* A filter's or test's name, which may hold dots. */
static const struct jk_jstr *
dotted_name(struct jk_jparser *p)
{
	const struct jk_jstr *name = jk_jparse_expect_name(p);

	if (jk_jparse_is_op(p, '.')) {
		p->j->at = p->t->at;
		jk_ji_fail(p->j, "a filter or test with a dot in its name is "
		    "not supported");
	}
	return name;
}

struct jk_jnode *
jk_jparse_filters(struct jk_jparser *p, struct jk_jnode *a, bool inline_start)
{
	unsigned depth = p->depth;
	struct jk_jnode *n;

	while (inline_start || jk_jparse_skip_op(p, '|')) {
		jk_jparse_deeper(p);
		inline_start = false;
		n = node(p, N_FILTER, p->t->at, a, NULL);
		n->name = dotted_name(p);
		if (jk_jparse_is_op(p, '('))
			n->list = arguments(p);
		a = n;
	}
	p->depth = depth;
	return a;
}

static struct jk_jnode *
test(struct jk_jparser *p, struct jk_jnode *a)
{
	size_t at = (p->t++)->at;
	bool negated = jk_jparse_skip_name(p, "not");
	struct jk_jnode *n = node(p, N_TEST, p->t->at, a, NULL), *argument;

	n->name = dotted_name(p);
	if (jk_jparse_is_op(p, '(')) {
		n->list = arguments(p);
	} else if ((p->t->type == T_NAME || p->t->type == T_STRING ||
	    p->t->type == T_INTEGER || p->t->type == T_FLOAT ||
	    jk_jparse_is_op(p, '[') || jk_jparse_is_op(p, '{')) &&
	    !jk_jparse_is_name(p, "else") && !jk_jparse_is_name(p, "or") &&
	    !jk_jparse_is_name(p, "and")) {
		p->j->at = p->t->at;
		if (jk_jparse_is_name(p, "is"))
			jk_ji_fail(p->j, "tests cannot be chained with 'is'");
		argument = jk_jparse_primary(p, false);
		n->list = link_of(p, postfix(p, argument));
	}
	return negated ? node(p, N_NOT, at, n, NULL) : n;
}

static struct jk_jnode *
unary(struct jk_jparser *p, bool with_filter)
{
	unsigned depth = p->depth;
	size_t at = p->t->at;
	struct jk_jnode *n;

	jk_jparse_deeper(p);
	if (jk_jparse_skip_op(p, '-'))
		n = node(p, N_NEGATE, at, unary(p, false), NULL);
	else if (jk_jparse_skip_op(p, '+'))
		n = node(p, N_POSITIVE, at, unary(p, false), NULL);
	else
		n = jk_jparse_primary(p, false);
	n = postfix(p, n);
	for (; with_filter; jk_jparse_deeper(p)) {
		if (jk_jparse_is_op(p, '|'))
			n = jk_jparse_filters(p, n, false);
		else if (jk_jparse_is_name(p, "is"))
			n = test(p, n);
		else if (jk_jparse_is_op(p, '('))
			n = call(p, n);
		else
			break;
	}
	p->depth = depth;
	return n;
}

struct jk_jnode *
jk_jparse_unary(struct jk_jparser *p)
{
	return unary(p, true);
}
