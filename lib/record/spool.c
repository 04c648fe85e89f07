#include "record/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sys.h"

static const char NAME[] = "<temporary file>";

/* For file systems without files that have no name: -1, errno says why. */
static int
open_and_unlink(const char *folder)
{
	struct jk_buf path = JK_BUF_INIT;
	int fd;

	jk_buf_printf(&path, "%s/jk-XXXXXX", folder);
	if (path.failed) {
		errno = ENOMEM;
		return -1;
	}
	do
		fd = mkostemp(path.data, O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd >= 0)
		unlink(path.data);
	jk_buf_release(&path);
	return fd;
}

int
jk_spool_open(struct jk_spool *s, struct jk_err *err)
{
	const char *folder = getenv("TMPDIR");
	int fd;

	*s = (struct jk_spool){ .out.fd = -1 };
	if (!folder || !*folder)
		folder = "/tmp";
	fd = jk_sys_open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC,
	    0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		fd = open_and_unlink(folder);
	if (fd < 0)
		return jk_fail_errno(err, "%s: cannot make a temporary file "
		    "(set TMPDIR to a folder with room)", folder);
	if (jk_out_init(&s->out, fd, NAME, err) < 0) {
		close(fd);
		return -1;
	}
	return 0;
}

void
jk_spool_close(struct jk_spool *s)
{
	if (s->out.data) {
		close(s->out.fd);
		jk_out_release(&s->out);
	}
}

int
jk_spool_add(struct jk_spool *s, const void *data, size_t n,
    struct jk_err *err)
{
	s->size_bytes += n;
	return jk_out_write(&s->out, data, n, err);
}

int
jk_spool_flush(struct jk_spool *s, struct jk_err *err)
{
	return jk_out_flush(&s->out, err);
}

int
jk_spool_get(const struct jk_spool *s, uint64_t offset, void *p, size_t n,
    struct jk_err *err)
{
	char *to = p;
	ssize_t k;

	while (n > 0) {
		k = pread(s->out.fd, to, n, (off_t)offset);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return jk_fail_errno(err, "%s", NAME);
		if (k == 0)
			return jk_fail(err, JK_ESYS, "%s: shorter than what "
			    "was written", NAME);
		to += k;
		n -= (size_t)k;
		offset += (uint64_t)k;
	}
	return 0;
}

int
jk_spool_rewind(struct jk_spool *s, struct jk_in *in, struct jk_err *err)
{
	int fd;

	if (jk_out_flush(&s->out, err) < 0)
		return -1;
	fd = fcntl(s->out.fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		jk_fail_errno(err, "%s", NAME);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (jk_in_open(in, NULL, err) < 0) {
		close(fd);
		return -1;
	}
	in->fd = fd;
	in->name = NAME;
	in->max_line = 0;	/* what was written was read */
	in->size_bytes = s->size_bytes;
	return 0;
}
