#ifndef JK_TOK_SHARD_READ_H
#define JK_TOK_SHARD_READ_H

#include "base/buf.h"
#include "base/in.h"
#include "tok/shard.h"

struct jk_shard_reader {
	struct jk_in in;
	struct jk_shard_header header;	/* of the first part; see below */
	bool mixed;		/* parts differ by jk_shard_same_template */
	uint64_t n_records, n_tokens, n_supervised;	/* read so far */
	uint32_t n_parts;

	uint32_t crc;			/* of this part */
	uint64_t part_records, part_tokens, part_supervised;
	bool in_part, part_weighted;
	struct jk_buf block;
};

/*
 * Open a shard and read its first header; `path` NULL or "-" is standard
 * input, borrowed.  Later parts must have the same tokenizer; their
 * provenance and end_ids are added to header.json as they are met.  Errors:
 * JK_ESYS; JK_EDATA (no shard, truncated, damaged).
 */
int jk_shard_open(struct jk_shard_reader *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
/* The same from a reader that is open; takes it over. */
int jk_shard_attach(struct jk_shard_reader *r, struct jk_in *in,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_shard_close(struct jk_shard_reader *r);

/*
 * Refuse a shard of another tokenizer than the model's: JK_EDATA, with both
 * hashes.
 */
int jk_shard_require(const struct jk_shard_reader *r,
    struct jk_hash128 tokenizer, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The next record, valid until the next call: 1, 0 at the end of a whole
 * shard, -1.  Whether bytes were damaged is known when the trailer has been
 * read: a user who must know before acts on records only after the 0.
 * Errors: JK_ESYS; JK_EDATA (truncated, damaged, another tokenizer).
 */
int jk_shard_read(struct jk_shard_reader *r, struct jk_shard_record *record,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
