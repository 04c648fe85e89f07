#include "base/disk.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

int
jk_disk_check(int fd, const char *name, uint64_t size_bytes,
    struct jk_err *err)
{
	struct statvfs v;
	struct stat st;
	uint64_t free_bytes;

	if (fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) ||
	    S_ISDIR(st.st_mode)) || fstatvfs(fd, &v) < 0 || v.f_blocks == 0)
		return 0;
	free_bytes = (uint64_t)v.f_bavail * v.f_frsize;
	if (size_bytes <= free_bytes)
		return 0;
	return jk_fail(err, JK_ESYS, "%s: %.1f MiB are needed on the disk, "
	    "%.1f MiB are free", name, (double)size_bytes / 0x1p20,
	    (double)free_bytes / 0x1p20);
}
