/* Attributes, subscripts, calls, and the global functions. */

#include "jinja/call.h"

#include <string.h>

#include "jinja/exec.h"

static struct jk_jv
no_attribute(struct jk_ji *j, struct jk_jv obj, const struct jk_jstr *name)
{
	if (obj.type == JV_NONE)
		return jk_jv_undefined(j, "'None' has no attribute '%.100s'",
		    name->s);
	return jk_jv_undefined(j, "'%s object' has no attribute '%.100s'",
	    jk_jv_type_name(obj), name->s);
}

/* Members of Python's numbers, which this interpreter lacks. */
static bool
is_number_member(const struct jk_jstr *name)
{
	static const char *const members[] = { "real", "imag", "numerator",
	    "denominator", "conjugate", "bit_length", "bit_count",
	    "as_integer_ratio", "to_bytes", "from_bytes", "is_integer",
	    "hex", "fromhex" };
	size_t i;

	for (i = 0; i < sizeof members / sizeof *members; i++) {
		if (jk_jstr_equal(name, members[i]))
			return true;
	}
	return false;
}

struct jk_jv
jk_ji_member(struct jk_ji *j, struct jk_jv obj, const struct jk_jstr *name)
{
	if (name->n >= 2 && name->s[0] == '_' && name->s[1] == '_')
		return jk_jv_undefined(j, "access to attribute '%.100s' of "
		    "'%s' object is unsafe.", name->s, jk_jv_type_name(obj));
	switch (obj.type) {
	case JV_STR:
	case JV_DICT:
	case JV_SEQ:
		return jk_ji_method(j, obj, name);
	case JV_LOOP:
		return jk_ji_loop_attribute(j, obj.loop, name);
	case JV_NAMESPACE:
		return jk_jdict_get(j, obj.dict, jk_jv_str(name));
	case JV_BOOL:
	case JV_INT:
	case JV_FLOAT:
		if (is_number_member(name))
			jk_ji_fail(j, "the attribute '%s' of '%s' is not "
			    "supported", name->s, jk_jv_type_name(obj));
		return JV_NO_VALUE;
	case JV_MACRO:
	case JV_FUNCTION:
	case JV_METHOD:
		jk_ji_fail(j, "attributes of '%s' are not supported",
		    jk_jv_type_name(obj));
	default:
		return JV_NO_VALUE;
	}
}

