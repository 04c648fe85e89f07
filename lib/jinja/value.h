#ifndef JK_JINJA_VALUE_H
#define JK_JINJA_VALUE_H

#include "jinja/run.h"

/*
 * The values of the interpreter: Python's, as far as templates see them.  All
 * memory belongs to the run's arena and is never freed one by one.  Values
 * cannot change (the sandbox forbids it), except namespaces and the position
 * of an iterator.  Functions fail through jk_jinja_fail and so return only
 * good results.
 */

enum jk_value_type {
	JK_VALUE_ABSENT,	/* an argument not given, a name not set */
	JK_VALUE_UNDEFINED,
	JK_VALUE_NONE,
	JK_VALUE_BOOL,
	JK_VALUE_INT,
	JK_VALUE_FLOAT,
	JK_VALUE_STR,
	JK_VALUE_SEQ,
	JK_VALUE_DICT,
	JK_VALUE_NAMESPACE,
	/* what can be called */
	JK_VALUE_LOOP,
	JK_VALUE_MACRO,
	JK_VALUE_FUNCTION,	/* a global such as range */
	JK_VALUE_METHOD		/* a method bound to its object */
};

/* Where bytes are from: the template, or message i as i + 1. */
enum { JK_FROM_TEMPLATE };

/* Bytes [start, end) of a string that are from one message. */
struct jk_str_range {
	size_t start, end;
	unsigned origin;
};

/*
 * A string: n bytes of UTF-8, behind which no NUL need be (a slice shares the
 * bytes of what it is of), and the ranges of them that are content, sorted,
 * disjoint, and adjacent only where their origins differ.  `markup` is Python's
 * Markup type (|safe).
 */
struct jk_str {
	const char *s;
	size_t n;
	const struct jk_str_range *content;
	size_t n_content;
	bool markup;
};

struct jk_value {
	enum jk_value_type type;
	union {
		bool boolean;
		int64_t integer;
		double real;
		const struct jk_str *str;
		struct jk_seq *seq;
		struct jk_dict *dict;	/* also of a namespace */
		const struct jk_jinja_callable *callable;
		const char *why;	/* undefined: the message of its use */
	};
};

enum jk_seq_kind {
	JK_SEQ_LIST,
	JK_SEQ_TUPLE,
	JK_SEQ_RANGE,
	JK_SEQ_KEYS,	/* views of a dict */
	JK_SEQ_VALUES,
	JK_SEQ_ITEMS,
	JK_SEQ_ITERATOR	/* can be gone through once; `at` is how far */
};

struct jk_seq {
	enum jk_seq_kind kind;
	struct jk_value *v;
	size_t n, cap, at;
};

struct jk_dict_pair {
	struct jk_value key, value;
};

struct jk_dict {
	struct jk_dict_pair *v;	/* in order of insertion */
	size_t n, cap;
};

static const struct jk_value JK_ABSENT = { .type = JK_VALUE_ABSENT };
static const struct jk_value JK_NONE = { .type = JK_VALUE_NONE };

static inline struct jk_value
jk_value_bool(bool b)
{
	return (struct jk_value){ .type = JK_VALUE_BOOL, .boolean = b };
}

static inline struct jk_value
jk_value_int(int64_t i)
{
	return (struct jk_value){ .type = JK_VALUE_INT, .integer = i };
}

static inline struct jk_value
jk_value_float(double x)
{
	return (struct jk_value){ .type = JK_VALUE_FLOAT, .real = x };
}

static inline struct jk_value
jk_value_str(const struct jk_str *str)
{
	return (struct jk_value){ .type = JK_VALUE_STR, .str = str };
}

static inline struct jk_value
jk_value_seq(struct jk_seq *seq)
{
	return (struct jk_value){ .type = JK_VALUE_SEQ, .seq = seq };
}

static inline struct jk_value
jk_value_dict(struct jk_dict *dict)
{
	return (struct jk_value){ .type = JK_VALUE_DICT, .dict = dict };
}

/* An undefined value; the message is what an operation on it fails with. */
struct jk_value jk_value_undefined(struct jk_jinja_run *run, const char *fmt,
    ...) JK_PRINTF(2, 3);
/* Fail with that message where the value is undefined. */
void jk_value_need_defined(struct jk_jinja_run *run, struct jk_value value);

/* Is it a sequence of that kind? */
static inline bool
jk_value_is_seq(struct jk_value value, enum jk_seq_kind kind)
{
	return value.type == JK_VALUE_SEQ && value.seq->kind == kind;
}

/* Neither absent nor None: what an optional argument is asked. */
static inline bool
jk_value_is_given(struct jk_value value)
{
	return value.type != JK_VALUE_ABSENT && value.type != JK_VALUE_NONE;
}

/* The value, or `other` where it is absent. */
static inline struct jk_value
jk_value_or(struct jk_value value, struct jk_value other)
{
	return value.type == JK_VALUE_ABSENT ? other : value;
}

/* A bool or an int: what Python counts with. */
static inline bool
jk_value_is_whole(struct jk_value value)
{
	return value.type == JK_VALUE_INT || value.type == JK_VALUE_BOOL;
}

bool jk_value_is_number(struct jk_value value);	/* bool, int, float */
bool jk_value_is_hashable(struct jk_value value);
bool jk_value_is_callable(struct jk_value value);
/* Python's bool(). */
bool jk_value_is_true(struct jk_value value);
/* "str", "int", … as Python's messages name the type. */
const char *jk_value_type_name(struct jk_value value);

/* The number that a bool or an int is. */
static inline int64_t
jk_value_whole(struct jk_value value)
{
	return value.type == JK_VALUE_BOOL ? value.boolean : value.integer;
}

/* The number that a bool, an int or a float is. */
static inline double
jk_value_real(struct jk_value value)
{
	return value.type == JK_VALUE_FLOAT ? value.real :
	    (double)jk_value_whole(value);
}

/*
 * The integer (a bool counts as one), or the string, that the value must be;
 * `what` names it in the message of the failure.
 */
int64_t jk_value_as_int(struct jk_jinja_run *run, struct jk_value value,
    const char *what);
const struct jk_str *jk_value_as_str(struct jk_jinja_run *run,
    struct jk_value value, const char *what);

#endif
