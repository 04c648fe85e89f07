#ifndef JK_NET_AGREE_H
#define JK_NET_AGREE_H

#include <jansson.h>

#include "base/buf.h"
#include "net/link.h"

/*
 * What all ranks have to agree on: called on every rank with its own facts, an
 * object of values and objects.  On rank 0 they are compared with its own.
 * others NULL: the first one that differs is an error, JK_EUSAGE, which names the
 * rank, the member, and both values; else each is a line there.  Errors
 * besides: JK_ESYS.
 */
int jk_agree(struct jk_link *l, const json_t *facts, struct jk_buf *others,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
