/* The memory of a run, and its failing. */

#include "base/buf.h"
#include "jinja/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 << 10)

struct jk_jinja_arena_chunk {
	struct jk_jinja_arena_chunk *next;
	size_t used, size;
	_Alignas(16) char data[];
};

void
jk_jinja_arena_release(struct jk_jinja_arena *a)
{
	struct jk_jinja_arena_chunk *c, *next;

	for (c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	a->chunks = NULL;
	a->used_bytes = 0;
}

void
jk_jinja_fail(struct jk_jinja_run *run, const char *fmt, ...)
{
	char what[sizeof run->err->msg];
	unsigned line = 1, column = 1;
	size_t i;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, jk_tr(fmt), ap);
	va_end(ap);
	/* a message may have been cut inside a character */
	what[jk_utf8_valid_len(what, strlen(what))] = '\0';
	for (i = 0; i < run->at && i < run->size; i++) {
		if (run->source[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)run->source[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	jk_fail(run->err, JK_EDATA, "%s:%u:%u: %s", run->name, line, column,
	    what);
	longjmp(run->on_error, 1);
}

void *
jk_jinja_alloc(struct jk_jinja_run *run, size_t n)
{
	struct jk_jinja_arena *a = run->arena;
	struct jk_jinja_arena_chunk *c = a->chunks;
	size_t size;
	void *p;

	if (n > a->limit_bytes - a->used_bytes)
		jk_jinja_fail(run, "the template needs too much memory");
	n = (n + 15) & ~(size_t)15;
	if (!c || n > c->size - c->used) {
		size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
		c = malloc(sizeof *c + size);
		if (!c) {
			jk_fail_nomem(run->err);
			longjmp(run->on_error, 1);
		}
		*c = (struct jk_jinja_arena_chunk){ a->chunks, 0, size };
		if (a->chunks && n > CHUNK_BYTES / 4) {
			/* keep filling the chunk that has room */
			c->next = a->chunks->next;
			a->chunks->next = c;
		} else {
			a->chunks = c;
		}
	}
	p = c->data + c->used;
	c->used += n;
	/* the last few bytes of rounding may pass the limit */
	a->used_bytes = a->limit_bytes - a->used_bytes < n ?
	    a->limit_bytes : a->used_bytes + n;
	memset(p, 0, n);
	return p;
}

void *
jk_jinja_grow(struct jk_jinja_run *run, const void *p, size_t old_n, size_t n,
    size_t size)
{
	void *q;

	if (n > run->arena->limit_bytes / size)
		jk_jinja_fail(run, "the template needs too much memory");
	q = jk_jinja_alloc(run, n * size);
	if (old_n)
		memcpy(q, p, old_n * size);
	return q;
}

char *
jk_jinja_strdup(struct jk_jinja_run *run, const char *s, size_t n)
{
	char *p = jk_jinja_alloc(run, n + 1);

	if (n)
		memcpy(p, s, n);
	return p;
}
