#include "tok/example_make.h"

#include <stdlib.h>
#include <string.h>

void
jk_example_release(struct jk_example *x)
{
	free(x->id);
	jk_ids_release(&x->ids);
	jk_ids_release(&x->whole);
	free(x->runs);
	free(x->cuts);
	free(x->places.v);
	jk_spans_release(&x->spans);
	jk_spans_release(&x->piece);
	jk_spans_release(&x->answers);
	*x = (struct jk_example){ 0 };
}

/* Put the prefix before ids[first..], unless they begin with it. */
static int
add_prefix(const struct jk_tokenizer *t, struct jk_ids *ids, size_t first,
    struct jk_err *err)
{
	const struct jk_ids *p = &t->prefix;
	size_t n = ids->n - first;

	if (p->n == 0 || (n >= p->n && memcmp(ids->v + first, p->v,
	    p->n * sizeof *p->v) == 0))
		return 0;
	if (jk_ids_reserve(ids, p->n, err) < 0)
		return -1;
	memmove(ids->v + first + p->n, ids->v + first, n * sizeof *ids->v);
	memcpy(ids->v + first, p->v, p->n * sizeof *p->v);
	ids->n += p->n;
	return 0;
}

int
jk_encode_prompt(struct jk_encoder *e, const char *s, size_t n,
    const struct jk_encode_options *options, struct jk_ids *out,
    struct jk_err *err)
{
	struct jk_encode_options o = { 0 };
	size_t first = out->n, place, n_ids;

	if (options)
		o = *options;
	o.add_special = false;
	place = o.places ? o.places->n : 0;
	if (jk_encode(e, s, n, &o, out, err) < 0)
		return -1;
	n_ids = out->n;
	if (add_prefix(e->tokenizer, out, first, err) < 0)
		return -1;
	for (; o.places && place < o.places->n; place++)
		o.places->v[place].index += out->n - n_ids;
	return 0;
}

int
jk_turn_end(const struct jk_tokenizer *t, const char *tail, int64_t *id,
    struct jk_err *err)
{
	struct jk_token_places places = { 0 };
	const struct jk_encode_options o = { .places = &places };
	struct jk_ids ids = { 0 };
	struct jk_encoder e;
	size_t i;
	int r = jk_encoder_init(&e, t, err);

	*id = -1;
	if (r < 0)
		return -1;
	r = jk_encode(&e, tail, strlen(tail), &o, &ids, err);
	for (i = 0; r == 0 && i < places.n && *id < 0; i++)
		if (jk_token_is_special(t, ids.v[places.v[i].index]))
			*id = ids.v[places.v[i].index];
	jk_encoder_release(&e);
	jk_ids_release(&ids);
	free(places.v);
	return r;
}

static bool
ends_turn(const struct jk_tokenizer *t,
    const struct jk_example_options *options, uint32_t id)
{
	size_t i;

	for (i = 0; i < options->n_end_ids; i++)
		if (options->end_ids[i] == id)
			return true;
	return jk_token_is_special(t, id);
}

/* Room for n runs and for n cuts. */
static int
reserve(struct jk_example *x, size_t n, struct jk_err *err)
{
	struct jk_mask_run *runs;
	size_t *cuts;

	if (n <= x->cap_runs)
		return 0;
	if (n > UINT32_MAX / 2 ||
	    !(runs = realloc(x->runs, n * sizeof *runs)))
		return jk_fail_nomem(err);
	x->runs = runs;
	cuts = realloc(x->cuts, n * sizeof *cuts);
	if (!cuts)
		return jk_fail_nomem(err);
	x->cuts = cuts;
	x->cap_runs = (uint32_t)n;
	return 0;
}

