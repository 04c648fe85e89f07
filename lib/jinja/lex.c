/*
 * The lexer: template text, {{ }}, {% %}, {# #}, raw blocks, with the white
 * space that -, +, trim_blocks and lstrip_blocks take away.
 * Source: Jinja 3.1, "Template Designer Documentation", "Whitespace Control".
 */

#include <string.h>

#include "base/buf.h"
#include "jinja/lex.h"
#include "jinja/literal.h"
#include "jinja/str.h"

/*
 * If the tag `name` ({% name %}, signs and spaces allowed) begins at `at`: the
 * offset behind its name's spaces, else 0.
 */
static size_t
tag_named(const struct jk_jinja_lexer *lexer, size_t at, const char *name)
{
	if (!jk_jinja_looking_at(lexer, at, "{%"))
		return 0;
	at += 2;
	if (jk_jinja_peek(lexer, at) == '-' || jk_jinja_peek(lexer, at) == '+')
		at++;
	at = jk_jinja_skip_space(lexer, at);
	if (!jk_jinja_looking_at(lexer, at, name))
		return 0;
	return jk_jinja_skip_space(lexer, at + strlen(name));
}

/*
 * Emit the text from..to that stands before a tag, less what the tag's sign
 * ('-', '+' or none) or lstrip_blocks takes off its end.
 */
static void
add_data(struct jk_jinja_lexer *lexer, size_t from, size_t to, char sign,
    bool lstrip)
{
	const char *s = lexer->run->source;
	size_t line;
	uint32_t code;

	if (sign == '-') {
		while (to > from) {
			size_t at = to - 1;

			while (((unsigned char)s[at] & 0xc0) == 0x80)
				at--;
			jk_utf8_decode(s + at, to - at, &code);
			if (!jk_code_is_space(code))
				break;
			to = at;
		}
	} else if (sign != '+' && lstrip) {
		for (line = to; line > from && s[line - 1] != '\n'; line--)
			;
		/* only where the white space begins a line */
		if ((line > from || from == 0 || s[from - 1] == '\n') &&
		    jk_jinja_skip_space(lexer, line) >= to)
			to = line;
	}
	if (to > from)
		jk_jinja_add_token(lexer, JK_LEX_DATA, from)->value =
		    jk_value_text(lexer->run, s + from, to - from);
}

/*
 * The end of a block or comment at `at` ("%}" or "#}", with signs): the offset
 * behind it and behind the white space it takes, or 0.
 */
static size_t
block_end(const struct jk_jinja_lexer *lexer, size_t at, const char *end)
{
	if (jk_jinja_peek(lexer, at) == '+' && jk_jinja_looking_at(lexer,
	    at + 1, end))
		return at + 3;
	if (jk_jinja_peek(lexer, at) == '-' && jk_jinja_looking_at(lexer,
	    at + 1, end))
		return jk_jinja_skip_space(lexer, at + 3);
	if (jk_jinja_looking_at(lexer, at, end))
		return jk_jinja_peek(lexer, at + 2) == '\n' ? at + 3 : at + 2;
	return 0;
}

static void
comment(struct jk_jinja_lexer *lexer, size_t begin)
{
	size_t at, end;

	if (lexer->at == lexer->run->size)	/* Jinja lets this pass */
		return;
	for (at = lexer->at; at < lexer->run->size; at++) {
		end = block_end(lexer, at, "#}");
		if (end) {
			lexer->at = end;
			return;
		}
	}
	lexer->run->at = begin;
	jk_jinja_fail(lexer->run, "Missing end of comment tag");
}

static void
raw(struct jk_jinja_lexer *lexer, size_t begin, size_t from)
{
	size_t at, end;
	char sign;

	lexer->at = from;
	if (from == lexer->run->size)		/* as for comments */
		return;
	for (at = from; at < lexer->run->size; at++) {
		end = tag_named(lexer, at, "endraw");
		if (end)
			end = block_end(lexer, end, "%}");
		if (!end)
			continue;
		sign = jk_jinja_peek(lexer, at + 2);
		add_data(lexer, from, at, sign == '-' || sign == '+' ? sign : 0,
		    true);
		lexer->at = end;
		return;
	}
	lexer->run->at = begin;
	jk_jinja_fail(lexer->run, "Missing end of raw directive");
}

/* --- inside {{ }} and {% %} */

/* The operator at lexer->at, the longest that there is. */
static bool
find_operator(const struct jk_jinja_lexer *lexer, enum jk_jinja_operator *op)
{
	const char *text;
	size_t n;

	for (n = 2; n > 0; n--) {
		for (*op = 0; *op < JK_JINJA_N_OPERATORS; ++*op) {
			text = jk_jinja_operator_text(*op);
			if (strlen(text) == n &&
			    jk_jinja_looking_at(lexer, lexer->at, text))
				return true;
		}
	}
	return false;
}

