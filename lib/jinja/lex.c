/*
 * The lexer: template text, {{ }}, {% %}, {# #}, raw blocks, with the white
 * space that -, +, trim_blocks and lstrip_blocks take away.
 * Source: Jinja 3.1, "Template Designer Documentation", "Whitespace Control".
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "jinja/lex.h"
#include "jinja/str.h"

struct lexer {
	struct jk_jinja_run *run;
	size_t at;
	struct jk_jinja_token *tokens;
	size_t n, cap;
	char balance[128];	/* open brackets, as what closes them */
	unsigned n_balance;
};

static struct jk_jinja_token *
add(struct lexer *lexer, enum jk_jinja_token_type type, size_t at)
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

static bool
looking_at(const struct lexer *lexer, size_t at, const char *s)
{
	size_t n = strlen(s);

	return lexer->run->size - at >= n && memcmp(lexer->run->source + at, s,
	    n) == 0;
}

static char
peek(const struct lexer *lexer, size_t at)
{
	return at < lexer->run->size ? lexer->run->source[at] : '\0';
}

static size_t
skip_space(const struct lexer *lexer, size_t at)
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

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/*
 * If the tag `name` ({% name %}, signs and spaces allowed) begins at `at`: the
 * offset behind its name's spaces, else 0.
 */
static size_t
tag_named(const struct lexer *lexer, size_t at, const char *name)
{
	if (!looking_at(lexer, at, "{%"))
		return 0;
	at += 2;
	if (peek(lexer, at) == '-' || peek(lexer, at) == '+')
		at++;
	at = skip_space(lexer, at);
	if (!looking_at(lexer, at, name))
		return 0;
	return skip_space(lexer, at + strlen(name));
}

/*
 * Emit the text from..to that stands before a tag, less what the tag's sign
 * ('-', '+' or none) or lstrip_blocks takes off its end.
 */
static void
add_data(struct lexer *lexer, size_t from, size_t to, char sign, bool lstrip)
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
		    skip_space(lexer, line) >= to)
			to = line;
	}
	if (to > from)
		add(lexer, JK_LEX_DATA, from)->value = jk_value_text(lexer->run,
		    s + from, to - from);
}

/*
 * The end of a block or comment at `at` ("%}" or "#}", with signs): the offset
 * behind it and behind the white space it takes, or 0.
 */
static size_t
block_end(const struct lexer *lexer, size_t at, const char *end)
{
	if (peek(lexer, at) == '+' && looking_at(lexer, at + 1, end))
		return at + 3;
	if (peek(lexer, at) == '-' && looking_at(lexer, at + 1, end))
		return skip_space(lexer, at + 3);
	if (looking_at(lexer, at, end))
		return peek(lexer, at + 2) == '\n' ? at + 3 : at + 2;
	return 0;
}

static void
comment(struct lexer *lexer, size_t begin)
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
raw(struct lexer *lexer, size_t begin, size_t from)
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
		sign = peek(lexer, at + 2);
		add_data(lexer, from, at, sign == '-' || sign == '+' ? sign : 0,
		    true);
		lexer->at = end;
		return;
	}
	lexer->run->at = begin;
	jk_jinja_fail(lexer->run, "Missing end of raw directive");
}

/* --- inside {{ }} and {% %} */

static unsigned
digits(struct lexer *lexer, size_t at, unsigned max, unsigned base,
    uint32_t *value)
{
	unsigned n;

	*value = 0;
	for (n = 0; n < max; n++) {
		char c = peek(lexer, at + n);
		unsigned d = c >= '0' && c <= '9' ? (unsigned)(c - '0') :
		    (c | 32) >= 'a' && (c | 32) <= 'f' ?
		    (unsigned)((c | 32) - 'a' + 10) : 99;

		if (d >= base)
			break;
		*value = *value * base + d;
	}
	return n;
}

