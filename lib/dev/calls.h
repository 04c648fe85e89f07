#ifndef JK_DEV_CALLS_H
#define JK_DEV_CALLS_H

#include "dev/dev.h"

/*
 * A device that computes nothing: it notes the calls that it gets, and counts
 * what is allocated (dev.used_bytes).  So a run is planned by the code that
 * then runs on the device that this one stands for.  Nothing stands at an
 * address; uploads move nothing, downloads give zeros, fetches nothing.
 * dev.n_waits counts what a device would be waited for, dev.n_submissions what it
 * would be sent for that or by jk_dev_send.
 */
struct jk_calls {
	struct jk_dev dev;	/* first: what passes run on */
	struct jk_dev *of;	/* the device that it stands for; borrowed */
	struct jk_call *v;	/* what was called */
	size_t n, cap;
	uint64_t next;		/* address */
};

void jk_calls_init(struct jk_calls *c, struct jk_dev *of);
void jk_calls_release(struct jk_calls *c);

#endif
