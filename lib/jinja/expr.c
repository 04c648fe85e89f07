/*
 * The parser's middle: operators, tuples, targets; and what its parts share.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include <string.h>

#include "jinja/parse.h"

struct jk_jnode *
jk_jparse_node(struct jk_jparser *p, enum jk_jkind kind, size_t at)
{
	struct jk_jnode *n = jk_ji_alloc(p->j, sizeof *n);

	n->kind = kind;
	n->at = at;
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
		return jk_jparse_unary(p);
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
		item = target ? jk_jparse_primary(p, members) :
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
