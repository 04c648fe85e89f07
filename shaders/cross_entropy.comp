#version 460
// One work group per row: the largest logit, the sum, then the gradient.
#include "common.glsl"
#include "ieee.glsl"
#include "op/cross_entropy.h"

layout(local_size_x = 256) in;
#include "reduce.glsl"
// 1: the gradient is wanted
layout(constant_id = JK_CONST_GRADIENT) const uint GRADIENT = 1;
// 1: logits are capped
layout(constant_id = JK_CONST_CAPPED) const uint CAPPED = 0;
layout(constant_id = JK_CONST_WEIGHTED) const uint WEIGHTED = 0;
layout(constant_id = JK_CONST_CHECKED) const uint CHECKED = 0;
ARGS(cross_entropy);

void main()
{
	uint lane = gl_LocalInvocationID.x;
	for (uint t = gl_WorkGroupID.x; t < a.n_rows;
	    t += gl_NumWorkGroups.x) {
		uint row = t * a.n_vocab;
		float top = uintBitsToFloat(0xff800000u), sum = 0;
		for (uint v = lane; v < a.n_vocab; v += gl_WorkGroupSize.x)
			top = max(top, a.logits.v[row + v]);
		top = group_max(top);
		for (uint v = lane; v < a.n_vocab; v += gl_WorkGroupSize.x)
			sum += exp(a.logits.v[row + v] - top);
		float lse = top + log(group_sum(sum));
		uint target = a.target.v[t];
		float scale = a.scale;
		if (WEIGHTED != 0)
			scale *= a.weight.v[t];
		if (lane == 0) {
			float loss = lse - a.logits.v[row + target];
			a.loss.v[t] = loss;
			if (CHECKED != 0 && !IS_FINITE(loss))
				atomicOr(a.clipping.v.failed, 1);
		}
		// the gradient may overwrite what other invocations read
		memoryBarrierBuffer();
		barrier();
		if (GRADIENT != 0)
			for (uint v = lane; v < a.n_vocab;
			    v += gl_WorkGroupSize.x) {
				float x = a.logits.v[row + v];
				float y = scale * (exp(x - lse) -
				    (v == target ? 1 : 0));
				a.d.v[t * a.ldd + v] = CAPPED != 0 ?
				    y * (1 - x / a.cap * (x / a.cap)) : y;
			}
	}
}
