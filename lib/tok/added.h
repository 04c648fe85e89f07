#ifndef JK_TOK_ADDED_H
#define JK_TOK_ADDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

/*
 * Added tokens: texts that are cut out before anything else happens, such as
 * <|im_end|>.  The leftmost longest match counts.
 */
struct jk_added {
	uint32_t id;
	char *text;		/* as it is matched; owned by the set */
	size_t n;
	bool single_word, lstrip, rstrip, special;
};

enum { JK_ADDED_FIRSTS = 6 };

struct jk_added_set {
	struct jk_added *tokens;
	size_t n_tokens, cap;
	struct jk_trie_node *nodes;
	uint32_t n_nodes, nodes_cap;
	/* which pairs of first bytes begin a token */
	uint64_t starts[65536 / 64];
	/* the first bytes, where they are few */
	unsigned char firsts[JK_ADDED_FIRSTS];
	unsigned n_firsts;	/* JK_ADDED_FIRSTS + 1: they are not */
};

void jk_added_set_release(struct jk_added_set *set);

/*
 * Add a token whose text (not empty) is copied; one that is there already is
 * left as it is.  Errors: JK_ESYS.
 */
int jk_added_set_add(struct jk_added_set *set, const struct jk_added *token,
    struct jk_err *err) JK_WARN_UNUSED;

/* Where matches may not be: inside content, whose spans stand in order. */
struct jk_content {
	const struct jk_span *spans;
	size_t n_spans;
};

struct jk_added_match {
	const struct jk_added *token;
	size_t begin, end;	/* with the white space that it strips */
};

/*
 * The next match in the n bytes at `s`, no byte of which is content, from
 * *at on (start with 0); *at moves behind it.  `done` is the end of the match
 * before (0 at first): white space up to there is not stripped again.  False
 * when there is none.
 */
bool jk_added_next(const struct jk_added_set *set, const char *s, size_t n,
    struct jk_content content, size_t *at, size_t done,
    struct jk_added_match *match);

#endif
