#ifndef JK_TRAIN_LOG_H
#define JK_TRAIN_LOG_H

#include "base/json.h"

/*
 * log.jsonl of a run, see jk-train(1): lines are appended as they come, and
 * what stands behind the last checkpoint is written again by a run that goes
 * on.
 */

/*
 * Open DIR/log.jsonl to append, cut to `known_bytes`: a descriptor, or -1.
 * Errors: JK_ESYS; JK_EDATA where it is shorter than that.
 */
int jk_train_log_open(const char *dir, uint64_t known_bytes,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Append v, which it takes (NULL: for want of memory), as a line, and add its
 * length to *n_bytes; below 0, `fd` is no file and nothing is written.
 * Errors: JK_ESYS.
 */
int jk_train_log_put(int fd, const char *dir, json_t *v, uint64_t *n_bytes,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
