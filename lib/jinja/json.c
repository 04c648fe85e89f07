/* Values from JSON, and into it. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "jinja/json.h"
#include "jinja/container.h"
#include "jinja/print.h"
#include "jinja/sort.h"
#include "jinja/str.h"

struct jk_value
jk_value_from_json(struct jk_jinja_run *run, const json_t *json,
    unsigned origin)
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
		    json_string_length(json), origin);
		return jk_strbuf_take(run, &buf);
	case JSON_ARRAY:
		jk_jinja_deeper(run);
		seq = jk_seq_new(run, JK_SEQ_LIST, json_array_size(json));
		json_array_foreach(json, i, item)
			jk_seq_add(run, seq, jk_value_from_json(run, item,
			    origin));
		run->depth--;
		return jk_value_seq(seq);
	case JSON_OBJECT:
		jk_jinja_deeper(run);
		dict = jk_dict_new(run, json_object_size(json));
		json_object_foreach((json_t *)json, key, item) {
			struct jk_strbuf k = { 0 };

			jk_strbuf_add(run, &k, key, strlen(key), origin);
			jk_dict_append(run, dict, jk_strbuf_take(run, &k),
			    jk_value_from_json(run, item, origin));
		}
		run->depth--;
		return jk_value_dict(dict);
	}
	jk_jinja_fail(run, "unknown kind of JSON value");
}

/* --- json.dumps */

struct dumper {
	struct jk_strbuf out;
	bool ensure_ascii, sort_keys;
	const struct jk_str *indent;	/* one level of it, or NULL */
	const struct jk_str *item, *key;	/* separators */
};

