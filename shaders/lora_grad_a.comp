#version 460
#include "common.glsl"
#include "op/lora_grad_a.h"
#include "mask.glsl"

ARGS(lora_grad_a);

#define N_COLUMNS(projection) a.dim
#define N_RANKS a.rank

float left(uint t, uint k, uint projection)
{
	// not conditional: the next load would wait for it
	float x = a.x.v[t * a.ldx + k];
	return KEPT(projection, t, k) ? x : 0;
}

float right(uint t, uint rank)
{
	return a.dz.v[t * a.n_proj * a.rank + rank];
}

void put(uint k, uint rank, float sum, uint projection)
{
	a.da.v[rank * a.dim + k] += a.keep_scale * sum;
}

#include "lora_outer.glsl"
