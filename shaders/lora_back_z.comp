#version 460
#include "common.glsl"
#include "op/lora_back_z.h"

ARGS(lora_back_z);

#define N_INNER(projection) a.outputs[projection].n
#define N_RANKS a.rank

float left(uint t, uint n, uint projection)
{
	return a.dy.v[t * a.ldy + a.outputs[projection].column + n];
}

float right(uint n, uint rank, uint projection)
{
	return a.b.v[n * a.rank + rank +
	    (a.outputs[projection].row - projection) * a.rank];
}

void put(uint t, uint rank, float sum, uint projection)
{
	a.dz.v[t * a.n_proj * a.rank + rank] = a.outputs[projection].scale *
	    sum;
}

#include "lora_inner.glsl"
