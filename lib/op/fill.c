#include "op/fill.h"

#include "dev/host.h"

int
jk_op_fill(const struct jk_fill *a, struct jk_host *host, struct jk_err *err)
{
	uint32_t *x = (uint32_t *)(uintptr_t)a->x;
	uint32_t i;

	(void)host;
	(void)err;
	for (i = 0; i < a->n; i++)
		x[i] = a->value;
	return 0;
}
