#include "tok/cuts.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum {
	MOST_CLASSES = 32,	/* bits of a character's entry */
	MOST_WAYS = 32,		/* and these */
	MOST_ITEMS = 128,
	MOST_PARTS = 128,	/* characters in groups, and an end for each literal */
	PAGE = 256, NEAR = 0x800, PAGES = 0x110000 / PAGE
};

enum kind { END, TAKE, NOT_BEFORE, GROUP };

struct item {
	enum kind kind;
	uint32_t class;		/* a bit; of GROUP: those that may be first */
	uint32_t min, max;	/* of TAKE and, 0 or 1, of GROUP */
	bool possessive;
	uint8_t part, n_parts;	/* of GROUP: its literals */
};

struct jk_cuts {
	struct jk_regex *classes[MOST_CLASSES];	/* runs of each */
	char *names[MOST_CLASSES];
	struct item items[MOST_ITEMS];	/* of all ways, an END behind each */
	uint32_t parts[MOST_PARTS];	/* classes of literals, 0 behind each */
	uint8_t ways[MOST_WAYS];	/* the first item */
	uint32_t starts[MOST_WAYS];	/* classes that a way may begin with */
	unsigned n_classes, n_items, n_parts, n_ways;
};

/* --- patterns */

struct parser {
	struct jk_cuts *c;
	const char *at;
	bool is_known, folds;	/* of the family; in (?i: */
	struct jk_err *err;
};

