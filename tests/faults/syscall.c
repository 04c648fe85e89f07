/*
 * LD_PRELOAD: let the JK_FAIL_AT-th system call of a process go wrong, counted
 * from main() on, of those that have to do with files; JK_FAIL_LOG names a file
 * that gets a line "CALL PATH" for each.  JK_FAIL_HOW says how:
 *
 *	NUMBER	it fails, with errno NUMBER; close() closes all the same
 *	short	a write() of half of the bytes, which says so
 *	kill	the process is killed (SIGKILL) before it
 *	half	a write() of half of the bytes, and the process is killed
 *	after	the process is killed after it
 *
 * What is in /dev, /proc and /sys does not count, nor what the C library and
 * LLVM's OpenMP open for themselves.  Memory from mmap() counts where the program itself asks for it;
 * its path is "-".  open() and close() are called open-w and close-w in the
 * log where it is for writing.
 *
 * Everything here goes to the kernel by syscall(2), so that nothing has to be
 * looked up.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum how { NEVER, ERROR, SHORT, KILL, HALF, AFTER };

static atomic_long count;
static long fail_at;
static enum how how;
static int fail_errno, log_fd = -1, is_on;

__attribute__((constructor(65535))) static void
begin(void)
{
	static const char *const names[] = { [SHORT] = "short",
		[KILL] = "kill", [HALF] = "half", [AFTER] = "after" };
	const char *at = getenv("JK_FAIL_AT"), *s = getenv("JK_FAIL_HOW");
	const char *log = getenv("JK_FAIL_LOG");
	int i;

	fail_at = at ? atol(at) : 0;
	fail_errno = s ? atoi(s) : 0;
	how = fail_errno ? ERROR : NEVER;
	for (i = SHORT; s && i <= AFTER; i++)
		if (strcmp(s, names[i]) == 0)
			how = (enum how)i;
	if (log)
		log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY |
		    O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	is_on = 1;
}

static void
die(void)
{
	syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
	for (;;)
		pause();
}

/* What is to happen to this call; KILL has happened. */
static enum how
meet(const char *call, const char *path)
{
	char line[5000];
	int n;

	if (!is_on || strncmp(path, "/proc/", 6) == 0 ||
	    strncmp(path, "/sys/", 5) == 0 ||
	    strncmp(path, "/dev/shm/__KMP", 14) == 0 ||
	    (strncmp(path, "/dev/", 5) == 0 &&
	    strncmp(path, "/dev/shm/", 9) != 0))
		return NEVER;
	if (log_fd >= 0) {
		n = snprintf(line, sizeof line, "%s %s\n", call, path);
		if (syscall(SYS_write, log_fd, line, (size_t)n) != n)
			_exit(99);
	}
	if (++count != fail_at)
		return NEVER;
	if (how == KILL)
		die();
	return how;
}

/* The same for what a descriptor is of; pipes and terminals do not count. */
static enum how
meet_fd(const char *call, int fd)
{
	char link[40], path[4096];
	long n;

	if (!is_on)
		return NEVER;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlink, link, path, sizeof path - 1);
	if (n <= 0)
		return NEVER;
	path[n] = '\0';
	return *path == '/' ? meet(call, path) : NEVER;
}

/* The call itself, if it is to take place. */
#define CALL(type, met, ...) do { \
	const enum how h_ = (met); \
	type r_; \
\
	if (h_ == ERROR) { \
		errno = fail_errno; \
		return (type)-1; \
	} \
	r_ = (type)syscall(__VA_ARGS__); \
	if (h_ == AFTER) \
		die(); \
	return r_; \
} while (0)

