/*
 * LD_PRELOAD: let the JK_FAIL_AT-th allocation of a process fail, counted from
 * main() on, and write how many there were into the file JK_FAIL_COUNT.  With
 * JK_FAIL_ALL=1 all from there on fail.  Where a crash is not ours but in a
 * library that does without memory badly (oneDNN, a Vulkan driver, LLVM's
 * OpenMP), the status is 98.
 *
 * glibc's own names are what is asked for memory, so that nothing has to be
 * looked up in the middle of an allocation.
 */

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);

static atomic_long count;
static long fail_at;
static int fail_all, is_on;

/* Whether the first frame that tells, from the innermost on, is theirs. */
static int
is_theirs(void **frames, int n)
{
	static const char *const mute[] = { "alloc.so", "libc.so", "libstdc++",
		"libgcc", "libgomp", "libpthread", "libm.so" };
	Dl_info info;
	size_t k;
	int i;

	for (i = 0; i < n; i++) {
		if (!dladdr(frames[i], &info) || !info.dli_fname)
			continue;
		for (k = 0; k < sizeof mute / sizeof *mute; k++)
			if (strstr(info.dli_fname, mute[k]))
				break;
		if (k == sizeof mute / sizeof *mute)
			return strstr(info.dli_fname, "libdnnl") ||
			    strstr(info.dli_fname, "libomp") ||
			    strstr(info.dli_fname, "libvulkan") ||
			    strstr(info.dli_fname, "libLLVM");
	}
	return 0;
}

static void
on_crash(int sig)
{
	void *frames[64];

	is_on = 0;
	if (is_theirs(frames, backtrace(frames, 64)))
		_exit(98);
	signal(sig, SIG_DFL);
	raise(sig);
}

__attribute__((constructor(65535))) static void
begin(void)
{
	void *frame;

	(void)backtrace(&frame, 1);	/* loads what it needs */
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	const char *at = getenv("JK_FAIL_AT"), *all = getenv("JK_FAIL_ALL");

	fail_at = at ? atol(at) : 0;
	fail_all = all && *all == '1';
	is_on = 1;
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("JK_FAIL_COUNT");
	char s[32];
	int fd, n;

	is_on = 0;
	fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644) : -1;
	n = snprintf(s, sizeof s, "%ld\n", (long)count);
	if (fd >= 0 && write(fd, s, (size_t)n) != n)
		_exit(99);
}

static int
fails(void)
{
	long n;

	if (!is_on)
		return 0;
	n = ++count;
	if (fail_at == 0 || n < fail_at || (n > fail_at && !fail_all))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

void *
aligned_alloc(size_t alignment, size_t n)
{
	return fails() ? NULL : __libc_memalign(alignment, n);
}

int
posix_memalign(void **p, size_t alignment, size_t n)
{
	if (fails())
		return ENOMEM;
	*p = __libc_memalign(alignment, n);
	return *p ? 0 : ENOMEM;
}
