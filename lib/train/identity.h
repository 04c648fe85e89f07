#ifndef JK_TRAIN_IDENTITY_H
#define JK_TRAIN_IDENTITY_H

#include "train/options.h"

/*
 * What a run is: its settings and hashes of what it reads.  Two runs of one
 * identity give the same adapter.  jk-train.json says it beside the adapter,
 * with how the data was made.
 */
struct jk_train_inputs {
	const struct jk_train_options *options;
	const char *shard;	/* a file; NULL: not kept, without a hash */
	uint64_t smoke;		/* only so many of its records; 0: all */
	const struct jk_model *model;
	const struct jk_adapter *init;	/* where options->init_path is set */
	const struct jk_dev *dev;
	enum jk_precision precision;
};

/* A new reference.  NULL: JK_ESYS. */
json_t *jk_identity_new(const struct jk_train_inputs *in, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Whether `then` has every member of `now` with the same value; of members that
 * are objects, such as the settings, `now` has to have all of `then` as well.
 * Errors: JK_EUSAGE, naming the first that differs.
 */
int jk_identity_compare(const json_t *now, const json_t *then,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
