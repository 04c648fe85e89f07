#include "filter/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

struct jk_match {
	char *pattern;
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

enum { STACK_START = 32 << 10, STACK_MOST = 8 << 20 };

struct jk_match *
jk_match_new(const char *pattern, struct jk_err *err)
{
	struct jk_match *m = calloc(1, sizeof *m);
	PCRE2_UCHAR why[256];
	PCRE2_SIZE at;
	int code;

	if (!m || !(m->pattern = strdup(pattern))) {
		jk_fail_nomem(err);
		goto fail;
	}
	m->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_UCP, &code, &at, NULL);
	if (!m->code && code == PCRE2_ERROR_HEAP_FAILED) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (!m->code) {
		pcre2_get_error_message(code, why, sizeof why);
		jk_fail(err, JK_EUSAGE, "'%s', at byte %zu: %s", pattern,
		    at + 1, (const char *)why);
		goto fail;
	}
	/* without a compiler for this machine the interpreter serves */
	code = pcre2_jit_compile(m->code, PCRE2_JIT_COMPLETE);
	if (code < 0 && code != PCRE2_ERROR_JIT_BADOPTION &&
	    code != PCRE2_ERROR_NOMEMORY) {
		pcre2_get_error_message(code, why, sizeof why);
		jk_fail(err, JK_ESYS, "'%s': %s", pattern, (const char *)why);
		goto fail;
	}
	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	m->stack = pcre2_jit_stack_create(STACK_START, STACK_MOST, NULL);
	if (!m->data || !m->context) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (m->stack)
		pcre2_jit_stack_assign(m->context, NULL, m->stack);
	return m;
fail:
	jk_match_free(m);
	return NULL;
}

void
jk_match_free(struct jk_match *m)
{
	if (!m)
		return;
	pcre2_jit_stack_free(m->stack);
	pcre2_match_context_free(m->context);
	pcre2_match_data_free(m->data);
	pcre2_code_free(m->code);
	free(m->pattern);
	free(m);
}

int
jk_match_test(struct jk_match *m, const char *s, size_t n,
    struct jk_err *err)
{
	PCRE2_UCHAR why[256];
	int r;

	r = pcre2_match(m->code, (PCRE2_SPTR)s, n, 0, PCRE2_NO_UTF_CHECK,
	    m->data, m->context);
	if (r >= 0)
		return 1;
	if (r == PCRE2_ERROR_NOMATCH)
		return 0;
	if (r == PCRE2_ERROR_NOMEMORY)
		return jk_fail_nomem(err);
	pcre2_get_error_message(r, why, sizeof why);
	return jk_fail(err, JK_EDATA, "the pattern '%s' on this text: %s",
	    m->pattern, (const char *)why);
}
