#include "train/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/in.h"
#include "base/path.h"
#include "base/sys.h"
#include "base/temp.h"
#include "model/folder.h"
#include "model/training.h"
#include "record/kind.h"
#include "train/save.h"

/* The shard of a run that reads standard input. */
#define SHARD "data.shard"

/* What a run writes, those first by which one could go on. */
static const char *const ours[] = { JK_CHECKPOINT_FILE, SHARD,
	JK_TRAINING_FILE, JK_ADAPTER_WEIGHTS_FILE, JK_ADAPTER_CONFIG_FILE,
	JK_LOG_FILE, "best/" JK_TRAINING_FILE, "best/" JK_ADAPTER_WEIGHTS_FILE,
	"best/" JK_ADAPTER_CONFIG_FILE, "best/" JK_TOKENIZER_FILE,
	"best/" JK_TOKENIZER_CONFIG_FILE, "best/" JK_SPECIAL_TOKENS_FILE,
	"best/" JK_ADDED_TOKENS_FILE, "best/" JK_VOCAB_FILE,
	"best/" JK_MERGES_FILE, "best/" JK_CHAT_TEMPLATE_FILE };

/* Where an earlier run's files wait until this one has saved something. */
#define ASIDE "earlier"

static bool
exists(const struct jk_run_folder *f, const char *name)
{
	return faccessat(f->fd, name, F_OK, 0) == 0;
}

/*
 * Look at each name in the folder, or in `name` there: whether there is one but
 * those half written, which are removed with `sweep`.
 */
static int
look(const struct jk_run_folder *f, const char *name, bool sweep,
    struct jk_err *err)
{
	int fd = jk_sys_openat(f->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int r = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return jk_fail_errno(err, "%s/%s", f->path, name);
	}
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0)
			continue;
		if (!jk_temp_is(e->d_name))
			r = 1;
		else if (sweep)
			unlinkat(fd, e->d_name, 0);
	}
	closedir(dir);
	return r;
}

static int
refuse_others_files(const struct jk_run_folder *f, struct jk_err *err)
{
	static const char *const others[] = { JK_CONFIG_FILE,
		JK_ADAPTER_WEIGHTS_FILE, JK_ADAPTER_CONFIG_FILE,
		JK_LOG_FILE };
	size_t i;

	for (i = 0; i < sizeof others / sizeof *others; i++) {
		if (!exists(f, others[i]))
			continue;
		/* --force is for adapters; never for a model */
		if (i == 0)
			return jk_fail(err, JK_EUSAGE, "%s is a model's "
			    "folder; take another", f->path);
		if (f->mode == JK_RUN_RESUME && !exists(f, JK_TRAINING_FILE))
			return jk_fail(err, JK_EUSAGE, "%s has files, and no "
			    "run's " JK_TRAINING_FILE ", to go on from; take "
			    "--force "
			    "or another folder", f->path);
	}
	return 0;
}

/*
 * Whether no other process has the lock, after a moment for one that was
 * killed and is not gone yet.  Where a file system has no locks, nothing else
 * is lost.
 */
static bool
lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	int tries;

	for (tries = 0; jk_sys_lock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK)
			return true;
		if (tries == 40)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

int
jk_run_folder_open(struct jk_run_folder *f, const char *path,
    enum jk_run_mode mode, struct jk_err *err)
{
	int r;

	*f = (struct jk_run_folder){ .path = path, .mode = mode, .fd = -1 };
	f->shard = jk_path_join(path, SHARD, err);
	if (!f->shard)
		return -1;
	f->made = mkdir(path, 0777) == 0;
	if (!f->made && errno == ENOENT)
		return jk_fail(err, JK_ESYS, "%s: the folder that it is to "
		    "be in is not there: make that first", path);
	if (!f->made && errno != EEXIST)
		return jk_fail_errno(err, "%s", path);
	f->fd = jk_sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (f->fd < 0)
		return errno == ENOTDIR ? jk_fail(err, JK_EUSAGE, "%s is not "
		    "a folder: choose another --out", path) : jk_fail_errno(err, "%s", path);
	if (!lock(f->fd)) {
		f->made = false;
		return jk_fail(err, JK_EUSAGE, "%s: another jk-train is at "
		    "work there", path);
	}
	if (mode != JK_RUN_NEW)
		return refuse_others_files(f, err);
	r = look(f, ".", false, err);
	if (r > 0)
		r = jk_fail(err, JK_EUSAGE, "%s exists; take --resume or "
		    "--force", path);
	return r;
}

/*
 * Copy a stream; the copy stays without its name.  Of what is no shard, and may
 * be endless, the beginning, which will be refused.
 */
static int
copy(struct jk_run_folder *f, const char *from, struct jk_err *err)
{
	struct jk_in in;
	char block[65536];
	ssize_t n;
	int r;

	if (jk_in_open(&in, from, err) < 0)
		return -1;
	r = jk_file_begin(&f->copy, f->shard, err);
	while (r == 0 && (n = jk_in_read(&in, block, sizeof block, err)) != 0) {
		r = n < 0 ? -1 : jk_out_write(&f->copy.out, block, (size_t)n,
		    err);
		if (r == 0 && in.offset == (uint64_t)n &&
		    jk_kind_of(block, (size_t)n) != JK_KIND_SHARD)
			break;
	}
	jk_in_close(&in);
	return r < 0 ? -1 : jk_out_flush(&f->copy.out, err);
}

