#ifndef JK_BASE_DISK_H
#define JK_BASE_DISK_H

#include <stdint.h>

#include "base/err.h"

/*
 * Whether the file system that `fd`, a file or a folder, is on has room for
 * `size_bytes` more; what cannot say, as a pipe, has.  Asked before long work: the
 * disk may still fill up.  `name` is for the message.  Errors: JK_ESYS.
 */
int jk_disk_check(int fd, const char *name, uint64_t size_bytes,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
