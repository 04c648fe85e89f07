/*
 * The parser's upper half: statements.
 * Source: Jinja 3.1, "Template Designer Documentation".
 */

#include "jinja/parse.h"
#include "jinja/expr.h"
#include "jinja/str.h"

static struct jk_jinja_node *statements(struct jk_jinja_parser *parser,
    const char *const *ends);

static void
expect_block_end(struct jk_jinja_parser *parser)
{
	if (parser->token->type != JK_LEX_BLOCK_END)
		jk_jinja_unexpected(parser, JK_MSG("end of statement block"));
	parser->token++;
}

/*
 * The body of a block tag whose own text has been read: up to one of the tags
 * `ends`, the name of which is then the current token.
 */
static struct jk_jinja_node *
body(struct jk_jinja_parser *parser, const char *const *ends)
{
	struct jk_jinja_node *list;

	jk_jinja_skip_op(parser, JK_JINJA_COLON);
	expect_block_end(parser);
	list = statements(parser, ends);
	if (parser->token->type == JK_LEX_EOF)
		jk_jinja_unexpected(parser, ends[0]);
	return list;
}

/* A body with one possible end, which is passed over. */
static struct jk_jinja_node *
body_until(struct jk_jinja_parser *parser, const char *end)
{
	struct jk_jinja_node *list = body(parser, (const char *const[]){ end,
	    NULL });

	parser->token++;
	return list;
}

static struct jk_jinja_node *
parse_set(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_SET, at);

	node->a = jk_jinja_parse_target(parser, NULL, true);
	if (jk_jinja_skip_op(parser, JK_JINJA_ASSIGN)) {
		node->b = jk_jinja_parse_tuple(parser, true, NULL, false);
		return node;
	}
	node->kind = JK_NODE_SET_BLOCK;
	node->b = jk_jinja_parse_filters(parser, NULL, false);
	node->list = body_until(parser, "endset");
	return node;
}

static void
refuse_loop_name(struct jk_jinja_parser *parser,
    const struct jk_jinja_node *node)
{
	const struct jk_jinja_node *item;

	if (node->kind == JK_NODE_NAME && jk_str_equals(node->name, "loop")) {
		parser->run->at = node->at;
		jk_jinja_fail(parser->run,
		    "cannot assign to the special variable 'loop'");
	}
	for (item = node->kind == JK_NODE_TUPLE ? node->list : NULL; item;
	    item = item->next)
		refuse_loop_name(parser, item->a);
}

static struct jk_jinja_node *
parse_for(struct jk_jinja_parser *parser, size_t at)
{
	static const char *const ends[] = { "endfor", "else", NULL };
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_FOR, at);

	node->a = jk_jinja_parse_target(parser, "in", false);
	refuse_loop_name(parser, node->a);
	if (!jk_jinja_skip_name(parser, "in"))
		jk_jinja_unexpected(parser, "in");
	node->b = jk_jinja_parse_tuple(parser, false, "recursive", false);
	if (jk_jinja_skip_name(parser, "if"))
		node->c = jk_jinja_parse_expression(parser, true);
	if (jk_jinja_skip_name(parser, "recursive"))
		node->recursive = true;
	parser->loops++;
	node->list = body(parser, ends);
	parser->loops--;
	if (jk_jinja_skip_name(parser, "else"))
		node->other = body(parser, (const char *const[]){ "endfor",
		    NULL });
	parser->token++;
	return node;
}

static struct jk_jinja_node *
parse_if(struct jk_jinja_parser *parser, size_t at)
{
	static const char *const ends[] = { "elif", "else", "endif", NULL };
	struct jk_jinja_node *first = jk_jinja_node_new(parser, JK_NODE_IF, at),
	    *n = first;
	unsigned depth = parser->depth;

	for (;;) {
		n->a = jk_jinja_parse_tuple(parser, false, NULL, false);
		n->list = body(parser, ends);
		at = parser->token->at;
		if (!jk_jinja_skip_name(parser, "elif"))
			break;
		jk_jinja_nest(parser);
		n = n->other = jk_jinja_node_new(parser, JK_NODE_IF, at);
	}
	parser->depth = depth;
	if (jk_jinja_skip_name(parser, "else"))
		n->other = body(parser, (const char *const[]){ "endif", NULL });
	parser->token++;
	return first;
}

