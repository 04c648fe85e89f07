#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct jk_regex {
	char *pattern;
	pcre2_code *code;
	bool is_anchored;	/* a match begins where its search does */
	bool is_one_search;		/* a search must not be begun anew */
};

struct jk_regex_work {
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;		/* NULL without a compiler */
	double allowed;			/* seconds */
	double looked;			/* the coarse clock, at the beginning */
	double began;			/* the thread's, or -1 */
	unsigned n_found;
};

enum {
	GROUPS = 16,
	STACK_START = 32 << 10, STACK_MOST = 16 << 20,
	WINDOW = 4096,		/* bytes, at first */
	BEGINNINGS = 256,	/* bytes in which a call's matches begin */
	CALLS = 16		/* that find something, to a look at the clock */
};

static double
seconds(clockid_t clock)
{
	struct timespec t = { 0 };

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct jk_regex *
jk_regex_new(const char *pattern, unsigned flags, enum jk_status bad,
    struct jk_err *err)
{
	struct jk_regex *r = calloc(1, sizeof *r);
	const uint32_t options = PCRE2_UTF | PCRE2_UCP |
	    PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT |
	    (flags & (JK_REGEX_HEAD | JK_REGEX_WHOLE) ? PCRE2_ANCHORED : 0) |
	    (flags & JK_REGEX_WHOLE ? PCRE2_ENDANCHORED : 0) |
	    (flags & JK_REGEX_NO_GROUPS ? PCRE2_NO_AUTO_CAPTURE : 0);
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	uint32_t all = 0;
	int code;

	if (!r || !(r->pattern = strdup(pattern))) {
		jk_fail_nomem(err);
		goto fail;
	}
	r->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    options, &code, &at, NULL);
	if (!r->code && code == PCRE2_ERROR_HEAP_FAILED) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (!r->code) {
		pcre2_get_error_message(code, why, sizeof why);
		jk_fail(err, bad, "the regular expression '%s', at byte "
		    "%zu: %s", pattern, at + 1, (const char *)why);
		goto fail;
	}
	/* without a compiler for this machine PCRE2 interprets */
	code = pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE |
	    PCRE2_JIT_PARTIAL_HARD);
	if (code < 0 && code != PCRE2_ERROR_JIT_BADOPTION &&
	    code != PCRE2_ERROR_NOMEMORY) {
		pcre2_get_error_message(code, why, sizeof why);
		jk_fail(err, bad, "the regular expression '%s': %s", pattern,
		    (const char *)why);
		goto fail;
	}
	(void)pcre2_pattern_info(r->code, PCRE2_INFO_ALLOPTIONS, &all);
	r->is_anchored = (all & PCRE2_ANCHORED) != 0;
	/* (*SKIP) and (*COMMIT) are of one search, \G is where it began */
	r->is_one_search = strstr(pattern, "(*") || strstr(pattern, "\\G");
	return r;
fail:
	jk_regex_free(r);
	return NULL;
}

void
jk_regex_free(struct jk_regex *r)
{
	if (!r)
		return;
	pcre2_code_free(r->code);
	free(r->pattern);
	free(r);
}

struct jk_regex_work *
jk_regex_work_new(struct jk_err *err)
{
	struct jk_regex_work *w = calloc(1, sizeof *w);

	if (w) {
		w->match = pcre2_match_data_create(GROUPS, NULL);
		w->context = pcre2_match_context_create(NULL);
		w->stack = pcre2_jit_stack_create(STACK_START, STACK_MOST,
		    NULL);
	}
	if (!w || !w->match || !w->context) {
		jk_regex_work_free(w);
		jk_fail_nomem(err);
		return NULL;
	}
	if (w->stack)
		pcre2_jit_stack_assign(w->context, NULL, w->stack);
	jk_regex_begin(w, jk_regex_seconds(0));
	return w;
}

void
jk_regex_work_free(struct jk_regex_work *w)
{
	if (!w)
		return;
	pcre2_match_data_free(w->match);
	pcre2_match_context_free(w->context);
	pcre2_jit_stack_free(w->stack);
	free(w);
}

double
jk_regex_seconds(size_t n)
{
	return 10 + 10 * (double)n / 0x1p20;
}

