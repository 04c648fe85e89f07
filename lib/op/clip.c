#include "op/clip.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_HOST_OP(clip)
{
	const float *partial = (const float *)(uintptr_t)a->partial;
	struct jk_clipping *to = (struct jk_clipping *)(uintptr_t)a->to;
	double sum = 0, norm, factor;
	uint32_t b;

	(void)err;
	for (b = 0; b < a->n; b++)
		sum += (double)partial[b];
	norm = sqrt(sum);
	if (!isfinite(norm) || norm == 0) {
		to->failed = 1;
		return 0;
	}
	factor = a->max_norm > 0 ? a->max_norm / (norm + 1e-6) : 1;
	to->factor = (float)(factor < 1 ? factor : 1);
	return 0;
}
