#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/pre.h"
#include "model/tokenizer_write.h"

static bool
same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Do two tokenizers cut text in the same way? */
static bool
cut_alike(const struct jk_tokenizer *a, const struct jk_tokenizer *b)
{
	size_t i;

	if (a->normalizer.n_steps != b->normalizer.n_steps ||
	    a->pretokenizer.n_steps != b->pretokenizer.n_steps)
		return false;
	for (i = 0; i < a->normalizer.n_steps; i++)
		if (a->normalizer.steps[i].kind != b->normalizer.steps[i].kind)
			return false;
	for (i = 0; i < a->pretokenizer.n_steps; i++) {
		const struct jk_pretokenizer_step *x, *y;

		x = &a->pretokenizer.steps[i];
		y = &b->pretokenizer.steps[i];
		if (x->kind != y->kind || x->behavior != y->behavior ||
		    x->invert != y->invert || x->individual != y->individual ||
		    x->add_prefix_space != y->add_prefix_space ||
		    !same_string(x->pattern, y->pattern) ||
		    !same_string(x->text, y->text))
			return false;
	}
	return true;
}

/*
 * llama.cpp's names of the way in which text is cut: those of tokenizers that
 * take whole words before merges as t does, or else of others.  NULL: none, or
 * error.
 */
static const char *
find_pre(const struct jk_tokenizer *t, struct jk_err *err)
{
	const struct jk_pre *pre;
	const char *alike = NULL;

	for (pre = jk_pre_table; pre->names; pre++) {
		struct jk_tokenizer *other = jk_tokenizer_new();
		bool same, exact;

		if (!other) {
			jk_fail_nomem(err);
			return NULL;
		}
		if (jk_pre_set(pre, other, err) < 0) {
			jk_tokenizer_free(other);
			return NULL;
		}
		same = cut_alike(t, other);
		exact = same && other->bpe.ignore_merges ==
		    t->bpe.ignore_merges;
		jk_tokenizer_free(other);
		if (exact)
			return pre->names;
		if (same && !alike)
			alike = pre->names;
	}
	if (!alike)
		jk_fail(err, JK_EDATA, "the tokenizer's pre-tokenizer has no "
		    "name in GGUF that is known here: write a folder instead");
	return alike;
}

/* By id: 0 no token, else GGUF's type.  To be freed; NULL: no memory. */
static uint8_t *
find_types(const struct jk_tokenizer *t, uint32_t n_rows)
{
	const struct jk_added_set *sets[] = { &t->added,
		&t->added_normalized };
	uint8_t *types = calloc(n_rows + (size_t)1, 1);
	uint32_t id;
	size_t k, i;

	if (!types)
		return NULL;
	for (id = 0; id < n_rows; id++)
		if (jk_vocab_has(&t->bpe.vocab, id) ||
		    jk_vocab_has(&t->added_vocab, id))
			types[id] = JK_TOKEN_NORMAL;
	for (k = 0; k < 2; k++)
		for (i = 0; i < sets[k]->n_tokens; i++) {
			id = sets[k]->tokens[i].id;
			if (id < n_rows)
				types[id] = jk_token_is_special(t, id) ?
				    JK_TOKEN_CONTROL : JK_TOKEN_USER_DEFINED;
		}
	if (t->bpe.byte_level)
		return types;
	for (k = 0; k < 256; k++)
		if (t->bpe.byte_ids[k] >= 0 &&
		    (uint32_t)t->bpe.byte_ids[k] < n_rows)
			types[t->bpe.byte_ids[k]] = JK_TOKEN_BYTE;
	if (t->bpe.unk_id >= 0 && (uint32_t)t->bpe.unk_id < n_rows)
		types[t->bpe.unk_id] = JK_TOKEN_UNKNOWN;
	return types;
}

static bool
only_spaces(const struct jk_buf *b)
{
	size_t i;

	for (i = 0; i + 3 <= b->len; i += 3)
		if (memcmp(b->data + i, JK_BPE_SPACE, 3) != 0)
			return false;
	return i == b->len && i > 0;
}

static void
put_tokens(struct jk_gguf_meta *m, const struct jk_tokenizer *t,
    const uint8_t *types, uint32_t n_rows)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t id;
	size_t n;

	jk_gguf_put_array(m, "tokenizer.ggml.tokens", JK_GGUF_STRING, n_rows);
	for (id = 0; id < n_rows; id++) {
		jk_buf_clear(&b);
		if (!types[id])
			jk_buf_printf(&b, "[PAD%u]", id);
		else
			jk_tokenizer_spell(t, id, &b);
		/* user-defined runs of spaces are spelled with real ones */
		if (types[id] == JK_TOKEN_USER_DEFINED && !t->bpe.byte_level &&
		    only_spaces(&b)) {
			n = b.len / 3;
			memset(b.data, ' ', n);
			b.len = n;
		}
		jk_gguf_add_string(&m->entries, jk_buf_str(&b), b.len);
		if (b.failed)
			m->entries.failed = true;
	}
	jk_buf_release(&b);
}

