#version 460
// A work group goes along the rows with the value heads of one key head, one
// behind the other.  Forward and down the columns an invocation needs only
// columns of its own; sums along the rows of states need those of all.
#include "common.glsl"
#include "op/delta_rule_back.h"
#include "eights.glsl"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
ARGS(delta_rule_back);

shared float e[JK_DELTA_MAX_DIM], du[JK_DELTA_MAX_DIM], dy[JK_DELTA_MAX_DIM];

#define ME gl_LocalInvocationID.x
#define EACH_COLUMN(j) \
	uint j = ME; j < a.value_dim; j += JK_GROUP

void meet()
{
	memoryBarrierBuffer();
	memoryBarrierShared();
	barrier();
}

uint head;	// at work
bool adds;	// to dq and dk: not the key head's first

// where a state begins, by its number
uint state(uint number)
{
	uint n_states = JK_DELTA_KEPT + a.n_rows / JK_DELTA_CHUNK + 1;
	return (head * n_states + number) * a.key_dim * a.value_dim;
}

// a column of a state, copied, or 0
void copy(uint to, uint from, bool zero, uint j)
{
	SharedF32s w = a.work;
	for (EIGHTS(b, a.key_dim))
		IN_EIGHT(i, b, a.key_dim)
			w.v[to + i * a.value_dim + j] = zero ? 0 :
			    w.v[from + i * a.value_dim + j];
}

uint key_at(uint t)
{
	return t * a.ldk + head / (a.n_heads / a.n_k_heads) * a.key_dim;
}

float decay_of(uint t)
{
	return exp(a.gates.v[t * 2 * a.n_heads + head]);
}

float beta_of(uint t)
{
	return a.gates.v[t * 2 * a.n_heads + a.n_heads + head];
}

// v - S'^T k of column j of the state at s
float error(uint s, uint t, uint j)
{
	SharedF32s w = a.work;
	uint k = key_at(t);
	float sum = 0;
	for (EIGHTS(b, a.key_dim))
		IN_EIGHT(i, b, a.key_dim)
			sum += a.k.v[k + i] * w.v[s + i * a.value_dim + j];
	return a.v.v[t * a.ldv + head * a.value_dim + j] - decay_of(t) * sum;
}

// column j of the state at s behind row t, from what it was before
void pass(uint s, uint t, uint j)
{
	SharedF32s w = a.work;
	uint k = key_at(t);
	float decay = decay_of(t), x = beta_of(t) * error(s, t, j);
	for (EIGHTS(b, a.key_dim))
		IN_EIGHT(i, b, a.key_dim) {
			uint at = s + i * a.value_dim + j;
			w.v[at] = decay * w.v[at] + a.k.v[k + i] * x;
		}
}

// all rows once: the states that are kept, and the prefix's
void go_forward()
{
	uint s = state(JK_DELTA_NOW);
	for (uint t = 0; t < a.n_rows; t++) {
		bool begins = jk_begins(a.rows, t);
		bool has_prefix = a.rows.v[t].prefix_len > 0;
		bool ends_prefix = !has_prefix && t + 1 < a.n_rows &&
		    a.rows.v[t + 1].prefix_len > 0;
		for (EACH_COLUMN(j)) {
			if (begins)
				copy(s, state(JK_DELTA_PREFIX), !has_prefix, j);
			else if (t % JK_DELTA_CHUNK == 0)
				copy(state(JK_DELTA_KEPT + t / JK_DELTA_CHUNK),
				    s, false, j);
			pass(s, t, j);
			if (ends_prefix)
				copy(state(JK_DELTA_PREFIX), s, false, j);
		}
	}
}

// down the columns of row t: what the sums along the rows need; dbeta
float go_down(uint t, uint before, uint ds)
{
	SharedF32s w = a.work;
	uint k = key_at(t);
	float beta = beta_of(t), dbeta = 0;
	for (EACH_COLUMN(j)) {
		float err = error(before, t, j), de = 0;
		dy[j] = a.dy.v[t * a.ldy + head * a.value_dim + j];
		for (EIGHTS(b, a.key_dim))
			IN_EIGHT(i, b, a.key_dim) {
				uint at = ds + i * a.value_dim + j;
				float d = w.v[at] + a.scale * a.q.v[k + i] *
				    dy[j];
				w.v[at] = d;
				de += a.k.v[k + i] * d;
			}
		e[j] = beta * err;
		du[j] = -beta * de;
		a.dv.v[t * a.ldv + head * a.value_dim + j] = beta * de;
		dbeta += de * err;
	}
	return dbeta;
}

