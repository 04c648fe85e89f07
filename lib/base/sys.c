#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int
jk_sys_open(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int
jk_sys_openat(int folder, const char *path, int flags)
{
	int fd;

	do
		fd = openat(folder, path, flags);
	while (fd < 0 && errno == EINTR);
	return fd;
}

ssize_t
jk_sys_read(int fd, void *p, size_t n)
{
	ssize_t r;

	do
		r = read(fd, p, n);
	while (r < 0 && errno == EINTR);
	return r;
}

int
jk_sys_fsync(int fd)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r;
}

int
jk_sys_ftruncate(int fd, off_t size_bytes)
{
	int r;

	do
		r = ftruncate(fd, size_bytes);
	while (r < 0 && errno == EINTR);
	return r;
}

int
jk_sys_lock(int fd, int operation)
{
	int r;

	do
		r = flock(fd, operation);
	while (r < 0 && errno == EINTR);
	return r;
}

int
jk_sys_close(int fd)
{
	int r = close(fd);

	return r < 0 && errno == EINTR ? 0 : r;
}
