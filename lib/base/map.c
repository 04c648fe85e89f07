#include "base/map.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"

int
jk_map_open(struct jk_map *m, const char *path, struct jk_err *err)
{
	struct stat st;
	void *p;
	int fd;

	*m = (struct jk_map){ .data = (const unsigned char *)"" };
	/* a named pipe, which is refused below, would wait for its writer */
	fd = jk_sys_open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return jk_fail_errno(err, "%s", path);
	if (fstat(fd, &st) < 0) {
		jk_fail_errno(err, "%s", path);
		close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return jk_fail(err, JK_EDATA, "%s: not a regular file", path);
	}
	if (st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p == MAP_FAILED) {
			jk_fail_errno(err, "%s", path);
			close(fd);
			return -1;
		}
		m->data = p;
		m->size_bytes = (size_t)st.st_size;
	}
	close(fd);
	return 0;
}

void
jk_map_forget(const struct jk_map *m)
{
	/* advice: nothing is lost when it is not taken */
	if (m->size_bytes > 0)
		(void)madvise((void *)(uintptr_t)m->data, m->size_bytes,
		    MADV_DONTNEED);
}

void
jk_map_close(struct jk_map *m)
{
	if (m->size_bytes)
		munmap((void *)(uintptr_t)m->data, m->size_bytes);
	*m = (struct jk_map){ .data = (const unsigned char *)"" };
}
