#version 460
// y = x W^T + bias, tiled: for many rows.  With LoRA's up-projections, as more inner
// columns, and a residual.
#include "common.glsl"
#include "op/matmul.h"
#include "weight.glsl"

// 1: there is a bias
layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
layout(constant_id = JK_CONST_LORA) const uint LORA = 0;
layout(constant_id = JK_CONST_WIDE_LORA) const uint WIDE_LORA = 0;
layout(constant_id = JK_CONST_RESIDUAL) const uint RESIDUAL = 0;
ARGS(matmul);

#define N_OUT a.n
#define N_IN a.k
#define LEFT a.x
#define LD_LEFT a.ldx
#define RESULT a.y
#define LD_RESULT a.ldy
#define RIGHT_ALONG_K true
#define LEFT_SCALE JK_MATMUL_SCALE
#define RANKS (LORA != 0)
#include "tile.glsl"

void right8(uint n, uint k, out float v[8])
{
	decode8(a.w, min(n, a.n - 1), a.k, min(k, (a.k - 1) / 8 * 8), v);
}

// The first rank and the scale of column n's projection.
uint projection(uint n, out float scale)
{
	uint first = 0;
	scale = a.scale[0];
	[[unroll]] for (uint p = 1; p < JK_LORA_PROJECTIONS; p++)
		if (p < a.n_proj && n >= a.end[p - 1]) {
			first = p * a.rank;
			scale = a.scale[p];
		}
	return first;
}

uvec2 ranks(uint n0)
{
	float scale;
	return uvec2(projection(n0, scale),
	    projection(min(n0 + BN, a.n) - 1, scale) + a.rank);
}

vec4 left_rank4(uint m, uint k)
{
	uint n = a.n_proj * a.rank, at = min(m, a.m - 1) * n + k;
	if (WIDE_LORA != 0)
		return k < n ? F32x4s(uvec2(a.z)).v[at / 4] : vec4(0);
	return vec4(k < n ? a.z.v[at] : 0, k + 1 < n ? a.z.v[at + 1] : 0,
	    k + 2 < n ? a.z.v[at + 2] : 0, k + 3 < n ? a.z.v[at + 3] : 0);
}

// 0 where the rank is another projection's
void right_rank8(uint n, uint k, out float v[8])
{
	float scale;
	uint r = k - projection(n, scale), at = n * a.rank + r;
	v = float[8](0, 0, 0, 0, 0, 0, 0, 0);
	if (n >= a.n)
		return;
	[[unroll]] for (uint j = 0; j < 8; j += 4) {
		vec4 b = vec4(0);
		// one below the first is beyond any
		if (WIDE_LORA != 0) {
			if (r + j < a.rank)
				b = F32x4s(uvec2(a.b)).v[(at + j) / 4];
		} else [[unroll]] for (uint i = 0; i < 4; i++)
			if (r + j + i < a.rank)
				b[i] = a.b.v[at + j + i];
		[[unroll]] for (uint i = 0; i < 4; i++)
			v[j + i] = scale * b[i];
	}
}

void finish(uint m, uint step, uint n, inout vec4 sums[N_PUT])
{
	[[unroll]] for (uint i = 0; i < N_PUT; i++) {
		uint row = min(m + i * step, a.m - 1);
		if (BIASED != 0)
			sums[i] += get4(a.bias, n, n, false);
		if (RESIDUAL != 0)
			sums[i] += get4(a.residual, row * a.ldy + n, n,
			    WIDE != 0);
	}
}
