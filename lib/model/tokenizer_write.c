#include "model/tokenizer_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"

/* The character that stands for a byte; jk_from_byte_level goes back. */
static uint32_t
byte_level_code(unsigned char c)
{
	if (c < 33)
		return 0x100u + c;
	if (c >= 127 && c < 161)
		return 0x100u + 33 + c - 127;
	return c == 173 ? 0x143 : c;
}

void
jk_tokenizer_spell(const struct jk_tokenizer *t, uint32_t id,
    struct jk_buf *out)
{
	const struct jk_vocab *v = &t->bpe.vocab;
	const char *s;
	size_t n, i;

	if (!jk_vocab_has(v, id)) {
		s = jk_vocab_text(&t->added_vocab, id, &n);
		jk_buf_add(out, s, n);
		return;
	}
	s = jk_vocab_text(v, id, &n);
	/* a token that BPE can't produce was kept as it was spelled */
	if (!t->bpe.byte_level || jk_vocab_find(v, s, n) != (int32_t)id) {
		jk_buf_add(out, s, n);
		return;
	}
	for (i = 0; i < n; i++)
		jk_buf_add_utf8(out, byte_level_code((unsigned char)s[i]));
}

static int
by_rank(const void *a, const void *b)
{
	const struct jk_merge *x = a, *y = b;

	return (x->rank > y->rank) - (x->rank < y->rank);
}

struct jk_merge *
jk_tokenizer_merges(const struct jk_tokenizer *t, size_t *n)
{
	const struct jk_bpe *bpe = &t->bpe;
	struct jk_merge *v = malloc((bpe->n_merges + (size_t)1) * sizeof *v);
	uint32_t i;

	*n = 0;
	for (i = 0; v && i < bpe->n_slots; i++)
		if (bpe->merges[i].left != UINT32_MAX)
			v[(*n)++] = bpe->merges[i];
	if (v)
		qsort(v, *n, sizeof *v, by_rank);
	return v;
}

/* --- tokenizer.json */

struct writer {
	const struct jk_tokenizer *t;
	struct jk_out *out;
	struct jk_buf b, token;
	struct jk_err *err;
};

/* Hand on what has gathered, now and then. */
static int
drain(struct writer *w, size_t above)
{
	if (jk_buf_check(&w->b, w->err) < 0)
		return -1;
	if (w->b.len <= above)
		return 0;
	if (jk_out_write(w->out, w->b.data, w->b.len, w->err) < 0)
		return -1;
	jk_buf_clear(&w->b);
	return 0;
}

static void
add_token(struct writer *w, uint32_t id)
{
	jk_buf_clear(&w->token);
	jk_tokenizer_spell(w->t, id, &w->token);
	if (w->token.failed)
		w->b.failed = true;
	jk_json_write_string(&w->b, jk_buf_str(&w->token), w->token.len);
}

static void
add_text(struct writer *w, const char *before, const char *s)
{
	jk_buf_adds(&w->b, before);
	jk_json_write_string(&w->b, s, strlen(s));
}

static const char *
truth(bool on)
{
	return on ? "true" : "false";
}

