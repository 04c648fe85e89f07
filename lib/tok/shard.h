#ifndef JK_TOK_SHARD_H
#define JK_TOK_SHARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"

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

/*
 * A header: magic, version, vocabulary size, hash (low half first), number of
 * bytes of JSON, JSON.  A block: tag, number of bytes, content.  A trailer:
 * tag, counts, CRC-32C of the part up to there.  Tags have 4 bytes.
 */
#define JK_SHARD_MAGIC "JKSHARD\n"
#define JK_SHARD_RECORD "RECD"
#define JK_SHARD_TRAILER "TAIL"

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
 * What holds of every record in a part of that vocabulary, with weights or
 * without; *n_supervised grows by its supervised tokens.  Errors: JK_EDATA.
 */
int jk_shard_check(const struct jk_shard_record *r, uint32_t vocab_size,
    bool weighted, uint64_t *n_supervised, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether records were put into dialogues alike: the members "template" of two
 * headers (NULL: none) have the same hash and system text.
 */
bool jk_shard_same_template(const json_t *a, const json_t *b);

#endif
