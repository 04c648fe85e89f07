// The tiled matrix product behind matmul and matmul_back.
//
// A work group computes BM x BN outputs; an invocation TM x TN of them in
// registers: fours of rows, 4 BM / TM apart, by fours of columns, 4 BN / TN
// apart.  Tiles of both factors, BK deep, pass through shared memory, where four
// neighbours along M or N are one vector: of the inner loop's TM TN
// multiplications (TM + TN) / 4 loads are made.  While a tile is multiplied the
// next one is on its way to registers; weights are decoded there.  Each output is
// one chain of fma over the inner dimension, in order: a row's bits depend
// neither on the tile's shape nor on the other rows.
//
// The includer defines, over the outputs [a.m, N_OUT] and the inner size N_IN:
//	LEFT, LD_LEFT		the left factor's address, and from row to row
//	RESULT, LD_RESULT	those of the result
//	RIGHT_ALONG_K		true: eights of the weight lie along the inner
//				dimension; false: along the outputs
//	right8(n, k, v)		the eight from output n and inner index k on; finite
//				ones where there are none, and no load is conditional
//	finish(m, step, n, sums) what N_PUT rows of four outputs are, without what
//				they are added to; behind the last row and column
//				anything
//	LEFT_SCALE		what the left factor is multiplied by where it is
//				rounded (matrix.glsl)
// and MATRIX_F16 or MATRIX_BF16 where matrix.glsl multiplies the tiles.  Where it
// defines RANKS, and that is true, the inner dimension goes on behind N_IN, in tiles
// of their own, over LoRA's ranks:
//	ranks(n0)		the first and the one behind the last that BN outputs
//				from n0 on have
//	left_rank4(m, k)	four of row m of the left factor from rank k on
//	right_rank8(n, k, v)	as right8

layout(local_size_x_id = JK_CONST_GROUP_SIZE) in;
layout(constant_id = JK_CONST_BM) const uint BM = 128;
layout(constant_id = JK_CONST_BN) const uint BN = 64;
layout(constant_id = JK_CONST_BK) const uint BK = 16;
layout(constant_id = JK_CONST_TM) const uint TM = 8;
layout(constant_id = JK_CONST_TN) const uint TN = 8;
// 1: what is at LEFT and RESULT begins on 16 bytes, each row of it, too, and outputs
// are whole fours
layout(constant_id = JK_CONST_WIDE) const uint WIDE = 0;

// rows that an invocation puts at a time
#if defined MATRIX_F16 || defined MATRIX_BF16
layout(constant_id = JK_CONST_LANES) const uint LANES = 32;
layout(constant_id = JK_CONST_MATRIX_M) const uint MATRIX_M = 16;
layout(constant_id = JK_CONST_MATRIX_N) const uint MATRIX_N = 16;
layout(constant_id = JK_CONST_MATRIX_K) const uint MATRIX_K = 16;
const uint N_PUT = MATRIX_M * MATRIX_N / 4 / LANES;
#else
const uint N_PUT = 4;
#endif

void right8(uint n, uint k, out float v[8]);
void finish(uint m, uint step, uint n, inout vec4 sums[N_PUT]);

#ifdef RANKS
uvec2 ranks(uint n0);
vec4 left_rank4(uint m, uint k);
void right_rank8(uint n, uint k, out float v[8]);
#else
#define RANKS false
#define ranks(n0) uvec2(0)
#define left_rank4(m, k) vec4(0)
#define right_rank8(n, k, v)
#endif

// Four of row m from k on.  Rows behind the last are as good as the last, since
// nobody writes what becomes of them, and so is what is behind a row's end, till
// clear4.  No load is conditional: what else its registers may hold would have to
// wait for it, and the next load for that.
vec4 left4(uint m, uint k)
{
	uint row = min(m, a.m - 1) * LD_LEFT;
	if (WIDE != 0)
		return F32x4s(uvec2(LEFT)).v[(row + min(k, N_IN - 4)) / 4];
	return vec4(LEFT.v[row + min(k, N_IN - 1)],
	    LEFT.v[row + min(k + 1, N_IN - 1)],
	    LEFT.v[row + min(k + 2, N_IN - 1)],
	    LEFT.v[row + min(k + 3, N_IN - 1)]);
}

// Those of them that are in the row.
vec4 clear4(vec4 x, uint k)
{
	return mix(vec4(0), x, lessThan(k + uvec4(0, 1, 2, 3), uvec4(N_IN)));
}

// Four of a row of outputs from n on, which is at `at`; wide: in one piece.
vec4 get4(F32s from, uint at, uint n, bool wide)
{
	vec4 v = vec4(0);
	if (wide)
		return F32x4s(uvec2(from)).v[at / 4];
	[[unroll]] for (uint j = 0; j < 4; j++)
		if (n + j < N_OUT)
			v[j] = from.v[at + j];
	return v;
}

// Fours of rows m, m + step … from n on.
void put(uint m, uint step, uint n, vec4 of[N_PUT])
{
	if (n >= N_OUT)
		return;
	finish(m, step, n, of);
	[[unroll]] for (uint i = 0; i < N_PUT; i++) {
		uint at = (m + i * step) * LD_RESULT + n;
		if (m + i * step >= a.m)
			return;
		if ((a.flags & JK_MATMUL_ACCUMULATE) != 0)
			of[i] += get4(RESULT, at, n, WIDE != 0);
		if (WIDE != 0)
			F32x4s(uvec2(RESULT)).v[at / 4] = of[i];
		else [[unroll]] for (uint j = 0; j < 4; j++)
			if (n + j < N_OUT)
				RESULT.v[at + j] = of[i][j];
	}
}

