#ifndef JK_NET_LAUNCH_H
#define JK_NET_LAUNCH_H

#include <stdint.h>

/*
 * How many processes a launcher says that it has started together: mpirun, or
 * srun.  1 where there is none.  *by (may be NULL): the variable of the
 * environment that says so.
 */
uint32_t jk_launched(const char **by);

#endif
