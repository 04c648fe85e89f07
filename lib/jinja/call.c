/* Attributes, subscripts, calls, and the global functions. */

#include "jinja/call.h"

#include <string.h>

#include "jinja/exec.h"

static struct jk_value
no_attribute(struct jk_jinja_run *run, struct jk_value obj,
    const struct jk_str *name)
{
	if (obj.type == JK_VALUE_NONE)
		return jk_value_undefined(run,
		    "'None' has no attribute '%.100s'", name->s);
	return jk_value_undefined(run, "'%s object' has no attribute '%.100s'",
	    jk_value_type_name(obj), name->s);
}

/* Members of Python's numbers, which this interpreter lacks. */
static bool
is_number_member(const struct jk_str *name)
{
	static const char *const members[] = { "real", "imag", "numerator",
	    "denominator", "conjugate", "bit_length", "bit_count",
	    "as_integer_ratio", "to_bytes", "from_bytes", "is_integer",
	    "hex", "fromhex" };
	size_t i;

	for (i = 0; i < sizeof members / sizeof *members; i++) {
		if (jk_str_equals(name, members[i]))
			return true;
	}
	return false;
}

struct jk_value
jk_value_member(struct jk_jinja_run *run, struct jk_value obj,
    const struct jk_str *name)
{
	if (name->n >= 2 && name->s[0] == '_' && name->s[1] == '_')
		return jk_value_undefined(run,
		    "access to attribute '%.100s' of '%s' object is unsafe.",
		    name->s, jk_value_type_name(obj));
	switch (obj.type) {
	case JK_VALUE_STR:
	case JK_VALUE_DICT:
	case JK_VALUE_SEQ:
		return jk_value_method(run, obj, name);
	case JK_VALUE_LOOP:
		return jk_jinja_loop_attribute(run, obj.loop, name);
	case JK_VALUE_NAMESPACE:
		return jk_dict_get(run, obj.dict, jk_value_str(name));
	case JK_VALUE_BOOL:
	case JK_VALUE_INT:
	case JK_VALUE_FLOAT:
		if (is_number_member(name))
			jk_jinja_fail(run, "the attribute '%s' of '%s' is not "
			    "supported", name->s, jk_value_type_name(obj));
		return JK_ABSENT;
	case JK_VALUE_MACRO:
	case JK_VALUE_FUNCTION:
	case JK_VALUE_METHOD:
		jk_jinja_fail(run, "attributes of '%s' are not supported",
		    jk_value_type_name(obj));
	default:
		return JK_ABSENT;
	}
}

