#ifndef JK_JINJA_CURSOR_H
#define JK_JINJA_CURSOR_H

#include "jinja/ast.h"
#include "jinja/token.h"

/* The parser: its place among the tokens, and the nodes that it makes. */

struct jk_jinja_parser {
	struct jk_jinja_run *run;
	const struct jk_jinja_token *token;	/* the current one */
	unsigned depth;
	unsigned loops;		/* enclosing ones that break can leave */
};

bool jk_jinja_is_op(const struct jk_jinja_parser *parser,
    enum jk_jinja_operator op);
bool jk_jinja_is_name(const struct jk_jinja_parser *parser, const char *name);
/* Pass over it, if it is the current token. */
bool jk_jinja_skip_op(struct jk_jinja_parser *parser,
    enum jk_jinja_operator op);
bool jk_jinja_skip_name(struct jk_jinja_parser *parser, const char *name);
/* Pass over it; fails where it is not the current token. */
void jk_jinja_expect_op(struct jk_jinja_parser *parser,
    enum jk_jinja_operator op);
const struct jk_str *jk_jinja_expect_name(struct jk_jinja_parser *parser);
/* Fail: the current token is not what was expected. */
_Noreturn void jk_jinja_unexpected(struct jk_jinja_parser *parser,
    const char *expected);

/* One level deeper; the caller restores `depth`. */
void jk_jinja_nest(struct jk_jinja_parser *parser);

struct jk_jinja_node *jk_jinja_node_new(struct jk_jinja_parser *parser,
    enum jk_jinja_node_kind kind, size_t at);
/* A node with operands; b may be NULL. */
struct jk_jinja_node *jk_jinja_node_of(struct jk_jinja_parser *parser,
    enum jk_jinja_node_kind kind, size_t at, struct jk_jinja_node *a,
    struct jk_jinja_node *b);
/* A link of a list, so that a node may stand in several. */
struct jk_jinja_node *jk_jinja_link(struct jk_jinja_parser *parser,
    struct jk_jinja_node *node);

/* Append to a list; `tail` is where the next one goes. */
static inline struct jk_jinja_node **
jk_jinja_append_node(struct jk_jinja_node **tail, struct jk_jinja_node *node)
{
	*tail = node;
	return &node->next;
}

#endif
