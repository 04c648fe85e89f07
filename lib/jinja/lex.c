/*
 * The lexer: template text, {{ }}, {% %}, {# #}, raw blocks, with the white
 * space that -, +, trim_blocks and lstrip_blocks take away.
 * Source: Jinja 3.1, "Template Designer Documentation", "Whitespace Control".
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jinja/ast.h"

struct lexer {
	struct jk_ji *j;
	size_t at;
	struct jk_jtoken *tokens;
	size_t n, cap;
	char balance[128];	/* open brackets, as what closes them */
	unsigned n_balance;
};

static struct jk_jtoken *
add(struct lexer *l, enum jk_jtoken_type type, size_t at)
{
	if (l->n == l->cap) {
		size_t cap = 2 * l->cap + 64;

		l->tokens = jk_ji_grow(l->j, l->tokens, l->n, cap,
		    sizeof *l->tokens);
		l->cap = cap;
	}
	l->tokens[l->n] = (struct jk_jtoken){ .type = type, .at = at };
	return &l->tokens[l->n++];
}

static bool
looking_at(const struct lexer *l, size_t at, const char *s)
{
	size_t n = strlen(s);

	return l->j->size - at >= n && memcmp(l->j->source + at, s, n) == 0;
}

static char
peek(const struct lexer *l, size_t at)
{
	return at < l->j->size ? l->j->source[at] : '\0';
}

static size_t
skip_space(const struct lexer *l, size_t at)
{
	uint32_t code;

	while (at < l->j->size) {
		unsigned len = jk_utf8_decode(l->j->source + at,
		    l->j->size - at, &code);

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
tag_named(const struct lexer *l, size_t at, const char *name)
{
	if (!looking_at(l, at, "{%"))
		return 0;
	at += 2;
	if (peek(l, at) == '-' || peek(l, at) == '+')
		at++;
	at = skip_space(l, at);
	if (!looking_at(l, at, name))
		return 0;
	return skip_space(l, at + strlen(name));
}

/*
 * Emit the text from..to that stands before a tag, less what the tag's sign
 * ('-', '+' or none) or lstrip_blocks takes off its end.
 */
static void
add_data(struct lexer *l, size_t from, size_t to, char sign, bool lstrip)
{
	const char *s = l->j->source;
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
		    skip_space(l, line) >= to)
			to = line;
	}
	if (to > from)
		add(l, T_DATA, from)->value = jk_jv_text(l->j, s + from,
		    to - from);
}

/*
 * The end of a block or comment at `at` ("%}" or "#}", with signs): the offset
 * behind it and behind the white space it takes, or 0.
 */
static size_t
block_end(const struct lexer *l, size_t at, const char *end)
{
	if (peek(l, at) == '+' && looking_at(l, at + 1, end))
		return at + 3;
	if (peek(l, at) == '-' && looking_at(l, at + 1, end))
		return skip_space(l, at + 3);
	if (looking_at(l, at, end))
		return peek(l, at + 2) == '\n' ? at + 3 : at + 2;
	return 0;
}

static void
comment(struct lexer *l, size_t begin)
{
	size_t at, end;

	if (l->at == l->j->size)	/* Jinja lets this pass */
		return;
	for (at = l->at; at < l->j->size; at++) {
		end = block_end(l, at, "#}");
		if (end) {
			l->at = end;
			return;
		}
	}
	l->j->at = begin;
	jk_ji_fail(l->j, "Missing end of comment tag");
}

static void
raw(struct lexer *l, size_t begin, size_t from)
{
	size_t at, end;
	char sign;

	l->at = from;
	if (from == l->j->size)		/* as for comments */
		return;
	for (at = from; at < l->j->size; at++) {
		end = tag_named(l, at, "endraw");
		if (end)
			end = block_end(l, end, "%}");
		if (!end)
			continue;
		sign = peek(l, at + 2);
		add_data(l, from, at, sign == '-' || sign == '+' ? sign : 0,
		    true);
		l->at = end;
		return;
	}
	l->j->at = begin;
	jk_ji_fail(l->j, "Missing end of raw directive");
}

/* --- inside {{ }} and {% %} */

