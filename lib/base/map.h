#ifndef JK_BASE_MAP_H
#define JK_BASE_MAP_H

#include <stddef.h>

#include "base/err.h"

/* A file mapped read-only.  An empty file has data "" and size 0. */
struct jk_map {
	const unsigned char *data;
	size_t size_bytes;
};

/* Errors: JK_ESYS; JK_EDATA for what is not a regular file. */
int jk_map_open(struct jk_map *m, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_map_close(struct jk_map *m);
/* Give the pages back; what is touched again is read again. */
void jk_map_forget(const struct jk_map *m);

#endif
