// attention_back_q.comp on cooperative matrices: as attention_matrix.glsl, with the
// probabilities recomputed from the log-sum-exp.
#define N_LEFT 2	// q, dy
#define N_SUMS 1
#define MOST_HELD 64
#define MOST_BATCH 4
#include "attention_half.glsl"
#include "attention_keys.glsl"

float lse[N_ROWS], delta[N_ROWS];	// of a lane's rows
vec4 weights[N_ROWS][N_FOURS];	// probabilities times slopes of the cap

void weigh(uint key0)
{
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		uvec4 keys = seen[first_row() + row_of(i)];
		uint key = key0 + part_of_row() * N_FOURS * 4;
		[[unroll]] for (uint n = 0; n < N_FOURS; n++) {
			vec4 x = score4(i, n);
			[[unroll]] for (uint e = 0; e < 4; e++) {
				float s = score(x[e]);
				float w = exp(s - lse[i]) * cap_slope(s, a.cap);
				weights[i][n][e] = is_seen(keys, key + 4 * n +
				    e) ? w : 0;
			}
		}
	}
}

void slope()
{
	uvec2 ds[N_ROWS][N_FOURS];
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++)
		[[unroll]] for (uint n = 0; n < N_FOURS; n++)
			ds[i][n] = half4(mix(weights[i][n] * (score4(i, n) -
			    delta[i]), vec4(0), equal(weights[i][n], vec4(0))));
	put_halves(ds);
}

void walk(uint head)
{
	uint end = max(prefix_end, own_end);
	for (uint key0 = min(prefix_begin, own_begin); key0 < end;
	    key0 = next_tile(key0)) {
		busy = any_sees(key0);
		put_rows(RIGHT, BKEY, a.k, key0, end, a.ldk, head, 1);
		group_wait();
		multiply(0);
		weigh(key0);
		group_wait();
		put_rows(RIGHT, BKEY, a.v, key0, end, a.ldk, head, 1);
		group_wait();
		multiply(1);
		slope();
		group_wait();
		put_turned(a.k, key0, end, a.ldk, head, 1);
		group_wait();
		add_turned(0);
		group_wait();
	}
}

void main()
{
	uint t0 = gl_WorkGroupID.x * BQ, h = gl_WorkGroupID.y;
	uint n_q = min(BQ, a.n_rows - t0);
	float factor[N_ROWS];

	put_rows(0, BQ, a.q, t0, a.n_rows, a.ldq, h, 1);
	put_rows(BQ * LD, BQ, a.dy, t0, a.n_rows, a.ldy, h,
	    JK_ATTENTION_BACK_SCALE);
	clear_sums();
	[[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		uint t = t0 + min(first_row() + row_of(i), n_q - 1);
		lse[i] = a.lse.v[t * a.n_heads + h];
		delta[i] = JK_ATTENTION_BACK_SCALE *
		    a.delta.v[t * a.n_heads + h];
		factor[i] = a.scale * (1.0 / JK_ATTENTION_BACK_SCALE);
	}
	look(t0, n_q);
	hold_left();
	group_wait();
	walk(h / (a.n_heads / a.n_kv_heads));
	put_sums(0, factor, a.dq, t0, a.n_rows, a.ldq, h);
}