static unsigned
digits(struct lexer *l, size_t at, unsigned max, unsigned base, uint32_t *value)
{
	unsigned n;

	*value = 0;
	for (n = 0; n < max; n++) {
		char c = peek(l, at + n);
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
escape(struct lexer *l, struct jk_jbuf *b)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	char c = peek(l, l->at), spelled[16];
	unsigned want = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, n;
	const char *p;
	uint32_t code;

	if (c == '\n') {
		l->at++;
	} else if (c && (p = strchr(from, c))) {
		jk_jbuf_add(l->j, b, &to[p - from], 1, false);
		l->at++;
	} else if (c >= '0' && c <= '7') {
		l->at += digits(l, l->at, 3, 8, &code);
		jk_jbuf_code(l->j, b, code, false);
	} else if (want) {
		if (digits(l, l->at + 1, want, 16, &code) != want ||
		    code > 0x10ffff)
			jk_ji_fail(l->j, "bad escape in a string");
		if (code >= 0xd800 && code < 0xe000)
			jk_ji_fail(l->j, "a surrogate in a string is not "
			    "supported");
		jk_jbuf_code(l->j, b, code, false);
		l->at += 1 + want;
	} else if (c == 'N') {
		jk_ji_fail(l->j, "\\N{…} in a string is not supported");
	} else if ((unsigned char)c >= 0x80) {
		/* Jinja spells it \xNN first; its backslash is then escaped */
		n = jk_utf8_decode(l->j->source + l->at, l->j->size - l->at,
		    &code);
		snprintf(spelled, sizeof spelled, code < 0x100 ? "\\x%02x" :
		    code < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)code);
		jk_jbuf_adds(l->j, b, spelled);
		l->at += n;
	} else {
		jk_jbuf_adds(l->j, b, "\\");
	}
}

static void
string(struct lexer *l)
{
	size_t begin = l->at++, from;
	char quote = peek(l, begin);
	struct jk_jbuf b = { 0 };

	for (;;) {
		from = l->at;
		while (l->at < l->j->size && peek(l, l->at) != quote &&
		    peek(l, l->at) != '\\')
			l->at++;
		jk_jbuf_add(l->j, &b, l->j->source + from, l->at - from,
		    false);
		if (l->at + 1 >= l->j->size && peek(l, l->at) != quote) {
			l->j->at = begin;
			jk_ji_fail(l->j, "a string without its end");
		}
		if (peek(l, l->at++) == quote)
			break;
		l->j->at = l->at - 1;
		escape(l, &b);
	}
	add(l, T_STRING, begin)->value = jk_jbuf_take(l->j, &b);
}

/* Digits with single underscores between them. */
static size_t
run_of_digits(const struct lexer *l, size_t at)
{
	if (peek(l, at) < '0' || peek(l, at) > '9')
		return at;
	for (;; at++) {
		char c = peek(l, at), next = peek(l, at + 1);

		if (c == '_' && (next < '0' || next > '9'))
			return at;
		if (c != '_' && (c < '0' || c > '9'))
			return at;
	}
}

static void
number(struct lexer *l)
{
	size_t begin = l->at, end = run_of_digits(l, begin), more, i, n = 0;
	char text[64], c = peek(l, begin), next = peek(l, begin + 1);
	bool real = false;
	int base = 10;
	struct jk_jtoken *t;

	if (begin == 0 || peek(l, begin - 1) != '.') {
		if (peek(l, end) == '.' &&
		    (more = run_of_digits(l, end + 1)) > end + 1) {
			end = more;
			real = true;
		}
		if ((peek(l, end) | 32) == 'e') {
			more = end + 1;
			if (peek(l, more) == '+' || peek(l, more) == '-')
				more++;
			if (run_of_digits(l, more) > more) {
				end = run_of_digits(l, more);
				real = true;
			}
		}
	}
	if (!real && c == '0') {
		base = (next | 32) == 'x' ? 16 : (next | 32) == 'o' ? 8 :
		    (next | 32) == 'b' ? 2 : 10;
		end = begin + (base == 10 ? 1 : 2);
		while (base == 10 ? peek(l, end) == '0' ||
		    (peek(l, end) == '_' && peek(l, end + 1) == '0') :
		    is_word(peek(l, end)))
			end++;
	}
	l->j->at = begin;
	for (i = begin + (base == 10 ? 0 : 2); i < end; i++) {
		if (peek(l, i) == '_')
			continue;
		if (n + 1 >= sizeof text)
			jk_ji_fail(l->j, "a number is too long");
		text[n++] = peek(l, i);
	}
	text[n] = '\0';
	l->at = end;
	if (real) {
		add(l, T_FLOAT, begin)->value = jk_jv_float(strtod(text,
		    NULL));
		return;
	}
	t = add(l, T_INTEGER, begin);
	char *stop;
	errno = 0;
	t->value = jk_jv_int(strtoll(text, &stop, base));
	if (!n || *stop || errno)
		jk_ji_fail(l->j, *stop || !n ? "a malformed number" :
		    "an integer of more than 64 bits is not supported");
}

