#ifndef JK_JINJA_CALL_H
#define JK_JINJA_CALL_H

#include "jinja/args.h"

/* Functions that are written in C, and calling whatever can be called. */

#define JK_JINJA_MAX_PARAMS 4

/* What such a function gets. */
struct jk_jinja_call {
	struct jk_jinja_run *run;
	struct jk_value self;	/* a filter's input, a method's object */
	struct jk_value arg[JK_JINJA_MAX_PARAMS];	/* of each parameter */
	const struct jk_jinja_args *args;		/* as they came */
	const struct jk_jinja_callable *callable;	/* not of filters */
};

/* An entry of the tables of filters, methods and global functions. */
struct jk_jinja_builtin {
	const char *name;
	struct jk_value (*function)(const struct jk_jinja_call *call);
	const char *params;	/* NULL: takes `args` as they are */
	size_t required;	/* how many of the parameters are */
};

/* What a value that can be called points to. */
struct jk_jinja_callable {
	const struct jk_jinja_builtin *builtin;
	struct jk_value self;			/* of a method */
	struct jk_jinja_loop *loop;		/* of a loop and its methods */
	const struct jk_jinja_macro *macro;	/* of a macro */
};

/* A function or method as a value. */
struct jk_value jk_value_callable(struct jk_jinja_run *run,
    enum jk_value_type type, struct jk_jinja_callable callable);

/* callee(args); fails where it cannot be called. */
struct jk_value jk_jinja_call_value(struct jk_jinja_run *run,
    struct jk_value callee, const struct jk_jinja_args *args);
/* The builtin applied to `self`, as filters are. */
struct jk_value jk_jinja_call_builtin(struct jk_jinja_run *run,
    const struct jk_jinja_builtin *builtin, struct jk_value self,
    const struct jk_jinja_args *args);

#endif
