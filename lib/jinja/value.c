/* Values of the Jinja interpreter: containers, types, truth, from JSON. */

#include "jinja/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct jk_value
jk_value_undefined(struct jk_jinja_run *run, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return (struct jk_value){ .type = JK_VALUE_UNDEFINED,
	    .why = jk_jinja_strdup(run, why, strlen(why)) };
}

/* --- sequences and dicts */

struct jk_seq *
jk_seq_new(struct jk_jinja_run *run, enum jk_seq_kind kind, size_t cap)
{
	struct jk_seq *seq = jk_jinja_alloc(run, sizeof *seq);

	/* never null, so that an empty one needs no care */
	*seq = (struct jk_seq){ .kind = kind, .cap = cap ? cap : 2 };
	seq->v = jk_jinja_grow(run, NULL, 0, seq->cap, sizeof *seq->v);
	return seq;
}

void
jk_seq_add(struct jk_jinja_run *run, struct jk_seq *seq, struct jk_value value)
{
	jk_jinja_spend(run, 1);
	if (seq->n == seq->cap) {
		size_t cap = seq->cap + seq->cap / 2 + 4;

		seq->v = jk_jinja_grow(run, seq->v, seq->n, cap,
		    sizeof *seq->v);
		seq->cap = cap;
	}
	seq->v[seq->n++] = value;
}

struct jk_dict *
jk_dict_new(struct jk_jinja_run *run, size_t cap)
{
	struct jk_dict *dict = jk_jinja_alloc(run, sizeof *dict);

	dict->cap = cap;
	if (cap)
		dict->v = jk_jinja_grow(run, NULL, 0, cap, sizeof *dict->v);
	return dict;
}

void
jk_dict_append(struct jk_jinja_run *run, struct jk_dict *dict,
    struct jk_value key, struct jk_value value)
{
	jk_jinja_spend(run, 1);
	if (dict->n == dict->cap) {
		size_t cap = dict->cap + dict->cap / 2 + 4;

		dict->v = jk_jinja_grow(run, dict->v, dict->n, cap,
		    sizeof *dict->v);
		dict->cap = cap;
	}
	dict->v[dict->n++] = (struct jk_dict_pair){ key, value };
}

static struct jk_dict_pair *
find_pair(struct jk_jinja_run *run, const struct jk_dict *dict,
    struct jk_value key)
{
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (jk_value_equal(run, dict->v[i].key, key))
			return &dict->v[i];
	}
	return NULL;
}

struct jk_value
jk_dict_get(struct jk_jinja_run *run, const struct jk_dict *dict,
    struct jk_value key)
{
	struct jk_dict_pair *pair = find_pair(run, dict, key);

	return pair ? pair->value : JK_ABSENT;
}

struct jk_value
jk_dict_gets(const struct jk_dict *dict, const char *key)
{
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (dict->v[i].key.type == JK_VALUE_STR &&
		    jk_str_equals(dict->v[i].key.str, key))
			return dict->v[i].value;
	}
	return JK_ABSENT;
}

void
jk_dict_set(struct jk_jinja_run *run, struct jk_dict *dict, struct jk_value key,
    struct jk_value value)
{
	struct jk_dict_pair *pair;

	if (!jk_value_is_hashable(key))
		jk_jinja_fail(run, "unhashable type: '%s'",
		    jk_value_type_name(key));
	pair = find_pair(run, dict, key);
	if (pair)
		pair->value = value;
	else
		jk_dict_append(run, dict, key, value);
}

struct jk_value
jk_dict_view(struct jk_jinja_run *run, const struct jk_dict *dict,
    enum jk_seq_kind kind)
{
	struct jk_seq *seq = jk_seq_new(run, kind, dict->n), *pair;
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (kind == JK_SEQ_ITEMS) {
			pair = jk_seq_new(run, JK_SEQ_TUPLE, 2);
			jk_seq_add(run, pair, dict->v[i].key);
			jk_seq_add(run, pair, dict->v[i].value);
			jk_seq_add(run, seq, jk_value_seq(pair));
		} else {
			jk_seq_add(run, seq, kind == JK_SEQ_VALUES ?
			    dict->v[i].value : dict->v[i].key);
		}
	}
	return jk_value_seq(seq);
}

static struct jk_seq *
characters(struct jk_jinja_run *run, const struct jk_str *str)
{
	struct jk_seq *seq = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t at = 0;
	uint32_t code;

	/* going through Markup gives str */
	str = jk_value_markup(run, jk_value_str(str), false).str;

	while (at < str->n) {
		unsigned len = jk_utf8_decode(str->s + at, str->n - at, &code);

		jk_seq_add(run, seq, jk_str_substr(run, str, at, at + len));
		at += len;
	}
	return seq;
}

struct jk_seq *
jk_value_iterate(struct jk_jinja_run *run, struct jk_value value)
{
	struct jk_seq *seq;

	switch (value.type) {
	case JK_VALUE_UNDEFINED:
		return jk_seq_new(run, JK_SEQ_LIST, 0);
	case JK_VALUE_STR:
		return characters(run, value.str);
	case JK_VALUE_DICT:
		return jk_dict_view(run, value.dict, JK_SEQ_KEYS).seq;
	case JK_VALUE_SEQ:
		if (value.seq->kind != JK_SEQ_ITERATOR)
			return value.seq;
		seq = jk_jinja_alloc(run, sizeof *seq);
		*seq = (struct jk_seq){ .kind = JK_SEQ_LIST,
		    .v = value.seq->v + value.seq->at,
		    .n = value.seq->n - value.seq->at };
		value.seq->at = value.seq->n;
		return seq;
	default:
		jk_jinja_fail(run, "'%s' object is not iterable",
		    jk_value_type_name(value));
	}
}

