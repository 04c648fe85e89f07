#version 460
// An invocation goes along a sequence with one channel.  It reads the ring of
// earlier inputs before it writes there, and nobody else has that part of it.
#include "common.glsl"
#include "op/conv1d.h"

layout(local_size_x = JK_GROUP) in;
ARGS(conv1d);

// x of channel c, s positions before row t, with which its sequence begins
float earlier(uint c, uint t, uint s)
{
	jk_row r = a.rows.v[t];
	if (r.position < s)
		return 0;
	uint p = r.position - s, ring = a.kernel - 1;
	if (a.sequence_rows == 0)
		return a.x.v[(r.prefix_begin + p) * a.ldx + c];
	uint slot = jk_slot_of(p < r.prefix_len ? r.prefix_begin :
	    r.own_begin, a.n_prefixes, a.prefix_rows, a.sequence_rows);
	return a.state.v[(slot * ring + p % ring) * a.n_channels + c];
}

void go_along(uint c, uint first)
{
	uint end = jk_sequence_end(a.rows, first, a.n_rows);
	uint ring = a.kernel - 1;
	float x[JK_CONV_MAX];	// by how many positions before the row at work
	[[unroll]] for (uint s = 1; s < JK_CONV_MAX; s++)
		x[s] = s <= ring ? earlier(c, first, s) : 0;
	for (uint t = first; t < end; t++) {
		x[0] = a.x.v[t * a.ldx + c];
		float u = 0;
		[[unroll]] for (uint s = JK_CONV_MAX; s-- > 0; )
			if (s <= ring)
				u += a.w.v[(ring - s) * a.n_channels + c] *
				    x[s];
		a.y.v[t * a.ldy + c] = a.linear != 0 ? u : u / (1 + exp(-u));
		[[unroll]] for (uint s = JK_CONV_MAX - 1; s > 0; s--)
			x[s] = x[s - 1];
	}
	if (a.sequence_rows == 0)
		return;
	uint slot = jk_slot_of(a.rows.v[first].own_begin, a.n_prefixes,
	    a.prefix_rows, a.sequence_rows);
	[[unroll]] for (uint s = 1; s < JK_CONV_MAX; s++)
		if (s <= ring && s <= end - first) {
			uint p = a.rows.v[end - s].position % ring;
			a.state.v[(slot * ring + p) * a.n_channels + c] = x[s];
		}
}

void main()
{
	uint c = gl_GlobalInvocationID.x;
	if (c >= a.n_channels)
		return;
	for (uint t = gl_WorkGroupID.y; t < a.n_rows; t += gl_NumWorkGroups.y)
		if (jk_begins(a.rows, t))
			go_along(c, t);
}
