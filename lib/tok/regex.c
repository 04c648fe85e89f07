#include "tok/regex.h"

#include <string.h>

/* White_Space, as the inside of a class. */
#define WHITE_SPACE "\\x{9}-\\x{d}\\x{85}\\p{Z}"

static int
unsupported(const char *at, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "unsupported in a regular expression: "
	    "%.8s", at);
}

/* An escape, at the backslash; returns its length, 0 if not accepted. */
static size_t
translate_escape(const char *p, bool in_class, struct jk_buf *out)
{
	const char *close;
	char c = p[1];
	size_t n;

	switch (c) {
	case 's':
		jk_buf_adds(out, in_class ? WHITE_SPACE :
		    "[" WHITE_SPACE "]");
		return 2;
	case 'S':
		if (in_class)
			return 0;
		jk_buf_adds(out, "[^" WHITE_SPACE "]");
		return 2;
	case 'p':
	case 'P':
	case 'x':
		if (c == 'x' && p[2] != '{') {
			if (!p[2] || !p[3])
				return 0;
			n = 4;
		} else {
			close = p[2] == '{' ? strchr(p, '}') : NULL;
			if (!close)
				return 0;
			n = (size_t)(close - p) + 1;
		}
		jk_buf_add(out, p, n);
		return n;
	default:
		/* letters and digits mean something; the rest itself */
		if (c == '\0' || (unsigned char)c >= 0x80)
			return 0;
		if (((c | 32) >= 'a' && (c | 32) <= 'z') ||
		    (c >= '0' && c <= '9')) {
			if (!strchr("dDrntf", c))
				return 0;
		}
		jk_buf_add(out, p, 2);
		return 2;
	}
}

/* A class, at its '['.  A class in it, not negated, is what it holds. */
static int
translate_class(const char **at, struct jk_buf *out, struct jk_err *err)
{
	const char *p = *at;
	bool inside = false;
	size_t n;

	jk_buf_addc(out, *p++);
	if (*p == '^')
		jk_buf_addc(out, *p++);
	if (*p == ']')
		return unsupported(*at, err);
	for (; *p != ']' || inside; p += n) {
		n = 1;
		/* classes in classes and && are Oniguruma's own */
		if (*p == '\0' || (p[0] == '&' && p[1] == '&') ||
		    (*p == '[' && (inside || strchr("^:]", p[1]))))
			return unsupported(*at, err);
		if (*p == '[' || *p == ']') {
			inside = *p == '[';
			/* what is no range now would become one */
			if (p[-1] == '-' || p[1] == '-')
				return unsupported(*at, err);
		} else if (*p == '\\') {
			n = translate_escape(p, true, out);
			if (n == 0)
				return unsupported(p, err);
		} else {
			jk_buf_addc(out, *p);
		}
	}
	jk_buf_addc(out, ']');
	*at = p + 1;
	return 0;
}

/* A quantifier's braces: {m}, {m,} or {m,n}, without '+' behind. */
static size_t
brace_len(const char *p)
{
	size_t n = 1 + strspn(p + 1, "0123456789");

	if (n == 1)
		return 0;
	if (p[n] == ',')
		n += 1 + strspn(p + n + 1, "0123456789");
	return p[n] == '}' && p[n + 1] != '+' ? n + 1 : 0;
}

int
jk_regex_translate(const char *pattern, struct jk_buf *out,
    struct jk_err *err)
{
	static const char *const groups[] = { "(?:", "(?i:", "(?=", "(?!",
		"(?<=", "(?<!" };
	const char *p = pattern;
	size_t n, i;

	while (*p) {
		switch (*p) {
		case '[':
			if (translate_class(&p, out, err) < 0)
				return -1;
			continue;
		case '\\':
			n = translate_escape(p, false, out);
			if (n == 0)
				return unsupported(p, err);
			p += n;
			continue;
		case '(':
			n = 1;
			for (i = 0; i < sizeof groups / sizeof *groups; i++)
				if (strncmp(p, groups[i],
				    strlen(groups[i])) == 0)
					n = strlen(groups[i]);
			/* PCRE2 has verbs: (*ACCEPT) */
			if (n == 1 && (p[1] == '?' || p[1] == '*'))
				return unsupported(p, err);
			break;
		case '{':
			n = brace_len(p);
			if (n == 0)
				return unsupported(p, err);
			break;
		case '^':
			/* Oniguruma's matches at every line */
			return unsupported(p, err);
		case '$':
			/* and this, too */
			jk_buf_adds(out, "(?![^\\n])");
			p++;
			continue;
		default:
			n = 1;
		}
		jk_buf_add(out, p, n);
		p += n;
	}
	return jk_buf_check(out, err);
}
