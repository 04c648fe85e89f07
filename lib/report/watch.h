#ifndef JK_REPORT_WATCH_H
#define JK_REPORT_WATCH_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"

/*
 * A training seen from outside: its folder, which may not be there yet.  Looking
 * opens and closes files, and changes nothing.
 */
enum jk_watch_state {
	JK_WATCH_WAITS,		/* there is nothing to be shown yet */
	JK_WATCH_RUNS,
	JK_WATCH_STOPPED,	/* no process is at work there any more */
	JK_WATCH_FINISHED
};

struct jk_watch {
	const char *run;	/* as given; borrowed */
	/* the adapter's folder, and its files, once they are there */
	char *folder, *log, *settings;
	bool changed;		/* the log, since the call before */
	long long size_bytes;	/* of the log, when it was seen last, ... */
	struct timespec written;	/* ... and its time */
};

/*
 * `run` is a folder that jk-train writes, or one of finetune.sh with that in it
 * as adapter/.
 */
void jk_watch_init(struct jk_watch *w, const char *run);
void jk_watch_release(struct jk_watch *w);

/*
 * Look at it; at a log of before that grows again, and at one without the
 * settings beside it, as at one that is not there.  Fills what stands above.
 * Errors: JK_ESYS, JK_EDATA for a jk-train.json that is none; JK_EUSAGE where
 * `run` is a file.
 */
int jk_watch_look(struct jk_watch *w, enum jk_watch_state *state,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
