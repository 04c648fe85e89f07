#include <stdlib.h>
#include <string.h>

#include "base/regex.h"
#include "tok/bpe_encode.h"

#include "tok/tokenizer.h"

/* One call of jk_encode. */
struct run {
	struct jk_encoder *e;
	const struct jk_encode_options *options;
	struct jk_ids *out;
};

int
jk_encoder_init(struct jk_encoder *e, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	*e = (struct jk_encoder){ .tokenizer = t };
	if (jk_bpe_work_init(&e->bpe, err) < 0)
		return -1;
	if (jk_pretokenize_work_init(&e->pretokenize, err) < 0) {
		jk_bpe_work_release(&e->bpe);
		return -1;
	}
	return 0;
}

void
jk_encoder_release(struct jk_encoder *e)
{
	jk_bpe_work_release(&e->bpe);
	jk_pretokenize_work_release(&e->pretokenize);
	jk_buf_release(&e->normalized);
	jk_buf_release(&e->spare);
	*e = (struct jk_encoder){ 0 };
}

static int
add_id(struct jk_ids *out, uint32_t id, struct jk_err *err)
{
	if (jk_ids_reserve(out, 1, err) < 0)
		return -1;
	out->v[out->n++] = id;
	return 0;
}

static int
add_place(struct jk_token_places *p, size_t index, size_t begin, size_t end,
    struct jk_err *err)
{
	struct jk_token_place *v;

	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;

		v = realloc(p->v, cap * sizeof *v);
		if (!v)
			return jk_fail_nomem(err);
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = (struct jk_token_place){ index, begin, end };
	return 0;
}

static int
encode_pieces(void *ctx, const struct jk_slice *pieces, size_t n,
    struct jk_err *err)
{
	struct run *r = ctx;
	const struct jk_bpe *bpe = &r->e->tokenizer->bpe;
	size_t i;

	if (bpe->byte_level)
		return jk_bpe_encode_words(bpe, &r->e->bpe, pieces, n, r->out,
		    err);
	for (i = 0; i < n; i++)
		if (jk_bpe_encode(bpe, &r->e->bpe, pieces[i].s, pieces[i].n,
		    r->out, err) < 0)
			return -1;
	return 0;
}

_Static_assert((int)JK_PIECES <= (int)JK_WORDS_AT_ONCE, "pieces are words");

static int
encode_words(struct run *r, const char *s, size_t n, bool at_start,
    bool continues, struct jk_err *err)
{
	return jk_pretokenize(&r->e->tokenizer->pretokenizer,
	    &r->e->pretokenize, s, n, at_start, continues, encode_pieces, r,
	    err);
}

/*
 * Added tokens of normalized text.  Which of its bytes are content is not
 * known there: where some are, none of these tokens is matched.
 */
static int
encode_normalized(struct run *r, const char *s, size_t n, bool has_content,
    bool at_start, bool continues, struct jk_err *err)
{
	const struct jk_added_set *set = &r->e->tokenizer->added_normalized;
	struct jk_added_match m;
	size_t at = 0, done = 0;
	struct jk_content none = { NULL, 0 };

	if (set->n_tokens == 0 || has_content)
		return encode_words(r, s, n, at_start, continues, err);
	while (jk_added_next(set, s, n, none, &at, done, &m)) {
		if (done < m.begin && encode_words(r, s + done,
		    m.begin - done, at_start && done == 0,
		    continues && done == 0, err) < 0)
			return -1;
		if (add_id(r->out, m.token->id, err) < 0)
			return -1;
		done = m.end;
	}
	return done == n ? 0 : encode_words(r, s + done, n - done,
	    at_start && done == 0, continues && done == 0, err);
}

/* A stretch between added tokens; [begin, end) of the whole text s. */
static int
encode_stretch(struct run *r, const char *s, size_t begin, size_t end,
    struct jk_err *err)
{
	const struct jk_tokenizer *t = r->e->tokenizer;
	const struct jk_content *c = &r->options->content;
	bool at_start = begin == 0, has_content = false;
	bool continues = begin == 0 && r->options->continues;
	size_t i, n = end - begin;

	s += begin;
	for (i = 0; i < c->n_spans && !has_content; i++)
		has_content = c->spans[i].start < end &&
		    c->spans[i].end > begin;
	if (t->normalizer.n_steps > 0) {
		if (jk_normalizer_apply(&t->normalizer, s, n, continues,
		    &r->e->normalized, &r->e->spare, err) < 0)
			return -1;
		s = jk_buf_str(&r->e->normalized);
		n = r->e->normalized.len;
	}
	return encode_normalized(r, s, n, has_content, at_start, continues,
	    err);
}

int
jk_encode(struct jk_encoder *e, const char *s, size_t n,
    const struct jk_encode_options *options, struct jk_ids *out,
    struct jk_err *err)
{
	static const struct jk_encode_options none = { 0 };
	const struct jk_tokenizer *t = e->tokenizer;
	struct run r = { e, options ? options : &none, out };
	struct jk_added_match m;
	size_t at = 0, done = 0, i;

	if (jk_utf8_valid_len(s, n) != n)
		return jk_fail(err, JK_EDATA, "invalid UTF-8 at byte %zu",
		    jk_utf8_valid_len(s, n) + 1);
	jk_regex_begin(e->pretokenize.regex, jk_regex_seconds(n));
	for (i = 0; r.options->add_special && i < t->prefix.n; i++)
		if (add_id(out, t->prefix.v[i], err) < 0)
			return -1;
	while (jk_added_next(&t->added, s, n, r.options->content, &at, done,
	    &m)) {
		if (done < m.begin &&
		    encode_stretch(&r, s, done, m.begin, err) < 0)
			return -1;
		if ((r.options->places && add_place(r.options->places, out->n,
		    m.begin, m.end, err) < 0) ||
		    add_id(out, m.token->id, err) < 0)
			return -1;
		done = m.end;
	}
	if (done < n && encode_stretch(&r, s, done, n, err) < 0)
		return -1;
	for (i = 0; r.options->add_special && i < t->suffix.n; i++)
		if (add_id(out, t->suffix.v[i], err) < 0)
			return -1;
	return 0;
}
