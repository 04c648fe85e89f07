#include "tap.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/regex.h"
#include "model/python_regex.h"
#include "tok/regex.h"

/* What people's patterns are like, and what windows could cut in two. */
static const char *const patterns[] = {
	"'s|'t| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
	"[\\p{Lu}\\p{Lo}]*[\\p{Ll}\\p{Lo}]+(?i:'s|'t)?|\\p{N}{1,3}|\\s+",
	"(?<=b)x*", "x*", "ж{5000}", "(?<!ж)я+(?!ж)", "[^x\n]+$", "я\\b",
	"(?s).*", "\\s[^x]*(*SKIP)(*F)|я", "x(*COMMIT)b", "ж|\\Gb", "b.{4090}b", "(?=ж+x)ж", "^жж", "x$",
};

/* `n` bytes or a few more: runs of a few characters, of 1 to 6000 each. */
static void
make_text(struct jk_buf *b, size_t n, unsigned seed)
{
	static const char *const pieces[] = { "ж", "я", "x", "b", " ", "\n",
		"7", "'s", "Ж" };
	unsigned i, count, r = seed;

	jk_buf_clear(b);
	while (b->len < n) {
		r = r * 1664525 + 1013904223;
		count = r >> 20 & 7 ? (r >> 8) % 9 + 1 : (r >> 8) % 6000 + 1;
		for (i = 0; i < count; i++)
			jk_buf_adds(b, pieces[(r >> 28) % 9]);
	}
}

/* All matches, against one call of PCRE2 for each, without windows. */
static bool
agrees(const struct jk_regex *regex, struct jk_regex_work *work,
    const char *pattern, const struct jk_buf *b)
{
	int code, found;
	PCRE2_SIZE at, *v;
	size_t from = 0, begin, end;
	struct jk_err err;
	pcre2_code *own = pcre2_compile((PCRE2_SPTR)pattern,
	    PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &code, &at, NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	bool same = own && data;

	jk_regex_begin(work, 1000);
	while (same && from <= b->len) {
		code = pcre2_match(own, (PCRE2_SPTR)jk_buf_str(b), b->len,
		    from, PCRE2_NO_UTF_CHECK, data, NULL);
		found = jk_regex_find(regex, work, jk_buf_str(b), b->len, from,
		    &begin, &end, &err);
		v = pcre2_get_ovector_pointer(data);
		same = found >= 0 && found == (code >= 0) && (!found ||
		    (v[0] == begin && v[1] == end));
		if (!found || !same)
			break;
		from = end > begin ? end : end + 1;
		while (from < b->len && (b->data[from] & 0xc0) == 0x80)
			from++;
	}
	pcre2_match_data_free(data);
	pcre2_code_free(own);
	return same;
}

static void
test_windows(void)
{
	struct jk_err err;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_regex_work *work = jk_regex_work_new(&err);
	struct jk_regex *regex;
	size_t i, j;
	bool same;

	for (i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		same = true;
		regex = jk_regex_new(patterns[i], 0, JK_EDATA, &err);
		for (j = 0; regex && same && j < 24; j++) {
			make_text(&b, 300u << j % 8, (unsigned)(i * 100 + j));
			same = agrees(regex, work, patterns[i], &b);
		}
		ok(regex && same, "windows change nothing: %s", patterns[i]);
		jk_regex_free(regex);
	}
	jk_regex_work_free(work);
	jk_buf_release(&b);
}

/* Each would run for minutes and end without an error. */
static void
test_time(void)
{
	static const char *const slow[] = { "\\p{L}+|(\\p{N}|\\s)*[yz]",
		"[1 ]*[1 2]*[yz]", "(?>[1 ]*[1 2]*[yz])", "(?:[1 ]+)+[yz]",
		"(?=[1 ]*[1 2]*[1 3]*[yz])1", "(?:1(?=[1 ]*[yz]))?+1" };
	struct jk_err err;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_regex_work *work = jk_regex_work_new(&err);
	struct jk_regex *regex;
	size_t i, at, begin, end;
	int r;

	while (b.len < 1000000)
		jk_buf_adds(&b, "1 ");
	for (i = 0; i < sizeof slow / sizeof *slow; i++) {
		regex = jk_regex_new(slow[i], 0, JK_EDATA, &err);
		jk_regex_begin(work, 0.05);
		r = regex ? 1 : 0;
		for (at = 0; r > 0; at = end)
			r = jk_regex_find(regex, work, b.data, b.len, at,
			    &begin, &end, &err);
		ok(r < 0 && err.status == JK_EDATA && strstr(err.msg,
		    "on this text"), "bounded: %s", slow[i]);
		if (r < 0)
			diag("%s", err.msg);
		jk_regex_free(regex);
	}
	/* a stack that would grow without end */
	jk_buf_clear(&b);
	while (b.len < 4000000)
		jk_buf_adds(&b, "ab");
	regex = jk_regex_new("(?s)(?:(a|c)|(b|d))*e", 0, JK_EDATA, &err);
	jk_regex_begin(work, 1000);
	r = regex ? jk_regex_find(regex, work, b.data, b.len, 0, &begin, &end,
	    &err) : 0;
	ok(r == 0 || (r < 0 && err.status == JK_EDATA),
	    "a large stack: no match, or bad data");
	jk_regex_free(regex);
	jk_regex_work_free(work);
	jk_buf_release(&b);
}

static void
test_words(int (*translate)(const char *pattern, struct jk_buf *out,
    struct jk_err *err), const char *name, const char *const *good,
    const char *const *bad)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;

	for (; *good; good++) {
		jk_buf_clear(&b);
		ok(translate(*good, &b, &err) == 0, "%s: %s", name, *good);
	}
	for (; *bad; bad++) {
		jk_buf_clear(&b);
		ok(translate(*bad, &b, &err) < 0 && err.status == JK_EDATA,
		    "%s: refused: %s", name, *bad);
	}
	jk_buf_release(&b);
}

int
main(void)
{
	static const char *const tokenizer_bad[] = { "(*ACCEPT)", "a(*FAIL)",
		"(*UTF)a", "(*LIMIT_MATCH=1)a", "(*NO_JIT)a", "(?R)", "(?1)",
		"(?C1)", "\\K", "\\G", "\\R", "\\Qa\\E", "(?|a)", NULL };
	static const char *const tokenizer_good[] = { "(\\*ACCEPT)", "[(*]",
		NULL };
	static const char *const python_bad[] = { "(*ACCEPT)", "(?R)", "(?1)",
		"(?P>name)", "(?C1)", "\\Ka", "\\Qa\\E", "\\R", "\\ha",
		"[[:alpha:]]", "(?|a)", "(*pla:a)", "a{,3}", "\\1", "(?i)a",
		"[a", "\\", NULL };
	static const char *const python_good[] = {
		".*\\.(q|v)_proj", "model\\.layers\\.(?P<idx>\\d+)\\..*",
		"(?!.*lm_head).*_proj$", "[^.]+\\Z", "[]a]+", "a{2,3}?", "a{b",
		NULL };

	test_windows();
	test_time();
	test_words(jk_regex_translate, "tokenizer", tokenizer_good,
	    tokenizer_bad);
	test_words(jk_python_regex, "adapter", python_good, python_bad);
	return done_testing();
}
