#ifndef JK_JINJA_VALUE_H
#define JK_JINJA_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jinja/jinja.h"
#include "jinja/run.h"

/*
 * The values of the Jinja interpreter: Python's, as far as templates see
 * them.  All memory belongs to the interpreter's arena and is never freed one
 * by one.  Values cannot change (the sandbox forbids it), except namespaces
 * and the position of an iterator.  Functions fail through jk_jinja_fail and so
 * return only good results.  Names: jk_value_ works on values, jk_jinja_ on the
 * interpreter.
 */

enum jk_value_type {
	JK_VALUE_ABSENT,	/* no value: an argument not given, a name not set */
	JK_VALUE_UNDEFINED,
	JK_VALUE_NONE,
	JK_VALUE_BOOL,
	JK_VALUE_INT,
	JK_VALUE_FLOAT,
	JK_VALUE_STR,
	JK_VALUE_SEQ,
	JK_VALUE_DICT,
	JK_VALUE_NAMESPACE,
	JK_VALUE_LOOP,
	JK_VALUE_MACRO,
	JK_VALUE_FUNCTION,	/* a global such as range */
	JK_VALUE_METHOD	/* a method bound to its object */
};

/*
 * A string: n bytes of UTF-8 and the ranges of them that are content, sorted,
 * disjoint and not adjacent.  `markup` is Python's Markup type (|safe).
 */
struct jk_str {
	const char *s;
	size_t n;
	const struct jk_span *content;
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
		struct jk_dict *dict;		/* also of a namespace */
		struct jk_jinja_loop *loop;
		const struct jk_jinja_macro *macro;
		const struct jk_jinja_function *function;
		const struct jk_jinja_method *method;
		const char *why;	/* of JK_VALUE_UNDEFINED: the error message */
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

/* Arguments of a call: positional ones and ones by name. */
struct jk_jinja_args {
	struct jk_value *v;
	size_t n;
	const char **names;
	struct jk_value *named;
	size_t n_named;
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

/* True for a sequence of that kind. */
static inline bool
jk_value_is_seq(struct jk_value value, enum jk_seq_kind kind)
{
	return value.type == JK_VALUE_SEQ && value.seq->kind == kind;
}

/* An undefined value; the message is what an operation on it fails with. */
struct jk_value jk_value_undefined(struct jk_jinja_run *run, const char *fmt,
    ...)
	JK_PRINTF(2, 3);

/* --- strings */

/* n bytes at s as a string without content ranges; copies. */
struct jk_value jk_value_text(struct jk_jinja_run *run, const char *s,
    size_t n);
struct jk_value jk_value_cstr(struct jk_jinja_run *run, const char *s);

/* Bytes from..to of a string, with its ranges. */
struct jk_value jk_str_substr(struct jk_jinja_run *run,
    const struct jk_str *str, size_t from, size_t to);

/* The same string as Markup, or as a plain string. */
struct jk_value jk_value_markup(struct jk_jinja_run *run, struct jk_value s,
    bool markup);

/* A string being built.  Zero-initialise. */
struct jk_strbuf {
	char *s;
	size_t n, cap;
	struct jk_span *content;
	size_t n_content, cap_content;
};

void jk_strbuf_add(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const char *s, size_t n, bool content);
void jk_strbuf_adds(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const char *s);
void jk_strbuf_add_str(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str);
void jk_strbuf_add_substr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str, size_t from, size_t to);
/* One code point. */
void jk_strbuf_add_code(struct jk_jinja_run *run, struct jk_strbuf *buf,
    uint32_t code, bool content);
/* What was built; the buffer must not be used any more. */
struct jk_value jk_strbuf_take(struct jk_jinja_run *run, struct jk_strbuf *buf);

/* Is byte `at` of s content? */
bool jk_str_is_content(const struct jk_str *str, size_t at);
/* Number of code points, and the byte where code point i begins. */
size_t jk_str_length(struct jk_jinja_run *run, const struct jk_str *str);
size_t jk_str_offset(const struct jk_str *str, size_t i);
bool jk_str_equals(const struct jk_str *a, const char *b);
/* First (last) byte where `what` begins within from..to, or SIZE_MAX. */
size_t jk_str_find(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to);
size_t jk_str_rfind(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to);
/* Python's str.isspace for one code point. */
bool jk_code_is_space(uint32_t code);
/*
 * Cut from both ends (sides: 1 left, 2 right, 3 both) the code points of
 * `chars`, or white space where it is NULL.
 */
struct jk_value jk_str_strip(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *chars, int sides);

/* --- sequences and dicts */

struct jk_seq *jk_seq_new(struct jk_jinja_run *run, enum jk_seq_kind kind,
    size_t cap);
void jk_seq_add(struct jk_jinja_run *run, struct jk_seq *seq,
    struct jk_value value);
struct jk_dict *jk_dict_new(struct jk_jinja_run *run, size_t cap);
/* The value of a key, or an absent one. */
struct jk_value jk_dict_get(struct jk_jinja_run *run,
    const struct jk_dict *dict, struct jk_value key);
struct jk_value jk_dict_gets(const struct jk_dict *dict, const char *key);
/* Set; fails for a key that cannot be hashed. */
void jk_dict_set(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value);
/* Add without looking for the key. */
void jk_dict_append(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value);
struct jk_value jk_dict_view(struct jk_jinja_run *run,
    const struct jk_dict *dict, enum jk_seq_kind kind);

/*
 * What a `for` goes through, as an array: items, characters, keys.  Uses an
 * iterator up.  Fails for what cannot be gone through.
 */
struct jk_seq *jk_value_iterate(struct jk_jinja_run *run,
    struct jk_value value);
/* Python's len(). */
size_t jk_value_length(struct jk_jinja_run *run, struct jk_value value);

/* --- semantics of Python */

/* "str", "int", … as Python's messages name the type. */
const char *jk_value_type_name(struct jk_value value);
bool jk_value_is_true(struct jk_value value);
bool jk_value_is_number(struct jk_value value);	/* bool, int, float */
bool jk_value_is_hashable(struct jk_value value);
double jk_value_real(struct jk_value number);
bool jk_value_equal(struct jk_jinja_run *run, struct jk_value a,
    struct jk_value b);
/*
 * < 0, 0, > 0, or JK_UNORDERED where one is NaN; fails for types that have no
 * order, naming the operator.
 */
#define JK_UNORDERED 2
int jk_value_compare(struct jk_jinja_run *run, struct jk_value a,
    struct jk_value b, const char *op);
bool jk_value_less(struct jk_jinja_run *run, struct jk_value a,
    struct jk_value b);
bool jk_value_in(struct jk_jinja_run *run, struct jk_value item,
    struct jk_value in);
/* str() and repr(). */
struct jk_value jk_value_string(struct jk_jinja_run *run,
    struct jk_value value);
void jk_strbuf_add_string(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value);
void jk_strbuf_add_repr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value);
/* repr() of a float. */
void jk_strbuf_add_real(struct jk_jinja_run *run, struct jk_strbuf *buf,
    double x);
/* json.dumps with the arguments of transformers' tojson. */
struct jk_value jk_value_to_json(struct jk_jinja_run *run,
    struct jk_value value, const struct jk_jinja_args *args);

/* Convert JSON; content marks strings, dict keys included. */
struct jk_value jk_value_from_json(struct jk_jinja_run *run, const json_t *v,
    bool content);

#endif
