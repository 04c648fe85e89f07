#include "model/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/path.h"
#include "model/pre.h"
#include "model/vocab_files.h"

struct source {
	const struct jk_gguf *gguf;
	const struct jk_gguf_entry *tokens, *types, *scores, *merges;
	bool sentencepiece;
	struct jk_err *err;
};

static const struct jk_gguf_entry *
get_array(const struct jk_gguf *g, const char *key, enum jk_gguf_type type)
{
	const struct jk_gguf_entry *e = jk_gguf_find(g, key);

	return e && e->type == JK_GGUF_ARRAY && e->element == type ? e : NULL;
}

static bool
equals(struct jk_gguf_string s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.s, text, s.n) == 0;
}

/*
 * SentencePiece's user-defined pieces of spaces are stored with real spaces
 * (convert_hf_to_gguf.py), elsewhere with U+2581.
 */
static void
add_spelled(struct jk_buf *b, struct jk_gguf_string s, bool sentencepiece,
    int64_t type)
{
	size_t i;

	for (i = 0; i < s.n && s.s[i] == ' '; i++)
		;
	if (!sentencepiece || type != JK_TOKEN_USER_DEFINED || i < s.n) {
		jk_buf_add(b, s.s, s.n);
		return;
	}
	for (i = 0; i < s.n; i++)
		jk_buf_add(b, JK_BPE_SPACE, 3);
}

static int64_t
type_of(const struct source *src, uint64_t id)
{
	return src->types ? jk_gguf_int_at(src->types, id) : JK_TOKEN_NORMAL;
}

static bool
is_added(int64_t type)
{
	return type == JK_TOKEN_UNKNOWN || type == JK_TOKEN_CONTROL ||
	    type == JK_TOKEN_USER_DEFINED;
}

static int
read_vocab(struct jk_tokenizer *t, const struct source *src)
{
	const unsigned char *at = src->tokens->data;
	struct jk_buf b = JK_BUF_INIT;
	bool searchable;
	uint64_t i;
	int r = 0;

	for (i = 0; i < src->tokens->n && r == 0; i++) {
		struct jk_gguf_string s = jk_gguf_next_string(&at);
		int64_t type = type_of(src, i);

		if (type == JK_TOKEN_UNUSED)	/* filler without a meaning */
			continue;
		if (jk_utf8_valid_len(s.s, s.n) != s.n) {
			r = jk_fail(src->err, JK_EDATA, "token %llu: invalid "
			    "UTF-8", (unsigned long long)i);
			break;
		}
		jk_buf_clear(&b);
		searchable = true;
		if (src->sentencepiece) {
			add_spelled(&b, s, true, type);
		} else if (!(searchable = jk_from_byte_level(s.s, s.n, &b))) {
			jk_buf_clear(&b);
			jk_buf_add(&b, s.s, s.n);
		}
		r = jk_buf_check(&b, src->err);
		if (r == 0)
			r = jk_vocab_add(&t->bpe.vocab, (uint32_t)i,
			    jk_buf_str(&b), b.len, searchable, src->err);
	}
	jk_buf_release(&b);
	return r;
}

/* One of a merge's two, which are spelled as the vocabulary is. */
static bool
add_part(const struct source *src, const char *s, size_t n, struct jk_buf *b)
{
	if (!src->sentencepiece)
		return jk_from_byte_level(s, n, b);
	jk_buf_add(b, s, n);
	return true;
}

static int
read_merges(struct jk_tokenizer *t, const struct source *src)
{
	struct jk_buf both = JK_BUF_INIT;
	const unsigned char *at;
	const char *space;
	size_t n_left;
	uint64_t i;
	bool fine;
	int r = 0;

	if (!src->merges)
		return jk_fail(src->err, JK_EDATA, "no tokenizer.ggml.merges");
	at = src->merges->data;
	for (i = 0; i < src->merges->n && r == 0; i++) {
		struct jk_gguf_string s = jk_gguf_next_string(&at);

		space = s.n ? memchr(s.s + 1, ' ', s.n - 1) : NULL;
		jk_buf_clear(&both);
		fine = space && add_part(src, s.s, (size_t)(space - s.s),
		    &both);
		n_left = both.len;
		if (!fine || !add_part(src, space + 1,
		    s.n - (size_t)(space - s.s) - 1, &both)) {
			r = jk_fail(src->err, JK_EDATA, "bad merge %llu",
			    (unsigned long long)i);
			break;
		}
		r = jk_buf_check(&both, src->err);
		if (r == 0)
			r = jk_bpe_add_merge(&t->bpe, jk_buf_str(&both),
			    n_left, both.len, src->err);
	}
	jk_buf_release(&both);
	return r;
}

