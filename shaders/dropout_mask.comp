#version 460
// One invocation makes one word: 32 features, four blocks of Philox.
#include "common.glsl"
#include "op/dropout_mask.h"
#include "philox.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(dropout_mask);

void main()
{
	uint words = (a.dim + 31) / 32;
	for (EACH(n, a.n_proj * a.n_rows * words)) {
		uint p = n / (a.n_rows * words);
		uint t = n / words % a.n_rows, word = n % words;
		uvec2 key = uvec2(a.seed_low,
		    a.seed_high ^ JK_DROPOUT_KEY ^ (a.site + p));
		uint bits = 0;
		for (uint block = 0; block < 4; block++) {
			uvec4 r = philox(uvec4(word * 4 + block,
			    a.rows.v[t].position, a.rows.v[t].ordinal,
			    a.step), key);
			for (uint j = 0; j < 8; j++) {
				uint u = r[j / 2] >> (j & 1) * 16 & 0xffff;
				uint i = word * 32 + block * 8 + j;
				if (u >= a.threshold && i < a.dim)
					bits |= 1u << block * 8 + j;
			}
		}
		a.mask.v[n] = bits;
	}
}
