/* The lexer's place in the source. */

#include <string.h>

#include "base/buf.h"
#include "jinja/lexer.h"
#include "jinja/str.h"

struct jk_jinja_token *
jk_jinja_add_token(struct jk_jinja_lexer *lexer, enum jk_jinja_token_type type,
    size_t at)
{
	if (lexer->n == lexer->cap) {
		size_t cap = 2 * lexer->cap + 64;

		lexer->tokens = jk_jinja_grow(lexer->run, lexer->tokens,
		    lexer->n, cap, sizeof *lexer->tokens);
		lexer->cap = cap;
	}
	lexer->tokens[lexer->n] = (struct jk_jinja_token){ .type = type,
	    .at = at };
	return &lexer->tokens[lexer->n++];
}

bool
jk_jinja_looking_at(const struct jk_jinja_lexer *lexer, size_t at,
    const char *s)
{
	size_t n = strlen(s);

	return lexer->run->size - at >= n && memcmp(lexer->run->source + at, s,
	    n) == 0;
}

size_t
jk_jinja_skip_space(const struct jk_jinja_lexer *lexer, size_t at)
{
	uint32_t code;

	while (at < lexer->run->size) {
		unsigned len = jk_utf8_decode(lexer->run->source + at,
		    lexer->run->size - at, &code);

		if (!jk_code_is_space(code))
			break;
		at += len;
	}
	return at;
}
