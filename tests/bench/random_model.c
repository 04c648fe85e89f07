/*
 * A folder with a model of any shape and random weights, for measuring where
 * no real one is to be had:
 *
 *	random_model FOLDER OUT [MEMBER=NUMBER]...
 *
 * Family, tokenizer and configuration are FOLDER's, but for the members of
 * config.json that are given; ids beyond the tokenizer's are tokens that no text
 * gives.  Matrices are in bf16, uniform with a deviation of 0.02, vectors are 1.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/json_write.h"
#include "base/path.h"
#include "base/philox.h"
#include "model/model.h"
#include "model/safetensors_write.h"
#include "model/weight_id.h"

static struct jk_err err;

static void
must(int result)
{
	if (result >= 0)
		return;
	fprintf(stderr, "random_model: %s\n", err.msg);
	exit((int)err.status);
}

static char *
in_folder(const char *folder, const char *name)
{
	char *path = jk_path_join(folder, name, &err);

	must(path ? 0 : -1);
	return path;
}

static json_t *
load(const char *folder, const char *name)
{
	char *path = in_folder(folder, name);
	json_t *json = jk_json_load(path, &err);

	must(json ? 0 : -1);
	free(path);
	return json;
}

static void
save(const char *folder, const char *name, const json_t *json)
{
	char *path = in_folder(folder, name);
	struct jk_buf b = JK_BUF_INIT;

	jk_json_write(&b, json);
	jk_buf_addc(&b, '\n');
	must(jk_buf_check(&b, &err));
	must(jk_file_put(path, b.data, b.len, &err));
	jk_buf_release(&b);
	free(path);
}

static void
change(json_t *config, const char *word)
{
	const char *equals = strchr(word, '=');
	char name[64], *end;
	long long value = equals ? strtoll(equals + 1, &end, 10) : 0;

	if (!equals || equals == word || end == equals + 1 || *end ||
	    (size_t)(equals - word) >= sizeof name) {
		fprintf(stderr, "random_model: '%s' is not MEMBER=NUMBER\n",
		    word);
		exit(2);
	}
	snprintf(name, sizeof name, "%.*s", (int)(equals - word), word);
	must(json_object_set_new(config, name, json_integer(value)) < 0 ?
	    jk_fail_nomem(&err) : 0);
}

/* A token for every id that has none: those that are generated are written. */
static void
fill_vocabulary(json_t *tokenizer, uint32_t n_ids)
{
	json_t *vocab = json_object_get(json_object_get(tokenizer, "model"),
	    "vocab"), *id, *added;
	bool *used = calloc(n_ids, sizeof *used);
	const char *text;
	char name[32];
	uint32_t i;
	size_t k;

	must(used ? 0 : jk_fail_nomem(&err));
	json_object_foreach(vocab, text, id)
		if (json_integer_value(id) < n_ids)
			used[json_integer_value(id)] = true;
	json_array_foreach(json_object_get(tokenizer, "added_tokens"), k,
	    added) {
		const json_int_t at = json_integer_value(json_object_get(
		    added, "id"));

		if (at < n_ids)
			used[at] = true;
	}
	for (i = 0; i < n_ids; i++) {
		snprintf(name, sizeof name, "<unused%u>", i);
		must(!used[i] && json_object_set_new(vocab, name,
		    json_integer(i)) < 0 ? jk_fail_nomem(&err) : 0);
	}
	free(used);
}

struct table {
	struct jk_tensor *tensors;
	size_t n;
};

static int
add(void *ctx, struct jk_weight_id id, const char *name, unsigned n_dims,
    const uint64_t *shape)
{
	struct table *t = ctx;
	struct jk_tensor *out = &t->tensors[t->n++];

	(void)id;
	*out = (struct jk_tensor){ .name = strdup(name), .dtype = JK_BF16,
		.n_dims = n_dims };
	memcpy(out->shape, shape, n_dims * sizeof *shape);
	return out->name ? 0 : jk_fail_nomem(&err);
}

/* The upper half of a float: rounded towards zero. */
static uint16_t
bf16(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, 4);
	return (uint16_t)(bits >> 16);
}

static void
write_tensor(struct jk_out *out, const struct jk_tensor *t, uint32_t number)
{
	enum { PIECE = 1 << 22 };	/* a multiple of 4 */
	static uint16_t piece[PIECE];
	const uint64_t n = jk_tensor_count(t);
	const float bound = 0.02f * 1.7320508f;
	uint64_t at, part;

	for (at = 0; at < n; at += part) {
		part = n - at < PIECE ? n - at : PIECE;
#pragma omp parallel for
		for (uint64_t i = 0; i < part; i += 4) {
			const struct jk_philox r = jk_philox((uint32_t)((at +
			    i) / 4), number, 0, 0, 1, 2);

			for (uint64_t k = i; k < i + 4 && k < part; k++)
				piece[k] = bf16(t->n_dims == 1 ? 1 : bound *
				    (2 * jk_uniform(r.v[k - i]) - 1));
		}
		must(jk_out_write(out, piece, part * sizeof *piece, &err));
	}
}

static void
write_weights(const char *folder, const struct jk_config *config)
{
	struct table t = { .tensors = calloc(jk_weights_count(config),
	    sizeof *t.tensors) };
	char *path = in_folder(folder, JK_WEIGHTS_FILE);
	struct jk_file file;
	size_t i;

	must(t.tensors ? jk_weights_each(config, add, &t) :
	    jk_fail_nomem(&err));
	must(jk_file_begin(&file, path, &err));
	must(jk_safetensors_write_header(&file.out, t.tensors, t.n, NULL,
	    &err));
	for (i = 0; i < t.n; i++) {
		write_tensor(&file.out, &t.tensors[i], (uint32_t)i);
		free((char *)(uintptr_t)t.tensors[i].name);
	}
	must(jk_file_commit(&file, &err));
	free(t.tensors);
	free(path);
}

int
main(int argc, char **argv)
{
	static const char *const copied[] = { JK_TOKENIZER_FILE,
		JK_TOKENIZER_CONFIG_FILE, JK_GENERATION_FILE };
	struct jk_config config = { 0 };
	json_t *json;
	size_t k;
	int i;

	if (argc < 3) {
		fputs("usage: random_model FOLDER OUT [MEMBER=NUMBER]...\n",
		    stderr);
		return 2;
	}
	if (mkdir(argv[2], 0777) < 0 && errno != EEXIST)
		must(jk_fail_errno(&err, "%s", argv[2]));
	json = load(argv[1], JK_CONFIG_FILE);
	for (i = 3; i < argc; i++)
		change(json, argv[i]);
	must(json_object_set_new(json, "torch_dtype",
	    json_string("bfloat16")) < 0 ? jk_fail_nomem(&err) : 0);
	must(jk_config_from_json(&config, json, NULL, &err));
	save(argv[2], JK_CONFIG_FILE, json);
	json_decref(json);
	for (k = 0; k < sizeof copied / sizeof *copied; k++) {
		json = load(argv[1], copied[k]);
		if (k == 0)
			fill_vocabulary(json, config.vocab_size);
		save(argv[2], copied[k], json);
		json_decref(json);
	}
	write_weights(argv[2], &config);
	return 0;
}
