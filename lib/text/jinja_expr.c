/*
 * The parser's lower half: expressions.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include <stdio.h>
#include <string.h>

#include "text/jinja_ast.h"

struct jk_jnode *
jk_jparse_node(struct jk_jparser *p, enum jk_jkind kind, size_t at)
{
	struct jk_jnode *n = jk_ji_alloc(p->j, sizeof *n);

	n->kind = kind;
	n->at = at;
	return n;
}

static struct jk_jnode *
node(struct jk_jparser *p, enum jk_jkind kind, size_t at, struct jk_jnode *a,
    struct jk_jnode *b)
{
	struct jk_jnode *n = jk_jparse_node(p, kind, at);

	n->a = a;
	n->b = b;
	return n;
}

const char *
jk_jparse_describe(struct jk_jparser *p, const struct jk_jtoken *t)
{
	static const char *const names[] = { "end of template",
	    "template text", "begin of print statement",
	    "end of print statement", "begin of statement block",
	    "end of statement block", NULL, "string", "integer", "float" };
	const char *op = "**//==!=>=<=", *code = "pdengl", *found;
	char s[3] = { t->op, '\0', '\0' };

	if (t->type == T_NAME)
		return t->value.str->s;
	if (t->type != T_OPERATOR)
		return names[t->type];
	found = strchr(code, t->op);
	if (found)
		memcpy(s, op + 2 * (found - code), 2);
	return jk_ji_strdup(p->j, s, strlen(s));
}

void
jk_jparse_unexpected(struct jk_jparser *p, const char *expected)
{
	p->j->at = p->t->at;
	if (p->t->type == T_EOF)
		jk_ji_fail(p->j, "unexpected end of template, expected '%s'",
		    expected);
	jk_ji_fail(p->j, "expected '%s', got '%.100s'", expected,
	    jk_jparse_describe(p, p->t));
}

bool
jk_jparse_is_op(const struct jk_jparser *p, char op)
{
	return p->t->type == T_OPERATOR && p->t->op == op;
}

bool
jk_jparse_is_name(const struct jk_jparser *p, const char *name)
{
	return p->t->type == T_NAME && jk_jstr_equal(p->t->value.str, name);
}

bool
jk_jparse_skip_op(struct jk_jparser *p, char op)
{
	bool is = jk_jparse_is_op(p, op);

	p->t += is;
	return is;
}

bool
jk_jparse_skip_name(struct jk_jparser *p, const char *name)
{
	bool is = jk_jparse_is_name(p, name);

	p->t += is;
	return is;
}

void
jk_jparse_expect_op(struct jk_jparser *p, char op)
{
	struct jk_jtoken t = { .type = T_OPERATOR, .op = op };

	if (!jk_jparse_skip_op(p, op))
		jk_jparse_unexpected(p, jk_jparse_describe(p, &t));
}

const struct jk_jstr *
jk_jparse_expect_name(struct jk_jparser *p)
{
	if (p->t->type != T_NAME)
		jk_jparse_unexpected(p, "name");
	return (p->t++)->value.str;
}

void
jk_jparse_deeper(struct jk_jparser *p)
{
	p->j->at = p->t->at;
	if (++p->depth > 200)
		jk_ji_fail(p->j, "nested too deeply");
}

/* Append to a list; `tail` is where the next one goes. */
static struct jk_jnode **
append(struct jk_jnode **tail, struct jk_jnode *n)
{
	*tail = n;
	return &n->next;
}

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

