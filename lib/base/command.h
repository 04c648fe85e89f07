#ifndef JK_BASE_COMMAND_H
#define JK_BASE_COMMAND_H

#include "base/err.h"

/*
 * Run a command of the user's, `sh -c TEXT`, to its end: it reads the file `in`
 * from its start and writes `out`, its standard error is ours.  Both descriptors
 * stay the caller's.  Errors: JK_ESYS (it cannot be run); JK_EDATA where it
 * ends with a status other than 0, or by a signal.
 */
int jk_command_run(const char *text, int in, int out, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