static struct jk_jinja_node *
parse_with(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_WITH,
	    at);
	struct jk_jinja_node **tail = &node->other, *item;

	while (parser->token->type != JK_LEX_BLOCK_END && parser->token->type !=
	    JK_LEX_EOF) {
		if (node->other)
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
		item = jk_jinja_node_new(parser, JK_NODE_PARAMETER,
		    parser->token->at);
		item->name = jk_jinja_expect_name(parser);
		jk_jinja_expect_op(parser, JK_JINJA_ASSIGN);
		item->a = jk_jinja_parse_expression(parser, true);
		*tail = item;
		tail = &item->next;
	}
	node->list = body_until(parser, "endwith");
	return node;
}

static struct jk_jinja_node *
parameters(struct jk_jinja_parser *parser)
{
	struct jk_jinja_node *list = NULL, **tail = &list, *node;
	bool defaults = false;

	jk_jinja_expect_op(parser, JK_JINJA_LPAREN);
	while (!jk_jinja_is_op(parser, JK_JINJA_RPAREN)) {
		if (list)
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
		node = jk_jinja_node_new(parser, JK_NODE_PARAMETER,
		    parser->token->at);
		node->name = jk_jinja_expect_name(parser);
		if (jk_jinja_skip_op(parser, JK_JINJA_ASSIGN)) {
			node->a = jk_jinja_parse_expression(parser, true);
			defaults = true;
		} else if (defaults) {
			parser->run->at = node->at;
			jk_jinja_fail(parser->run,
			    "a parameter without default behind one with a "
			    "default");
		}
		*tail = node;
		tail = &node->next;
	}
	jk_jinja_expect_op(parser, JK_JINJA_RPAREN);
	return list;
}

/* A body that becomes a function of its own: break cannot leave it. */
static struct jk_jinja_node *
function_body(struct jk_jinja_parser *parser, const char *end)
{
	unsigned loops = parser->loops;
	struct jk_jinja_node *list;

	parser->loops = 0;
	list = body_until(parser, end);
	parser->loops = loops;
	return list;
}

static struct jk_jinja_node *
parse_macro(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser, JK_NODE_MACRO,
	    at);

	node->name = jk_jinja_expect_name(parser);
	node->other = parameters(parser);
	node->list = function_body(parser, "endmacro");
	return node;
}

static struct jk_jinja_node *
parse_call(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser,
	    JK_NODE_CALL_BLOCK, at);

	if (jk_jinja_is_op(parser, JK_JINJA_LPAREN))
		node->other = parameters(parser);
	node->a = jk_jinja_parse_expression(parser, true);
	if (node->a->kind != JK_NODE_CALL) {
		parser->run->at = node->a->at;
		jk_jinja_fail(parser->run, "expected a call");
	}
	node->list = function_body(parser, "endcall");
	return node;
}

static struct jk_jinja_node *
parse_filter(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser,
	    JK_NODE_FILTER_BLOCK, at);

	node->a = jk_jinja_parse_filters(parser, NULL, true);
	node->list = body_until(parser, "endfilter");
	return node;
}

static struct jk_jinja_node *
parse_generation(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *node = jk_jinja_node_new(parser,
	    JK_NODE_GENERATION, at);

	node->list = function_body(parser, "endgeneration");
	return node;
}

