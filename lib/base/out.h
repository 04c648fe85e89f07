#ifndef JK_BASE_OUT_H
#define JK_BASE_OUT_H

#include <stddef.h>

#include "base/err.h"

/*
 * Writes that survive EINTR and short counts.  What is written through a jk_out
 * fails once an allocation was lost (jk_note_nomem).
 */

/* Write all n bytes.  Errors: JK_ESYS, without a name (the caller adds it). */
int jk_write_all(int fd, const void *p, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/* A buffered writer of a file descriptor that the caller owns. */
struct jk_out {
	int fd;
	const char *name;
	char *data;
	size_t len, cap;
};

/* `name` is borrowed.  Errors: JK_ESYS (memory). */
int jk_out_init(struct jk_out *out, int fd, const char *name,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_out_write(struct jk_out *out, const void *p, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_out_flush(struct jk_out *out, struct jk_err *err) JK_WARN_UNUSED;
/*
 * Flush, close the descriptor and check the result of closing; frees in
 * every case.  Errors: JK_ESYS.
 */
int jk_out_close(struct jk_out *out, struct jk_err *err) JK_WARN_UNUSED;
/* Free without writing; the descriptor stays open. */
void jk_out_release(struct jk_out *out);

#endif
