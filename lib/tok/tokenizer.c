#include "tok/tokenizer.h"

#include <stdlib.h>
#include <string.h>

struct jk_tokenizer *
jk_tokenizer_new(void)
{
	struct jk_tokenizer *t = calloc(1, sizeof *t);

	if (t)
		t->bpe.unk_id = -1;
	return t;
}

void
jk_tokenizer_free(struct jk_tokenizer *t)
{
	if (!t)
		return;
	jk_bpe_release(&t->bpe);
	jk_vocab_release(&t->added_vocab);
	jk_added_set_release(&t->added);
	jk_added_set_release(&t->added_normalized);
	jk_normalizer_release(&t->normalizer);
	jk_pretokenizer_release(&t->pretokenizer);
	jk_ids_release(&t->prefix);
	jk_ids_release(&t->suffix);
	free(t->is_special);
	free(t);
}

/*
 * The bytes 33-126, 161-172 and 174-255 stand for themselves, the other 68
 * for the characters from U+0100 on, in order.
 */
bool
jk_from_byte_level(const char *s, size_t n, struct jk_buf *out)
{
	uint32_t code;
	size_t size;

	for (; n > 0; s += size, n -= size) {
		size = jk_utf8_decode(s, n, &code);
		if (size == 0 || code > 0x143)
			return false;
		if (code < 0x100) {
			if (code < 33 || (code > 126 && code < 161) ||
			    code == 173)
				return false;
		} else {
			code -= 0x100;
			code = code < 33 ? code : code < 67 ?
			    code - 33 + 127 : 173;
		}
		jk_buf_addc(out, (char)code);
	}
	return true;
}

/* Has the vocabulary the token's text under its id, or neither of them? */
static bool
agrees(const struct jk_tokenizer *t, const struct jk_added *token)
{
	const struct jk_vocab *v = &t->bpe.vocab;
	struct jk_buf b = JK_BUF_INIT;
	const char *s = token->text, *have;
	size_t n = token->n, n_have;
	bool same;

	if (t->bpe.byte_level && jk_from_byte_level(s, n, &b)) {
		s = jk_buf_str(&b);
		n = b.len;
	}
	if (jk_vocab_has(v, token->id)) {
		have = jk_vocab_text(v, token->id, &n_have);
		same = n == n_have && memcmp(s, have, n) == 0;
	} else {
		same = jk_vocab_find(v, s, n) < 0;
	}
	jk_buf_release(&b);
	return same;
}

/*
 * A step that cuts at a text which the normalizer has just replaced never
 * does anything.  (Gemma: " " becomes U+2581, then text is cut at " ".)
 */
static void
drop_idle_step(struct jk_tokenizer *t)
{
	struct jk_pretokenizer *p = &t->pretokenizer;
	size_t k = t->normalizer.n_steps, i;

	if (k == 0 || p->n_steps == 0)
		return;
	k--;
	if (t->normalizer.steps[k].kind != JK_NORMALIZE_REPLACE ||
	    p->steps[0].kind != JK_PRETOKENIZE_SPLIT || !p->steps[0].text ||
	    p->steps[0].invert ||
	    strcmp(p->steps[0].text, t->normalizer.steps[k].from) != 0 ||
	    strstr(t->normalizer.steps[k].to, p->steps[0].text))
		return;
	free(p->steps[0].text);
	for (i = 1; i < p->n_steps; i++)
		p->steps[i - 1] = p->steps[i];
	p->n_steps--;
}

int
jk_tokenizer_add_token(struct jk_tokenizer *t, const struct jk_added *token,
    bool normalized, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT, spare = JK_BUF_INIT;
	struct jk_added copy = *token;
	int r = -1;

	if (token->n == 0)	/* `tokenizers` passes over these */
		return 0;
	if (!agrees(t, token))
		return jk_fail(err, JK_EDATA, "added token %s is not what the "
		    "vocabulary has under %u", token->text, token->id);
	if (!jk_vocab_has(&t->bpe.vocab, token->id) &&
	    jk_vocab_add(&t->added_vocab, token->id, token->text, token->n,
	    true, err) < 0)
		return jk_fail_prefix(err, "added_tokens");
	if (normalized) {
		if (jk_normalizer_apply(&t->normalizer, token->text,
		    token->n, false, &b, &spare, err) < 0)
			goto out;
		copy.text = b.data;
		copy.n = b.len;
	}
	if (token->special) {
		uint32_t n = t->n_ids > token->id ? t->n_ids : token->id + 1;
		uint8_t *p = realloc(t->is_special, n);

		if (!p) {
			jk_fail_nomem(err);
			goto out;
		}
		memset(p + t->n_ids, 0, n - t->n_ids);
		t->is_special = p;
		t->n_ids = n;
		p[token->id] = 1;
	}
	r = copy.n == 0 ? 0 : jk_added_set_add(normalized ?
	    &t->added_normalized : &t->added, &copy, err);
out:
	jk_buf_release(&b);
	jk_buf_release(&spare);
	return r;
}

int
jk_tokenizer_finish(struct jk_tokenizer *t, struct jk_err *err)
{
	uint32_t n = t->bpe.vocab.n_ids;
	uint8_t *p;

	drop_idle_step(t);
	if (n < t->added_vocab.n_ids)
		n = t->added_vocab.n_ids;
	if (n < t->n_ids)
		n = t->n_ids;
	p = realloc(t->is_special, n ? n : 1);
	if (!p)
		return jk_fail_nomem(err);
	memset(p + t->n_ids, 0, n - t->n_ids);
	t->is_special = p;
	t->n_ids = n;
	return jk_bpe_finish(&t->bpe, err);
}

