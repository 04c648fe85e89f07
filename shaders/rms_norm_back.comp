#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm_back.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rms_norm_back);

#include "rms_norm_back.glsl"

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		rms_norm_back(t * a.ldx + g * a.step, t * a.ldy + g * a.dim,
		    t * a.ldd + g * a.step);
	}
}
