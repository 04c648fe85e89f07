#ifndef JK_TRAIN_DATA_H
#define JK_TRAIN_DATA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Records to learn from, in memory. */
struct jk_data_record {
	size_t id;		/* offset of a NUL-terminated string in `ids` */
	size_t begin;		/* first token in `tokens` */
	uint32_t n_tokens;	/* up to the last supervised one */
	uint32_t n_prompt;	/* no token before this one is supervised */
	uint32_t n_supervised;
	float weight;		/* of each of its supervised tokens */
};

struct jk_dataset {
	struct jk_data_record *examples;
	size_t n, cap;
	uint32_t *tokens;	/* bit 31: the token is supervised */
	size_t n_tokens, tokens_cap;
	struct jk_buf ids;
	uint32_t longest;	/* largest n_tokens */
	uint64_t n_supervised;
	bool weighted;		/* not all weights are 1 */
	/* of a shard: of its first part; parts have others, too */
	json_t *template;	/* of its header; NULL: none */
	bool mixed_templates;
};

#define JK_SUPERVISED 0x80000000u

/*
 * Append a record: `mask[i]` says whether token i is supervised; the first
 * token cannot be.  Tokens behind the last supervised one influence no loss
 * and are dropped.  Its weight is 1.  Errors: JK_EDATA, naming the record
 * (nothing is supervised, a supervised token in the prompt, a token of 2^31 or
 * more); JK_ESYS.
 */
int jk_dataset_add(struct jk_dataset *d, const char *id,
    const uint32_t *tokens, const bool *mask, uint32_t n_tokens,
    uint32_t n_prompt, struct jk_err *err) JK_WARN_UNUSED;
/* Give the record that was added last a weight. */
void jk_dataset_weigh(struct jk_dataset *d, float weight);
/*
 * For a plan without a shard: n records of n_tokens, which have nothing in
 * common; everything that can be is supervised.  Errors: JK_EUSAGE for more
 * than 2^28 tokens, JK_ESYS.
 */
int jk_dataset_make(struct jk_dataset *d, size_t n, uint32_t n_tokens,
    struct jk_err *err) JK_WARN_UNUSED;
/* Keep the first n records. */
void jk_dataset_truncate(struct jk_dataset *d, size_t n);
void jk_dataset_release(struct jk_dataset *d);

static inline uint32_t
jk_dataset_token(const struct jk_dataset *d, size_t record, uint32_t i)
{
	return d->tokens[d->examples[record].begin + i] & ~JK_SUPERVISED;
}

static inline bool
jk_dataset_supervised(const struct jk_dataset *d, size_t record, uint32_t i)
{
	return d->tokens[d->examples[record].begin + i] & JK_SUPERVISED;
}

static inline const char *
jk_dataset_id(const struct jk_dataset *d, size_t record)
{
	return d->ids.data + d->examples[record].id;
}

#endif