int32_t
jk_token_find_added(const struct jk_tokenizer *t, const char *text)
{
	const struct jk_added_set *sets[] = { &t->added,
		&t->added_normalized };
	size_t i, k, n = strlen(text);

	for (k = 0; k < 2; k++)
		for (i = 0; i < sets[k]->n_tokens; i++)
			if (sets[k]->tokens[i].n == n &&
			    memcmp(sets[k]->tokens[i].text, text, n) == 0)
				return (int32_t)sets[k]->tokens[i].id;
	return -1;
}

/* --- hash */

static void
add_u32(struct jk_buf *b, uint32_t v)
{
	char p[4] = { (char)v, (char)(v >> 8), (char)(v >> 16),
		(char)(v >> 24) };

	jk_buf_add(b, p, 4);
}

static void
add_text(struct jk_buf *b, const char *s, size_t n)
{
	add_u32(b, (uint32_t)n);
	jk_buf_add(b, s, n);
}

static void
add_string(struct jk_buf *b, const char *s)
{
	add_text(b, s ? s : "", s ? strlen(s) : 0);
}

/* All strings by id; whether BPE knows an added token differs in files. */
static void
add_strings(struct jk_buf *b, const struct jk_tokenizer *t, uint32_t n_rows)
{
	const struct jk_vocab *v;
	const char *s;
	uint32_t id;
	size_t n;

	for (id = 0; id < t->n_ids && id < n_rows; id++) {
		v = jk_vocab_has(&t->bpe.vocab, id) ? &t->bpe.vocab :
		    &t->added_vocab;
		if (!jk_vocab_has(v, id))
			continue;
		s = jk_vocab_text(v, id, &n);
		add_u32(b, id);
		add_text(b, s, n);
	}
	add_u32(b, UINT32_MAX);
}

/* In the order of their ranks, of which those of doubled merges are free. */
static bool
add_merges(struct jk_buf *b, const struct jk_bpe *bpe)
{
	const struct jk_merge **v = calloc((size_t)bpe->n_merges + 1,
	    sizeof *v);
	uint32_t i;

	if (!v)
		return false;
	for (i = 0; i < bpe->n_slots; i++)
		if (bpe->merges[i].left != UINT32_MAX)
			v[bpe->merges[i].rank] = &bpe->merges[i];
	for (i = 0; i < bpe->n_merges; i++) {
		if (!v[i])
			continue;
		add_u32(b, v[i]->left);
		add_u32(b, v[i]->right);
	}
	add_u32(b, UINT32_MAX);
	free(v);
	return true;
}

static int
by_id(const void *a, const void *b)
{
	const struct jk_added *x = *(const struct jk_added *const *)a;
	const struct jk_added *y = *(const struct jk_added *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static bool
add_added(struct jk_buf *b, const struct jk_added_set *set, uint32_t n_rows)
{
	const struct jk_added **v = malloc((set->n_tokens + 1) * sizeof *v);
	size_t i;

	if (!v)
		return false;
	for (i = 0; i < set->n_tokens; i++)
		v[i] = &set->tokens[i];
	qsort(v, set->n_tokens, sizeof *v, by_id);
	for (i = 0; i < set->n_tokens; i++) {
		if (v[i]->id >= n_rows)
			continue;
		add_u32(b, v[i]->id);
		add_u32(b, (uint32_t)(v[i]->single_word | v[i]->lstrip << 1 |
		    v[i]->rstrip << 2));
		add_text(b, v[i]->text, v[i]->n);
	}
	add_u32(b, UINT32_MAX);
	free(v);
	return true;
}

int
jk_tokenizer_hash(const struct jk_tokenizer *t, uint32_t n_rows,
    struct jk_hash128 *hash, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	size_t i;

	if (n_rows == 0)
		n_rows = UINT32_MAX;
	jk_buf_adds(&b, "jk tokenizer 1");
	add_u32(&b, (uint32_t)(t->bpe.byte_level | t->bpe.byte_fallback << 1 |
	    t->bpe.fuse_unk << 2 | t->bpe.ignore_merges << 3));
	add_u32(&b, (uint32_t)t->bpe.unk_id);
	for (i = 0; i < t->normalizer.n_steps; i++) {
		add_u32(&b, (uint32_t)t->normalizer.steps[i].kind);
		add_string(&b, t->normalizer.steps[i].from);
		add_string(&b, t->normalizer.steps[i].to);
	}
	for (i = 0; i < t->pretokenizer.n_steps; i++) {
		const struct jk_pretokenizer_step *s =
		    &t->pretokenizer.steps[i];

		add_u32(&b, (uint32_t)(s->kind | s->behavior << 8 |
		    s->invert << 16 | s->individual << 17 | s->split << 18 |
		    s->prepend << 19 | s->add_prefix_space << 21));
		add_string(&b, s->pattern);
		add_string(&b, s->text);
	}
	add_strings(&b, t, n_rows);
	if (!add_merges(&b, &t->bpe) || !add_added(&b, &t->added, n_rows) ||
	    !add_added(&b, &t->added_normalized, n_rows))
		b.failed = true;
	if (jk_buf_check(&b, err) < 0) {
		jk_buf_release(&b);
		return -1;
	}
	*hash = jk_hash128(b.data, b.len);
	jk_buf_release(&b);
	return 0;
}
