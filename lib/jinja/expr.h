#ifndef JK_JINJA_EXPR_H
#define JK_JINJA_EXPR_H

#include "jinja/cursor.h"

/*
 * Expressions.  They contain each other: expr.c has what operators join,
 * primary.c the operands.
 */

/* One expression; without `condition`, no inline if at its top. */
struct jk_jinja_node *jk_jinja_parse_expression(
    struct jk_jinja_parser *parser, bool condition);
/*
 * Expressions separated by commas: a tuple where there is a comma.  `end` (may
 * be NULL) is a name that ends it.
 */
struct jk_jinja_node *jk_jinja_parse_tuple(struct jk_jinja_parser *parser,
    bool condition, const char *end, bool parentheses);
/* An assignment target up to the name `end`; with `members` also name.name. */
struct jk_jinja_node *jk_jinja_parse_target(struct jk_jinja_parser *parser,
    const char *end, bool members);

/* A name, a literal, a list, a dict, something in parentheses; with `members`
 * also name.name, as a target. */
struct jk_jinja_node *jk_jinja_parse_primary(struct jk_jinja_parser *parser,
    bool members);
/* A primary with its signs, attributes, calls, filters and tests. */
struct jk_jinja_node *jk_jinja_parse_unary(struct jk_jinja_parser *parser);
/* |name(…)|name(…) behind an operand; `inline_start`: without the first |. */
struct jk_jinja_node *jk_jinja_parse_filters(struct jk_jinja_parser *parser,
    struct jk_jinja_node *operand, bool inline_start);

#endif
