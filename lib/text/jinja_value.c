/* Values of the Jinja interpreter: containers, truth, equality, order. */

#include "text/jinja_value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct jk_jv
jk_jv_undefined(struct jk_ji *j, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return (struct jk_jv){ .type = JV_UNDEFINED,
	    .why = jk_ji_strdup(j, why, strlen(why)) };
}

/* --- sequences and dicts */

struct jk_jseq *
jk_jseq_new(struct jk_ji *j, enum jk_jseq_kind kind, size_t cap)
{
	struct jk_jseq *s = jk_ji_alloc(j, sizeof *s);

	/* never null, so that an empty one needs no care */
	*s = (struct jk_jseq){ .kind = kind, .cap = cap ? cap : 2 };
	s->v = jk_ji_grow(j, NULL, 0, s->cap, sizeof *s->v);
	return s;
}

void
jk_jseq_add(struct jk_ji *j, struct jk_jseq *s, struct jk_jv v)
{
	jk_ji_steps(j, 1);
	if (s->n == s->cap) {
		size_t cap = s->cap + s->cap / 2 + 4;

		s->v = jk_ji_grow(j, s->v, s->n, cap, sizeof *s->v);
		s->cap = cap;
	}
	s->v[s->n++] = v;
}

struct jk_jdict *
jk_jdict_new(struct jk_ji *j, size_t cap)
{
	struct jk_jdict *d = jk_ji_alloc(j, sizeof *d);

	d->cap = cap;
	if (cap)
		d->v = jk_ji_grow(j, NULL, 0, cap, sizeof *d->v);
	return d;
}

void
jk_jdict_append(struct jk_ji *j, struct jk_jdict *d, struct jk_jv key,
    struct jk_jv value)
{
	jk_ji_steps(j, 1);
	if (d->n == d->cap) {
		size_t cap = d->cap + d->cap / 2 + 4;

		d->v = jk_ji_grow(j, d->v, d->n, cap, sizeof *d->v);
		d->cap = cap;
	}
	d->v[d->n++] = (struct jk_jpair){ key, value };
}

static struct jk_jpair *
find_pair(struct jk_ji *j, const struct jk_jdict *d, struct jk_jv key)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (jk_jv_equal(j, d->v[i].key, key))
			return &d->v[i];
	}
	return NULL;
}

struct jk_jv
jk_jdict_get(struct jk_ji *j, const struct jk_jdict *d, struct jk_jv key)
{
	struct jk_jpair *p = find_pair(j, d, key);

	return p ? p->value : JV_NO_VALUE;
}

struct jk_jv
jk_jdict_gets(const struct jk_jdict *d, const char *key)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (d->v[i].key.type == JV_STR &&
		    jk_jstr_equal(d->v[i].key.str, key))
			return d->v[i].value;
	}
	return JV_NO_VALUE;
}

void
jk_jdict_set(struct jk_ji *j, struct jk_jdict *d, struct jk_jv key,
    struct jk_jv value)
{
	struct jk_jpair *p;

	if (!jk_jv_hashable(key))
		jk_ji_fail(j, "unhashable type: '%s'", jk_jv_type_name(key));
	p = find_pair(j, d, key);
	if (p)
		p->value = value;
	else
		jk_jdict_append(j, d, key, value);
}

struct jk_jv
jk_jv_view(struct jk_ji *j, const struct jk_jdict *d, enum jk_jseq_kind kind)
{
	struct jk_jseq *s = jk_jseq_new(j, kind, d->n), *pair;
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (kind == SEQ_ITEMS) {
			pair = jk_jseq_new(j, SEQ_TUPLE, 2);
			jk_jseq_add(j, pair, d->v[i].key);
			jk_jseq_add(j, pair, d->v[i].value);
			jk_jseq_add(j, s, jk_jv_seq(pair));
		} else {
			jk_jseq_add(j, s, kind == SEQ_VALUES ? d->v[i].value :
			    d->v[i].key);
		}
	}
	return jk_jv_seq(s);
}

