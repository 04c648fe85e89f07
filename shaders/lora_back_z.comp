#version 460
#include "common.glsl"
#include "op/lora_back_z.h"

ARGS(lora_back_z);

#define N_INNER a.n
#define N_RANKS a.rank

float left(uint t, uint n, uint projection)
{
	return a.dy.v[t * a.ldy + n];
}

float right(uint n, uint rank)
{
	return a.b.v[n * a.rank + rank];
}

void put(uint t, uint rank, float sum)
{
	a.dz.v[t * a.ldz + rank] = a.scale * sum;
}

#include "lora_inner.glsl"
