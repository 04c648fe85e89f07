#include "report/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/path.h"
#include "base/sys.h"

void
jk_watch_init(struct jk_watch *w, const char *run)
{
	*w = (struct jk_watch){ .run = run, .size_bytes = -1 };
}

static void
forget(struct jk_watch *w)
{
	free(w->folder);
	free(w->log);
	free(w->settings);
	w->folder = w->log = w->settings = NULL;
}

void
jk_watch_release(struct jk_watch *w)
{
	forget(w);
}

/* The folder with a log: that in the run's folder, or else that itself. */
static int
find(struct jk_watch *w, struct jk_err *err)
{
	int i;

	for (i = 0; i < 2; i++) {
		forget(w);
		w->folder = i ? strdup(w->run) : jk_path_join(w->run,
		    "adapter", err);
		if (!w->folder)
			return i ? jk_fail_nomem(err) : -1;
		w->log = jk_path_join(w->folder, "log.jsonl", err);
		w->settings = jk_path_join(w->folder, "jk-train.json", err);
		if (!w->log || !w->settings)
			return -1;
		if (!jk_is_absent(w->log) && !jk_is_absent(w->settings))
			return 1;
	}
	return 0;
}

/*
 * Whether a process has the folder, which jk-train locks while it is at work;
 * it waits for a lock that is held for a moment only, as here.
 */
static int
is_held(const char *folder, bool *held, struct jk_err *err)
{
	int fd = jk_sys_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd < 0)
		return jk_fail_errno(err, "%s", folder);
	*held = jk_sys_lock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	jk_sys_close(fd);
	return 0;
}

static int
look_at_log(struct jk_watch *w, struct jk_err *err)
{
	struct stat st;

	if (stat(w->log, &st) < 0)
		return jk_fail_errno(err, "%s", w->log);
	w->changed = st.st_size != w->size_bytes ||
	    st.st_mtim.tv_sec != w->written.tv_sec ||
	    st.st_mtim.tv_nsec != w->written.tv_nsec;
	w->size_bytes = st.st_size;
	w->written = st.st_mtim;
	return st.st_size > 0;
}

int
jk_watch_look(struct jk_watch *w, enum jk_watch_state *state,
    struct jk_err *err)
{
	json_t *settings;
	struct stat st;
	bool held = false;
	int r;

	*state = JK_WATCH_WAITS;
	w->changed = false;
	if (stat(w->run, &st) == 0 && !S_ISDIR(st.st_mode))
		return jk_fail(err, JK_EUSAGE, "%s is a file: name the folder "
		    "of a training", w->run);
	r = find(w, err);
	if (r <= 0)
		return r;
	/* before the log: what is written until it is let go is seen */
	if (is_held(w->folder, &held, err) < 0)
		return -1;
	r = look_at_log(w, err);
	if (r < 0 || (r == 0 && held))
		return r;
	settings = jk_json_load(w->settings, err);
	if (!settings)
		return -1;
	*state = held ? JK_WATCH_RUNS : json_is_true(json_object_get(settings,
	    "finished")) ? JK_WATCH_FINISHED : r == 0 ? JK_WATCH_WAITS :
	    JK_WATCH_STOPPED;
	json_decref(settings);
	return 0;
}
