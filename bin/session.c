#include "session.h"

#include "model/adapter_open.h"
#include "model/adapter_take.h"
#include "model/open.h"
#include "model/origin.h"
#include "model/training.h"
#include "nn/weights.h"
#include "tok/example.h"

#include <malloc.h>
#include <stdlib.h>

#define IN(member) JK_OPT_IN(struct session, member)

const struct jk_opt session_model_opts[] = {
	{ JK_OPT_STRING, 'm', "model", IN(model_spec), "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt session_adapter_opts[] = {
	{ JK_OPT_STRING, 'a', "adapter", IN(adapter_path), "ADAPTER",
	  "a LoRA adapter: a PEFT folder, a .gguf file", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt session_origin_opts[] = {
	{ JK_OPT_FLAG, 0, "any-base", IN(any_base), NULL,
	  "also an adapter that was trained on another model", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt session_device_opts[] = {
	{ JK_OPT_STRING, 'd', "device", IN(device), "auto|cpu|vulkan[:N]",
	  "where to compute", 0, 0, "auto" },
	{ .kind = JK_OPT_END }
};

const struct jk_opt session_precision_opts[] = {
	{ JK_OPT_CHOICE, 0, "precision", IN(precision_name), "auto|f32|bf16",
	  "of activations", 0, 0, "auto" },
	{ .kind = JK_OPT_END }
};

const struct jk_opt session_products_opts[] = {
	{ JK_OPT_CHOICE, 0, "precision", IN(precision_name),
	  "auto|f32|bf16|int8", "of activations; int8: of products", 0, 0,
	  "auto" },
	{ .kind = JK_OPT_END }
};

void
session_open_model(struct session *s, struct jk_tool *t)
{
	tool_check(t, jk_model_open(&s->model, s->model_spec, JK_MODEL_ALL,
	    &t->err));
	if (!s->adapter_path)
		return;
	s->training = session_training(s, t, s->adapter_path);
	tool_check(t, jk_adapter_open(&s->adapter, s->adapter_path,
	    &s->model.config, &t->err));
	tool_check(t, jk_model_take_adapter(&s->model, &s->adapter,
	    &t->err));
}

json_t *
session_training(struct session *s, struct jk_tool *t, const char *folder)
{
	struct jk_buf note = JK_BUF_INIT;
	json_t *training = NULL;

	tool_check(t, jk_training_load(folder, &training, &t->err));
	if (!s->any_base) {
		tool_check(t, jk_origin_check(training, &s->model, &note,
		    &t->err));
		if (note.len)
			tool_note(t, "%s", jk_buf_str(&note));
	}
	jk_buf_release(&note);
	return training;
}

static void
check_tokenizer(struct session *s, struct jk_tool *t)
{
	struct jk_hash128 hash;

	tool_check(t, jk_model_tokenizer_hash(&s->model, s->tokenizer, &hash,
	    &t->err));
	tool_check(t, jk_origin_check_tokenizer(s->training, hash, &t->err));
}

struct jk_tokenizer *
session_tokenizer(struct session *s, struct jk_tool *t)
{
	if (s->tokenizer)
		return s->tokenizer;
	s->tokenizer = jk_model_tokenizer(&s->model, &t->err);
	tool_check(t, s->tokenizer ? 0 : -1);
	if (s->training && !s->any_base)
		check_tokenizer(s, t);
	return s->tokenizer;
}

void
session_forget_tokenizer(struct session *s)
{
	jk_tokenizer_free(s->tokenizer);
	s->tokenizer = NULL;
	/* a large vocabulary's memory would stay with the process */
	malloc_trim(0);
}

bool
session_end_of_turn(struct session *s, struct jk_tool *t, const char *tail)
{
	const struct jk_tokenizer *tokenizer = session_tokenizer(s, t);
	struct jk_config *c = &s->model.config;
	struct jk_buf b = JK_BUF_INIT;
	uint32_t n = c->n_end_ids;
	const char *text;
	int64_t id = -1;
	size_t size;

	if (tail)
		tool_check(t, jk_turn_end(tokenizer, tail, &id, &t->err));
	if (id < 0 || id >= c->vocab_size)
		return false;
	tool_check(t, jk_config_add_end_id(c, id, &t->err));
	if (c->n_end_ids == n)
		return false;
	text = jk_token_text(tokenizer, (uint32_t)id, &b, &size);
	tool_note(t, "the template ends turns with %.*s (%lld), which the "
	    "model's settings do not name: answers end there, too", (int)size,
	    text, (long long)id);
	jk_buf_release(&b);
	return true;
}

void
session_open_device(struct session *s, struct jk_tool *t)
{
	tool_check(t, jk_dev_open_nth(s->device, s->nth, t->n_threads, &s->dev,
	    &t->err));
	tool_check(t, jk_dev_precision(s->dev, s->precision_name, s->rowwise,
	    &s->precision, &t->err));
	/* of several tools in a script, the first says it */
	if (!getenv("JK_DEVICE_TOLD"))
		tool_note(t, "%s; %s", jk_buf_str(&s->dev->told),
		    jk_precision_name(s->precision));
}

void
session_check_int8(const struct session *s, struct jk_tool *t,
    const struct jk_weights *w)
{
	if (s->precision != JK_PRECISION_INT8 || w->n_int8 == w->n_matrices)
		return;
	if (w->n_int8 == 0)
		tool_check(t, jk_fail(&t->err, JK_EUSAGE, "no matrix of this "
		    "model can be multiplied in int8 (jk-info shows types and "
		    "sizes): take --precision=auto"));
	tool_note(t, "int8: %u of %u matrices; the others, stored otherwise, "
	    "are multiplied in f32", w->n_int8, w->n_matrices);
}

void
session_close(struct session *s)
{
	if (s->dev)
		jk_dev_close(s->dev);
	if (s->adapter_path)
		jk_adapter_close(&s->adapter);
	json_decref(s->training);
	jk_tokenizer_free(s->tokenizer);
	jk_model_close(&s->model);
}
