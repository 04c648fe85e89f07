#include "cpu/cpu.h"
#include "op/op.h"

JK_ISA_TABLE(jk_op_run_fn, jk_op_run);

int
jk_op_run_host(enum jk_op op, const void *args, struct jk_cpu *cpu,
    struct jk_err *err)
{
	return jk_op_run_of[jk_cpu_isa(cpu)](op, args, cpu, err);
}

JK_ISA_TABLE(jk_op_need_fn, jk_op_need);

void
jk_op_need_host(enum jk_op op, const void *args, const struct jk_cpu *cpu,
    uint32_t longest_prefix, struct jk_cpu_need *need)
{
	jk_op_need_of[jk_cpu_isa(cpu)](op, args, cpu, longest_prefix, need);
}
