/*
 * A pattern of a pre-tokenizer up to a line feed, and text behind it: where
 * jk_cuts takes the pattern, it finds what PCRE2 finds.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tok/cuts.h"
#include "tok/regex.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void
compare(const struct jk_regex *regex, const struct jk_cuts *cuts,
    const char *s, size_t n)
{
	struct jk_err err;
	struct jk_regex_work *work = jk_regex_work_new(&err);
	struct jk_cuts_work own = { 0 };
	int64_t steps = jk_cuts_steps(n);
	size_t at, begin, end, begin2, end2;
	int found, found2;

	if (!work)
		abort();
	for (at = 0; at < n; at = end) {
		found = jk_regex_find(regex, work, s, n, at, &begin, &end,
		    &err);
		found2 = jk_cuts_find(cuts, &own, work, s, n, at, &steps,
		    &begin2, &end2, &err);
		if (found < 0 || found2 < 0 || steps < 0)
			break;	/* one of them gave up */
		if (found != found2 || (found && (begin != begin2 ||
		    end != end2 || begin == end)))
			abort();
		if (!found)
			break;
	}
	jk_cuts_work_release(&own);
	jk_regex_work_free(work);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const char *s = (const char *)data;
	const char *end = n ? memchr(s, '\n', n) : NULL;
	struct jk_buf b = JK_BUF_INIT;
	struct jk_regex *regex = NULL;
	struct jk_cuts *cuts = NULL;
	struct jk_err err;
	char *pattern;

	if (!end || jk_utf8_valid_len(s, n) != n)
		return 0;
	pattern = strndup(s, (size_t)(end - s));
	if (!pattern)
		abort();
	if (jk_regex_translate(pattern, &b, &err) == 0)
		regex = jk_regex_new(jk_buf_str(&b), JK_REGEX_NO_GROUPS,
		    JK_EDATA, &err);
	/* what is part of a pattern is fine where all of it is */
	if (regex && jk_cuts_new(&cuts, jk_buf_str(&b), &err) < 0)
		abort();
	if (cuts)
		compare(regex, cuts, end + 1, n - (size_t)(end - s) - 1);
	jk_cuts_free(cuts);
	jk_regex_free(regex);
	jk_buf_release(&b);
	free(pattern);
	return 0;
}
