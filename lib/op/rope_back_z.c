#include "op/rope_back_z.h"

#include "op/lora_back_z.h"
#include "op/rope.h"

static struct jk_lora_back_z
products(const struct jk_rope_back_z *a)
{
	struct jk_lora_back_z z = { .dy = a->x, .b = a->b, .dz = a->dz,
		.n_rows = a->n_rows, .n_proj = a->n_proj, .rank = a->rank,
		.ldy = a->ldx, .type = a->type };
	uint32_t p;

	for (p = 0; p < a->n_proj; p++)
		z.outputs[p] = (struct jk_lora_output){ a->first[p],
			a->first[p + 1] - a->first[p], a->first[p],
			a->scale[p] };
	return z;
}

JK_HOST_OP(rope_back_z)
{
	const struct jk_rope rope = { .x = a->x, .y = a->x, .rows = a->rows,
		.table = a->table, .n_rows = a->n_rows,
		.n_heads = a->n_heads, .head_dim = a->head_dim,
		.rotary_dim = a->rotary_dim, .ldx = a->ldx, .ldy = a->ldx,
		.type = a->type, .inverse = 1, .n_positions = a->n_positions,
		.n_out = a->n_rows };
	const struct jk_lora_back_z z = products(a);

	if (JK_ISA_NAME(jk_op_rope)(&rope, cpu, err) < 0)
		return -1;
	return JK_ISA_NAME(jk_op_lora_back_z)(&z, cpu, err);
}

JK_HOST_NEED(rope_back_z)
{
	const struct jk_lora_back_z z = products(a);

	JK_ISA_NAME(jk_need_lora_back_z)(&z, cpu, longest_prefix, need);
}
