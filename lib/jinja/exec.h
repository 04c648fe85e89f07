#ifndef JK_JINJA_EXEC_H
#define JK_JINJA_EXEC_H

#include "jinja/ast.h"
#include "jinja/scope.h"
#include "jinja/str.h"

/*
 * Run the statements of a template, whose root is given, in a scope of its own
 * inside `globals`; appends what they print to `out`.
 */
void jk_jinja_exec(struct jk_jinja_run *run, const struct jk_jinja_node *root,
    struct jk_jinja_scope *globals, struct jk_strbuf *out);

#endif
