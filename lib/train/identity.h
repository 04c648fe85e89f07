#ifndef JK_TRAIN_IDENTITY_H
#define JK_TRAIN_IDENTITY_H

#include "train/options.h"
#include "train/save.h"

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
 * Whether `then` has every member of `now` with the same value.  Errors:
 * JK_EUSAGE, naming the first that differs.
 */
int jk_identity_compare(const json_t *now, const json_t *then,
    struct jk_err *err) JK_WARN_UNUSED;

/* jk-train.json besides the identity. */
struct jk_train_description {
	const json_t *identity;
	const json_t *header;	/* of the shard; its members are carried on */
	const char *model;	/* its name or path */
	const char *command;	/* for the provenance */
	uint64_t n_steps, n_records;
	const struct jk_train_state *state;
	bool finished;
};

/* Write DIR/jk-train.json.  Errors: JK_ESYS. */
int jk_description_save(const char *dir, const struct jk_train_description *d,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether DIR/jk-train.json is of this run, and of its end: 1, 0 if not or
 * without the file, -1.  Errors: JK_EUSAGE for another identity; those of
 * jk_json_load.
 */
int jk_description_finished(const char *dir, const json_t *identity,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
