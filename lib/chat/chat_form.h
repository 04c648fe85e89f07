#ifndef JK_CHAT_CHAT_FORM_H
#define JK_CHAT_CHAT_FORM_H

#include "chat/chat.h"

/*
 * The dialogue of a record in one of the forms in which data sets are published
 * (jk-record(5)): 1 and a new reference, 0 where it has none of them, -1.
 * Errors: JK_EDATA (a member of the wrong type, an unknown speaker, no answer
 * where one is asked for), JK_ESYS.
 */
int jk_chat_form(const struct jk_chat_prompts *p, const json_t *record,
    bool answer, json_t **messages, struct jk_err *err) JK_WARN_UNUSED;

#endif
