#ifndef JK_BASE_DECIMAL_H
#define JK_BASE_DECIMAL_H

#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * snprintf(3) and vsnprintf(3) for people: what a conversion of a double writes
 * has the decimal sign of the language of messages, a comma in Russian.  Texts
 * of others stay as they are.  The whole length is returned as there.
 */
int jk_snprintf_local(char *s, size_t size, const char *fmt, ...)
	JK_PRINTF(3, 4);
int jk_vsnprintf_local(char *s, size_t size, const char *fmt, va_list ap)
	JK_PRINTF(3, 0);

/* jk_buf_printf, likewise. */
void jk_buf_printf_local(struct jk_buf *b, const char *fmt, ...)
	JK_PRINTF(2, 3);

#endif
