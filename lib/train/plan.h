#ifndef JK_TRAIN_PLAN_H
#define JK_TRAIN_PLAN_H

#include "train/options.h"

/*
 * The memory of a run, from numbers alone: how large the largest pack of all
 * its steps gets, how an effective batch must be cut to fit, every buffer.
 */
struct jk_train_plan {
	struct jk_workspace workspace;	/* planned, not allocated */
	uint32_t max_rows;		/* limit of a pack */
	uint64_t n_steps, per_epoch;
	uint32_t n_tests;		/* losses of a range test, at most; 0: none */
	uint64_t peak_bytes;
	uint64_t kept_bytes;	/* of it: for jk_dev_keep */
	/* of the packs of all steps, those of a range test among them */
	uint64_t n_rows, n_heads;
	/* of those that a range test asks for the loss of */
	uint64_t n_asked_rows, n_asked_heads;
	/*
	 * Of all these, forward and, but for those asked, back, in matrix products: 2
	 * a multiply-add.  Attention's are not among them, nor is evaluation.
	 */
	double operations;
	uint64_t n_params;		/* numbers of the adapter */
};

struct jk_train_memory {
	const struct jk_model *model;
	struct jk_dev *dev;
	enum jk_precision precision;
	const struct jk_dataset *data, *eval;	/* eval may be NULL */
	const struct jk_dataset *taught;	/* of the data, evaluated, too; or NULL */
};

/*
 * max_rows 0: the largest limit that fits into the memory; else that limit
 * (of a resumed run).  Errors: JK_ESYS; JK_EUSAGE when that, or even one
 * record at a time, does not fit, with the bytes needed and what to change.
 */
int jk_train_plan(struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, uint32_t max_rows, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_train_plan_release(struct jk_train_plan *p);

/* The table of --dry-run. */
void jk_train_plan_print(const struct jk_train_plan *p,
    const struct jk_train_options *o, struct jk_buf *out);

#endif
