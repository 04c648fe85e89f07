#include "base/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
jk_path_join(const char *folder, const char *name, struct jk_err *err)
{
	size_t n = strlen(folder), n_name = strlen(name);
	char *path = malloc(n + n_name + 2);

	if (!path) {
		jk_fail_nomem(err);
		return NULL;
	}
	memcpy(path, folder, n);
	path[n] = '/';
	memcpy(path + n + 1, name, n_name + 1);
	return path;
}

char *
jk_path_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	return slash ? strndup(path, (size_t)(*name - path)) : strdup(".");
}

int
jk_path_part(const char *name, const char *ending, int *n)
{
	const size_t size = strlen(name), back = JK_PATH_PART_BYTES +
	    strlen(ending);
	char want[40];
	const char *at;
	int part;

	if (size < back)
		return 0;
	at = name + size - back;
	if (sscanf(at, "-%5d-of-%5d", &part, n) != 2 ||
	    part < 1 || *n < part)
		return 0;
	snprintf(want, sizeof want, "-%05d-of-%05d", part, *n);
	return strncmp(at, want, JK_PATH_PART_BYTES) == 0 &&
	    strcmp(at + JK_PATH_PART_BYTES, ending) == 0 ? part : 0;
}

bool
jk_is_absent(const char *path)
{
	return access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool
jk_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
	    (S_ISREG(x.st_mode) || S_ISDIR(x.st_mode));
}

bool
jk_same_place(const char *a, const char *b)
{
	const char *name_a, *name_b;
	char *folder_a, *folder_b;
	struct stat st;
	bool same = false;

	if (stat(a, &st) == 0 || stat(b, &st) == 0)
		return jk_same_file(a, b);
	folder_a = jk_path_folder(a, &name_a);
	folder_b = jk_path_folder(b, &name_b);
	if (folder_a && folder_b)
		same = strcmp(name_a, name_b) == 0 &&
		    jk_same_file(folder_a, folder_b);
	else
		jk_note_nomem();
	free(folder_a);
	free(folder_b);
	return same;
}
