#include "tok/vocab_merges.h"

#include <string.h>

#include "tok/bpe_json.h"

static int
read_vocab(struct jk_bpe *bpe, const struct jk_vocab_merges *f,
    struct jk_err *err)
{
	struct jk_scan s = { f->vocab, f->vocab, f->vocab + f->n_vocab,
		JK_BUF_INIT, err };
	int r = -1;

	if (jk_utf8_valid_len(f->vocab, f->n_vocab) != f->n_vocab)
		jk_fail(err, JK_EDATA, "invalid UTF-8 at byte %zu",
		    jk_utf8_valid_len(f->vocab, f->n_vocab) + 1);
	else
		r = jk_vocab_read(bpe, &s);
	if (r == 0 && jk_scan_peek(&s))
		r = jk_scan_fail(&s, "text behind the object");
	jk_scan_release(&s);
	return r < 0 ? jk_fail_prefix(err, "vocab.json") : 0;
}

/* One merge of n bytes: its parts' bytes behind each other go to *both. */
static int
add_merge(struct jk_bpe *bpe, const char *line, size_t n, struct jk_buf *both,
    struct jk_err *err)
{
	const char *space = memchr(line, ' ', n);
	size_t n_left = space ? (size_t)(space - line) : 0, n_first;

	if (!space || memchr(space + 1, ' ', n - n_left - 1))
		return jk_fail(err, JK_EDATA, "a merge has two parts with a "
		    "space between them");
	jk_buf_clear(both);
	if (!jk_from_byte_level(line, n_left, both))
		return jk_fail(err, JK_EDATA, "merge of an unknown token");
	n_first = both->len;
	if (!jk_from_byte_level(space + 1, n - n_left - 1, both))
		return jk_fail(err, JK_EDATA, "merge of an unknown token");
	if (jk_buf_check(both, err) < 0)
		return -1;
	return jk_bpe_add_merge(bpe, jk_buf_str(both), n_first, both->len,
	    err);
}

static int
read_merges(struct jk_bpe *bpe, const struct jk_vocab_merges *f,
    struct jk_err *err)
{
	static const char version[] = "#version";
	const char *at = f->merges, *end = at + f->n_merges, *next;
	struct jk_buf both = JK_BUF_INIT;
	size_t n, number = 0;
	int r = 0;

	for (; r == 0 && at < end; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		n = (size_t)((newline ? newline : end) - at);
		next = newline ? newline + 1 : end;
		number++;
		if (n > 0 && newline && at[n - 1] == '\r')
			n--;
		if (n >= strlen(version) &&
		    memcmp(at, version, strlen(version)) == 0)
			continue;
		r = add_merge(bpe, at, n, &both, err);
	}
	jk_buf_release(&both);
	return r < 0 ? jk_fail_prefix(err, "merges.txt:%zu", number) : 0;
}

struct jk_tokenizer *
jk_tokenizer_from_vocab_merges(const struct jk_vocab_merges *files,
    struct jk_err *err)
{
	struct jk_tokenizer *t = jk_tokenizer_new();

	if (!t) {
		jk_fail_nomem(err);
		return NULL;
	}
	t->bpe.byte_level = true;
	if (jk_pretokenizer_add_byte_level(&t->pretokenizer, true,
	    files->add_prefix_space, err) < 0 ||
	    read_vocab(&t->bpe, files, err) < 0 ||
	    read_merges(&t->bpe, files, err) < 0) {
		jk_tokenizer_free(t);
		return NULL;
	}
	return t;
}

/* The id of a text among tokens that BPE cannot produce, or -1. */
static int64_t
find_spelled(const struct jk_vocab *v, const char *s, size_t n)
{
	const char *have;
	size_t n_have;
	uint32_t id;

	for (id = 0; id < v->n_ids; id++) {
		if (!jk_vocab_has(v, id))
			continue;
		have = jk_vocab_text(v, id, &n_have);
		if (n == n_have && memcmp(s, have, n) == 0 &&
		    jk_vocab_find(v, s, n) != (int32_t)id)
			return id;
	}
	return -1;
}

static int64_t
find(const struct jk_vocab *v, const char *s, size_t n, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	int64_t id;

	if (jk_from_byte_level(s, n, &b))
		id = jk_vocab_find(v, jk_buf_str(&b), b.len);
	else
		id = find_spelled(v, s, n);
	if (jk_buf_check(&b, err) < 0)
		id = -2;
	jk_buf_release(&b);
	return id;
}

/* Behind the added tokens, but not below the number of the vocabulary's. */
static uint32_t
next_id(const struct jk_tokenizer *t)
{
	const struct jk_added_set *sets[] = { &t->added,
		&t->added_normalized };
	const struct jk_vocab *v = &t->bpe.vocab;
	uint32_t id, next = 0;
	size_t k, i;

	for (id = 0; id < v->n_ids; id++)
		next += jk_vocab_has(v, id);
	for (k = 0; k < 2; k++)
		for (i = 0; i < sets[k]->n_tokens; i++)
			if (sets[k]->tokens[i].id >= next)
				next = sets[k]->tokens[i].id + 1;
	return next;
}

int
jk_tokenizer_add_text(struct jk_tokenizer *t, struct jk_added *token,
    bool normalized, struct jk_err *err)
{
	int64_t id = jk_token_find_added(t, token->text);

	if (id >= 0 || token->n == 0) {
		token->id = id >= 0 ? (uint32_t)id : 0;
		return 0;
	}
	id = find(&t->bpe.vocab, token->text, token->n, err);
	if (id < -1)
		return -1;
	token->id = id < 0 ? next_id(t) : (uint32_t)id;
	return jk_tokenizer_add_token(t, token, normalized, err);
}

/* Whether a text could hold both so that they share a byte. */
static bool
can_overlap(const struct jk_added *a, const struct jk_added *b)
{
	size_t i, n;

	if (a->lstrip || a->rstrip || b->lstrip || b->rstrip)
		return true;
	for (i = 0; i < a->n; i++) {	/* b begins at byte i of a */
		n = a->n - i < b->n ? a->n - i : b->n;
		if (memcmp(a->text + i, b->text, n) == 0)
			return true;
	}
	for (i = 1; i < b->n; i++) {
		n = b->n - i < a->n ? b->n - i : a->n;
		if (memcmp(b->text + i, a->text, n) == 0)
			return true;
	}
	return false;
}

int
jk_tokenizer_join_added(struct jk_tokenizer *t, struct jk_err *err)
{
	struct jk_added_set *from = &t->added_normalized;
	size_t i, k;

	for (i = 0; i < from->n_tokens; i++)
		for (k = 0; k < t->added.n_tokens; k++)
			if (can_overlap(&from->tokens[i], &t->added.tokens[k]))
				return 0;
	for (i = 0; i < from->n_tokens; i++)
		if (jk_added_set_add(&t->added, &from->tokens[i], err) < 0)
			return -1;
	jk_added_set_release(from);
	*from = (struct jk_added_set){ 0 };
	return 0;
}
