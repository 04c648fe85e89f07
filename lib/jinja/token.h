#ifndef JK_JINJA_TOKEN_H
#define JK_JINJA_TOKEN_H

#include "jinja/operator.h"
#include "jinja/value.h"

/* Tokens, in the order of the template. */
enum jk_jinja_token_type {
	JK_LEX_EOF, JK_LEX_DATA,
	JK_LEX_VARIABLE_BEGIN, JK_LEX_VARIABLE_END,
	JK_LEX_BLOCK_BEGIN, JK_LEX_BLOCK_END,
	JK_LEX_NAME, JK_LEX_STRING, JK_LEX_INTEGER, JK_LEX_FLOAT,
	JK_LEX_OPERATOR
};

struct jk_jinja_token {
	enum jk_jinja_token_type type;
	enum jk_jinja_operator op;
	size_t at;
	struct jk_value value;	/* of names, strings, data: a string */
};

#endif
