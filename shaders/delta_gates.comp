#version 460
#include "common.glsl"
#include "op/delta_gates.h"

layout(local_size_x = JK_GROUP) in;
ARGS(delta_gates);

// log(1 + exp(v)), which overflows nowhere and keeps what is small
float softplus(float v)
{
	float e = exp(-abs(v));
	return max(v, 0) + (e < 1e-3 ? e * (1 - e / 2) : log(1 + e));
}

void main()
{
	for (EACH(n, a.n_rows * a.n_heads)) {
		uint t = n / a.n_heads, h = n % a.n_heads;
		uint x = t * a.ldx + h, y = t * 2 * a.n_heads + h;
		a.y.v[y] = -exp(a.a_log.v[h]) *
		    softplus(a.x.v[x + a.n_heads] + a.dt_bias.v[h]);
		a.y.v[y + a.n_heads] = 1 / (1 + exp(-a.x.v[x]));
	}
}
