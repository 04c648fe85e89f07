#include "tap.h"

#include "base/buf.h"
#include "model/pre.h"
#include "tok/cuts.h"
#include "tok/regex.h"

/*
 * tok/cuts.h against PCRE2, match by match.  JK_CUTS_STRINGS: how many strings
 * for each pattern (make check-cuts), and then with every code point.
 */

#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"

/* GPT-2's, which ByteLevel has; others that tokenizer.json files hold; */
static const char *const published[] = {
	"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
	"\\s+(?!\\S)|\\s+",
	/* cl100k_base, as Phi-4, Granite and OLMo 2 have it */
	"'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}|"
	" ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
	/* Falcon, DeepSeek, Phi-3's and Mistral's single steps */
	"[0-9][0-9][0-9]", "[0-9]{3}", "\\p{N}{1,3}", "\\d", "\\s+$",
	"[\\p{P}\\$\\+<=>\\^~\\|`]+", "\\p{P}", "\u2581",
};

/* and invented ones, for what the published do not need. */
static const char *const invented[] = {
	"a{2,3}b?|\\s{2,}(?!\\S)|\\S\\S", "[ab]++b?a|ж*+я|x",
	"[ab]*[bc]{2,}(?!c)|[ab]", "\\P{L}?[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+(?:ab|b)?",
	"\\p{Lu}{2}[\\p{Lu}\\p{Ll}]*a(?!я)|\\x{1F600}|\\x41",
	"\\s?(?:re|r)|\\s",
};

/* Nothing that jk_cuts_find knows, or known otherwise. */
static const char *const refused[] = {
	"a*", "a?b*", "(?!a)", "a+?", "a??", "(?:a|b)+", "(?:a|b)c", "(a|b)", "a|",
	"", "(?=a)b", "(?<=a)b", "(?:ab|)", "(?:a(?:b))", "a.b", "a(?!bc)",
	"(?:a+)", "(?i:a)*", "\\x1|a",
	"${0}a", "$+a",
};

static const char *const pieces[] = {
	" ", " ", " ", "  ", "\n", "\n", "\r\n", "\r", "\t", "\v", "'", "'", "\u2019",
	"s", "S", "t", "re", "RE", "Ve", "m", "ll", "d", "\u017f", "\u212a",
	"a", "b", "c", "x", "A", "Z", "ab", "don't", "0", "1", "23", "4567", ".",
	",", "!", "-", "--", "/", "//", "(", ")", "[", "]", "|", "$", "^", "_",
	"\\", "~", "\u0436", "\u0416", "\u043a\u043e\u0442",
	"\u041a\u041e\u0422", "\u0451", "\u0301", "\u0306", "\u20dd",
	"\u00a0", "\xc2\x85", "\u180e", "\u2003", "\u200b", "\u2028", "\u3000",
	"\u00ad", "\u200d", "\ufeff", "\u01c5", "\u02b0", "\u00aa", "\u0660",
	"\u00bd", "\u2167", "\u4e2d", "\u6587", "\u3042", "\u30ab", "\u3105",
	"\uac00", "\u0e01", "\u0e31", "\u05d0", "\u0627", "\u2014", "\u2026",
	"\u00ab", "\uff01", "\u2581", "\u20bd", "\u00b1", "\u2500",
	"\U0001f600", "\U0001f468\u200d\U0001f469", "\U0001f1f7\U0001f1fa",
	"\U0001d400", "\U00010400", "\U000e0020", "\ue000", "\ufffd",
	"\U0010ffff", "\u0378",
};

struct pattern {
	const char *text;
	struct jk_regex *regex;
	struct jk_cuts *cuts;
	struct jk_cuts_work work;
};

static struct jk_regex_work *regex_work;

