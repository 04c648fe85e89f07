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
 * and the position of an iterator.  Functions fail through jk_ji_fail and so
 * return only good results.  Names: jk_jv_ works on values, jk_ji_ on the
 * interpreter.
 */

enum jk_jv_type {
	JV_ABSENT,	/* no value: an argument not given, a name not set */
	JV_UNDEFINED,
	JV_NONE,
	JV_BOOL,
	JV_INT,
	JV_FLOAT,
	JV_STR,
	JV_SEQ,
	JV_DICT,
	JV_NAMESPACE,
	JV_LOOP,
	JV_MACRO,
	JV_FUNCTION,	/* a global such as range */
	JV_METHOD	/* a method bound to its object */
};

/*
 * A string: n bytes of UTF-8 and the ranges of them that are content, sorted,
 * disjoint and not adjacent.  `markup` is Python's Markup type (|safe).
 */
struct jk_jstr {
	const char *s;
	size_t n;
	const struct jk_span *content;
	size_t n_content;
	bool markup;
};

struct jk_jv {
	enum jk_jv_type type;
	union {
		bool boolean;
		int64_t integer;
		double real;
		const struct jk_jstr *str;
		struct jk_jseq *seq;
		struct jk_jdict *dict;		/* also of a namespace */
		struct jk_jloop *loop;
		const struct jk_jmacro *macro;
		const struct jk_jfunction *function;
		const struct jk_jmethod *method;
		const char *why;	/* of JV_UNDEFINED: the error message */
	};
};

enum jk_jseq_kind {
	SEQ_LIST,
	SEQ_TUPLE,
	SEQ_RANGE,
	SEQ_KEYS,	/* views of a dict */
	SEQ_VALUES,
	SEQ_ITEMS,
	SEQ_ITERATOR	/* can be gone through once; `at` is how far */
};

struct jk_jseq {
	enum jk_jseq_kind kind;
	struct jk_jv *v;
	size_t n, cap, at;
};

struct jk_jpair {
	struct jk_jv key, value;
};

struct jk_jdict {
	struct jk_jpair *v;	/* in order of insertion */
	size_t n, cap;
};

/* Arguments of a call: positional ones and ones by name. */
struct jk_jargs {
	struct jk_jv *v;
	size_t n;
	const char **names;
	struct jk_jv *named;
	size_t n_named;
};

static const struct jk_jv JV_NO_VALUE = { .type = JV_ABSENT };
static const struct jk_jv JV_NIL = { .type = JV_NONE };

static inline struct jk_jv
jk_jv_bool(bool b)
{
	return (struct jk_jv){ .type = JV_BOOL, .boolean = b };
}

static inline struct jk_jv
jk_jv_int(int64_t i)
{
	return (struct jk_jv){ .type = JV_INT, .integer = i };
}

static inline struct jk_jv
jk_jv_float(double x)
{
	return (struct jk_jv){ .type = JV_FLOAT, .real = x };
}

static inline struct jk_jv
jk_jv_str(const struct jk_jstr *s)
{
	return (struct jk_jv){ .type = JV_STR, .str = s };
}

static inline struct jk_jv
jk_jv_seq(struct jk_jseq *s)
{
	return (struct jk_jv){ .type = JV_SEQ, .seq = s };
}

static inline struct jk_jv
jk_jv_dict(struct jk_jdict *d)
{
	return (struct jk_jv){ .type = JV_DICT, .dict = d };
}

/* True for a sequence of that kind. */
static inline bool
jk_jv_is(struct jk_jv v, enum jk_jseq_kind kind)
{
	return v.type == JV_SEQ && v.seq->kind == kind;
}

/* An undefined value; the message is what an operation on it fails with. */
struct jk_jv jk_jv_undefined(struct jk_ji *j, const char *fmt, ...)
	JK_PRINTF(2, 3);

/* --- strings */

/* n bytes at s as a string without content ranges; copies. */
struct jk_jv jk_jv_text(struct jk_ji *j, const char *s, size_t n);
struct jk_jv jk_jv_cstr(struct jk_ji *j, const char *s);

/* Bytes from..to of a string, with its ranges. */
struct jk_jv jk_jv_substr(struct jk_ji *j, const struct jk_jstr *s,
    size_t from, size_t to);

/* The same string as Markup, or as a plain string. */
struct jk_jv jk_jv_markup(struct jk_ji *j, struct jk_jv s, bool markup);

/* A string being built.  Zero-initialise. */
struct jk_jbuf {
	char *s;
	size_t n, cap;
	struct jk_span *content;
	size_t n_content, cap_content;
};

