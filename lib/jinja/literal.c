/* Strings and numbers, as Python writes them. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "jinja/literal.h"
#include "jinja/str.h"

static unsigned
digits(struct jk_jinja_lexer *lexer, size_t at, unsigned max, unsigned base,
    uint32_t *value)
{
	unsigned n;

	*value = 0;
	for (n = 0; n < max; n++) {
		char c = jk_jinja_peek(lexer, at + n);
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
escape(struct jk_jinja_lexer *lexer, struct jk_strbuf *buf)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	char c = jk_jinja_peek(lexer, lexer->at), spelled[16];
	unsigned want = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, n;
	const char *p;
	uint32_t code;

	if (c == '\n') {
		lexer->at++;
	} else if (c && (p = strchr(from, c))) {
		jk_strbuf_add(lexer->run, buf, &to[p - from], 1,
		    JK_FROM_TEMPLATE);
		lexer->at++;
	} else if (c >= '0' && c <= '7') {
		lexer->at += digits(lexer, lexer->at, 3, 8, &code);
		jk_strbuf_add_code(lexer->run, buf, code, JK_FROM_TEMPLATE);
	} else if (want) {
		if (digits(lexer, lexer->at + 1, want, 16, &code) != want ||
		    code > 0x10ffff)
			jk_jinja_fail(lexer->run, "bad escape in a string");
		if (code >= 0xd800 && code < 0xe000)
			jk_jinja_fail(lexer->run,
			    "a surrogate in a string is not supported");
		jk_strbuf_add_code(lexer->run, buf, code, JK_FROM_TEMPLATE);
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

void
jk_jinja_lex_string(struct jk_jinja_lexer *lexer)
{
	size_t begin = lexer->at++, from;
	char quote = jk_jinja_peek(lexer, begin);
	struct jk_strbuf buf = { 0 };

	for (;;) {
		from = lexer->at;
		while (lexer->at < lexer->run->size &&
		    jk_jinja_peek(lexer, lexer->at) != quote &&
		    jk_jinja_peek(lexer, lexer->at) != '\\')
			lexer->at++;
		jk_strbuf_add(lexer->run, &buf, lexer->run->source + from,
		    lexer->at - from, JK_FROM_TEMPLATE);
		if (lexer->at + 1 >= lexer->run->size &&
		    jk_jinja_peek(lexer, lexer->at) != quote) {
			lexer->run->at = begin;
			jk_jinja_fail(lexer->run, "a string without its end");
		}
		if (jk_jinja_peek(lexer, lexer->at++) == quote)
			break;
		lexer->run->at = lexer->at - 1;
		escape(lexer, &buf);
	}
	jk_jinja_add_token(lexer, JK_LEX_STRING, begin)->value =
	    jk_strbuf_take(lexer->run, &buf);
}

/* Digits with single underscores between them. */
static size_t
run_of_digits(const struct jk_jinja_lexer *lexer, size_t at)
{
	if (jk_jinja_peek(lexer, at) < '0' || jk_jinja_peek(lexer, at) > '9')
		return at;
	for (;; at++) {
		char c = jk_jinja_peek(lexer, at);
		char next = jk_jinja_peek(lexer, at + 1);

		if (c == '_' && (next < '0' || next > '9'))
			return at;
		if (c != '_' && (c < '0' || c > '9'))
			return at;
	}
}

/*
 * Where a float's fraction and exponent end, behind the digits that end at
 * `at`; `at` itself where there are none.
 */
static size_t
float_end(const struct jk_jinja_lexer *lexer, size_t at)
{
	size_t end;

	if (jk_jinja_peek(lexer, at) == '.') {
		end = run_of_digits(lexer, at + 1);
		if (end > at + 1)
			at = end;
	}
	if ((jk_jinja_peek(lexer, at) | 32) == 'e') {
		end = at + 1;
		if (jk_jinja_peek(lexer, end) == '+' ||
		    jk_jinja_peek(lexer, end) == '-')
			end++;
		if (run_of_digits(lexer, end) > end)
			at = run_of_digits(lexer, end);
	}
	return at;
}

/* Where an integer ends that begins with 0: zeros, or 0x, 0o, 0b. */
static size_t
zero_end(const struct jk_jinja_lexer *lexer, size_t at, int base)
{
	if (base == 10) {
		for (at++; jk_jinja_peek(lexer, at) == '0' ||
		    jk_jinja_looking_at(lexer, at, "_0"); at++)
			;
		return at;
	}
	for (at += 2; jk_jinja_is_word(jk_jinja_peek(lexer, at)); at++)
		;
	return at;
}

void
jk_jinja_lex_number(struct jk_jinja_lexer *lexer)
{
	size_t begin = lexer->at, whole = run_of_digits(lexer, begin);
	size_t end = whole, i, n = 0;
	char text[64], *stop, next = jk_jinja_peek(lexer, begin + 1) | 32;
	int base = 10;
	bool real;

	/* what follows a dot is an index: a.0.1 */
	if (begin == 0 || jk_jinja_peek(lexer, begin - 1) != '.')
		end = float_end(lexer, whole);
	real = end > whole;
	if (!real && jk_jinja_peek(lexer, begin) == '0') {
		base = next == 'x' ? 16 : next == 'o' ? 8 : next == 'b' ? 2 :
		    10;
		end = zero_end(lexer, begin, base);
	}
	lexer->run->at = begin;
	for (i = begin + (base == 10 ? 0 : 2); i < end; i++) {
		if (jk_jinja_peek(lexer, i) == '_')
			continue;
		if (n + 1 >= sizeof text)
			jk_jinja_fail(lexer->run, "a number is too long");
		text[n++] = jk_jinja_peek(lexer, i);
	}
	text[n] = '\0';
	lexer->at = end;
	if (real) {
		jk_jinja_add_token(lexer, JK_LEX_FLOAT, begin)->value =
		    jk_value_float(strtod(text, NULL));
		return;
	}
	errno = 0;
	jk_jinja_add_token(lexer, JK_LEX_INTEGER, begin)->value =
	    jk_value_int(strtoll(text, &stop, base));
	if (!n || *stop || errno)
		jk_jinja_fail(lexer->run, *stop || !n ? "a malformed number" :
		    "an integer of more than 64 bits is not supported");
}
