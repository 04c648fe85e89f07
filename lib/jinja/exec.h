#ifndef JK_JINJA_EXEC_H
#define JK_JINJA_EXEC_H

#include "jinja/ast.h"

/* Evaluation of the tree: jinja_eval.c expressions, jinja_exec.c statements. */

struct jk_jvariable {
	const struct jk_jstr *name;
	struct jk_jv value;	/* absent: undefined, whatever is outside */
	struct jk_jvariable *next;
};

struct jk_jscope {
	struct jk_jscope *outer;
	struct jk_jvariable *variables;
};

struct jk_jscope *jk_ji_scope(struct jk_ji *j, struct jk_jscope *outer);
void jk_ji_set(struct jk_ji *j, struct jk_jscope *s,
    const struct jk_jstr *name, struct jk_jv value);
/* The value of a name, or an absent one. */
struct jk_jv jk_ji_get(const struct jk_jscope *s, const struct jk_jstr *name);

struct jk_jmacro {
	const struct jk_jnode *node;	/* N_MACRO or N_CALL_BLOCK */
	struct jk_jscope *scope;	/* where it was defined */
};

/*
 * A running loop.  Items are taken from the source one by one, when they are
 * needed, because the test of `for … if …` may look at what the body changed.
 */
struct jk_jloop {
	const struct jk_jnode *node;
	struct jk_jscope *scope;	/* the one around the loop */
	struct jk_jseq *source;
	size_t next;			/* of the source, not for iterators */
	struct jk_jseq *items;		/* those that passed the test */
	size_t i;			/* the current one */
	int64_t depth0;
	struct jk_jv changed;		/* last arguments of loop.changed */
};

/* Is there an item number i?  Takes items from the source up to it. */
bool jk_ji_loop_has(struct jk_ji *j, struct jk_jloop *l, size_t i);
struct jk_jv jk_ji_loop_attribute(struct jk_ji *j, struct jk_jloop *l,
    const struct jk_jstr *name);
/* loop(items) of a recursive loop. */
struct jk_jv jk_ji_recurse(struct jk_ji *j, struct jk_jloop *l,
    struct jk_jv items);
struct jk_jv jk_ji_call_macro(struct jk_ji *j, const struct jk_jmacro *m,
    const struct jk_jargs *args);

struct jk_jv jk_ji_eval(struct jk_ji *j, const struct jk_jnode *n,
    struct jk_jscope *s);
/* Apply the filters of n (a chain of N_FILTER) to v. */
struct jk_jv jk_ji_eval_filters(struct jk_ji *j, const struct jk_jnode *n,
    struct jk_jscope *s, struct jk_jv v);
/* Evaluate the arguments of a call. */
void jk_ji_eval_arguments(struct jk_ji *j, const struct jk_jnode *list,
    struct jk_jscope *s, struct jk_jargs *args);
void jk_ji_add_named(struct jk_ji *j, struct jk_jargs *args,
    const char *name, struct jk_jv v);
void jk_ji_assign(struct jk_ji *j, struct jk_jscope *s,
    const struct jk_jnode *target, struct jk_jv v);

#endif
