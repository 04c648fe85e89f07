#include "dev/vulkan_impl.h"

#include <string.h>

static int
dispatches(const struct jk_vulkan *v, enum jk_op op, const void *args,
    const struct jk_gpu *gpu, struct jk_dispatch d[JK_MAX_DISPATCHES],
    struct jk_err *err)
{
	int n = v->software ? jk_vulkan_software(op, args, gpu, d, err) : 0;

	if (n)
		return n;
	switch (op) {
#define OP(name, access) \
	case JK_OP_##name: return jk_dispatch_##name(args, gpu, d, err);
	JK_OPS(OP)
#undef OP
	default:
		return jk_fail(err, JK_ESYS, "unknown operation %d", (int)op);
	}
}

int
jk_vulkan_dispatch(const struct jk_vulkan *v, enum jk_op op, const void *args,
    struct jk_dispatch d[JK_MAX_DISPATCHES], struct jk_err *err)
{
	const struct jk_gpu gpu = {
		.subgroup_size = v->subgroup.subgroupSize,
		.shared_bytes = v->properties.properties.limits.
		    maxComputeSharedMemorySize,
		.matrix = v->matrix,
		.attention = v->attention
	};
	/* counts of elements that a shader holds in 32 bits */
	struct jk_access accesses[JK_MAX_ACCESS];
	int n = jk_op_accesses(op, args, accesses), i;

	for (i = 0; i < n; i++)
		if (accesses[i].size_bytes > UINT32_MAX)
			return jk_fail(err, JK_ESYS, "%s is %.1f GiB, shaders "
			    "reach 4", accesses[i].name,
			    (double)accesses[i].size_bytes / 0x1p30);
	memset(d, 0, JK_MAX_DISPATCHES * sizeof *d);
	n = dispatches(v, op, args, &gpu, d, err);
	for (i = 0; i < n; i++)
		if (JK_HAS_GRID(d[i].constants[JK_CONST_WEIGHT_TYPE])) {
			d[i].constants[JK_CONST_GRIDS_LOW] =
			    (uint32_t)v->grids;
			d[i].constants[JK_CONST_GRIDS_HIGH] =
			    (uint32_t)(v->grids >> 32);
		}
	return n;
}
