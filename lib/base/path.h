#ifndef JK_BASE_PATH_H
#define JK_BASE_PATH_H

#include <stdbool.h>

#include "base/err.h"

/* Names of files, and what stands under them. */

/* FOLDER/NAME, which the caller frees; NULL without memory (JK_ESYS). */
char *jk_path_join(const char *folder, const char *name, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The folder that `path` is in, "." or with a slash at its end, which the caller
 * frees; NULL without memory.  *name is the rest, in `path`.
 */
char *jk_path_folder(const char *path, const char **name);

/*
 * Files in parts are called STEM-00001-of-00003ENDING, both by gguf-split and by
 * transformers.  The number of the part, and in *n of how many; 0: a name of no
 * part.
 */
enum { JK_PATH_PART_BYTES = 15 };	/* "-00001-of-00003" */
int jk_path_part(const char *name, const char *ending, int *n);

/*
 * Whether nothing has that name.  Where it cannot be told, as with an error of
 * the disk, something may have it: opening it says what is wrong.
 */
bool jk_is_absent(const char *path);

/*
 * Whether two paths lead to one regular file or folder, by links of any kind;
 * false where one of them leads to nothing.
 */
bool jk_same_file(const char *a, const char *b);
/* The same, also of two that do not exist: one name in one folder. */
bool jk_same_place(const char *a, const char *b);

#endif