/* All matches in the text are the same; `n` counts them. */
static bool
agrees(struct pattern *p, const struct jk_buf *b, uint64_t *n)
{
	int64_t steps = jk_cuts_steps(b->len);
	size_t at, begin = 0, end = 0, begin2 = 0, end2 = 0;
	struct jk_err err;
	int found, found2;

	jk_regex_begin(regex_work, 1000);
	for (at = 0; at < b->len; at = end) {
		found = jk_regex_find(p->regex, regex_work, b->data, b->len,
		    at, &begin, &end, &err);
		found2 = jk_cuts_find(p->cuts, &p->work, regex_work, b->data,
		    b->len, at, &steps, &begin2, &end2, &err);
		if (found < 0 || found != found2 || steps < 0 || (found &&
		    (begin != begin2 || end != end2))) {
			struct jk_buf shown = JK_BUF_INIT;

			jk_buf_add_visible(&shown, b->data, b->len);
			diag("%s, from byte %zu: %d %zu %zu, want %d %zu %zu, "
			    "%lld steps left: %s", p->text, at, found2,
			    begin2, end2, found, begin, end,
			    (long long)steps, jk_buf_str(&shown));
			jk_buf_release(&shown);
			return false;
		}
		if (!found)
			break;
		++*n;
	}
	return true;
}

/* False where the pattern is PCRE2's alone. */
static bool
open_pattern(struct pattern *p, const char *text)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_err err;

	*p = (struct pattern){ .text = text };
	must(jk_regex_translate(text, &b, &err), &err);
	p->regex = jk_regex_new(jk_buf_str(&b), JK_REGEX_NO_GROUPS, JK_EDATA,
	    &err);
	must(p->regex ? 0 : -1, &err);
	must(jk_cuts_new(&p->cuts, jk_buf_str(&b), &err), &err);
	jk_buf_release(&b);
	return p->cuts != NULL;
}

static void
close_pattern(struct pattern *p)
{
	jk_regex_free(p->regex);
	jk_cuts_free(p->cuts);
	jk_cuts_work_release(&p->work);
}

/* Code points in a row, and what stands around them. */
static bool
agrees_on_characters(struct pattern *p, bool all)
{
	struct jk_buf b = JK_BUF_INIT;
	uint64_t n = 0;
	uint32_t c;
	bool same = true;

	for (c = 0; c < 0x110000 && same; c++) {
		/* of CJK, Hangul and what is not assigned, some */
		if (!all && ((c >= 0x3500 && c < 0xd700) || c > 0x1fb00) &&
		    c % 1031)
			continue;
		if (c >= 0xd800 && c < 0xe000)
			continue;
		jk_buf_add_utf8(&b, c);
		jk_buf_adds(&b, " ");
		jk_buf_add_utf8(&b, c);
		jk_buf_adds(&b, "a");
		jk_buf_add_utf8(&b, c);
		jk_buf_adds(&b, c % 3 ? "'" : "\n");
		jk_buf_add_utf8(&b, c);
		jk_buf_adds(&b, c % 2 ? "  " : "1");
		if (b.len < 3000 && c != 0x10ffff)
			continue;
		same = agrees(p, &b, &n);
		jk_buf_clear(&b);
	}
	jk_buf_release(&b);
	return same;
}

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 16;
}

/* Random strings of few pieces, of which some come again and again. */
static bool
agrees_on_strings(struct pattern *p, uint64_t count, uint64_t *n)
{
	const size_t n_pieces = sizeof pieces / sizeof *pieces;
	uint64_t seed = 0x9e3779b97f4a7c15u, i, k, size;
	struct jk_buf b = JK_BUF_INIT;
	bool same = true;

	*n = 0;
	for (i = 0; i < count && same; i++) {
		const char *often[] = { pieces[next(&seed) % n_pieces],
			pieces[next(&seed) % n_pieces],
			pieces[next(&seed) % n_pieces] };

		jk_buf_clear(&b);
		size = 1 + next(&seed) % 12;
		for (k = 0; k < size; k++) {
			const uint64_t r = next(&seed);

			jk_buf_adds(&b, r % 4 ? often[r / 4 % 3] :
			    pieces[r / 4 % n_pieces]);
			/* any character, of Cyrillic's pages often */
			if (r >> 40 & 15)
				continue;
			jk_buf_add_utf8(&b, (uint32_t)(r >> 44 & 1 ?
			    0x400 + (r >> 8) % 0x130 : (r >> 8) % 0x20000));
		}
		same = agrees(p, &b, n);
	}
	jk_buf_release(&b);
	return same;
}

