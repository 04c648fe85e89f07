#ifndef JK_OP_ADD_H
#define JK_OP_ADD_H

#include "op/shared.h"

/*
 * y[i] = a[i] + b[i] for n elements: the residual connection.
 *
 * a, b and y in type; y may be a or b.
 * Tolerance host/Vulkan: equal bits in f32.
 */
struct jk_add {
	JK_ACT a;
	JK_ACT b;
	JK_ACT y;
	uint32_t n;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_add) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(add);

JK_DISPATCH(add)
{
	return jk_linear(d, JK_SHADER_add, a->n, JK_GROUP);
}
#endif

#endif
