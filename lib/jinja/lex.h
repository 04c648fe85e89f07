#ifndef JK_JINJA_LEX_H
#define JK_JINJA_LEX_H

#include "jinja/token.h"

/* All tokens of the run's source, the last one JK_LEX_EOF, in its arena. */
struct jk_jinja_token *jk_jinja_lex(struct jk_jinja_run *run);

#endif
