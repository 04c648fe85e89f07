#ifndef JK_CHAT_MODELFILE_H
#define JK_CHAT_MODELFILE_H

#include "chat/chat.h"

/*
 * The template in the language that a Modelfile of Ollama has for it, that of
 * Go's text/template: what stands before a text of the system, of the user, of
 * the assistant, and behind the last, as strings.  Appended to *out.  `first`
 * is what the tokenizer puts before a text anyway, so that the template need
 * not (may be NULL).
 *
 * 1 where no such strings render dialogues as the template does (it changes
 * texts by where they stand, or writes the date) and nothing was appended.  One
 * that trims texts is taken for one that doesn't.  Errors: JK_ESYS.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/template.mdx
 */
int jk_chat_go_template(const struct jk_chat *c, const char *first,
    struct jk_buf *out, struct jk_err *err) JK_WARN_UNUSED;

#endif