/* x->piece: the content of bytes [from, to), from there on. */
static int
clip(struct jk_example *x, size_t from, size_t to, struct jk_err *err)
{
	size_t i;

	x->piece.n = 0;
	for (i = 0; i < x->spans.n; i++) {
		struct jk_span s = x->spans.v[i];

		if (s.end <= from || s.start >= to)
			continue;
		s.start = s.start > from ? s.start - from : 0;
		s.end = (s.end < to ? s.end : to) - from;
		if (jk_spans_add(&x->piece, s, err) < 0)
			return -1;
	}
	return 0;
}

/* Tokenize bytes [from, to) of the text; places are those of the text. */
static int
encode_piece(struct jk_encoder *e, const struct jk_dialogue *d,
    struct jk_example *x, size_t from, size_t to, struct jk_err *err)
{
	struct jk_encode_options o = { .places = &x->places };
	size_t i = x->places.n;

	/* it goes on where the text before ends within a stretch */
	o.continues = from > 0 && !(i > 0 && x->places.v[i - 1].end == from);
	if (!d->options->parse_special)
		o.content = (struct jk_content){ x->piece.v, x->piece.n };
	/* the first tokens of all are there once, also before an empty prompt */
	if ((x->ids.n == 0 ? jk_encode_prompt : jk_encode)(e, d->text + from,
	    to - from, &o, &x->ids, err) < 0)
		return -1;
	for (; i < x->places.n; i++) {
		x->places.v[i].begin += from;
		x->places.v[i].end += from;
	}
	return 0;
}

/* Tokenize the parts, and the whole to compare with. */
static int
encode_parts(struct jk_encoder *e, const struct jk_dialogue *d,
    struct jk_example *x, struct jk_err *err)
{
	const struct jk_spans *answers = &x->answers;
	struct jk_encode_options o = { 0 };
	size_t k, from = 0, to;

	if (reserve(x, answers->n, err) < 0)
		return -1;
	for (k = 0; k <= answers->n; k++, from = to) {
		to = k < answers->n ? answers->v[k].start : d->n_text;
		if ((k > 0 || to != d->n_prompt || x->unmarked) &&
		    clip(x, from, to, err) < 0)
			return -1;
		/* a prompt of nothing still has the first tokens */
		if ((k == 0 || to > from) &&
		    encode_piece(e, d, x, from, to, err) < 0)
			return -1;
		if (k < answers->n)
			x->cuts[k] = x->ids.n;
	}
	if (!d->options->parse_special)
		o.content = (struct jk_content){ x->spans.v, x->spans.n };
	if (jk_encode_prompt(e, d->text, d->n_text, &o, &x->whole, err) < 0)
		return -1;
	x->differs = x->ids.n != x->whole.n || memcmp(x->ids.v, x->whole.v,
	    x->ids.n * sizeof *x->ids.v) != 0;
	return 0;
}

/* Content bytes of [from, to). */
static size_t
content_bytes(const struct jk_spans *s, size_t from, size_t to)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		size_t a = s->v[i].start > from ? s->v[i].start : from;
		size_t b = s->v[i].end < to ? s->v[i].end : to;

		n += b > a ? b - a : 0;
	}
	return n;
}

/*
 * The place of the token that ends answer k, or NULL: the first of the kind
 * behind it; the last where nothing says where the answer ends.
 */
static const struct jk_token_place *
find_end(const struct jk_encoder *e, const struct jk_dialogue *d,
    const struct jk_example *x, size_t k)
{
	const struct jk_span answer = x->answers.v[k];
	const size_t limit = k + 1 < x->answers.n ? x->cuts[k + 1] : x->ids.n;
	const struct jk_token_place *p, *found = NULL;
	size_t i;

	for (i = 0; i < x->places.n && (x->unmarked || !found); i++) {
		p = &x->places.v[i];
		if (p->index < limit && p->index >= x->cuts[k] &&
		    (x->unmarked || p->end > answer.end) &&
		    ends_turn(e->tokenizer, d->options, x->ids.v[p->index]))
			found = p;
	}
	return found;
}

