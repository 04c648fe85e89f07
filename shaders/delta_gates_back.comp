#version 460
#include "common.glsl"
#include "op/delta_gates_back.h"

layout(local_size_x = JK_GROUP) in;
ARGS(delta_gates_back);

void main()
{
	for (EACH(n, a.n_rows * a.n_heads)) {
		uint t = n / a.n_heads, h = n % a.n_heads;
		uint x = t * a.ldx + h, y = t * 2 * a.n_heads + h;
		uint dx = t * a.ldd + h;
		float beta = 1 / (1 + exp(-a.x.v[x]));
		float rise = 1 / (1 + exp(-a.x.v[x + a.n_heads] -
		    a.dt_bias.v[h]));
		a.dx.v[dx] = a.dy.v[y + a.n_heads] * beta * (1 - beta);
		a.dx.v[dx + a.n_heads] = a.dy.v[y] * -exp(a.a_log.v[h]) * rise;
	}
}
