#ifndef JK_BASE_SYS_H
#define JK_BASE_SYS_H

#include <sys/types.h>

/*
 * System calls that a signal may cut short (EINTR), begun again until they are
 * through.  Otherwise they are what they are called after: errno tells.
 */

/* `mode` is that of a new file. */
int jk_sys_open(const char *path, int flags, mode_t mode);
int jk_sys_openat(int folder, const char *path, int flags);
ssize_t jk_sys_read(int fd, void *p, size_t n);
int jk_sys_fsync(int fd);
int jk_sys_ftruncate(int fd, off_t size_bytes);
/* flock(2). */
int jk_sys_lock(int fd, int operation);
/* Not begun again: Linux has closed it, and the number may be another's. */
int jk_sys_close(int fd);

#endif
