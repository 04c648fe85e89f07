#ifndef JK_JINJA_PRIMARY_H
#define JK_JINJA_PRIMARY_H

#include "jinja/cursor.h"

/* A name, a literal, a list, a dict, something in parentheses; with `members`
 * also name.name, as a target. */
struct jk_jinja_node *jk_jinja_parse_primary(struct jk_jinja_parser *parser,
    bool members);
/* A primary with its signs, attributes, calls, filters and tests. */
struct jk_jinja_node *jk_jinja_parse_unary(struct jk_jinja_parser *parser);
/* |name(…)|name(…) behind `a`; `inline_start`: the first | is missing. */
struct jk_jinja_node *jk_jinja_parse_filters(struct jk_jinja_parser *parser,
    struct jk_jinja_node *a, bool inline_start);

#endif