size_t
jk_value_length(struct jk_jinja_run *run, struct jk_value value)
{
	switch (value.type) {
	case JK_VALUE_UNDEFINED:
		return 0;
	case JK_VALUE_STR:
		return jk_str_length(run, value.str);
	case JK_VALUE_DICT:
		return value.dict->n;
	case JK_VALUE_SEQ:
		if (value.seq->kind != JK_SEQ_ITERATOR)
			return value.seq->n;
		/* fallthrough */
	default:
		jk_jinja_fail(run, "object of type '%s' has no len()",
		    jk_value_type_name(value));
	}
}

/* --- semantics */

const char *
jk_value_type_name(struct jk_value value)
{
	static const char *const seq[] = { "list", "tuple", "range",
	    "dict_keys", "dict_values", "dict_items", "generator" };

	switch (value.type) {
	case JK_VALUE_ABSENT:
	case JK_VALUE_UNDEFINED:
		return "Undefined";
	case JK_VALUE_NONE:
		return "NoneType";
	case JK_VALUE_BOOL:
		return "bool";
	case JK_VALUE_INT:
		return "int";
	case JK_VALUE_FLOAT:
		return "float";
	case JK_VALUE_STR:
		return value.str->markup ? "Markup" : "str";
	case JK_VALUE_SEQ:
		return seq[value.seq->kind];
	case JK_VALUE_DICT:
		return "dict";
	case JK_VALUE_NAMESPACE:
		return "TemplateNamespace";
	case JK_VALUE_LOOP:
		return "LoopContext";
	case JK_VALUE_MACRO:
		return "Macro";
	case JK_VALUE_FUNCTION:
		return "function";
	case JK_VALUE_METHOD:
		return "builtin_function_or_method";
	}
	return "?";
}

bool
jk_value_is_true(struct jk_value value)
{
	switch (value.type) {
	case JK_VALUE_ABSENT:
	case JK_VALUE_UNDEFINED:
	case JK_VALUE_NONE:
		return false;
	case JK_VALUE_BOOL:
		return value.boolean;
	case JK_VALUE_INT:
		return value.integer != 0;
	case JK_VALUE_FLOAT:
		return value.real != 0;
	case JK_VALUE_STR:
		return value.str->n > 0;
	case JK_VALUE_SEQ:
		return value.seq->kind == JK_SEQ_ITERATOR || value.seq->n > 0;
	case JK_VALUE_DICT:
		return value.dict->n > 0;
	default:
		return true;
	}
}

bool
jk_value_is_number(struct jk_value value)
{
	return value.type == JK_VALUE_BOOL || value.type == JK_VALUE_INT ||
	    value.type == JK_VALUE_FLOAT;
}

bool
jk_value_is_hashable(struct jk_value value)
{
	size_t i;

	if (value.type == JK_VALUE_DICT)
		return false;
	if (value.type != JK_VALUE_SEQ)
		return true;
	if (value.seq->kind == JK_SEQ_LIST || value.seq->kind == JK_SEQ_KEYS ||
	    value.seq->kind == JK_SEQ_ITEMS)
		return false;
	if (value.seq->kind == JK_SEQ_TUPLE) {
		for (i = 0; i < value.seq->n; i++) {
			if (!jk_value_is_hashable(value.seq->v[i]))
				return false;
		}
	}
	return true;
}

/* --- JSON */

struct jk_value
jk_value_from_json(struct jk_jinja_run *run, const json_t *json, bool content)
{
	struct jk_strbuf buf = { 0 };
	struct jk_seq *seq;
	struct jk_dict *dict;
	const char *key;
	json_t *item;
	size_t i;

	switch (json_typeof(json)) {
	case JSON_NULL:
		return JK_NONE;
	case JSON_TRUE:
	case JSON_FALSE:
		return jk_value_bool(json_is_true(json));
	case JSON_INTEGER:
		return jk_value_int(json_integer_value(json));
	case JSON_REAL:
		return jk_value_float(json_real_value(json));
	case JSON_STRING:
		jk_strbuf_add(run, &buf, json_string_value(json),
		    json_string_length(json), content);
		return jk_strbuf_take(run, &buf);
	case JSON_ARRAY:
		jk_jinja_deeper(run);
		seq = jk_seq_new(run, JK_SEQ_LIST, json_array_size(json));
		json_array_foreach(json, i, item)
			jk_seq_add(run, seq, jk_value_from_json(run, item,
			    content));
		run->depth--;
		return jk_value_seq(seq);
	case JSON_OBJECT:
		jk_jinja_deeper(run);
		dict = jk_dict_new(run, json_object_size(json));
		json_object_foreach((json_t *)json, key, item) {
			struct jk_strbuf k = { 0 };

			jk_strbuf_add(run, &k, key, strlen(key), content);
			jk_dict_append(run, dict, jk_strbuf_take(run, &k),
			    jk_value_from_json(run, item, content));
		}
		run->depth--;
		return jk_value_dict(dict);
	}
	jk_jinja_fail(run, "unknown kind of JSON value");
}
