#ifndef JK_BASE_ERR_H
#define JK_BASE_ERR_H

#include <stdbool.h>

#include "base/lang.h"

/*
 * Errors.  A function of the library that can fail takes a struct jk_err and
 * returns -1 after filling it (or 1/0/-1 where end of input is a result).
 * The status is the exit status of the tool (the table stands in jk(7)).
 */

enum jk_status {
	JK_OK = 0,
	JK_ESYS = 1,	/* the system failed: I/O, memory */
	JK_EUSAGE = 2,	/* wrong usage */
	JK_EDATA = 3,	/* bad input */
	JK_EDEVICE = 4	/* no usable device */
};

struct jk_err {
	enum jk_status status;
	char msg[1024];
};

#define JK_WARN_UNUSED __attribute__((warn_unused_result))
#define JK_PRINTF(a, b) __attribute__((format(printf, a, b)))

/*
 * Fill `err` and return -1.  The format is translated (base/lang.h).  A message
 * too long is cut at the end.
 */
int jk_fail(struct jk_err *err, enum jk_status status, const char *fmt, ...)
	JK_PRINTF(3, 4);

/* jk_fail with JK_ESYS and ": " strerror(errno) appended. */
int jk_fail_errno(struct jk_err *err, const char *fmt, ...) JK_PRINTF(2, 3);

/* jk_fail for a failed allocation. */
int jk_fail_nomem(struct jk_err *err);

/*
 * Allocations that fail where nobody can say so: inside of a library, in a
 * buffer whose user forgets to ask.  What was computed after that may be wrong,
 * so nothing is written any more (base/out.h): writing fails with
 * jk_fail_nomem.  Callable from any thread.
 */
void jk_note_nomem(void);
bool jk_is_nomem_noted(void);

/* Put "prefix: " before the message already in `err`; returns -1. */
int jk_fail_prefix(struct jk_err *err, const char *fmt, ...) JK_PRINTF(2, 3);

#endif