static int
by_id(const void *a, const void *b)
{
	const struct jk_added *x = *(const struct jk_added *const *)a;
	const struct jk_added *y = *(const struct jk_added *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
write_added(struct writer *w)
{
	const struct jk_added_set *sets[] = { &w->t->added,
		&w->t->added_normalized };
	size_t n = sets[0]->n_tokens + sets[1]->n_tokens, i, k = 0;
	const struct jk_added **v = malloc((n + 1) * sizeof *v), *a;

	if (!v)
		return jk_fail_nomem(w->err);
	for (i = 0; i < n; i++)
		v[i] = i < sets[0]->n_tokens ? &sets[0]->tokens[i] :
		    &sets[1]->tokens[i - sets[0]->n_tokens];
	qsort(v, n, sizeof *v, by_id);
	jk_buf_adds(&w->b, "  \"added_tokens\": [");
	for (i = 0; i < n; i++) {
		a = v[i];
		for (k = 0; k < sets[1]->n_tokens; k++)
			if (a == &sets[1]->tokens[k])
				break;
		jk_buf_printf(&w->b, "%s\n    {\"id\": %u, \"content\": ",
		    i ? "," : "", a->id);
		/* normalized text is not the token's own */
		if (k == sets[1]->n_tokens)
			jk_json_write_string(&w->b, a->text, a->n);
		else
			add_token(w, a->id);
		jk_buf_printf(&w->b, ", \"single_word\": %s, \"lstrip\": %s, "
		    "\"rstrip\": %s, \"normalized\": %s, \"special\": %s}",
		    truth(a->single_word), truth(a->lstrip), truth(a->rstrip),
		    truth(k < sets[1]->n_tokens),
		    truth(jk_token_is_special(w->t, a->id)));
	}
	free(v);
	jk_buf_adds(&w->b, "\n  ],\n");
	return 0;
}

static void
write_normalizer(struct writer *w)
{
	const struct jk_normalizer *z = &w->t->normalizer;
	size_t i;

	jk_buf_adds(&w->b, "  \"normalizer\": ");
	if (z->n_steps == 0) {
		jk_buf_adds(&w->b, "null,\n");
		return;
	}
	jk_buf_adds(&w->b, "{\"type\": \"Sequence\", \"normalizers\": [");
	for (i = 0; i < z->n_steps; i++) {
		jk_buf_adds(&w->b, i ? ", " : "");
		if (z->steps[i].kind == JK_NORMALIZE_REPLACE) {
			add_text(w, "{\"type\": \"Replace\", \"pattern\": "
			    "{\"String\": ", z->steps[i].from);
			add_text(w, "}, \"content\": ", z->steps[i].to);
		} else if (z->steps[i].kind == JK_NORMALIZE_PREPEND) {
			add_text(w, "{\"type\": \"Prepend\", \"prepend\": ",
			    z->steps[i].to);
		} else {
			add_text(w, "{\"type\": ",
			    jk_normalizer_form_names[z->steps[i].kind]);
		}
		jk_buf_addc(&w->b, '}');
	}
	jk_buf_adds(&w->b, "]},\n");
}

/* One step; returns how many it stands for. */
static size_t
write_step(struct writer *w, size_t i)
{
	const struct jk_pretokenizer *p = &w->t->pretokenizer;
	const struct jk_pretokenizer_step *s = &p->steps[i];

	switch (s->kind) {
	case JK_PRETOKENIZE_SPLIT:
		add_text(w, s->regex ? "{\"type\": \"Split\", \"pattern\": "
		    "{\"Regex\": " : "{\"type\": \"Split\", \"pattern\": "
		    "{\"String\": ", s->regex ? s->pattern : s->text);
		jk_buf_printf(&w->b, "}, \"behavior\": \"%s\", \"invert\": %s}",
		    jk_split_behavior_names[s->behavior],
		    truth(s->invert));
		return 1;
	case JK_PRETOKENIZE_DIGITS:
		jk_buf_printf(&w->b, "{\"type\": \"Digits\", "
		    "\"individual_digits\": %s}", truth(s->individual));
		return 1;
	case JK_PRETOKENIZE_METASPACE:
		add_text(w, "{\"type\": \"Metaspace\", \"replacement\": ",
		    s->text);
		jk_buf_printf(&w->b, ", \"prepend_scheme\": \"%s\", \"split\": "
		    "%s}", jk_prepend_names[s->prepend], truth(s->split));
		return 1;
	case JK_PRETOKENIZE_BYTE_LEVEL:
		break;
	}
	/* nothing follows it but the cuts of its own expression */
	jk_buf_printf(&w->b, "{\"type\": \"ByteLevel\", \"add_prefix_space\": "
	    "%s, \"trim_offsets\": true, \"use_regex\": %s}",
	    truth(s->add_prefix_space), truth(i + 1 < p->n_steps));
	return 2;
}

static void
write_pretokenizer(struct writer *w)
{
	const struct jk_pretokenizer *p = &w->t->pretokenizer;
	size_t i;

	jk_buf_adds(&w->b, "  \"pre_tokenizer\": ");
	if (p->n_steps == 0) {
		jk_buf_adds(&w->b, "null,\n");
		return;
	}
	jk_buf_adds(&w->b, "{\"type\": \"Sequence\", \"pretokenizers\": [");
	for (i = 0; i < p->n_steps; i += write_step(w, i))
		jk_buf_adds(&w->b, i ? ", " : "");
	jk_buf_adds(&w->b, "]},\n");
}

static void
add_around(struct writer *w, const struct jk_ids *ids, int type_id,
    const char **comma)
{
	size_t i;

	for (i = 0; i < ids->n; i++) {
		jk_buf_printf(&w->b, "%s{\"SpecialToken\": {\"id\": ", *comma);
		add_token(w, ids->v[i]);
		jk_buf_printf(&w->b, ", \"type_id\": %d}}", type_id);
		*comma = ", ";
	}
}

static void
add_sequence(struct writer *w, char name, int type_id, const char **comma)
{
	add_around(w, &w->t->prefix, type_id, comma);
	jk_buf_printf(&w->b, "%s{\"Sequence\": {\"id\": \"%c\", \"type_id\": "
	    "%d}}", *comma, name, type_id);
	*comma = ", ";
	add_around(w, &w->t->suffix, type_id, comma);
}

static void
write_postprocessor(struct writer *w)
{
	const struct jk_ids *around[] = { &w->t->prefix, &w->t->suffix };
	const char *comma = "";
	size_t k, i;

	jk_buf_adds(&w->b, "  \"post_processor\": ");
	if (around[0]->n + around[1]->n == 0) {
		jk_buf_adds(&w->b, "null,\n");
		return;
	}
	jk_buf_adds(&w->b, "{\"type\": \"TemplateProcessing\", \"single\": [");
	add_sequence(w, 'A', 0, &comma);
	jk_buf_adds(&w->b, "], \"pair\": [");
	comma = "";
	add_sequence(w, 'A', 0, &comma);
	add_sequence(w, 'B', 1, &comma);
	jk_buf_adds(&w->b, "], \"special_tokens\": {");
	comma = "";
	for (k = 0; k < 2; k++)
		for (i = 0; i < around[k]->n; i++) {
			uint32_t id = around[k]->v[i];

			/* the same one before and behind is named once */
			if (k == 1 && around[0]->n && around[0]->v[0] == id)
				continue;
			jk_buf_adds(&w->b, comma);
			add_token(w, id);
			jk_buf_adds(&w->b, ": {\"id\": ");
			add_token(w, id);
			jk_buf_printf(&w->b, ", \"ids\": [%u], \"tokens\": [",
			    id);
			add_token(w, id);
			jk_buf_adds(&w->b, "]}");
			comma = ", ";
		}
	jk_buf_adds(&w->b, "}},\n");
}

static void
write_decoder(struct writer *w)
{
	jk_buf_adds(&w->b, "  \"decoder\": ");
	if (w->t->bpe.byte_level) {
		jk_buf_adds(&w->b, "{\"type\": \"ByteLevel\", "
		    "\"add_prefix_space\": true, \"trim_offsets\": true, "
		    "\"use_regex\": true},\n");
		return;
	}
	jk_buf_adds(&w->b, "{\"type\": \"Sequence\", \"decoders\": [{\"type\": "
	    "\"Replace\", \"pattern\": {\"String\": \"" JK_BPE_SPACE "\"}, "
	    "\"content\": \" \"}, {\"type\": \"ByteFallback\"}, {\"type\": "
	    "\"Fuse\"}");
	if (w->t->strip_spaces)
		jk_buf_printf(&w->b, ", {\"type\": \"Strip\", \"content\": "
		    "\" \", \"start\": %u, \"stop\": 0}", w->t->strip_spaces);
	jk_buf_adds(&w->b, "]},\n");
}

static int
write_model(struct writer *w)
{
	const struct jk_bpe *bpe = &w->t->bpe;
	struct jk_merge *merges;
	const char *comma = "";
	size_t n, i;
	uint32_t id;

	jk_buf_adds(&w->b, "  \"model\": {\n    \"type\": \"BPE\",\n"
	    "    \"dropout\": null,\n    \"unk_token\": ");
	if (bpe->unk_id >= 0)
		add_token(w, (uint32_t)bpe->unk_id);
	else
		jk_buf_adds(&w->b, "null");
	jk_buf_printf(&w->b, ",\n    \"continuing_subword_prefix\": null,\n"
	    "    \"end_of_word_suffix\": null,\n    \"fuse_unk\": %s,\n"
	    "    \"byte_fallback\": %s,\n    \"ignore_merges\": %s,\n"
	    "    \"vocab\": {", truth(bpe->fuse_unk),
	    truth(bpe->byte_fallback), truth(bpe->ignore_merges));
	for (id = 0; id < bpe->vocab.n_ids; id++) {
		if (!jk_vocab_has(&bpe->vocab, id))
			continue;
		jk_buf_printf(&w->b, "%s\n      ", comma);
		add_token(w, id);
		jk_buf_printf(&w->b, ": %u", id);
		comma = ",";
		if (drain(w, 1 << 16) < 0)
			return -1;
	}
	jk_buf_adds(&w->b, "\n    },\n    \"merges\": [");
	merges = jk_tokenizer_merges(w->t, &n);
	if (!merges)
		return jk_fail_nomem(w->err);
	for (i = 0; i < n; i++) {
		jk_buf_printf(&w->b, "%s\n      [", i ? "," : "");
		add_token(w, merges[i].left);
		jk_buf_adds(&w->b, ", ");
		add_token(w, merges[i].right);
		jk_buf_addc(&w->b, ']');
		if (drain(w, 1 << 16) < 0)
			break;
	}
	free(merges);
	jk_buf_adds(&w->b, "\n    ]\n  }\n}\n");
	return i == n ? 0 : -1;
}

int
jk_tokenizer_write_json(const struct jk_tokenizer *t, struct jk_out *out,
    struct jk_err *err)
{
	struct writer w = { .t = t, .out = out, .err = err };
	int r;

	jk_buf_adds(&w.b, "{\n  \"version\": \"1.0\",\n  \"truncation\": null,"
	    "\n  \"padding\": null,\n");
	r = write_added(&w);
	write_normalizer(&w);
	write_pretokenizer(&w);
	write_postprocessor(&w);
	write_decoder(&w);
	if (r == 0)
		r = write_model(&w);
	if (r == 0)
		r = drain(&w, 0);
	jk_buf_release(&w.b);
	jk_buf_release(&w.token);
	return r;
}
