#ifndef JK_JK_TRAIN_H
#define JK_JK_TRAIN_H

#include <signal.h>

#include "base/sparkline.h"
#include "net/link.h"
#include "session.h"
#include "train/run_folder.h"
#include "train/train.h"

/*
 * What the files of jk-train share: options, what is open, the run.  As in
 * session.h, what goes wrong in a function ends the tool.
 */
struct trainer {
	struct jk_tool tool;
	struct session session;
	/* options */
	const char *out_dir;
	bool resume, force, mixed_templates, dry_run, profile;
	uint64_t smoke;		/* only so many records; 0: all */
	struct jk_train_options options;
	/* --- */
	struct jk_link *link;	/* to other ranks; NULL: one process */
	char name[24];		/* of a rank but the first, in messages */
	struct jk_run_folder folder;
	struct jk_dataset data, eval;
	struct jk_dataset taught;	/* of data, evaluated as well, or empty */
	struct jk_adapter init;
	json_t *header, *identity, *origin;
	struct jk_weights weights;
	struct jk_train run;
	struct jk_progress progress;
	struct jk_sparkline losses;
};

/* --- train_input.c */

/* Refuse options that do not go together. */
void trainer_check_usage(struct trainer *x);

/* Read the shards; the file that is read as the one to train on, or NULL. */
const char *trainer_read_data(struct trainer *x);

/* x->identity, of a run on what trainer_read_data returned. */
void trainer_make_identity(struct trainer *x, const char *shard);

/* --- train_folder.c */

/* People are told where an earlier adapter was moved to, if it was. */
void trainer_tell_aside(struct trainer *x);

/* For tool.abandon: tells that, and closes the folder. */
void trainer_abandon(struct jk_tool *t);

/* jk-train.json, beside the adapter and the best one, which is used alike. */
void trainer_save_description(struct trainer *x, bool finished);

/* All that stands beside the adapter, and beside the best one. */
void trainer_save_folder(struct trainer *x);

/* The limit of a pack of the run to go on from; 0: a new run. */
uint32_t trainer_checkpoint_limit(struct trainer *x);

/* Whether the run to resume has ended: nothing is left to do. */
bool trainer_already_finished(struct trainer *x);

/* That what the run writes has room. */
void trainer_check_disk(struct trainer *x);

/* --- train_ranks.c */

/* Whether this process writes: the only one, or rank 0. */
bool trainer_leads(const struct trainer *x);

/* Other ranks that a launcher started, if any; `stop` as in jk_ranks_open. */
void trainer_meet_ranks(struct trainer *x, volatile sig_atomic_t *stop);

/* That the others have what rank 0 has. */
void trainer_agree(struct trainer *x);

/* The others are not needed any more. */
void trainer_dismiss(struct trainer *x);

/* For tool.leave: a rank that ends, ends all. */
void trainer_leave(struct jk_tool *t, int status);

#endif
