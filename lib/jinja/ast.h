#ifndef JK_JINJA_AST_H
#define JK_JINJA_AST_H

#include "jinja/value.h"

/* Tokens, in the order of the template. */
enum jk_jtoken_type {
	T_EOF, T_DATA,
	T_VARIABLE_BEGIN, T_VARIABLE_END, T_BLOCK_BEGIN, T_BLOCK_END,
	T_NAME, T_STRING, T_INTEGER, T_FLOAT,
	T_OPERATOR	/* op: the character; 'p' **, 'd' //, 'e' ==, 'n' !=,
			 * 'g' >=, 'l' <= */
};

struct jk_jtoken {
	enum jk_jtoken_type type;
	char op;
	size_t at;
	struct jk_jv value;	/* of names, strings, data: a string */
};

/* All tokens of j->source, the last one T_EOF, in arena memory. */
struct jk_jtoken *jk_jinja_lex(struct jk_ji *j);

/*
 * The tree.  a, b, c are operands, `list` is a chain by `next`.
 */
enum jk_jkind {
	/* expressions */
	N_CONST,	/* value */
	N_NAME,		/* name */
	N_TUPLE, N_LIST,	/* list */
	N_DICT,		/* list: key, value, key, value, … */
	N_ATTRIBUTE,	/* a.name */
	N_ITEM,		/* a[b] */
	N_SLICE,	/* a[b:c:d] */
	N_CALL,		/* a(list …) */
	N_FILTER,	/* a|name(list …); a is NULL in blocks */
	N_TEST,		/* a is name(list …) */
	N_NOT, N_NEGATE, N_POSITIVE,	/* a */
	N_BINARY,	/* a OP b */
	N_AND, N_OR,	/* a, b */
	N_CONCAT,	/* list, joined by ~ */
	N_COMPARE,	/* a, then list: N_OPERAND */
	N_OPERAND,	/* OP a; op also 'i' for in, 'o' for not in */
	N_CONDITION,	/* a if b else c; c may be NULL */
	/* arguments in the list of N_CALL, N_FILTER, N_TEST */
	N_KEYWORD,	/* name=a */
	N_SPREAD,	/* *a */
	N_SPREAD_NAMED,	/* **a */
	/* statements */
	N_DATA,		/* value */
	N_OUTPUT,	/* a */
	N_SET,		/* target a = b */
	N_SET_BLOCK,	/* target a, filter b or NULL, list */
	N_FOR,		/* a in b if c: list, else other; op 'r': recursive */
	N_IF,		/* a: list, else other (an elif is one N_IF) */
	N_WITH,		/* targets: names with a = value in other; list */
	N_MACRO,	/* name, other: N_PARAMETER, list */
	N_CALL_BLOCK,	/* call a, other: N_PARAMETER, list */
	N_FILTER_BLOCK,	/* filter a, list */
	N_GENERATION,	/* list */
	N_BREAK, N_CONTINUE,
	/* assignment targets besides N_NAME and N_TUPLE */
	N_MEMBER,	/* name.value */
	N_PARAMETER	/* name, default a or NULL */
};

struct jk_jnode {
	enum jk_jkind kind;
	char op;
	size_t at;
	const struct jk_jstr *name;
	struct jk_jv value;
	struct jk_jnode *a, *b, *c, *d;
	struct jk_jnode *list, *other;
	struct jk_jnode *next;
	/*
	 * Of nodes that open a scope: the names that are assigned in it before
	 * they are read, and so start without a value whatever the context
	 * holds (see jinja_scope.c).
	 */
	struct jk_jnode *fresh, *fresh_other;
	/* a macro's body names these */
	bool uses_caller, uses_kwargs, uses_varargs;
	bool uses_loop;		/* a loop's body names `loop` */
};

/* Work out `fresh` and `uses_…` of all nodes below. */
void jk_jinja_scopes(struct jk_ji *j, struct jk_jnode *root);

#endif
