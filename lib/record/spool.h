#ifndef JK_RECORD_SPOOL_H
#define JK_RECORD_SPOOL_H

#include "base/in.h"
#include "base/out.h"

/*
 * Bytes put aside in a file without a name, in the folder TMPDIR (/tmp when
 * it is not set), for what must be read to its end before the first answer.
 * It needs room on that disk, hardly any memory, and is gone when the process
 * ends, however it ends.
 */
struct jk_spool {
	struct jk_out out;
	uint64_t size_bytes;
};

/* Errors: JK_ESYS, naming the folder. */
int jk_spool_open(struct jk_spool *s, struct jk_err *err) JK_WARN_UNUSED;
void jk_spool_close(struct jk_spool *s);
int jk_spool_add(struct jk_spool *s, const void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/* Read n bytes at `offset`, all of which must have been flushed. */
int jk_spool_get(const struct jk_spool *s, uint64_t offset, void *p, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_spool_flush(struct jk_spool *s, struct jk_err *err) JK_WARN_UNUSED;

/* Read it all again from its start, as `in`; jk_in_close leaves the spool. */
int jk_spool_rewind(struct jk_spool *s, struct jk_in *in, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