struct jk_jv
jk_ji_attribute(struct jk_ji *j, struct jk_jv obj, const struct jk_jstr *name)
{
	struct jk_jv v;

	if (obj.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", obj.why);
	v = jk_ji_member(j, obj, name);
	if (v.type == JV_ABSENT && obj.type == JV_DICT)
		v = jk_jdict_get(j, obj.dict, jk_jv_str(name));
	return v.type == JV_ABSENT ? no_attribute(j, obj, name) : v;
}

/* obj[i] of a string or sequence; absent where there is none. */
static struct jk_jv
element(struct jk_ji *j, struct jk_jv obj, int64_t i)
{
	int64_t n;
	size_t at;

	if (obj.type != JV_STR && !(obj.type == JV_SEQ &&
	    obj.seq->kind <= SEQ_RANGE))
		return JV_NO_VALUE;
	n = (int64_t)jk_jv_length(j, obj);
	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return JV_NO_VALUE;
	if (obj.type == JV_SEQ)
		return obj.seq->v[i];
	at = jk_jstr_offset(obj.str, (size_t)i);
	return jk_jv_substr(j, obj.str, at, at + jk_utf8_decode(
	    obj.str->s + at, obj.str->n - at, &(uint32_t){ 0 }));
}

struct jk_jv
jk_ji_item(struct jk_ji *j, struct jk_jv obj, struct jk_jv key)
{
	struct jk_jv v = JV_NO_VALUE;
	struct jk_jbuf b = { 0 };

	if (obj.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", obj.why);
	if (obj.type == JV_DICT && jk_jv_hashable(key))
		v = jk_jdict_get(j, obj.dict, key);
	else if (key.type == JV_INT || key.type == JV_BOOL)
		v = element(j, obj, jk_ji_int(j, key, ""));
	if (v.type == JV_ABSENT && key.type == JV_STR)
		v = jk_ji_member(j, obj, key.str);
	if (v.type != JV_ABSENT)
		return v;
	if (key.type == JV_STR)
		return no_attribute(j, obj, key.str);
	if (key.type == JV_UNDEFINED || jk_jv_is_number(key) ||
	    key.type == JV_NONE)
		jk_jv_add_repr(j, &b, key);
	return jk_jv_undefined(j, "'%s object' has no element %.*s",
	    jk_jv_type_name(obj), (int)b.n, b.s ? b.s : "");
}

struct jk_jv
jk_ji_call(struct jk_ji *j, struct jk_jv callee, const struct jk_jargs *args)
{
	struct jk_jv a[8];
	const struct jk_jmethod *m;
	const struct jk_jfunction *f;

	switch (callee.type) {
	case JV_UNDEFINED:
		jk_ji_fail(j, "%s", callee.why);
	case JV_MACRO:
		return jk_ji_call_macro(j, callee.macro, args);
	case JV_LOOP:
		jk_ji_bind(j, "loop", "iterable", 1, args, a);
		return jk_ji_recurse(j, callee.loop, a[0]);
	case JV_METHOD:
		m = callee.method;
		if (m->params)
			jk_ji_bind(j, m->name, m->params, m->required, args,
			    a);
		return m->call(j, m->self, a, args);
	case JV_FUNCTION:
		f = callee.function;
		if (f->params)
			jk_ji_bind(j, f->name, f->params, f->required, args,
			    a);
		return f->call(j, a, args);
	default:
		jk_ji_fail(j, "'%s' object is not callable",
		    jk_jv_type_name(callee));
	}
}

/* --- loop */

static struct jk_jv
loop_cycle(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a,
    const struct jk_jargs *args)
{
	(void)a;
	if (!args->n || args->n_named)
		jk_ji_fail(j, "no items for cycling given");
	return args->v[self.loop->i % args->n];
}

static struct jk_jv
loop_changed(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a,
    const struct jk_jargs *args)
{
	struct jk_jseq *now = jk_jseq_new(j, SEQ_TUPLE, args->n);
	size_t i;

	(void)a;
	for (i = 0; i < args->n; i++)
		jk_jseq_add(j, now, args->v[i]);
	if (self.loop->changed.type != JV_ABSENT &&
	    jk_jv_equal(j, self.loop->changed, jk_jv_seq(now)))
		return jk_jv_bool(false);
	self.loop->changed = jk_jv_seq(now);
	return jk_jv_bool(true);
}

static struct jk_jv
loop_method(struct jk_ji *j, struct jk_jloop *l, const char *name,
    struct jk_jv (*call)(struct jk_ji *, struct jk_jv, const struct jk_jv *,
    const struct jk_jargs *))
{
	struct jk_jmethod *m = jk_ji_alloc(j, sizeof *m);

	*m = (struct jk_jmethod){ .name = name, .call = call,
	    .self = { .type = JV_LOOP, .loop = l } };
	return (struct jk_jv){ .type = JV_METHOD, .method = m };
}

struct jk_jv
jk_ji_loop_attribute(struct jk_ji *j, struct jk_jloop *l,
    const struct jk_jstr *name)
{
	int64_t i = (int64_t)l->i;
	static const char *const counted[] = { "length", "revindex",
	    "revindex0" };
	size_t k;

	if (jk_jstr_equal(name, "index"))
		return jk_jv_int(i + 1);
	if (jk_jstr_equal(name, "index0"))
		return jk_jv_int(i);
	if (jk_jstr_equal(name, "first"))
		return jk_jv_bool(i == 0);
	if (jk_jstr_equal(name, "last"))
		return jk_jv_bool(!jk_ji_loop_has(j, l, l->i + 1));
	if (jk_jstr_equal(name, "depth"))
		return jk_jv_int(l->depth0 + 1);
	if (jk_jstr_equal(name, "depth0"))
		return jk_jv_int(l->depth0);
	for (k = 0; k < 3; k++) {
		if (!jk_jstr_equal(name, counted[k]))
			continue;
		jk_ji_loop_has(j, l, SIZE_MAX);
		return jk_jv_int((int64_t)l->items->n - (k ? i : 0) -
		    (k == 2));
	}
	if (jk_jstr_equal(name, "previtem"))
		return i ? l->items->v[i - 1] :
		    jk_jv_undefined(j, "there is no previous item");
	if (jk_jstr_equal(name, "nextitem"))
		return jk_ji_loop_has(j, l, l->i + 1) ?
		    l->items->v[i + 1] :
		    jk_jv_undefined(j, "there is no next item");
	if (jk_jstr_equal(name, "cycle"))
		return loop_method(j, l, "cycle", loop_cycle);
	if (jk_jstr_equal(name, "changed"))
		return loop_method(j, l, "changed", loop_changed);
	return JV_NO_VALUE;
}

/* --- globals */

static struct jk_jv
range(struct jk_ji *j, const struct jk_jv *a, const struct jk_jargs *args)
{
	int64_t start = 0, stop, step = 1, i;
	struct jk_jseq *s = jk_jseq_new(j, SEQ_RANGE, 0);

	(void)args;
	stop = jk_ji_int(j, a[0], "range()'s argument");
	if (a[1].type != JV_ABSENT) {
		start = stop;
		stop = jk_ji_int(j, a[1], "range()'s argument");
	}
	if (a[2].type != JV_ABSENT)
		step = jk_ji_int(j, a[2], "range()'s argument");
	if (!step)
		jk_ji_fail(j, "range() arg 3 must not be zero");
	for (i = start; step > 0 ? i < stop : i > stop;) {
		/* the sandbox's MAX_RANGE */
		if (s->n == 100000)
			jk_ji_fail(j, "Range too big. The sandbox blocks "
			    "ranges larger than 100000.");
		jk_jseq_add(j, s, jk_jv_int(i));
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
	return jk_jv_seq(s);
}

/* dict(mapping or pairs, name=value, …) */
static struct jk_jdict *
make_dict(struct jk_ji *j, const struct jk_jargs *args, const char *name)
{
	struct jk_jdict *d = jk_jdict_new(j, 0);
	struct jk_jseq *items, *pair;
	size_t i;

	if (args->n > 1)
		jk_ji_fail(j, "%s expected at most 1 argument, got %zu", name,
		    args->n);
	if (args->n) {
		items = args->v[0].type == JV_DICT ?
		    jk_jv_view(j, args->v[0].dict, SEQ_ITEMS).seq :
		    jk_jv_iterate(j, args->v[0]);
		for (i = 0; i < items->n; i++) {
			pair = jk_jv_iterate(j, items->v[i]);
			if (pair->n != 2)
				jk_ji_fail(j, "%s: an item of length %zu; 2 "
				    "is required", name, pair->n);
			jk_jdict_set(j, d, pair->v[0], pair->v[1]);
		}
	}
	for (i = 0; i < args->n_named; i++)
		jk_jdict_set(j, d, jk_jv_cstr(j, args->names[i]),
		    args->named[i]);
	return d;
}

static struct jk_jv
dict(struct jk_ji *j, const struct jk_jv *a, const struct jk_jargs *args)
{
	(void)a;
	return jk_jv_dict(make_dict(j, args, "dict"));
}

static struct jk_jv
namespace(struct jk_ji *j, const struct jk_jv *a, const struct jk_jargs *args)
{
	struct jk_jdict *d = make_dict(j, args, "namespace");
	size_t i;

	(void)a;
	for (i = 0; i < d->n; i++) {
		if (d->v[i].key.type == JV_STR && d->v[i].key.str->n &&
		    d->v[i].key.str->s[0] == '_')
			jk_ji_fail(j, "cannot store the underscore-prefixed "
			    "attribute '%.100s' on a namespace",
			    d->v[i].key.str->s);
	}
	return (struct jk_jv){ .type = JV_NAMESPACE, .dict = d };
}

static struct jk_jv
raise_exception(struct jk_ji *j, const struct jk_jv *a,
    const struct jk_jargs *args)
{
	struct jk_jbuf b = { 0 };

	(void)args;
	jk_jv_add_string(j, &b, a[0]);
	j->raised = true;
	jk_ji_fail(j, "%.*s", b.n > 800 ? 800 : (int)b.n, b.s ? b.s : "");
}

/*
 * The directives of strftime(3) whose result depends on the date alone, in the
 * C locale, which is the one Python starts with.  A datetime without zone has
 * an empty %z and %Z.
 */
static struct jk_jv
strftime_now(struct jk_ji *j, const struct jk_jv *a,
    const struct jk_jargs *args)
{
	const struct jk_jstr *format = jk_ji_str(j, a[0], "the format");
	char spec[3] = "%", text[128];
	struct jk_jbuf b = { 0 };
	size_t i;

	(void)args;
	j->dated = true;
	for (i = 0; i < format->n; i++) {
		if (format->s[i] != '%') {
			jk_jbuf_add(j, &b, &format->s[i], 1,
			    jk_jstr_is_content(format, i));
			continue;
		}
		spec[1] = ++i < format->n ? format->s[i] : '\0';
		if (spec[1] && strchr("zZ", spec[1]))
			continue;
		if (!spec[1] ||
		    !strchr("aAbBcCdDeFGHIjmMpSTuUVwWxXyY%", spec[1]))
			jk_ji_fail(j, "strftime_now: '%%%.1s' is not "
			    "supported", spec + 1);
		jk_jbuf_add(j, &b, text, strftime(text, sizeof text, spec,
		    &j->now), false);
	}
	return jk_jbuf_take(j, &b);
}

/* Jinja defines these as well; a template that tests for them must see them. */
static struct jk_jv
missing(struct jk_ji *j, const struct jk_jv *a, const struct jk_jargs *args)
{
	(void)a;
	(void)args;
	jk_ji_fail(j, "cycler, joiner and lipsum are not supported");
}

const struct jk_jfunction jk_jinja_functions[] = {
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
