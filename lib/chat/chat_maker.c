#include "chat/chat_maker.h"

#include <stdlib.h>

int
jk_chat_maker_init(struct jk_chat_maker *m, const char *name,
    const char *text, const json_t *vars, unsigned n_threads,
    struct jk_err *err)
{
	struct tm now;

	*m = (struct jk_chat_maker){ .n_threads = n_threads };
	if (jk_chat_now(&now, err) < 0)
		return -1;
	m->texts = calloc(n_threads, sizeof *m->texts);
	if (!m->texts)
		return jk_fail_nomem(err);
	if (!text) {
		jk_fail(&m->none, JK_EDATA, "a dialogue, and the model has no "
		    "chat template: pass records through jk-template, which "
		    "takes others, first");
		return 0;
	}
	if (jk_chat_init(&m->chat, name, text, vars, &now, &m->none) == 0)
		m->template = jk_chat_json(&m->chat);
	if (m->none.status == JK_ESYS || (m->chat.template && !m->template)) {
		jk_chat_maker_release(m);
		return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_chat_maker_release(struct jk_chat_maker *m)
{
	unsigned i;

	for (i = 0; m->texts && i < m->n_threads; i++)
		jk_chat_texts_release(&m->texts[i]);
	free(m->texts);
	json_decref(m->template);
	if (m->chat.template)
		jk_chat_release(&m->chat);
	*m = (struct jk_chat_maker){ 0 };
}

int
jk_chat_make(struct jk_chat_maker *m, unsigned thread, json_t *record,
    struct jk_err *err)
{
	static const struct jk_chat_prompts none = { .system = NULL };
	const json_t *text = json_object_get(record, "training_text");
	struct jk_chat_texts *texts = &m->texts[thread];
	json_t *messages;
	int r = -1;

	if (text && !json_is_null(text))
		return 0;
	if (!jk_chat_has_prompt(record))
		return jk_fail(err, JK_EDATA, "the record has no "
		    "training_text, nor a prompt to make it of: pass it "
		    "through jk-template first");
	if (!m->chat.template) {
		*err = m->none;
		return -1;
	}
	messages = jk_chat_messages(&none, record, true, err);
	if (messages && jk_chat_texts(&m->chat, messages, true, texts, err)
	    == 0 && jk_chat_set_texts(&m->chat, messages, true, texts, record,
	    err) == 0)
		r = JK_CHAT_MADE | (int)jk_chat_notes(&m->chat, messages,
		    texts);
	json_decref(messages);
	return r;
}
