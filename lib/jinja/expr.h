#ifndef JK_JINJA_EXPR_H
#define JK_JINJA_EXPR_H

#include "jinja/cursor.h"

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

#endif