/* The escape behind the backslash at l->at - 1.  Python's unicode_escape. */
static void
escape(struct lexer *lexer, struct jk_strbuf *buf)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	char c = peek(lexer, lexer->at), spelled[16];
	unsigned want = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, n;
	const char *p;
	uint32_t code;

	if (c == '\n') {
		lexer->at++;
	} else if (c && (p = strchr(from, c))) {
		jk_strbuf_add(lexer->run, buf, &to[p - from], 1, false);
		lexer->at++;
	} else if (c >= '0' && c <= '7') {
		lexer->at += digits(lexer, lexer->at, 3, 8, &code);
		jk_strbuf_add_code(lexer->run, buf, code, false);
	} else if (want) {
		if (digits(lexer, lexer->at + 1, want, 16, &code) != want ||
		    code > 0x10ffff)
			jk_jinja_fail(lexer->run, "bad escape in a string");
		if (code >= 0xd800 && code < 0xe000)
			jk_jinja_fail(lexer->run,
			    "a surrogate in a string is not supported");
		jk_strbuf_add_code(lexer->run, buf, code, false);
		lexer->at += 1 + want;
	} else if (c == 'N') {
		jk_jinja_fail(lexer->run,
		    "\\N{…} in a string is not supported");
	} else if ((unsigned char)c >= 0x80) {
		/* Jinja spells it \xNN first; its backslash is then escaped */
		n = jk_utf8_decode(lexer->run->source + lexer->at,
		    lexer->run->size - lexer->at, &code);
		snprintf(spelled, sizeof spelled, code < 0x100 ? "\\x%02x" :
		    code < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)code);
		jk_strbuf_adds(lexer->run, buf, spelled);
		lexer->at += n;
	} else {
		jk_strbuf_adds(lexer->run, buf, "\\");
	}
}

static void
string(struct lexer *lexer)
{
	size_t begin = lexer->at++, from;
	char quote = peek(lexer, begin);
	struct jk_strbuf buf = { 0 };

	for (;;) {
		from = lexer->at;
		while (lexer->at < lexer->run->size && peek(lexer, lexer->at) !=
		    quote && peek(lexer, lexer->at) != '\\')
			lexer->at++;
		jk_strbuf_add(lexer->run, &buf, lexer->run->source + from,
		    lexer->at - from, false);
		if (lexer->at + 1 >= lexer->run->size && peek(lexer,
		    lexer->at) != quote) {
			lexer->run->at = begin;
			jk_jinja_fail(lexer->run, "a string without its end");
		}
		if (peek(lexer, lexer->at++) == quote)
			break;
		lexer->run->at = lexer->at - 1;
		escape(lexer, &buf);
	}
	add(lexer, JK_LEX_STRING, begin)->value = jk_strbuf_take(lexer->run,
	    &buf);
}

/* Digits with single underscores between them. */
static size_t
run_of_digits(const struct lexer *lexer, size_t at)
{
	if (peek(lexer, at) < '0' || peek(lexer, at) > '9')
		return at;
	for (;; at++) {
		char c = peek(lexer, at), next = peek(lexer, at + 1);

		if (c == '_' && (next < '0' || next > '9'))
			return at;
		if (c != '_' && (c < '0' || c > '9'))
			return at;
	}
}

static void
number(struct lexer *lexer)
{
	size_t begin = lexer->at, end = run_of_digits(lexer, begin), more, i,
	    n = 0;
	char text[64], c = peek(lexer, begin), next = peek(lexer, begin + 1);
	bool real = false;
	int base = 10;
	struct jk_jinja_token *token;

	if (begin == 0 || peek(lexer, begin - 1) != '.') {
		if (peek(lexer, end) == '.' &&
		    (more = run_of_digits(lexer, end + 1)) > end + 1) {
			end = more;
			real = true;
		}
		if ((peek(lexer, end) | 32) == 'e') {
			more = end + 1;
			if (peek(lexer, more) == '+' || peek(lexer, more) ==
			    '-')
				more++;
			if (run_of_digits(lexer, more) > more) {
				end = run_of_digits(lexer, more);
				real = true;
			}
		}
	}
	if (!real && c == '0') {
		base = (next | 32) == 'x' ? 16 : (next | 32) == 'o' ? 8 :
		    (next | 32) == 'b' ? 2 : 10;
		end = begin + (base == 10 ? 1 : 2);
		while (base == 10 ? peek(lexer, end) == '0' ||
		    (peek(lexer, end) == '_' && peek(lexer, end + 1) == '0') :
		    is_word(peek(lexer, end)))
			end++;
	}
	lexer->run->at = begin;
	for (i = begin + (base == 10 ? 0 : 2); i < end; i++) {
		if (peek(lexer, i) == '_')
			continue;
		if (n + 1 >= sizeof text)
			jk_jinja_fail(lexer->run, "a number is too long");
		text[n++] = peek(lexer, i);
	}
	text[n] = '\0';
	lexer->at = end;
	if (real) {
		add(lexer, JK_LEX_FLOAT, begin)->value =
		    jk_value_float(strtod(text, NULL));
		return;
	}
	token = add(lexer, JK_LEX_INTEGER, begin);
	char *stop;
	errno = 0;
	token->value = jk_value_int(strtoll(text, &stop, base));
	if (!n || *stop || errno)
		jk_jinja_fail(lexer->run, *stop || !n ? "a malformed number" :
		    "an integer of more than 64 bits is not supported");
}

