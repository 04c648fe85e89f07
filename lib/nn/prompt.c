#include "nn/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "chat/chat.h"
#include "tok/example.h"

struct jk_prompter {
	struct jk_chat chat;
	bool has_chat;
	char *system;
	const char *end;
	struct jk_jinja_output output;
};

void
jk_prompter_free(struct jk_prompter *p)
{
	if (!p)
		return;
	if (p->has_chat)
		jk_chat_release(&p->chat);
	jk_jinja_output_release(&p->output);
	free(p->system);
	free(p);
}

const char *
jk_prompter_hash(const struct jk_prompter *p)
{
	return p->has_chat ? p->chat.hash : NULL;
}

const char *
jk_prompter_system(const struct jk_prompter *p)
{
	return p->system;
}

const char *
jk_prompter_tail(const struct jk_prompter *p)
{
	return p->has_chat ? p->chat.tail : NULL;
}

const char *
jk_prompter_end(const struct jk_prompter *p)
{
	return p->end;
}

void
jk_prompt_text_release(struct jk_prompt_text *t)
{
	jk_buf_release(&t->text);
	jk_spans_release(&t->spans);
	*t = (struct jk_prompt_text){ 0 };
}

/* A template by its text, with the model's special tokens. */
static int
take(struct jk_prompter *p, const struct jk_model *model, const char *name,
    const char *text, const struct tm *now, struct jk_err *err)
{
	json_t *vars = json_deep_copy(model->special_tokens);
	int r;

	if (model->special_tokens && !vars)
		return jk_fail_nomem(err);
	r = jk_chat_init(&p->chat, name, text, vars, now, err);
	json_decref(vars);
	p->has_chat = r == 0;
	return r;
}

static int
take_named(struct jk_prompter *p, const struct jk_model *model,
    const struct jk_prompter_options *o, struct jk_err *err)
{
	const struct jk_chat_format *format = jk_chat_format(o->template);
	struct jk_buf file = JK_BUF_INIT;
	int r;

	if (format) {
		p->end = format->eos;
		return take(p, model, format->name, format->text, &o->now,
		    err);
	}
	r = jk_read_file(o->template, &file, err);
	if (r == 0 && memchr(jk_buf_str(&file), '\0', file.len))
		r = jk_fail(err, JK_EUSAGE, "%s: not a text", o->template);
	if (r == 0)
		r = take(p, model, o->template, jk_buf_str(&file), &o->now,
		    err);
	jk_buf_release(&file);
	return r;
}

static int
take_system(struct jk_prompter *p, const char *system, struct jk_err *err)
{
	if (!system || !*system)
		return 0;
	if (jk_utf8_valid_len(system, strlen(system)) < strlen(system))
		return jk_fail(err, JK_EUSAGE, "--system: invalid UTF-8");
	p->system = strdup(system);
	return p->system ? 0 : jk_fail_nomem(err);
}

/* The template: the adapter's, the named one, the model's; or none. */
static int
choose(struct jk_prompter *p, const struct jk_model *model,
    const json_t *template, const struct jk_prompter_options *o,
    struct jk_err *err)
{
	const char *own;

	if (o->raw)
		return 0;
	if (template && !json_is_null(template)) {
		if (jk_chat_from_json(&p->chat, template, err) < 0)
			return jk_fail_prefix(err, "the adapter's template");
		p->has_chat = true;
		return 0;
	}
	if (o->template)
		return take_named(p, model, o, err);
	own = jk_model_chat_template(model, NULL);
	return own ? take(p, model, model->path, own, &o->now, err) : 0;
}

struct jk_prompter *
jk_prompter_new(const struct jk_model *model, const json_t *training,
    const struct jk_prompter_options *options, struct jk_err *err)
{
	const json_t *template = json_object_get(training, "template");
	struct jk_prompter *p = calloc(1, sizeof *p);

	if (!p) {
		jk_fail_nomem(err);
		return NULL;
	}
	if (choose(p, model, template, options, err) < 0 ||
	    take_system(p, options->system ? options->system :
	    jk_json_get_string(template, "system"), err) < 0) {
		jk_prompter_free(p);
		return NULL;
	}
	return p;
}

static int
render(struct jk_prompter *p, const json_t *record, struct jk_prompt_text *t,
    struct jk_err *err)
{
	const struct jk_chat_prompts prompts = { .system = p->system };
	json_t *messages = jk_chat_messages(&prompts, record, false, err);
	json_t *asked = messages ? jk_chat_without_answer(messages) : NULL;
	size_t i;
	int r = -1;

	json_decref(messages);
	if (messages && !asked)
		return jk_fail_nomem(err);
	if (!asked)
		return -1;
	if (jk_chat_render(&p->chat, asked, true, &p->output, err) == 0) {
		jk_buf_add(&t->text, jk_buf_str(&p->output.text),
		    p->output.text.len);
		r = 0;
		for (i = 0; i < p->output.n_content && r == 0; i++)
			r = jk_spans_add(&t->spans, (struct jk_span){
			    p->output.content[i].start,
			    p->output.content[i].end }, err);
	}
	json_decref(asked);
	return r;
}

int
jk_prompter_render(struct jk_prompter *p, const json_t *record,
    struct jk_prompt_text *out, struct jk_err *err)
{
	const json_t *text = json_object_get(record, "prompt_text");
	const char *hash = jk_json_get_string(record, "template_hash");

	jk_buf_clear(&out->text);
	out->spans.n = 0;
	if (json_is_string(text) && (!p->has_chat || !hash ||
	    strcmp(hash, p->chat.hash) == 0)) {
		jk_buf_add(&out->text, json_string_value(text),
		    json_string_length(text));
		if (json_is_object(json_object_get(record, "content_spans")) &&
		    jk_spans_read(&out->spans, record, "prompt_text",
		    json_string_value(text), json_string_length(text), err)
		    < 0)
			return -1;
	} else if (p->has_chat) {
		if (render(p, record, out, err) < 0)
			return -1;
	} else {
		const json_t *prompt = json_object_get(record, "prompt");

		if (!json_is_string(prompt))
			return jk_fail(err, JK_EDATA, "no prompt_text or "
			    "prompt, and the model has no chat template "
			    "(choose one with --template)");
		jk_buf_add(&out->text, json_string_value(prompt),
		    json_string_length(prompt));
	}
	if (jk_buf_check(&out->text, err) < 0)
		return -1;
	if (out->text.len == 0)
		return jk_fail(err, JK_EDATA, "the prompt is empty");
	return 0;
}

int
jk_prompt_encode(struct jk_encoder *e, const struct jk_prompt_text *t,
    struct jk_ids *out, struct jk_err *err)
{
	const struct jk_encode_options options = {
		.content = { t->spans.v, t->spans.n }
	};

	return jk_encode_prompt(e, jk_buf_str(&t->text), t->text.len, &options,
	    out, err);
}
