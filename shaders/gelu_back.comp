#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/gelu_back.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(gelu_back);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim, at = t * a.ldx + k;
		a.dx.v[at] = a.dy.v[t * a.ldy + k] *
		    activation(a.x.v[at], JK_GLU_GELU).y;
	}
}
