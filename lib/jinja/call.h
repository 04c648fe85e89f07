#ifndef JK_JINJA_CALL_H
#define JK_JINJA_CALL_H

#include "jinja/value.h"

/*
 * What expressions call: attributes, methods, filters, tests, globals.
 */

/*
 * Distribute arguments over parameters, named in one string ("chars count"),
 * the first `required` of them needed.  out[i] is absent where none was given.
 * Fails as Python does for too many, too few, unknown and doubled ones.
 */
void jk_ji_bind(struct jk_ji *j, const char *callee, const char *params,
    size_t required, const struct jk_jargs *args, struct jk_jv *out);

/* An argument that must be an integer (or a bool), or a string. */
int64_t jk_ji_int(struct jk_ji *j, struct jk_jv v, const char *what);
const struct jk_jstr *jk_ji_str(struct jk_ji *j, struct jk_jv v,
    const char *what);

/* What Python's getattr gives, without falling back on items; may be absent. */
struct jk_jv jk_ji_member(struct jk_ji *j, struct jk_jv obj,
    const struct jk_jstr *name);
/* obj.name and obj[key] as the sandboxed environment resolves them. */
struct jk_jv jk_ji_attribute(struct jk_ji *j, struct jk_jv obj,
    const struct jk_jstr *name);
struct jk_jv jk_ji_item(struct jk_ji *j, struct jk_jv obj, struct jk_jv key);
/* obj[start:stop:step]; absent or None parts take their defaults. */
struct jk_jv jk_ji_slice(struct jk_ji *j, struct jk_jv obj,
    struct jk_jv start, struct jk_jv stop, struct jk_jv step);

struct jk_jv jk_ji_call(struct jk_ji *j, struct jk_jv callee,
    const struct jk_jargs *args);
struct jk_jv jk_ji_filter(struct jk_ji *j, const struct jk_jstr *name,
    struct jk_jv v, const struct jk_jargs *args);
bool jk_ji_test(struct jk_ji *j, const struct jk_jstr *name, struct jk_jv v,
    const struct jk_jargs *args);

/* a OP b for + - * / // % and **, the operators as their first characters,
 * with 'd' for // and 'p' for **. */
struct jk_jv jk_ji_binary(struct jk_ji *j, char op, struct jk_jv a,
    struct jk_jv b);
struct jk_jv jk_ji_negate(struct jk_ji *j, struct jk_jv v);

/* Sort values by their keys, stable. */
void jk_jv_sort(struct jk_ji *j, struct jk_jseq *values,
    const struct jk_jseq *keys, bool reverse);

/* HTML escapes of &, <, >, ' and ": a Markup string. */
struct jk_jv jk_jstr_escape(struct jk_ji *j, const struct jk_jstr *s);

/* Replace the first `count` (all where negative) occurrences. */
struct jk_jv jk_jstr_replace(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *old, const struct jk_jstr *new, int64_t count);

/* str.isalpha and so on, as methods. */
#define JK_JSTR_IS(name) struct jk_jv jk_jstr_is_ ## name(struct jk_ji *j, \
	struct jk_jv self, const struct jk_jv *a, const struct jk_jargs *args)
JK_JSTR_IS(alpha);
JK_JSTR_IS(digit);
JK_JSTR_IS(decimal);
JK_JSTR_IS(alnum);
JK_JSTR_IS(space);
JK_JSTR_IS(upper);
JK_JSTR_IS(lower);

/* upper, lower, capitalize, title, swapcase */
enum jk_jcase { CASE_UPPER, CASE_LOWER, CASE_CAPITALIZE, CASE_TITLE,
	CASE_SWAP };
struct jk_jv jk_jstr_case(struct jk_ji *j, const struct jk_jstr *s,
    enum jk_jcase to);

/* "…" % args, and "…".format(args) */
struct jk_jv jk_jstr_percent(struct jk_ji *j, const struct jk_jstr *format,
    struct jk_jv args);
struct jk_jv jk_jstr_format(struct jk_ji *j, const struct jk_jstr *format,
    const struct jk_jargs *args);

/* Methods of str, dict and list, bound by jk_ji_attribute. */
struct jk_jmethod {
	const char *name;
	struct jk_jv self;
	struct jk_jv (*call)(struct jk_ji *j, struct jk_jv self,
	    const struct jk_jv *a, const struct jk_jargs *args);
	const char *params;
	size_t required;
};

extern const struct jk_jmethod jk_jinja_str_methods[];

/*
 * The method `name` of a str, dict, list or tuple; an absent value where
 * Python has none, an undefined one where the sandbox forbids it.
 */
struct jk_jv jk_ji_method(struct jk_ji *j, struct jk_jv self,
    const struct jk_jstr *name);

/* Entries of the tables of filters; params NULL: takes `args` as they are. */
struct jk_jfilter {
	const char *name;
	struct jk_jv (*call)(struct jk_ji *j, struct jk_jv v,
	    const struct jk_jv *a, const struct jk_jargs *args);
	const char *params;
	size_t required;
};

extern const struct jk_jfilter jk_jinja_text_filters[];
extern const struct jk_jfilter jk_jinja_seq_filters[];

/* Globals: range, dict, namespace, raise_exception, strftime_now, … */
struct jk_jfunction {
	const char *name;
	struct jk_jv (*call)(struct jk_ji *j, const struct jk_jv *a,
	    const struct jk_jargs *args);
	const char *params;
	size_t required;
};

extern const struct jk_jfunction jk_jinja_functions[];

#endif
