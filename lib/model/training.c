#include "model/training.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

int
jk_training_load(const char *folder, json_t **training, struct jk_err *err)
{
	char *path = jk_path_join(folder, JK_TRAINING_FILE, err);
	int r = path ? 0 : -1;

	if (path && !jk_is_absent(path)) {
		*training = jk_json_load(path, err);
		r = *training ? 0 : -1;
	}
	free(path);
	return r;
}

int
jk_training_ends(const json_t *training, struct jk_config *config,
    struct jk_err *err)
{
	const json_t *ends = json_object_get(training, "end_ids"), *id;
	size_t i;

	if (ends && !json_is_null(ends) && !json_is_array(ends))
		return jk_fail(err, JK_EDATA, JK_TRAINING_FILE ": end_ids is no "
		    "list");
	json_array_foreach(ends, i, id) {
		if (!json_is_integer(id) || json_integer_value(id) < 0 ||
		    json_integer_value(id) >= config->vocab_size)
			return jk_fail(err, JK_EDATA, JK_TRAINING_FILE ": end_ids:"
			    " entry %zu is no token of the model", i);
		if (jk_config_add_end_id(config, json_integer_value(id),
		    err) < 0)
			return jk_fail_prefix(err, JK_TRAINING_FILE);
	}
	return 0;
}

static int
take_template(struct jk_model *m, const json_t *template, struct jk_err *err)
{
	const json_t *text = json_object_get(template, "text");
	const char *own = jk_model_chat_template(m, NULL);

	if (!template || json_is_null(template))
		return 0;
	if (!json_is_string(text))
		return jk_fail(err, JK_EDATA, JK_TRAINING_FILE ": the template "
		    "has no text");
	if (own && strcmp(own, json_string_value(text)) == 0)
		return 0;
	m->new_template = true;
	return json_object_set(m->chat_templates, "default",
	    (json_t *)(uintptr_t)text) < 0 ? jk_fail_nomem(err) : 0;
}

/*
 * The special token among the end ids with which the template goes on behind
 * an answer; its place in end_ids, or n_end_ids.
 */
static uint32_t
find_taught(const struct jk_config *c, const char *tail,
    const struct jk_tokenizer *t)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t i;
	size_t n;

	for (i = 0; i < c->n_end_ids; i++) {
		const char *s = jk_token_text(t, c->end_ids[i], &b, &n);

		if (s && n > 0 && jk_token_is_special(t, c->end_ids[i]) &&
		    strncmp(tail, s, n) == 0)
			break;
	}
	jk_buf_release(&b);
	return i;
}

/* Make end_ids[i] the first, and the eos token. */
static int
put_first(struct jk_model *m, uint32_t i, const struct jk_tokenizer *t,
    struct jk_err *err)
{
	struct jk_config *c = &m->config;
	struct jk_buf b = JK_BUF_INIT;
	uint32_t id = c->end_ids[i];
	const char *s;
	size_t n;
	int r;

	memmove(c->end_ids + 1, c->end_ids, i * sizeof *c->end_ids);
	c->end_ids[0] = id;
	c->eos_id = id;
	s = jk_token_text(t, id, &b, &n);
	r = json_object_set_new(m->special_tokens, "eos_token",
	    json_stringn(s, n));
	jk_buf_release(&b);
	return r < 0 ? jk_fail_nomem(err) : 0;
}

int
jk_model_take_training(struct jk_model *m, const json_t *training,
    const struct jk_tokenizer *t, struct jk_err *err)
{
	const json_t *template = json_object_get(training, "template");
	const char *tail = jk_json_get_string(template, "tail");
	const char *text = jk_json_get_string(template, "text");
	struct jk_config *c = &m->config;
	uint32_t n = c->n_end_ids, i;

	if (!training)
		return 0;
	m->taught = true;
	if (take_template(m, template, err) < 0 ||
	    jk_training_ends(training, c, err) < 0)
		return -1;
	m->new_ends = c->n_end_ids > n;
	if (!m->new_ends || !tail || !text || strstr(text, "eos_token"))
		return 0;
	i = find_taught(c, tail, t);
	return i < c->n_end_ids ? put_first(m, i, t, err) : 0;
}
