/*
 * Upper and lower case, kinds of characters, replacing.
 * Source: the Unicode standard, section 5.18 and SpecialCasing.txt, through
 * the documentation of Python's str.
 */

#include <string.h>
#include <utf8proc.h>

#include "jinja/call.h"
#include "jinja/case.h"

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
ends_word(const struct jk_jstr *s, size_t from, size_t to)
{
	uint32_t code = 0;
	size_t at = from;
	bool before = false;

	while (at > 0) {
		for (at--; ((unsigned char)s->s[at] & 0xc0) == 0x80;)
			at--;
		jk_utf8_decode(s->s + at, s->n - at, &code);
		if (is_case_ignorable(code))
			continue;
		before = is_cased(code);
		break;
	}
	if (!before)
		return false;
	for (at = to; at < s->n;) {
		at += jk_utf8_decode(s->s + at, s->n - at, &code);
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
add_upper(struct jk_ji *j, struct jk_jbuf *b, uint32_t code, bool content,
    bool title)
{
	const struct jk_special_case *c = code < 0x80 ? NULL : special(code);
	utf8proc_int32_t x = (utf8proc_int32_t)code;
	size_t i;

	if (!c) {
		jk_jbuf_code(j, b, (uint32_t)(title ? utf8proc_totitle(x) :
		    utf8proc_toupper(x)), content);
		return;
	}
	for (i = 0; i < 3 && (title ? c->title : c->upper)[i]; i++)
		jk_jbuf_code(j, b, (title ? c->title : c->upper)[i], content);
}

static void
add_lower(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jstr *s,
    size_t from, size_t to, uint32_t code, bool content)
{
	if (code == 0x3a3) {
		jk_ji_steps(j, (to - from) + s->n / 64);
		jk_jbuf_code(j, b, ends_word(s, from, to) ? 0x3c2 : 0x3c3,
		    content);
	} else if (code == 0x130) {
		jk_jbuf_code(j, b, 'i', content);
		jk_jbuf_code(j, b, 0x307, content);
	} else {
		jk_jbuf_code(j, b, (uint32_t)utf8proc_tolower(
		    (utf8proc_int32_t)code), content);
	}
}

struct jk_jv
jk_jstr_case(struct jk_ji *j, const struct jk_jstr *s, enum jk_jcase to)
{
	struct jk_jbuf b = { 0 };
	bool after_cased = false, upper, title;
	size_t at = 0, end;
	uint32_t code;

	for (; at < s->n; at = end) {
		bool content = jk_jstr_is_content(s, at);

		end = at + jk_utf8_decode(s->s + at, s->n - at, &code);
		title = (to == CASE_TITLE && !after_cased) ||
		    (to == CASE_CAPITALIZE && at == 0);
		upper = to == CASE_UPPER ||
		    (to == CASE_SWAP && category(code) ==
		    UTF8PROC_CATEGORY_LL);
		if (to == CASE_TITLE)
			after_cased = is_cased(code);
		if (upper || title)
			add_upper(j, &b, code, content, title);
		else if (to != CASE_SWAP ||
		    category(code) == UTF8PROC_CATEGORY_LU)
			add_lower(j, &b, s, at, end, code, content);
		else
			jk_jbuf_code(j, &b, code, content);
	}
	return jk_jv_markup(j, jk_jbuf_take(j, &b), s->markup);
}

/* --- kinds of characters */

enum kind { ALPHA, DECIMAL, DIGIT, ALNUM, SPACE };

static bool
is_kind(struct jk_ji *j, uint32_t code, enum kind kind)
{
	utf8proc_category_t c = category(code);
	bool letter = c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;

	switch (kind) {
	case ALPHA:
		return letter;
	case DECIMAL:
		return c == UTF8PROC_CATEGORY_ND;
	case DIGIT:
		if (c == UTF8PROC_CATEGORY_NO)
			jk_ji_fail(j, "isdigit() of U+%04X is not supported",
			    (unsigned)code);
		return c == UTF8PROC_CATEGORY_ND;
	case ALNUM:
		return letter || c == UTF8PROC_CATEGORY_ND ||
		    c == UTF8PROC_CATEGORY_NL || c == UTF8PROC_CATEGORY_NO;
	default:
		return jk_code_is_space(code);
	}
}

static struct jk_jv
all_of_kind(struct jk_ji *j, const struct jk_jstr *s, enum kind kind)
{
	size_t at = 0;
	uint32_t code;

	jk_ji_steps(j, s->n / 64);
	while (at < s->n) {
		at += jk_utf8_decode(s->s + at, s->n - at, &code);
		if (!is_kind(j, code, kind))
			return jk_jv_bool(false);
	}
	return jk_jv_bool(s->n > 0);
}

#define IS(name, kind) \
	JK_JSTR_IS(name) \
	{ \
		(void)a; \
		(void)args; \
		return all_of_kind(j, self.str, kind); \
	}

IS(alpha, ALPHA)
IS(decimal, DECIMAL)
IS(digit, DIGIT)
IS(alnum, ALNUM)
IS(space, SPACE)

/* At least one cased character, and none of the other case. */
static struct jk_jv
all_of_case(struct jk_ji *j, const struct jk_jstr *s, bool want_upper)
{
	bool any = false;
	size_t at = 0;
	uint32_t code;

	jk_ji_steps(j, s->n / 64);
	while (at < s->n) {
		at += jk_utf8_decode(s->s + at, s->n - at, &code);
		switch (category(code)) {
		case UTF8PROC_CATEGORY_LT:
			return jk_jv_bool(false);
		case UTF8PROC_CATEGORY_LU:
		case UTF8PROC_CATEGORY_LL:
			if ((category(code) == UTF8PROC_CATEGORY_LU) !=
			    want_upper)
				return jk_jv_bool(false);
			any = true;
			break;
		case UTF8PROC_CATEGORY_LM:
		case UTF8PROC_CATEGORY_NL:
		case UTF8PROC_CATEGORY_SO:
			/* some of these have a case, which utf8proc hides */
			jk_ji_fail(j, "the case of U+%04X is not supported",
			    (unsigned)code);
		default:
			if (code == 0xaa || code == 0xba)
				jk_ji_fail(j, "the case of U+%04X is not "
				    "supported", (unsigned)code);
		}
	}
	return jk_jv_bool(any);
}

JK_JSTR_IS(upper)
{
	(void)a;
	(void)args;
	return all_of_case(j, self.str, true);
}

JK_JSTR_IS(lower)
{
	(void)a;
	(void)args;
	return all_of_case(j, self.str, false);
}

/* --- replacing */

struct jk_jv
jk_jstr_replace(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *old, const struct jk_jstr *new, int64_t count)
{
	struct jk_jbuf b = { 0 };
	size_t at = 0, found;
	uint32_t code;

	while (count != 0) {
		if (old->n) {
			found = jk_jstr_find(j, s, old, at, s->n);
			if (found == SIZE_MAX)
				break;
			jk_jbuf_substr(j, &b, s, at, found);
			jk_jbuf_str(j, &b, new);
			at = found + old->n;
		} else {	/* before each character, and at the end */
			jk_jbuf_str(j, &b, new);
			if (at == s->n)
				break;
			found = at + jk_utf8_decode(s->s + at, s->n - at,
			    &code);
			jk_jbuf_substr(j, &b, s, at, found);
			at = found;
		}
		jk_ji_steps(j, 1);
		count -= count > 0;
	}
	jk_jbuf_substr(j, &b, s, at, s->n);
	return jk_jbuf_take(j, &b);
}

struct jk_jv
jk_jstr_escape(struct jk_ji *j, const struct jk_jstr *s)
{
	static const char from[] = "&<>'\"";
	static const char *const to[] = { "&amp;", "&lt;", "&gt;", "&#39;",
	    "&#34;" };
	struct jk_jbuf b = { 0 };
	const char *p;
	size_t at, done = 0;

	if (s->markup)
		return jk_jv_str(s);
	for (at = 0; at < s->n; at++) {
		p = s->s[at] ? strchr(from, s->s[at]) : NULL;
		if (!p)
			continue;
		jk_jbuf_substr(j, &b, s, done, at);
		jk_jbuf_add(j, &b, to[p - from], strlen(to[p - from]),
		    jk_jstr_is_content(s, at));
		done = at + 1;
	}
	jk_jbuf_substr(j, &b, s, done, s->n);
	return jk_jv_markup(j, jk_jbuf_take(j, &b), true);
}
