#include "model/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/in.h"
#include "base/json_write.h"
#include "base/path.h"
#include "model/config_write.h"
#include "model/tokenizer_write.h"
#include "model/vocab_files.h"

/* config.json is last: with it the folder is a model */
const char *const jk_folder_files[] = { JK_TOKENIZER_FILE,
	JK_TOKENIZER_CONFIG_FILE, JK_SPECIAL_TOKENS_FILE,
	JK_ADDED_TOKENS_FILE, JK_VOCAB_FILE, JK_MERGES_FILE,
	JK_CHAT_TEMPLATE_FILE,
	JK_WEIGHTS_INDEX_FILE, JK_WEIGHTS_FILE,
	JK_GENERATION_FILE, JK_CONFIG_FILE, NULL };
enum { N_TOKENIZER_FILES = 7 };	/* the first of them */

int
jk_folder_drop(const char *dir, const char *name, struct jk_err *err)
{
	char *path = jk_path_join(dir, name, err);
	int r = 0;

	if (!path)
		return -1;
	if (unlink(path) < 0 && errno != ENOENT)
		r = jk_fail_errno(err, "%s", path);
	free(path);
	return r;
}

/* One file of the model's folder; if it is not there, nor is the copy. */
static int
copy(const char *dir, const struct jk_model *m, const char *name,
    struct jk_err *err)
{
	char *from = jk_path_join(m->path, name, err);
	char *to = from ? jk_path_join(dir, name, err) : NULL;
	struct jk_buf b = JK_BUF_INIT;
	int r = -1;

	if (to && jk_is_absent(from))
		r = jk_folder_drop(dir, name, err);
	else if (to && jk_read_file(from, &b, err) == 0)
		r = jk_file_put(to, jk_buf_str(&b), b.len, err);
	free(from);
	free(to);
	jk_buf_release(&b);
	return r;
}

static int
write_tokenizer(const char *dir, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_file file;
	char *path = jk_path_join(dir, JK_TOKENIZER_FILE, err);
	int r = path ? jk_file_begin(&file, path, err) : -1;

	free(path);
	if (r < 0)
		return -1;
	if (jk_tokenizer_write_json(t, &file.out, err) < 0) {
		jk_file_abort(&file);
		return -1;
	}
	return jk_file_commit(&file, err);
}

/*
 * The class is the plain one, which takes tokenizer.json as it is; others
 * (GemmaTokenizer) put their own idea of the model in its place.
 */
static json_t *
tokenizer_config(const struct jk_model *m)
{
	const char *template = jk_model_chat_template(m, NULL);
	json_t *v = json_pack("{s:s,s:b}", "tokenizer_class",
	    "PreTrainedTokenizerFast", "clean_up_tokenization_spaces", 0);

	if (!v || json_object_update(v, m->special_tokens) < 0 ||
	    (m->config.max_position_embeddings && json_object_set_new(v,
	    "model_max_length", json_integer(
	    m->config.max_position_embeddings)) < 0) ||
	    (template && json_object_set_new(v, "chat_template",
	    json_string(template)) < 0)) {
		json_decref(v);
		return NULL;
	}
	return v;
}

/* --- what an adapter was taught, in copies of the model's files */

/* A JSON file of a folder, or a new object; NULL: error. */
static json_t *
load_or_new(const char *folder, const char *name, bool *found,
    struct jk_err *err)
{
	char *path = jk_path_join(folder, name, err);
	json_t *v;

	if (!path)
		return NULL;
	*found = !jk_is_absent(path);
	v = *found ? jk_json_load(path, err) : json_object();
	if (!v && !*found)
		jk_fail_nomem(err);
	free(path);
	return v;
}

/* The default one of one template or of several with names. */
static int
set_template(json_t *config, const char *text)
{
	json_t *v = json_object_get(config, "chat_template"), *item;
	const char *name;
	size_t i;

	if (!json_is_array(v))
		return json_object_set_new(config, "chat_template",
		    json_string(text));
	json_array_foreach(v, i, item) {
		name = jk_json_get_string(item, "name");
		if (name && strcmp(name, "default") == 0)
			return json_object_set_new(item, "template",
			    json_string(text));
	}
	return json_array_append_new(v, json_pack("{s:s,s:s}", "name",
	    "default", "template", text));
}

/* Whether a member is that token, as a string or with its flags. */
static bool
is_token(const json_t *v, const char *text)
{
	const char *s = json_is_object(v) ? jk_json_get_string(v, "content") :
	    json_string_value(v);

	return s && strcmp(s, text) == 0;
}

