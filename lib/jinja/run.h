#ifndef JK_JINJA_RUN_H
#define JK_JINJA_RUN_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/*
 * What lexer, parser and evaluator share: memory, limits, and failing.  A
 * failure jumps back to the one entry point that was called from outside, so
 * that the code in between reads like the language it interprets.  Nothing is
 * lost by the jump: all memory in between is the arena's.
 */

struct jk_jinja_arena {
	struct jk_jinja_arena_chunk *chunks;
	size_t used_bytes, limit_bytes;
};

void jk_jinja_arena_release(struct jk_jinja_arena *a);

struct jk_jinja_builtin;

struct jk_jinja_run {
	struct jk_jinja_arena *arena;
	jmp_buf on_error;
	struct jk_err *err;
	/* the template, for the position in messages */
	const char *name;
	const char *source;
	size_t size;
	size_t at;		/* byte offset of what is being worked on */
	/* of a rendering */
	size_t steps;		/* left */
	unsigned depth;		/* of nested evaluation */
	unsigned calls;		/* of macros and recursive loops */
	bool raised, dated;	/* see struct jk_jinja_output */
	struct tm now;
	/* the tables of filters, each ends with { 0 }, the list with NULL */
	const struct jk_jinja_builtin *const *filters;
};

/* "NAME:LINE:COLUMN: message" at run->at, status JK_EDATA; jumps. */
_Noreturn void jk_jinja_fail(struct jk_jinja_run *run, const char *fmt, ...)
	JK_PRINTF(2, 3);
/* Zeroed memory of the arena. */
void *jk_jinja_alloc(struct jk_jinja_run *run, size_t n);
/* n items of `size` bytes, from old_n items at p. */
void *jk_jinja_grow(struct jk_jinja_run *run, const void *p, size_t old_n,
    size_t n, size_t size);
char *jk_jinja_strdup(struct jk_jinja_run *run, const char *s, size_t n);
/* Bytes that may be moved or looked at in one step (jinja/jinja.h). */
#define JK_JINJA_STEP_BYTES 64

/* Spend steps; fails when none are left. */
static inline void
jk_jinja_spend(struct jk_jinja_run *run, size_t n)
{
	if (n > run->steps) {
		run->steps = 0;
		jk_jinja_fail(run, "the template takes too many steps");
	}
	run->steps -= n;
}

/* One more level of evaluation; the caller subtracts it again. */
static inline void
jk_jinja_deeper(struct jk_jinja_run *run)
{
	if (++run->depth > 1000)
		jk_jinja_fail(run, "nested too deeply");
}

#endif
