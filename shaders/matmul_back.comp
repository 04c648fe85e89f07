#version 460
// dx = dy W: outputs run along a row of W, so a tile is decoded as it lies.  With what
// LoRA adds to each.
#include "common.glsl"
#include "op/matmul.h"
#include "op/matmul_back.h"
#include "weight.glsl"

layout(constant_id = JK_CONST_LORA) const uint LORA = 0;
layout(constant_id = JK_CONST_WIDE_LORA) const uint WIDE_LORA = 0;
layout(constant_id = JK_CONST_MASKED) const uint MASKED = 0;
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
	decode8(a.w, min(k, a.n - 1), a.k, min(n, (a.k - 1) / 8 * 8), v);
}

// What dropout has left, of projection p.
vec4 kept4(uint p, uint m, uint n, vec4 v)
{
	if (MASKED == 0)
		return v;
	uint bits = a.mask.v[(p * a.m + m) * ((a.k + 31) / 32) + n / 32] >>
	    n % 32;
	return mix(vec4(0), v, notEqual(bits & uvec4(1, 2, 4, 8), uvec4(0)));
}

void finish(uint m, uint step, uint n, inout vec4 sums[N_PUT])
{
	if (LORA == 0)
		return;
	// ranks that dz has in one piece
	const uint N = WIDE_LORA != 0 ? 4 : 1;
	uint ranks = a.n_proj * a.rank, row[N_PUT];
	[[unroll]] for (uint i = 0; i < N_PUT; i++)
		row[i] = min(m + i * step, a.m - 1);
	for (uint p = 0; p < a.n_proj; p++) {
		vec4 part[N_PUT];
		[[unroll]] for (uint i = 0; i < N_PUT; i++)
			part[i] = vec4(0);
		for (uint r = p * a.rank; r < (p + 1) * a.rank; r += N) {
			vec4 w[4], dz;
			[[unroll]] for (uint j = 0; j < N; j++)
				w[j] = get4(a.a, (r + j) * a.k + n, n,
				    WIDE_LORA != 0);
			[[unroll]] for (uint i = 0; i < N_PUT; i++) {
				uint at = row[i] * ranks + r;
				dz = WIDE_LORA != 0 ?
				    F32x4s(uvec2(a.dz)).v[at / 4] :
				    vec4(a.dz.v[at]);
				[[unroll]] for (uint j = 0; j < N; j++)
					part[i] = fma(vec4(dz[j]), w[j],
					    part[i]);
			}
		}
		[[unroll]] for (uint i = 0; i < N_PUT; i++)
			sums[i] += a.keep_scale * kept4(p, row[i], n, part[i]);
	}
}
