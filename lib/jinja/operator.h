#ifndef JK_JINJA_OPERATOR_H
#define JK_JINJA_OPERATOR_H

#include <stdbool.h>


/* The operators of expressions, punctuation among them. */
enum jk_jinja_operator {
	JK_JINJA_ADD, JK_JINJA_SUB, JK_JINJA_MUL, JK_JINJA_DIV,
	JK_JINJA_FLOORDIV, JK_JINJA_MOD, JK_JINJA_POW,
	JK_JINJA_TILDE,
	/* comparisons */
	JK_JINJA_EQ, JK_JINJA_NE, JK_JINJA_LT, JK_JINJA_LE, JK_JINJA_GT,
	JK_JINJA_GE, JK_JINJA_IN, JK_JINJA_NOT_IN,
	/* punctuation */
	JK_JINJA_LPAREN, JK_JINJA_RPAREN, JK_JINJA_LBRACKET,
	JK_JINJA_RBRACKET, JK_JINJA_LBRACE, JK_JINJA_RBRACE,
	JK_JINJA_ASSIGN, JK_JINJA_DOT, JK_JINJA_COLON, JK_JINJA_PIPE,
	JK_JINJA_COMMA, JK_JINJA_SEMICOLON,
	JK_JINJA_N_OPERATORS
};

/* As it is written: "//". */
const char *jk_jinja_operator_text(enum jk_jinja_operator op);
/* One of == != < <= > >=, which stand between values without a word? */
bool jk_jinja_is_comparison(enum jk_jinja_operator op);

#endif
