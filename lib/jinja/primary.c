/*
 * The parser's lowest part: literals, names, attributes, calls, filters, tests.
 * Source: Jinja 3.1, "Template Designer Documentation", "Expressions".
 */

#include "jinja/expr.h"
#include "jinja/str.h"

/* Arguments in parentheses, the first of which is the current token. */
static struct jk_jinja_node *
arguments(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *list = NULL, **tail = &list, *node;
	bool comma = false, keyword = false, spread = false,
	    spread_named = false;
	size_t at;

	jk_jinja_expect_op(parser, JK_JINJA_LPAREN);
	while (!jk_jinja_is_op(parser, JK_JINJA_RPAREN)) {
		if (comma) {
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
			if (jk_jinja_is_op(parser, JK_JINJA_RPAREN))
				break;
		}
		at = parser->run->at = parser->token->at;
		if (jk_jinja_skip_op(parser, JK_JINJA_MUL)) {
			if (spread || spread_named)
				jk_jinja_fail(parser->run, "invalid arguments");
			spread = true;
			node = jk_jinja_node_of(parser, JK_NODE_SPREAD, at,
			    jk_jinja_parse_expression(parser, true), NULL);
		} else if (jk_jinja_skip_op(parser, JK_JINJA_POW)) {
			if (spread_named)
				jk_jinja_fail(parser->run, "invalid arguments");
			spread_named = true;
			node = jk_jinja_node_of(parser, JK_NODE_SPREAD_NAMED,
			    at, jk_jinja_parse_expression(parser, true), NULL);
		} else if (parser->token->type == JK_LEX_NAME &&
		    parser->token[1].type == JK_LEX_OPERATOR &&
		    parser->token[1].op == JK_JINJA_ASSIGN) {
			if (spread_named)
				jk_jinja_fail(parser->run, "invalid arguments");
			keyword = true;
			node = jk_jinja_node_new(parser, JK_NODE_KEYWORD, at);
			node->name = parser->token->value.str;
			parser->token += 2;
			node->a = jk_jinja_parse_expression(parser, true);
		} else {
			if (keyword || spread || spread_named)
				jk_jinja_fail(parser->run,
				    "a positional argument behind a named one");
			node = jk_jinja_parse_expression(parser, true);
			/* a list needs a link of its own */
			node = jk_jinja_node_of(parser, JK_NODE_OPERAND, at,
			    node, NULL);
		}
		tail = jk_jinja_append_node(tail, node);
		comma = true;
	}
	jk_jinja_expect_op(parser, JK_JINJA_RPAREN);
	return list;
}

static struct jk_jinja_node *
list_display(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_LIST,
	    parser->token->at);
	struct jk_jinja_node **tail = &node->list;

	jk_jinja_expect_op(parser, JK_JINJA_LBRACKET);
	while (!jk_jinja_is_op(parser, JK_JINJA_RBRACKET)) {
		if (node->list) {
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
			if (jk_jinja_is_op(parser, JK_JINJA_RBRACKET))
				break;
		}
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser,
		    jk_jinja_parse_expression(parser, true)));
	}
	jk_jinja_expect_op(parser, JK_JINJA_RBRACKET);
	return node;
}

static struct jk_jinja_node *
dict_display(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_DICT,
	    parser->token->at);
	struct jk_jinja_node **tail = &node->list;

	jk_jinja_expect_op(parser, JK_JINJA_LBRACE);
	while (!jk_jinja_is_op(parser, JK_JINJA_RBRACE)) {
		if (node->list) {
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
			if (jk_jinja_is_op(parser, JK_JINJA_RBRACE))
				break;
		}
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser,
		    jk_jinja_parse_expression(parser, true)));
		jk_jinja_expect_op(parser, JK_JINJA_COLON);
		tail = jk_jinja_append_node(tail, jk_jinja_link(parser,
		    jk_jinja_parse_expression(parser, true)));
	}
	jk_jinja_expect_op(parser, JK_JINJA_RBRACE);
	return node;
}

static struct jk_jinja_node *
constant(struct jk_jinja_parser *parser, struct jk_value value)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_CONST,
	    parser->token->at);

	node->value = value;
	parser->token++;
	return node;
}

