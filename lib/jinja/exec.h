#ifndef JK_JINJA_EXEC_H
#define JK_JINJA_EXEC_H

#include "jinja/ast.h"

/* Evaluation of the tree: jinja_eval.c expressions, jinja_exec.c statements. */

struct jk_jinja_variable {
	const struct jk_str *name;
	struct jk_value value;	/* absent: undefined, whatever is outside */
	struct jk_jinja_variable *next;
};

struct jk_jinja_scope {
	struct jk_jinja_scope *outer;
	struct jk_jinja_variable *variables;
};

struct jk_jinja_scope *jk_jinja_scope_new(struct jk_jinja_run *run,
    struct jk_jinja_scope *outer);
void jk_jinja_scope_set(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_str *name, struct jk_value value);
/* The value of a name, or an absent one. */
struct jk_value jk_jinja_scope_get(const struct jk_jinja_scope *scope,
    const struct jk_str *name);

struct jk_jinja_macro {
	const struct jk_jinja_node *node;	/* JK_NODE_MACRO or JK_NODE_CALL_BLOCK */
	struct jk_jinja_scope *scope;	/* where it was defined */
};

/*
 * A running loop.  Items are taken from the source one by one, when they are
 * needed, because the test of `for … if …` may look at what the body changed.
 */
struct jk_jinja_loop {
	const struct jk_jinja_node *node;
	struct jk_jinja_scope *scope;	/* the one around the loop */
	struct jk_seq *source;
	size_t next;			/* of the source, not for iterators */
	struct jk_seq *items;		/* those that passed the test */
	size_t i;			/* the current one */
	int64_t depth0;
	struct jk_value changed;		/* last arguments of loop.changed */
};

/* Is there an item number i?  Takes items from the source up to it. */
bool jk_jinja_loop_has(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    size_t i);
struct jk_value jk_jinja_loop_attribute(struct jk_jinja_run *run,
    struct jk_jinja_loop *loop, const struct jk_str *name);
/* loop(items) of a recursive loop. */
struct jk_value jk_jinja_recurse(struct jk_jinja_run *run,
    struct jk_jinja_loop *loop, struct jk_value items);
struct jk_value jk_jinja_call_macro(struct jk_jinja_run *run,
    const struct jk_jinja_macro *macro, const struct jk_jinja_args *args);

struct jk_value jk_jinja_eval(struct jk_jinja_run *run,
    const struct jk_jinja_node *node, struct jk_jinja_scope *scope);
/* Apply the filters of n (a chain of JK_NODE_FILTER) to v. */
struct jk_value jk_jinja_eval_filters(struct jk_jinja_run *run,
    const struct jk_jinja_node *node, struct jk_jinja_scope *scope,
    struct jk_value value);
/* Evaluate the arguments of a call. */
void jk_jinja_eval_arguments(struct jk_jinja_run *run,
    const struct jk_jinja_node *list, struct jk_jinja_scope *scope,
    struct jk_jinja_args *args);
void jk_jinja_args_add_named(struct jk_jinja_run *run,
    struct jk_jinja_args *args, const char *name, struct jk_value value);
void jk_jinja_assign(struct jk_jinja_run *run, struct jk_jinja_scope *scope,
    const struct jk_jinja_node *target, struct jk_value value);

#endif
