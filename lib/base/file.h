#ifndef JK_BASE_FILE_H
#define JK_BASE_FILE_H

#include "base/out.h"

/*
 * A file that appears under its name only when complete: written to
 * NAME.tmp-PID in the same folder, synced, renamed.  What killed processes left
 * under such names is removed first (base/temp.h).  Where the name is that of
 * a device or a pipe, as /dev/stderr, it is written into, not replaced.
 */
struct jk_file {
	struct jk_out out;
	char *path, *tmp;	/* tmp NULL: written into, or committed */
};

int jk_file_begin(struct jk_file *f, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
/*
 * Sync, rename, sync the folder.  On failure the old file stays, unless only
 * the folder could not be synced: then the new one stands there.
 */
int jk_file_commit(struct jk_file *f, struct jk_err *err) JK_WARN_UNUSED;
/* Remove the temporary file.  Does nothing after a commit. */
void jk_file_abort(struct jk_file *f);

/*
 * Make what was renamed to `path`, or away from it, durable: sync the folder
 * that it is in.  Errors: JK_ESYS.
 */
int jk_sync_folder(const char *path, struct jk_err *err) JK_WARN_UNUSED;

/* Write n bytes as a whole file, as above. */
int jk_file_put(const char *path, const void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
