#ifndef JK_BASE_PATH_H
#define JK_BASE_PATH_H

/*
 * The folder that `path` is in, "." or with a slash at its end, which the caller
 * frees; NULL without memory.  *name is the rest, in `path`.
 */
char *jk_path_folder(const char *path, const char **name);

#endif
