#include <string.h>

#include "tok/bpe_json.h"
#include "tok/tokenizer.h"

/*
 * tokenizer.json.  The vocabulary and the merges, which are nearly all of it,
 * are read straight from the text; the rest is read as trees.  Members come
 * in any order, so the places of the big ones are noted first.
 */
struct parts {
	const char *vocab;		/* where it begins; NULL: absent */
	struct jk_merges_place merges;
	json_t *model;			/* the model's other members */
	json_t *added, *normalizer, *pretokenizer, *postprocessor, *decoder;
};

static bool
is(const char *s, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(s, name, n) == 0;
}

/* Read a member as a tree into *v; a second one of the name is an error. */
static int
take_tree(struct jk_scan *s, json_t **v)
{
	if (*v)
		return jk_scan_fail(s, "the member is there already");
	*v = jk_scan_tree(s);
	return *v ? 0 : -1;
}

/* Note where a big one begins, and step over it. */
static int
take_place(struct jk_scan *s, struct parts *p, bool is_vocab)
{
	if (is_vocab ? p->vocab != NULL : p->merges.is_there)
		return jk_scan_fail(s, "the member is there already");
	if (!is_vocab)
		return jk_merges_find(s, &p->merges);
	jk_scan_peek(s);
	p->vocab = s->at;
	return jk_scan_skip(s);
}

static int
find_model_parts(struct jk_scan *s, struct parts *p)
{
	const char *key;
	char name[64];
	json_t *v;
	size_t n;
	int more;
	bool first = true;

	if (p->model)
		return jk_scan_fail(s, "the member is there already");
	p->model = json_object();
	if (!p->model)
		return jk_fail_nomem(s->err);
	if (jk_scan_open(s, '{') < 0)
		return -1;
	for (; (more = jk_scan_next(s, '{', first)) > 0; first = false) {
		if (jk_scan_key(s, &key, &n) < 0)
			return -1;
		if (is(key, n, "vocab") || is(key, n, "merges")) {
			if (take_place(s, p, *key == 'v') < 0)
				return -1;
			continue;
		}
		if (n >= sizeof name)
			return jk_scan_fail(s, "the member's name is too "
			    "long");
		memcpy(name, key, n);
		name[n] = '\0';
		v = jk_scan_tree(s);
		if (!v)
			return -1;
		if (json_object_set_new(p->model, name, v) < 0)
			return jk_fail_nomem(s->err);
	}
	return more;
}

