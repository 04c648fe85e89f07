#ifndef JK_TRAIN_RANKS_H
#define JK_TRAIN_RANKS_H

#include <signal.h>

#include "net/link.h"
#include "train/plan.h"

/*
 * A run of several ranks before its first step.  Every rank calls the functions
 * that take a link, in the same order.
 */

/*
 * The link to the others where a launcher started several processes, else NULL:
 * as jk_mpi_open has it.  Errors: JK_EUSAGE for more ranks than shares; those
 * of jk_mpi_open.
 */
int jk_ranks_open(const struct jk_train_options *o,
    volatile sig_atomic_t *stop, int signal, struct jk_link **link,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * What this rank takes of its machine, besides others there: *nth, which of its
 * devices (jk_dev_open_nth), and *n_threads where it is 0, its part of the
 * processors that it may use.  What OMP_NUM_THREADS says stands.
 */
int jk_ranks_place(struct jk_link *l, uint32_t *nth, int *n_threads,
    struct jk_err *err) JK_WARN_UNUSED;

/* Of a device that several ranks have, a part of the memory for each. */
int jk_ranks_divide_memory(struct jk_link *l, const struct jk_dev *dev,
    struct jk_train_options *o, struct jk_err *err) JK_WARN_UNUSED;

/*
 * All that decides about a run has to be the same on all ranks: version,
 * identity; and what bits depend on: program, device, precision, threads, the
 * latter not with o->mixed: then rank 0 gets a line for each that differs.
 * Errors: JK_EUSAGE on rank 0, naming it.
 */
int jk_ranks_agree(struct jk_link *l, const struct jk_train_options *o,
    const json_t *identity, const struct jk_dev *dev, struct jk_buf *others,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * jk_train_plan, with packs cut alike everywhere: as where there is least
 * memory.  l may be NULL.
 */
int jk_ranks_plan(struct jk_link *l, struct jk_train_plan *p,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    uint32_t max_rows, struct jk_err *err) JK_WARN_UNUSED;

#endif
