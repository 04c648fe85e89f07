#include "base/temp.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

static const char MARK[] = "tmp-";

char *
jk_temp_name(const char *path)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_buf_printf(&b, "%s.%s%ld", path, MARK, (long)getpid());
	if (b.failed)
		jk_buf_release(&b);
	return b.data;
}

bool
jk_temp_is(const char *name)
{
	const char *p = strrchr(name, '.');
	size_t n = sizeof MARK - 1;

	return p && strncmp(p + 1, MARK, n) == 0 && p[1 + n] &&
	    p[1 + n + strspn(p + 1 + n, "0123456789")] == '\0';
}

/* The process that a name is of, or 0. */
static pid_t
owner(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);
	char *end;
	long pid;

	if (strncmp(name, prefix, n) != 0 ||
	    strncmp(name + n, MARK, sizeof MARK - 1) != 0)
		return 0;
	name += n + sizeof MARK - 1;
	if (*name < '1' || *name > '9')
		return 0;
	pid = strtol(name, &end, 10);
	return (*end == '\0' || *end == '.') && pid <= INT_MAX ? (pid_t)pid :
	    0;
}

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) < 0 && errno == ESRCH;
}

void
jk_temp_stale(const char *dir, const char *prefix,
    void (*found)(const char *path))
{
	DIR *d = opendir(dir);
	struct jk_buf path = JK_BUF_INIT;
	const struct dirent *e;
	pid_t pid;

	while (d && (e = readdir(d))) {
		pid = owner(e->d_name, prefix);
		if (pid == 0 || !is_gone(pid))
			continue;
		jk_buf_clear(&path);
		jk_buf_printf(&path, "%s/%s", dir, e->d_name);
		if (!path.failed)
			found(path.data);
	}
	if (d)
		closedir(d);
	jk_buf_release(&path);
}

void
jk_temp_stale_beside(const char *path, void (*found)(const char *path))
{
	struct jk_buf prefix = JK_BUF_INIT;
	const char *name;
	char *dir = jk_path_folder(path, &name);

	jk_buf_printf(&prefix, "%s.", name);
	if (dir && !prefix.failed)
		jk_temp_stale(dir, prefix.data, found);
	free(dir);
	jk_buf_release(&prefix);
}

static void
remove_file(const char *path)
{
	(void)unlink(path);
}

void
jk_temp_sweep(const char *path)
{
	jk_temp_stale_beside(path, remove_file);
}
