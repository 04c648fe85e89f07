#include "model/open.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/in.h"
#include "base/path.h"
#include "model/adapter.h"
#include "model/hub.h"
#include "model/vocab_files.h"
#include "model/weights.h"

int
jk_model_load_json(const struct jk_model *m, const char *name, json_t **v,
    struct jk_err *err)
{
	char *path = jk_path_join(m->path, name, err);
	int r = 0;

	*v = NULL;
	if (!path)
		return -1;
	if (!jk_is_absent(path)) {
		*v = jk_json_load(path, err);
		r = *v ? 0 : -1;
		if (*v && !json_is_object(*v)) {
			json_decref(*v);
			*v = NULL;
			r = jk_fail(err, JK_EDATA, "%s: not an object", path);
		}
	}
	free(path);
	return r;
}

static int
open_shard(struct jk_model *m, const char *name, struct jk_err *err)
{
	char *path = jk_path_join(m->path, name, err);
	int r = path ? jk_safetensors_open(&m->files[m->n_files], path, err) :
	    -1;

	if (r == 0)
		m->n_files++;
	free(path);
	return r;
}

static int
by_string(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct files of the weight map, each opened once. */
static int
open_indexed(struct jk_model *m, const json_t *map, struct jk_err *err)
{
	size_t n = 0, i;
	const char **names = calloc(json_object_size(map) + 1, sizeof *names);
	const char *key;
	json_t *file;
	int r = 0;

	m->files = calloc(json_object_size(map) + 1, sizeof *m->files);
	if (!names || !m->files)
		r = jk_fail_nomem(err);
	else
		json_object_foreach((json_t *)(uintptr_t)map, key, file) {
			names[n] = json_string_value(file);
			if (!names[n] || strchr(names[n], '/')) {
				r = jk_fail(err, JK_EDATA, "%s/model."
				    "safetensors.index.json: bad file for %s",
				    m->path, key);
				break;
			}
			n++;
		}
	if (r == 0)
		qsort(names, n, sizeof *names, by_string);
	for (i = 0; i < n && r == 0; i++)
		if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
			r = open_shard(m, names[i], err);
	free(names);
	return r;
}

/* Of which tensor is the model's, one file or the other? */
static int
check_doubles(const struct jk_model *m, struct jk_err *err)
{
	size_t i, j, k;

	for (i = 1; i < m->n_files; i++)
		for (j = 0; j < m->files[i].n_tensors; j++)
			for (k = 0; k < i; k++)
				if (jk_safetensors_find(&m->files[k],
				    m->files[i].tensors[j].name))
					return jk_fail(err, JK_EDATA, "%s: "
					    "tensor %s stands in two files",
					    m->path,
					    m->files[i].tensors[j].name);
	return 0;
}

/* model-00001-of-00002.safetensors and the like. */
static int
is_part(const struct dirent *d)
{
	int n;

	return strncmp(d->d_name, "model-", 6) == 0 &&
	    strlen(d->d_name) == sizeof "model-00001-of-00002.safetensors" -
	    1 && jk_path_part(d->d_name, ".safetensors", &n) > 0;
}

/* What to do where there are no weights. */
static int
fail_weights(const struct jk_model *m, struct jk_err *err)
{
	static const char *const pickles[] = { "pytorch_model.bin",
		"pytorch_model.bin.index.json" };
	size_t i;

	for (i = 0; i < sizeof pickles / sizeof *pickles; i++) {
		char *path = jk_path_join(m->path, pickles[i], err);
		const bool is_there = path && !jk_is_absent(path);

		free(path);
		if (is_there)
			return jk_fail(err, JK_EDATA, "%s: its weights are in "
			    "pytorch_model.bin, a program rather than data: "
			    "with transformers, AutoModelForCausalLM."
			    "from_pretrained(FOLDER).save_pretrained(OTHER) "
			    "writes them as safetensors", m->path);
	}
	return jk_fail(err, JK_EDATA, "%s: no model.safetensors, nor parts of "
	    "it", m->path);
}

/* Parts without their index: all that their names speak of. */
static int
open_unindexed(struct jk_model *m, struct jk_err *err)
{
	struct dirent **list = NULL;
	int n = scandir(m->path, &list, is_part, alphasort), of, i, r = 0;

	if (n < 0)
		return jk_fail_errno(err, "%s", m->path);
	m->files = calloc((size_t)n + 1, sizeof *m->files);
	if (!m->files)
		r = jk_fail_nomem(err);
	for (i = 0; i < n; i++) {
		if (r == 0 && (jk_path_part(list[i]->d_name, ".safetensors",
		    &of) != i + 1 || of != n))
			r = jk_fail(err, JK_EDATA, "%s: of its weights there "
			    "are %d parts, and %s", m->path, n,
			    list[i]->d_name);
		if (r == 0)
			r = open_shard(m, list[i]->d_name, err);
		free(list[i]);
	}
	free(list);
	return r == 0 && n == 0 ? fail_weights(m, err) : r;
}

static int
open_weights(struct jk_model *m, struct jk_err *err)
{
	json_t *index;
	const json_t *map;
	char *path;
	bool is_one;
	int r;

	if (jk_model_load_json(m, JK_WEIGHTS_INDEX_FILE, &index, err) < 0)
		return -1;
	if (index) {
		map = json_object_get(index, "weight_map");
		if (json_is_object(map))
			r = open_indexed(m, map, err);
		else
			r = jk_fail(err, JK_EDATA, "%s/model.safetensors."
			    "index.json: no weight_map", m->path);
		json_decref(index);
		return r < 0 ? -1 : check_doubles(m, err);
	}
	path = jk_path_join(m->path, JK_WEIGHTS_FILE, err);
	if (!path)
		return -1;
	is_one = !jk_is_absent(path);
	free(path);
	if (!is_one)
		return open_unindexed(m, err) < 0 ? -1 :
		    check_doubles(m, err);
	m->files = calloc(1, sizeof *m->files);
	if (!m->files)
		return jk_fail_nomem(err);
	return open_shard(m, JK_WEIGHTS_FILE, err);
}

static int
set_string(json_t *object, const char *key, const char *s, size_t n,
    struct jk_err *err)
{
	if (jk_utf8_valid_len(s, n) != n)
		return jk_fail(err, JK_EDATA, "%s: invalid UTF-8", key);
	if (json_object_set_new(object, key, json_stringn(s, n)) < 0)
		return jk_fail_nomem(err);
	return 0;
}

/* The string members and AddedToken objects of a JSON file. */
static int
add_special_tokens(struct jk_model *m, const json_t *from,
    struct jk_err *err)
{
	const char *key, *text;
	json_t *v;
	size_t n;

	json_object_foreach((json_t *)(uintptr_t)from, key, v) {
		n = strlen(key);
		if (n < 6 || strcmp(key + n - 6, "_token") != 0)
			continue;
		text = json_is_string(v) ? json_string_value(v) :
		    jk_json_get_string(v, "content");
		if (text && set_string(m->special_tokens, key, text,
		    strlen(text), err) < 0)
			return -1;
	}
	return 0;
}

/* Names that the tokenizer's class fills in where no file has them. */
static int
add_default_tokens(struct jk_model *m, const json_t *config,
    const json_t *map, struct jk_err *err)
{
	static const char *const names[] = { "unk_token", "bos_token",
		"eos_token" };
	size_t i;

	if (!jk_is_gpt2_tokenizer(config, m->tokenizer_config))
		return 0;
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (!json_object_get(map, names[i]) &&
		    !json_object_get(m->tokenizer_config, names[i]) &&
		    set_string(m->special_tokens, names[i], JK_GPT2_SPECIAL,
		    strlen(JK_GPT2_SPECIAL), err) < 0)
			return -1;
	return 0;
}

static int
read_chat_templates(struct jk_model *m, struct jk_err *err)
{
	const json_t *v = json_object_get(m->tokenizer_config,
	    "chat_template");
	const char *name, *text;
	struct jk_buf b = JK_BUF_INIT;
	char *path;
	size_t i;
	int r = 0;

	if (json_is_string(v))
		r = set_string(m->chat_templates, "default",
		    json_string_value(v), json_string_length(v), err);
	for (i = 0; r == 0 && i < json_array_size(v); i++) {
		name = jk_json_get_string(json_array_get(v, i), "name");
		text = jk_json_get_string(json_array_get(v, i), "template");
		if (name && text)
			r = set_string(m->chat_templates, name, text,
			    strlen(text), err);
	}
	if (r < 0)
		return -1;
	path = jk_path_join(m->path, JK_CHAT_TEMPLATE_FILE, err);
	if (!path)
		return -1;
	if (!jk_is_absent(path)) {
		r = jk_read_file(path, &b, err);
		if (r == 0)
			r = set_string(m->chat_templates, "default",
			    jk_buf_str(&b), b.len, err);
	}
	free(path);
	jk_buf_release(&b);
	return r;
}

/* What to do where there is no config.json. */
static void
fail_config(const struct jk_model *m, struct jk_err *err)
{
	char *path = jk_path_join(m->path, JK_ADAPTER_CONFIG_FILE, err);

	if (path)
		jk_fail(err, JK_EDATA, jk_is_absent(path) ?
		    "no config.json, nor a .gguf file: name a model's folder" :
		    "an adapter, no model: name it with --adapter, and with "
		    "--model what it was trained on");
	free(path);
}

static int
open_folder(struct jk_model *m, enum jk_model_parts parts,
    struct jk_err *err)
{
	json_t *config = NULL, *generation = NULL, *map = NULL;
	int r = -1;

	if (jk_model_load_json(m, JK_CONFIG_FILE, &config, err) < 0 ||
	    jk_model_load_json(m, JK_GENERATION_FILE, &generation, err) < 0 ||
	    jk_model_load_json(m, JK_SPECIAL_TOKENS_FILE, &map, err) < 0 ||
	    jk_model_load_json(m, JK_TOKENIZER_CONFIG_FILE,
	    &m->tokenizer_config, err) < 0)
		goto out;
	if (add_special_tokens(m, map, err) < 0 ||
	    add_special_tokens(m, m->tokenizer_config, err) < 0 ||
	    add_default_tokens(m, config, map, err) < 0 ||
	    read_chat_templates(m, err) < 0)
		goto prefix;
	if (parts == JK_MODEL_TEXT) {
		const json_t *text = config ? jk_config_text_part(config) :
		    NULL;
		const json_t *rows = json_object_get(text, "vocab_size");

		r = jk_config_ids_from_json(&m->config, config, generation,
		    err);
		if (json_is_integer(rows) && json_integer_value(rows) > 0 &&
		    json_integer_value(rows) <= UINT32_MAX)
			m->config.vocab_size =
			    (uint32_t)json_integer_value(rows);
		goto prefix;
	}
	if (!config) {
		fail_config(m, err);
		goto prefix;
	}
	if (jk_config_from_json(&m->config, config, generation, err) < 0)
		goto prefix;
	if (open_weights(m, err) < 0)
		goto out;
	r = jk_weights_from_safetensors(m, err);
prefix:
	if (r < 0)
		jk_fail_prefix(err, "%s", m->path);
out:
	json_decref(config);
	json_decref(generation);
	json_decref(map);
	return r;
}

/* The text of token `id`, if there is one, under a Hugging Face name. */
static int
add_token_of_id(struct jk_model *m, const char *name, int64_t id,
    struct jk_err *err)
{
	const struct jk_gguf_entry *e = jk_gguf_find(&m->gguf,
	    "tokenizer.ggml.tokens");
	struct jk_gguf_string s = { "", 0 };
	const unsigned char *at;
	int64_t i;

	if (!e || e->type != JK_GGUF_ARRAY || e->element != JK_GGUF_STRING ||
	    id < 0 || (uint64_t)id >= e->n)
		return 0;
	for (i = 0, at = e->data; i <= id; i++)
		s = jk_gguf_next_string(&at);
	return set_string(m->special_tokens, name, s.s, s.n, err);
}

static int
open_gguf(struct jk_model *m, enum jk_model_parts parts, struct jk_err *err)
{
	struct jk_config *c = &m->config;
	const struct jk_tensor *embedding;
	struct jk_gguf_string s;
	int r;

	m->is_gguf = true;
	if (jk_gguf_open(&m->gguf, m->path, err) < 0)
		return -1;
	r = parts == JK_MODEL_TEXT ?
	    jk_config_ids_from_gguf(c, &m->gguf, err) :
	    jk_config_from_gguf(c, &m->gguf, err);
	embedding = jk_gguf_tensor(&m->gguf, "token_embd.weight");
	if (parts == JK_MODEL_TEXT && embedding && embedding->n_dims == 2 &&
	    embedding->shape[0] <= UINT32_MAX)
		c->vocab_size = (uint32_t)embedding->shape[0];
	if (r == 0 && parts == JK_MODEL_ALL)
		r = jk_weights_from_gguf(m, err);
	if (r == 0 && jk_gguf_get_string(&m->gguf, "tokenizer.chat_template",
	    &s))
		r = set_string(m->chat_templates, "default", s.s, s.n, err);
	if (r < 0 || add_token_of_id(m, "bos_token", c->bos_id, err) < 0 ||
	    add_token_of_id(m, "eos_token", c->eos_id, err) < 0 ||
	    add_token_of_id(m, "unk_token", c->unk_id, err) < 0 ||
	    add_token_of_id(m, "pad_token", c->pad_id, err) < 0)
		return jk_fail_prefix(err, "%s", m->path);
	return 0;
}

int
jk_model_open(struct jk_model *m, const char *spec,
    enum jk_model_parts parts, struct jk_err *err)
{
	struct stat st;
	int r;

	*m = (struct jk_model){ .path = jk_hub_resolve(spec, err) };
	if (!m->path)
		return -1;
	m->special_tokens = json_object();
	m->chat_templates = json_object();
	if (!m->special_tokens || !m->chat_templates)
		r = jk_fail_nomem(err);
	else if ((r = jk_gguf_is_file(m->path, err)) > 0)
		r = open_gguf(m, parts, err);
	else if (r == 0 && stat(m->path, &st) == 0 && S_ISREG(st.st_mode))
		r = jk_fail(err, JK_EDATA, "%s: neither a folder nor a GGUF "
		    "file; of a model in the form of transformers, name the "
		    "folder that has its config.json", m->path);
	else if (r == 0)
		r = open_folder(m, parts, err);
	if (r < 0)
		jk_model_close(m);
	return r;
}

void
jk_model_close(struct jk_model *m)
{
	size_t i;

	for (i = 0; i < m->n_copies; i++)
		free(m->copies[i]);
	for (i = 0; i < m->n_files; i++)
		jk_safetensors_close(&m->files[i]);
	free(m->copies);
	free(m->files);
	free(m->tensors);
	free(m->names);
	free(m->path);
	jk_gguf_close(&m->gguf);
	json_decref(m->tokenizer_config);
	json_decref(m->special_tokens);
	json_decref(m->chat_templates);
	*m = (struct jk_model){ 0 };
}
