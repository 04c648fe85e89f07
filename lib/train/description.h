#ifndef JK_TRAIN_DESCRIPTION_H
#define JK_TRAIN_DESCRIPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct jk_train_state;

/* jk-train.json besides the identity. */
struct jk_train_description {
	const json_t *identity;
	const json_t *header;	/* of the shard; its members are carried on */
	const char *model;	/* its name or path */
	const json_t *origin;	/* what it is (model/origin.h) */
	const char *command;	/* for the provenance */
	const char *device;	/* for people: its description */
	uint64_t n_steps, n_records;
	const struct jk_train_state *state;
	bool finished;
};

/* Write DIR/jk-train.json.  Errors: JK_ESYS. */
int jk_description_save(const char *dir, const struct jk_train_description *d,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether DIR/jk-train.json is of this run, and of its end: 1, 0 if not or
 * without the file, -1.  Appends to `device` the description of the device
 * that the run was last on; nothing where the file does not say.  Errors:
 * JK_EUSAGE for another identity; those of jk_json_load.
 */
int jk_description_finished(const char *dir, const json_t *identity,
    struct jk_buf *device, struct jk_err *err) JK_WARN_UNUSED;

#endif
