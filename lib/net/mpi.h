#ifndef JK_NET_MPI_H
#define JK_NET_MPI_H

#include <signal.h>

#include "net/link.h"

/*
 * The processes that mpirun or srun has started together, as a link.
 *
 * Each rank tells rank 0 every second that it lives, and rank 0 all the others,
 * from a thread of its own.  One that was not heard of for JK_SILENCE_S is lost:
 * whoever waits for anybody fails, naming it.
 */
enum { JK_SILENCE_S = 20 };

/*
 * n: how many there have to be.  *stop: asked while rank 0 waits; it stops
 * waiting soon after that is not 0, and on every rank it is set to `signal` when
 * a rank is lost, so that computing ends, too.  Errors: JK_ESYS where there is no
 * Open MPI, where it does not work, and where it sees another number.
 */
int jk_mpi_open(uint32_t n, volatile sig_atomic_t *stop, int signal,
    struct jk_link **link, struct jk_err *err) JK_WARN_UNUSED;

/* Whether a rank is lost; then an error that names it.  */
bool jk_mpi_has_lost(const struct jk_link *l, struct jk_err *err);

/* End, with all other ranks: waits for them. */
void jk_mpi_close(struct jk_link *l);

/* End this process and all others, with an exit status. */
_Noreturn void jk_mpi_abort(struct jk_link *l, int status);

#endif
