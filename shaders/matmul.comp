#version 460
// y = x W^T + bias, tiled: for many rows.
#include "common.glsl"
#include "op/matmul.h"
#include "weight.glsl"

// 1: there is a bias
layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
ARGS(matmul);

#define N_OUT a.n
#define N_IN a.k
#define LEFT a.x
#define LD_LEFT a.ldx
#define RESULT a.y
#define LD_RESULT a.ldy
#include "tile.glsl"

// eight inputs of one output
void right8(uint e, uint k0, uint n0, out float v[8])
{
	uint n = n0 + e / (BK / 8), k = k0 + e % (BK / 8) * 8;
	v = float[8](0, 0, 0, 0, 0, 0, 0, 0);
	if (n < a.n && k < a.k)
		decode8(a.w, n, a.k, k, v);
}

void put_right(uint e, float v[8])
{
	uint n = e / (BK / 8), k = e % (BK / 8) * 8;
	[[unroll]] for (uint j = 0; j < 8; j++)
		tile_right[(k + j) * LD_N + n / 4][n % 4] = v[j];
}

float finish(uint n, float sum)
{
	return BIASED != 0 ? sum + a.bias.v[n] : sum;
}
