#ifndef JK_NN_PROMPT_H
#define JK_NN_PROMPT_H

#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "model/model.h"
#include "record/spans.h"

/*
 * Records as prompts: the text that a model is given, and its ids.
 *
 * The template is the adapter's (jk-train.json), else the one named, else the
 * model's own.  A record is read as its `prompt_text` where its template_hash
 * is that template's (or where there is no hash or no template); else it is
 * rendered as jk_chat_messages says, without the assistant's messages at the end.
 */
struct jk_prompter;

struct jk_prompter_options {
	const char *template;	/* a format's name or a Jinja file; or NULL */
	const char *system;	/* system text; NULL: the adapter's, or none */
	bool raw;		/* no template: a prompt as it stands */
	struct tm now;		/* what dated templates tell */
};

/*
 * `training` is what the adapter's folder says of its training, or NULL; all
 * are borrowed.  NULL on error: JK_EUSAGE, JK_EDATA (a template that cannot
 * be read), JK_ESYS.
 */
struct jk_prompter *jk_prompter_new(const struct jk_model *model,
    const json_t *training, const struct jk_prompter_options *options,
    struct jk_err *err);
void jk_prompter_free(struct jk_prompter *p);

/* The template's hash, or NULL (none). */
const char *jk_prompter_hash(const struct jk_prompter *p);

/* The system text of prompts and themes, or NULL. */
const char *jk_prompter_system(const struct jk_prompter *p);

/* What the template writes behind an answer, or NULL (none). */
const char *jk_prompter_tail(const struct jk_prompter *p);

/* The token that ends an answer in the format that was named, or NULL. */
const char *jk_prompter_end(const struct jk_prompter *p);

/* A prompt's text and the bytes of it that people wrote. */
struct jk_prompt_text {
	struct jk_buf text;
	struct jk_spans spans;
};
void jk_prompt_text_release(struct jk_prompt_text *t);

/*
 * *out is filled anew.  Errors: JK_EDATA (nothing in the record is a prompt,
 * a member of the wrong type, no template for messages), JK_ESYS.
 */
int jk_prompter_render(struct jk_prompter *p, const json_t *record,
    struct jk_prompt_text *out, struct jk_err *err) JK_WARN_UNUSED;

struct jk_encoder;
struct jk_ids;

/* Append the ids of a prompt.  Errors: JK_EDATA, JK_ESYS. */
int jk_prompt_encode(struct jk_encoder *e, const struct jk_prompt_text *t,
    struct jk_ids *out, struct jk_err *err) JK_WARN_UNUSED;

#endif