/* eos_token and template in a file; special_tokens_map.json is not made. */
static int
put_taught(const char *dir, const struct jk_model *m, const char *name,
    bool template, struct jk_err *err)
{
	const char *eos = jk_model_special_token(m, "eos_token");
	const bool is_map = strcmp(name, JK_SPECIAL_TOKENS_FILE) == 0;
	bool found, ends;
	json_t *v = load_or_new(m->path, name, &found, err), *old;
	int r = 0;

	if (!v)
		return -1;
	old = json_object_get(v, "eos_token");
	ends = m->new_ends && eos && (!is_map || old) && !is_token(old, eos);
	if (ends)
		r = json_object_set_new(v, "eos_token", json_string(eos));
	if (r == 0 && template)
		r = set_template(v, jk_model_chat_template(m, NULL));
	if (r < 0)
		jk_fail_nomem(err);
	else if (ends || template)
		r = jk_json_save(dir, name, v, err);
	json_decref(v);
	return r;
}

/* As transformers reads them: chat_template.jinja before the others. */
static int
put_tokenizer_taught(const char *dir, const struct jk_model *m,
    struct jk_err *err)
{
	const char *text = jk_model_chat_template(m, NULL);
	char *path = jk_path_join(dir, JK_CHAT_TEMPLATE_FILE, err);
	bool jinja;
	int r;

	if (!path)
		return -1;
	jinja = !jk_is_absent(path);
	r = m->new_template && jinja ? jk_file_put(path, text, strlen(text),
	    err) : 0;
	free(path);
	if (r < 0)
		return -1;
	if (put_taught(dir, m, JK_TOKENIZER_CONFIG_FILE, m->new_template &&
	    (!jinja || json_object_get(m->tokenizer_config,
	    "chat_template")), err) < 0)
		return -1;
	return put_taught(dir, m, JK_SPECIAL_TOKENS_FILE, false, err);
}

/*
 * vocab.json and merges.txt are many tokenizers' files: away from their
 * config.json, beside an adapter, the class has to be said.
 */
static int
put_class(const char *dir, const struct jk_model *m, struct jk_err *err)
{
	int r = jk_has_vocab_files(m, err);
	bool found;
	json_t *v;

	if (r <= 0 || jk_json_get_string(m->tokenizer_config,
	    "tokenizer_class"))
		return r < 0 ? -1 : 0;
	v = load_or_new(dir, JK_TOKENIZER_CONFIG_FILE, &found, err);
	if (!v)
		return -1;
	r = json_object_set_new(v, "tokenizer_class", json_string(
	    "GPT2Tokenizer")) < 0 ? jk_fail_nomem(err) : jk_json_save(dir,
	    JK_TOKENIZER_CONFIG_FILE, v, err);
	json_decref(v);
	return r;
}

int
jk_folder_put_tokenizer(const char *dir, const struct jk_model *m,
    const struct jk_tokenizer *t, struct jk_err *err)
{
	json_t *config;
	size_t i;
	int r = 0;

	if (m->is_gguf) {
		if (write_tokenizer(dir, t, err) < 0)
			return -1;
		config = tokenizer_config(m);
		r = jk_json_save(dir, JK_TOKENIZER_CONFIG_FILE, config, err);
		json_decref(config);
		for (i = 2; r == 0 && i < N_TOKENIZER_FILES; i++)
			r = jk_folder_drop(dir, jk_folder_files[i], err);
		return r;
	}
	for (i = 0; r == 0 && i < N_TOKENIZER_FILES; i++)
		r = copy(dir, m, jk_folder_files[i], err);
	if (r == 0 && (m->new_ends || m->new_template))
		r = put_tokenizer_taught(dir, m, err);
	return r < 0 ? r : put_class(dir, m, err);
}

static const char *
torch_name(enum jk_dtype dtype)
{
	return dtype == JK_F32 ? "float32" : dtype == JK_F16 ? "float16" :
	    "bfloat16";
}

/* The weights' type where a config.json names it. */
static void
set_dtype(json_t *config, enum jk_dtype dtype)
{
	static const char *const keys[] = { "dtype", "torch_dtype" };
	size_t i;

	for (i = 0; i < 2; i++)
		if (json_object_get(config, keys[i]))
			json_object_set_new(config, keys[i],
			    json_string(torch_name(dtype)));
}

/* Whether eos_token_id has all end ids. */
static bool
has_ends(const json_t *v, const struct jk_config *c)
{
	const json_t *ids = json_object_get(v, "eos_token_id");
	uint32_t i;
	size_t k;

	for (i = 0; i < c->n_end_ids; i++) {
		for (k = 0; k < json_array_size(ids); k++)
			if (json_integer_value(json_array_get(ids, k)) ==
			    c->end_ids[i])
				break;
		if (json_is_integer(ids) ? json_integer_value(ids) !=
		    c->end_ids[i] : k == json_array_size(ids))
			return false;
	}
	return true;
}

/*
 * The model's generation_config.json; transformers looks for end ids nowhere
 * else where there is one.
 */