static struct jk_jseq *
characters(struct jk_ji *j, const struct jk_jstr *s)
{
	struct jk_jseq *q = jk_jseq_new(j, SEQ_LIST, 0);
	size_t at = 0;
	uint32_t code;

	/* going through Markup gives str */
	s = jk_jv_markup(j, jk_jv_str(s), false).str;

	while (at < s->n) {
		unsigned len = jk_utf8_decode(s->s + at, s->n - at, &code);

		jk_jseq_add(j, q, jk_jv_substr(j, s, at, at + len));
		at += len;
	}
	return q;
}

struct jk_jseq *
jk_jv_iterate(struct jk_ji *j, struct jk_jv v)
{
	struct jk_jseq *s;

	switch (v.type) {
	case JV_UNDEFINED:
		return jk_jseq_new(j, SEQ_LIST, 0);
	case JV_STR:
		return characters(j, v.str);
	case JV_DICT:
		return jk_jv_view(j, v.dict, SEQ_KEYS).seq;
	case JV_SEQ:
		if (v.seq->kind != SEQ_ITERATOR)
			return v.seq;
		s = jk_ji_alloc(j, sizeof *s);
		*s = (struct jk_jseq){ .kind = SEQ_LIST,
		    .v = v.seq->v + v.seq->at, .n = v.seq->n - v.seq->at };
		v.seq->at = v.seq->n;
		return s;
	default:
		jk_ji_fail(j, "'%s' object is not iterable",
		    jk_jv_type_name(v));
	}
}

size_t
jk_jv_length(struct jk_ji *j, struct jk_jv v)
{
	switch (v.type) {
	case JV_UNDEFINED:
		return 0;
	case JV_STR:
		return jk_jstr_length(j, v.str);
	case JV_DICT:
		return v.dict->n;
	case JV_SEQ:
		if (v.seq->kind != SEQ_ITERATOR)
			return v.seq->n;
		/* fallthrough */
	default:
		jk_ji_fail(j, "object of type '%s' has no len()",
		    jk_jv_type_name(v));
	}
}

/* --- semantics */

const char *
jk_jv_type_name(struct jk_jv v)
{
	static const char *const seq[] = { "list", "tuple", "range",
	    "dict_keys", "dict_values", "dict_items", "generator" };

	switch (v.type) {
	case JV_ABSENT:
	case JV_UNDEFINED:
		return "Undefined";
	case JV_NONE:
		return "NoneType";
	case JV_BOOL:
		return "bool";
	case JV_INT:
		return "int";
	case JV_FLOAT:
		return "float";
	case JV_STR:
		return v.str->markup ? "Markup" : "str";
	case JV_SEQ:
		return seq[v.seq->kind];
	case JV_DICT:
		return "dict";
	case JV_NAMESPACE:
		return "TemplateNamespace";
	case JV_LOOP:
		return "LoopContext";
	case JV_MACRO:
		return "Macro";
	case JV_FUNCTION:
		return "function";
	case JV_METHOD:
		return "builtin_function_or_method";
	}
	return "?";
}

bool
jk_jv_truth(struct jk_jv v)
{
	switch (v.type) {
	case JV_ABSENT:
	case JV_UNDEFINED:
	case JV_NONE:
		return false;
	case JV_BOOL:
		return v.boolean;
	case JV_INT:
		return v.integer != 0;
	case JV_FLOAT:
		return v.real != 0;
	case JV_STR:
		return v.str->n > 0;
	case JV_SEQ:
		return v.seq->kind == SEQ_ITERATOR || v.seq->n > 0;
	case JV_DICT:
		return v.dict->n > 0;
	default:
		return true;
	}
}

bool
jk_jv_is_number(struct jk_jv v)
{
	return v.type == JV_BOOL || v.type == JV_INT || v.type == JV_FLOAT;
}

bool
jk_jv_hashable(struct jk_jv v)
{
	size_t i;

	if (v.type == JV_DICT)
		return false;
	if (v.type != JV_SEQ)
		return true;
	if (v.seq->kind == SEQ_LIST || v.seq->kind == SEQ_KEYS ||
	    v.seq->kind == SEQ_ITEMS)
		return false;
	if (v.seq->kind == SEQ_TUPLE) {
		for (i = 0; i < v.seq->n; i++) {
			if (!jk_jv_hashable(v.seq->v[i]))
				return false;
		}
	}
	return true;
}