void
jk_regex_begin(struct jk_regex_work *w, double allowed)
{
	w->allowed = allowed;
	w->began = -1;
	w->n_found = 0;
	w->looked = seconds(CLOCK_MONOTONIC_COARSE);
}

/*
 * The share of what is allowed that has passed.  The clock of the thread
 * costs a system call, so it is asked once the other has shown something; what
 * passed before that is not counted.
 */
static double
share_passed(struct jk_regex_work *w)
{
	if (seconds(CLOCK_MONOTONIC_COARSE) - w->looked < w->allowed / 100)
		return 0;
	if (w->began < 0)
		w->began = seconds(CLOCK_THREAD_CPUTIME_ID);
	return (seconds(CLOCK_THREAD_CPUTIME_ID) - w->began) / w->allowed;
}

/* The first character that begins at at + size or behind; n. */
static size_t
window_end(const char *s, size_t n, size_t at, size_t size)
{
	size_t end = at + size;

	if (size >= n - at)
		return n;
	while (end < n && ((unsigned char)s[end] & 0xc0) == 0x80)
		end++;
	return end;
}

/*
 * Steps back that a window of that many bytes may cost at each beginning: more
 * than usual patterns take, but each may look at all of the window, at some
 * tenths of a nanosecond a byte.  So a stretch of 200 kB where a pattern steps
 * back at every byte (which no pattern known does on words and spaces) is told
 * as too much.
 */
static uint32_t
match_limit(size_t size)
{
	const uint64_t few = (uint64_t)1 << 35;

	return (uint32_t)(16 * (uint64_t)size + 10000 < few / size ?
	    16 * (uint64_t)size + 10000 : few / size);
}

static int
fail_match(const struct jk_regex *r, int code, struct jk_err *err)
{
	PCRE2_UCHAR why[128];

	if (code == PCRE2_ERROR_NOMEMORY)
		return jk_fail_nomem(err);
	pcre2_get_error_message(code, why, sizeof why);
	return jk_fail(err, JK_EDATA, "the regular expression '%s' on this "
	    "text: %s", r->pattern, (const char *)why);
}

int
jk_regex_find(const struct jk_regex *r, struct jk_regex_work *w,
    const char *s, size_t n, size_t at, size_t *begin, size_t *end,
    struct jk_err *err)
{
	size_t size = WINDOW, stop, last;
	double passed = ++w->n_found % CALLS ? 0 : share_passed(w);
	int code;

	for (;; passed = share_passed(w)) {
		if (passed > 1)
			return jk_fail(err, JK_EDATA, "the regular expression "
			    "'%s' takes too long on this text of %zu bytes",
			    r->pattern, n);
		stop = r->is_one_search ? n : window_end(s, n, at, size);
		last = r->is_one_search ? n : at + (passed > 0.1 ? 0 : BEGINNINGS);
		pcre2_set_offset_limit(w->context, last);
		pcre2_set_match_limit(w->context, match_limit(stop - at + 1));
		code = pcre2_match(r->code, (PCRE2_SPTR)s, stop, at,
		    PCRE2_NO_UTF_CHECK | (stop < n ? PCRE2_PARTIAL_HARD : 0),
		    w->match, w->context);
		if (code >= 0)
			break;
		if (code == PCRE2_ERROR_PARTIAL) {
			size *= 2;
			continue;
		}
		if (code != PCRE2_ERROR_NOMATCH)
			return fail_match(r, code, err);
		if (r->is_anchored || last >= n)
			return 0;
		at = window_end(s, n, at, last + 1 - at);
	}
	*begin = pcre2_get_ovector_pointer(w->match)[0];
	*end = pcre2_get_ovector_pointer(w->match)[1];
	return 1;
}

bool
jk_regex_group(const struct jk_regex *r, const struct jk_regex_work *w,
    const char *name, size_t *begin, size_t *end)
{
	const int group = pcre2_substring_number_from_name(r->code,
	    (PCRE2_SPTR)name);
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(w->match);

	if (group <= 0 || group >= GROUPS || found[2 * group] == PCRE2_UNSET)
		return false;
	*begin = found[2 * group];
	*end = found[2 * group + 1];
	return true;
}