static void
test_pattern(const char *name, size_t k, const char *text, uint64_t count,
    bool all)
{
	struct pattern p;
	uint64_t n = 0;
	bool same;

	if (ok(open_pattern(&p, text), "%.*s %zu is taken",
	    (int)strcspn(name, " "), name, k + 1)) {
		ok(agrees_on_characters(&p, all), "characters as PCRE2");
		same = agrees_on_strings(&p, count, &n);
		ok(same && n > count / 200, "%llu strings as PCRE2, %llu "
		    "matches", (unsigned long long)count,
		    (unsigned long long)n);
	}
	close_pattern(&p);
}

/* Too many steps are told of, with few of them taken. */
static void
test_steps(void)
{
	static const char *const slow[] = { "[1 ]*[1 2]*[yz]", "[1 ]+[1 2]+x|2",
		"\\s*x" };
	struct jk_buf b = JK_BUF_INIT;
	struct pattern p;
	struct jk_err err;
	size_t i, begin, end;
	int64_t steps;

	while (b.len < 100000)
		jk_buf_adds(&b, b.len < 50000 ? "1 " : "  ");
	for (i = 0; i < sizeof slow / sizeof *slow; i++) {
		steps = jk_cuts_steps(b.len);
		ok(open_pattern(&p, slow[i]) && jk_cuts_find(p.cuts, &p.work,
		    regex_work, b.data, b.len, 0, &steps, &begin, &end, &err)
		    == 0 && steps < 0 && steps > -1000000,
		    "bounded: %s", slow[i]);
		close_pattern(&p);
	}
	jk_buf_release(&b);
}

/* Whether no row before has the pattern. */
static bool
is_new(const struct jk_pre *row, const char *text)
{
	const struct jk_pre *pre;
	size_t i;

	for (pre = jk_pre_table; pre < row; pre++)
		for (i = 0; pre->splits[i]; i++)
			if (strcmp(pre->splits[i], text) == 0)
				return false;
	return true;
}

static int
count_spaces(void *ctx, const struct jk_slice *v, size_t n,
    struct jk_err *err)
{
	size_t i;

	(void)err;
	for (i = 0; i < n; i++)
		*(size_t *)ctx += v[i].n == 1 && *v[i].s == ' ';
	return 0;
}

/* What is given up goes on with PCRE2. */
static void
test_fallback(void)
{
	enum { N = 2000 };
	struct jk_pretokenizer p = { 0 };
	struct jk_pretokenize_work w;
	struct jk_err err;
	size_t n = 0;
	char s[N];

	memset(s, ' ', N);
	must(jk_pretokenizer_add_split(&p, "\\s*x|\\s", &err), &err);
	must(jk_pretokenize_work_init(&w, &err), &err);
	must(jk_pretokenize(&p, &w, s, N, true, false, count_spaces, &n, &err),
	    &err);
	ok(p.steps[0].cuts && n == N, "%zu of %d pieces, of which PCRE2 cuts "
	    "the last", n, N);
	jk_pretokenize_work_release(&w);
	jk_pretokenizer_release(&p);
}

int
main(void)
{
	const char *said = getenv("JK_CUTS_STRINGS");
	const uint64_t count = said ? strtoull(said, NULL, 10) : 100000;
	const struct jk_pre *pre;
	struct jk_err err;
	struct pattern p;
	size_t i;

	regex_work = jk_regex_work_new(&err);
	must(regex_work ? 0 : -1, &err);
	for (i = 0; i < sizeof published / sizeof *published; i++)
		test_pattern("published", i, published[i], count,
		    said != NULL);
	for (pre = jk_pre_table; pre->names; pre++)
		for (i = 0; pre->splits[i]; i++)
			if (is_new(pre, pre->splits[i]))
				test_pattern(pre->names, i, pre->splits[i],
				    count, said != NULL);
	for (i = 0; i < sizeof invented / sizeof *invented; i++)
		test_pattern("invented", i, invented[i], count,
		    said != NULL);
	for (i = 0; i < sizeof refused / sizeof *refused; i++) {
		ok(!open_pattern(&p, refused[i]), "not taken: %s", refused[i]);
		close_pattern(&p);
	}
	test_steps();
	test_fallback();
	jk_regex_work_free(regex_work);
	return done_testing();
}
