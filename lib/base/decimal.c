#include "base/decimal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A byte that no UTF-8 has. */
enum { MARK = '\xff' };

/*
 * The format with a mark on each side of every conversion of a double.  Returns
 * their number; 0 also where there is no room.
 */
static size_t
put_marks(const char *fmt, char *out, size_t size)
{
	size_t n = 0, n_marks = 0, len;
	bool is_double;

	for (; *fmt; fmt += len) {
		len = 1;
		if (*fmt == '%') {
			len += strspn(fmt + 1, "-+ #0123456789.*hlzjt");
			len += fmt[len] != '\0';
		}
		if (n + len + 3 > size)
			return 0;
		is_double = len > 1 && strchr("aAeEfFgG", fmt[len - 1]);
		if (is_double)
			out[n++] = MARK;
		memcpy(out + n, fmt, len);
		n += len;
		if (is_double)
			out[n++] = MARK;
		n_marks += is_double ? 2 : 0;
	}
	out[n] = '\0';
	return n_marks;
}

static size_t
count_marks(const char *s)
{
	size_t n = 0;

	while ((s = strchr(s, MARK))) {
		n++;
		s++;
	}
	return n;
}

/* Take the marks away, and write the numbers between them with a comma. */
static size_t
take_marks(char *s)
{
	bool is_number = false;
	char *to = s;
	const char *from;

	for (from = s; *from; from++) {
		if (*from == MARK)
			is_number = !is_number;
		else
			*to++ = is_number && *from == '.' ? ',' : *from;
	}
	*to = '\0';
	return (size_t)(to - s);
}

int
jk_vsnprintf_local(char *s, size_t size, const char *fmt, va_list ap)
{
	size_t n_marks, len, kept;
	char marked[2048], *text = NULL;
	va_list again;
	int n = -1;

	n_marks = jk_lang() == JK_LANG_RU ? put_marks(fmt, marked,
	    sizeof marked) : 0;
	if (n_marks == 0)
		return vsnprintf(s, size, fmt, ap);
	va_copy(again, ap);
	if (vasprintf(&text, marked, again) < 0)
		text = NULL;
	va_end(again);
	/* no memory, or a text of others has such bytes: as it is */
	if (!text || count_marks(text) != n_marks) {
		n = vsnprintf(s, size, fmt, ap);
	} else {
		len = take_marks(text);
		kept = len < size ? len : size ? size - 1 : 0;
		if (size) {
			memcpy(s, text, kept);
			s[kept] = '\0';
		}
		n = (int)len;
	}
	free(text);
	return n;
}

int
jk_snprintf_local(char *s, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = jk_vsnprintf_local(s, size, fmt, ap);
	va_end(ap);
	return n;
}

void
jk_buf_printf_local(struct jk_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	jk_buf_vprintf(b, jk_vsnprintf_local, fmt, ap);
	va_end(ap);
}
