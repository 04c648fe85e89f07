#ifndef JK_JINJA_LITERAL_H
#define JK_JINJA_LITERAL_H

#include "jinja/lexer.h"

/* A token of the string, or the number, that begins at lexer->at. */
void jk_jinja_lex_string(struct jk_jinja_lexer *lexer);
void jk_jinja_lex_number(struct jk_jinja_lexer *lexer);

#endif