/* Tokens [begin, end) are learned; the first of all has nothing before it. */
static void
add_run(struct jk_example *x, size_t begin, size_t end)
{
	if (begin == 0)
		begin = 1;
	if (begin < end)
		x->runs[x->n_runs++] = (struct jk_mask_run){ (uint32_t)begin,
			(uint32_t)end };
}

/* The answers but the last, whose end token is x->end_id. */
static void
mask_earlier(const struct jk_encoder *e, const struct jk_dialogue *d,
    struct jk_example *x)
{
	size_t k;

	for (k = 0; k + 1 < x->answers.n; k++) {
		const struct jk_span answer = x->answers.v[k];
		const struct jk_token_place *p = find_end(e, d, x, k);

		/* where none stands, the answer's end is no token's */
		if (!p || content_bytes(&x->spans, answer.end, p->begin) > 0)
			continue;
		add_run(x, x->cuts[k], p->index + (x->ids.v[p->index] ==
		    (uint32_t)x->end_id));
		x->n_bytes += (uint32_t)content_bytes(&x->spans, answer.start,
		    answer.end);
	}
}

/* Once x->piece, x->spans and x->answers are there. */
int
jk_example_make(struct jk_encoder *e, const struct jk_dialogue *d,
    struct jk_example *x, struct jk_err *err)
{
	const struct jk_token_place *end;
	size_t last, i;

	if (encode_parts(e, d, x, err) < 0)
		return -1;
	last = x->answers.n - 1;
	end = find_end(e, d, x, last);
	if (!end)
		return jk_fail(err, JK_EDATA, x->unmarked ? "no token behind "
		    "prompt_text ends a turn: write the model's end token "
		    "behind the answer" : "no end-of-turn token behind "
		    "the joke: the model has no token for what the template "
		    "writes there; give jk-template this --model");
	x->end_id = (int32_t)x->ids.v[end->index];
	mask_earlier(e, d, x);
	add_run(x, x->cuts[last], end->index + 1);
	x->n_bytes += (uint32_t)(x->unmarked ? end->begin - d->n_prompt :
	    content_bytes(&x->spans, d->n_prompt, d->n_text));
	for (i = 0; i < x->spans.n && x->spans.v[i].end <= d->n_prompt; i++)
		;
	if (i < x->spans.n && x->spans.v[i].start > d->n_prompt)
		x->n_before = x->spans.v[i].start - d->n_prompt;
	if (x->n_runs == 0)
		return jk_fail(err, JK_EDATA, "the mask is empty");
	/* a first token that is not learned is no prompt of an answer */
	x->n_prompt = x->cuts[0] == 0 && x->runs[0].begin == 1 ? 0 :
	    x->runs[0].begin;
	return 0;
}

int
jk_example_make_text(struct jk_encoder *e, const char *text, size_t n,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	struct jk_span all = { 0, n };
	struct jk_encode_options o = { 0 };
	struct jk_buf b = JK_BUF_INIT;
	size_t first = 0, begin;

	if (n > INT32_MAX)
		return jk_fail(err, JK_EDATA, "text is too long");
	if (!options->parse_special)
		o.content = (struct jk_content){ &all, n > 0 };
	if (jk_encode_prompt(e, text, n, &o, &x->ids, err) < 0 ||
	    reserve(x, 1, err) < 0)
		return -1;
	x->n_prompt = (uint32_t)e->tokenizer->prefix.n;
	begin = x->n_prompt;
	if (x->n_prompt == 0 && x->ids.n > 0) {
		/* the first token has nothing before it */
		begin = 1;
		jk_token_text(e->tokenizer, x->ids.v[0], &b, &first);
		jk_buf_release(&b);
	}
	add_run(x, begin, x->ids.n);
	if (x->n_runs == 0)
		return jk_fail(err, JK_EDATA, "the text is too short: "
		    "nothing to supervise");
	x->n_bytes = (uint32_t)(first < n ? n - first : 0);
	return 0;
}
