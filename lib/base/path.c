#include "base/path.h"

#include <stdio.h>
#include <string.h>

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