static struct jk_jinja_node *
parse_leave(struct jk_jinja_parser *parser, size_t at)
{
	bool is_break = jk_str_equals(parser->token[-1].value.str, "break");

	if (!parser->loops) {
		parser->run->at = at;
		jk_jinja_fail(parser->run, "'%s' outside of a loop",
		    is_break ? "break" : "continue");
	}
	return jk_jinja_node_new(parser, is_break ? JK_NODE_BREAK :
	    JK_NODE_CONTINUE, at);
}

static struct jk_jinja_node *
parse_print(struct jk_jinja_parser *parser, size_t at)
{
	struct jk_jinja_node *first = NULL, **tail = &first;

	while (parser->token->type != JK_LEX_BLOCK_END) {
		if (first)
			jk_jinja_expect_op(parser, JK_JINJA_COMMA);
		*tail = jk_jinja_node_new(parser, JK_NODE_OUTPUT, at);
		(*tail)->a = jk_jinja_parse_expression(parser, true);
		tail = &(*tail)->next;
	}
	return first;
}

static const struct {
	const char *name;
	struct jk_jinja_node *(*parse)(struct jk_jinja_parser *parser,
	    size_t at);
} TAGS[] = {
	{ "set", parse_set },
	{ "for", parse_for },
	{ "if", parse_if },
	{ "with", parse_with },
	{ "macro", parse_macro },
	{ "call", parse_call },
	{ "filter", parse_filter },
	{ "generation", parse_generation },
	{ "break", parse_leave },
	{ "continue", parse_leave },
	{ "print", parse_print },
};

/* The statement whose name is the current token. */
static struct jk_jinja_node *
statement(struct jk_jinja_parser *parser)
{
	const struct jk_jinja_token *token = parser->token;
	struct jk_jinja_node *node;
	size_t i;

	jk_jinja_expect_name(parser);
	for (i = 0; i < sizeof TAGS / sizeof *TAGS; i++) {
		if (!jk_str_equals(token->value.str, TAGS[i].name))
			continue;
		jk_jinja_nest(parser);
		node = TAGS[i].parse(parser, token->at);
		parser->depth--;
		return node;
	}
	parser->run->at = token->at;
	jk_jinja_fail(parser->run, "the tag '%.*s' is unknown or misplaced",
	    JK_STR_SHOWN(token->value.str));
}

static bool
is_any(const struct jk_jinja_parser *parser, const char *const *names)
{
	for (; names && *names; names++) {
		if (jk_jinja_is_name(parser, *names))
			return true;
	}
	return false;
}

static struct jk_jinja_node *
statements(struct jk_jinja_parser *parser, const char *const *ends)
{
	struct jk_jinja_node *list = NULL, **tail = &list, *node;

	for (;;) {
		switch (parser->token->type) {
		case JK_LEX_DATA:
			node = jk_jinja_node_new(parser, JK_NODE_DATA,
			    parser->token->at);
			node->value = (parser->token++)->value;
			break;
		case JK_LEX_VARIABLE_BEGIN:
			parser->token++;
			node = jk_jinja_node_new(parser, JK_NODE_OUTPUT,
			    parser->token->at);
			node->a = jk_jinja_parse_tuple(parser, true, NULL,
			    false);
			if (parser->token->type != JK_LEX_VARIABLE_END)
				jk_jinja_unexpected(parser,
				    JK_MSG("end of print statement"));
			parser->token++;
			break;
		case JK_LEX_BLOCK_BEGIN:
			parser->token++;
			if (is_any(parser, ends))
				return list;
			node = statement(parser);
			expect_block_end(parser);
			break;
		default:
			return list;
		}
		*tail = node;
		while (*tail)
			tail = &(*tail)->next;
	}
}

struct jk_jinja_node *
jk_jinja_parse_template(struct jk_jinja_run *run,
    const struct jk_jinja_token *tokens)
{
	struct jk_jinja_parser parser = { .run = run, .token = tokens };
	struct jk_jinja_node *root = jk_jinja_node_new(&parser, JK_NODE_DATA,
	    0);

	root->list = statements(&parser, NULL);
	return root;
}
