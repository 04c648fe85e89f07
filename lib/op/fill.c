#include "op/fill.h"

#include "cpu/cpu.h"

JK_HOST_OP(fill)
{
	uint32_t *x = (uint32_t *)(uintptr_t)a->x;
	uint32_t i;

	(void)err;
	for (i = 0; i < a->n; i++)
		x[i] = a->value;
	return 0;
}
