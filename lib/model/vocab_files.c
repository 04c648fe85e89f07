#include "model/vocab_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/path.h"
#include "tok/vocab_merges.h"

bool
jk_is_gpt2_tokenizer(const json_t *config, const json_t *tokenizer_config)
{
	const char *class = jk_json_get_string(tokenizer_config,
	    "tokenizer_class");
	const char *type = jk_json_get_string(config, "model_type");

	if (class)
		return strcmp(class, "GPT2Tokenizer") == 0 ||
		    strcmp(class, "GPT2TokenizerFast") == 0;
	return type && strcmp(type, "gpt2") == 0;
}

int
jk_has_vocab_files(const struct jk_model *m, struct jk_err *err)
{
	static const struct {
		const char *name;
		bool absent;
	} files[] = { { JK_TOKENIZER_FILE, true }, { JK_VOCAB_FILE, false },
		{ JK_MERGES_FILE, false } };
	bool fits = true;
	size_t i;

	for (i = 0; fits && i < sizeof files / sizeof *files; i++) {
		char *path = jk_path_join(m->path, files[i].name, err);

		if (!path)
			return -1;
		fits = jk_is_absent(path) == files[i].absent;
		free(path);
	}
	return fits;
}

/* --- added tokens */

struct reader {
	struct jk_tokenizer *t;
	const json_t *config;	/* tokenizer_config.json, or NULL */
	json_t *map;		/* special_tokens_map.json, or NULL */
	json_t *added;		/* added_tokens.json, or NULL */
	struct jk_err *err;
};

/*
 * What the files say of a special token: special_tokens_map.json before
 * tokenizer_config.json, and not at all where the latter has all tokens.
 */
static const json_t *
member(const struct reader *r, const char *name)
{
	const json_t *v = json_object_get(r->config, "added_tokens_decoder") ?
	    NULL : json_object_get(r->map, name);

	return v ? v : json_object_get(r->config, name);
}

/* From its text alone or an object with flags; the text is borrowed. */
static int
parse(const struct reader *r, const json_t *v, bool special,
    struct jk_added *token, bool *normalized)
{
	const json_t *flag = json_object_get(v, "normalized");
	const json_t *text = json_is_object(v) ? json_object_get(v, "content")
	    : v;

	if (!json_is_string(text))
		return jk_fail(r->err, JK_EDATA, "an added token without a "
		    "text");
	*token = (struct jk_added){
		.text = (char *)(uintptr_t)json_string_value(text),
		.n = json_string_length(text), .special = special ||
		    json_is_true(json_object_get(v, "special")),
		.single_word = json_is_true(json_object_get(v,
		    "single_word")),
		.lstrip = json_is_true(json_object_get(v, "lstrip")),
		.rstrip = json_is_true(json_object_get(v, "rstrip")) };
	*normalized = flag ? json_is_true(flag) : !token->special;
	return 0;
}

static int
add_special(const struct reader *r, const json_t *v)
{
	struct jk_added token;
	bool normalized;

	if (!v || json_is_null(v))
		return 0;
	return parse(r, v, true, &token, &normalized) < 0 ? -1 :
	    jk_tokenizer_add_text(r->t, &token, normalized, r->err);
}

struct numbered {
	int64_t id;
	struct jk_added token;
	bool normalized;
};

