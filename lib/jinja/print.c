/* str() and repr(). */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "jinja/print.h"
#include "jinja/str.h"

/*
 * repr() of a float: the fewest digits that read back the same, in fixed
 * notation for exponents -4 to 15, else with an exponent of two digits or
 * more.  Source: the documentation of float.__repr__ (format code 'r').
 */
void
jk_strbuf_add_real(struct jk_jinja_run *run, struct jk_strbuf *buf, double x)
{
	char s[64], digits[32];
	int precision, exponent, n = 0, i;
	char *e;

	if (isnan(x)) {
		jk_strbuf_adds(run, buf, "nan");
		return;
	}
	if (isinf(x)) {
		jk_strbuf_adds(run, buf, x < 0 ? "-inf" : "inf");
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
		jk_strbuf_adds(run, buf, "-");
	if (exponent < -4 || exponent >= 16) {
		jk_strbuf_add(run, buf, digits, 1, JK_FROM_TEMPLATE);
		if (n > 1) {
			jk_strbuf_adds(run, buf, ".");
			jk_strbuf_add(run, buf, digits + 1, (size_t)n - 1,
			    JK_FROM_TEMPLATE);
		}
		snprintf(s, sizeof s, "e%c%02d", exponent < 0 ? '-' : '+',
		    abs(exponent));
		jk_strbuf_adds(run, buf, s);
		return;
	}
	if (exponent < 0) {
		jk_strbuf_adds(run, buf, "0.");
		for (i = -1; i > exponent; i--)
			jk_strbuf_adds(run, buf, "0");
		jk_strbuf_add(run, buf, digits, (size_t)n, JK_FROM_TEMPLATE);
		return;
	}
	for (i = 0; i <= exponent; i++)
		jk_strbuf_add(run, buf, i < n ? &digits[i] : "0", 1,
		    JK_FROM_TEMPLATE);
	jk_strbuf_adds(run, buf, ".");
	if (n > exponent + 1)
		jk_strbuf_add(run, buf, digits + exponent + 1,
		    (size_t)(n - exponent - 1), JK_FROM_TEMPLATE);
	else
		jk_strbuf_adds(run, buf, "0");
}

void
jk_strbuf_add_int(struct jk_jinja_run *run, struct jk_strbuf *buf, int64_t i)
{
	char s[32];

	snprintf(s, sizeof s, "%lld", (long long)i);
	jk_strbuf_adds(run, buf, s);
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
add_quoted(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str)
{
	const char *quote = str->n && memchr(str->s, '\'', str->n) &&
	    !memchr(str->s, '"', str->n) ? "\"" : "'";
	char escape[16];
	size_t at = 0, len;
	uint32_t code;

	if (str->markup)
		jk_strbuf_adds(run, buf, "Markup(");
	jk_strbuf_adds(run, buf, quote);
	for (; at < str->n; at += len) {
		const unsigned origin = jk_str_origin(str, at);

		len = jk_utf8_decode(str->s + at, str->n - at, &code);
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
			jk_strbuf_add(run, buf, str->s + at, len, origin);
		else if (code < 0x100)
			snprintf(escape, sizeof escape, "\\x%02x",
			    (unsigned)code);
		else if (code < 0x10000)
			snprintf(escape, sizeof escape, "\\u%04x",
			    (unsigned)code);
		else
			snprintf(escape, sizeof escape, "\\U%08x",
			    (unsigned)code);
		jk_strbuf_add(run, buf, escape, strlen(escape), origin);
	}
	jk_strbuf_adds(run, buf, quote);
	if (str->markup)
		jk_strbuf_adds(run, buf, ")");
}

static void
add_seq(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_seq *seq)
{
	static const char *const open[] = { "[", "(", "range(", "dict_keys([",
	    "dict_values([", "dict_items([" };
	static const char *const close[] = { "]", ")", ")", "])", "])", "])" };
	size_t i;

	if (seq->kind == JK_SEQ_ITERATOR)
		jk_jinja_fail(run, "printing a generator is not supported "
		    "(use |list or |join)");
	if (seq->kind == JK_SEQ_RANGE)
		jk_jinja_fail(run, "printing a range is not supported");
	jk_strbuf_adds(run, buf, open[seq->kind]);
	for (i = 0; i < seq->n; i++) {
		if (i)
			jk_strbuf_adds(run, buf, ", ");
		jk_strbuf_add_repr(run, buf, seq->v[i]);
	}
	if (seq->kind == JK_SEQ_TUPLE && seq->n == 1)
		jk_strbuf_adds(run, buf, ",");
	jk_strbuf_adds(run, buf, close[seq->kind]);
}

static void
add_dict(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_dict *dict)
{
	size_t i;

	jk_strbuf_adds(run, buf, "{");
	for (i = 0; i < dict->n; i++) {
		if (i)
			jk_strbuf_adds(run, buf, ", ");
		jk_strbuf_add_repr(run, buf, dict->v[i].key);
		jk_strbuf_adds(run, buf, ": ");
		jk_strbuf_add_repr(run, buf, dict->v[i].value);
	}
	jk_strbuf_adds(run, buf, "}");
}

void
jk_strbuf_add_repr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value)
{
	jk_jinja_spend(run, 1);
	jk_jinja_deeper(run);
	switch (value.type) {
	case JK_VALUE_ABSENT:
	case JK_VALUE_UNDEFINED:
		jk_strbuf_adds(run, buf, "Undefined");
		break;
	case JK_VALUE_NONE:
		jk_strbuf_adds(run, buf, "None");
		break;
	case JK_VALUE_BOOL:
		jk_strbuf_adds(run, buf, value.boolean ? "True" : "False");
		break;
	case JK_VALUE_INT:
		jk_strbuf_add_int(run, buf, value.integer);
		break;
	case JK_VALUE_FLOAT:
		jk_strbuf_add_real(run, buf, value.real);
		break;
	case JK_VALUE_STR:
		add_quoted(run, buf, value.str);
		break;
	case JK_VALUE_SEQ:
		add_seq(run, buf, value.seq);
		break;
	case JK_VALUE_DICT:
		add_dict(run, buf, value.dict);
		break;
	case JK_VALUE_NAMESPACE:
		jk_strbuf_adds(run, buf, "<Namespace ");
		add_dict(run, buf, value.dict);
		jk_strbuf_adds(run, buf, ">");
		break;
	case JK_VALUE_MACRO:
	case JK_VALUE_LOOP:
	case JK_VALUE_FUNCTION:
	case JK_VALUE_METHOD:
		jk_jinja_fail(run,
		    "printing a value of type '%s' is not supported",
		    jk_value_type_name(value));
	}
	run->depth--;
}

void
jk_strbuf_add_string(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value)
{
	if (value.type == JK_VALUE_STR)
		jk_strbuf_add_str(run, buf, value.str);
	else if (value.type != JK_VALUE_UNDEFINED && value.type !=
	    JK_VALUE_ABSENT)
		jk_strbuf_add_repr(run, buf, value);
}

struct jk_value
jk_value_string(struct jk_jinja_run *run, struct jk_value value)
{
	struct jk_strbuf buf = { 0 };

	if (value.type == JK_VALUE_STR)
		return value;
	jk_strbuf_add_string(run, &buf, value);
	return jk_strbuf_take(run, &buf);
}
