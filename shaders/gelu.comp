#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/gelu.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(gelu);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim;
		a.y.v[t * a.ldy + k] =
		    activation(a.x.v[t * a.ldx + k], JK_GLU_GELU).x;
	}
}