static int
by_id(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Whether a special token of the files, named or not, has that text. */
static bool
is_special(const struct reader *r, const char *text)
{
	const json_t *files[] = { r->map, r->config };
	const char *key, *s;
	json_t *v;
	size_t i, n;

	for (i = 0; i < 2; i++)
		json_object_foreach((json_t *)(uintptr_t)files[i], key, v) {
			n = strlen(key);
			s = json_is_object(v) ? jk_json_get_string(v,
			    "content") : json_string_value(v);
			if (n > 6 && strcmp(key + n - 6, "_token") == 0 && s &&
			    strcmp(s, text) == 0)
				return true;
		}
	return false;
}

/* added_tokens_decoder: {"3": {"content": …}}; added_tokens.json: {"…": 3} */
static int
parse_numbered(const struct reader *r, const char *key, const json_t *v,
    struct numbered *one)
{
	char *end;

	if (json_is_object(v)) {
		one->id = strtoll(key, &end, 10);
		if (!*key || *end)
			return jk_fail(r->err, JK_EDATA, "tokenizer_config."
			    "json: added_tokens_decoder: %s is no id", key);
		return parse(r, v, false, &one->token, &one->normalized);
	}
	if (!json_is_integer(v))
		return jk_fail(r->err, JK_EDATA, "added_tokens.json: %s has no "
		    "id", key);
	one->id = json_integer_value(v);
	one->token = (struct jk_added){ .text = (char *)(uintptr_t)key,
		.n = strlen(key), .special = is_special(r, key) };
	one->normalized = !one->token.special;
	return 0;
}

/* Those with ids, which must be what the order gives them. */
static int
add_numbered(const struct reader *r)
{
	json_t *from = json_object_get(r->config, "added_tokens_decoder"), *v;
	struct numbered *list;
	const char *key;
	size_t n = 0, i;
	int failed = 0;

	if (!from)
		from = r->added;
	list = calloc(json_object_size(from) + 1, sizeof *list);
	if (!list)
		return jk_fail_nomem(r->err);
	json_object_foreach(from, key, v)
		if (!failed)
			failed = parse_numbered(r, key, v, &list[n++]);
	qsort(list, n, sizeof *list, by_id);
	for (i = 0; !failed && i < n; i++) {
		struct jk_added *token = &list[i].token;

		failed = jk_tokenizer_add_text(r->t, token,
		    list[i].normalized, r->err);
		if (!failed && token->n > 0 && token->id != list[i].id)
			failed = jk_fail(r->err, JK_EDATA, "added token %s has "
			    "the id %lld, and its place gives it %u: let "
			    "transformers' " JK_MAKE_TOKENIZER " write a "
			    "tokenizer.json", token->text,
			    (long long)list[i].id, token->id);
	}
	free(list);
	return failed;
}

/* Special tokens without a name: a list, or an object of names. */
static int
add_unnamed(const struct reader *r, const char *name)
{
	const json_t *all = member(r, name);
	const char *key;
	json_t *v;
	size_t i;

	json_array_foreach(all, i, v)
		if (add_special(r, v) < 0)
			return -1;
	json_object_foreach((json_t *)(uintptr_t)all, key, v)
		if (add_special(r, v) < 0)
			return -1;
	return 0;
}

/* Put the id of a special token around texts, where a switch is on. */
static int
add_around(const struct reader *r, const char *flag, const json_t *v,
    struct jk_ids *out)
{
	struct jk_added token;
	bool normalized;

	if (!json_is_true(json_object_get(r->config, flag)) || !v ||
	    json_is_null(v))
		return 0;
	if (parse(r, v, true, &token, &normalized) < 0 ||
	    jk_ids_reserve(out, 1, r->err) < 0)
		return -1;
	out->v[out->n++] = (uint32_t)jk_token_find_added(r->t, token.text);
	return 0;
}

/* In the order in which the class adds them, which gives ids to new ones. */
static int
add_tokens(const struct reader *r)
{
	enum { BOS, EOS, UNK, N_NAMED = 7 };
	static const char *const names[N_NAMED] = { "bos_token", "eos_token",
		"unk_token", "sep_token", "pad_token", "cls_token",
		"mask_token" };
	json_t *absent = json_string(JK_GPT2_SPECIAL);
	const json_t *named[N_NAMED];
	int i, failed;

	if (!absent)
		return jk_fail_nomem(r->err);
	for (i = 0; i < N_NAMED; i++) {
		named[i] = member(r, names[i]);
		if (!named[i] && i <= UNK)
			named[i] = absent;
	}
	failed = add_numbered(r);
	for (i = 0; !failed && i < N_NAMED; i++)
		failed = add_special(r, named[i]);
	if (!failed)
		failed = add_unnamed(r, member(r, "extra_special_tokens") ?
		    "extra_special_tokens" : "additional_special_tokens");
	if (!failed)
		failed = add_around(r, "add_bos_token", named[BOS],
		    &r->t->prefix);
	if (!failed)
		failed = add_around(r, "add_eos_token", named[EOS],
		    &r->t->suffix);
	json_decref(absent);
	return failed;
}

/* --- the folder */

static int
read_text(const struct jk_model *m, const char *name, struct jk_map *map,
    struct jk_err *err)
{
	char *path = jk_path_join(m->path, name, err);
	int r = path ? jk_map_open(map, path, err) : -1;

	free(path);
	return r;
}

/* Vocabulary and merges. */
static struct jk_tokenizer *
read_bpe(const struct jk_model *m, struct jk_err *err)
{
	struct jk_tokenizer *t = NULL;
	struct jk_map vocab, merges;

	if (read_text(m, JK_VOCAB_FILE, &vocab, err) < 0)
		return NULL;
	if (read_text(m, JK_MERGES_FILE, &merges, err) == 0) {
		t = jk_tokenizer_from_vocab_merges(&(struct jk_vocab_merges){
			.vocab = (const char *)vocab.data,
			.n_vocab = vocab.size_bytes,
			.merges = (const char *)merges.data,
			.n_merges = merges.size_bytes,
			.add_prefix_space = json_is_true(json_object_get(
			    m->tokenizer_config, "add_prefix_space")) }, err);
		if (!t)
			jk_fail_prefix(err, "%s", m->path);
		jk_map_close(&merges);
	}
	jk_map_close(&vocab);
	return t;
}

struct jk_tokenizer *
jk_vocab_files_tokenizer(const struct jk_model *m, struct jk_err *err)
{
	struct reader r = { .config = m->tokenizer_config, .err = err };
	json_t *config = NULL;
	bool done = false;

	if (jk_model_load_json(m, JK_CONFIG_FILE, &config, err) < 0 ||
	    jk_model_load_json(m, JK_SPECIAL_TOKENS_FILE, &r.map, err) < 0 ||
	    jk_model_load_json(m, JK_ADDED_TOKENS_FILE, &r.added, err) < 0)
		goto out;
	if (!jk_is_gpt2_tokenizer(config, r.config)) {
		jk_fail(err, JK_EDATA, "%s: vocab.json and merges.txt are read "
		    "as GPT2Tokenizer has them, and this folder is another "
		    "tokenizer's: let transformers' " JK_MAKE_TOKENIZER
		    " write a tokenizer.json", m->path);
		goto out;
	}
	r.t = read_bpe(m, err);
	if (!r.t)
		goto out;
	done = add_tokens(&r) == 0 &&
	    jk_tokenizer_join_added(r.t, err) == 0 &&
	    jk_tokenizer_finish(r.t, err) == 0;
	if (!done)
		jk_fail_prefix(err, "%s", m->path);
out:
	json_decref(config);
	json_decref(r.map);
	json_decref(r.added);
	if (done)
		return r.t;
	jk_tokenizer_free(r.t);
	return NULL;
}
