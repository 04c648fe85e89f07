#ifndef JK_JINJA_AST_H
#define JK_JINJA_AST_H

#include "jinja/operator.h"
#include "jinja/value.h"

/*
 * The tree.  a, b, c, d are operands, `list` and `other` are chains by `next`.
 */
enum jk_jinja_node_kind {
	/* expressions */
	JK_NODE_CONST,		/* value */
	JK_NODE_NAME,		/* name */
	JK_NODE_TUPLE, JK_NODE_LIST,	/* list */
	JK_NODE_DICT,		/* list: key, value, key, value, … */
	JK_NODE_ATTRIBUTE,	/* a.name */
	JK_NODE_ITEM,		/* a[b] */
	JK_NODE_SLICE,		/* a[b:c:d] */
	JK_NODE_CALL,		/* a(list …) */
	JK_NODE_FILTER,		/* a|name(list …); a is NULL in blocks */
	JK_NODE_TEST,		/* a is name(list …) */
	JK_NODE_NOT, JK_NODE_NEGATE, JK_NODE_POSITIVE,	/* a */
	JK_NODE_BINARY,		/* a op b */
	JK_NODE_AND, JK_NODE_OR,	/* a, b */
	JK_NODE_CONCAT,		/* list, joined by ~ */
	JK_NODE_COMPARE,	/* a, then list: JK_NODE_OPERAND */
	JK_NODE_OPERAND,	/* op a; in other lists, a alone */
	JK_NODE_CONDITION,	/* a if b else c; c may be NULL */
	/* arguments in the list of a call, filter or test */
	JK_NODE_KEYWORD,	/* name=a */
	JK_NODE_SPREAD,		/* *a */
	JK_NODE_SPREAD_NAMED,	/* **a */
	/* statements */
	JK_NODE_DATA,		/* value */
	JK_NODE_OUTPUT,		/* a */
	JK_NODE_SET,		/* target a = b */
	JK_NODE_SET_BLOCK,	/* target a, filter b or NULL, list */
	JK_NODE_FOR,		/* a in b if c: list, else other */
	JK_NODE_IF,		/* a: list, else other (an elif is an if) */
	JK_NODE_WITH,		/* other: names with a = value; list */
	JK_NODE_MACRO,		/* name, other: JK_NODE_PARAMETER, list */
	JK_NODE_CALL_BLOCK,	/* call a, other: JK_NODE_PARAMETER, list */
	JK_NODE_FILTER_BLOCK,	/* filter a, list */
	JK_NODE_GENERATION,	/* list */
	JK_NODE_BREAK, JK_NODE_CONTINUE,
	/* assignment targets besides names and tuples */
	JK_NODE_MEMBER,		/* name.value */
	JK_NODE_PARAMETER	/* name, default a or NULL */
};

struct jk_jinja_node {
	enum jk_jinja_node_kind kind;
	enum jk_jinja_operator op;
	size_t at;		/* byte of the template, for messages */
	const struct jk_str *name;
	struct jk_value value;
	struct jk_jinja_node *a, *b, *c, *d;
	struct jk_jinja_node *list, *other;
	struct jk_jinja_node *next;
	/*
	 * Of nodes that open a scope: the names that are assigned in it before
	 * they are read, and so start without a value whatever the context
	 * holds (see symbols.h).
	 */
	struct jk_jinja_node *fresh, *fresh_other;
	/* a macro's body names these */
	bool uses_caller, uses_kwargs, uses_varargs;
	bool uses_loop;		/* a loop's body names `loop` */
	bool recursive;		/* a loop that may be called */
};

#endif
