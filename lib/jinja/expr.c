/*
 * The parser's middle: operators, tuples, targets.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include "jinja/expr.h"
#include "jinja/str.h"

/* How tightly an operator binds, to the left, from 0; -1: no such operator. */
static int
binding(const struct jk_jinja_token *token)
{
	if (token->type != JK_LEX_OPERATOR)
		return -1;
	switch (token->op) {
	case JK_JINJA_ADD:
	case JK_JINJA_SUB:
		return 0;
	case JK_JINJA_TILDE:
		return 1;
	case JK_JINJA_MUL:
	case JK_JINJA_DIV:
	case JK_JINJA_FLOORDIV:
	case JK_JINJA_MOD:
		return 2;
	case JK_JINJA_POW:
		return 3;
	default:
		return -1;
	}
}

static struct jk_jinja_node *binary(struct jk_jinja_parser *parser,
    int level);

/* Operands joined by ~, behind the first. */
static struct jk_jinja_node *
concatenation(struct jk_jinja_parser *parser, struct jk_jinja_node *first,
    int level)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_CONCAT,
	    parser->token->at);
	struct jk_jinja_node **tail = jk_jinja_append_node(&node->list,
	    jk_jinja_link(parser, first));

	while (jk_jinja_skip_op(parser, JK_JINJA_TILDE))
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser,
		    binary(parser, level + 1)));
	return node;
}

/* Operators of a level, between operands with those of the levels above. */
static struct jk_jinja_node *
binary(struct jk_jinja_parser *parser, int level)
{
	struct jk_jinja_node *node;
	unsigned depth = parser->depth;
	enum jk_jinja_operator op;
	size_t at;

	if (level > 3)
		return jk_jinja_parse_unary(parser);
	node = binary(parser, level + 1);
	if (level == 1 && jk_jinja_is_op(parser, JK_JINJA_TILDE))
		return concatenation(parser, node, level);
	while (binding(parser->token) == level) {
		jk_jinja_nest(parser);
		at = parser->token->at;
		op = (parser->token++)->op;
		node = jk_jinja_node_of(parser, JK_NODE_BINARY, at, node,
		    binary(parser, level + 1));
		node->op = op;
	}
	parser->depth = depth;
	return node;
}

/* Pass over a comparison's operator, if it is the current token. */
static bool
skip_comparison(struct jk_jinja_parser *parser, enum jk_jinja_operator *op)
{
	const struct jk_jinja_token *token = parser->token;

	if (token->type == JK_LEX_OPERATOR &&
	    jk_jinja_is_comparison(token->op)) {
		*op = token->op;
		parser->token++;
		return true;
	}
	if (jk_jinja_skip_name(parser, "in")) {
		*op = JK_JINJA_IN;
		return true;
	}
	if (jk_jinja_is_name(parser, "not") && token[1].type == JK_LEX_NAME &&
	    jk_str_equals(token[1].value.str, "in")) {
		*op = JK_JINJA_NOT_IN;
		parser->token += 2;
		return true;
	}
	return false;
}

static struct jk_jinja_node *
comparison(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *first = binary(parser, 0), *node = NULL;
	struct jk_jinja_node **tail = NULL, *operand;
	enum jk_jinja_operator op;
	size_t at = parser->token->at;

	while (skip_comparison(parser, &op)) {
		operand = jk_jinja_node_of(parser, JK_NODE_OPERAND, at,
		    binary(parser, 0), NULL);
		operand->op = op;
		if (!node) {
			node = jk_jinja_node_of(parser, JK_NODE_COMPARE, at,
			    first, NULL);
			tail = &node->list;
		}
		tail = jk_jinja_append_node(tail, operand);
		at = parser->token->at;
	}
	return node ? node : first;
}

static struct jk_jinja_node *
negation(struct jk_jinja_parser *parser)
{
	size_t at = parser->token->at;
	struct jk_jinja_node *node;

	if (!jk_jinja_skip_name(parser, "not"))
		return comparison(parser);
	jk_jinja_nest(parser);
	node = jk_jinja_node_of(parser, JK_NODE_NOT, at, negation(parser),
	    NULL);
	parser->depth--;
	return node;
}