/* --- merges of a SentencePiece vocabulary */

struct candidate {
	float score;
	uint32_t n_left, n_right;	/* characters */
	uint32_t id, left, right;
};

/*
 * The order of `transformers` (convert_slow_tokenizer.py: generate_merges):
 * by score, length of the left part, length of the right part, all downwards;
 * ties in the order of the vocabulary, within a piece by the parts' ids.
 */
static int
by_order(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->n_left != y->n_left)
		return x->n_left > y->n_left ? -1 : 1;
	if (x->n_right != y->n_right)
		return x->n_right > y->n_right ? -1 : 1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->left != y->left)
		return x->left < y->left ? -1 : 1;
	return (x->right > y->right) - (x->right < y->right);
}

/* All ways to split piece `id` in two pieces, appended to *v. */
static int
split_piece(const struct jk_vocab *vocab, uint32_t id, float score,
    struct candidate **v, size_t *n, size_t *cap, struct jk_err *err)
{
	size_t size, i, k;
	const char *s = jk_vocab_text(vocab, id, &size);
	uint32_t n_chars = 0, n_left = 0;

	for (i = 0; i < size; i++)
		n_chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	for (i = 1, k = 0; i < size; i++) {
		int32_t left, right;

		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		n_left = (uint32_t)++k;
		left = jk_vocab_find(vocab, s, i);
		right = left < 0 ? -1 : jk_vocab_find(vocab, s + i, size - i);
		if (right < 0)
			continue;
		if (*n == *cap) {
			size_t more = *cap ? *cap * 2 : 1 << 16;
			struct candidate *p = realloc(*v, more * sizeof *p);

			if (!p)
				return jk_fail_nomem(err);
			*v = p;
			*cap = more;
		}
		(*v)[(*n)++] = (struct candidate){ score, n_left,
			n_chars - n_left, id, (uint32_t)left,
			(uint32_t)right };
	}
	return 0;
}

static int
make_merges(struct jk_tokenizer *t, const struct source *src)
{
	const struct jk_vocab *vocab = &t->bpe.vocab;
	struct candidate *v = NULL;
	size_t n = 0, cap = 0, i;
	uint32_t id;
	int r = 0;

	if (!src->scores || src->scores->n != src->tokens->n)
		return jk_fail(src->err, JK_EDATA, "no tokenizer.ggml.scores");
	for (id = 0; id < vocab->n_ids && r == 0; id++) {
		int64_t type = type_of(src, id);
		float score = jk_gguf_f32_at(src->scores, id);

		if (!jk_vocab_has(vocab, id))
			continue;
		/* the converter's -1000; SentencePiece has 0 */
		if (type == JK_TOKEN_CONTROL || type == JK_TOKEN_USER_DEFINED)
			score = 0;
		if (score != score)
			r = jk_fail(src->err, JK_EDATA, "token %u: score is "
			    "not a number", id);
		else
			r = split_piece(vocab, id, score, &v, &n, &cap,
			    src->err);
	}
	if (r == 0 && n > UINT32_MAX / 4)
		r = jk_fail(src->err, JK_EDATA, "too many merges");
	if (r == 0 && n > 0) {
		qsort(v, n, sizeof *v, by_order);
		r = jk_bpe_reserve(&t->bpe, (uint32_t)n, src->err);
	}
	for (i = 0; i < n && r == 0; i++) {
		size_t n_left, size;
		const char *both = jk_vocab_text(vocab, v[i].id, &size);

		(void)jk_vocab_text(vocab, v[i].left, &n_left);
		r = jk_bpe_add_merge(&t->bpe, both, n_left, size, src->err);
	}
	free(v);
	return r;
}

/* --- the rest */

