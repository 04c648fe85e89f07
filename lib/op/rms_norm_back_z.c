#include "op/rms_norm_back_z.h"

#include "op/lora_back_z.h"
#include "op/rms_norm_back.h"

static struct jk_lora_back_z
product(const struct jk_rms_norm_back_z *a)
{
	return (struct jk_lora_back_z){ .dy = a->dx, .b = a->b, .dz = a->dz,
		.n_rows = a->n_rows, .n_proj = 1, .rank = a->rank,
		.ldy = a->ldd, .type = a->type,
		.outputs = { { 0, a->dim, 0, a->scale } } };
}

JK_HOST_OP(rms_norm_back_z)
{
	const struct jk_rms_norm_back back = { .x = a->x, .w = a->w,
		.dy = a->dy, .dx = a->dx, .y = a->y, .n_rows = a->n_rows,
		.n_groups = 1, .dim = a->dim, .step = a->dim, .ldx = a->ldx,
		.ldy = a->ldy, .ldd = a->ldd, .type = a->type,
		.accumulate = a->accumulate, .eps = a->eps,
		.weight_offset = a->weight_offset };
	const struct jk_lora_back_z z = product(a);

	if (JK_ISA_NAME(jk_op_rms_norm_back)(&back, cpu, err) < 0)
		return -1;
	return JK_ISA_NAME(jk_op_lora_back_z)(&z, cpu, err);
}

JK_HOST_NEED(rms_norm_back_z)
{
	const struct jk_lora_back_z z = product(a);

	JK_ISA_NAME(jk_need_lora_back_z)(&z, cpu, longest_prefix, need);
}
