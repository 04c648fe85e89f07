#ifndef JK_JINJA_EVAL_H
#define JK_JINJA_EVAL_H

#include "jinja/args.h"
#include "jinja/ast.h"
#include "jinja/scope.h"

/* The value of an expression. */
struct jk_value jk_jinja_eval(struct jk_jinja_run *run,
    const struct jk_jinja_node *node, struct jk_jinja_scope *scope);
/* The filters of the node (a chain of JK_NODE_FILTER) applied to a value. */
struct jk_value jk_jinja_eval_filters(struct jk_jinja_run *run,
    const struct jk_jinja_node *node, struct jk_jinja_scope *scope,
    struct jk_value value);
/* The arguments of a call. */
void jk_jinja_eval_args(struct jk_jinja_run *run,
    const struct jk_jinja_node *list, struct jk_jinja_scope *scope,
    struct jk_jinja_args *args);

#endif