struct jk_jinja_node *
jk_jinja_parse_primary(struct jk_jinja_parser *parser, bool members)
{
	const struct jk_jinja_token *token = parser->token;
	struct jk_strbuf buf = { 0 };
	struct jk_jinja_node *node;

	switch (token->type) {
	case JK_LEX_NAME:
		if (jk_jinja_is_name(parser, "true") ||
		    jk_jinja_is_name(parser, "True"))
			return constant(parser, jk_value_bool(true));
		if (jk_jinja_is_name(parser, "false") ||
		    jk_jinja_is_name(parser, "False"))
			return constant(parser, jk_value_bool(false));
		if (jk_jinja_is_name(parser, "none") ||
		    jk_jinja_is_name(parser, "None"))
			return constant(parser, JK_NONE);
		node = jk_jinja_node_new(parser, JK_NODE_NAME, token->at);
		node->name = token->value.str;
		parser->token++;
		if (members && jk_jinja_skip_op(parser, JK_JINJA_DOT)) {
			node->kind = JK_NODE_MEMBER;
			node->value = jk_value_str(jk_jinja_expect_name(
			    parser));
		}
		return node;
	case JK_LEX_STRING:
		node = constant(parser, token->value);
		if (parser->token->type != JK_LEX_STRING)
			return node;
		jk_strbuf_add_str(parser->run, &buf, token->value.str);
		for (; parser->token->type == JK_LEX_STRING; parser->token++)
			jk_strbuf_add_str(parser->run, &buf,
			    parser->token->value.str);
		node->value = jk_strbuf_take(parser->run, &buf);
		return node;
	case JK_LEX_INTEGER:
	case JK_LEX_FLOAT:
		return constant(parser, token->value);
	case JK_LEX_OPERATOR:
		if (token->op == JK_JINJA_LBRACKET)
			return list_display(parser);
		if (token->op == JK_JINJA_LBRACE)
			return dict_display(parser);
		if (token->op == JK_JINJA_LPAREN) {
			parser->token++;
			node = jk_jinja_parse_tuple(parser, true, NULL, true);
			jk_jinja_expect_op(parser, JK_JINJA_RPAREN);
			return node;
		}
		break;
	default:
		break;
	}
	jk_jinja_unexpected(parser, "expression");
}

/* What stands between [ and ] or a comma: an index or a slice. */
static struct jk_jinja_node *
subscript(struct jk_jinja_parser *parser, struct jk_jinja_node *operand,
    size_t at)
{
	struct jk_jinja_node *node, *first = NULL;

	if (jk_jinja_is_op(parser, JK_JINJA_RBRACKET)) {
		parser->run->at = at;
		jk_jinja_fail(parser->run,
		    "an empty subscript is not supported");
	}
	if (!jk_jinja_is_op(parser, JK_JINJA_COLON)) {
		first = jk_jinja_parse_expression(parser, true);
		if (!jk_jinja_is_op(parser, JK_JINJA_COLON)) {
			if (jk_jinja_is_op(parser, JK_JINJA_COMMA)) {
				parser->run->at = parser->token->at;
				jk_jinja_fail(parser->run,
				    "a subscript of several values is not "
				    "supported");
			}
			return jk_jinja_node_of(parser, JK_NODE_ITEM, at,
			    operand, first);
		}
	}
	node = jk_jinja_node_of(parser, JK_NODE_SLICE, at, operand, first);
	jk_jinja_expect_op(parser, JK_JINJA_COLON);
	if (!jk_jinja_is_op(parser, JK_JINJA_COLON) &&
	    !jk_jinja_is_op(parser, JK_JINJA_RBRACKET))
		node->c = jk_jinja_parse_expression(parser, true);
	if (jk_jinja_skip_op(parser, JK_JINJA_COLON) &&
	    !jk_jinja_is_op(parser, JK_JINJA_RBRACKET))
		node->d = jk_jinja_parse_expression(parser, true);
	return node;
}

static struct jk_jinja_node *
call(struct jk_jinja_parser *parser, struct jk_jinja_node *operand)
{
	struct jk_jinja_node *node = jk_jinja_node_of(parser, JK_NODE_CALL,
	    parser->token->at, operand, NULL);

	node->list = arguments(parser);
	return node;
}

/*
 * A chain such as a.b.c or a + b + c makes the tree one deeper for each link,
 * without recursion here; it is counted all the same.
 */
static struct jk_jinja_node *
postfix(struct jk_jinja_parser *parser, struct jk_jinja_node *operand)
{
	unsigned depth = parser->depth;

	for (;; jk_jinja_nest(parser)) {
		size_t at = parser->token->at;

		if (jk_jinja_skip_op(parser, JK_JINJA_DOT)) {
			if (parser->token->type == JK_LEX_INTEGER) {
				operand = jk_jinja_node_of(parser, JK_NODE_ITEM,
				    at, operand, constant(parser,
				    parser->token->value));
			} else {
				operand = jk_jinja_node_of(parser,
				    JK_NODE_ATTRIBUTE, at, operand, NULL);
				operand->name = jk_jinja_expect_name(parser);
			}
		} else if (jk_jinja_skip_op(parser, JK_JINJA_LBRACKET)) {
			operand = subscript(parser, operand, at);
			jk_jinja_expect_op(parser, JK_JINJA_RBRACKET);
		} else if (jk_jinja_is_op(parser, JK_JINJA_LPAREN)) {
			operand = call(parser, operand);
		} else {
			parser->depth = depth;
			return operand;
		}
	}
}

