#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

int
jk_fail(struct jk_err *err, enum jk_status status, const char *fmt, ...)
{
	va_list ap;

	err->status = status;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, jk_tr(fmt), ap);
	va_end(ap);
	return -1;
}

int
jk_fail_errno(struct jk_err *err, const char *fmt, ...)
{
	int saved = errno;
	size_t n;
	va_list ap;

	err->status = JK_ESYS;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, jk_tr(fmt), ap);
	va_end(ap);
	n = strlen(err->msg);
	snprintf(err->msg + n, sizeof err->msg - n, ": %s", jk_strerror(saved));
	return -1;
}

int
jk_fail_nomem(struct jk_err *err)
{
	return jk_fail(err, JK_ESYS, "out of memory");
}

static atomic_bool noted;

void
jk_note_nomem(void)
{
	atomic_store(&noted, true);
}

bool
jk_is_nomem_noted(void)
{
	return atomic_load(&noted);
}

int
jk_fail_prefix(struct jk_err *err, const char *fmt, ...)
{
	char old[sizeof err->msg];
	size_t n;
	va_list ap;

	memcpy(old, err->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, jk_tr(fmt), ap);
	va_end(ap);
	n = strlen(err->msg);
	snprintf(err->msg + n, sizeof err->msg - n, ": %.*s",
	    (int)(sizeof old - 1), old);
	return -1;
}
