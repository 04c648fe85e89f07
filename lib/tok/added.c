#include "tok/added.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/bytes16.h"
#include "text/unicode.h"

struct jk_trie_node {
	uint32_t child, sibling;	/* 0: none */
	uint32_t token;			/* index and one; 0: none */
	unsigned char byte;
};

void
jk_added_set_release(struct jk_added_set *set)
{
	size_t i;

	for (i = 0; i < set->n_tokens; i++)
		free(set->tokens[i].text);
	free(set->tokens);
	free(set->nodes);
	*set = (struct jk_added_set){ 0 };
}

static uint32_t
find_child(const struct jk_added_set *set, uint32_t node, unsigned char byte)
{
	uint32_t c = set->nodes[node].child;

	while (c && set->nodes[c].byte != byte)
		c = set->nodes[c].sibling;
	return c;
}

/* A new node; 0 without memory.  Node 0 is the root. */
static uint32_t
new_node(struct jk_added_set *set)
{
	struct jk_trie_node *p;
	uint32_t cap = set->nodes_cap ? set->nodes_cap * 2 : 256;

	if (set->n_nodes == set->nodes_cap) {
		p = realloc(set->nodes, cap * sizeof *p);
		if (!p)
			return 0;
		set->nodes = p;
		set->nodes_cap = cap;
		if (set->n_nodes == 0)
			p[set->n_nodes++] = (struct jk_trie_node){ 0 };
	}
	set->nodes[set->n_nodes] = (struct jk_trie_node){ 0 };
	return set->n_nodes++;
}

static void
mark_start(struct jk_added_set *set, unsigned first, unsigned second)
{
	unsigned k = first << 8 | second;

	set->starts[k / 64] |= (uint64_t)1 << k % 64;
}

static void
note_first(struct jk_added_set *set, unsigned char byte)
{
	unsigned i;

	if (set->n_firsts > JK_ADDED_FIRSTS)
		return;
	for (i = 0; i < set->n_firsts; i++)
		if (set->firsts[i] == byte)
			return;
	if (i < JK_ADDED_FIRSTS)
		set->firsts[i] = byte;
	set->n_firsts++;
}

/* Step to a byte that a token may begin with, or some way there. */
static size_t
skip_others(const struct jk_added_set *set, const char *s, size_t n, size_t at)
{
	jk_bytes16 v, found;
	uint32_t mask;
	unsigned i;

	if (set->n_firsts > JK_ADDED_FIRSTS)
		return at;
	for (; at + sizeof v <= n; at += sizeof v) {
		v = jk_bytes16_load(s + at);
		found = jk_bytes16_is(v, set->firsts[0]);
		for (i = 1; i < set->n_firsts; i++)
			found |= jk_bytes16_is(v, set->firsts[i]);
		mask = jk_bytes16_mask(found);
		if (mask)
			return at + (size_t)__builtin_ctz(mask);
	}
	return at;
}

int
jk_added_set_add(struct jk_added_set *set, const struct jk_added *token,
    struct jk_err *err)
{
	uint32_t node = 0, child;
	struct jk_added *p;
	size_t i;
	unsigned k;

	if (set->n_tokens == set->cap) {
		size_t cap = set->cap ? set->cap * 2 : 64;

		p = realloc(set->tokens, cap * sizeof *p);
		if (!p)
			return jk_fail_nomem(err);
		set->tokens = p;
		set->cap = cap;
	}
	if (!set->nodes) {
		child = new_node(set);
		if (!child)
			return jk_fail_nomem(err);
	}
	for (i = 0; i < token->n; i++) {
		unsigned char byte = (unsigned char)token->text[i];

		child = find_child(set, node, byte);
		if (!child) {
			child = new_node(set);
			if (!child)
				return jk_fail_nomem(err);
			set->nodes[child].byte = byte;
			set->nodes[child].sibling = set->nodes[node].child;
			set->nodes[node].child = child;
		}
		node = child;
	}
	if (set->nodes[node].token)
		return 0;
	p = &set->tokens[set->n_tokens];
	*p = *token;
	p->text = malloc(token->n + 1);
	if (!p->text)
		return jk_fail_nomem(err);
	memcpy(p->text, token->text, token->n);
	p->text[token->n] = '\0';
	set->nodes[node].token = (uint32_t)++set->n_tokens;
	note_first(set, (unsigned char)token->text[0]);
	if (token->n > 1)
		mark_start(set, (unsigned char)token->text[0],
		    (unsigned char)token->text[1]);
	else
		for (k = 0; k < 256; k++)
			mark_start(set, (unsigned char)token->text[0], k);
	return 0;
}

/* The longest token that begins at s and takes at most n bytes, or NULL. */
static const struct jk_added *
longest(const struct jk_added_set *set, const char *s, size_t n)
{
	const struct jk_added *best = NULL;
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		node = find_child(set, node, (unsigned char)s[i]);
		if (!node)
			break;
		if (set->nodes[node].token)
			best = &set->tokens[set->nodes[node].token - 1];
	}
	return best;
}

/* The character that ends at s + n; false if n is 0. */
static bool
last_character(const char *s, size_t n, uint32_t *code, size_t *size)
{
	size_t from = n;

	if (n == 0)
		return false;
	do
		from--;
	while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80);
	*size = jk_utf8_decode(s + from, n - from, code);
	return *size == n - from;
}

static bool
stands_alone(const char *s, size_t n, size_t begin, size_t end)
{
	uint32_t code;
	size_t size;

	if (last_character(s, begin, &code, &size) && jk_is_word(code))
		return false;
	return !(jk_utf8_decode(s + end, n - end, &code) && jk_is_word(code));
}

bool
jk_added_next(const struct jk_added_set *set, const char *s, size_t n,
    struct jk_content content, size_t *at, size_t done,
    struct jk_added_match *match)
{
	const struct jk_added *t;
	/* the free range [floor, limit) around *at, and the span behind it */
	size_t i = *at, k = 0, floor = 0, limit, size;
	uint32_t code;

	if (set->n_tokens == 0)
		return false;
	for (;; i++) {
		while (k < content.n_spans && content.spans[k].end <= i)
			floor = content.spans[k++].end;
		limit = k < content.n_spans ? content.spans[k].start : n;
		if (limit <= i && k < content.n_spans) {
			i = content.spans[k].end - 1;
			continue;
		}
		if (i >= n)
			return false;
		{
			unsigned pair = (unsigned)(unsigned char)s[i] << 8 |
			    (i + 1 < n ? (unsigned char)s[i + 1] : 0);

			if (!(set->starts[pair / 64] >> pair % 64 & 1)) {
				i = skip_others(set, s, limit, i + 1) - 1;
				continue;
			}
		}
		t = longest(set, s + i, limit - i);
		if (!t)
			continue;
		*at = i + t->n;
		if (t->single_word && !stands_alone(s, n, i, *at)) {
			i = *at - 1;
			continue;
		}
		break;
	}
	*match = (struct jk_added_match){ t, i, *at };
	if (floor < done)
		floor = done;
	if (t->lstrip)
		while (match->begin > floor && last_character(s + floor,
		    match->begin - floor, &code, &size) &&
		    jk_is_white_space(code))
			match->begin -= size;
	if (t->rstrip)
		while ((size = jk_utf8_decode(s + match->end,
		    limit - match->end, &code)) && jk_is_white_space(code))
			match->end += size;
	return true;
}
