#version 460
// One work group per row.
#include "common.glsl"
#include "ieee.glsl"
#include "op/argmax.h"

layout(local_size_x = JK_GROUP) in;
ARGS(argmax);

shared float values[JK_GROUP];
shared uint places[JK_GROUP];

void main()
{
	uint lane = gl_LocalInvocationID.x;
	for (uint t = gl_WorkGroupID.x; t < a.n_rows;
	    t += gl_NumWorkGroups.x) {
		float best = uintBitsToFloat(0xff800000u);	// -inf
		uint place = 0xffffffffu;
		for (uint v = lane; v < a.n_vocab; v += gl_WorkGroupSize.x) {
			float x = a.logits.v[t * a.n_vocab + v];
			if (isnan(x)) {
				best = uintBitsToFloat(0x7f800000u);
				place = a.n_vocab;
				break;
			}
			if (x > best || place == 0xffffffffu) {
				best = x;
				place = v;
			}
		}
		barrier();
		values[lane] = best;
		places[lane] = place;
		barrier();
		if (lane == 0) {
			for (uint i = 1; i < gl_WorkGroupSize.x; i++) {
				bool nan = places[i] == a.n_vocab ||
				    place == a.n_vocab;
				if (nan)
					place = a.n_vocab;
				else if (places[i] != 0xffffffffu &&
				    (values[i] > best || (values[i] == best &&
				    places[i] < place))) {
					best = values[i];
					place = places[i];
				}
			}
			a.index.v[t] = place;
		}
	}
}
