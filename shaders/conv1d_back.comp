#version 460
// An invocation goes along all rows with one channel, from the last to the
// first.
#include "common.glsl"
#include "op/conv1d_back.h"

layout(local_size_x = JK_GROUP) in;
ARGS(conv1d_back);

float x_before(uint c, uint t, uint s)
{
	jk_row r = a.rows.v[t];
	if (r.position < s)
		return 0;
	bool own = t >= s && a.rows.v[t - s].own_begin == r.own_begin;
	uint row = own ? t - s : r.prefix_begin + r.position - s;
	return a.x.v[row * a.ldx + c];
}

// the gradient of u[t, c]
float d_sum(uint c, uint t)
{
	if (a.linear != 0)
		return a.dy.v[t * a.ldy + c];
	float u = 0;
	[[unroll]] for (uint s = JK_CONV_MAX; s-- > 0; )
		if (s < a.kernel)
			u += a.w.v[(a.kernel - 1 - s) * a.n_channels + c] *
			    x_before(c, t, s);
	float s = 1 / (1 + exp(-u));
	return a.dy.v[t * a.ldy + c] * s * (1 + u * (1 - s));
}

void go_along(uint c)
{
	float du[JK_CONV_MAX];	// by how many rows behind the one at work
	float behind[JK_CONV_MAX];	// the prefix: sums over records
	[[unroll]] for (uint s = 0; s < JK_CONV_MAX; s++)
		du[s] = behind[s] = 0;
	for (uint t = a.n_rows; t-- > 0; ) {
		bool has_prefix = a.rows.v[t].prefix_len > 0;
		if (t + 1 == a.n_rows || jk_begins(a.rows, t + 1))
			[[unroll]] for (uint s = 0; s < JK_CONV_MAX; s++)
				du[s] = has_prefix ? 0 : behind[s];
		[[unroll]] for (uint s = JK_CONV_MAX - 1; s > 0; s--)
			du[s] = du[s - 1];
		du[0] = d_sum(c, t);
		float dx = 0;
		[[unroll]] for (uint s = 0; s < JK_CONV_MAX; s++)
			if (s < a.kernel)
				dx += a.w.v[(a.kernel - 1 - s) *
				    a.n_channels + c] * du[s];
		a.dx.v[t * a.ldd + c] = dx;
		if (has_prefix && jk_begins(a.rows, t))
			[[unroll]] for (uint s = 0; s < JK_CONV_MAX; s++)
				behind[s] += s + 1 < a.kernel ? du[s] : 0;
	}
}

void main()
{
	for (EACH(c, a.n_channels))
		go_along(c);
}
