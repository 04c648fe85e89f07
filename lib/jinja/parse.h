#ifndef JK_JINJA_PARSE_H
#define JK_JINJA_PARSE_H

#include "jinja/ast.h"

/*
 * What the parts of the parser share: jinja_parse.c statements, jinja_expr.c
 * operators, jinja_primary.c what they bind.
 */

struct jk_jinja_parser {
	struct jk_jinja_run *run;
	const struct jk_jinja_token *token;	/* the current token */
	unsigned depth;
	unsigned loops;		/* enclosing loops that break can leave */
};

/* The whole template: a node whose list is its statements. */
struct jk_jinja_node *jk_jinja_parse_template(struct jk_jinja_parser *parser);

struct jk_jinja_node *jk_jinja_node_new(struct jk_jinja_parser *parser,
    enum jk_jinja_node_kind kind, size_t at);

static inline struct jk_jinja_node *
jk_jinja_node_of(struct jk_jinja_parser *parser, enum jk_jinja_node_kind kind,
    size_t at, struct jk_jinja_node *a, struct jk_jinja_node *b)
{
	struct jk_jinja_node *n = jk_jinja_node_new(parser, kind, at);

	n->a = a;
	n->b = b;
	return n;
}

/* Links of a list, so that a node may stand in several. */
static inline struct jk_jinja_node *
jk_jinja_link(struct jk_jinja_parser *parser, struct jk_jinja_node *node)
{
	return jk_jinja_node_of(parser, JK_NODE_OPERAND, node->at, node, NULL);
}

/* Append to a list; `tail` is where the next one goes. */
static inline struct jk_jinja_node **
jk_jinja_append_node(struct jk_jinja_node **tail, struct jk_jinja_node *node)
{
	*tail = node;
	return &node->next;
}

/* What a token is, for messages. */
const char *jk_jinja_describe(struct jk_jinja_parser *parser,
    const struct jk_jinja_token *t);
_Noreturn void jk_jinja_unexpected(struct jk_jinja_parser *parser,
    const char *expected);
bool jk_jinja_is_op(const struct jk_jinja_parser *parser, char op);
bool jk_jinja_is_name(const struct jk_jinja_parser *parser, const char *name);
bool jk_jinja_skip_op(struct jk_jinja_parser *parser, char op);
bool jk_jinja_skip_name(struct jk_jinja_parser *parser, const char *name);
void jk_jinja_expect_op(struct jk_jinja_parser *parser, char op);
const struct jk_str *jk_jinja_expect_name(struct jk_jinja_parser *parser);
void jk_jinja_nest(struct jk_jinja_parser *parser);

/* One expression; without `condition`, no inline if at its top. */
struct jk_jinja_node *jk_jinja_parse_expression(struct jk_jinja_parser *parser,
    bool condition);
/*
 * Expressions separated by commas: a tuple where there is a comma.  `end` (may
 * be NULL) is a name that ends it.
 */
struct jk_jinja_node *jk_jinja_parse_tuple(struct jk_jinja_parser *parser,
    bool condition, const char *end, bool parentheses);
/* An assignment target up to the name `end`. */
struct jk_jinja_node *jk_jinja_parse_target(struct jk_jinja_parser *parser,
    const char *end, bool members);
/* |name(…)|name(…) behind `a`; `inline_start`: the first | is missing. */
struct jk_jinja_node *jk_jinja_parse_filters(struct jk_jinja_parser *parser,
    struct jk_jinja_node *a, bool inline_start);

/* A name, a literal, a list, a dict, something in parentheses; with `members`
 * also name.name, as a target. */
struct jk_jinja_node *jk_jinja_parse_primary(struct jk_jinja_parser *parser,
    bool members);
/* A primary with its signs, attributes, calls, filters and tests. */
struct jk_jinja_node *jk_jinja_parse_unary(struct jk_jinja_parser *parser);

#endif
