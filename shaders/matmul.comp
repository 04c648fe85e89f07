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
#define RIGHT_ALONG_K true
#define LEFT_SCALE JK_MATMUL_SCALE
#include "tile.glsl"

void right8(uint n, uint k, out float v[8])
{
	v = float[8](0, 0, 0, 0, 0, 0, 0, 0);
	if (n < a.n && k < a.k)
		decode8(a.w, n, a.k, k, v);
}

float finish(uint n, float sum)
{
	return BIASED != 0 ? sum + a.bias.v[n] : sum;
}
