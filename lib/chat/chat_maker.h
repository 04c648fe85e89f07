#ifndef JK_CHAT_CHAT_MAKER_H
#define JK_CHAT_CHAT_MAKER_H

#include "chat/chat.h"

/*
 * Both texts for records that have a dialogue but no training_text, through the
 * model's own template, as jk-template would make them.  Threads share one, whose
 * references jansson counts atomically; each has its number.
 */
struct jk_chat_maker {
	struct jk_chat chat;		/* chat.template NULL: there is none */
	struct jk_err none;		/* and why */
	json_t *template;		/* jk_chat_json of it */
	struct jk_chat_texts *texts;	/* [n_threads] */
	unsigned n_threads;
};

/*
 * `text` NULL: the model has no template; such a one, and one that cannot be
 * parsed, is an error only for a record that needs it.  Errors: JK_ESYS,
 * JK_EUSAGE (SOURCE_DATE_EPOCH).
 */
int jk_chat_maker_init(struct jk_chat_maker *m, const char *name,
    const char *text, const json_t *vars, unsigned n_threads,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_chat_maker_release(struct jk_chat_maker *m);

enum { JK_CHAT_MADE = 1 << JK_N_CHAT_NOTES };

/*
 * Put the texts into a record: 0 where it has them already, else JK_CHAT_MADE
 * with the bits of jk_chat_notes.  Errors: JK_EDATA (no prompt, no template, as
 * jk_chat_messages and jk_chat_texts), JK_ESYS.
 */
int jk_chat_make(struct jk_chat_maker *m, unsigned thread, json_t *record,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