/* A filter's or test's name, which may hold dots. */
static const struct jk_str *
dotted_name(struct jk_jinja_parser *parser)
{
	const struct jk_str *name = jk_jinja_expect_name(parser);

	if (jk_jinja_is_op(parser, JK_JINJA_DOT)) {
		parser->run->at = parser->token->at;
		jk_jinja_fail(parser->run,
		    "a filter or test with a dot in its name is not supported");
	}
	return name;
}

struct jk_jinja_node *
jk_jinja_parse_filters(struct jk_jinja_parser *parser,
    struct jk_jinja_node *operand, bool inline_start)
{
	unsigned depth = parser->depth;
	struct jk_jinja_node *node;

	while (inline_start || jk_jinja_skip_op(parser, JK_JINJA_PIPE)) {
		jk_jinja_nest(parser);
		inline_start = false;
		node = jk_jinja_node_of(parser, JK_NODE_FILTER,
		    parser->token->at, operand, NULL);
		node->name = dotted_name(parser);
		if (jk_jinja_is_op(parser, JK_JINJA_LPAREN))
			node->list = arguments(parser);
		operand = node;
	}
	parser->depth = depth;
	return operand;
}

/* May a test's argument without parentheses begin here? */
static bool
begins_argument(const struct jk_jinja_parser *parser)
{
	switch (parser->token->type) {
	case JK_LEX_NAME:
		return !jk_jinja_is_name(parser, "else") &&
		    !jk_jinja_is_name(parser, "or") &&
		    !jk_jinja_is_name(parser, "and");
	case JK_LEX_STRING:
	case JK_LEX_INTEGER:
	case JK_LEX_FLOAT:
		return true;
	default:
		return jk_jinja_is_op(parser, JK_JINJA_LBRACKET) ||
		    jk_jinja_is_op(parser, JK_JINJA_LBRACE);
	}
}

static struct jk_jinja_node *
test(struct jk_jinja_parser *parser, struct jk_jinja_node *operand)
{
	size_t at = (parser->token++)->at;
	bool negated = jk_jinja_skip_name(parser, "not");
	struct jk_jinja_node *node = jk_jinja_node_of(parser, JK_NODE_TEST,
	    parser->token->at, operand, NULL), *argument;

	node->name = dotted_name(parser);
	if (jk_jinja_is_op(parser, JK_JINJA_LPAREN)) {
		node->list = arguments(parser);
	} else if (begins_argument(parser)) {
		parser->run->at = parser->token->at;
		if (jk_jinja_is_name(parser, "is"))
			jk_jinja_fail(parser->run, "tests cannot be chained "
			    "with 'is'");
		argument = jk_jinja_parse_primary(parser, false);
		node->list = jk_jinja_link(parser, postfix(parser, argument));
	}
	return negated ? jk_jinja_node_of(parser, JK_NODE_NOT, at, node, NULL) :
	    node;
}

static struct jk_jinja_node *
unary(struct jk_jinja_parser *parser, bool with_filter)
{
	unsigned depth = parser->depth;
	size_t at = parser->token->at;
	struct jk_jinja_node *node;

	jk_jinja_nest(parser);
	if (jk_jinja_skip_op(parser, JK_JINJA_SUB))
		node = jk_jinja_node_of(parser, JK_NODE_NEGATE, at,
		    unary(parser, false), NULL);
	else if (jk_jinja_skip_op(parser, JK_JINJA_ADD))
		node = jk_jinja_node_of(parser, JK_NODE_POSITIVE, at,
		    unary(parser, false), NULL);
	else
		node = jk_jinja_parse_primary(parser, false);
	node = postfix(parser, node);
	for (; with_filter; jk_jinja_nest(parser)) {
		if (jk_jinja_is_op(parser, JK_JINJA_PIPE))
			node = jk_jinja_parse_filters(parser, node, false);
		else if (jk_jinja_is_name(parser, "is"))
			node = test(parser, node);
		else if (jk_jinja_is_op(parser, JK_JINJA_LPAREN))
			node = call(parser, node);
		else
			break;
	}
	parser->depth = depth;
	return node;
}

struct jk_jinja_node *
jk_jinja_parse_unary(struct jk_jinja_parser *parser)
{
	return unary(parser, true);
}
