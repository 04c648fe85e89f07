#ifndef JK_OP_LORA_PARTIAL_H
#define JK_OP_LORA_PARTIAL_H

#include "op/constants.h"

/*
 * Gradients of LoRA (shaders/lora_outer.glsl) have few columns and ranks, and many
 * rows: groups share out the rows of the same columns and ranks where those alone
 * are fewer than JK_LORA_GROUPS, about JK_LORA_SPLIT_ROWS each or more.
 *
 * They meet in memory of the caller's, JK_LORA_PARTIAL_BYTES: a counter for every
 * group, 0 before and 0 again afterwards, then the sums of each.  The last one that
 * is done adds them up, in the order of the rows.
 */
#define JK_LORA_GROUPS 512
#define JK_LORA_SPLIT_ROWS 256
#define JK_LORA_PARTIAL_BYTES \
	(4 * JK_LORA_GROUPS * (1 + JK_LORA_RANKS * JK_LORA_COLUMNS))

#endif