/* Links of a list, so that a node may stand in several. */
static struct jk_jnode *
link_of(struct jk_jparser *p, struct jk_jnode *n)
{
	return node(p, N_OPERAND, n->at, n, NULL);
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

static struct jk_jnode *
primary(struct jk_jparser *p, bool members)
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
		argument = primary(p, false);
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
		n = primary(p, false);
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

/* Operators by how tightly they bind, all to the left: */
static const char *const LEVELS[] = { "+-", "~", "*/d%", "p" };

static struct jk_jnode *
binary(struct jk_jparser *p, size_t level)
{
	struct jk_jnode *n, *joined, **tail;
	unsigned depth = p->depth;
	size_t at;
	char op;

	if (level == sizeof LEVELS / sizeof *LEVELS)
		return unary(p, true);
	n = binary(p, level + 1);
	if (level == 1 && jk_jparse_is_op(p, '~')) {
		joined = jk_jparse_node(p, N_CONCAT, p->t->at);
		tail = append(&joined->list, link_of(p, n));
		while (jk_jparse_skip_op(p, '~'))
			tail = append(tail, link_of(p, binary(p, level + 1)));
		return joined;
	}
	while (p->t->type == T_OPERATOR && strchr(LEVELS[level], p->t->op)) {
		jk_jparse_deeper(p);
		at = p->t->at;
		op = (p->t++)->op;
		n = node(p, N_BINARY, at, n, binary(p, level + 1));
		n->op = op;
	}
	p->depth = depth;
	return n;
}

static struct jk_jnode *
comparison(struct jk_jparser *p)
{
	struct jk_jnode *a = binary(p, 0), *n = NULL, **tail = NULL, *operand;
	size_t at;
	char op;

	for (;;) {
		at = p->t->at;
		if (p->t->type == T_OPERATOR && strchr("en<>gl", p->t->op)) {
			op = (p->t++)->op;
		} else if (jk_jparse_skip_name(p, "in")) {
			op = 'i';
		} else if (jk_jparse_is_name(p, "not") &&
		    p->t[1].type == T_NAME &&
		    jk_jstr_equal(p->t[1].value.str, "in")) {
			p->t += 2;
			op = 'o';
		} else {
			return n ? n : a;
		}
		operand = node(p, N_OPERAND, at, binary(p, 0), NULL);
		operand->op = op;
		if (!n) {
			n = node(p, N_COMPARE, at, a, NULL);
			tail = &n->list;
		}
		tail = append(tail, operand);
	}
}

static struct jk_jnode *
negation(struct jk_jparser *p)
{
	size_t at = p->t->at;
	struct jk_jnode *n;

	if (!jk_jparse_skip_name(p, "not"))
		return comparison(p);
	jk_jparse_deeper(p);
	n = node(p, N_NOT, at, negation(p), NULL);
	p->depth--;
	return n;
}

static struct jk_jnode *
conjunction(struct jk_jparser *p)
{
	struct jk_jnode *n = negation(p);
	unsigned depth = p->depth;
	size_t at = p->t->at;

	while (jk_jparse_skip_name(p, "and")) {
		jk_jparse_deeper(p);
		n = node(p, N_AND, at, n, negation(p));
		at = p->t->at;
	}
	p->depth = depth;
	return n;
}

static struct jk_jnode *
disjunction(struct jk_jparser *p)
{
	struct jk_jnode *n = conjunction(p);
	unsigned depth = p->depth;
	size_t at = p->t->at;

	while (jk_jparse_skip_name(p, "or")) {
		jk_jparse_deeper(p);
		n = node(p, N_OR, at, n, conjunction(p));
		at = p->t->at;
	}
	p->depth = depth;
	return n;
}

struct jk_jnode *
jk_jparse_expression(struct jk_jparser *p, bool condition)
{
	struct jk_jnode *n, *c;
	unsigned depth = p->depth;
	size_t at;

	jk_jparse_deeper(p);
	n = disjunction(p);
	at = p->t->at;
	while (condition && jk_jparse_skip_name(p, "if")) {
		jk_jparse_deeper(p);
		c = node(p, N_CONDITION, at, n, disjunction(p));
		if (jk_jparse_skip_name(p, "else"))
			c->c = jk_jparse_expression(p, true);
		n = c;
		at = p->t->at;
	}
	p->depth = depth;
	return n;
}

static bool
tuple_ends(const struct jk_jparser *p, const char *end)
{
	return p->t->type == T_VARIABLE_END || p->t->type == T_BLOCK_END ||
	    jk_jparse_is_op(p, ')') || (end && jk_jparse_is_name(p, end));
}

static struct jk_jnode *
tuple(struct jk_jparser *p, bool condition, const char *end, bool parentheses,
    bool target, bool members)
{
	struct jk_jnode *n = jk_jparse_node(p, N_TUPLE, p->t->at), *item;
	struct jk_jnode **tail = &n->list;

	for (;;) {
		if (n->list)
			jk_jparse_expect_op(p, ',');
		if (tuple_ends(p, end))
			break;
		item = target ? primary(p, members) :
		    jk_jparse_expression(p, condition);
		if (!n->list && !jk_jparse_is_op(p, ','))
			return item;
		tail = append(tail, link_of(p, item));
		if (!jk_jparse_is_op(p, ','))
			break;
	}
	if (!n->list && !parentheses)
		jk_jparse_unexpected(p, "expression");
	return n;
}

struct jk_jnode *
jk_jparse_tuple(struct jk_jparser *p, bool condition, const char *end,
    bool parentheses)
{
	return tuple(p, condition, end, parentheses, false, false);
}

static void
check_target(struct jk_jparser *p, const struct jk_jnode *n, bool members)
{
	const struct jk_jnode *item;

	p->j->at = n->at;
	if (n->kind == N_TUPLE) {
		for (item = n->list; item; item = item->next)
			check_target(p, item->a, members);
		return;
	}
	if (n->kind != N_NAME && !(members && n->kind == N_MEMBER))
		jk_ji_fail(p->j, "cannot assign to this expression");
}

struct jk_jnode *
jk_jparse_target(struct jk_jparser *p, const char *end, bool members)
{
	struct jk_jnode *n = tuple(p, false, end, false, true, members);

	check_target(p, n, members);
	return n;
}
