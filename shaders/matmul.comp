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

void finish(uint m, uint step, uint n, inout vec4 sums[N_PUT])
{
	if (BIASED != 0) [[unroll]] for (uint i = 0; i < N_PUT; i++)
		sums[i] += get4(a.bias, n, n, false);
}
