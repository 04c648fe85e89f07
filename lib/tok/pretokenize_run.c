#include <stdlib.h>
#include <string.h>

#include "base/bytes16.h"
#include "text/unicode.h"

#include "tok/pretokenize.h"

struct jk_segment {
	size_t begin, end;
	bool is_match;
};

struct run {
	const struct jk_pretokenizer *p;
	struct jk_pretokenize_work *w;
	bool at_start, continues;
	jk_use_pieces *use;
	void *ctx;
	struct jk_err *err;
	struct jk_slice pieces[JK_PIECES];	/* not yet used */
	size_t n_pieces;
};

static int
flush(struct run *r)
{
	const size_t n = r->n_pieces;

	r->n_pieces = 0;
	return n ? r->use(r->ctx, r->pieces, n, r->err) : 0;
}

static int
add_piece(struct run *r, const char *s, size_t n)
{
	r->pieces[r->n_pieces++] = (struct jk_slice){ s, n };
	return r->n_pieces == JK_PIECES ? flush(r) : 0;
}

/* The text that a step makes, empty; pieces may be in what it was before. */
static int
begin_text(struct run *r, size_t k, struct jk_buf **b)
{
	*b = &r->w->text[k];
	jk_buf_clear(*b);
	return flush(r);
}

static int run_step(struct run *r, size_t k, const char *s, size_t n,
    bool first);

/*
 * Step over words of sixteen bytes without a numeral: but for superscripts and
 * fractions (U+00B2 to U+00BE) there is none between "9" and U+0660.
 */
