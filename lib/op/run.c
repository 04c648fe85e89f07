#include "op/op.h"

#include "dev/host.h"

#define ISA(isa) jk_op_run_fn jk_op_run_##isa;
JK_ISAS(ISA)
#undef ISA

static jk_op_run_fn *const run[JK_N_ISAS] = {
#define ISA(isa) jk_op_run_##isa,
	JK_ISAS(ISA)
#undef ISA
};

int
jk_op_run_host(enum jk_op op, const void *args, struct jk_host *host,
    struct jk_err *err)
{
	return run[jk_host_isa(host)](op, args, host, err);
}
