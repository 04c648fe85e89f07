#ifndef JK_JINJA_LEXER_H
#define JK_JINJA_LEXER_H

#include "jinja/token.h"

/* What the parts of the lexer share: its place in the source, its tokens. */
struct jk_jinja_lexer {
	struct jk_jinja_run *run;
	size_t at;		/* byte of the source */
	struct jk_jinja_token *tokens;
	size_t n, cap;
	char balance[128];	/* open brackets, as what closes them */
	unsigned n_balance;
};

/* Add a token that begins at a byte; its value is the caller's to set. */
struct jk_jinja_token *jk_jinja_add_token(struct jk_jinja_lexer *lexer,
    enum jk_jinja_token_type type, size_t at);

bool jk_jinja_looking_at(const struct jk_jinja_lexer *lexer, size_t at,
    const char *s);
/* The byte behind the white space at `at`. */
size_t jk_jinja_skip_space(const struct jk_jinja_lexer *lexer, size_t at);

/* The byte at `at`, NUL behind the end. */
static inline char
jk_jinja_peek(const struct jk_jinja_lexer *lexer, size_t at)
{
	return at < lexer->run->size ? lexer->run->source[at] : '\0';
}

/* May the byte stand in a name? */
static inline bool
jk_jinja_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

#endif
