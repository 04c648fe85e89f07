#ifndef JK_TOK_SHARD_WRITE_H
#define JK_TOK_SHARD_WRITE_H

#include "base/buf.h"
#include "base/out.h"
#include "tok/shard.h"

struct jk_shard_writer {
	struct jk_out *out;
	uint32_t vocab_size;
	bool weighted;
	uint32_t crc;
	uint64_t n_records, n_tokens, n_supervised;
	struct jk_buf block;
};

/*
 * Write a header; `out` and the header are borrowed.  Errors: JK_ESYS; JK_EDATA
 * for JSON of more than JK_SHARD_MAX_JSON bytes.
 */
int jk_shard_begin(struct jk_shard_writer *w, struct jk_out *out,
    const struct jk_shard_header *header, struct jk_err *err) JK_WARN_UNUSED;
/* Errors: JK_ESYS; JK_EDATA for a record that a reader would refuse. */
int jk_shard_write(struct jk_shard_writer *w,
    const struct jk_shard_record *record, struct jk_err *err) JK_WARN_UNUSED;
/* Write the trailer.  Errors: JK_ESYS. */
int jk_shard_end(struct jk_shard_writer *w, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_shard_writer_release(struct jk_shard_writer *w);

#endif
