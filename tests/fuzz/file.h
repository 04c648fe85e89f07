#ifndef JK_FUZZ_FILE_H
#define JK_FUZZ_FILE_H

/* For targets that read files: the bytes as one, and what has to hold. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FUZZ_PATH = 32 };

static void
fuzz_check(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "fuzz: %s\n", what);
		abort();
	}
}

/* A nameless file of n bytes at its begin, and its path; to be closed. */
static int
fuzz_file(const unsigned char *data, size_t n, char path[FUZZ_PATH])
{
	int fd = memfd_create("fuzz", 0);

	fuzz_check(fd >= 0 && write(fd, data, n) == (ssize_t)n &&
	    lseek(fd, 0, SEEK_SET) == 0, "memfd");
	snprintf(path, FUZZ_PATH, "/dev/fd/%d", fd);
	return fd;
}

#endif
