#ifndef JK_BASE_OPT_FILES_H
#define JK_BASE_OPT_FILES_H

#include "base/opt.h"

/* Files that options and operands name. */

/* A path as they have it; "-" is standard input. */
const char *jk_opt_input_path(const char *path);

/*
 * Refuse to write over what is read: a file of JK_OPT_OUTPUT that is an operand,
 * standard input without one, standard output, or a file of another option.
 * Errors: JK_EUSAGE.
 */
int jk_opt_check_outputs(const struct jk_opts *tables,
    const struct jk_strings *operands, struct jk_err *err) JK_WARN_UNUSED;

#endif
