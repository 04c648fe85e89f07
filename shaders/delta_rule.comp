#version 460
// An invocation goes along the rows with one column of one head's state, which
// nobody else reads or writes.
#include "common.glsl"
#include "op/delta_rule.h"
#include "eights.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(delta_rule);

// where the column of head h begins in a slot
uint column_of(uint slot, uint h, uint j)
{
	return (slot * a.n_heads + h) * a.key_dim * a.value_dim + j;
}

// the column of the sequence that begins at row t of the pass
uint enter(uint t, uint h, uint j)
{
	jk_row r = a.rows.v[t];
	uint from = 0, to = min(t, 1);
	if (a.sequence_rows != 0) {
		to = jk_slot_of(r.own_begin, a.n_prefixes, a.prefix_rows,
		    a.sequence_rows);
		if (r.prefix_len > 0)
			from = jk_slot_of(r.prefix_begin, a.n_prefixes,
			    a.prefix_rows, a.sequence_rows);
	}
	uint s = column_of(to, h, j);
	if (r.position > r.prefix_len)
		return s;
	uint p = column_of(from, h, j);
	for (EIGHTS(b, a.key_dim))
		IN_EIGHT(i, b, a.key_dim)
			a.state.v[s + i * a.value_dim] = r.prefix_len > 0 ?
			    a.state.v[p + i * a.value_dim] : 0;
	return s;
}

void go_along(uint first, uint h, uint j)
{
	uint end = jk_sequence_end(a.rows, first, a.n_rows);
	uint g = h / (a.n_heads / a.n_k_heads), s = enter(first, h, j);
	for (uint t = first; t < end; t++) {
		uint at = t * a.ldk + g * a.key_dim, gates = t * 2 * a.n_heads;
		float decay = exp(a.gates.v[gates + h]);
		float beta = a.gates.v[gates + a.n_heads + h];
		float e = 0, y = 0;
		for (EIGHTS(b, a.key_dim))
			IN_EIGHT(i, b, a.key_dim)
				e += a.k.v[at + i] *
				    a.state.v[s + i * a.value_dim];
		e = beta * (a.v.v[t * a.ldv + h * a.value_dim + j] - decay * e);
		for (EIGHTS(b, a.key_dim))
			IN_EIGHT(i, b, a.key_dim) {
				uint x = s + i * a.value_dim;
				float now = decay * a.state.v[x] +
				    a.k.v[at + i] * e;
				a.state.v[x] = now;
				y += a.q.v[at + i] * now;
			}
		a.y.v[t * a.ldy + h * a.value_dim + j] = a.scale * y;
	}
}

void main()
{
	uint n = gl_GlobalInvocationID.x;
	if (n >= a.n_heads * a.value_dim)
		return;
	for (uint t = gl_WorkGroupID.y; t < a.n_rows; t += gl_NumWorkGroups.y)
		if (jk_begins(a.rows, t))
			go_along(t, n / a.value_dim, n % a.value_dim);
}