static int
put_merges(struct jk_gguf_meta *m, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t n, i;
	struct jk_merge *v = jk_tokenizer_merges(t, &n);

	if (!v)
		return jk_fail_nomem(err);
	jk_gguf_put_array(m, "tokenizer.ggml.merges", JK_GGUF_STRING, n);
	for (i = 0; i < n; i++) {
		jk_buf_clear(&b);
		jk_tokenizer_spell(t, v[i].left, &b);
		jk_buf_addc(&b, ' ');
		jk_tokenizer_spell(t, v[i].right, &b);
		jk_gguf_add_string(&m->entries, jk_buf_str(&b), b.len);
		if (b.failed)
			m->entries.failed = true;
	}
	jk_buf_release(&b);
	free(v);
	return 0;
}

/*
 * SentencePiece merges by the score of the result.  Merges are sorted by it,
 * so a result whose merges lie between another's has the same score; each
 * such group gets one less than the group before.  Added tokens have 0, the
 * score of the first group, whatever is written.
 */
static int
put_scores(struct jk_gguf_meta *m, const struct jk_tokenizer *t,
    const uint8_t *types, uint32_t n_rows, struct jk_err *err)
{
	size_t n, i, end = 0;
	struct jk_merge *v = jk_tokenizer_merges(t, &n);
	size_t *last = calloc(t->n_ids + (size_t)1, sizeof *last);
	float *scores = calloc(t->n_ids + (size_t)1, sizeof *scores), s = 1;
	uint32_t id, bits;
	int r = -1;

	if (!v || !last || !scores) {
		jk_fail_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++) {
		id = v[i].id;
		last[id] = i + 1;
		if (id < n_rows && (types[id] == JK_TOKEN_CONTROL ||
		    types[id] == JK_TOKEN_USER_DEFINED))
			end = i + 1;
	}
	if (end > 0)
		s = 0;
	for (i = 0; i < n; i++) {
		if (i == end)
			s--;
		if (last[v[i].id] > end)
			end = last[v[i].id];
		scores[v[i].id] = s;
	}
	jk_gguf_put_array(m, "tokenizer.ggml.scores", JK_GGUF_F32, n_rows);
	for (id = 0; id < n_rows; id++) {
		float x = types[id] == JK_TOKEN_BYTE ? 0 :
		    types[id] != JK_TOKEN_NORMAL ? -1000 :
		    last[id] ? scores[id] : s - 1;

		memcpy(&bits, &x, sizeof bits);
		jk_gguf_add_u32(&m->entries, bits);
	}
	r = 0;
out:
	free(v);
	free(last);
	free(scores);
	return r;
}

static bool
has_space_prefix(const struct jk_tokenizer *t)
{
	size_t i;

	for (i = 0; i < t->normalizer.n_steps; i++)
		if (t->normalizer.steps[i].kind == JK_NORMALIZE_PREPEND)
			return true;
	for (i = 0; i < t->pretokenizer.n_steps; i++)
		if (t->pretokenizer.steps[i].kind == JK_PRETOKENIZE_METASPACE)
			return t->pretokenizer.steps[i].prepend !=
			    JK_PREPEND_NEVER;
	return false;
}

int
jk_tokenizer_to_gguf(const struct jk_tokenizer *t, uint32_t n_rows,
    const char *model, struct jk_gguf_meta *m, struct jk_err *err)
{
	const bool bytes = t->bpe.byte_level;
	const char *pre = "default";
	uint8_t *types;
	uint32_t id;
	int r = 0;

	if (bytes && !(pre = find_pre(t, err)))
		return -1;
	if (!bytes && !t->bpe.byte_fallback)
		return jk_fail(err, JK_EDATA, "the tokenizer is neither "
		    "byte-level nor has it byte fallback: GGUF has no name "
		    "for it");
	types = find_types(t, n_rows);
	if (!types)
		return jk_fail_nomem(err);
	jk_gguf_put_text(m, "tokenizer.ggml.model", bytes ? "gpt2" : model ?
	    model : "llama");
	if (bytes || !model)
		jk_gguf_put_string(m, "tokenizer.ggml.pre", pre, strcspn(pre,
		    " "));
	put_tokens(m, t, types, n_rows);
	if (!bytes)
		r = put_scores(m, t, types, n_rows, err);
	jk_gguf_put_array(m, "tokenizer.ggml.token_type", JK_GGUF_I32, n_rows);
	for (id = 0; id < n_rows; id++)
		jk_gguf_add_u32(&m->entries, types[id] ? types[id] :
		    JK_TOKEN_UNUSED);
	free(types);
	if (r == 0 && (bytes || model))
		r = put_merges(m, t, err);
	jk_gguf_put_bool(m, "tokenizer.ggml.add_bos_token", t->prefix.n > 0);
	jk_gguf_put_bool(m, "tokenizer.ggml.add_eos_token", t->suffix.n > 0);
	if (!bytes)
		jk_gguf_put_bool(m, "tokenizer.ggml.add_space_prefix",
		    has_space_prefix(t));
	return r;
}
