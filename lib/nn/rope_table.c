#include "nn/rope_table.h"

#include <math.h>
#include <stdlib.h>

float *
jk_rope_table(const struct jk_config *config, enum jk_rope_of of,
    uint32_t n_positions, size_t *n)
{
	const bool local = of == JK_ROPE_LOCAL;
	const double theta = local ? config->rope_local_theta :
	    config->rope_theta;
	const double scale = of == JK_ROPE_FULL ? (double)
	    config->rope_attention_factor : 1;
	const uint32_t dim = local && config->full_head_dim ?
	    config->head_dim : config->rotary_dim;
	uint32_t half = dim / 2, p, i;
	float *table;

	*n = (size_t)n_positions * dim;
	table = malloc(*n * sizeof *table);
	for (i = 0; table && i < half; i++) {
		double frequency = of == JK_ROPE_NONE ? 0 : pow(theta, -2.0 *
		    i / dim);

		if (of == JK_ROPE_FULL)
			frequency /= (double)config->rope_factors[i];
		for (p = 0; p < n_positions; p++) {
			double angle = p * frequency;
			float *at = table + ((size_t)p * half + i) * 2;

			at[0] = (float)(scale * cos(angle));
			at[1] = (float)(scale * sin(angle));
		}
	}
	return table;
}
