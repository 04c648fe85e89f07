#include "op/rms_norm_down.h"

#include "op/lora_down.h"
#include "op/rms_norm.h"

JK_HOST_OP(rms_norm_down)
{
	const struct jk_rms_norm norm = { .x = a->x, .w = a->w, .y = a->y,
		.n_rows = a->n_rows, .n_groups = 1, .dim = a->dim,
		.step = a->dim, .ldx = a->ldx, .ldy = a->ldy, .type = a->type,
		.eps = a->eps, .weight_offset = a->weight_offset };
	const struct jk_lora_down down = { .x = a->y, .a = a->a,
		.mask = a->mask, .z = a->z, .n_rows = a->n_rows,
		.n_proj = a->n_proj, .rank = a->rank, .dim = a->dim,
		.ldx = a->ldy, .type = a->type, .keep_scale = a->keep_scale };

	if (JK_ISA_NAME(jk_op_rms_norm)(&norm, cpu, err) < 0)
		return -1;
	return JK_ISA_NAME(jk_op_lora_down)(&down, cpu, err);
}
