#ifndef JK_JINJA_SYMBOLS_H
#define JK_JINJA_SYMBOLS_H

#include "jinja/ast.h"

/*
 * Work out `fresh` and `uses_…` of all nodes below: which names a scope
 * assigns before it reads them, and which special names a body uses.
 */
void jk_jinja_find_symbols(struct jk_jinja_run *run,
    struct jk_jinja_node *root);

#endif
