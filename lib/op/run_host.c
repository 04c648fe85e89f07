#include "op/op.h"

int
jk_op_run_host(enum jk_op op, const void *args, struct jk_host *host,
    struct jk_err *err)
{
	switch (op) {
#define OP(name, access) \
	case JK_OP_##name: return jk_op_##name(args, host, err);
	JK_OPS(OP)
#undef OP
	default:
		return jk_fail(err, JK_ESYS, "unknown operation %d", (int)op);
	}
}