static int
put_generation_config(const char *dir, const struct jk_model *m,
    struct jk_err *err)
{
	bool found;
	json_t *v;
	int r;

	if (!m->taught)
		return copy(dir, m, JK_GENERATION_FILE, err);
	v = load_or_new(m->path, JK_GENERATION_FILE, &found, err);
	if (!v)
		return -1;
	if (found ? has_ends(v, &m->config) : !m->new_ends) {
		json_decref(v);
		return copy(dir, m, JK_GENERATION_FILE, err);
	}
	r = found ? json_object_set_new(v, "eos_token_id",
	    jk_end_ids_json(&m->config)) : json_object_update_new(v,
	    jk_generation_config(&m->config));
	r = r < 0 ? jk_fail_nomem(err) : jk_json_save(dir,
	    JK_GENERATION_FILE, v, err);
	json_decref(v);
	return r;
}

static int
set_ends(json_t *config, const struct jk_config *c, struct jk_err *err)
{
	return json_object_set_new(config, "eos_token_id",
	    jk_end_ids_json(c)) < 0 ? jk_fail_nomem(err) : 0;
}

/*
 * What its text part is by itself.  Another family may do without what says how
 * positions of pictures turn, and what is absent means something else there.
 */
static int
set_family(json_t *part, const struct jk_config *c, struct jk_err *err)
{
	static const char *const forms[] = { "rope_parameters",
		"rope_scaling" };
	const struct jk_family *f = c->family;
	json_t *all;
	size_t i;
	int r;

	json_object_set_new(part, "architectures", json_pack("[s]",
	    f->class_name));
	if (!f->part_type)
		return 0;
	json_object_set_new(part, "model_type", json_string(f->part_type));
	for (i = 0; i < sizeof forms / sizeof *forms; i++) {
		json_t *rope = json_object_get(part, forms[i]);

		json_object_del(rope, "mrope_section");
		json_object_del(rope, "mrope_interleaved");
	}
	all = jk_config_to_json(c, "", err);
	if (!all)
		return -1;
	/* these two have other names in newer files */
	json_object_del(all, "rope_scaling");
	json_object_del(all, "torch_dtype");
	r = json_object_update_missing(part, all);
	json_decref(all);
	return r < 0 ? jk_fail_nomem(err) : 0;
}

/*
 * Of a model of more than text, the configuration that its text part has by
 * itself; takes v.  NULL without memory.
 */
static json_t *
text_part(json_t *v, const struct jk_config *c, struct jk_err *err)
{
	static const char *const keys[] = { "bos_token_id", "pad_token_id",
		"dtype", "torch_dtype", "transformers_version" };
	json_t *part = json_deep_copy(jk_config_text_part(v)), *of_whole;
	size_t i;
	int r = part ? 0 : -1;

	for (i = 0; i < sizeof keys / sizeof *keys && r == 0; i++) {
		of_whole = json_object_get(v, keys[i]);
		if (of_whole && !json_object_get(part, keys[i]))
			r = json_object_set(part, keys[i], of_whole);
	}
	if (r == 0)
		r = set_family(part, c, err);
	if (r == 0 && c->n_end_ids)
		r = json_object_set_new(part, "eos_token_id",
		    jk_end_ids_json(c));
	if (r == 0)
		r = json_object_set_new(part, "tie_word_embeddings",
		    json_boolean(c->tie_word_embeddings));
	json_decref(v);
	if (r == 0)
		return part;
	json_decref(part);
	return NULL;
}

int
jk_folder_put_config(const char *dir, const struct jk_model *m,
    enum jk_dtype dtype, struct jk_err *err)
{
	char *path;
	json_t *v;
	int r;

	if (!m->is_gguf) {
		if (put_generation_config(dir, m, err) < 0)
			return -1;
		path = jk_path_join(m->path, JK_CONFIG_FILE, err);
		v = path ? jk_json_load(path, err) : NULL;
		free(path);
		if (v && m->config.is_part && !(v = text_part(v, &m->config,
		    err)))
			jk_fail_nomem(err);
		if (!v)
			return -1;
		set_dtype(v, dtype);
		if (json_is_true(json_object_get(v, "tie_word_embeddings")) &&
		    !m->config.tie_word_embeddings)
			json_object_set_new(v, "tie_word_embeddings",
			    json_false());
	} else {
		v = jk_generation_config(&m->config);
		r = jk_json_save(dir, JK_GENERATION_FILE, v, err);
		json_decref(v);
		if (r < 0)
			return -1;
		v = jk_config_to_json(&m->config, torch_name(dtype), err);
		if (!v)
			return jk_fail_prefix(err, "%s", m->path);
	}
	r = m->new_ends ? set_ends(v, &m->config, err) : 0;
	if (r == 0)
		r = jk_json_save(dir, JK_CONFIG_FILE, v, err);
	json_decref(v);
	return r;
}
