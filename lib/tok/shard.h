#ifndef JK_TOK_SHARD_H
#define JK_TOK_SHARD_H

#include "base/hash.h"
#include "base/in.h"
#include "base/out.h"
#include "base/json.h"

/*
 * Token shards (jk-shard(5)): records as token ids, with a mask of the tokens
 * to learn.  A stream of parts, each a header, records and a trailer, so that
 * concatenated shards are a shard.  A part without its trailer is truncated.
 */

enum {
	JK_SHARD_VERSION = 1,
	JK_SHARD_WEIGHTED = 2,	/* the version of parts with weights */
	JK_SHARD_MAX_JSON = 1 << 26,	/* bytes of a header's JSON */
	JK_SHARD_MAX_RECORD = 1 << 28	/* bytes of a record */
};

/* Bounds of a record's weight. */
#define JK_SHARD_MIN_WEIGHT 1e-6
#define JK_SHARD_MAX_WEIGHT 1e6

/* Tokens [begin, end) of a record are supervised. */
struct jk_mask_run {
	uint32_t begin, end;
};

struct jk_shard_record {
	const char *id;			/* NUL-terminated, may be empty */
	uint32_t n_prompt;		/* tokens of the prompt */
	uint32_t n_tokens;		/* at least 1 */
	const uint32_t *ids;
	uint32_t n_runs;		/* at least 1 */
	const struct jk_mask_run *runs;	/* ascending, none begins at 0 */
	/* bytes of text that the supervised tokens stand for */
	uint32_t n_bytes;
	float weight;			/* read: 1 where the part has none */
};

struct jk_shard_header {
	uint32_t vocab_size;		/* ids are below it */
	struct jk_hash128 tokenizer;	/* jk_model_tokenizer_hash */
	bool weighted;			/* its records have weights */
	/* an object: "provenance", "template", "end_ids", … */
	json_t *json;
};

/*
 * Whether records were put into dialogues alike: the members "template" of two
 * headers (NULL: none) have the same hash and system text.
 */
bool jk_shard_same_template(const json_t *a, const json_t *b);

/* --- writing */

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

/* --- reading */

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
