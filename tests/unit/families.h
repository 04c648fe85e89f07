#ifndef JK_TEST_FAMILIES_H
#define JK_TEST_FAMILIES_H

#include <dirent.h>

#include "tap.h"

static int
is_family(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Call `use` for each folder of tests/data/tiny, by name. */
static void
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
