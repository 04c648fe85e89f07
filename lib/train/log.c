#include "train/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json_write.h"
#include "base/out.h"
#include "base/path.h"
#include "base/sys.h"
#include "train/save.h"

/* Lines behind what is known are written again. */
static int
cut(int fd, const char *path, off_t known, struct jk_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return jk_fail_errno(err, "%s", path);
	if (st.st_size < known)
		return jk_fail(err, JK_EDATA, "%s is shorter than it was at "
		    "the checkpoint; --force begins again", path);
	if (jk_sys_ftruncate(fd, known) < 0)
		return jk_fail_errno(err, "%s", path);
	return 0;
}

int
jk_train_log_open(const char *dir, uint64_t known_bytes, struct jk_err *err)
{
	char *path = jk_path_join(dir, JK_LOG_FILE, err);
	int fd;

	if (!path)
		return -1;
	fd = jk_sys_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0666);
	if (fd < 0) {
		jk_fail_errno(err, "%s", path);
	} else if (cut(fd, path, (off_t)known_bytes, err) < 0) {
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

int
jk_train_log_put(int fd, const char *dir, json_t *v, uint64_t *n_bytes,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	int r = 0;

	if (!v)
		return jk_fail_nomem(err);
	if (fd >= 0) {
		jk_json_write(&b, v);
		if (b.len > 0 && b.data[b.len - 1] != '\n')
			jk_buf_addc(&b, '\n');
		r = jk_buf_check(&b, err);
		if (r == 0)
			r = jk_write_all(fd, b.data, b.len, err);
		if (r < 0)
			jk_fail_prefix(err, "%s/" JK_LOG_FILE, dir);
		*n_bytes += b.len;
	}
	jk_buf_release(&b);
	json_decref(v);
	return r;
}