static void
dump_string(struct jk_jinja_run *run, struct dumper *dumper,
    const struct jk_str *str)
{
	static const char named[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
	char escape[16];
	size_t at = 0, len;
	uint32_t code;
	const char *p;

	jk_strbuf_adds(run, &dumper->out, "\"");
	for (; at < str->n; at += len) {
		const unsigned origin = jk_str_origin(str, at);

		len = jk_utf8_decode(str->s + at, str->n - at, &code);
		p = code && code < 0x80 ? strchr(named, (int)code) : NULL;
		if (p)
			snprintf(escape, sizeof escape, "\\%c",
			    letters[p - named]);
		else if (code < 0x20 || (dumper->ensure_ascii && code >= 0x7f &&
		    code < 0x10000))
			snprintf(escape, sizeof escape, "\\u%04x",
			    (unsigned)code);
		else if (dumper->ensure_ascii && code >= 0x10000)
			snprintf(escape, sizeof escape, "\\u%04x\\u%04x",
			    (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
			    (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
		else {
			jk_strbuf_add(run, &dumper->out, str->s + at, len,
			    origin);
			continue;
		}
		jk_strbuf_add(run, &dumper->out, escape, strlen(escape),
		    origin);
	}
	jk_strbuf_adds(run, &dumper->out, "\"");
}

static void
dump_real(struct jk_jinja_run *run, struct dumper *dumper, double x)
{
	if (isnan(x))
		jk_strbuf_adds(run, &dumper->out, "NaN");
	else if (isinf(x))
		jk_strbuf_adds(run, &dumper->out, x < 0 ? "-Infinity" :
		    "Infinity");
	else
		jk_strbuf_add_real(run, &dumper->out, x);
}

static void
dump_newline(struct jk_jinja_run *run, struct dumper *dumper, unsigned level)
{
	if (!dumper->indent)
		return;
	jk_strbuf_adds(run, &dumper->out, "\n");
	while (level--)
		jk_strbuf_add_str(run, &dumper->out, dumper->indent);
}

static void
dump_key(struct jk_jinja_run *run, struct dumper *dumper, struct jk_value key)
{
	struct jk_strbuf buf = { 0 };

	switch (key.type) {
	case JK_VALUE_STR:
		dump_string(run, dumper, key.str);
		return;
	case JK_VALUE_NONE:
		jk_strbuf_adds(run, &dumper->out, "\"null\"");
		return;
	case JK_VALUE_BOOL:
		jk_strbuf_adds(run, &dumper->out, key.boolean ? "\"true\"" :
		    "\"false\"");
		return;
	case JK_VALUE_INT:
	case JK_VALUE_FLOAT:
		if (key.type == JK_VALUE_INT) {
			jk_strbuf_add_int(run, &buf, key.integer);
		} else {
			struct dumper number = { 0 };

			dump_real(run, &number, key.real);
			buf = number.out;
		}
		dump_string(run, dumper, jk_strbuf_take(run, &buf).str);
		return;
	default:
		jk_jinja_fail(run,
		    "keys must be str, int, float, bool or None, not %s",
		    jk_value_type_name(key));
	}
}

static void dump(struct jk_jinja_run *run, struct dumper *dumper,
    struct jk_value v, unsigned level);

static void
dump_dict(struct jk_jinja_run *run, struct dumper *dumper,
    const struct jk_dict *dict, unsigned level)
{
	struct jk_value items;
	size_t i;

	if (!dict->n) {
		jk_strbuf_adds(run, &dumper->out, "{}");
		return;
	}
	items = jk_dict_view(run, dict, JK_SEQ_ITEMS);
	if (dumper->sort_keys)
		jk_seq_sort(run, items.seq, jk_dict_view(run, dict,
		    JK_SEQ_KEYS).seq, false);
	jk_strbuf_adds(run, &dumper->out, "{");
	for (i = 0; i < items.seq->n; i++) {
		const struct jk_value *pair = items.seq->v[i].seq->v;

		if (i)
			jk_strbuf_add_str(run, &dumper->out, dumper->item);
		dump_newline(run, dumper, level + 1);
		dump_key(run, dumper, pair[0]);
		jk_strbuf_add_str(run, &dumper->out, dumper->key);
		dump(run, dumper, pair[1], level + 1);
	}
	dump_newline(run, dumper, level);
	jk_strbuf_adds(run, &dumper->out, "}");
}

static void
dump_list(struct jk_jinja_run *run, struct dumper *dumper,
    const struct jk_seq *seq, unsigned level)
{
	size_t i;

	if (!seq->n) {
		jk_strbuf_adds(run, &dumper->out, "[]");
		return;
	}
	jk_strbuf_adds(run, &dumper->out, "[");
	for (i = 0; i < seq->n; i++) {
		if (i)
			jk_strbuf_add_str(run, &dumper->out, dumper->item);
		dump_newline(run, dumper, level + 1);
		dump(run, dumper, seq->v[i], level + 1);
	}
	dump_newline(run, dumper, level);
	jk_strbuf_adds(run, &dumper->out, "]");
}

static void
dump(struct jk_jinja_run *run, struct dumper *dumper, struct jk_value value,
    unsigned level)
{
	jk_jinja_spend(run, 1);
	jk_jinja_deeper(run);
	switch (value.type) {
	case JK_VALUE_NONE:
		jk_strbuf_adds(run, &dumper->out, "null");
		break;
	case JK_VALUE_BOOL:
		jk_strbuf_adds(run, &dumper->out, value.boolean ? "true" :
		    "false");
		break;
	case JK_VALUE_INT:
		jk_strbuf_add_int(run, &dumper->out, value.integer);
		break;
	case JK_VALUE_FLOAT:
		dump_real(run, dumper, value.real);
		break;
	case JK_VALUE_STR:
		dump_string(run, dumper, value.str);
		break;
	case JK_VALUE_DICT:
		dump_dict(run, dumper, value.dict, level);
		break;
	case JK_VALUE_SEQ:
		if (value.seq->kind == JK_SEQ_LIST || value.seq->kind ==
		    JK_SEQ_TUPLE) {
			dump_list(run, dumper, value.seq, level);
			break;
		}
		/* fallthrough */
	default:
		jk_jinja_fail(run, "Object of type %s is not JSON serializable",
		    jk_value_type_name(value));
	}
	run->depth--;
}

static const struct jk_str *
separator(struct jk_jinja_run *run, struct jk_value value)
{
	if (value.type != JK_VALUE_STR)
		jk_jinja_fail(run, "tojson: separators must be two strings");
	return value.str;
}

/* One level of indentation, from the argument; NULL: none. */
static const struct jk_str *
indentation(struct jk_jinja_run *run, struct jk_value indent)
{
	struct jk_strbuf buf = { 0 };
	int64_t n;

	if (!jk_value_is_given(indent))
		return NULL;
	if (indent.type == JK_VALUE_STR)
		return indent.str;
	if (!jk_value_is_whole(indent))
		jk_jinja_fail(run, "tojson: indent must be a number or a "
		    "string");
	for (n = jk_value_whole(indent); n > 0; n--)
		jk_strbuf_adds(run, &buf, " ");
	return jk_strbuf_take(run, &buf).str;
}

struct jk_value
jk_jinja_tojson(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct dumper dumper = { .ensure_ascii = jk_value_is_true(call->arg[0]),
	    .indent = indentation(run, call->arg[1]),
	    .sort_keys = jk_value_is_true(call->arg[3]) };
	const struct jk_seq *pair;

	dumper.item = jk_value_cstr(run, dumper.indent ? "," : ", ").str;
	dumper.key = jk_value_cstr(run, ": ").str;
	if (jk_value_is_given(call->arg[2])) {
		pair = jk_value_iterate(run, call->arg[2]);
		if (pair->n != 2)
			jk_jinja_fail(run, "tojson: separators must be two "
			    "strings");
		dumper.item = separator(run, pair->v[0]);
		dumper.key = separator(run, pair->v[1]);
	}
	dump(run, &dumper, call->self, 0);
	return jk_strbuf_take(run, &dumper.out);
}
