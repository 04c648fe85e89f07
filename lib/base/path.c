#include "base/path.h"

#include <string.h>

char *
jk_path_folder(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	return slash ? strndup(path, (size_t)(*name - path)) : strdup(".");
}