static int64_t
integer(struct jk_jv v)
{
	return v.type == JV_BOOL ? v.boolean : v.integer;
}

double
jk_jv_real(struct jk_jv v)
{
	return v.type == JV_FLOAT ? v.real : (double)integer(v);
}

/* -1, 0, 1, or JV_UNORDERED.  Exact, also between int and float. */
static int
compare_numbers(struct jk_jv a, struct jk_jv b)
{
	double x, y;
	int64_t whole;

	if (a.type != JV_FLOAT && b.type != JV_FLOAT)
		return (integer(a) > integer(b)) - (integer(a) < integer(b));
	if (a.type == JV_FLOAT && b.type == JV_FLOAT) {
		x = a.real;
		y = b.real;
		return x < y ? -1 : x > y ? 1 : x == y ? 0 :
		    JV_UNORDERED;
	}
	if (b.type != JV_FLOAT) {
		int r = compare_numbers(b, a);
		return r == JV_UNORDERED ? r : -r;
	}
	if (isnan(b.real))
		return JV_UNORDERED;
	if (b.real >= 0x1p63)
		return -1;
	if (b.real < -0x1p63)
		return 1;
	whole = (int64_t)b.real;
	if (integer(a) != whole)
		return integer(a) < whole ? -1 : 1;
	x = b.real - (double)whole;
	return x > 0 ? -1 : x < 0 ? 1 : 0;
}

static bool
equal_seqs(struct jk_ji *j, const struct jk_jseq *a, const struct jk_jseq *b)
{
	size_t i;

	if (a == b)
		return true;
	if (a->kind != b->kind || a->kind == SEQ_VALUES ||
	    a->kind == SEQ_ITERATOR)
		return false;
	if (a->kind == SEQ_KEYS || a->kind == SEQ_ITEMS)
		jk_ji_fail(j, "comparing views of a dict is not supported");
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		if (!jk_jv_equal(j, a->v[i], b->v[i]))
			return false;
	}
	return true;
}

static bool
equal_dicts(struct jk_ji *j, const struct jk_jdict *a,
    const struct jk_jdict *b)
{
	struct jk_jv v;
	size_t i;

	if (a == b)
		return true;
	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++) {
		v = jk_jdict_get(j, b, a->v[i].key);
		if (v.type == JV_ABSENT ||
		    !jk_jv_equal(j, a->v[i].value, v))
			return false;
	}
	return true;
}

bool
jk_jv_equal(struct jk_ji *j, struct jk_jv a, struct jk_jv b)
{
	bool same;

	jk_ji_steps(j, 1);
	if (jk_jv_is_number(a) && jk_jv_is_number(b))
		return compare_numbers(a, b) == 0;
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case JV_STR:
		if (a.str->n != b.str->n)
			return false;
		jk_ji_steps(j, a.str->n / 64);
		return memcmp(a.str->s, b.str->s, a.str->n) == 0;
	case JV_SEQ:
		jk_ji_deeper(j);
		same = equal_seqs(j, a.seq, b.seq);
		j->depth--;
		return same;
	case JV_DICT:
		jk_ji_deeper(j);
		same = equal_dicts(j, a.dict, b.dict);
		j->depth--;
		return same;
	case JV_NAMESPACE:
		return a.dict == b.dict;
	case JV_LOOP:
		return a.loop == b.loop;
	case JV_MACRO:
		return a.macro == b.macro;
	case JV_FUNCTION:
		return a.function == b.function;
	case JV_METHOD:
		jk_ji_fail(j, "comparing methods is not supported");
	default:
		return true;	/* None, undefined */
	}
}

static int
compare_strings(struct jk_ji *j, const struct jk_jstr *a,
    const struct jk_jstr *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int r;

	jk_ji_steps(j, n / 64);
	/* the order of UTF-8 is that of code points */
	r = n ? memcmp(a->s, b->s, n) : 0;
	return r ? (r > 0) - (r < 0) : (a->n > b->n) - (a->n < b->n);
}

