#version 460
// dx = dy W: outputs run along a row of W, so a tile is decoded as it lies.
#include "common.glsl"
#include "op/matmul.h"
#include "op/matmul_back.h"
#include "weight.glsl"

ARGS(matmul_back);

#define N_OUT a.k
#define N_IN a.n
#define LEFT a.dy
#define LD_LEFT a.ldy
#define RESULT a.dx
#define LD_RESULT a.ldx
#include "tile.glsl"

// eight outputs of one inner index
void right8(uint e, uint k0, uint n0, out float v[8])
{
	uint k = k0 + e / (BN / 8), n = n0 + e % (BN / 8) * 8;
	v = float[8](0, 0, 0, 0, 0, 0, 0, 0);
	if (k < a.n && n < a.k)
		decode8(a.w, k, a.k, n, v);
}

void put_right(uint e, float v[8])
{
	uint at = e / (BN / 8) * LD_N + e % (BN / 8) * 2;
	tile_right[at] = vec4(v[0], v[1], v[2], v[3]);
	tile_right[at + 1] = vec4(v[4], v[5], v[6], v[7]);
}

float finish(uint n, float sum)
{
	return sum;
}