/* The operator at lexer->at, the longest that there is. */
static bool
find_operator(const struct lexer *lexer, enum jk_jinja_operator *op)
{
	const char *text;
	size_t n;

	for (n = 2; n > 0; n--) {
		for (*op = 0; *op < JK_JINJA_N_OPERATORS; ++*op) {
			text = jk_jinja_operator_text(*op);
			if (strlen(text) == n &&
			    looking_at(lexer, lexer->at, text))
				return true;
		}
	}
	return false;
}

/* Brackets open and close in order. */
static void
count_brackets(struct lexer *lexer, char c)
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
operator(struct lexer *lexer)
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
	add(lexer, JK_LEX_OPERATOR, lexer->at)->op = op;
	lexer->at += strlen(jk_jinja_operator_text(op));
}

/* Tokens up to the end of {{ or {%. */
static void
code(struct lexer *lexer, bool variable)
{
	size_t end, from;
	char c;

	lexer->n_balance = 0;
	while (lexer->at < lexer->run->size) {
		if (!lexer->n_balance && variable &&
		    (looking_at(lexer, lexer->at, "}}") ||
		    looking_at(lexer, lexer->at, "-}}"))) {
			add(lexer, JK_LEX_VARIABLE_END, lexer->at);
			lexer->at = peek(lexer, lexer->at) == '-' ?
			    skip_space(lexer, lexer->at + 3) : lexer->at + 2;
			return;
		}
		if (!lexer->n_balance && !variable &&
		    (end = block_end(lexer, lexer->at, "%}"))) {
			add(lexer, JK_LEX_BLOCK_END, lexer->at);
			lexer->at = end;
			return;
		}
		end = skip_space(lexer, lexer->at);
		if (end > lexer->at) {
			lexer->at = end;
			continue;
		}
		c = peek(lexer, lexer->at);
		if (c >= '0' && c <= '9') {
			number(lexer);
		} else if (is_word(c)) {
			from = lexer->at;
			while (is_word(peek(lexer, lexer->at)))
				lexer->at++;
			add(lexer, JK_LEX_NAME, from)->value =
			    jk_value_text(lexer->run, lexer->run->source + from,
			    lexer->at - from);
		} else if (c == '"' || c == '\'') {
			string(lexer);
		} else {
			operator(lexer);
		}
	}
}

struct jk_jinja_token *
jk_jinja_lex(struct jk_jinja_run *run)
{
	struct lexer lexer = { .run = run };
	size_t from, end;
	char kind, sign;

	while (lexer.at < run->size) {
		from = lexer.at;
		while (lexer.at < run->size && !(peek(&lexer, lexer.at) ==
		    '{' && strchr("{%#", peek(&lexer, lexer.at + 1)) &&
		    peek(&lexer, lexer.at + 1)))
			lexer.at++;
		if (lexer.at == run->size) {
			add_data(&lexer, from, lexer.at, '+', false);
			break;
		}
		kind = peek(&lexer, lexer.at + 1);
		sign = peek(&lexer, lexer.at + 2);
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
		if (end && looking_at(&lexer, end, "-%}")) {
			raw(&lexer, from, skip_space(&lexer, end + 3));
		} else if (end && looking_at(&lexer, end, "%}")) {
			raw(&lexer, from, end + 2);
		} else {
			add(&lexer, kind == '{' ? JK_LEX_VARIABLE_BEGIN :
			    JK_LEX_BLOCK_BEGIN, from);
			code(&lexer, kind == '{');
		}
	}
	add(&lexer, JK_LEX_EOF, run->size);
	return lexer.tokens;
}
