/* Values of the Jinja interpreter: containers, types, truth, from JSON. */

#include "jinja/value.h"

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
