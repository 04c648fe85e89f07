#ifndef JK_TEST_FAMILIES_H
#define JK_TEST_FAMILIES_H

#include <dirent.h>

#include "tap.h"

/* Recorded models: tests/data/tiny/FAMILY, FAMILY/FAMILY-TYPE.gguf. */

static int
is_family(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
is_gguf(const struct dirent *d)
{
	return strstr(d->d_name, ".gguf") != NULL;
}

/* Call `use` for each GGUF file of each family, by name. */
__attribute__((unused)) static void
each_gguf(void (*use)(const char *family, const char *type))
{
	struct dirent **families = NULL, **files = NULL;
	int n = scandir("tests/data/tiny", &families, is_family, alphasort);
	int n_files, i, k, n_used = 0;
	char path[288];

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof path, "tests/data/tiny/%s",
		    families[i]->d_name);
		n_files = scandir(path, &files, is_gguf, alphasort);
		for (k = 0; k < n_files; k++, n_used++) {
			*strstr(files[k]->d_name, ".gguf") = '\0';
			use(families[i]->d_name, files[k]->d_name +
			    strlen(families[i]->d_name) + 1);
			free(files[k]);
		}
		free(files);
		free(families[i]);
	}
	free(families);
	ok(n_used >= 8, "%d recorded GGUF files", n_used);
}

/* Call `use` for each family. */
__attribute__((unused)) static void
each_family(void (*use)(const char *family))
{
	struct dirent **list = NULL;
	int n = scandir("tests/data/tiny", &list, is_family, alphasort), i;

	ok(n >= 8, "%d recorded models", n);
	for (i = 0; i < n; i++) {
		use(list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

#endif
