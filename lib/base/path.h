#ifndef JK_BASE_PATH_H
#define JK_BASE_PATH_H

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

#endif