static const char *
open_name(int flags)
{
	return (flags & O_ACCMODE) == O_RDONLY ? "open" : "open-w";
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	CALL(int, meet(open_name(flags), path), SYS_openat, AT_FDCWD, path,
	    flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & (O_CREAT | __O_TMPFILE)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	CALL(int, meet(open_name(flags), path), SYS_openat, dir, path, flags,
	    mode);
}

int
close(int fd)
{
	const int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
	const enum how h = flags < 0 ? NEVER : meet_fd((flags & O_ACCMODE) ==
	    O_RDONLY ? "close" : "close-w", fd);
	int r = (int)syscall(SYS_close, fd);

	if (h == AFTER)
		die();
	if (h == ERROR) {
		errno = fail_errno;
		return -1;
	}
	return r;
}

ssize_t
read(int fd, void *p, size_t n)
{
	CALL(ssize_t, meet_fd("read", fd), SYS_read, fd, p, n);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	CALL(ssize_t, meet_fd("read", fd), SYS_pread64, fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	const enum how h = meet_fd("write", fd);

	if (h == SHORT)
		return syscall(SYS_write, fd, p, (n + 1) / 2);
	if (h == HALF) {
		syscall(SYS_write, fd, p, n / 2);
		die();
	}
	CALL(ssize_t, h, SYS_write, fd, p, n);
}

off_t
lseek(int fd, off_t at, int whence)
{
	CALL(off_t, meet_fd("lseek", fd), SYS_lseek, fd, at, whence);
}

int
access(const char *path, int mode)
{
	CALL(int, meet("access", path), SYS_faccessat, AT_FDCWD, path, mode);
}

int
faccessat(int dir, const char *path, int mode, int flags)
{
	(void)flags;	/* none are used */
	CALL(int, meet("access", path), SYS_faccessat, dir, path, mode);
}

int
stat(const char *path, struct stat *st)
{
	CALL(int, meet("stat", path), SYS_newfstatat, AT_FDCWD, path, st, 0);
}

int
lstat(const char *path, struct stat *st)
{
	CALL(int, meet("stat", path), SYS_newfstatat, AT_FDCWD, path, st,
	    AT_SYMLINK_NOFOLLOW);
}

int
fstat(int fd, struct stat *st)
{
	CALL(int, meet_fd("stat", fd), SYS_fstat, fd, st);
}

int
fsync(int fd)
{
	CALL(int, meet_fd("fsync", fd), SYS_fsync, fd);
}

int
ftruncate(int fd, off_t size)
{
	CALL(int, meet_fd("ftruncate", fd), SYS_ftruncate, fd, size);
}

int
flock(int fd, int operation)
{
	CALL(int, meet_fd("flock", fd), SYS_flock, fd, operation);
}

int
rename(const char *from, const char *to)
{
	CALL(int, meet("rename", to), SYS_renameat, AT_FDCWD, from, AT_FDCWD,
	    to);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	CALL(int, meet("rename", to), SYS_renameat, a, from, b, to);
}

int
unlink(const char *path)
{
	CALL(int, meet("unlink", path), SYS_unlinkat, AT_FDCWD, path, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	CALL(int, meet("unlink", path), SYS_unlinkat, dir, path, flags);
}

int
mkdir(const char *path, mode_t mode)
{
	CALL(int, meet("mkdir", path), SYS_mkdirat, AT_FDCWD, path, mode);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	CALL(int, meet("mkdir", path), SYS_mkdirat, dir, path, mode);
}

int
rmdir(const char *path)
{
	CALL(int, meet("rmdir", path), SYS_unlinkat, AT_FDCWD, path,
	    AT_REMOVEDIR);
}

/* Whether an address is in the program, not in a library. */
static int
is_ours(void *address)
{
	const uintptr_t header = (uintptr_t)getauxval(AT_PHDR);
	Dl_info info;

	return dladdr(address, &info) &&
	    (uintptr_t)info.dli_fbase == (header & ~(uintptr_t)4095);
}

void *
mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	enum how h = NEVER;

	if (fd >= 0)
		h = meet_fd("mmap", fd);
	else if (is_on && is_ours(__builtin_return_address(0)))
		h = meet("mmap", "-");
	CALL(void *, h, SYS_mmap, at, n, protection, flags, fd, offset);
}
