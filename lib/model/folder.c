#include "model/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/config_write.h"
#include "model/tokenizer_write.h"

/* config.json is last: with it the folder is a model */
const char *const jk_folder_files[] = { "tokenizer.json",
	"tokenizer_config.json", "special_tokens_map.json",
	"added_tokens.json", "chat_template.jinja",
	"model.safetensors.index.json", "model.safetensors",
	"generation_config.json", "config.json", NULL };
enum { N_TOKENIZER_FILES = 5 };	/* the first of them */

static int
drop(const char *dir, const char *name, struct jk_err *err)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (unlink(path) < 0 && errno != ENOENT)
		return jk_fail_errno(err, "%s", path);
	return 0;
}

/* One file of the model's folder; if it is not there, nor is the copy. */
static int
copy(const char *dir, const struct jk_model *m, const char *name,
    struct jk_err *err)
{
	char from[4096], to[4096];
	struct jk_buf b = JK_BUF_INIT;
	int r;

	snprintf(from, sizeof from, "%s/%s", m->path, name);
	snprintf(to, sizeof to, "%s/%s", dir, name);
	if (access(from, F_OK) < 0 && errno == ENOENT)
		return drop(dir, name, err);
	r = jk_read_file(from, &b, err);
	if (r == 0)
		r = jk_file_put(to, jk_buf_str(&b), b.len, err);
	jk_buf_release(&b);
	return r;
}

static int
write_tokenizer(const char *dir, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_file file;
	char path[4096];

	snprintf(path, sizeof path, "%s/tokenizer.json", dir);
	if (jk_file_begin(&file, path, err) < 0)
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
		r = jk_json_save(dir, "tokenizer_config.json", config, err);
		json_decref(config);
		for (i = 2; r == 0 && i < N_TOKENIZER_FILES; i++)
			r = drop(dir, jk_folder_files[i], err);
		return r;
	}
	for (i = 0; r == 0 && i < N_TOKENIZER_FILES; i++)
		r = copy(dir, m, jk_folder_files[i], err);
	return r;
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

int
jk_folder_put_config(const char *dir, const struct jk_model *m,
    enum jk_dtype dtype, struct jk_err *err)
{
	char path[4096];
	json_t *v;
	int r;

	if (!m->is_gguf) {
		if (copy(dir, m, "generation_config.json", err) < 0)
			return -1;
		snprintf(path, sizeof path, "%s/config.json", m->path);
		v = jk_json_load(path, err);
		if (!v)
			return -1;
		set_dtype(v, dtype);
		set_dtype(json_object_get(v, "text_config"), dtype);
	} else {
		v = jk_generation_config(&m->config);
		r = jk_json_save(dir, "generation_config.json", v, err);
		json_decref(v);
		if (r < 0)
			return -1;
		v = jk_config_to_json(&m->config, torch_name(dtype), err);
		if (!v)
			return jk_fail_prefix(err, "%s", m->path);
	}
	r = jk_json_save(dir, "config.json", v, err);
	json_decref(v);
	return r;
}

static int
move(const char *from, const char *to, const char *name, struct jk_err *err)
{
	char old[4096], new[4096];

	snprintf(old, sizeof old, "%s/%s", from, name);
	snprintf(new, sizeof new, "%s/%s", to, name);
	if (rename(old, new) == 0)
		return 0;
	if (errno == ENOENT)
		return drop(to, name, err);
	return jk_fail_errno(err, "%s", new);
}

int
jk_folder_check(const char *dir, struct jk_err *err)
{
	char path[4096];
	struct stat st;
	size_t i;

	for (i = 0; jk_folder_files[i]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, jk_folder_files[i]);
		if (lstat(path, &st) < 0) {
			if (errno != ENOENT)
				return jk_fail_errno(err, "%s", path);
		} else if (S_ISDIR(st.st_mode)) {
			errno = EISDIR;
			return jk_fail_errno(err, "%s", path);
		}
	}
	return 0;
}

int
jk_folder_move(const char *from, const char *to, struct jk_err *err)
{
	size_t i;

	if (access(to, F_OK) < 0 && errno == ENOENT) {
		if (rename(from, to) < 0)
			return jk_fail_errno(err, "%s", to);
		return jk_sync_folder(to, err);
	}
	if (jk_folder_check(to, err) < 0 || drop(to, "config.json", err) < 0)
		return -1;
	for (i = 0; jk_folder_files[i]; i++)
		if (move(from, to, jk_folder_files[i], err) < 0)
			return -1;
	if (rmdir(from) < 0)
		return jk_fail_errno(err, "%s", from);
	return jk_sync_folder(from, err);
}