#if defined MATRIX_F16 || defined MATRIX_BF16
#include "matrix.glsl"
#else

// the size of the group
const uint THREADS_M = BM / TM, THREADS_N = BN / TN;
const uint THREADS = THREADS_M * THREADS_N;

// one four more a row: neighbours along K meet other banks
const uint LD_M = BM / 4 + 1, LD_N = BN / 4 + 1;
shared vec4 tile_left[BK * LD_M];
shared vec4 tile_right[BK * LD_N];

// output and inner index of the e-th eight of a tile of the weight
uvec2 place_right(uint e)
{
	return RIGHT_ALONG_K ? uvec2(e / (BK / 8), e % (BK / 8) * 8) :
	    uvec2(e % (BN / 8) * 8, e / (BN / 8));
}

void put_right(uint e, float v[8])
{
	uvec2 nk = place_right(e);
	if (RIGHT_ALONG_K) {
		[[unroll]] for (uint j = 0; j < 8; j++)
			tile_right[(nk.y + j) * LD_N + nk.x / 4][nk.x % 4] = v[j];
		return;
	}
	uint at = nk.y * LD_N + nk.x / 4;
	tile_right[at] = vec4(v[0], v[1], v[2], v[3]);
	tile_right[at + 1] = vec4(v[4], v[5], v[6], v[7]);
}

// what an invocation carries of the next tile
const uint N_LEFT = BM * BK / 4 / THREADS, N_RIGHT = BN * BK / 8 / THREADS;

vec4 next_left[N_LEFT];
float next_right[N_RIGHT][8];
vec4 sums[TM][TN / 4];

void load(uint m0, uint n0, uint k0, bool of_ranks)
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uint e = gl_LocalInvocationID.x + i * THREADS;
		uint m = m0 + e / (BK / 4), k = k0 + e % (BK / 4) * 4;
		next_left[i] = of_ranks ? left_rank4(m, k) : left4(m, k);
	}
	[[unroll]] for (uint i = 0; i < N_RIGHT; i++) {
		uvec2 nk = place_right(gl_LocalInvocationID.x + i * THREADS);
		if (of_ranks)
			right_rank8(n0 + nk.x, k0 + nk.y, next_right[i]);
		else
			right8(n0 + nk.x, k0 + nk.y, next_right[i]);
	}
}

void put_tile(uint k0, bool of_ranks)
{
	uint first = gl_LocalInvocationID.x;
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uint e = first + i * THREADS;
		uint m = e / (BK / 4), k = e % (BK / 4) * 4;
		if (!of_ranks && k0 + BK > N_IN)
			next_left[i] = clear4(next_left[i], k0 + k);
		[[unroll]] for (uint j = 0; j < 4; j++)
			tile_left[(k + j) * LD_M + m / 4][m % 4] =
			    next_left[i][j];
	}
	[[unroll]] for (uint i = 0; i < N_RIGHT; i++)
		put_right(first + i * THREADS, next_right[i]);
}

// an invocation's, in fours: the first of its rows and of its columns
uvec2 own_place()
{
	return uvec2(gl_LocalInvocationID.x / THREADS_N,
	    gl_LocalInvocationID.x % THREADS_N);
}

void multiply(uvec2 own)
{
	for (uint k = 0; k < BK; k++) {
		vec4 right[TN / 4];
		[[unroll]] for (uint j = 0; j < TN / 4; j++)
			right[j] = tile_right[k * LD_N + own.y +
			    j * THREADS_N];
		[[unroll]] for (uint i = 0; i < TM; i += 4) {
			vec4 left = tile_left[k * LD_M + own.x +
			    i / 4 * THREADS_M];
			[[unroll]] for (uint e = 0; e < 4; e++)
				[[unroll]] for (uint j = 0; j < TN / 4; j++)
					sums[i + e][j] = fma(vec4(left[e]),
					    right[j], sums[i + e][j]);
		}
	}
}

void clear_sums()
{
	[[unroll]] for (uint i = 0; i < TM; i++)
		[[unroll]] for (uint j = 0; j < TN / 4; j++)
			sums[i][j] = vec4(0);
}

void put_sums(uint m0, uint n0, uvec2 own)
{
	[[unroll]] for (uint i = 0; i < TM; i += 4)
		[[unroll]] for (uint j = 0; j < TN / 4; j++)
			put(m0 + 4 * (own.x + i / 4 * THREADS_M), 1,
			    n0 + 4 * (own.y + j * THREADS_N),
			    vec4[N_PUT](sums[i][j], sums[i + 1][j],
			    sums[i + 2][j], sums[i + 3][j]));
}

#define group_wait barrier
#endif

// Both kinds have the tile at k0 of the inner dimension, or at that rank, loaded into
// registers; moved from there to shared memory, with zeros behind a row's end; and
// multiplied, of it what is this invocation's or its subgroup's.
void main()
{
	uint m0 = gl_WorkGroupID.y * BM, n0 = gl_WorkGroupID.x * BN;
	uvec2 own = own_place();

	clear_sums();
	// the tile at k0 is on its way while the one before is multiplied
	for (uint k0 = 0;; k0 += BK) {
		load(m0, n0, k0, false);
		if (k0 > 0)
			multiply(own);
		if (k0 >= N_IN)
			break;
		group_wait();
		put_tile(k0, false);
		group_wait();
	}
	if (RANKS) {
		uvec2 rank = ranks(n0);
		for (uint r0 = rank.x; r0 < rank.y; r0 += BK) {
			load(m0, n0, r0, true);
			group_wait();
			put_tile(r0, true);
			group_wait();
			multiply(own);
		}
	}
	put_sums(m0, n0, own);
}
