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
void jk_jinja_args_bind(struct jk_jinja_run *run, const char *callee,
    const char *params, size_t required, const struct jk_jinja_args *args,
    struct jk_value *out);

/* An argument that must be an integer (or a bool), or a string. */
int64_t jk_value_as_int(struct jk_jinja_run *run, struct jk_value value,
    const char *what);
const struct jk_str *jk_value_as_str(struct jk_jinja_run *run,
    struct jk_value value, const char *what);

/* What Python's getattr gives, without falling back on items; may be absent. */
struct jk_value jk_value_member(struct jk_jinja_run *run, struct jk_value obj,
    const struct jk_str *name);
/* obj.name and obj[key] as the sandboxed environment resolves them. */
struct jk_value jk_value_attribute(struct jk_jinja_run *run,
    struct jk_value obj, const struct jk_str *name);
struct jk_value jk_value_item(struct jk_jinja_run *run, struct jk_value obj,
    struct jk_value key);
/* obj[start:stop:step]; absent or None parts take their defaults. */
struct jk_value jk_value_slice(struct jk_jinja_run *run, struct jk_value obj,
    struct jk_value start, struct jk_value stop, struct jk_value step);

struct jk_value jk_jinja_call(struct jk_jinja_run *run, struct jk_value callee,
    const struct jk_jinja_args *args);
struct jk_value jk_jinja_apply_filter(struct jk_jinja_run *run,
    const struct jk_str *name, struct jk_value value,
    const struct jk_jinja_args *args);
bool jk_jinja_apply_test(struct jk_jinja_run *run, const struct jk_str *name,
    struct jk_value value, const struct jk_jinja_args *args);

/* a OP b for + - * / // % and **, the operators as their first characters,
 * with 'd' for // and 'p' for **. */
struct jk_value jk_value_arithmetic(struct jk_jinja_run *run, char op,
    struct jk_value a, struct jk_value b);
struct jk_value jk_value_negate(struct jk_jinja_run *run,
    struct jk_value value);

/* Sort values by their keys, stable. */
void jk_seq_sort(struct jk_jinja_run *run, struct jk_seq *values,
    const struct jk_seq *keys, bool reverse);

/* HTML escapes of &, <, >, ' and ": a Markup string. */
struct jk_value jk_str_escape(struct jk_jinja_run *run,
    const struct jk_str *str);

/* Replace the first `count` (all where negative) occurrences. */
struct jk_value jk_str_replace(struct jk_jinja_run *run,
    const struct jk_str *str, const struct jk_str *old,
    const struct jk_str *new, int64_t count);

/* str.isalpha and so on, as methods. */
#define JK_STR_IS(name) struct jk_value \
	jk_str_is_ ## name(struct jk_jinja_run *run, struct jk_value self, \
	const struct jk_value *a, const struct jk_jinja_args *args)
JK_STR_IS(alpha);
JK_STR_IS(digit);
JK_STR_IS(decimal);
JK_STR_IS(alnum);
JK_STR_IS(space);
JK_STR_IS(upper);
JK_STR_IS(lower);

/* upper, lower, capitalize, title, swapcase */
enum jk_case { JK_CASE_UPPER, JK_CASE_LOWER, JK_CASE_CAPITALIZE, JK_CASE_TITLE,
	JK_CASE_SWAP };
struct jk_value jk_str_to_case(struct jk_jinja_run *run,
    const struct jk_str *str, enum jk_case to);

/* "…" % args, and "…".format(args) */
struct jk_value jk_str_percent(struct jk_jinja_run *run,
    const struct jk_str *format, struct jk_value args);
struct jk_value jk_str_format(struct jk_jinja_run *run,
    const struct jk_str *format, const struct jk_jinja_args *args);

/* Methods of str, dict and list, bound by jk_value_attribute. */
struct jk_jinja_method {
	const char *name;
	struct jk_value self;
	struct jk_value (*call)(struct jk_jinja_run *run, struct jk_value self,
	    const struct jk_value *a, const struct jk_jinja_args *args);
	const char *params;
	size_t required;
};

extern const struct jk_jinja_method jk_jinja_str_methods[];

/*
 * The method `name` of a str, dict, list or tuple; an absent value where
 * Python has none, an undefined one where the sandbox forbids it.
 */
struct jk_value jk_value_method(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_str *name);

/* Entries of the tables of filters; params NULL: takes `args` as they are. */
struct jk_jinja_filter {
	const char *name;
	struct jk_value (*call)(struct jk_jinja_run *run, struct jk_value value,
	    const struct jk_value *a, const struct jk_jinja_args *args);
	const char *params;
	size_t required;
};

extern const struct jk_jinja_filter jk_jinja_text_filters[];
extern const struct jk_jinja_filter jk_jinja_seq_filters[];

/* Globals: range, dict, namespace, raise_exception, strftime_now, … */
struct jk_jinja_function {
	const char *name;
	struct jk_value (*call)(struct jk_jinja_run *run,
	    const struct jk_value *a, const struct jk_jinja_args *args);
	const char *params;
	size_t required;
};

extern const struct jk_jinja_function jk_jinja_functions[];

#endif