int
jk_run_folder_shard(struct jk_run_folder *f, const char *operand,
    const char **path, const char **name, struct jk_err *err)
{
	struct stat own;

	*path = operand;
	*name = operand ? operand : "<stdin>";
	if (operand && stat(operand, &own) < 0)
		return jk_fail_errno(err, "%s", operand);
	if (operand && S_ISREG(own.st_mode)) {
		f->is_operand = jk_same_file(operand, f->shard);
		return 0;
	}
	if (f->mode == JK_RUN_RESUME && exists(f, SHARD)) {
		*path = *name = f->shard;
		return 0;
	}
	if (copy(f, operand, err) < 0)
		return -1;
	*path = f->copy.tmp;
	return 0;
}

static int
drop(struct jk_run_folder *f, const char *name, struct jk_err *err)
{
	if (strcmp(name, SHARD) == 0 && f->is_operand)
		return 0;
	if (unlinkat(f->fd, name, 0) < 0 && errno != ENOENT)
		return jk_fail_errno(err, "%s/%s", f->path, name);
	return 0;
}

bool
jk_run_folder_would_drop(const char *path, const char *input,
    bool is_operand)
{
	static const char *const folders[] = { "best", ASIDE };
	struct jk_buf own = JK_BUF_INIT, weights = JK_BUF_INIT;
	bool found = false;
	size_t i;

	jk_buf_printf(&weights, "%s/" JK_ADAPTER_WEIGHTS_FILE, input);
	for (i = 0; !found && i < sizeof ours / sizeof *ours; i++) {
		if (is_operand && strcmp(ours[i], SHARD) == 0)
			continue;
		jk_buf_clear(&own);
		jk_buf_printf(&own, "%s/%s", path, ours[i]);
		found = jk_same_file(jk_buf_str(&own), input) ||
		    jk_same_file(jk_buf_str(&own), jk_buf_str(&weights));
	}
	for (i = 0; !found && i < sizeof folders / sizeof *folders; i++) {
		jk_buf_clear(&own);
		jk_buf_printf(&own, "%s/%s", path, folders[i]);
		found = jk_same_file(jk_buf_str(&own), input);
	}
	jk_buf_release(&own);
	jk_buf_release(&weights);
	return found;
}

static int
make_folder(const struct jk_run_folder *f, const char *name,
    struct jk_err *err)
{
	if (mkdirat(f->fd, name, 0777) < 0 && errno != EEXIST)
		return jk_fail_errno(err, "%s/%s", f->path, name);
	return 0;
}

/*
 * Move all of ours there, those first by which the run could go on.  What is
 * there already is of a run that was cut off before it saved, or of the one
 * before that: it counts as long as nothing else is whole.
 */
static int
move_aside(struct jk_run_folder *f, struct jk_err *err)
{
	const bool keeps = exists(f, ASIDE "/" JK_ADAPTER_WEIGHTS_FILE) &&
	    !exists(f, JK_ADAPTER_WEIGHTS_FILE);
	char name[96];
	size_t i;

	if (make_folder(f, ASIDE, err) < 0 ||
	    make_folder(f, ASIDE "/best", err) < 0)
		return -1;
	for (i = 0; i < sizeof ours / sizeof *ours; i++) {
		if (strcmp(ours[i], SHARD) == 0 || keeps) {
			if (drop(f, ours[i], err) < 0)
				return -1;
			continue;
		}
		snprintf(name, sizeof name, ASIDE "/%s", ours[i]);
		if (renameat(f->fd, ours[i], f->fd, name) < 0 &&
		    errno != ENOENT)
			return jk_fail_errno(err, "%s/%s", f->path, ours[i]);
	}
	/* stays if something else is in it */
	(void)unlinkat(f->fd, "best", AT_REMOVEDIR);
	return 0;
}

int
jk_run_folder_saved(struct jk_run_folder *f, struct jk_err *err)
{
	char name[96];
	size_t i;

	if (!exists(f, ASIDE))
		return 0;
	for (i = 0; i < sizeof ours / sizeof *ours; i++) {
		snprintf(name, sizeof name, ASIDE "/%s", ours[i]);
		if (drop(f, name, err) < 0)
			return -1;
	}
	/* stay if something else is in them */
	(void)unlinkat(f->fd, ASIDE "/best", AT_REMOVEDIR);
	(void)unlinkat(f->fd, ASIDE, AT_REMOVEDIR);
	return 0;
}

const char *
jk_run_folder_aside(const struct jk_run_folder *f)
{
	return f->fd >= 0 && exists(f, ASIDE "/" JK_ADAPTER_WEIGHTS_FILE) ?
	    ASIDE : NULL;
}

int
jk_run_folder_begin(struct jk_run_folder *f, struct jk_err *err)
{
	f->made = false;
	if (f->mode == JK_RUN_FORCE && move_aside(f, err) < 0)
		return -1;
	if (f->copy.tmp && jk_file_commit(&f->copy, err) < 0)
		return -1;
	if (look(f, ".", true, err) < 0 || (exists(f, "best") &&
	    look(f, "best", true, err) < 0))
		return -1;
	return 0;
}

int
jk_run_folder_end(struct jk_run_folder *f, struct jk_err *err)
{
	return drop(f, JK_CHECKPOINT_FILE, err) < 0 ||
	    drop(f, SHARD, err) < 0 ? -1 : 0;
}

void
jk_run_folder_close(struct jk_run_folder *f)
{
	jk_file_abort(&f->copy);
	if (f->made)
		rmdir(f->path);
	if (f->fd >= 0)
		close(f->fd);
	free(f->shard);
	*f = (struct jk_run_folder){ .fd = -1 };
}
