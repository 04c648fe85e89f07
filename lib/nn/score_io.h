#ifndef JK_NN_SCORE_IO_H
#define JK_NN_SCORE_IO_H

#include "base/buf.h"
#include "base/portion.h"
#include "model/tokenizer.h"
#include "nn/score.h"

/*
 * What jk-ppl reads and writes: records to score, from token shards or from
 * texts in windows, and what was found.
 */

struct jk_score_label {
	char *id;
	uint32_t n_bytes;	/* of text that is scored */
};

struct jk_score_set {
	const struct jk_model *model;
	const struct jk_tokenizer *tokenizer;
	struct jk_score *v;	/* ids and runs are owned */
	struct jk_score_label *labels;
	size_t n, cap;
	uint32_t longest;	/* record's tokens */
};

/*
 * Both are borrowed.  Release also after an error.
 */
void jk_score_set_init(struct jk_score_set *s, const struct jk_model *model,
    const struct jk_tokenizer *tokenizer);
void jk_score_set_release(struct jk_score_set *s);

/* Keep a part of the records. */
void jk_score_set_keep(struct jk_score_set *s, const struct jk_portion *part);

/*
 * Add the records of a shard, of which a mask says what is scored.  path:
 * NULL for standard input.  Errors: JK_EDATA (another tokenizer, damaged, a
 * token that the model has no row for), JK_ESYS.
 */
int jk_score_add_shard(struct jk_score_set *s, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Add a text in windows of `context` tokens, each of which scores its tokens
 * but the first.  path and errors as above.
 */
int jk_score_add_text(struct jk_score_set *s, const char *path,
    size_t context, struct jk_err *err) JK_WARN_UNUSED;

/* Sums over a scored set. */
struct jk_score_total {
	double loss;		/* nats per token */
	double bits_per_byte;	/* NaN without bytes */
	size_t n_records;
	uint64_t n_tokens, n_bytes;
};
struct jk_score_total jk_score_sum(const struct jk_score_set *s);

/* Lines of JSON, one for each record; one object; a line for people. */
void jk_score_write_records(const struct jk_score_set *s, struct jk_buf *b);
void jk_score_write_json(const struct jk_score_total *t, struct jk_buf *b);
void jk_score_write_line(const struct jk_score_total *t, struct jk_buf *b);

#endif
