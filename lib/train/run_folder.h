#ifndef JK_TRAIN_RUN_FOLDER_H
#define JK_TRAIN_RUN_FOLDER_H

#include <stdbool.h>

#include "base/file.h"

/*
 * The folder that a run writes, for one process at a time.  What is in it
 * stays as it is until jk_run_folder_begin: whatever stops a run before its
 * first step leaves an earlier one's files alone.
 */

enum jk_run_mode {
	JK_RUN_NEW,
	JK_RUN_RESUME,	/* where there is a run, else as new */
	JK_RUN_FORCE	/* in an earlier run's place */
};

struct jk_run_folder {
	const char *path;	/* borrowed */
	enum jk_run_mode mode;
	int fd;			/* locked */
	bool made;		/* by this run, which has not begun */
	char *shard;		/* PATH/data.shard, a piped shard's copy */
	struct jk_file copy;	/* which has not got this name yet */
	bool is_operand;	/* the user named that very file */
};

/*
 * Have the folder, made where there is none.  Errors: JK_EUSAGE: something is
 * in it (JK_RUN_NEW), something that no run wrote (the others), another
 * process has it, it is no folder; JK_ESYS.
 */
int jk_run_folder_open(struct jk_run_folder *f, const char *path,
    enum jk_run_mode mode, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The regular file to read as the shard `operand` (NULL: standard input), and
 * its name in messages; both live as long as *f.  What is no regular file is
 * copied into the folder, unless the run that is resumed did it.  Errors:
 * JK_ESYS.
 */
int jk_run_folder_shard(struct jk_run_folder *f, const char *operand,
    const char **path, const char **name, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether a run with JK_RUN_FORCE in the folder `path` would remove `input`, a
 * file, or something of it, an adapter's or a model's folder.  The copy of a
 * piped shard stays where it is the operand.
 */
bool jk_run_folder_would_drop(const char *path, const char *input,
    bool is_operand);

/*
 * From here on the folder is this run's: an earlier one's files go aside, into
 * earlier/ (with JK_RUN_FORCE), those first by which it could go on; what a
 * killed process left half written goes; the copy gets its name.  Errors:
 * JK_ESYS.
 */
int jk_run_folder_begin(struct jk_run_folder *f, struct jk_err *err)
	JK_WARN_UNUSED;

/* The run has saved an adapter: remove an earlier one's.  Errors: JK_ESYS. */
int jk_run_folder_saved(struct jk_run_folder *f, struct jk_err *err)
	JK_WARN_UNUSED;
/* The folder in it where an earlier adapter waits, or NULL. */
const char *jk_run_folder_aside(const struct jk_run_folder *f);

/* The run is over: remove what it could go on from.  Errors: JK_ESYS. */
int jk_run_folder_end(struct jk_run_folder *f, struct jk_err *err)
	JK_WARN_UNUSED;

/* Let go of it; one that was made and not begun is removed. */
void jk_run_folder_close(struct jk_run_folder *f);

#endif
