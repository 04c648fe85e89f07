#ifndef JK_TOK_EXAMPLE_MAKE_H
#define JK_TOK_EXAMPLE_MAKE_H

#include "record/spans.h"
#include "tok/shard.h"
#include "tok/tokenizer.h"

/*
 * Records (jk-record(5)) as token ids with a mask: what is learned, and what
 * only stands before it.  This makes them of texts; tok/example.h reads those.
 */
struct jk_example {
	char *id;			/* the record's, "" for none */
	struct jk_ids ids;
	uint32_t n_prompt;		/* before the first that is learned */
	struct jk_mask_run *runs;	/* what is learned */
	uint32_t n_runs, cap_runs;
	uint32_t n_bytes;		/* of the answers */
	/* tokenized as a whole, the text has other ids */
	bool differs;
	/* bytes that the template puts between prompt and joke: learned too */
	size_t n_before;
	int32_t end_id;			/* the end-of-turn token; -1: none */
	float weight;			/* 1, unless the caller sets it */
	/* nothing said which bytes people wrote: special tokens are matched */
	bool unmarked;
	struct jk_token_places places;	/* the rest is scratch */
	struct jk_spans spans, piece, answers;
	size_t *cuts;			/* [answers.n]: ids before each */
	struct jk_ids whole;
};

void jk_example_release(struct jk_example *x);

/* As it stands in a shard; points into *x. */
static inline struct jk_shard_record
jk_example_record(const struct jk_example *x)
{
	return (struct jk_shard_record){ x->id, x->n_prompt,
		(uint32_t)x->ids.n, x->ids.v, x->n_runs, x->runs, x->n_bytes,
		x->weight };
}

/*
 * Append the ids of a prompt as they are at generation: the post-processor's
 * first tokens unless the text begins with them already, and none behind.
 * Errors: as jk_encode.
 */
int jk_encode_prompt(struct jk_encoder *e, const char *s, size_t n,
    const struct jk_encode_options *options, struct jk_ids *out,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The token that ends a turn where a template goes on behind an answer with
 * `tail`: the first special added token in it; *id -1: there is none.  Errors:
 * as jk_encode.
 */
int jk_turn_end(const struct jk_tokenizer *t, const char *tail, int64_t *id,
    struct jk_err *err) JK_WARN_UNUSED;

struct jk_example_options {
	/* ids that end an answer, besides special added tokens */
	const uint32_t *end_ids;
	size_t n_end_ids;
	/* added tokens are matched in content too */
	bool parse_special;
	/* every answer of a dialogue is learned, not the last one alone */
	bool all_answers;
};

/* A dialogue's two texts. */
struct jk_dialogue {
	const char *prompt, *text;
	size_t n_prompt, n_text;	/* bytes */
	const struct jk_example_options *options;
};

/*
 * Of an example that is begun, with its content in x->spans, that of the prompt
 * in x->piece, and x->answers, of which there is one at least.  Errors: JK_EDATA,
 * JK_ESYS, which tok/example.h tells.
 */
int jk_example_make(struct jk_encoder *e, const struct jk_dialogue *d,
    struct jk_example *x, struct jk_err *err) JK_WARN_UNUSED;

/* The same of n bytes of text.  Errors: the same. */
int jk_example_make_text(struct jk_encoder *e, const char *text, size_t n,
    const struct jk_example_options *options, struct jk_example *x,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
