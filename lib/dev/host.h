#ifndef JK_DEV_HOST_H
#define JK_DEV_HOST_H

#include "cpu/cpu.h"
#include "dev/dev.h"

/*
 * The host device: operations run at once, in plain C with OpenMP and, for
 * products with many rows, oneDNN.  An address is a pointer.
 */

/* Errors: JK_ESYS. */
int jk_host_open(int threads, struct jk_dev **dev, struct jk_err *err)
	JK_WARN_UNUSED;
/* What its operations share; NULL of another device. */
struct jk_cpu *jk_dev_cpu(struct jk_dev *dev);

#endif
