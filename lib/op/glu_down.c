#include "op/glu_down.h"

#include "op/glu.h"
#include "op/lora_down.h"

JK_HOST_OP(glu_down)
{
	const struct jk_glu glu = { .gate = a->gate, .up = a->up, .y = a->y,
		.n_rows = a->n_rows, .dim = a->dim, .ldx = a->ldx,
		.ldy = a->ldy, .kind = a->kind, .type = a->type };
	const struct jk_lora_down down = { .x = a->y, .a = a->a,
		.mask = a->mask, .z = a->z, .n_rows = a->n_rows,
		.n_proj = a->n_proj, .rank = a->rank, .dim = a->dim,
		.ldx = a->ldy, .type = a->type, .keep_scale = a->keep_scale };

	if (JK_ISA_NAME(jk_op_glu)(&glu, cpu, err) < 0)
		return -1;
	return JK_ISA_NAME(jk_op_lora_down)(&down, cpu, err);
}
