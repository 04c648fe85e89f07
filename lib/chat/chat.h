#ifndef JK_CHAT_CHAT_H
#define JK_CHAT_CHAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/opt.h"
#include "jinja/jinja.h"
#include "record/spans.h"

/*
 * Chat formats: a Jinja template with the variables that it sees, and records
 * turned into dialogues and rendered through it.
 */

/*
 * The formats that need no model, with the tokens where no model says
 * otherwise: name, bos_token (or NULL), eos_token.
 */
#define JK_CHAT_FORMATS(X) \
	X(zephyr, "<s>", "</s>") \
	X(chatml, NULL, "<|im_end|>") \
	X(gemma, "<bos>", "<eos>") \
	X(llama3, "<|begin_of_text|>", "<|eot_id|>")

/* The names of all, "zephyr, …, ", as a string constant. */
#define JK_CHAT_NAME_AND(name, bos, eos) #name ", "
#define JK_CHAT_FORMAT_NAMES JK_CHAT_FORMATS(JK_CHAT_NAME_AND)

struct jk_chat_format {
	const char *name;
	const char *text;		/* Jinja */
	const char *bos, *eos;
};

/* NULL for an unknown name. */
const struct jk_chat_format *jk_chat_format(const char *name);

struct jk_chat {
	char *name;		/* for messages: a format, a file, a model */
	char *text;		/* the template */
	char hash[33];		/* of template and variables */
	json_t *vars;		/* bos_token, eos_token, …, --set */
	char *tail;		/* what follows the answer in a dialogue */
	/*
	 * The template refuses the role system: such a message is joined, with
	 * an empty line between, to the first message of the user.
	 */
	bool joins_system;
	bool dated;		/* it writes today's date */
	struct tm now;
	struct jk_jinja *template;	/* NULL: released */
};

/*
 * Take a template.  `vars` (an object, may be NULL, borrowed) holds the
 * special tokens and what else the template asks for; `now` is what
 * strftime_now tells.  Tries the template on small dialogues to find out
 * joins_system, dated and tail.  Errors: JK_EDATA (the template cannot be
 * parsed, or refuses a dialogue of one turn), JK_ESYS.
 */
int jk_chat_init(struct jk_chat *c, const char *name, const char *text,
    const json_t *vars, const struct tm *now, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_chat_release(struct jk_chat *c);

/*
 * The template as records carry it: {"name", "hash", "text", "vars", "tail"}
 * and "date" where it is dated.  New reference; NULL without memory.
 */
json_t *jk_chat_json(const struct jk_chat *c);
/* The inverse.  Errors: JK_EDATA, JK_ESYS, as for jk_chat_init. */
int jk_chat_from_json(struct jk_chat *c, const json_t *v, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The time that a template sees: that of SOURCE_DATE_EPOCH, else now.  Errors:
 * JK_EUSAGE.
 */
int jk_chat_now(struct tm *now, struct jk_err *err) JK_WARN_UNUSED;
/* YYYY-MM-DD as a time.  Errors: JK_EUSAGE. */
int jk_chat_date(const char *s, struct tm *now, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Render a dialogue: an array of objects, each with `role` and `content`.
 * Members that are null are left out, as transformers does.  *out as in
 * jk_jinja_render.  Errors: JK_EDATA (not such an array, a role that is not a
 * word, what the template refuses), JK_ESYS.
 */
int jk_chat_render(const struct jk_chat *c, const json_t *messages,
    bool add_generation_prompt, struct jk_jinja_output *out,
    struct jk_err *err) JK_WARN_UNUSED;

/* How records become dialogues.  All borrowed. */
struct jk_chat_prompts {
	struct jk_strings themed;	/* with "{theme}" */
	struct jk_strings general;	/* for records without a theme */
	const char *system;		/* NULL: none */
};

/*
 * The record's dialogue, a new reference: one that it has in a form of its own
 * (jk_chat_form); else the system text, the prompt (its `prompt`, or one of the
 * prompts, chosen by the hash of its id) and, where `answer`, its `text` or
 * else `completion`.  Errors: JK_EDATA (a member of the wrong type or with a
 * NUL in it, no text where an answer is asked for, messages that do not end
 * with an answer), JK_ESYS.
 */
json_t *jk_chat_messages(const struct jk_chat_prompts *p,
    const json_t *record, bool answer, struct jk_err *err) JK_WARN_UNUSED;

/* Whether a record says what the user said, so that no prompt is made up. */
bool jk_chat_has_prompt(const json_t *record);

/* The dialogue without the assistant's messages at its end.  New reference. */
json_t *jk_chat_without_answer(const json_t *messages);

/* The text of the last message of the user, borrowed; NULL if none. */
json_t *jk_chat_last_prompt(const json_t *messages);

/* Both texts of a dialogue, and where content stands in them. */
struct jk_chat_texts {
	struct jk_jinja_output prompt;		/* with a generation prompt */
	struct jk_jinja_output training;	/* the whole dialogue */
	/* bytes that the template puts between prompt and answer */
	size_t n_before_answer;
	/*
	 * The template's own text of the whole does not begin with the prompt:
	 * training is the prompt, the answer and what stands behind it there.
	 */
	bool formed;
	/*
	 * Bytes of training that the model writes: each answer from behind the
	 * prompt for it (where there is no such place, from its first byte) to
	 * its end, without the token that ends the turn.  Sorted, disjoint.
	 */
	struct jk_spans answers;
	struct jk_jinja_output spare;		/* scratch */
};

/*
 * Render both (`answer` false: only the prompt).  Zero-initialise *t before
 * the first call; it may be used again.  Errors: JK_EDATA as jk_chat_render,
 * JK_ESYS.
 */
int jk_chat_texts(const struct jk_chat *c, const json_t *messages,
    bool answer, struct jk_chat_texts *t, struct jk_err *err) JK_WARN_UNUSED;
void jk_chat_texts_release(struct jk_chat_texts *t);

/* What a person should know, once, of how a dialogue was rendered: bits. */
enum {
	JK_CHAT_JOINED = 1,	/* the system text, see joins_system */
	JK_CHAT_FORMED = 2,	/* see jk_chat_texts */
	JK_N_CHAT_NOTES = 2
};
unsigned jk_chat_notes(const struct jk_chat *c, const json_t *messages,
    const struct jk_chat_texts *t);
/* The sentence of bit 1 << i. */
const char *jk_chat_note(unsigned i);

/*
 * Put the texts into a record, with what jk-record(5) says of them: prompt,
 * messages, prompt_text, training_text (where `answer`), content_spans,
 * answer_spans, template_hash; no template.  Errors: JK_ESYS.
 */
int jk_chat_set_texts(const struct jk_chat *c, json_t *messages, bool answer,
    const struct jk_chat_texts *t, json_t *record, struct jk_err *err)
	JK_WARN_UNUSED;

/* [[start,end],…]: new reference, NULL without memory. */
json_t *jk_chat_spans_json(const struct jk_jinja_output *o);

#endif
