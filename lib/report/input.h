#ifndef JK_REPORT_INPUT_H
#define JK_REPORT_INPUT_H

#include "base/json.h"
#include "record/kind.h"
#include "report/measure.h"

/* What a report is made of: everything here is read, nothing is printed. */

/* Its parts, by what has to be given. */
enum jk_report_part {
	JK_PART_ANSWERS, JK_PART_JOKES, JK_PART_LOSSES, JK_PART_LOG,
	JK_PART_SETTINGS, JK_PART_STATISTICS, JK_PART_SUMMARY, JK_PART_MODEL,
	JK_PART_CONCLUSIONS, JK_PART_COMMANDS, JK_PART_DIALOGUE,
	JK_PART_MODELS,
	JK_N_PARTS
};

enum jk_side { JK_BEFORE, JK_AFTER, JK_N_SIDES };

struct jk_report_answer {
	json_t *record;		/* owned; text and finish_reason borrow */
	const char *text;	/* may hold NUL bytes */
	size_t text_len;
	const char *finish_reason;	/* "" where the record has none */
	size_t prompt, regime;	/* indices below */
	struct jk_answer_counts counts;
	/* of one chosen of several: which of `plain`'s it is, else SIZE_MAX */
	size_t plain;
};

struct jk_report_prompt {
	char *text;		/* what the user asked */
	char *theme;		/* may be NULL */
};

/* Sums over the records of jk-ppl --per-record. */
struct jk_report_loss {
	bool given;
	double nll;		/* nats, over all supervised tokens */
	uint64_t n_records, n_tokens, n_bytes;
	json_t *by_id;		/* id: nll */
};

struct jk_report_side {
	struct jk_report_answer *answers;
	size_t n_answers;
	struct jk_measures *by_regime;	/* n_regimes */
	struct jk_measures all;
	struct jk_report_loss loss;
	json_t *stat;		/* of jk-stat --json, or NULL */
};

struct jk_report_step {
	double step, loss;
	double lr, grad_norm;	/* NaN where the log has none */
};

struct jk_report_eval {
	double step, loss, perplexity;
	double memorised;	/* a share; NaN: not measured */
};

struct jk_report {
	struct jk_report_side side[JK_N_SIDES];
	/* what chosen answers after training would have been without a choice */
	struct jk_report_side plain;
	struct jk_report_prompt *prompts;
	size_t n_prompts;
	char **regimes;
	size_t n_regimes;
	struct jk_report_step *steps;
	size_t n_steps;
	struct jk_report_eval *evals;
	size_t n_evals;
	/* the last that the log tells; NaN where it does not */
	double seconds, tokens_per_second;
	/* the most that it tells */
	double memory_bytes, device_memory_bytes;
	struct jk_overlap overlap;
	bool has_overlap;
	struct jk_measures held_out;	/* the same over held-out jokes */
	bool has_held_out;
	json_t *dialogue;	/* tokens, ids, mask of one, or NULL */
	json_t *runs;		/* the table of experiments, or NULL ... */
	size_t this_run;	/* ... and which row of it this is */
	json_t *training;	/* jk-train.json, or NULL */
	json_t *model;		/* what jk-info says: name to text, or NULL */
	json_t *candidates;	/* array of models compared, or NULL */
	struct jk_buf conclusions;	/* what a person wrote, or empty */
	const char *commands_path;	/* borrowed, or NULL: none ... */
	struct jk_buf commands;		/* ... for sh(1), of the whole run */
	json_t *summaries;	/* array of objects */
	json_t *provenance;	/* array of command lines */
};

int jk_report_init(struct jk_report *r, struct jk_err *err) JK_WARN_UNUSED;
void jk_report_release(struct jk_report *r);

/*
 * Read the parts, each from one file; `path` NULL or "-" is standard input for
 * those that are records.  Errors: JK_ESYS, JK_EDATA with the file's name and
 * line; a file that is something else is told apart by its first record, and
 * the message says what it is and which tool makes what is wanted.  JK_EDATA
 * also for a NUL in what has to be a word or a line (not in jokes and answers).
 * The training jokes come first: held-out ones are compared with them as they
 * are read, answers by jk_report_measure.
 *
 *   training   records with `text` and perhaps `id`, at least one
 *   held_out   the same; counted as if they were answers
 *   answers    records with `completion`, and `regime`, `theme`,
 *              `finish_reason`, `n_tokens` where they have them.  The prompt is
 *              the last text of the user in `messages`, or else `prompt`,
 *              `theme`, `prompt_text`, whichever comes first.  Those after
 *              training may have `best_of` with an answer `plain`
 *   loss       lines with `id`, `nll`, `n_tokens`, `n_bytes`
 *   log        lines with `step` and `loss`, or `step` and `eval_loss`
 *   dialogue   a line with `tokens`, `ids` and `mask`, equally many; what is
 *              behind it is not read
 *   models     lines with `candidate`, a model's name, and what jk-ppl --json
 *              says of it, `chosen` true in at most one of them
 *   settings   the object of jk-train.json, with `settings`
 *   stat       the object of jk-stat --json, with `records` and `chars`
 *   summary    the object of jk-clean (`repairs`) or jk-filter (`kept`)
 *   model      lines of jk-info --model, a name and what is behind it, up to
 *              its example of a dialogue
 *   conclusions, commands  text in UTF-8, of at most JK_TEXT_MAX bytes
 */
enum { JK_TEXT_MAX = 1 << 20 };
int jk_report_read_training(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_held_out(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_answers(struct jk_report *r, enum jk_side side,
    const char *path, struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_loss(struct jk_report *r, enum jk_side side,
    const char *path, struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_log(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_dialogue(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_models(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_settings(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_stat(struct jk_report *r, enum jk_side side,
    const char *path, struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_summary(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_model(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_conclusions(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_report_read_commands(struct jk_report *r, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;

/* What a part has to be, for messages; the kind that is. */
const char *jk_report_wanted(enum jk_report_part part);
enum jk_kind jk_report_kind(enum jk_report_part part);

/* Add up the measures.  Errors: JK_ESYS. */
int jk_report_measure(struct jk_report *r, struct jk_err *err)
	JK_WARN_UNUSED;

/* The k-th answer to a prompt in a regime, or NULL. */
const struct jk_report_answer *jk_report_find(const struct jk_report *r,
    enum jk_side side, size_t prompt, size_t regime, size_t k);

/* Loss in nats a token, perplexity, bits a byte; NaN where not given. */
double jk_loss_mean(const struct jk_report_loss *l);
double jk_loss_perplexity(const struct jk_report_loss *l);
double jk_loss_bits_per_byte(const struct jk_report_loss *l);

/* Records whose nll is lower after; *n_both counts those in both. */
uint64_t jk_loss_improved(const struct jk_report *r, uint64_t *n_both);

#endif