int
jk_jv_compare(struct jk_ji *j, struct jk_jv a, struct jk_jv b, const char *op)
{
	size_t i;
	int r = 0;

	if (a.type == JV_UNDEFINED || b.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", a.type == JV_UNDEFINED ? a.why : b.why);
	if (jk_jv_is_number(a) && jk_jv_is_number(b))
		return compare_numbers(a, b);
	if (a.type == JV_STR && b.type == JV_STR)
		return compare_strings(j, a.str, b.str);
	if ((!jk_jv_is(a, SEQ_LIST) || !jk_jv_is(b, SEQ_LIST)) &&
	    (!jk_jv_is(a, SEQ_TUPLE) || !jk_jv_is(b, SEQ_TUPLE)))
		jk_ji_fail(j, "'%s' not supported between instances of '%s' "
		    "and '%s'", op, jk_jv_type_name(a), jk_jv_type_name(b));
	jk_ji_deeper(j);
	for (i = 0; i < a.seq->n && i < b.seq->n; i++) {
		if (!jk_jv_equal(j, a.seq->v[i], b.seq->v[i])) {
			r = jk_jv_compare(j, a.seq->v[i], b.seq->v[i], op);
			break;
		}
	}
	j->depth--;
	if (i < a.seq->n && i < b.seq->n)
		return r;
	return (a.seq->n > b.seq->n) - (a.seq->n < b.seq->n);
}

bool
jk_jv_less(struct jk_ji *j, struct jk_jv a, struct jk_jv b)
{
	return jk_jv_compare(j, a, b, "<") < 0;
}

bool
jk_jv_in(struct jk_ji *j, struct jk_jv item, struct jk_jv in)
{
	struct jk_jseq *s;
	size_t i;

	switch (in.type) {
	case JV_UNDEFINED:
		return false;
	case JV_STR:
		if (item.type != JV_STR)
			jk_ji_fail(j, "'in <string>' requires string as left "
			    "operand, not %s", jk_jv_type_name(item));
		return jk_jstr_find(j, in.str, item.str, 0, in.str->n) !=
		    SIZE_MAX;
	case JV_DICT:
		if (!jk_jv_hashable(item))
			jk_ji_fail(j, "unhashable type: '%s'",
			    jk_jv_type_name(item));
		return jk_jdict_get(j, in.dict, item).type != JV_ABSENT;
	case JV_SEQ:
		s = in.seq;
		for (i = s->at; i < s->n; i++) {
			if (s->kind == SEQ_ITERATOR)
				s->at = i + 1;
			if (jk_jv_equal(j, s->v[i], item))
				return true;
		}
		return false;
	default:
		jk_ji_fail(j, "argument of type '%s' is not iterable",
		    jk_jv_type_name(in));
	}
}

/* --- JSON */

struct jk_jv
jk_jv_from_json(struct jk_ji *j, const json_t *v, bool content)
{
	struct jk_jbuf b = { 0 };
	struct jk_jseq *s;
	struct jk_jdict *d;
	const char *key;
	json_t *item;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_NULL:
		return JV_NIL;
	case JSON_TRUE:
	case JSON_FALSE:
		return jk_jv_bool(json_is_true(v));
	case JSON_INTEGER:
		return jk_jv_int(json_integer_value(v));
	case JSON_REAL:
		return jk_jv_float(json_real_value(v));
	case JSON_STRING:
		jk_jbuf_add(j, &b, json_string_value(v),
		    json_string_length(v), content);
		return jk_jbuf_take(j, &b);
	case JSON_ARRAY:
		jk_ji_deeper(j);
		s = jk_jseq_new(j, SEQ_LIST, json_array_size(v));
		json_array_foreach(v, i, item)
			jk_jseq_add(j, s, jk_jv_from_json(j, item, content));
		j->depth--;
		return jk_jv_seq(s);
	case JSON_OBJECT:
		jk_ji_deeper(j);
		d = jk_jdict_new(j, json_object_size(v));
		json_object_foreach((json_t *)v, key, item) {
			struct jk_jbuf k = { 0 };

			jk_jbuf_add(j, &k, key, strlen(key), content);
			jk_jdict_append(j, d, jk_jbuf_take(j, &k),
			    jk_jv_from_json(j, item, content));
		}
		j->depth--;
		return jk_jv_dict(d);
	}
	jk_ji_fail(j, "unknown kind of JSON value");
}
