// attention_back_kv.comp on cooperative matrices: a subgroup has rows of keys and of
// their values, and the tiles that pass by are of queries, so that scores and
// probabilities are turned: a row for each key.
#define N_LEFT 2	// k, v
#define N_SUMS 2	// dk, dv
#define MOST_HELD 64
#define MOST_BATCH 2
#include "attention_half.glsl"

// of a tile of queries: the keys that they see, and
shared uvec4 seen[BKEY];
shared float lse[BKEY], delta[BKEY];

vec4 p[N_ROWS][N_FOURS], weights[N_ROWS][N_FOURS];	// with slopes of the cap

uint first_query()
{
	return part_of_row() * N_FOURS * 4;
}

void look(uint t0, uint end, uint h)
{
	for (uint i = gl_LocalInvocationID.x; i < BKEY; i += THREADS) {
		uint t = min(t0 + i, end - 1);
		seen[i] = t0 + i < end ? seen_by(a.rows.v[t], a.window) :
		    uvec4(0);
		lse[i] = a.lse.v[t * a.n_heads + h];
		delta[i] = JK_ATTENTION_BACK_SCALE *
		    a.delta.v[t * a.n_heads + h];
	}
}

// whether any of them sees one of this subgroup's keys
bool any_sees(uint key0)
{
	bool any = false;
	[[unroll]] for (uint i = 0; i < BKEY; i += LANES)
		any = any || meets(seen[(i + gl_SubgroupInvocationID) % BKEY],
		    key0 + first_row(), MATRIX_M);
	return subgroupOr(any ? 1u : 0u) != 0;
}

void weigh(uint key0)
{
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		uint key = key0 + first_row() + row_of(i);
		[[unroll]] for (uint n = 0; n < N_FOURS; n++) {
			vec4 x = score4(i, n);
			[[unroll]] for (uint e = 0; e < 4; e++) {
				uint t = first_query() + 4 * n + e;
				float s = score(x[e]), w = exp(s - lse[t]);
				p[i][n][e] = is_seen(seen[t], key) ? w : 0;
				w = p[i][n][e] * cap_slope(s, a.cap);
				weights[i][n][e] = p[i][n][e] == 0 ? 0 : w;
			}
		}
	}
}

// Probabilities to halves; of the gradients of scores they stay here.
void slope(out uvec2 ds[N_ROWS][N_FOURS])
{
	uvec2 halves[N_ROWS][N_FOURS];
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++)
		[[unroll]] for (uint n = 0; n < N_FOURS; n++) {
			vec4 d = score4(i, n);
			[[unroll]] for (uint e = 0; e < 4; e++)
				d[e] -= delta[first_query() + 4 * n + e];
			ds[i][n] = half4(mix(weights[i][n] * d, vec4(0),
			    equal(weights[i][n], vec4(0))));
			halves[i][n] = half4(p[i][n]);
		}
	put_halves(halves);
}

void walk(uint begin, uint end, uint key0, uint h)
{
	for (uint t0 = begin; t0 < end; t0 += BKEY) {
		uvec2 ds[N_ROWS][N_FOURS];
		look(t0, end, h);
		put_rows(RIGHT, BKEY, a.q, t0, end, a.ldq, h, 1);
		group_wait();
		busy = any_sees(key0);
		multiply(0);
		weigh(key0);
		group_wait();
		put_rows(RIGHT, BKEY, a.dy, t0, end, a.ldy, h,
		    JK_ATTENTION_BACK_SCALE);
		group_wait();
		multiply(1);
		slope(ds);
		group_wait();
		put_turned(a.dy, t0, end, a.ldy, h, JK_ATTENTION_BACK_SCALE);
		group_wait();
		add_turned(1);
		put_halves(ds);
		group_wait();
		put_turned(a.q, t0, end, a.ldq, h, 1);
		group_wait();
		add_turned(0);
		group_wait();
	}
}

void main()
{
	uint key0 = gl_WorkGroupID.x * BQ, head = gl_WorkGroupID.y;
	uint n_keys = min(BQ, a.n_rows - key0);
	uint per_head = a.n_heads / a.n_kv_heads;
	float factor[N_ROWS];

	put_rows(0, BQ, a.k, key0, a.n_rows, a.ldk, head, 1);
	put_rows(BQ * LD, BQ, a.v, key0, a.n_rows, a.ldk, head, 1);
	clear_sums();
	group_wait();
	hold_left();
	group_wait();
	// one prefix for all: the last row knows how long it is
	uint end = a.n_rows;
	if (key0 >= a.rows.v[a.n_rows - 1].prefix_len) {
		end = 0;
		for (uint j = 0; j < n_keys; j++)
			end = max(end, a.rows.v[key0 + j].own_end);
	}
	for (uint h = head * per_head; h < (head + 1) * per_head; h++)
		walk(key0, end, key0, h);
	[[unroll]] for (uint i = 0; i < N_ROWS; i++)
		factor[i] = a.scale * (1.0 / JK_ATTENTION_BACK_SCALE);
	put_sums(0, factor, a.dk, key0, a.n_rows, a.ldk, head);
	[[unroll]] for (uint i = 0; i < N_ROWS; i++)
		factor[i] = 1.0 / JK_ATTENTION_BACK_SCALE;
	put_sums(1, factor, a.dv, key0, a.n_rows, a.ldk, head);
}