static int
read_added(struct jk_tokenizer *t, const struct source *src)
{
	const unsigned char *at = src->tokens->data;
	struct jk_buf b = JK_BUF_INIT;
	uint64_t i;
	int r = 0;

	for (i = 0; i < src->tokens->n && r == 0; i++) {
		struct jk_gguf_string s = jk_gguf_next_string(&at);
		int64_t type = type_of(src, i);
		struct jk_added a = { .id = (uint32_t)i };

		if (!is_added(type))
			continue;
		jk_buf_clear(&b);
		add_spelled(&b, s, src->sentencepiece, type);
		a.text = b.data;
		a.n = b.len;
		a.special = type != JK_TOKEN_USER_DEFINED;
		r = jk_buf_check(&b, src->err);
		if (r == 0)
			r = jk_tokenizer_add_token(t, &a, false, src->err);
	}
	jk_buf_release(&b);
	return r;
}

/* A special id that is put around every text, if the file says so. */
static int
add_around(const struct source *src, const char *flag, bool absent,
    const char *key, struct jk_ids *out)
{
	bool on = absent;
	int64_t id;

	if (jk_gguf_find(src->gguf, flag) &&
	    !jk_gguf_get_bool(src->gguf, flag, &on))
		return jk_fail(src->err, JK_EDATA, "bad %s", flag);
	if (!on || !jk_gguf_get_int(src->gguf, key, &id))
		return 0;
	if (id < 0 || (uint64_t)id >= src->tokens->n)
		return jk_fail(src->err, JK_EDATA, "bad %s", key);
	if (jk_ids_reserve(out, 1, src->err) < 0)
		return -1;
	out->v[out->n++] = (uint32_t)id;
	return 0;
}

static bool
token_is(const struct source *src, uint64_t id, const char *text)
{
	struct jk_gguf_string s = { "", 0 };
	const unsigned char *at = src->tokens->data;
	uint64_t i;

	for (i = 0; i <= id && i < src->tokens->n; i++)
		s = jk_gguf_next_string(&at);
	return i > id && equals(s, text);
}

/*
 * How text is split by a vocabulary that is well known, for files made before
 * they said so (llama.cpp, April 2024); NULL for others: a guess would give
 * other ids without a word.
 */
static const struct jk_pre *
known_pre(const struct source *src)
{
	const struct jk_pre *p;

	for (p = jk_pre_table; p->names; p++)
		if (p->token && (!p->n || p->n == src->tokens->n) &&
		    token_is(src, p->id, p->token) &&
		    (!p->next || token_is(src, p->id + 1, p->next)))
			return p;
	return NULL;
}

static int
read_byte_level(struct jk_tokenizer *t, const struct source *src)
{
	static const char key[] = "tokenizer.ggml.pre";
	struct jk_gguf_string name;
	struct jk_err *err = src->err;
	const struct jk_pre *pre;

	if (!jk_gguf_find(src->gguf, key)) {
		pre = known_pre(src);
		if (!pre)
			return jk_fail(err, JK_EDATA, "no %s, which says how "
			    "text is split, and the vocabulary is not a known "
			    "one: convert the model anew with a llama.cpp of "
			    "May 2024 or later, or take its folder", key);
	} else if (!jk_gguf_get_string(src->gguf, key, &name)) {
		return jk_fail(err, JK_EDATA, "bad %s", key);
	} else {
		pre = jk_pre_find(name.s, name.n);
		if (!pre)
			return jk_fail(err, JK_EDATA, "unsupported "
			    "pre-tokenizer: %.*s; take the model's folder, "
			    "whose tokenizer.json says how text is split",
			    name.n < 100 ? (int)name.n : 100, name.s);
	}
	if (jk_pre_set(pre, t, err) < 0 ||
	    read_vocab(t, src) < 0 || read_merges(t, src) < 0)
		return -1;
	return add_around(src, "tokenizer.ggml.add_bos_token", pre->adds_bos,
	    "tokenizer.ggml.bos_token_id", &t->prefix);
}

