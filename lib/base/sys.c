#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* `result` of a call that is begun again where a signal cut it short. */
#define AGAIN(result, call) \
	do \
		(result) = (call); \
	while ((result) < 0 && errno == EINTR)

int
jk_sys_open(const char *path, int flags, mode_t mode)
{
	int fd;

	AGAIN(fd, open(path, flags, mode));
	return fd;
}

int
jk_sys_openat(int folder, const char *path, int flags)
{
	int fd;

	AGAIN(fd, openat(folder, path, flags));
	return fd;
}

ssize_t
jk_sys_read(int fd, void *p, size_t n)
{
	ssize_t r;

	AGAIN(r, read(fd, p, n));
	return r;
}

int
jk_sys_fsync(int fd)
{
	int r;

	AGAIN(r, fsync(fd));
	return r;
}

int
jk_sys_ftruncate(int fd, off_t size_bytes)
{
	int r;

	AGAIN(r, ftruncate(fd, size_bytes));
	return r;
}

int
jk_sys_lock(int fd, int operation)
{
	int r;

	AGAIN(r, flock(fd, operation));
	return r;
}

int
jk_sys_close(int fd)
{
	int r = close(fd);

	return r < 0 && errno == EINTR ? 0 : r;
}
