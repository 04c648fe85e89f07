#include "tok/cuts_pattern.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct parser {
	struct jk_cuts *c;
	const char *at;
	bool is_known;		/* of the family, so far */
	bool is_lost;		/* *err says why */
	bool folds;		/* in (?i: */
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

/* A new class, which takes `name` over: its bit, 0 with p->is_lost. */
static uint32_t
new_class(struct parser *p, char *name)
{
	struct jk_cuts *c = p->c;
	const unsigned i = c->n_classes++;

	c->names[i] = name;
	c->classes[i] = jk_regex_new(name, 0, JK_EDATA, p->err);
	p->is_lost = !c->classes[i];
	return p->is_lost ? 0 : (uint32_t)1 << i;
}

/* The bit of the class at p->at, which is stepped over; 0: there is none. */
static uint32_t
add_class(struct parser *p)
{
	const struct jk_cuts *c = p->c;
	const size_t n = class_len(p->at);
	struct jk_buf b = JK_BUF_INIT;
	uint32_t class = 0;
	unsigned i;

	jk_buf_adds(&b, p->folds ? "(?i:" : "(?:");
	jk_buf_add(&b, p->at, n);
	jk_buf_adds(&b, ")+");
	p->at += n;
	if (jk_buf_check(&b, p->err) < 0) {
		p->is_lost = true;
	} else if (n) {
		for (i = 0; i < c->n_classes; i++)
			if (strcmp(c->names[i], b.data) == 0)
				break;
		if (i < c->n_classes) {
			class = (uint32_t)1 << i;
		} else if (i < JK_CUTS_CLASSES) {
			class = new_class(p, b.data);
			b = (struct jk_buf)JK_BUF_INIT;
		}
	}
	jk_buf_release(&b);
	if (!class)
		p->is_known = false;
	return class;
}

/* Never NULL: what there is no room for is not known. */
static struct jk_cuts_item *
add_item(struct parser *p, enum jk_cuts_kind kind)
{
	struct jk_cuts_item *it = &p->c->items[p->c->n_items];

	if (p->c->n_items == JK_CUTS_ITEMS - 1)
		p->is_known = false;
	else
		p->c->n_items++;
	*it = (struct jk_cuts_item){ .kind = kind, .min = 1, .max = 1 };
	return it;
}

static void
read_quantifier(struct parser *p, struct jk_cuts_item *it)
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
	if (p->c->n_parts == JK_CUTS_PARTS)
		p->is_known = false;
	else
		p->c->parts[p->c->n_parts++] = class;
}

/* The literals of a group, behind its beginning. */
static void
read_literals(struct parser *p, struct jk_cuts_item *group)
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
	struct jk_cuts_item *it;

	if (skip(p, "(?!")) {
		it = add_item(p, JK_CUT_NOT_BEFORE);
		it->class = add_class(p);
		p->is_known = p->is_known && skip(p, ")");
	} else if ((p->folds = skip(p, "(?i:")) || skip(p, "(?:")) {
		it = add_item(p, JK_CUT_GROUP);
		read_literals(p, it);
		p->folds = false;
		it->min = !skip(p, "?");
		/* the last of its way: no literal is given back */
		p->is_known = p->is_known && (!*p->at || *p->at == '|');
	} else {
		it = add_item(p, JK_CUT_TAKE);
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
	const struct jk_cuts_item *it;

	while (p->is_known && *p->at && *p->at != '|')
		read_item(p);
	add_item(p, JK_CUT_END);
	if (c->n_ways == JK_CUTS_WAYS || !p->is_known) {
		p->is_known = false;
		return;
	}
	for (it = &c->items[first]; it->kind != JK_CUT_END; it++) {
		if (it->kind == JK_CUT_NOT_BEFORE)
			continue;
		starts |= it->class;
		if (it->min > 0)
			break;
	}
	/* one that may match nothing can begin with any character */
	p->is_known = it->kind != JK_CUT_END;
	c->starts[c->n_ways] = starts;
	c->ways[c->n_ways++] = (uint8_t)first;
}

int
jk_cuts_new(struct jk_cuts **cuts, const char *pattern, struct jk_err *err)
{
	struct parser p = { .at = pattern, .is_known = true, .err = err };

	*cuts = NULL;
	p.c = calloc(1, sizeof *p.c);
	if (!p.c)
		return jk_fail_nomem(err);
	do
		read_way(&p);
	while (p.is_known && skip(&p, "|"));
	if (p.is_known)
		*cuts = p.c;
	else
		jk_cuts_free(p.c);
	return p.is_lost ? -1 : 0;
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
