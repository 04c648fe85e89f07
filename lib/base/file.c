#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/sys.h"
#include "base/temp.h"

/*
 * What must not be replaced: a device or a pipe, or the system's link to an
 * open file, as /dev/stderr, whatever that is.
 */
static bool
is_device(const char *path)
{
	struct stat st;

	if ((strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) ==
	    0) && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return true;
	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode);
}

int
jk_file_begin(struct jk_file *f, const char *path, struct jk_err *err)
{
	const bool replaces = !is_device(path);
	int fd;

	*f = (struct jk_file){ .path = strdup(path),
		.tmp = replaces ? jk_temp_name(path) : NULL };
	if (!f->path || (replaces && !f->tmp)) {
		jk_fail_nomem(err);
		goto fail;
	}
	if (f->tmp)
		jk_temp_sweep(path);
	fd = f->tmp ? jk_sys_open(f->tmp, O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC, 0666) : jk_sys_open(path, O_WRONLY | O_APPEND |
	    O_CLOEXEC, 0);
	if (fd < 0) {
		jk_fail_errno(err, "%s", path);
		goto fail;
	}
	if (jk_out_init(&f->out, fd, f->path, err) < 0) {
		close(fd);
		if (f->tmp)
			unlink(f->tmp);
		goto fail;
	}
	return 0;
fail:
	free(f->path);
	free(f->tmp);
	*f = (struct jk_file){ 0 };
	return -1;
}

int
jk_sync_folder(const char *path, struct jk_err *err)
{
	const char *name;
	char *dir = jk_path_folder(path, &name);
	int fd, r = 0;

	if (!dir)
		return jk_fail_nomem(err);
	fd = jk_sys_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	/* some file systems can't sync a folder: EINVAL is not a failure */
	if (fd < 0 || (jk_sys_fsync(fd) < 0 && errno != EINVAL))
		r = jk_fail_errno(err, "%s: its folder cannot be synced",
		    path);
	if (fd >= 0)
		close(fd);
	free(dir);
	return r;
}

int
jk_file_commit(struct jk_file *f, struct jk_err *err)
{
	int r = jk_is_nomem_noted() ? jk_fail_nomem(err) :
	    jk_out_flush(&f->out, err);

	if (r == 0 && f->tmp && jk_sys_fsync(f->out.fd) < 0)
		r = jk_fail_errno(err, "%s", f->path);
	if (r == 0)
		r = jk_out_close(&f->out, err);
	if (r == 0 && f->tmp && rename(f->tmp, f->path) < 0)
		r = jk_fail_errno(err, "%s", f->path);
	if (r == 0 && f->tmp) {
		free(f->tmp);
		f->tmp = NULL;
		r = jk_sync_folder(f->path, err);
	}
	jk_file_abort(f);
	return r;
}

void
jk_file_abort(struct jk_file *f)
{
	if (f->out.data) {
		close(f->out.fd);
		jk_out_release(&f->out);
	}
	if (f->tmp)
		unlink(f->tmp);
	free(f->path);
	free(f->tmp);
	*f = (struct jk_file){ 0 };
}

int
jk_file_put(const char *path, const void *data, size_t n, struct jk_err *err)
{
	struct jk_file f;

	if (jk_file_begin(&f, path, err) < 0)
		return -1;
	if (jk_out_write(&f.out, data, n, err) < 0) {
		jk_file_abort(&f);
		return -1;
	}
	return jk_file_commit(&f, err);
}
