#version 460
// One invocation adds to four features, which are one block of Philox.
#include "common.glsl"
#include "op/add_noise.h"
#include "philox.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(add_noise);

void main()
{
	uint blocks = (a.dim + 3) / 4;
	for (EACH(n, a.n_rows * blocks)) {
		uint t = n / blocks, block = n % blocks;
		uvec4 r = philox(uvec4(block, a.rows.v[t].position,
		    a.rows.v[t].ordinal, a.step), uvec2(a.seed_low,
		    a.seed_high ^ JK_NOISE_KEY));
		for (uint j = 0; j < min(4, a.dim - block * 4); j++) {
			float u = float(r[j] >> 8) * (1.0 / 16777216);

			a.y.v[t * a.dim + block * 4 + j] +=
			    a.scale * (2 * u - 1);
		}
	}
}
