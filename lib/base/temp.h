#ifndef JK_BASE_TEMP_H
#define JK_BASE_TEMP_H

#include <stdbool.h>

/*
 * Names for what is written beside the place where it shall stand: NAME, then
 * ".tmp-" and the number of the process that writes it, perhaps with more
 * behind another dot.  A process that was killed leaves such files; the next
 * one that writes NAME removes them.  Where several machines, or containers
 * with numbers of their own, write one NAME at the same time, the one that
 * finishes while another begins may fail (ENOENT): the others' files are as
 * whole as always.
 */

/* NAME.tmp-PID, which the caller frees; NULL without memory. */
char *jk_temp_name(const char *path);

/* Whether a name in a folder ends in ".tmp-" and a number. */
bool jk_temp_is(const char *name);

/*
 * Call found(path) for everything in the folder `dir` that is named PREFIX,
 * "tmp-" and the number of a process, perhaps with a dot and more behind it,
 * where that process is gone.  What cannot be looked at stays, and so does what
 * has the number of this process, which writes over it.
 */
void jk_temp_stale(const char *dir, const char *prefix,
    void (*found)(const char *path));

/* The same beside `path`, a final name: PATH.tmp-PID and so on. */
void jk_temp_stale_beside(const char *path, void (*found)(const char *path));

/* Remove such files. */
void jk_temp_sweep(const char *path);

#endif