static int
read_sentencepiece(struct jk_tokenizer *t, const struct source *src,
    bool has_merges)
{
	static const char key[] = "tokenizer.ggml.add_space_prefix";
	bool prefix = true;
	int64_t unk;

	if (jk_gguf_find(src->gguf, key) &&
	    !jk_gguf_get_bool(src->gguf, key, &prefix))
		return jk_fail(src->err, JK_EDATA, "bad %s", key);
	t->bpe.byte_fallback = t->bpe.fuse_unk = true;
	if (prefix) {
		t->strip_spaces = 1;
		if (jk_normalizer_add(&t->normalizer, JK_NORMALIZE_PREPEND,
		    NULL, JK_BPE_SPACE, src->err) < 0)
			return -1;
	}
	if (jk_normalizer_add(&t->normalizer, JK_NORMALIZE_REPLACE, " ",
	    JK_BPE_SPACE, src->err) < 0 || read_vocab(t, src) < 0 ||
	    (has_merges ? read_merges(t, src) : make_merges(t, src)) < 0)
		return -1;
	if (jk_gguf_get_int(src->gguf, "tokenizer.ggml.unknown_token_id",
	    &unk)) {
		if (unk < 0 || (uint64_t)unk >= src->tokens->n)
			return jk_fail(src->err, JK_EDATA, "bad "
			    "tokenizer.ggml.unknown_token_id");
		t->bpe.unk_id = (int32_t)unk;
	}
	return add_around(src, "tokenizer.ggml.add_bos_token", true,
	    "tokenizer.ggml.bos_token_id", &t->prefix);
}

struct jk_tokenizer *
jk_gguf_tokenizer(const struct jk_gguf *g, struct jk_err *err)
{
	struct source src = { .gguf = g, .err = err };
	struct jk_gguf_string model;
	struct jk_tokenizer *t = jk_tokenizer_new();
	int r = -1;

	if (!t) {
		jk_fail_nomem(err);
		return NULL;
	}
	src.tokens = get_array(g, "tokenizer.ggml.tokens", JK_GGUF_STRING);
	src.types = get_array(g, "tokenizer.ggml.token_type", JK_GGUF_I32);
	src.scores = get_array(g, "tokenizer.ggml.scores", JK_GGUF_F32);
	src.merges = get_array(g, "tokenizer.ggml.merges", JK_GGUF_STRING);
	if (!src.tokens || src.tokens->n > JK_MAX_TOKEN_ID ||
	    (src.types && src.types->n != src.tokens->n) ||
	    !jk_gguf_get_string(g, "tokenizer.ggml.model", &model)) {
		jk_fail(err, JK_EDATA, "no tokenizer, or not all of it");
	} else if (equals(model, "gpt2")) {
		r = read_byte_level(t, &src);
	} else if (equals(model, "llama") || equals(model, "gemma4")) {
		/* Gemma 4's scores say nothing: its merges are written */
		src.sentencepiece = true;
		r = read_sentencepiece(t, &src, equals(model, "gemma4"));
	} else {
		jk_fail(err, JK_EDATA, "unsupported tokenizer: %.*s",
		    model.n < 100 ? (int)model.n : 100, model.s);
	}
	if (r < 0 || read_added(t, &src) < 0 || add_around(&src,
	    "tokenizer.ggml.add_eos_token", false,
	    "tokenizer.ggml.eos_token_id", &t->suffix) < 0 ||
	    jk_tokenizer_finish(t, err) < 0) {
		jk_tokenizer_free(t);
		return NULL;
	}
	return t;
}

struct jk_tokenizer *
jk_model_tokenizer(const struct jk_model *m, struct jk_err *err)
{
	struct jk_tokenizer *t = NULL;
	struct jk_map map;
	char *path;
	int has_files;

	if (m->is_gguf) {
		t = jk_gguf_tokenizer(&m->gguf, err);
		if (!t)
			jk_fail_prefix(err, "%s", m->path);
		return t;
	}
	has_files = jk_has_vocab_files(m, err);
	if (has_files)
		return has_files < 0 ? NULL : jk_vocab_files_tokenizer(m, err);
	path = jk_path_join(m->path, JK_TOKENIZER_FILE, err);
	if (path && jk_is_absent(path))
		jk_fail(err, JK_EDATA, "%s: No such file; where the tokenizer "
		    "is in tokenizer.model, transformers' " JK_MAKE_TOKENIZER
		    " writes it", path);
	else if (path && jk_map_open(&map, path, err) == 0) {
		t = jk_tokenizer_from_json((const char *)map.data,
		    map.size_bytes, err);
		if (!t)
			jk_fail_prefix(err, "%s", path);
		jk_map_close(&map);
	}
	free(path);
	return t;
}

int
jk_model_tokenizer_hash(const struct jk_model *m,
    const struct jk_tokenizer *t, struct jk_hash128 *hash, struct jk_err *err)
{
	return jk_tokenizer_hash(t, m->config.vocab_size, hash, err);
}