static size_t
skip_letters(const char *s, size_t n, size_t at)
{
	jk_bytes16 v;

	for (; n - at >= sizeof v; at += sizeof v) {
		v = jk_bytes16_load(s + at);
		if (jk_bytes16_mask((jk_bytes16_from(v, '0') &
		    jk_bytes16_upto(v, '9')) | jk_bytes16_is(v, 0xc2) |
		    jk_bytes16_from(v, 0xd9)))
			break;
	}
	/* the word may have cut a character */
	while (at < n && ((unsigned char)s[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static int
next_digit(const struct jk_pretokenizer_step *step, const char *s, size_t n,
    size_t at, size_t *begin, size_t *end, struct jk_err *err)
{
	uint32_t code;
	size_t size;

	for (at = skip_letters(s, n, at); at < n;
	    at = skip_letters(s, n, at + size)) {
		size = jk_utf8_decode(s + at, n - at, &code);
		if (size == 0)
			return jk_fail(err, JK_EDATA, "invalid UTF-8");
		if (code < 0x800 ? step->near[code / 64] >> code % 64 & 1 :
		    jk_is_numeric(code)) {
			*begin = at;
			*end = at + size;
			return 1;
		}
	}
	return 0;
}

/*
 * The next match of step k in s from `at` on: 1, 0 if there is none, -1.
 * *steps: what is left of jk_cuts_steps(n).
 */
static int
next_match(struct run *r, size_t k, const char *s, size_t n, size_t at,
    int64_t *steps, size_t *begin, size_t *end)
{
	const struct jk_pretokenizer_step *step = &r->p->steps[k];
	const char *p;
	size_t size;
	int found;

	if (step->cuts && *steps >= 0) {
		found = jk_cuts_find(step->cuts, &r->w->cuts[k], r->w->regex,
		    s, n, at, steps, begin, end, r->err);
		if (found < 0 || *steps >= 0)
			return found;
	}

	if (step->kind == JK_PRETOKENIZE_DIGITS)
		return next_digit(step, s, n, at, begin, end, r->err);
	if (!step->regex) {
		size = strlen(step->text);
		p = memmem(s + at, n - at, step->text, size);
		if (!p)
			return 0;
		*begin = (size_t)(p - s);
		*end = *begin + size;
		return 1;
	}
	return jk_regex_find(step->regex, r->w->regex, s, n, at, begin, end,
	    r->err);
}

static int
add_segment(struct jk_segments *list, size_t *n, size_t begin, size_t end,
    bool is_match, struct jk_err *err)
{
	struct jk_segment *p;

	if (begin == end)
		return 0;
	if (*n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;

		p = realloc(list->v, cap * sizeof *p);
		if (!p)
			return jk_fail_nomem(err);
		list->v = p;
		list->cap = cap;
	}
	list->v[(*n)++] = (struct jk_segment){ begin, end, is_match };
	return 0;
}

/* Join segments as `behavior` says (tokenizer/normalizer.rs: split). */
static size_t
join(struct jk_segment *v, size_t n, enum jk_split_behavior behavior)
{
	size_t i, out = 0;
	bool previous = false;

	if (behavior == JK_SPLIT_MERGED_WITH_NEXT) {
		/* from the end: a match goes to what was put down last */
		for (i = n, out = n; i-- > 0;) {
			struct jk_segment s = v[i];

			if (s.is_match && !previous && out < n)
				v[out].begin = s.begin;
			else
				v[--out] = s;
			previous = s.is_match;
		}
		memmove(v, v + out, (n - out) * sizeof *v);
		return n - out;
	}
	for (i = 0; i < n; i++) {
		struct jk_segment s = v[i];
		bool extend = behavior == JK_SPLIT_MERGED_WITH_PREVIOUS ?
		    s.is_match && !previous : behavior == JK_SPLIT_CONTIGUOUS
		    && s.is_match == previous;

		previous = s.is_match;
		if (behavior == JK_SPLIT_REMOVED && s.is_match)
			continue;
		if (extend && out > 0)
			v[out - 1].end = s.end;
		else
			v[out++] = s;
	}
	return out;
}

static int
split(struct run *r, size_t k, const char *s, size_t n, bool first)
{
	const struct jk_pretokenizer_step *step = &r->p->steps[k];
	struct jk_segments *list = &r->w->segments[k];
	size_t at = 0, done = 0, begin = 0, end = 0, count = 0, i;
	bool isolated = step->behavior == JK_SPLIT_ISOLATED;
	int64_t steps = jk_cuts_steps(n);
	int found, rc = 0;

	while (at < n && (found = next_match(r, k, s, n, at, &steps, &begin,
	    &end))) {
		if (found < 0)
			return -1;
		at = end;
		if (begin == end) {	/* matched nothing: one character on */
			do
				at++;
			while (at < n && ((unsigned char)s[at] & 0xc0) ==
			    0x80);
		}
		if (isolated) {
			if (begin > done && (rc = run_step(r, k + 1, s + done,
			    begin - done, first && done == 0)))
				return rc;
			if (end > begin && (rc = run_step(r, k + 1, s + begin,
			    end - begin, first && begin == 0)))
				return rc;
		} else if (add_segment(list, &count, done, begin,
		    step->invert, r->err) < 0 || add_segment(list, &count,
		    begin, end, !step->invert, r->err) < 0) {
			return -1;
		}
		done = end;
	}
	if (isolated)
		return done < n ? run_step(r, k + 1, s + done, n - done,
		    first && done == 0) : 0;
	if (add_segment(list, &count, done, n, step->invert, r->err) < 0)
		return -1;
	count = join(list->v, count, step->behavior);
	for (i = 0; i < count && rc == 0; i++)
		rc = run_step(r, k + 1, s + list->v[i].begin,
		    list->v[i].end - list->v[i].begin,
		    first && list->v[i].begin == 0);
	return rc;
}

static int
metaspace(struct run *r, size_t k, const char *s, size_t n, bool first)
{
	const struct jk_pretokenizer_step *step = &r->p->steps[k];
	size_t size = strlen(step->text), i, from;
	struct jk_buf *b;
	bool has;
	int rc = begin_text(r, k, &b);

	if (rc)
		return rc;

	has = n > 0 && (*s == ' ' || (n >= size &&
	    memcmp(s, step->text, size) == 0));
	if (!has && !(first && r->continues) &&
	    (step->prepend == JK_PREPEND_ALWAYS ||
	    (step->prepend == JK_PREPEND_FIRST && first && r->at_start)))
		jk_buf_add(b, step->text, size);
	for (i = from = 0; i < n; i++) {
		if (s[i] != ' ')
			continue;
		jk_buf_add(b, s + from, i - from);
		jk_buf_add(b, step->text, size);
		from = i + 1;
	}
	jk_buf_add(b, s + from, n - from);
	if (jk_buf_check(b, r->err) < 0)
		return -1;
	return step->split ? split(r, k, b->data, b->len, first) :
	    run_step(r, k + 1, b->data, b->len, first);
}

/* Step k of the piece; `first`: it is the first of the text. */
static int
run_step(struct run *r, size_t k, const char *s, size_t n, bool first)
{
	const struct jk_pretokenizer_step *step = &r->p->steps[k];
	struct jk_buf *b;
	int rc;

	if (k == r->p->n_steps)
		return add_piece(r, s, n);
	switch (step->kind) {
	case JK_PRETOKENIZE_METASPACE:
		return metaspace(r, k, s, n, first);
	case JK_PRETOKENIZE_BYTE_LEVEL:
		if (!step->add_prefix_space || *s == ' ' ||
		    (first && r->continues))
			return run_step(r, k + 1, s, n, first);
		rc = begin_text(r, k, &b);
		if (rc)
			return rc;
		jk_buf_addc(b, ' ');
		jk_buf_add(b, s, n);
		if (jk_buf_check(b, r->err) < 0)
			return -1;
		return run_step(r, k + 1, b->data, b->len, first);
	default:
		return split(r, k, s, n, first);
	}
}

int
jk_pretokenize(const struct jk_pretokenizer *p, struct jk_pretokenize_work *w,
    const char *s, size_t n, bool at_start, bool continues,
    jk_use_pieces *use, void *ctx, struct jk_err *err)
{
	struct run r;
	int rc;

	/* the array is not cleared */
	r.p = p;
	r.w = w;
	r.at_start = at_start;
	r.continues = continues;
	r.use = use;
	r.ctx = ctx;
	r.err = err;
	r.n_pieces = 0;
	rc = n == 0 ? 0 : run_step(&r, 0, s, n, true);
	return rc ? rc : flush(&r);
}

int
jk_pretokenize_work_init(struct jk_pretokenize_work *w, struct jk_err *err)
{
	*w = (struct jk_pretokenize_work){ 0 };
	w->regex = jk_regex_work_new(err);
	return w->regex ? 0 : -1;
}

void
jk_pretokenize_work_release(struct jk_pretokenize_work *w)
{
	size_t i;

	jk_regex_work_free(w->regex);
	for (i = 0; i < JK_MAX_PRETOKENIZERS; i++) {
		jk_cuts_work_release(&w->cuts[i]);
		jk_buf_release(&w->text[i]);
		free(w->segments[i].v);
	}
	*w = (struct jk_pretokenize_work){ 0 };
}
