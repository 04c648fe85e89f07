#ifndef JK_JINJA_MACRO_H
#define JK_JINJA_MACRO_H

#include "jinja/args.h"
#include "jinja/ast.h"
#include "jinja/scope.h"

struct jk_jinja_macro {
	const struct jk_jinja_node *node;	/* macro or call block */
	struct jk_jinja_scope *scope;		/* where it was defined */
};

/* Set the macro's parameters, and its special names, in its own scope. */
void jk_jinja_macro_bind(struct jk_jinja_run *run,
    const struct jk_jinja_macro *macro, struct jk_jinja_scope *scope,
    const struct jk_jinja_args *args);

#endif
