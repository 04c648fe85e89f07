#ifndef JK_BASE_BUF_H
#define JK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A growing byte string.  `data` is always followed by a NUL that `len` does
 * not count, once anything was appended.  A failed allocation is sticky:
 * later appends do nothing and jk_buf_check reports it, so that a run of
 * appends needs one check.  Zero-initialise to start.
 */
struct jk_buf {
	char *data;
	size_t len, cap;
	bool failed;
};

#define JK_BUF_INIT { 0 }

void jk_buf_release(struct jk_buf *b);	/* frees, leaves it empty */
void jk_buf_clear(struct jk_buf *b);	/* empties, keeps the memory */
int jk_buf_check(const struct jk_buf *b, struct jk_err *err) JK_WARN_UNUSED;

/* Room for n more bytes and a NUL; false (and sticky) without memory. */
bool jk_buf_reserve(struct jk_buf *b, size_t n);
void jk_buf_add(struct jk_buf *b, const void *data, size_t n);
void jk_buf_adds(struct jk_buf *b, const char *s);
void jk_buf_add_number(struct jk_buf *b, uint64_t x);
void jk_buf_printf(struct jk_buf *b, const char *fmt, ...) JK_PRINTF(2, 3);

/* Append what `print`, which is like vsnprintf(3), makes of a format. */
typedef int jk_vsnprintf(char *s, size_t size, const char *fmt, va_list ap);
void jk_buf_vprintf(struct jk_buf *b, jk_vsnprintf *print, const char *fmt,
    va_list ap) JK_PRINTF(3, 0);

/* Append the UTF-8 form of a code point (U+FFFD for what is not a scalar). */
void jk_buf_add_utf8(struct jk_buf *b, uint32_t code);
/* Append n bytes; each that belongs to no well-formed UTF-8 becomes U+FFFD. */
void jk_buf_add_lossy(struct jk_buf *b, const char *s, size_t n);

/*
 * Append text of others for a terminal: control characters but line feed and
 * tab, bytes that are not UTF-8 and marks that turn text round as \x1b, \u202e.
 */
void jk_buf_add_visible(struct jk_buf *b, const char *s, size_t n);

/* Append text and blanks up to so many characters. */
void jk_buf_add_padded(struct jk_buf *b, const char *s, size_t n_columns);

static inline void
jk_buf_addc(struct jk_buf *b, char c)
{
	if (b->cap - b->len < 2 && !jk_buf_reserve(b, 1))
		return;
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

/* The content as a NUL-terminated string, "" when nothing was appended. */
static inline const char *
jk_buf_str(const struct jk_buf *b)
{
	return b->data ? b->data : "";
}

/* The UTF-8 form of a code point below 0x200000; its length in bytes. */
unsigned jk_utf8_encode(uint32_t code, char s[4]);

/* The rest of jk_utf8_decode: sequences of three bytes and more, and errors. */
unsigned jk_utf8_decode_long(const char *s, size_t n, uint32_t *code);

/*
 * Decode one code point of the n bytes at s into *code.  Returns its length
 * in bytes (1 to 4), or 0 when s does not begin with a well-formed sequence
 * (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF) or n is 0.
 */
static inline unsigned
jk_utf8_decode(const char *str, size_t n, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)str;

	if (n > 0 && s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	if (n > 1 && s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80) {
		*code = (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
		return 2;
	}
	return jk_utf8_decode_long(str, n, code);
}

/* Characters of a string in UTF-8. */
size_t jk_utf8_count(const char *s);

/* Length of the longest well-formed prefix of the n bytes at s. */
size_t jk_utf8_valid_len(const char *s, size_t n);

#endif
