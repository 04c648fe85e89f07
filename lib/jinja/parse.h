#ifndef JK_JINJA_PARSE_H
#define JK_JINJA_PARSE_H

#include "jinja/ast.h"
#include "jinja/token.h"

/* The tree of a whole template: a node whose list is its statements. */
struct jk_jinja_node *jk_jinja_parse_template(struct jk_jinja_run *run,
    const struct jk_jinja_token *tokens);

#endif
