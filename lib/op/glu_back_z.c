#include "op/glu_back_z.h"

#include "op/glu_back.h"
#include "op/lora_back_z.h"

static struct jk_lora_back_z
products(const struct jk_glu_back_z *a)
{
	return (struct jk_lora_back_z){ .dy = a->dgate, .b = a->b,
		.dz = a->dz, .n_rows = a->n_rows, .n_proj = 2,
		.rank = a->rank, .ldy = a->ldx, .type = a->type, .outputs = {
		{ 0, a->dim, 0, a->scale[0] },
		{ a->dim, a->dim, a->dim, a->scale[1] } } };
}

JK_HOST_OP(glu_back_z)
{
	const struct jk_glu_back back = { .gate = a->gate, .up = a->up,
		.dy = a->dy, .dgate = a->dgate,
		.dup = a->dgate + jk_type_bytes(a->type, a->dim), .y = a->y,
		.n_rows = a->n_rows, .dim = a->dim, .ldx = a->ldx,
		.ldy = a->ldy, .kind = a->kind, .type = a->type };
	const struct jk_lora_back_z z = products(a);

	if (JK_ISA_NAME(jk_op_glu_back)(&back, cpu, err) < 0)
		return -1;
	return JK_ISA_NAME(jk_op_lora_back_z)(&z, cpu, err);
}

JK_HOST_NEED(glu_back_z)
{
	const struct jk_lora_back_z z = products(a);

	JK_ISA_NAME(jk_need_lora_back_z)(&z, cpu, longest_prefix, need);
}
