#ifndef JK_OP_ATTENTION_PACK_H
#define JK_OP_ATTENTION_PACK_H

#include "op/attention.h"

#define jk_attention_pack JK_ISA_NAME(jk_attention_pack)
#define jk_attention_pack_need JK_ISA_NAME(jk_attention_pack_need)

/*
 * The host's attention for a pack: key rows are the rows of the pass, and rows
 * of a sequence stand together (own_end is theirs).  Queries of all heads that
 * share a key head lie below each other in one tile, tiles of keys pass by as
 * small matrix products.  How a row's sums are grouped depends on where it
 * stands, not on the number of threads.  A value that is not finite may spread
 * to rows of its own record that share a tile with one that sees it.
 * Errors: JK_ESYS.
 */
int jk_attention_pack(const struct jk_attention *a, struct jk_cpu *cpu,
    struct jk_err *err);
/* The scratch memory that it takes. */
void jk_attention_pack_need(const struct jk_attention *a,
    const struct jk_cpu *cpu, struct jk_cpu_need *need);

#endif
