/* The parser's place among the tokens. */

#include "jinja/cursor.h"
#include "jinja/str.h"

/* What a token is, for messages. */
static const char *
describe(const struct jk_jinja_token *token)
{
	static const char *const names[] = { JK_MSG("end of template"),
	    JK_MSG("template text"), JK_MSG("begin of print statement"),
	    JK_MSG("end of print statement"), JK_MSG("begin of statement "
	    "block"),
	    JK_MSG("end of statement block"), NULL, JK_MSG("string"),
	    JK_MSG("integer"), JK_MSG("float") };

	if (token->type == JK_LEX_NAME)
		return token->value.str->s;
	if (token->type == JK_LEX_OPERATOR)
		return jk_jinja_operator_text(token->op);
	return jk_tr(names[token->type]);
}

void
jk_jinja_unexpected(struct jk_jinja_parser *parser, const char *expected)
{
	parser->run->at = parser->token->at;
	if (parser->token->type == JK_LEX_EOF)
		jk_jinja_fail(parser->run,
		    "unexpected end of template, expected '%s'",
		    jk_tr(expected));
	jk_jinja_fail(parser->run, "expected '%s', got '%.100s'",
	    jk_tr(expected),
	    describe(parser->token));
}

bool
jk_jinja_is_op(const struct jk_jinja_parser *parser, enum jk_jinja_operator op)
{
	return parser->token->type == JK_LEX_OPERATOR &&
	    parser->token->op == op;
}

bool
jk_jinja_is_name(const struct jk_jinja_parser *parser, const char *name)
{
	return parser->token->type == JK_LEX_NAME &&
	    jk_str_equals(parser->token->value.str, name);
}

bool
jk_jinja_skip_op(struct jk_jinja_parser *parser, enum jk_jinja_operator op)
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
jk_jinja_expect_op(struct jk_jinja_parser *parser, enum jk_jinja_operator op)
{
	if (!jk_jinja_skip_op(parser, op))
		jk_jinja_unexpected(parser, jk_jinja_operator_text(op));
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

/* --- nodes */

struct jk_jinja_node *
jk_jinja_node_new(struct jk_jinja_parser *parser, enum jk_jinja_node_kind kind,
    size_t at)
{
	struct jk_jinja_node *node = jk_jinja_alloc(parser->run, sizeof *node);

	node->kind = kind;
	node->at = at;
	return node;
}

struct jk_jinja_node *
jk_jinja_node_of(struct jk_jinja_parser *parser, enum jk_jinja_node_kind kind,
    size_t at, struct jk_jinja_node *a, struct jk_jinja_node *b)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, kind, at);

	node->a = a;
	node->b = b;
	return node;
}

struct jk_jinja_node *
jk_jinja_link(struct jk_jinja_parser *parser, struct jk_jinja_node *node)
{
	return jk_jinja_node_of(parser, JK_NODE_OPERAND, node->at, node, NULL);
}