static void
operator(struct lexer *l)
{
	static const struct {
		const char *text;
		char op;
	} two[] = { { "**", 'p' }, { "//", 'd' }, { "==", 'e' },
		{ "!=", 'n' }, { ">=", 'g' }, { "<=", 'l' } };
	size_t i;
	char c = peek(l, l->at);

	l->j->at = l->at;
	for (i = 0; i < sizeof two / sizeof *two; i++) {
		if (looking_at(l, l->at, two[i].text)) {
			add(l, T_OPERATOR, l->at)->op = two[i].op;
			l->at += 2;
			return;
		}
	}
	if (!c || !strchr("+-/*%~[](){}><=.:|,;", c)) {
		unsigned len = jk_utf8_decode(l->j->source + l->at,
		    l->j->size - l->at, &(uint32_t){ 0 });

		jk_ji_fail(l->j, "unexpected char '%.*s'", (int)len,
		    l->j->source + l->at);
	}
	if (c == '(' || c == '[' || c == '{') {
		if (l->n_balance == sizeof l->balance)
			jk_ji_fail(l->j, "nested too deeply");
		l->balance[l->n_balance++] = c == '(' ? ')' : c == '[' ? ']' :
		    '}';
	} else if (c == ')' || c == ']' || c == '}') {
		if (!l->n_balance)
			jk_ji_fail(l->j, "unexpected '%c'", c);
		if (l->balance[--l->n_balance] != c)
			jk_ji_fail(l->j, "unexpected '%c', expected '%c'", c,
			    l->balance[l->n_balance]);
	}
	add(l, T_OPERATOR, l->at)->op = c;
	l->at++;
}

/* Tokens up to the end of {{ or {%. */
static void
code(struct lexer *l, bool variable)
{
	size_t end, from;
	char c;

	l->n_balance = 0;
	while (l->at < l->j->size) {
		if (!l->n_balance && variable &&
		    (looking_at(l, l->at, "}}") ||
		    looking_at(l, l->at, "-}}"))) {
			add(l, T_VARIABLE_END, l->at);
			l->at = peek(l, l->at) == '-' ?
			    skip_space(l, l->at + 3) : l->at + 2;
			return;
		}
		if (!l->n_balance && !variable &&
		    (end = block_end(l, l->at, "%}"))) {
			add(l, T_BLOCK_END, l->at);
			l->at = end;
			return;
		}
		end = skip_space(l, l->at);
		if (end > l->at) {
			l->at = end;
			continue;
		}
		c = peek(l, l->at);
		if (c >= '0' && c <= '9') {
			number(l);
		} else if (is_word(c)) {
			from = l->at;
			while (is_word(peek(l, l->at)))
				l->at++;
			add(l, T_NAME, from)->value = jk_jv_text(l->j,
			    l->j->source + from, l->at - from);
		} else if (c == '"' || c == '\'') {
			string(l);
		} else {
			operator(l);
		}
	}
}

struct jk_jtoken *
jk_jinja_lex(struct jk_ji *j)
{
	struct lexer l = { .j = j };
	size_t from, end;
	char kind, sign;

	while (l.at < j->size) {
		from = l.at;
		while (l.at < j->size && !(peek(&l, l.at) == '{' &&
		    strchr("{%#", peek(&l, l.at + 1)) && peek(&l, l.at + 1)))
			l.at++;
		if (l.at == j->size) {
			add_data(&l, from, l.at, '+', false);
			break;
		}
		kind = peek(&l, l.at + 1);
		sign = peek(&l, l.at + 2);
		if (sign != '-' && sign != '+')
			sign = 0;
		add_data(&l, from, l.at, sign, kind != '{');
		from = l.at;
		l.at += sign ? 3 : 2;
		if (kind == '#') {
			comment(&l, from);
			continue;
		}
		end = kind == '%' ? tag_named(&l, from, "raw") : 0;
		if (end && looking_at(&l, end, "-%}")) {
			raw(&l, from, skip_space(&l, end + 3));
		} else if (end && looking_at(&l, end, "%}")) {
			raw(&l, from, end + 2);
		} else {
			add(&l, kind == '{' ? T_VARIABLE_BEGIN :
			    T_BLOCK_BEGIN, from);
			code(&l, kind == '{');
		}
	}
	add(&l, T_EOF, j->size);
	return l.tokens;
}
