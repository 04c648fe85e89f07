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
#define RIGHT_ALONG_K false
#define LEFT_SCALE JK_MATMUL_BACK_SCALE
#include "tile.glsl"

void right8(uint n, uint k, out float v[8])
{
	v = float[8](0, 0, 0, 0, 0, 0, 0, 0);
	if (k < a.n && n < a.k)
		decode8(a.w, k, a.k, n, v);
}

void finish(uint m, uint step, uint n, inout vec4 sums[N_PUT])
{
}
