#version 460
#include "common.glsl"
#include "op/lora_grad_b.h"

ARGS(lora_grad_b);

#define N_COLUMNS a.n
#define N_RANKS a.rank

float left(uint t, uint n, uint projection)
{
	return a.dy.v[t * a.ldy + n];
}

float right(uint t, uint rank)
{
	return a.z.v[t * a.ldz + rank];
}

void put(uint n, uint rank, float sum)
{
	a.db.v[n * a.rank + rank] += a.scale * sum;
}

#include "lora_outer.glsl"