static bool
skip(struct parser *p, const char *word)
{
	const size_t n = strlen(word);

	if (strncmp(p->at, word, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* The bytes of the class at s; 0 if there is none. */
static size_t
class_len(const char *s)
{
	size_t n = 1;
	uint32_t code;

	switch (*s) {
	case '[':
		n += s[n] == '^';
		while (s[n] && s[n] != ']')
			n += s[n] == '\\' && s[n + 1] ? 2 : 1;
		return s[n] ? n + 1 : 0;
	case '\\':
		if (s[1] == 'x' && s[2] != '{')
			return isxdigit((unsigned char)s[2]) &&
			    isxdigit((unsigned char)s[3]) ? 4 : 0;
		if (!s[1] || !strchr("pPx", s[1]))
			return s[1] ? 2 : 0;
		return s[2] == '{' ? strcspn(s, "}") + 1 : 0;
	default:
		return strchr("()|?*+{}.^$", *s) ? 0 :
		    jk_utf8_decode(s, strlen(s), &code);
	}
}

/* The bit of the class at p->at, which is stepped over; 0: there is none. */
static uint32_t
add_class(struct parser *p)
{
	struct jk_cuts *c = p->c;
	const size_t n = class_len(p->at);
	struct jk_buf b = JK_BUF_INIT;
	unsigned i;

	jk_buf_adds(&b, p->folds ? "(?i:" : "(?:");
	jk_buf_add(&b, p->at, n);
	jk_buf_adds(&b, ")+");
	p->at += n;
	for (i = 0; n && !b.failed && i < c->n_classes; i++)
		if (strcmp(c->names[i], b.data) == 0)
			break;
	if (n && !b.failed && i == c->n_classes && i < MOST_CLASSES) {
		c->classes[i] = jk_regex_new(b.data, 0, JK_EDATA, p->err);
		c->names[i] = strdup(b.data);
		c->n_classes++;
	}
	jk_buf_release(&b);
	if (n && i < MOST_CLASSES)
		return (uint32_t)1 << i;
	p->is_known = false;
	return 0;
}

/* Never NULL: what there is no room for is not known. */
static struct item *
add_item(struct parser *p, enum kind kind)
{
	struct item *it = &p->c->items[p->c->n_items];

	if (p->c->n_items == MOST_ITEMS - 1)
		p->is_known = false;
	else
		p->c->n_items++;
	*it = (struct item){ .kind = kind, .min = 1, .max = 1 };
	return it;
}

static void
read_quantifier(struct parser *p, struct item *it)
{
	char *end;

	if (skip(p, "?")) {
		it->min = 0;
	} else if (skip(p, "*")) {
		it->min = 0;
		it->max = UINT32_MAX;
	} else if (skip(p, "+")) {
		it->max = UINT32_MAX;
	} else if (skip(p, "{")) {
		it->min = it->max = (uint32_t)strtoul(p->at, &end, 10);
		if (*end == ',') {
			it->max = (uint32_t)strtoul(p->at = end + 1, &end, 10);
			if (end == p->at)
				it->max = UINT32_MAX;
		}
		p->at = end;
		if (!skip(p, "}"))
			p->is_known = false;
		return;
	} else {
		return;
	}
	it->possessive = skip(p, "+");
	if (*p->at == '?')		/* as few as it can */
		p->is_known = false;
}

static void
add_part(struct parser *p, uint32_t class)
{
	if (p->c->n_parts == MOST_PARTS)
		p->is_known = false;
	else
		p->c->parts[p->c->n_parts++] = class;
}

/* The literals of a group, behind its beginning. */
static void
read_literals(struct parser *p, struct item *group)
{
	uint32_t class;
	bool is_first;

	group->part = (uint8_t)p->c->n_parts;
	do {
		for (is_first = true; p->is_known && (is_first ||
		    !strchr("|)", *p->at)); is_first = false) {
			class = add_class(p);
			add_part(p, class);
			if (is_first)
				group->class |= class;
		}
		add_part(p, 0);
	} while (p->is_known && skip(p, "|"));
	group->n_parts = (uint8_t)(p->c->n_parts - group->part);
	p->is_known = p->is_known && skip(p, ")");
}

static void
read_item(struct parser *p)
{
	struct item *it;

	if (skip(p, "(?!")) {
		it = add_item(p, NOT_BEFORE);
		it->class = add_class(p);
		p->is_known = p->is_known && skip(p, ")");
	} else if ((p->folds = skip(p, "(?i:")) || skip(p, "(?:")) {
		it = add_item(p, GROUP);
		read_literals(p, it);
		p->folds = false;
		it->min = !skip(p, "?");
		/* the last of its way: no literal is given back */
		p->is_known = p->is_known && (!*p->at || *p->at == '|');
	} else {
		it = add_item(p, TAKE);
		it->class = add_class(p);
		read_quantifier(p, it);
	}
}

/* A way up to its '|' or the end of the pattern. */
static void
read_way(struct parser *p)
{
	struct jk_cuts *c = p->c;
	const unsigned first = c->n_items;
	uint32_t starts = 0;
	const struct item *it;

	while (p->is_known && *p->at && *p->at != '|')
		read_item(p);
	add_item(p, END);
	if (c->n_ways == MOST_WAYS || !p->is_known) {
		p->is_known = false;
		return;
	}
	for (it = &c->items[first]; it->kind != END; it++) {
		if (it->kind == NOT_BEFORE)
			continue;
		starts |= it->class;
		if (it->min > 0)
			break;
	}
	/* one that may match nothing can begin with any character */
	p->is_known = it->kind != END;
	c->starts[c->n_ways] = starts;
	c->ways[c->n_ways++] = (uint8_t)first;
}

int
jk_cuts_new(struct jk_cuts **cuts, const char *pattern, struct jk_err *err)
{
	struct parser p = { .at = pattern, .is_known = true, .err = err };
	unsigned i;

	*cuts = NULL;
	p.c = calloc(1, sizeof *p.c);
	if (!p.c)
		return jk_fail_nomem(err);
	do
		read_way(&p);
	while (p.is_known && skip(&p, "|"));
	for (i = 0; i < p.c->n_classes; i++)
		if (!p.c->classes[i] || !p.c->names[i])
			break;
	if (i < p.c->n_classes || !p.is_known) {
		bool lost = i < p.c->n_classes;

		if (lost && p.c->classes[i])
			jk_fail_nomem(err);
		jk_cuts_free(p.c);
		return lost ? -1 : 0;
	}
	*cuts = p.c;
	return 0;
}

void
jk_cuts_free(struct jk_cuts *c)
{
	unsigned i;

	for (i = 0; c && i < c->n_classes; i++) {
		jk_regex_free(c->classes[i]);
		free(c->names[i]);
	}
	free(c);
}

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
literal(struct search *x, const struct item *group, const char *from)
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
match(struct search *x, const struct item *it, const char *s)
{
	const char *least, *to;
	uint32_t i;
	size_t size;

	for (x->steps--; it->kind != END; it++, s = to) {
		to = s;
		if (it->kind == NOT_BEFORE) {
			if (s < x->end && look(x, s, &size) & it->class)
				return NULL;
			continue;
		}
		if (it->kind == GROUP) {
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
		if (to == least || it->possessive || it[1].kind == END)
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

/* The first match from s on: where it begins, and *to, where it ends; or NULL. */
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