// along the rows of the states around row t; dg
float go_across(uint t, uint before, uint after, uint ds)
{
	SharedF32s w = a.work;
	float decay = decay_of(t), dg = 0;
	for (uint i = ME; i < a.key_dim; i += JK_GROUP) {
		uint row = i * a.value_dim, at = key_at(t) + i;
		float k = a.k.v[at], dq = 0, dk = 0;
		for (EIGHTS(b, a.value_dim))
			IN_EIGHT(j, b, a.value_dim) {
				float kept = decay * w.v[before + row + j];
				float d = w.v[ds + row + j];
				dq += w.v[after + row + j] * dy[j];
				dk += d * e[j] + kept * du[j];
				d += k * du[j];
				dg += d * kept;
				w.v[ds + row + j] = decay * d;
			}
		a.dq.v[at] = a.scale * dq + (adds ? a.dq.v[at] : 0);
		a.dk.v[at] = dk + (adds ? a.dk.v[at] : 0);
	}
	return dg;
}

// row t back, between the states before and after it
void go_back(uint t, uint before, uint after)
{
	uint ds = state(JK_DELTA_D_NOW), gates = t * 2 * a.n_heads + head;
	float dbeta = go_down(t, before, ds);
	meet();
	float dg = go_across(t, before, after, ds);
	meet();
	dbeta = group_sum(dbeta);
	dg = group_sum(dg);
	if (ME == 0) {
		a.dgates.v[gates] = dg;
		a.dgates.v[gates + a.n_heads] = dbeta;
	}
}

// rows begin … end - 1, of one sequence (from row first on) and chunk
void chunk(uint first, uint begin, uint end)
{
	uint s = state(JK_DELTA_NOW);
	bool zero = begin == first && a.rows.v[first].prefix_len == 0;
	uint from = state(begin == first ? JK_DELTA_PREFIX :
	    JK_DELTA_KEPT + begin / JK_DELTA_CHUNK);
	for (EACH_COLUMN(j)) {
		copy(s, from, zero, j);
		for (uint t = begin; t < end; t++) {
			copy(state(JK_DELTA_IN_CHUNK + t - begin), s, false,
			    j);
			pass(s, t, j);
		}
	}
	meet();
	for (uint t = end; t-- > begin; ) {
		uint before = state(JK_DELTA_IN_CHUNK + t - begin);
		go_back(t, before, s);
		s = before;
	}
}

// all rows back, from the last sequence to the first
void go_back()
{
	SharedF32s w = a.work;
	uint ds = state(JK_DELTA_D_NOW), prefix = state(JK_DELTA_D_PREFIX);
	for (EACH_COLUMN(j))
		copy(prefix, prefix, true, j);
	uint first;
	for (uint end = a.n_rows; end > 0; end = first) {
		for (first = end - 1; !jk_begins(a.rows, first); first--)
			;
		bool has_prefix = a.rows.v[first].prefix_len > 0;
		for (EACH_COLUMN(j))
			copy(ds, prefix, has_prefix, j);
		uint begin;
		for (uint last = end; last > first; last = begin) {
			begin = max((last - 1) / JK_DELTA_CHUNK *
			    JK_DELTA_CHUNK, first);
			chunk(first, begin, last);
		}
		if (!has_prefix)
			continue;
		for (EACH_COLUMN(j))
			for (EIGHTS(b, a.key_dim))
				IN_EIGHT(i, b, a.key_dim) {
					uint at = i * a.value_dim + j;
					w.v[prefix + at] += w.v[ds + at];
				}
	}
}

void main()
{
	uint n_group = a.n_heads / a.n_k_heads;
	for (uint g = gl_WorkGroupID.x; g < a.n_k_heads;
	    g += gl_NumWorkGroups.x)
		for (uint i = 0; i < n_group; i++) {
			head = g * n_group + i;
			adds = i > 0;
			go_forward();
			go_back();
			meet();
		}
}