static struct jk_jinja_node *
conjunction(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *node = negation(parser);
	unsigned depth = parser->depth;
	size_t at = parser->token->at;

	while (jk_jinja_skip_name(parser, "and")) {
		jk_jinja_nest(parser);
		node = jk_jinja_node_of(parser, JK_NODE_AND, at, node,
		    negation(parser));
		at = parser->token->at;
	}
	parser->depth = depth;
	return node;
}

static struct jk_jinja_node *
disjunction(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *node = conjunction(parser);
	unsigned depth = parser->depth;
	size_t at = parser->token->at;

	while (jk_jinja_skip_name(parser, "or")) {
		jk_jinja_nest(parser);
		node = jk_jinja_node_of(parser, JK_NODE_OR, at, node,
		    conjunction(parser));
		at = parser->token->at;
	}
	parser->depth = depth;
	return node;
}

struct jk_jinja_node *
jk_jinja_parse_expression(struct jk_jinja_parser *parser, bool condition)
{
	struct jk_jinja_node *node, *c;
	unsigned depth = parser->depth;
	size_t at;

	jk_jinja_nest(parser);
	node = disjunction(parser);
	at = parser->token->at;
	while (condition && jk_jinja_skip_name(parser, "if")) {
		jk_jinja_nest(parser);
		c = jk_jinja_node_of(parser, JK_NODE_CONDITION, at, node,
		    disjunction(parser));
		if (jk_jinja_skip_name(parser, "else"))
			c->c = jk_jinja_parse_expression(parser, true);
		node = c;
		at = parser->token->at;
	}
	parser->depth = depth;
	return node;
}

static bool
tuple_ends(const struct jk_jinja_parser *parser, const char *end)
{
	return parser->token->type == JK_LEX_VARIABLE_END ||
	    parser->token->type == JK_LEX_BLOCK_END ||
	    jk_jinja_is_op(parser, JK_JINJA_RPAREN) ||
	    (end && jk_jinja_is_name(parser, end));
}

static struct jk_jinja_node *
tuple(struct jk_jinja_parser *parser, bool condition, const char *end,
    bool parentheses, bool target, bool members)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_TUPLE,
	    parser->token->at);
	struct jk_jinja_node **tail = &node->list, *item;

	for (;;) {
		if (node->list)
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
		if (tuple_ends(parser, end))
			break;
		item = target ? jk_jinja_parse_primary(parser, members) :
		    jk_jinja_parse_expression(parser, condition);
		if (!node->list && !jk_jinja_is_op(parser, JK_JINJA_COMMA))
			return item;
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser, item));
		if (!jk_jinja_is_op(parser, JK_JINJA_COMMA))
			break;
	}
	if (!node->list && !parentheses)
		jk_jinja_unexpected(parser, "expression");
	return node;
}

struct jk_jinja_node *
jk_jinja_parse_tuple(struct jk_jinja_parser *parser, bool condition,
    const char *end, bool parentheses)
{
	return tuple(parser, condition, end, parentheses, false, false);
}

static void
check_target(struct jk_jinja_parser *parser, const struct jk_jinja_node *node,
    bool members)
{
	const struct jk_jinja_node *item;

	parser->run->at = node->at;
	if (node->kind == JK_NODE_TUPLE) {
		for (item = node->list; item; item = item->next)
			check_target(parser, item->a, members);
		return;
	}
	if (node->kind != JK_NODE_NAME &&
	    !(members && node->kind == JK_NODE_MEMBER))
		jk_jinja_fail(parser->run, "cannot assign to this expression");
}

struct jk_jinja_node *
jk_jinja_parse_target(struct jk_jinja_parser *parser, const char *end,
    bool members)
{
	struct jk_jinja_node *node = tuple(parser, false, end, false, true,
	    members);

	check_target(parser, node, members);
	return node;
}
