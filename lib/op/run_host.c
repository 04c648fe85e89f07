#include "op/op.h"

int
JK_ISA_NAME(jk_op_run)(enum jk_op op, const void *args, struct jk_cpu *cpu,
    struct jk_err *err)
{
	switch (op) {
#define OP(name, access) \
	case JK_OP_##name: \
		return JK_ISA_NAME(jk_op_##name)(args, cpu, err);
	JK_OPS(OP)
#undef OP
	default:
		return jk_fail(err, JK_ESYS, "unknown operation %d", (int)op);
	}
}

void
JK_ISA_NAME(jk_op_need)(enum jk_op op, const void *args,
    const struct jk_cpu *cpu, uint32_t longest_prefix,
    struct jk_cpu_need *need)
{
	switch (op) {
#define OP(name) \
	case JK_OP_##name: \
		JK_ISA_NAME(jk_need_##name)(args, cpu, longest_prefix, need); \
		break;
	JK_OPS_WITH_SCRATCH(OP)
#undef OP
	default:
		break;
	}
}
