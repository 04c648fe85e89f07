#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rms_norm);

#include "rms_norm.glsl"

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		rms_norm(t * a.ldx + g * a.step, t * a.ldy + g * a.dim);
	}
}
