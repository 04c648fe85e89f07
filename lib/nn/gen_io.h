#ifndef JK_NN_GEN_IO_H
#define JK_NN_GEN_IO_H

#include <time.h>

#include "base/opt.h"
#include "base/out.h"
#include "base/portion.h"
#include "nn/generate.h"
#include "record/record.h"

/*
 * What jk-gen reads and writes: prompts from records or lines, answers as
 * records, or streamed to a terminal.
 */
struct jk_best;
struct jk_prompter;
struct jk_tokenizer;
struct jk_decoder;

struct jk_gen_prompts {
	struct jk_prompt *v;	/* ids are owned */
	json_t **records;	/* what was read; prompt_text filled in */
	size_t n, cap;
	uint32_t longest;
	size_t n_general;	/* records that say nothing of a prompt */
};

/*
 * Read all files (none: standard input).  A stream whose first line begins
 * with '{' holds records, otherwise every line that is not blank is a prompt.
 * Errors: JK_EDATA with name and line; JK_ESYS.
 */
int jk_gen_read(struct jk_gen_prompts *p, const struct jk_strings *files,
    struct jk_prompter *prompter, const struct jk_tokenizer *tokenizer,
    uint32_t n_vocab, struct jk_provenance *provenance, struct jk_err *err)
	JK_WARN_UNUSED;
/* Keep a part of them. */
void jk_gen_prompts_keep(struct jk_gen_prompts *p, const struct jk_portion *part);
void jk_gen_prompts_release(struct jk_gen_prompts *p);

struct jk_gen_writer {
	struct jk_out *out;
	const struct jk_gen_prompts *prompts;
	const struct jk_tokenizer *tokenizer;
	const struct jk_regime *regimes;
	size_t n_regimes, n_samples;
	long long seed;
	bool token_ids, streams;
	struct jk_best *best;	/* takes the records instead; borrowed, or NULL */
	const char *model, *adapter, *device, *precision;
	uint64_t n_tokens;

	/* the writer's own */
	struct jk_record_writer records;
	struct jk_decoder *decoder;
	json_t **waiting;	/* answers that came before their turn */
	size_t n_written, n_total;
	struct jk_buf text;
};

int jk_gen_writer_init(struct jk_gen_writer *w, struct jk_provenance *provenance,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_gen_writer_release(struct jk_gen_writer *w);

/* A token came: shown when streaming.  A sample is done: its record. */
int jk_gen_stream(struct jk_gen_writer *w, const struct jk_sample *s, uint32_t id,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_gen_done(struct jk_gen_writer *w, const struct jk_sample *s,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