/* Brackets open and close in order. */
static void
count_brackets(struct jk_jinja_lexer *lexer, char c)
{
	if (c == '(' || c == '[' || c == '{') {
		if (lexer->n_balance == sizeof lexer->balance)
			jk_jinja_fail(lexer->run, "nested too deeply");
		lexer->balance[lexer->n_balance++] = c == '(' ? ')' :
		    c == '[' ? ']' : '}';
	} else if (c == ')' || c == ']' || c == '}') {
		if (!lexer->n_balance)
			jk_jinja_fail(lexer->run, "unexpected '%c'", c);
		if (lexer->balance[--lexer->n_balance] != c)
			jk_jinja_fail(lexer->run, "unexpected '%c', expected "
			    "'%c'", c, lexer->balance[lexer->n_balance]);
	}
}

static void
operator(struct jk_jinja_lexer *lexer)
{
	const char *s = lexer->run->source + lexer->at;
	enum jk_jinja_operator op;
	unsigned n;

	lexer->run->at = lexer->at;
	if (!find_operator(lexer, &op)) {
		n = jk_utf8_decode(s, lexer->run->size - lexer->at,
		    &(uint32_t){ 0 });
		jk_jinja_fail(lexer->run, "unexpected char '%.*s'", (int)n, s);
	}
	count_brackets(lexer, *s);
	jk_jinja_add_token(lexer, JK_LEX_OPERATOR, lexer->at)->op = op;
	lexer->at += strlen(jk_jinja_operator_text(op));
}

/* Tokens up to the end of {{ or {%. */
static void
code(struct jk_jinja_lexer *lexer, bool variable)
{
	size_t end, from;
	char c;

	lexer->n_balance = 0;
	while (lexer->at < lexer->run->size) {
		if (!lexer->n_balance && variable &&
		    (jk_jinja_looking_at(lexer, lexer->at, "}}") ||
		    jk_jinja_looking_at(lexer, lexer->at, "-}}"))) {
			jk_jinja_add_token(lexer, JK_LEX_VARIABLE_END,
			    lexer->at);
			lexer->at = jk_jinja_peek(lexer, lexer->at) == '-' ?
			    jk_jinja_skip_space(lexer, lexer->at + 3) :
			    lexer->at + 2;
			return;
		}
		if (!lexer->n_balance && !variable &&
		    (end = block_end(lexer, lexer->at, "%}"))) {
			jk_jinja_add_token(lexer, JK_LEX_BLOCK_END, lexer->at);
			lexer->at = end;
			return;
		}
		end = jk_jinja_skip_space(lexer, lexer->at);
		if (end > lexer->at) {
			lexer->at = end;
			continue;
		}
		c = jk_jinja_peek(lexer, lexer->at);
		if (c >= '0' && c <= '9') {
			jk_jinja_lex_number(lexer);
		} else if (jk_jinja_is_word(c)) {
			from = lexer->at;
			while (jk_jinja_is_word(
			    jk_jinja_peek(lexer, lexer->at)))
				lexer->at++;
			jk_jinja_add_token(lexer, JK_LEX_NAME, from)->value =
			    jk_value_text(lexer->run, lexer->run->source + from,
			    lexer->at - from);
		} else if (c == '"' || c == '\'') {
			jk_jinja_lex_string(lexer);
		} else {
			operator(lexer);
		}
	}
}

struct jk_jinja_token *
jk_jinja_lex(struct jk_jinja_run *run)
{
	struct jk_jinja_lexer lexer = { .run = run };
	size_t from, end;
	char kind, sign;

	while (lexer.at < run->size) {
		from = lexer.at;
		while (lexer.at < run->size && !(jk_jinja_peek(&lexer,
		    lexer.at) == '{' && strchr("{%#", jk_jinja_peek(&lexer,
		    lexer.at + 1)) && jk_jinja_peek(&lexer, lexer.at + 1)))
			lexer.at++;
		if (lexer.at == run->size) {
			add_data(&lexer, from, lexer.at, '+', false);
			break;
		}
		kind = jk_jinja_peek(&lexer, lexer.at + 1);
		sign = jk_jinja_peek(&lexer, lexer.at + 2);
		if (sign != '-' && sign != '+')
			sign = 0;
		add_data(&lexer, from, lexer.at, sign, kind != '{');
		from = lexer.at;
		lexer.at += sign ? 3 : 2;
		if (kind == '#') {
			comment(&lexer, from);
			continue;
		}
		end = kind == '%' ? tag_named(&lexer, from, "raw") : 0;
		if (end && jk_jinja_looking_at(&lexer, end, "-%}")) {
			raw(&lexer, from, jk_jinja_skip_space(&lexer, end + 3));
		} else if (end && jk_jinja_looking_at(&lexer, end, "%}")) {
			raw(&lexer, from, end + 2);
		} else {
			jk_jinja_add_token(&lexer, kind == '{' ?
			    JK_LEX_VARIABLE_BEGIN : JK_LEX_BLOCK_BEGIN, from);
			code(&lexer, kind == '{');
		}
	}
	jk_jinja_add_token(&lexer, JK_LEX_EOF, run->size);
	return lexer.tokens;
}
