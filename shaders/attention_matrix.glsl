// attention.comp on cooperative matrices: a subgroup's rows of scores, and of the
// weighted sums of values, are its own, with an online softmax in f32 between the
// two products.
#define N_LEFT 1
#define N_SUMS 1
#define MOST_HELD 128
#define MOST_BATCH (PADDED <= 128 ? 8 : 4)
#include "attention_half.glsl"
#include "attention_keys.glsl"

float top[N_ROWS], total[N_ROWS];	// of a lane's rows

#define NEVER uintBitsToFloat(0xff800000u)	// -infinity

float row_max(float x)
{
	[[unroll]] for (uint i = 1; i < PER_ROW; i *= 2)
		x = max(x, subgroupShuffleXor(x, i));
	return x;
}

float row_sum(float x)
{
	[[unroll]] for (uint i = 1; i < PER_ROW; i *= 2)
		x += subgroupShuffleXor(x, i);
	return x;
}

// Multiply sums by a factor for each row: N times it, behind the halves.
void rescale(float factor[N_ROWS])
{
	SUMS factors;
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++)
		[[unroll]] for (uint f = 0; f < SUM_FOURS; f++) {
			uint n = part_of_row() + f * PER_ROW;
			if (n < MATRIX_N / 4)
				tile[own_scores() + row_of(i) * LD_SCORES +
				    BKEY / 8 + n] =
				    uvec4(floatBitsToUint(factor[i]));
		}
	subgroup_wait();
	if (!busy)
		return;
	coopMatLoad(factors, tile, own_scores() + BKEY / 8, LD_SCORES,
	    ROW_MAJOR);
	[[unroll]] for (uint j = 0; j < PADDED / MATRIX_N; j++)
		sums[0][j] *= factors;
}

void softmax(uint key0)
{
	uvec2 p[N_ROWS][N_FOURS];
	float factor[N_ROWS];
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		uvec4 keys = seen[first_row() + row_of(i)];
		uint key = key0 + part_of_row() * N_FOURS * 4;
		vec4 s[N_FOURS];
		float best = top[i], sum = 0;
		[[unroll]] for (uint n = 0; n < N_FOURS; n++) {
			s[n] = score4(i, n);
			[[unroll]] for (uint e = 0; e < 4; e++) {
				float x = score(s[n][e]);
				s[n][e] = is_seen(keys, key + 4 * n + e) ? x :
				    NEVER;
				best = max(best, s[n][e]);
			}
		}
		best = row_max(best);
		[[unroll]] for (uint n = 0; n < N_FOURS; n++) {
			// no numbers stay none, though max may drop them
			s[n] = best == NEVER ? mix(s[n], vec4(0),
			    equal(s[n], vec4(NEVER))) : exp(s[n] - best);
			sum += s[n].x + s[n].y + (s[n].z + s[n].w);
			p[i][n] = half4(s[n]);
		}
		factor[i] = best == NEVER ? 1 : exp(top[i] - best);
		total[i] = total[i] * factor[i] + row_sum(sum);
		top[i] = best;
	}
	put_halves(p);
	rescale(factor);
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
		softmax(key0);
		group_wait();
		put_turned(a.v, key0, end, a.ldk, head, 1);
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
	clear_sums();
	[[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		top[i] = NEVER;
		total[i] = 0;
	}
	look(t0, n_q);
	hold_left();
	group_wait();
	walk(h / (a.n_heads / a.n_kv_heads));
	[[unroll]] for (uint i = 0; i < N_ROWS; i++) {
		uint r = first_row() + row_of(i);
		factor[i] = 1 / total[i];
		if (KEEP_LSE != 0 && part_of_row() == 0 && r < n_q)
			a.lse.v[(t0 + r) * a.n_heads + h] = top[i] +
			    log(total[i]);
	}
	put_sums(0, factor, a.y, t0, a.n_rows, a.ldy, h);
}