void jk_jbuf_add(struct jk_ji *j, struct jk_jbuf *b, const char *s, size_t n,
    bool content);
void jk_jbuf_adds(struct jk_ji *j, struct jk_jbuf *b, const char *s);
void jk_jbuf_str(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jstr *s);
void jk_jbuf_substr(struct jk_ji *j, struct jk_jbuf *b,
    const struct jk_jstr *s, size_t from, size_t to);
/* One code point. */
void jk_jbuf_code(struct jk_ji *j, struct jk_jbuf *b, uint32_t code,
    bool content);
/* What was built; the buffer must not be used any more. */
struct jk_jv jk_jbuf_take(struct jk_ji *j, struct jk_jbuf *b);

/* Is byte `at` of s content? */
bool jk_jstr_is_content(const struct jk_jstr *s, size_t at);
/* Number of code points, and the byte where code point i begins. */
size_t jk_jstr_length(struct jk_ji *j, const struct jk_jstr *s);
size_t jk_jstr_offset(const struct jk_jstr *s, size_t i);
bool jk_jstr_equal(const struct jk_jstr *a, const char *b);
/* First (last) byte where `what` begins within from..to, or SIZE_MAX. */
size_t jk_jstr_find(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *what, size_t from, size_t to);
size_t jk_jstr_rfind(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *what, size_t from, size_t to);
/* Python's str.isspace for one code point. */
bool jk_code_is_space(uint32_t code);
/*
 * Cut from both ends (sides: 1 left, 2 right, 3 both) the code points of
 * `chars`, or white space where it is NULL.
 */
struct jk_jv jk_jstr_strip(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *chars, int sides);

/* --- sequences and dicts */

struct jk_jseq *jk_jseq_new(struct jk_ji *j, enum jk_jseq_kind kind,
    size_t cap);
void jk_jseq_add(struct jk_ji *j, struct jk_jseq *s, struct jk_jv v);
struct jk_jdict *jk_jdict_new(struct jk_ji *j, size_t cap);
/* The value of a key, or an absent one. */
struct jk_jv jk_jdict_get(struct jk_ji *j, const struct jk_jdict *d,
    struct jk_jv key);
struct jk_jv jk_jdict_gets(const struct jk_jdict *d, const char *key);
/* Set; fails for a key that cannot be hashed. */
void jk_jdict_set(struct jk_ji *j, struct jk_jdict *d, struct jk_jv key,
    struct jk_jv value);
/* Add without looking for the key. */
void jk_jdict_append(struct jk_ji *j, struct jk_jdict *d, struct jk_jv key,
    struct jk_jv value);
struct jk_jv jk_jv_view(struct jk_ji *j, const struct jk_jdict *d,
    enum jk_jseq_kind kind);

/*
 * What a `for` goes through, as an array: items, characters, keys.  Uses an
 * iterator up.  Fails for what cannot be gone through.
 */
struct jk_jseq *jk_jv_iterate(struct jk_ji *j, struct jk_jv v);
/* Python's len(). */
size_t jk_jv_length(struct jk_ji *j, struct jk_jv v);

/* --- semantics of Python */

/* "str", "int", … as Python's messages name the type. */
const char *jk_jv_type_name(struct jk_jv v);
bool jk_jv_truth(struct jk_jv v);
bool jk_jv_is_number(struct jk_jv v);	/* bool, int, float */
bool jk_jv_hashable(struct jk_jv v);
double jk_jv_real(struct jk_jv number);
bool jk_jv_equal(struct jk_ji *j, struct jk_jv a, struct jk_jv b);
/*
 * < 0, 0, > 0, or JV_UNORDERED where one is NaN; fails for types that have no
 * order, naming the operator.
 */
#define JV_UNORDERED 2
int jk_jv_compare(struct jk_ji *j, struct jk_jv a, struct jk_jv b,
    const char *op);
bool jk_jv_less(struct jk_ji *j, struct jk_jv a, struct jk_jv b);
bool jk_jv_in(struct jk_ji *j, struct jk_jv item, struct jk_jv in);
/* str() and repr(). */
struct jk_jv jk_jv_string(struct jk_ji *j, struct jk_jv v);
void jk_jv_add_string(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v);
void jk_jv_add_repr(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v);
/* repr() of a float. */
void jk_jv_add_real(struct jk_ji *j, struct jk_jbuf *b, double x);
/* json.dumps with the arguments of transformers' tojson. */
struct jk_jv jk_jv_tojson(struct jk_ji *j, struct jk_jv v,
    const struct jk_jargs *args);

/* Convert JSON; content marks strings, dict keys included. */
struct jk_jv jk_jv_from_json(struct jk_ji *j, const json_t *v, bool content);

#endif
