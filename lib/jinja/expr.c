/*
 * The parser's middle: operators, tuples, targets; and what its parts share.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include <string.h>

#include "jinja/parse.h"

struct jk_jinja_node *
jk_jinja_node_new(struct jk_jinja_parser *parser, enum jk_jinja_node_kind kind,
    size_t at)
{
	struct jk_jinja_node *node = jk_jinja_alloc(parser->run, sizeof *node);

	node->kind = kind;
	node->at = at;
	return node;
}

const char *
jk_jinja_describe(struct jk_jinja_parser *parser,
    const struct jk_jinja_token *token)
{
	static const char *const names[] = { "end of template",
	    "template text", "begin of print statement",
	    "end of print statement", "begin of statement block",
	    "end of statement block", NULL, "string", "integer", "float" };
	const char *op = "**//==!=>=<=", *code = "pdengl", *found;
	char s[3] = { token->op, '\0', '\0' };

	if (token->type == JK_LEX_NAME)
		return token->value.str->s;
	if (token->type != JK_LEX_OPERATOR)
		return names[token->type];
	found = strchr(code, token->op);
	if (found)
		memcpy(s, op + 2 * (found - code), 2);
	return jk_jinja_strdup(parser->run, s, strlen(s));
}

void
jk_jinja_unexpected(struct jk_jinja_parser *parser, const char *expected)
{
	parser->run->at = parser->token->at;
	if (parser->token->type == JK_LEX_EOF)
		jk_jinja_fail(parser->run,
		    "unexpected end of template, expected '%s'", expected);
	jk_jinja_fail(parser->run, "expected '%s', got '%.100s'", expected,
	    jk_jinja_describe(parser, parser->token));
}

bool
jk_jinja_is_op(const struct jk_jinja_parser *parser, char op)
{
	return parser->token->type == JK_LEX_OPERATOR && parser->token->op ==
	    op;
}

bool
jk_jinja_is_name(const struct jk_jinja_parser *parser, const char *name)
{
	return parser->token->type == JK_LEX_NAME &&
	    jk_str_equals(parser->token->value.str, name);
}

bool
jk_jinja_skip_op(struct jk_jinja_parser *parser, char op)
{
	bool is = jk_jinja_is_op(parser, op);

	parser->token += is;
	return is;
}

bool
jk_jinja_skip_name(struct jk_jinja_parser *parser, const char *name)
{
	bool is = jk_jinja_is_name(parser, name);

	parser->token += is;
	return is;
}

void
jk_jinja_expect_op(struct jk_jinja_parser *parser, char op)
{
	struct jk_jinja_token token = { .type = JK_LEX_OPERATOR, .op = op };

	if (!jk_jinja_skip_op(parser, op))
		jk_jinja_unexpected(parser, jk_jinja_describe(parser, &token));
}

const struct jk_str *
jk_jinja_expect_name(struct jk_jinja_parser *parser)
{
	if (parser->token->type != JK_LEX_NAME)
		jk_jinja_unexpected(parser, "name");
	return (parser->token++)->value.str;
}

void
jk_jinja_nest(struct jk_jinja_parser *parser)
{
	parser->run->at = parser->token->at;
	if (++parser->depth > 200)
		jk_jinja_fail(parser->run, "nested too deeply");
}

/* Operators by how tightly they bind, all to the left: */
static const char *const LEVELS[] = { "+-", "~", "*/d%", "p" };

static struct jk_jinja_node *
binary(struct jk_jinja_parser *parser, size_t level)
{
	struct jk_jinja_node *node, *joined, **tail;
	unsigned depth = parser->depth;
	size_t at;
	char op;

	if (level == sizeof LEVELS / sizeof *LEVELS)
		return jk_jinja_parse_unary(parser);
	node = binary(parser, level + 1);
	if (level == 1 && jk_jinja_is_op(parser, '~')) {
		joined = jk_jinja_node_new(parser, JK_NODE_CONCAT,
		    parser->token->at);
		tail = jk_jinja_append_node(&joined->list, jk_jinja_link(parser,
		    node));
		while (jk_jinja_skip_op(parser, '~'))
			tail = jk_jinja_append_node(tail, jk_jinja_link(parser,
			    binary(parser, level + 1)));
		return joined;
	}
	while (parser->token->type == JK_LEX_OPERATOR && strchr(LEVELS[level],
	    parser->token->op)) {
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

static struct jk_jinja_node *
comparison(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *a = binary(parser, 0), *n = NULL, **tail = NULL,
	    *operand;
	size_t at;
	char op;

	for (;;) {
		at = parser->token->at;
		if (parser->token->type == JK_LEX_OPERATOR && strchr("en<>gl",
		    parser->token->op)) {
			op = (parser->token++)->op;
		} else if (jk_jinja_skip_name(parser, "in")) {
			op = 'i';
		} else if (jk_jinja_is_name(parser, "not") &&
		    parser->token[1].type == JK_LEX_NAME &&
		    jk_str_equals(parser->token[1].value.str, "in")) {
			parser->token += 2;
			op = 'o';
		} else {
			return n ? n : a;
		}
		operand = jk_jinja_node_of(parser, JK_NODE_OPERAND, at,
		    binary(parser, 0), NULL);
		operand->op = op;
		if (!n) {
			n = jk_jinja_node_of(parser, JK_NODE_COMPARE, at, a,
			    NULL);
			tail = &n->list;
		}
		tail = jk_jinja_append_node(tail, operand);
	}
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
	    parser->token->type == JK_LEX_BLOCK_END || jk_jinja_is_op(parser,
	    ')') || (end && jk_jinja_is_name(parser, end));
}

static struct jk_jinja_node *
tuple(struct jk_jinja_parser *parser, bool condition, const char *end,
    bool parentheses, bool target, bool members)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_TUPLE,
	    parser->token->at), *item;
	struct jk_jinja_node **tail = &node->list;

	for (;;) {
		if (node->list)
			jk_jinja_expect_op(parser, ',');
		if (tuple_ends(parser, end))
			break;
		item = target ? jk_jinja_parse_primary(parser, members) :
		    jk_jinja_parse_expression(parser, condition);
		if (!node->list && !jk_jinja_is_op(parser, ','))
			return item;
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser, item));
		if (!jk_jinja_is_op(parser, ','))
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
	if (node->kind != JK_NODE_NAME && !(members && node->kind ==
	    JK_NODE_MEMBER))
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
