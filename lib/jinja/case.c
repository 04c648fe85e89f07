/*
 * Upper and lower case, kinds of characters.
 * Source: the Unicode standard, section 5.18 and SpecialCasing.txt, through
 * the documentation of Python's str.
 */

#include <utf8proc.h>

#include "base/buf.h"
#include "jinja/case.h"
#include "jinja/special_case.h"
#include "jinja/str.h"

static utf8proc_category_t
category(uint32_t code)
{
	return utf8proc_category((utf8proc_int32_t)code);
}

/* Cased, as Unicode defines it, by what utf8proc knows. */
static bool
is_cased(uint32_t code)
{
	switch (category(code)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
		return true;
	default:
		return code == 0xaa || code == 0xba ||
		    utf8proc_toupper((utf8proc_int32_t)code) !=
		    (utf8proc_int32_t)code ||
		    utf8proc_tolower((utf8proc_int32_t)code) !=
		    (utf8proc_int32_t)code;
	}
}

static bool
is_case_ignorable(uint32_t code)
{
	switch (category(code)) {
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_SK:
		return true;
	default:
		return code == '\'' || code == '.' || code == ':' ||
		    code == 0xb7 || code == 0x387 || code == 0x5f4 ||
		    code == 0x2018 || code == 0x2019 || code == 0x2024 ||
		    code == 0x2027 || code == 0xfe13 || code == 0xfe52 ||
		    code == 0xfe55 || code == 0xff07 || code == 0xff0e ||
		    code == 0xff1a;
	}
}

/* Does a small sigma at from..to end a word (Final_Sigma)? */
static bool
ends_word(const struct jk_str *str, size_t from, size_t to)
{
	uint32_t code = 0;
	size_t at = from;
	bool before = false;

	while (at > 0) {
		for (at--; ((unsigned char)str->s[at] & 0xc0) == 0x80;)
			at--;
		jk_utf8_decode(str->s + at, str->n - at, &code);
		if (is_case_ignorable(code))
			continue;
		before = is_cased(code);
		break;
	}
	if (!before)
		return false;
	for (at = to; at < str->n;) {
		at += jk_utf8_decode(str->s + at, str->n - at, &code);
		if (!is_case_ignorable(code))
			return !is_cased(code);
	}
	return true;
}

static const struct jk_special_case *
special(uint32_t code)
{
	size_t low = 0, high = JK_N_SPECIAL_CASES, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (JK_SPECIAL_CASES[mid].code == code)
			return &JK_SPECIAL_CASES[mid];
		if (JK_SPECIAL_CASES[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void
add_upper(struct jk_jinja_run *run, struct jk_strbuf *buf, uint32_t code,
    unsigned origin, bool title)
{
	const struct jk_special_case *c = code < 0x80 ? NULL : special(code);
	utf8proc_int32_t x = (utf8proc_int32_t)code;
	size_t i;

	if (!c) {
		jk_strbuf_add_code(run, buf, (uint32_t)(title ?
		    utf8proc_totitle(x) : utf8proc_toupper(x)), origin);
		return;
	}
	for (i = 0; i < 3 && (title ? c->title : c->upper)[i]; i++)
		jk_strbuf_add_code(run, buf, (title ? c->title : c->upper)[i],
		    origin);
}

static void
add_lower(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str, size_t from, size_t to, uint32_t code,
    unsigned origin)
{
	if (code == 0x3a3) {
		jk_jinja_spend(run, (to - from) + str->n / JK_JINJA_STEP_BYTES);
		jk_strbuf_add_code(run, buf, ends_word(str, from, to) ? 0x3c2 :
		    0x3c3, origin);
	} else if (code == 0x130) {
		jk_strbuf_add_code(run, buf, 'i', origin);
		jk_strbuf_add_code(run, buf, 0x307, origin);
	} else {
		jk_strbuf_add_code(run, buf, (uint32_t)utf8proc_tolower(
		    (utf8proc_int32_t)code), origin);
	}
}

struct jk_value
jk_str_to_case(struct jk_jinja_run *run, const struct jk_str *str,
    enum jk_case to)
{
	struct jk_strbuf buf = { 0 };
	bool after_cased = false, upper, title;
	size_t at = 0, end;
	uint32_t code;

	for (; at < str->n; at = end) {
		const unsigned origin = jk_str_origin(str, at);

		end = at + jk_utf8_decode(str->s + at, str->n - at, &code);
		title = (to == JK_CASE_TITLE && !after_cased) ||
		    (to == JK_CASE_CAPITALIZE && at == 0);
		upper = to == JK_CASE_UPPER ||
		    (to == JK_CASE_SWAP && category(code) ==
		    UTF8PROC_CATEGORY_LL);
		if (to == JK_CASE_TITLE)
			after_cased = is_cased(code);
		if (upper || title)
			add_upper(run, &buf, code, origin, title);
		else if (to != JK_CASE_SWAP ||
		    category(code) == UTF8PROC_CATEGORY_LU)
			add_lower(run, &buf, str, at, end, code, origin);
		else
			jk_strbuf_add_code(run, &buf, code, origin);
	}
	return jk_value_markup(run, jk_strbuf_take(run, &buf), str->markup);
}

/* --- kinds of characters */

static bool
is_of_kind(struct jk_jinja_run *run, uint32_t code, enum jk_str_kind kind)
{
	utf8proc_category_t c = category(code);
	bool letter = c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;

	switch (kind) {
	case JK_STR_ALPHA:
		return letter;
	case JK_STR_DECIMAL:
		return c == UTF8PROC_CATEGORY_ND;
	case JK_STR_DIGIT:
		if (c == UTF8PROC_CATEGORY_NO)
			jk_jinja_fail(run, "isdigit() of U+%04X is not "
			    "supported", (unsigned)code);
		return c == UTF8PROC_CATEGORY_ND;
	case JK_STR_ALNUM:
		return letter || c == UTF8PROC_CATEGORY_ND ||
		    c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
	default:
		return jk_code_is_space(code);
	}
}

/* Of upper (lower) case?  0: no, 1: yes, -1: it has no case. */
static int
has_case(struct jk_jinja_run *run, uint32_t code, bool upper)
{
	switch (category(code)) {
	case UTF8PROC_CATEGORY_LT:
		return 0;
	case UTF8PROC_CATEGORY_LU:
		return upper;
	case UTF8PROC_CATEGORY_LL:
		return !upper;
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_SO:
		/* some of these have a case, which utf8proc hides */
		break;
	default:
		if (code != 0xaa && code != 0xba)
			return -1;
	}
	jk_jinja_fail(run, "the case of U+%04X is not supported",
	    (unsigned)code);
}

bool
jk_str_is(struct jk_jinja_run *run, const struct jk_str *str,
    enum jk_str_kind kind)
{
	bool of_case = kind == JK_STR_UPPER || kind == JK_STR_LOWER;
	bool any = false;
	size_t at = 0;
	uint32_t code;
	int is;

	jk_jinja_spend(run, str->n / JK_JINJA_STEP_BYTES);
	while (at < str->n) {
		at += jk_utf8_decode(str->s + at, str->n - at, &code);
		is = of_case ? has_case(run, code, kind == JK_STR_UPPER) :
		    is_of_kind(run, code, kind);
		if (!is)
			return false;
		any |= is > 0;
	}
	return any;
}
