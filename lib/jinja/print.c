/* str(), repr() and json.dumps() of the Jinja interpreter's values. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "jinja/value.h"
#include "jinja/call.h"

/*
 * repr() of a float: the fewest digits that read back the same, in fixed
 * notation for exponents -4 to 15, else with an exponent of two digits or
 * more.  Source: the documentation of float.__repr__ (format code 'r').
 */
void
jk_jv_add_real(struct jk_ji *j, struct jk_jbuf *b, double x)
{
	char s[64], digits[32];
	int precision, exponent, n = 0, i;
	char *e;

	if (isnan(x)) {
		jk_jbuf_adds(j, b, "nan");
		return;
	}
	if (isinf(x)) {
		jk_jbuf_adds(j, b, x < 0 ? "-inf" : "inf");
		return;
	}
	for (precision = 0; precision < 17; precision++) {
		snprintf(s, sizeof s, "%.*e", precision, x);
		if (strtod(s, NULL) == x)
			break;
	}
	e = strchr(s, 'e');
	exponent = atoi(e + 1);
	for (i = 0; s + i < e; i++) {
		if (s[i] >= '0' && s[i] <= '9')
			digits[n++] = s[i];
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	if (signbit(x))
		jk_jbuf_adds(j, b, "-");
	if (exponent < -4 || exponent >= 16) {
		jk_jbuf_add(j, b, digits, 1, false);
		if (n > 1) {
			jk_jbuf_adds(j, b, ".");
			jk_jbuf_add(j, b, digits + 1, (size_t)n - 1, false);
		}
		snprintf(s, sizeof s, "e%c%02d", exponent < 0 ? '-' : '+',
		    abs(exponent));
		jk_jbuf_adds(j, b, s);
		return;
	}
	if (exponent < 0) {
		jk_jbuf_adds(j, b, "0.");
		for (i = -1; i > exponent; i--)
			jk_jbuf_adds(j, b, "0");
		jk_jbuf_add(j, b, digits, (size_t)n, false);
		return;
	}
	for (i = 0; i <= exponent; i++)
		jk_jbuf_add(j, b, i < n ? &digits[i] : "0", 1, false);
	jk_jbuf_adds(j, b, ".");
	if (n > exponent + 1)
		jk_jbuf_add(j, b, digits + exponent + 1,
		    (size_t)(n - exponent - 1), false);
	else
		jk_jbuf_adds(j, b, "0");
}

static void
add_int(struct jk_ji *j, struct jk_jbuf *b, int64_t i)
{
	char s[32];

	snprintf(s, sizeof s, "%lld", (long long)i);
	jk_jbuf_adds(j, b, s);
}

/* str.isprintable for one code point. */
static bool
is_printable(uint32_t code)
{
	if (code == ' ')
		return true;
	switch (utf8proc_category((utf8proc_int32_t)code)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_CN:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_ZS:
		return false;
	default:
		return true;
	}
}

static void
add_quoted(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jstr *s)
{
	const char *quote = s->n && memchr(s->s, '\'', s->n) &&
	    !memchr(s->s, '"', s->n) ? "\"" : "'";
	char escape[16];
	size_t at = 0, len;
	uint32_t code;

	if (s->markup)
		jk_jbuf_adds(j, b, "Markup(");
	jk_jbuf_adds(j, b, quote);
	for (; at < s->n; at += len) {
		bool content = jk_jstr_is_content(s, at);

		len = jk_utf8_decode(s->s + at, s->n - at, &code);
		escape[0] = '\0';
		if (code == '\\' || code == (uint32_t)*quote)
			snprintf(escape, sizeof escape, "\\%c", (char)code);
		else if (code == '\n')
			strcpy(escape, "\\n");
		else if (code == '\r')
			strcpy(escape, "\\r");
		else if (code == '\t')
			strcpy(escape, "\\t");
		else if (is_printable(code))
			jk_jbuf_add(j, b, s->s + at, len, content);
		else if (code < 0x100)
			snprintf(escape, sizeof escape, "\\x%02x",
			    (unsigned)code);
		else if (code < 0x10000)
			snprintf(escape, sizeof escape, "\\u%04x",
			    (unsigned)code);
		else
			snprintf(escape, sizeof escape, "\\U%08x",
			    (unsigned)code);
		jk_jbuf_add(j, b, escape, strlen(escape), content);
	}
	jk_jbuf_adds(j, b, quote);
	if (s->markup)
		jk_jbuf_adds(j, b, ")");
}

static void
add_seq(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jseq *s)
{
	static const char *const open[] = { "[", "(", "range(", "dict_keys([",
	    "dict_values([", "dict_items([" };
	static const char *const close[] = { "]", ")", ")", "])", "])", "])" };
	size_t i;

	if (s->kind == SEQ_ITERATOR)
		jk_ji_fail(j, "printing a generator is not supported "
		    "(use |list or |join)");
	if (s->kind == SEQ_RANGE)
		jk_ji_fail(j, "printing a range is not supported");
	jk_jbuf_adds(j, b, open[s->kind]);
	for (i = 0; i < s->n; i++) {
		if (i)
			jk_jbuf_adds(j, b, ", ");
		jk_jv_add_repr(j, b, s->v[i]);
	}
	if (s->kind == SEQ_TUPLE && s->n == 1)
		jk_jbuf_adds(j, b, ",");
	jk_jbuf_adds(j, b, close[s->kind]);
}

static void
add_dict(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jdict *d)
{
	size_t i;

	jk_jbuf_adds(j, b, "{");
	for (i = 0; i < d->n; i++) {
		if (i)
			jk_jbuf_adds(j, b, ", ");
		jk_jv_add_repr(j, b, d->v[i].key);
		jk_jbuf_adds(j, b, ": ");
		jk_jv_add_repr(j, b, d->v[i].value);
	}
	jk_jbuf_adds(j, b, "}");
}

void
jk_jv_add_repr(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v)
{
	jk_ji_steps(j, 1);
	jk_ji_deeper(j);
	switch (v.type) {
	case JV_ABSENT:
	case JV_UNDEFINED:
		jk_jbuf_adds(j, b, "Undefined");
		break;
	case JV_NONE:
		jk_jbuf_adds(j, b, "None");
		break;
	case JV_BOOL:
		jk_jbuf_adds(j, b, v.boolean ? "True" : "False");
		break;
	case JV_INT:
		add_int(j, b, v.integer);
		break;
	case JV_FLOAT:
		jk_jv_add_real(j, b, v.real);
		break;
	case JV_STR:
		add_quoted(j, b, v.str);
		break;
	case JV_SEQ:
		add_seq(j, b, v.seq);
		break;
	case JV_DICT:
		add_dict(j, b, v.dict);
		break;
	case JV_NAMESPACE:
		jk_jbuf_adds(j, b, "<Namespace ");
		add_dict(j, b, v.dict);
		jk_jbuf_adds(j, b, ">");
		break;
	case JV_MACRO:
	case JV_LOOP:
	case JV_FUNCTION:
	case JV_METHOD:
		jk_ji_fail(j, "printing a value of type '%s' is not supported",
		    jk_jv_type_name(v));
	}
	j->depth--;
}

void
jk_jv_add_string(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v)
{
	if (v.type == JV_STR)
		jk_jbuf_str(j, b, v.str);
	else if (v.type != JV_UNDEFINED && v.type != JV_ABSENT)
		jk_jv_add_repr(j, b, v);
}

struct jk_jv
jk_jv_string(struct jk_ji *j, struct jk_jv v)
{
	struct jk_jbuf b = { 0 };

	if (v.type == JV_STR)
		return v;
	jk_jv_add_string(j, &b, v);
	return jk_jbuf_take(j, &b);
}

/* --- JSON */

struct dump {
	struct jk_jbuf out;
	bool ensure_ascii, sort_keys;
	bool indented;
	const struct jk_jstr *indent;	/* one level of it */
	const struct jk_jstr *item, *key;	/* separators */
};

static void
dump_string(struct jk_ji *j, struct dump *d, const struct jk_jstr *s)
{
	static const char named[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
	char escape[16];
	size_t at = 0, len;
	uint32_t code;
	const char *p;

	jk_jbuf_adds(j, &d->out, "\"");
	for (; at < s->n; at += len) {
		bool content = jk_jstr_is_content(s, at);

		len = jk_utf8_decode(s->s + at, s->n - at, &code);
		p = code && code < 0x80 ? strchr(named, (int)code) : NULL;
		if (p)
			snprintf(escape, sizeof escape, "\\%c",
			    letters[p - named]);
		else if (code < 0x20 || (d->ensure_ascii && code >= 0x7f &&
		    code < 0x10000))
			snprintf(escape, sizeof escape, "\\u%04x",
			    (unsigned)code);
		else if (d->ensure_ascii && code >= 0x10000)
			snprintf(escape, sizeof escape, "\\u%04x\\u%04x",
			    (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
			    (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
		else {
			jk_jbuf_add(j, &d->out, s->s + at, len, content);
			continue;
		}
		jk_jbuf_add(j, &d->out, escape, strlen(escape), content);
	}
	jk_jbuf_adds(j, &d->out, "\"");
}

static void
dump_real(struct jk_ji *j, struct dump *d, double x)
{
	if (isnan(x))
		jk_jbuf_adds(j, &d->out, "NaN");
	else if (isinf(x))
		jk_jbuf_adds(j, &d->out, x < 0 ? "-Infinity" : "Infinity");
	else
		jk_jv_add_real(j, &d->out, x);
}

static void
dump_newline(struct jk_ji *j, struct dump *d, unsigned level)
{
	if (!d->indented)
		return;
	jk_jbuf_adds(j, &d->out, "\n");
	while (level--)
		jk_jbuf_str(j, &d->out, d->indent);
}

static void
dump_key(struct jk_ji *j, struct dump *d, struct jk_jv key)
{
	struct jk_jbuf b = { 0 };

	switch (key.type) {
	case JV_STR:
		dump_string(j, d, key.str);
		return;
	case JV_NONE:
		jk_jbuf_adds(j, &d->out, "\"null\"");
		return;
	case JV_BOOL:
		jk_jbuf_adds(j, &d->out, key.boolean ? "\"true\"" :
		    "\"false\"");
		return;
	case JV_INT:
	case JV_FLOAT:
		if (key.type == JV_INT) {
			add_int(j, &b, key.integer);
		} else {
			struct dump number = { 0 };

			dump_real(j, &number, key.real);
			b = number.out;
		}
		dump_string(j, d, jk_jbuf_take(j, &b).str);
		return;
	default:
		jk_ji_fail(j, "keys must be str, int, float, bool or None, "
		    "not %s", jk_jv_type_name(key));
	}
}

static void dump(struct jk_ji *j, struct dump *d, struct jk_jv v,
    unsigned level);

static void
dump_dict(struct jk_ji *j, struct dump *d, const struct jk_jdict *dict,
    unsigned level)
{
	struct jk_jv items;
	size_t i;

	if (!dict->n) {
		jk_jbuf_adds(j, &d->out, "{}");
		return;
	}
	items = jk_jv_view(j, dict, SEQ_ITEMS);
	if (d->sort_keys)
		jk_jv_sort(j, items.seq, jk_jv_view(j, dict, SEQ_KEYS).seq,
		    false);
	jk_jbuf_adds(j, &d->out, "{");
	for (i = 0; i < items.seq->n; i++) {
		const struct jk_jv *pair = items.seq->v[i].seq->v;

		if (i)
			jk_jbuf_str(j, &d->out, d->item);
		dump_newline(j, d, level + 1);
		dump_key(j, d, pair[0]);
		jk_jbuf_str(j, &d->out, d->key);
		dump(j, d, pair[1], level + 1);
	}
	dump_newline(j, d, level);
	jk_jbuf_adds(j, &d->out, "}");
}

static void
dump_list(struct jk_ji *j, struct dump *d, const struct jk_jseq *s,
    unsigned level)
{
	size_t i;

	if (!s->n) {
		jk_jbuf_adds(j, &d->out, "[]");
		return;
	}
	jk_jbuf_adds(j, &d->out, "[");
	for (i = 0; i < s->n; i++) {
		if (i)
			jk_jbuf_str(j, &d->out, d->item);
		dump_newline(j, d, level + 1);
		dump(j, d, s->v[i], level + 1);
	}
	dump_newline(j, d, level);
	jk_jbuf_adds(j, &d->out, "]");
}

static void
dump(struct jk_ji *j, struct dump *d, struct jk_jv v, unsigned level)
{
	jk_ji_steps(j, 1);
	jk_ji_deeper(j);
	switch (v.type) {
	case JV_NONE:
		jk_jbuf_adds(j, &d->out, "null");
		break;
	case JV_BOOL:
		jk_jbuf_adds(j, &d->out, v.boolean ? "true" : "false");
		break;
	case JV_INT:
		add_int(j, &d->out, v.integer);
		break;
	case JV_FLOAT:
		dump_real(j, d, v.real);
		break;
	case JV_STR:
		dump_string(j, d, v.str);
		break;
	case JV_DICT:
		dump_dict(j, d, v.dict, level);
		break;
	case JV_SEQ:
		if (v.seq->kind == SEQ_LIST || v.seq->kind == SEQ_TUPLE) {
			dump_list(j, d, v.seq, level);
			break;
		}
		/* fallthrough */
	default:
		jk_ji_fail(j, "Object of type %s is not JSON serializable",
		    jk_jv_type_name(v));
	}
	j->depth--;
}

static const struct jk_jstr *
separator(struct jk_ji *j, struct jk_jv v)
{
	if (v.type != JV_STR)
		jk_ji_fail(j, "tojson: separators must be two strings");
	return v.str;
}

struct jk_jv
jk_jv_tojson(struct jk_ji *j, struct jk_jv v, const struct jk_jargs *args)
{
	struct jk_jv a[4];
	struct jk_jbuf b = { 0 };
	struct dump d = { 0 };
	struct jk_jseq *pair;
	int64_t n;

	jk_ji_bind(j, "tojson", "ensure_ascii indent separators sort_keys", 0,
	    args, a);
	d.ensure_ascii = jk_jv_truth(a[0]);
	d.sort_keys = jk_jv_truth(a[3]);
	if (a[1].type == JV_STR) {
		d.indented = true;
		d.indent = a[1].str;
	} else if (a[1].type == JV_INT || a[1].type == JV_BOOL) {
		d.indented = true;
		for (n = jk_ji_int(j, a[1], "indent"); n > 0; n--)
			jk_jbuf_adds(j, &b, " ");
		d.indent = jk_jbuf_take(j, &b).str;
	} else if (a[1].type != JV_ABSENT && a[1].type != JV_NONE) {
		jk_ji_fail(j, "tojson: indent must be a number or a string");
	}
	d.item = jk_jv_cstr(j, d.indented ? "," : ", ").str;
	d.key = jk_jv_cstr(j, ": ").str;
	if (a[2].type != JV_ABSENT && a[2].type != JV_NONE) {
		pair = jk_jv_iterate(j, a[2]);
		if (pair->n != 2)
			jk_ji_fail(j, "tojson: separators must be two strings");
		d.item = separator(j, pair->v[0]);
		d.key = separator(j, pair->v[1]);
	}
	dump(j, &d, v, 0);
	return jk_jbuf_take(j, &d.out);
}