static int
find_parts(struct jk_scan *s, struct parts *p)
{
	const struct {
		const char *name;
		json_t **tree;
	} trees[] = {
		{ "added_tokens", &p->added },
		{ "normalizer", &p->normalizer },
		{ "pre_tokenizer", &p->pretokenizer },
		{ "post_processor", &p->postprocessor },
		{ "decoder", &p->decoder },
	};
	const char *key;
	size_t n, i;
	int more, r;
	bool first = true;

	if (jk_scan_open(s, '{') < 0)
		return -1;
	for (; (more = jk_scan_next(s, '{', first)) > 0; first = false) {
		if (jk_scan_key(s, &key, &n) < 0)
			return -1;
		if (is(key, n, "model")) {
			if (find_model_parts(s, p) < 0)
				return -1;
			continue;
		}
		for (i = 0; i < sizeof trees / sizeof *trees; i++)
			if (is(key, n, trees[i].name))
				break;
		r = i < sizeof trees / sizeof *trees ?
		    take_tree(s, trees[i].tree) : jk_scan_skip(s);
		if (r < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	return jk_scan_peek(s) ? jk_scan_fail(s, "text behind the object") :
	    0;
}

/* --- the model */

/* A member that changes ids in a way that BPE here does not know. */
static int
refuse(const json_t *model, const char *key, struct jk_err *err)
{
	const json_t *v = json_object_get(model, key);

	if (!v || json_is_null(v) || json_is_false(v) ||
	    (json_is_string(v) && json_string_length(v) == 0) ||
	    (json_is_number(v) && json_number_value(v) == 0))
		return 0;
	return jk_fail(err, JK_EDATA, "unsupported in the model: %s", key);
}

static int
read_model(struct jk_tokenizer *t, struct jk_scan *s, const struct parts *p)
{
	const char *type = jk_json_get_string(p->model, "type");
	const char *unk = jk_json_get_string(p->model, "unk_token");
	struct jk_bpe *bpe = &t->bpe;
	struct jk_buf b = JK_BUF_INIT;

	/* very old files have no type: merges tell that it is BPE */
	if (type && strcmp(type, "BPE") != 0)
		return jk_fail(s->err, JK_EDATA, "unsupported model: %s",
		    type);
	if (!p->vocab || !p->merges.is_there)
		return jk_fail(s->err, JK_EDATA, "no BPE model (vocab and "
		    "merges)");
	if (refuse(p->model, "dropout", s->err) < 0 ||
	    refuse(p->model, "continuing_subword_prefix", s->err) < 0 ||
	    refuse(p->model, "end_of_word_suffix", s->err) < 0)
		return -1;
	bpe->byte_level = t->pretokenizer.byte_level;
	bpe->byte_fallback = json_is_true(json_object_get(p->model,
	    "byte_fallback"));
	bpe->fuse_unk = json_is_true(json_object_get(p->model, "fuse_unk"));
	bpe->ignore_merges = json_is_true(json_object_get(p->model,
	    "ignore_merges"));
	if (bpe->byte_level && bpe->byte_fallback)
		return jk_fail(s->err, JK_EDATA, "unsupported: ByteLevel "
		    "with byte_fallback");
	s->at = p->vocab;
	if (jk_vocab_read(bpe, s) < 0 ||
	    jk_merges_read(bpe, s, &p->merges) < 0)
		return -1;
	if (unk) {
		if (!bpe->byte_level)
			jk_buf_adds(&b, unk);
		else if (!jk_from_byte_level(unk, strlen(unk), &b))
			jk_buf_clear(&b);
		bpe->unk_id = jk_vocab_find(&bpe->vocab, jk_buf_str(&b),
		    b.len);
		jk_buf_release(&b);
		if (bpe->unk_id < 0)
			return jk_fail(s->err, JK_EDATA, "unk_token %s is no "
			    "token", unk);
	}
	return 0;
}

/* --- the rest */

static int
read_added(struct jk_tokenizer *t, const json_t *list, struct jk_err *err)
{
	json_t *v;
	size_t i;

	if (list && !json_is_array(list))
		return jk_fail(err, JK_EDATA, "added_tokens is not an array");
	json_array_foreach(list, i, v) {
		const json_t *id = json_object_get(v, "id");
		const json_t *text = json_object_get(v, "content");
		struct jk_added a = {
			.single_word = json_is_true(json_object_get(v,
			    "single_word")),
			.lstrip = json_is_true(json_object_get(v, "lstrip")),
			.rstrip = json_is_true(json_object_get(v, "rstrip")),
			.special = json_is_true(json_object_get(v,
			    "special")),
		};
		bool normalized = !json_is_false(json_object_get(v,
		    "normalized"));

		if (!json_is_integer(id) || !json_is_string(text) ||
		    json_integer_value(id) < 0 ||
		    json_integer_value(id) > JK_MAX_TOKEN_ID)
			return jk_fail(err, JK_EDATA, "added_tokens: entry "
			    "%zu has no id or content", i);
		/* absent: true unless the token is special */
		if (!json_object_get(v, "normalized"))
			normalized = !a.special;
		a.id = (uint32_t)json_integer_value(id);
		a.text = (char *)(uintptr_t)json_string_value(text);
		a.n = json_string_length(text);
		if (jk_tokenizer_add_token(t, &a, normalized, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_template_ids(const json_t *processor, const char *name,
    struct jk_ids *out, struct jk_err *err)
{
	const json_t *ids = json_object_get(json_object_get(json_object_get(
	    processor, "special_tokens"), name), "ids");
	size_t i;

	if (!json_is_array(ids))
		return jk_fail(err, JK_EDATA, "post_processor: no ids for %s",
		    name);
	if (jk_ids_reserve(out, json_array_size(ids), err) < 0)
		return -1;
	for (i = 0; i < json_array_size(ids); i++) {
		const json_t *id = json_array_get(ids, i);

		if (!json_is_integer(id) || json_integer_value(id) < 0 ||
		    json_integer_value(id) > JK_MAX_TOKEN_ID)
			return jk_fail(err, JK_EDATA, "post_processor: bad id "
			    "for %s", name);
		out->v[out->n++] = (uint32_t)json_integer_value(id);
	}
	return 0;
}

static int
read_postprocessor(struct jk_tokenizer *t, const json_t *json, int depth,
    struct jk_err *err)
{
	const char *type = jk_json_get_string(json, "type"), *name;
	const json_t *list, *part;
	bool behind = false;
	size_t i;

	if (!json || json_is_null(json))
		return 0;
	if (!type || depth > 4)
		return jk_fail(err, JK_EDATA, "post_processor: no type");
	if (strcmp(type, "ByteLevel") == 0)	/* changes offsets only */
		return 0;
	if (strcmp(type, "Sequence") == 0) {
		list = json_object_get(json, "processors");
		for (i = 0; i < json_array_size(list); i++)
			if (read_postprocessor(t, json_array_get(list, i),
			    depth + 1, err) < 0)
				return -1;
		return 0;
	}
	if (strcmp(type, "TemplateProcessing") != 0)
		return jk_fail(err, JK_EDATA, "unsupported post_processor: "
		    "%s", type);
	list = json_object_get(json, "single");
	for (i = 0; i < json_array_size(list); i++) {
		part = json_array_get(list, i);
		if (json_object_get(part, "Sequence")) {
			if (behind)
				return jk_fail(err, JK_EDATA, "post_processor: "
				    "the text twice");
			behind = true;
			continue;
		}
		name = jk_json_get_string(json_object_get(part,
		    "SpecialToken"), "id");
		if (!name)
			return jk_fail(err, JK_EDATA, "post_processor: bad "
			    "template");
		if (add_template_ids(json, name, behind ? &t->suffix :
		    &t->prefix, err) < 0)
			return -1;
	}
	return behind ? 0 : jk_fail(err, JK_EDATA, "post_processor: a "
	    "template without the text");
}

/* Only how many spaces are dropped at the start is taken from the decoder. */
static int
read_decoder(struct jk_tokenizer *t, const json_t *json, int depth,
    struct jk_err *err)
{
	const char *type = jk_json_get_string(json, "type"), *s;
	const json_t *list, *v;
	size_t i;

	if (!json || json_is_null(json))
		return 0;
	if (!type || depth > 4)
		return jk_fail(err, JK_EDATA, "decoder: no type");
	if (strcmp(type, "Sequence") == 0) {
		list = json_object_get(json, "decoders");
		for (i = 0; i < json_array_size(list); i++)
			if (read_decoder(t, json_array_get(list, i),
			    depth + 1, err) < 0)
				return -1;
	} else if (strcmp(type, "Strip") == 0) {
		v = json_object_get(json, "start");
		s = jk_json_get_string(json, "content");
		if (!s || strcmp(s, " ") != 0 || !json_is_integer(v) ||
		    json_integer_value(v) < 0 || json_integer_value(v) > 16 ||
		    json_integer_value(json_object_get(json, "stop")) != 0)
			return jk_fail(err, JK_EDATA, "unsupported decoder "
			    "Strip");
		t->strip_spaces = (unsigned)json_integer_value(v);
	} else if (strcmp(type, "Metaspace") == 0) {
		s = jk_json_get_string(json, "prepend_scheme");
		t->strip_spaces = s ? strcmp(s, "never") != 0 :
		    !json_is_false(json_object_get(json,
		    "add_prefix_space"));
	} else if (strcmp(type, "ByteLevel") != 0 &&
	    strcmp(type, "Replace") != 0 && strcmp(type, "ByteFallback") != 0
	    && strcmp(type, "Fuse") != 0) {
		return jk_fail(err, JK_EDATA, "unsupported decoder: %s",
		    type);
	}
	return 0;
}

struct jk_tokenizer *
jk_tokenizer_from_json(const char *text, size_t n, struct jk_err *err)
{
	struct jk_scan s = { text, text, text + n, JK_BUF_INIT, err };
	struct jk_tokenizer *t = jk_tokenizer_new();
	struct parts p = { 0 };
	int r = -1;

	if (!t) {
		jk_fail_nomem(err);
		return NULL;
	}
	if (jk_utf8_valid_len(text, n) != n)
		jk_fail(err, JK_EDATA, "invalid UTF-8 at byte %zu",
		    jk_utf8_valid_len(text, n) + 1);
	else if (find_parts(&s, &p) == 0 &&
	    jk_normalizer_read(&t->normalizer, p.normalizer, err) == 0 &&
	    jk_pretokenizer_read(&t->pretokenizer, p.pretokenizer, err) == 0
	    && read_model(t, &s, &p) == 0 &&
	    read_added(t, p.added, err) == 0 &&
	    read_postprocessor(t, p.postprocessor, 0, err) == 0 &&
	    read_decoder(t, p.decoder, 0, err) == 0 &&
	    jk_tokenizer_finish(t, err) == 0)
		r = 0;
	jk_scan_release(&s);
	jk_merges_place_release(&p.merges);
	json_decref(p.model);
	json_decref(p.added);
	json_decref(p.normalizer);
	json_decref(p.pretokenizer);
	json_decref(p.postprocessor);
	json_decref(p.decoder);
	if (r < 0) {
		jk_tokenizer_free(t);
		return NULL;
	}
	return t;
}
