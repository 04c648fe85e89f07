#include "tok/cuts.h"

#include <stdlib.h>

#include "base/buf.h"

enum { PAGE = 256, NEAR = 0x800, PAGES = 0x110000 / PAGE };

/* --- characters */

struct search {
	const struct jk_cuts *c;
	struct jk_cuts_work *w;
	struct jk_regex_work *regex;
	const char *end;
	int64_t steps;
	bool failed;
	struct jk_err *err;
};

/* Fill a page, which begins with `code`. */
static int
ask(struct search *x, uint32_t code, uint64_t *page)
{
	const struct jk_cuts *c = x->c;
	size_t offsets[PAGE + 1], at, begin, end, i, k;
	struct jk_buf b = JK_BUF_INIT;
	int found = 0;

	for (i = 0; i < PAGE; i++) {
		offsets[i] = b.len;
		/* surrogates, which no text holds, become U+FFFD */
		jk_buf_add_utf8(&b, code + (uint32_t)i);
	}
	offsets[PAGE] = b.len;
	if (jk_buf_check(&b, x->err) < 0)
		found = -1;
	for (k = 0; k < c->n_classes && found >= 0; k++)
		for (at = 0, i = 0; (found = jk_regex_find(c->classes[k],
		    x->regex, b.data, b.len, at, &begin, &end, x->err)) > 0;
		    at = end) {
			while (offsets[i] < begin)
				i++;
			for (; offsets[i] < end; i++)
				page[i] |= (uint64_t)1 << k;
		}
	jk_buf_release(&b);
	for (i = 0; i < PAGE; i++)
		for (k = 0; k < c->n_ways; k++)
			if (page[i] & c->starts[k])
				page[i] |= (uint64_t)1 << (32 + k);
	return found;
}

/* What is common, at the first call. */
static int
start(struct search *x)
{
	struct jk_cuts_work *w = x->w;
	uint32_t i;

	w->near = calloc(NEAR, sizeof *w->near);
	w->far = calloc(PAGES, sizeof *w->far);
	if (!w->near || !w->far) {
		jk_cuts_work_release(w);
		return jk_fail_nomem(x->err);
	}
	for (i = 0; i < NEAR; i += PAGE)
		if (ask(x, i, w->near + i) < 0) {
			jk_cuts_work_release(w);
			return -1;
		}
	return 0;
}

void
jk_cuts_work_release(struct jk_cuts_work *w)
{
	size_t i;

	for (i = 0; w->far && i < PAGES; i++)
		free(w->far[i]);
	free(w->far);
	free(w->near);
	*w = (struct jk_cuts_work){ 0 };
}

/* A character of three bytes and more. */
static uint64_t
look_far(struct search *x, const char *s, size_t *size)
{
	uint64_t **page;
	uint32_t code;

	*size = jk_utf8_decode(s, (size_t)(x->end - s), &code);
	if (*size == 0) {	/* none: of no class */
		*size = 1;
		return 0;
	}
	page = &x->w->far[code / PAGE];
	if (!*page) {
		*page = calloc(PAGE, sizeof **page);
		if (!*page || ask(x, code / PAGE * PAGE, *page) < 0) {
			if (!*page)
				jk_fail_nomem(x->err);
			free(*page);
			*page = NULL;
			x->failed = true;
			return 0;
		}
	}
	return (*page)[code % PAGE];
}

/* The entry of the character at s, before x->end. */
static inline uint64_t
look(struct search *x, const char *str, size_t *size)
{
	const unsigned char *s = (const unsigned char *)str;

	if (s[0] < 0x80) {
		*size = 1;
		return x->w->near[s[0]];
	}
	if (s[0] < 0xe0 && x->end - str > 1) {
		*size = 2;
		return x->w->near[(s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)];
	}
	return look_far(x, str, size);
}

/* --- matching */

/* Behind at most n characters of a class from s on. */
static inline const char *
run(struct search *x, const char *s, uint32_t class, uint32_t n)
{
	const uint64_t *near = x->w->near;
	const char *end = x->end;
	size_t size;

	for (; n > 0 && s < end; n--, s += size) {
		const unsigned char *u = (const unsigned char *)s;

		/* as look, which the compiler does not see to be the same */
		if (u[0] < 0x80) {
			size = 1;
			if (!(near[u[0]] & class))
				break;
		} else if (u[0] < 0xe0 && end - s > 1) {
			size = 2;
			if (!(near[(u[0] & 0x1fu) << 6 | (u[1] & 0x3fu)] &
			    class))
				break;
		} else if (!(look_far(x, s, &size) & class)) {
			break;
		}
	}
	return s;
}

/* Behind the first literal of a group that is at s, or NULL. */
static const char *
literal(struct search *x, const struct jk_cuts_item *group, const char *from)
{
	const uint32_t *part = &x->c->parts[group->part];
	const uint32_t *end = part + group->n_parts;
	const char *s;
	size_t size;

	for (; part < end; part++) {
		for (s = from; *part && s < x->end &&
		    look(x, s, &size) & *part; part++)
			s += size;
		if (!*part)
			return s;
		while (*part)
			part++;
	}
	return NULL;
}

/* Behind what the items from `it` on match at s, or NULL. */
static const char *
match(struct search *x, const struct jk_cuts_item *it, const char *s)
{
	const char *least, *to;
	uint32_t i;
	size_t size;

	for (x->steps--; it->kind != JK_CUT_END; it++, s = to) {
		to = s;
		if (it->kind == JK_CUT_NOT_BEFORE) {
			if (s < x->end && look(x, s, &size) & it->class)
				return NULL;
			continue;
		}
		if (it->kind == JK_CUT_GROUP) {
			to = literal(x, it, s);
			if (to || it->min)
				return to;
			return s;
		}
		for (i = 0; i < it->min; i++, to += size)
			if (to == x->end || !(look(x, to, &size) & it->class))
				break;
		least = to;
		if (i == it->min)
			to = run(x, to, it->class, it->max - it->min);
		x->steps -= to - s;
		if (i < it->min)
			return NULL;
		if (to == least || it->possessive || it[1].kind == JK_CUT_END)
			continue;
		while (!(s = match(x, it + 1, to)) && to > least &&
		    x->steps >= 0)
			do
				to--;
			while (((unsigned char)*to & 0xc0) == 0x80);
		return s;
	}
	return s;
}

/* The first match from s on: where it begins, and where it ends; or NULL. */
static const char *
search(struct search *x, const char *s, const char **to)
{
	const struct jk_cuts *c = x->c;
	uint32_t ways;
	size_t size;

	for (; s < x->end && x->steps >= 0; s += size)
		for (ways = (uint32_t)(look(x, s, &size) >> 32); ways;
		    ways &= ways - 1) {
			*to = match(x, &c->items[c->ways[__builtin_ctz(ways)]],
			    s);
			if (*to)
				return s;
		}
	return NULL;
}

int
jk_cuts_find(const struct jk_cuts *cuts, struct jk_cuts_work *w,
    struct jk_regex_work *regex, const char *s, size_t n, size_t at,
    int64_t *steps, size_t *begin, size_t *end, struct jk_err *err)
{
	struct search x = { cuts, w, regex, s + n, *steps, false, err };
	const char *from, *to;

	if (!w->near && start(&x) < 0)
		return -1;
	from = search(&x, s + at, &to);
	*steps = x.steps;
	if (x.failed)
		return -1;
	if (!from)
		return 0;
	*begin = (size_t)(from - s);
	*end = (size_t)(to - s);
	return 1;
}