struct jk_value
jk_value_attribute(struct jk_jinja_run *run, struct jk_value obj,
    const struct jk_str *name)
{
	struct jk_value value;

	if (obj.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", obj.why);
	value = jk_value_member(run, obj, name);
	if (value.type == JK_VALUE_ABSENT && obj.type == JK_VALUE_DICT)
		value = jk_dict_get(run, obj.dict, jk_value_str(name));
	return value.type == JK_VALUE_ABSENT ? no_attribute(run, obj, name) :
	    value;
}

/* obj[i] of a string or sequence; absent where there is none. */
static struct jk_value
element(struct jk_jinja_run *run, struct jk_value obj, int64_t i)
{
	int64_t n;
	size_t at;

	if (obj.type != JK_VALUE_STR && !(obj.type == JK_VALUE_SEQ &&
	    obj.seq->kind <= JK_SEQ_RANGE))
		return JK_ABSENT;
	n = (int64_t)jk_value_length(run, obj);
	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return JK_ABSENT;
	if (obj.type == JK_VALUE_SEQ)
		return obj.seq->v[i];
	at = jk_str_offset(obj.str, (size_t)i);
	return jk_str_substr(run, obj.str, at, at + jk_utf8_decode(
	    obj.str->s + at, obj.str->n - at, &(uint32_t){ 0 }));
}

struct jk_value
jk_value_item(struct jk_jinja_run *run, struct jk_value obj,
    struct jk_value key)
{
	struct jk_value value = JK_ABSENT;
	struct jk_strbuf buf = { 0 };

	if (obj.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", obj.why);
	if (obj.type == JK_VALUE_DICT && jk_value_is_hashable(key))
		value = jk_dict_get(run, obj.dict, key);
	else if (key.type == JK_VALUE_INT || key.type == JK_VALUE_BOOL)
		value = element(run, obj, jk_value_as_int(run, key, ""));
	if (value.type == JK_VALUE_ABSENT && key.type == JK_VALUE_STR)
		value = jk_value_member(run, obj, key.str);
	if (value.type != JK_VALUE_ABSENT)
		return value;
	if (key.type == JK_VALUE_STR)
		return no_attribute(run, obj, key.str);
	if (key.type == JK_VALUE_UNDEFINED || jk_value_is_number(key) ||
	    key.type == JK_VALUE_NONE)
		jk_strbuf_add_repr(run, &buf, key);
	return jk_value_undefined(run, "'%s object' has no element %.*s",
	    jk_value_type_name(obj), (int)buf.n, buf.s ? buf.s : "");
}

struct jk_value
jk_jinja_call(struct jk_jinja_run *run, struct jk_value callee,
    const struct jk_jinja_args *args)
{
	struct jk_value a[8];
	const struct jk_jinja_method *m;
	const struct jk_jinja_function *f;

	switch (callee.type) {
	case JK_VALUE_UNDEFINED:
		jk_jinja_fail(run, "%s", callee.why);
	case JK_VALUE_MACRO:
		return jk_jinja_call_macro(run, callee.macro, args);
	case JK_VALUE_LOOP:
		jk_jinja_args_bind(run, "loop", "iterable", 1, args, a);
		return jk_jinja_recurse(run, callee.loop, a[0]);
	case JK_VALUE_METHOD:
		m = callee.method;
		if (m->params)
			jk_jinja_args_bind(run, m->name, m->params, m->required,
			    args, a);
		return m->call(run, m->self, a, args);
	case JK_VALUE_FUNCTION:
		f = callee.function;
		if (f->params)
			jk_jinja_args_bind(run, f->name, f->params, f->required,
			    args, a);
		return f->call(run, a, args);
	default:
		jk_jinja_fail(run, "'%s' object is not callable",
		    jk_value_type_name(callee));
	}
}

/* --- loop */

static struct jk_value
loop_cycle(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_value *a, const struct jk_jinja_args *args)
{
	(void)a;
	if (!args->n || args->n_named)
		jk_jinja_fail(run, "no items for cycling given");
	return args->v[self.loop->i % args->n];
}

static struct jk_value
loop_changed(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_value *a, const struct jk_jinja_args *args)
{
	struct jk_seq *now = jk_seq_new(run, JK_SEQ_TUPLE, args->n);
	size_t i;

	(void)a;
	for (i = 0; i < args->n; i++)
		jk_seq_add(run, now, args->v[i]);
	if (self.loop->changed.type != JK_VALUE_ABSENT &&
	    jk_value_equal(run, self.loop->changed, jk_value_seq(now)))
		return jk_value_bool(false);
	self.loop->changed = jk_value_seq(now);
	return jk_value_bool(true);
}

static struct jk_value
loop_method(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    const char *name, struct jk_value (*call)(struct jk_jinja_run *,
    struct jk_value, const struct jk_value *, const struct jk_jinja_args *))
{
	struct jk_jinja_method *m = jk_jinja_alloc(run, sizeof *m);

	*m = (struct jk_jinja_method){ .name = name, .call = call,
	    .self = { .type = JK_VALUE_LOOP, .loop = loop } };
	return (struct jk_value){ .type = JK_VALUE_METHOD, .method = m };
}

struct jk_value
jk_jinja_loop_attribute(struct jk_jinja_run *run, struct jk_jinja_loop *loop,
    const struct jk_str *name)
{
	int64_t i = (int64_t)loop->i;
	static const char *const counted[] = { "length", "revindex",
	    "revindex0" };
	size_t k;

	if (jk_str_equals(name, "index"))
		return jk_value_int(i + 1);
	if (jk_str_equals(name, "index0"))
		return jk_value_int(i);
	if (jk_str_equals(name, "first"))
		return jk_value_bool(i == 0);
	if (jk_str_equals(name, "last"))
		return jk_value_bool(!jk_jinja_loop_has(run, loop, loop->i +
		    1));
	if (jk_str_equals(name, "depth"))
		return jk_value_int(loop->depth0 + 1);
	if (jk_str_equals(name, "depth0"))
		return jk_value_int(loop->depth0);
	for (k = 0; k < 3; k++) {
		if (!jk_str_equals(name, counted[k]))
			continue;
		jk_jinja_loop_has(run, loop, SIZE_MAX);
		return jk_value_int((int64_t)loop->items->n - (k ? i : 0) -
		    (k == 2));
	}
	if (jk_str_equals(name, "previtem"))
		return i ? loop->items->v[i - 1] :
		    jk_value_undefined(run, "there is no previous item");
	if (jk_str_equals(name, "nextitem"))
		return jk_jinja_loop_has(run, loop, loop->i + 1) ?
		    loop->items->v[i + 1] :
		    jk_value_undefined(run, "there is no next item");
	if (jk_str_equals(name, "cycle"))
		return loop_method(run, loop, "cycle", loop_cycle);
	if (jk_str_equals(name, "changed"))
		return loop_method(run, loop, "changed", loop_changed);
	return JK_ABSENT;
}

/* --- globals */

static struct jk_value
range(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	int64_t start = 0, stop, step = 1, i;
	struct jk_seq *seq = jk_seq_new(run, JK_SEQ_RANGE, 0);

	(void)args;
	stop = jk_value_as_int(run, a[0], "range()'s argument");
	if (a[1].type != JK_VALUE_ABSENT) {
		start = stop;
		stop = jk_value_as_int(run, a[1], "range()'s argument");
	}
	if (a[2].type != JK_VALUE_ABSENT)
		step = jk_value_as_int(run, a[2], "range()'s argument");
	if (!step)
		jk_jinja_fail(run, "range() arg 3 must not be zero");
	for (i = start; step > 0 ? i < stop : i > stop;) {
		/* the sandbox's MAX_RANGE */
		if (seq->n == 100000)
			jk_jinja_fail(run, "Range too big. The sandbox blocks "
			    "ranges larger than 100000.");
		jk_seq_add(run, seq, jk_value_int(i));
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
	return jk_value_seq(seq);
}

/* dict(mapping or pairs, name=value, …) */
static struct jk_dict *
make_dict(struct jk_jinja_run *run, const struct jk_jinja_args *args,
    const char *name)
{
	struct jk_dict *dict = jk_dict_new(run, 0);
	struct jk_seq *items, *pair;
	size_t i;

	if (args->n > 1)
		jk_jinja_fail(run, "%s expected at most 1 argument, got %zu",
		    name, args->n);
	if (args->n) {
		items = args->v[0].type == JK_VALUE_DICT ?
		    jk_dict_view(run, args->v[0].dict, JK_SEQ_ITEMS).seq :
		    jk_value_iterate(run, args->v[0]);
		for (i = 0; i < items->n; i++) {
			pair = jk_value_iterate(run, items->v[i]);
			if (pair->n != 2)
				jk_jinja_fail(run,
				    "%s: an item of length %zu; 2 is required",
				    name, pair->n);
			jk_dict_set(run, dict, pair->v[0], pair->v[1]);
		}
	}
	for (i = 0; i < args->n_named; i++)
		jk_dict_set(run, dict, jk_value_cstr(run, args->names[i]),
		    args->named[i]);
	return dict;
}

static struct jk_value
dict(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	(void)a;
	return jk_value_dict(make_dict(run, args, "dict"));
}

static struct jk_value
namespace(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	struct jk_dict *dict = make_dict(run, args, "namespace");
	size_t i;

	(void)a;
	for (i = 0; i < dict->n; i++) {
		if (dict->v[i].key.type == JK_VALUE_STR &&
		    dict->v[i].key.str->n && dict->v[i].key.str->s[0] == '_')
			jk_jinja_fail(run,
			    "cannot store the underscore-prefixed "
			    "attribute '%.100s' on a namespace",
			    dict->v[i].key.str->s);
	}
	return (struct jk_value){ .type = JK_VALUE_NAMESPACE, .dict = dict };
}

static struct jk_value
raise_exception(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	struct jk_strbuf buf = { 0 };

	(void)args;
	jk_strbuf_add_string(run, &buf, a[0]);
	run->raised = true;
	jk_jinja_fail(run, "%.*s", buf.n > 800 ? 800 : (int)buf.n, buf.s ?
	    buf.s : "");
}

/*
 * The directives of strftime(3) whose result depends on the date alone, in the
 * C locale, which is the one Python starts with.  A datetime without zone has
 * an empty %z and %Z.
 */
static struct jk_value
strftime_now(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	const struct jk_str *format = jk_value_as_str(run, a[0], "the format");
	char spec[3] = "%", text[128];
	struct jk_strbuf buf = { 0 };
	size_t i;

	(void)args;
	run->dated = true;
	for (i = 0; i < format->n; i++) {
		if (format->s[i] != '%') {
			jk_strbuf_add(run, &buf, &format->s[i], 1,
			    jk_str_is_content(format, i));
			continue;
		}
		spec[1] = ++i < format->n ? format->s[i] : '\0';
		if (spec[1] && strchr("zZ", spec[1]))
			continue;
		if (!spec[1] ||
		    !strchr("aAbBcCdDeFGHIjmMpSTuUVwWxXyY%", spec[1]))
			jk_jinja_fail(run, "strftime_now: '%%%.1s' is not "
			    "supported", spec + 1);
		jk_strbuf_add(run, &buf, text, strftime(text, sizeof text, spec,
		    &run->now), false);
	}
	return jk_strbuf_take(run, &buf);
}

/* Jinja defines these as well; a template that tests for them must see them. */
static struct jk_value
missing(struct jk_jinja_run *run, const struct jk_value *a,
    const struct jk_jinja_args *args)
{
	(void)a;
	(void)args;
	jk_jinja_fail(run, "cycler, joiner and lipsum are not supported");
}

const struct jk_jinja_function jk_jinja_functions[] = {
	{ "range", range, "start stop step", 1 },
	{ "dict", dict, NULL, 0 },
	{ "namespace", namespace, NULL, 0 },
	{ "raise_exception", raise_exception, "message", 1 },
	{ "strftime_now", strftime_now, "format", 1 },
	{ "cycler", missing, NULL, 0 },
	{ "joiner", missing, NULL, 0 },
	{ "lipsum", missing, NULL, 0 },
	{ 0 }
};
