#ifndef JK_REPORT_PAGE_H
#define JK_REPORT_PAGE_H

#include "report/doc.h"
#include "report/input.h"
#include "report/watch.h"

/*
 * Write the whole report.  `name` is the run's; `date`, and the `command` that
 * repeats the run, may be NULL.
 */
void jk_report_page(struct jk_doc *d, const struct jk_report *r,
    const char *name, const char *date, const char *command);

/*
 * Write a page of a training that is seen from outside: what its log and its
 * settings say, in HTML.
 */
void jk_report_progress(struct jk_doc *d, const struct jk_report *r,
    const char *name, enum jk_watch_state state);

/* Parts of it that have a file of their own. */
void jk_report_training(struct jk_doc *d, const struct jk_report *r);
void jk_report_answers(struct jk_doc *d, const struct jk_report *r);
void jk_report_data(struct jk_doc *d, const struct jk_report *r);
/* What follows from the numbers by rule, with them. */
void jk_report_observations(struct jk_doc *d, const struct jk_report *r);
/* Of answers chosen of several, with what they would have been: both measured. */
void jk_report_best(struct jk_doc *d, const struct jk_report *r);
/*
 * A row of before, after, and what changed: a share in points, a small number as
 * it is (relative to next to nothing it would mean little), others in per cent.
 * `better` is 1 where more is better, -1 where less is.
 */
void jk_report_change_row(struct jk_doc *d, const char *key,
    const char *title, double before, double after, int better,
    bool is_share, int decimals);
/* The table of experiments, this run marked in it. */
void jk_report_runs(struct jk_doc *d, const struct jk_report *r);
/* Models compared before training, and which was taken. */
void jk_report_candidates(struct jk_doc *d, const json_t *candidates);
/* One dialogue's tokens; what jk-tokenize --jsonl shows of it. */
void jk_report_dialogue(struct jk_doc *d, const json_t *dialogue);
/* Histograms of jk-stat; rows that jk-clean chose as examples. */
void jk_report_pictures(struct jk_doc *d, const struct jk_report *r);
void jk_report_examples(struct jk_doc *d, const json_t *summary);

/* The measures as one JSON object, all digits: a new reference or NULL. */
json_t *jk_report_json(const struct jk_report *r, const char *name);

/*
 * The members of a JSON object that are scalars or arrays of strings, and of
 * the objects in it as "outer.inner": calls `each` in their order.  Names of
 * 256 bytes and more are left out.
 */
void jk_report_flatten(const json_t *object, const char *prefix,
    void (*each)(const char *key, const json_t *value, void *arg), void *arg);

/* What jk-train.json says of a run: settings, device, hashes. */
void jk_report_settings(const json_t *training,
    void (*each)(const char *key, const json_t *value, void *arg), void *arg);

/*
 * Append a JSON scalar, or an array's with commas, as text for people: reals
 * with six digits, a NUL as U+FFFD.
 */
void jk_report_scalar(struct jk_buf *b, const json_t *value);

#endif
