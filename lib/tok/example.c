#include "tok/example.h"

#include <stdlib.h>
#include <string.h>

void
jk_example_release(struct jk_example *x)
{
	free(x->id);
	jk_ids_release(&x->ids);
	jk_ids_release(&x->whole);
	free(x->places.v);
	jk_spans_release(&x->spans);
	*x = (struct jk_example){ 0 };
}

/* Empty it, but keep the memory. */
static int
start(struct jk_example *x, const json_t *record, struct jk_err *err)
{
	const char *id = jk_json_get_string(record, "id");

	if (!id && json_is_string(json_object_get(record, "id")))
		return jk_fail(err, JK_EDATA, "id holds a NUL character");
	free(x->id);
	x->id = strdup(id ? id : "");
	if (!x->id)
		return jk_fail_nomem(err);
	x->ids.n = x->whole.n = x->places.n = 0;
	x->n_prompt = x->n_bytes = 0;
	x->n_before = 0;
	x->differs = false;
	x->end_id = -1;
	return 0;
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

/* A string member that must be there. */
static const char *
get_text(const json_t *record, const char *key, size_t *n,
    struct jk_err *err)
{
	const json_t *v = json_object_get(record, key);

	if (!json_is_string(v)) {
		jk_fail(err, JK_EDATA, v ? "%s is not a string" :
		    "the record has no %s", key);
		return NULL;
	}
	*n = json_string_length(v);
	return json_string_value(v);
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

/* Tokenize both parts; x->spans are those of training_text. */
static int
encode_parts(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    const char *prompt, size_t n_prompt, const char *text, size_t n_text,
    struct jk_err *err)
{
	struct jk_encode_options o = { .places = &x->places };
	struct jk_spans *spans = &x->spans;
	size_t i, k;

	if (jk_spans_read(spans, record, "prompt_text", prompt, n_prompt, err)
	    < 0)
		return -1;
	if (!options->parse_special)
		o.content = (struct jk_content){ spans->v, spans->n };
	if (jk_encode_prompt(e, prompt, n_prompt, &o, &x->ids, err) < 0)
		return -1;
	x->n_prompt = (uint32_t)x->ids.n;
	/* the remainder goes on where the prompt ends within a stretch */
	o.continues = n_prompt > 0 && !(x->places.n > 0 &&
	    x->places.v[x->places.n - 1].end == n_prompt);
	x->places.n = 0;
	if (jk_spans_read(spans, record, "training_text", text, n_text, err)
	    < 0)
		return -1;
	/* the whole, to compare with */
	if (!options->parse_special)
		o.content = (struct jk_content){ spans->v, spans->n };
	if (jk_encode_prompt(e, text, n_text, &(struct jk_encode_options){
	    .content = o.content }, &x->whole, err) < 0)
		return -1;
	/* spans of the remainder, from its own beginning */
	for (i = k = 0; i < spans->n; i++) {
		struct jk_span s = spans->v[i];

		if (s.end <= n_prompt)
			continue;
		s.start = s.start > n_prompt ? s.start - n_prompt : 0;
		s.end -= n_prompt;
		if (s.start < s.end)
			spans->v[k++] = s;
	}
	spans->n = k;
	if (spans->n == 0)
		return jk_fail(err, JK_EDATA, "the mask is empty: nothing "
		    "behind prompt_text is content");
	if (!options->parse_special)
		o.content = (struct jk_content){ spans->v, spans->n };
	if (jk_encode(e, text + n_prompt, n_text - n_prompt, &o, &x->ids, err)
	    < 0)
		return -1;
	x->n_before = spans->v[0].start;
	for (i = 0; i < spans->n; i++)
		x->n_bytes += (uint32_t)(spans->v[i].end -
		    spans->v[i].start);
	x->mask.end = (uint32_t)spans->v[spans->n - 1].end; /* bytes for now */
	return 0;
}

int
jk_example_from_dialogue(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	const char *prompt, *text;
	size_t n_prompt, n_text, i, joke_end;

	if (start(x, record, err) < 0 ||
	    !(prompt = get_text(record, "prompt_text", &n_prompt, err)) ||
	    !(text = get_text(record, "training_text", &n_text, err)))
		return -1;
	if (n_text > INT32_MAX)
		return jk_fail(err, JK_EDATA, "training_text is too long");
	if (n_prompt > n_text || memcmp(prompt, text, n_prompt) != 0)
		return jk_fail(err, JK_EDATA, "prompt_text is not the "
		    "beginning of training_text");
	if (encode_parts(e, record, options, x, prompt, n_prompt, text,
	    n_text, err) < 0)
		return -1;
	joke_end = x->mask.end;
	for (i = 0; i < x->places.n; i++)
		if (x->places.v[i].end > joke_end && ends_turn(e->tokenizer,
		    options, x->ids.v[x->places.v[i].index]))
			break;
	if (i == x->places.n)
		return jk_fail(err, JK_EDATA, "no end-of-turn token behind "
		    "the joke: the model has no token for what the template "
		    "writes there");
	x->end_id = (int32_t)x->ids.v[x->places.v[i].index];
	x->mask = (struct jk_mask_run){ x->n_prompt,
		(uint32_t)x->places.v[i].index + 1 };
	/* nothing to learn from, if the model sees nothing before it */
	if (x->mask.begin == 0)
		x->mask.begin = 1;
	if (x->mask.begin >= x->mask.end)
		return jk_fail(err, JK_EDATA, "the mask is empty");
	x->differs = x->ids.n != x->whole.n || memcmp(x->ids.v, x->whole.v,
	    x->ids.n * sizeof *x->ids.v) != 0;
	return 0;
}

int
jk_example_from_text(struct jk_encoder *e, const json_t *record,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err)
{
	struct jk_span all = { 0, 0 };
	struct jk_encode_options o = { 0 };
	struct jk_buf b = JK_BUF_INIT;
	const char *text;
	size_t n, first = 0;

	if (start(x, record, err) < 0 ||
	    !(text = get_text(record, "text", &n, err)))
		return -1;
	if (n > INT32_MAX)
		return jk_fail(err, JK_EDATA, "text is too long");
	all.end = n;
	if (!options->parse_special)
		o.content = (struct jk_content){ &all, n > 0 };
	if (jk_encode_prompt(e, text, n, &o, &x->ids, err) < 0)
		return -1;
	x->n_prompt = (uint32_t)e->tokenizer->prefix.n;
	x->mask.begin = x->n_prompt;
	if (x->n_prompt == 0 && x->ids.n > 0) {
		/* the first token has nothing before it */
		x->mask.begin = 1;
		jk_token_text(e->tokenizer, x->ids.v[0], &b, &first);
		jk_buf_release(&b);
	}
	x->mask.end = (uint32_t)x->ids.n;
	if (x->mask.begin >= x->mask.end)
		return jk_fail(err, JK_EDATA, "the text is too short: "
		    "nothing to supervise");
	x->n_bytes = (uint32_t)(first < n ? n - first : 0);
	return 0;
}
