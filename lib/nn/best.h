#ifndef JK_NN_BEST_H
#define JK_NN_BEST_H

#include "nn/generate.h"
#include "nn/score.h"
#include "record/record.h"

/*
 * The best of n: of n answers to a prompt the one with the highest score is
 * kept (best-of-n sampling: Stiennon and others, "Learning to summarize from
 * human feedback", 2020, arXiv:2009.01325).  What it wins it can lose in
 * variety (arXiv:2406.10522), so the plain answer is kept beside it: the one
 * that there would be without a choice, bytes and random numbers alike.
 *
 * Of k answers that are wanted, answer i is chosen among samples i, i + k,
 * i + 2 k, …, of which the first is the plain one.  Of equal scores the first
 * wins.  An answer without a score is taken where no other has one.
 *
 * Scores, the higher the better:
 *
 *   likelihood   log2 of the answer's probability, its end's included, by the
 *                bytes of its text: minus what jk-ppl calls bits per byte.
 *                None of an answer without text.
 *   base         the same without the adapter
 *   theme        log2 of the share that the answer's own prompt has in its
 *                likelihood, given that prompt or others: with p the
 *                probability, log2(p(answer | own) / sum of p(answer | each)),
 *                at most 0.  The others are the first JK_BEST_PROMPTS
 *                different prompts of the input, or one less besides the own.
 *   cmd:COMMAND  what a command says: `sh -c COMMAND` reads all answers as
 *                records, and writes as many in the same order, each with a
 *                member "score", a number or null (none)
 *
 * A sample's score of the first three depends on nothing but the sample (theme:
 * and on those prompts), as the sample itself (nn/generate.h).
 */
enum jk_scorer_kind {
	JK_SCORER_LIKELIHOOD, JK_SCORER_BASE, JK_SCORER_THEME,
	JK_SCORER_COMMAND
};

struct jk_scorer {
	const char *name;	/* as given; borrowed */
	enum jk_scorer_kind kind;
	const char *command;	/* of JK_SCORER_COMMAND */
};

/* Errors: JK_EUSAGE. */
int jk_scorer_parse(struct jk_scorer *s, const char *text,
    struct jk_err *err) JK_WARN_UNUSED;

enum { JK_BEST_PROMPTS = 20 };

struct jk_best_answer {
	json_t *record;		/* owned; NULL until it is done */
	uint32_t *ids;		/* [n], owned; with the end token */
	uint32_t n, prompt;
	double score;		/* NaN: none */
};

/* Filled by the caller up to the line. */
struct jk_best {
	struct jk_scorer scorer;
	uint32_t n_wanted, n_of;	/* k and n above */
	/* --- */
	struct jk_best_answer *v;	/* [n], in the order of their numbers */
	size_t n;
	struct {
		struct jk_prompt prompt;	/* ids are owned */
		char *theme;		/* or NULL */
	} others[JK_BEST_PROMPTS];
	uint32_t n_others;
};

/*
 * Take the others from all n prompts and the records that they are of, which may
 * have a theme.  Errors: JK_EUSAGE (a theme among fewer than two prompts),
 * JK_ESYS.
 */
int jk_best_compare_prompts(struct jk_best *b, const struct jk_prompt *prompts,
    json_t *const *records, size_t n, struct jk_err *err) JK_WARN_UNUSED;

/* Room for n answers.  Errors: JK_ESYS. */
int jk_best_init(struct jk_best *b, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_best_release(struct jk_best *b);

/* Answer `at` is done; takes the record.  Errors: JK_ESYS. */
int jk_best_add(struct jk_best *b, size_t at, json_t *record,
    const struct jk_sample *s, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Score all answers to `prompts`.  `how`: weights, adapter (or NULL), progress;
 * a command needs none of them.  Errors: those of jk_score_records; JK_EDATA
 * for a command that fails or does not write what it should.
 */
int jk_best_score(struct jk_best *b, const struct jk_prompt *prompts,
    const struct jk_scoring *how, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Write the chosen answers' records, each with a member "best_of": the scorer,
 * all scores, the plain answer.  Errors: JK_ESYS.
 */
int jk_best_write(struct jk_best *b, struct jk_record_writer *w,
    struct jk_err *err) JK_WARN_UNUSED;

/* Of jk_best_score, with a command. */
int jk_best_ask(struct jk_best *b, struct jk_err *err) JK_WARN_UNUSED;

#endif
