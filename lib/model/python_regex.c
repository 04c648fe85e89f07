#include "model/python_regex.h"

#include <string.h>

static size_t
escape_len(const char *p)
{
	const unsigned char c = (unsigned char)p[1];

	if ((c | 32) >= 'a' && (c | 32) <= 'z')
		return strchr("dDwWsSbBAZtnrfv", c) ? 2 : 0;
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') ? 2 : 0;
}

/* At '['; Python has no classes by name, and warns where one could be meant. */
static size_t
class_len(const char *p)
{
	const size_t first = p[1] == '^' ? 2 : 1;
	size_t n, step;

	/* a bracket that would close at once is a literal in both */
	for (n = first; p[n] != ']' || n == first; n += step) {
		step = p[n] == '\\' ? escape_len(p + n) : 1;
		if (step == 0 || p[n] == '\0' || p[n] == '[' ||
		    (step == 2 && strchr("bBAZ", p[n + 1])))
			return 0;
	}
	return n + 1;
}

static size_t
group_len(const char *p)
{
	static const char *const groups[] = { "(?:", "(?=", "(?!", "(?<=",
		"(?<!" };
	size_t i, n;

	for (i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strncmp(p, groups[i], strlen(groups[i])) == 0)
			return strlen(groups[i]);
	if (strncmp(p, "(?P<", 4) == 0) {
		n = 4 + strspn(p + 4, "abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
		return p[n] == '>' ? n + 1 : 0;
	}
	return p[1] == '?' || p[1] == '*' ? 0 : 1;
}

/* At '{': a count.  Other braces are literals in both, {,n} is not. */
static size_t
brace_len(const char *p)
{
	size_t n = 1 + strspn(p + 1, "0123456789");

	if (n == 1)
		return p[1] == ',' ? 0 : 1;
	if (p[n] == ',')
		n += 1 + strspn(p + n + 1, "0123456789");
	return p[n] == '}' ? n + 1 : 1;
}

int
jk_python_regex(const char *pattern, struct jk_buf *out, struct jk_err *err)
{
	const char *p;
	size_t n;

	for (p = pattern; *p; p += n) {
		n = *p == '\\' ? escape_len(p) : *p == '[' ? class_len(p) :
		    *p == '(' ? group_len(p) : *p == '{' ? brace_len(p) : 1;
		if (n == 0)
			return jk_fail(err, JK_EDATA, "unsupported in the "
			    "regular expression '%s': %.8s", pattern, p);
		if (n == 2 && p[0] == '\\' && p[1] == 'Z')
			jk_buf_adds(out, "\\z");
		else
			jk_buf_add(out, p, n);
	}
	return jk_buf_check(out, err);
}
