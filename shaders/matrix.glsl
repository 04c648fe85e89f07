// The inner part of tile.glsl on cooperative matrices, whose factors are f16
// (MATRIX_F16) or bf16 (MATRIX_BF16).
//
// Of the BM x BN outputs of a group a subgroup computes TM x TN, as matrices of
// MATRIX_M x MATRIX_N sums in f32.  Both factors are rounded to 16 bits on their
// way into shared memory, where row m of the left one and column n of the right
// one are BK neighbours along the inner dimension: a lane takes what it wants of
// either in loads of 16 bytes, on the way forward and back.  Sums pass through
// the same memory, a matrix of each subgroup at a time, to where put takes them.
// Which ranks a matrix multiplies together depends on the tile, and so do a row's
// last bits.
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require

// the size of the group
const uint THREADS = BM / TM * (BN / TN) * LANES;

// eights of a row, and one more: neighbouring rows meet other banks
const uint LD = BK / 8 + 1;
shared uvec4 tile[(BM + BN) * LD];
// fours of sums of a row, and one more
const uint LD_SUMS = MATRIX_N / 4 + 1;

#define SUMS coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, \
	gl_MatrixUseAccumulator>

#include "half.glsl"

// eights of a tile that an invocation carries; two of them, one behind the other
// along the inner dimension, where eights lie along the outputs
const uint N_LEFT = BM * BK / 8 / THREADS, N_RIGHT = BN * BK / 8 / THREADS;

// row and inner index of the i-th
uvec2 place_left(uint i)
{
	uint e = gl_LocalInvocationID.x + i * THREADS;
	return uvec2(e / (BK / 8), e % (BK / 8) * 8);
}

// output and inner index
uvec2 place_right(uint i)
{
	uint e = gl_LocalInvocationID.x + (RIGHT_ALONG_K ? i : i / 2) * THREADS;
	return RIGHT_ALONG_K ? uvec2(e / (BK / 8), e % (BK / 8) * 8) :
	    uvec2(e % (BN / 8) * 8, e / (BN / 8) * 2 + i % 2);
}

void put_left(vec4 next[N_LEFT][2])
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uvec2 mk = place_left(i);
		vec4 low = next[i][0] * LEFT_SCALE, high = next[i][1] * LEFT_SCALE;
		tile[mk.x * LD + mk.y / 8] = uvec4(half2(low.x, low.y),
		    half2(low.z, low.w), half2(high.x, high.y),
		    half2(high.z, high.w));
	}
}

void put_right(float next[N_RIGHT][8])
{
	if (RIGHT_ALONG_K) [[unroll]] for (uint i = 0; i < N_RIGHT; i++) {
		uvec2 nk = place_right(i);
		tile[(BM + nk.x) * LD + nk.y / 8] = uvec4(
		    half2(next[i][0], next[i][1]), half2(next[i][2], next[i][3]),
		    half2(next[i][4], next[i][5]), half2(next[i][6], next[i][7]));
	}
	else [[unroll]] for (uint i = 0; i < N_RIGHT; i += 2) {
		uvec2 nk = place_right(i);
		[[unroll]] for (uint j = 0; j < 8; j++)
			tile[(BM + nk.x + j) * LD + nk.y / 8][nk.y % 8 / 2] =
			    half2(next[i][j], next[i + 1][j]);
	}
}

void put_sums(uint m0, uint n0, SUMS sums)
{
	uint at = gl_SubgroupID * MATRIX_M * LD_SUMS;
	coopMatStore(sums, tile, at, LD_SUMS,
	    gl_CooperativeMatrixLayoutRowMajor);
	subgroupMemoryBarrierShared();
	subgroupBarrier();
	const uint STEP = LANES / (MATRIX_N / 4);
	uint m = gl_SubgroupInvocationID / (MATRIX_N / 4);
	uint n = gl_SubgroupInvocationID % (MATRIX_N / 4);
	vec4 rows[N_PUT];
	[[unroll]] for (uint i = 0; i < N_PUT; i++)
		rows[i] = uintBitsToFloat(tile[at + (m + i * STEP) * LD_SUMS +
		    n]) * (1.0 / LEFT_SCALE);
	put(m0 + m, STEP, n0 + 4 * n, rows);
	subgroupBarrier();
}

// The tile at k0 of the inner dimension, or of the ranks.
void load(uint m0, uint n0, uint k0, bool of_ranks, out vec4 left[N_LEFT][2],
    out float right[N_RIGHT][8])
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uvec2 mk = place_left(i);
		uint m = m0 + mk.x, k = k0 + mk.y;
		left[i][0] = of_ranks ? left_rank4(m, k) : left4(m, k);
		left[i][1] = of_ranks ? left_rank4(m, k + 4) : left4(m, k + 4);
	}
	[[unroll]] for (uint i = 0; i < N_RIGHT; i++) {
		uvec2 nk = place_right(i);
		if (of_ranks)
			right_rank8(n0 + nk.x, k0 + nk.y, right[i]);
		else
			right8(n0 + nk.x, k0 + nk.y, right[i]);
	}
}

void main()
{
	vec4 next_left[N_LEFT][2];
	float next_right[N_RIGHT][8];
	SUMS sums[TM / MATRIX_M][TN / MATRIX_N];
	uint m0 = gl_WorkGroupID.y * BM, n0 = gl_WorkGroupID.x * BN;
	uint tm = gl_SubgroupID / (BN / TN) * TM;
	uint tn = gl_SubgroupID % (BN / TN) * TN;
	uvec2 rank = ranks(n0);

	[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
		[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++)
			sums[i][j] = SUMS(0);
	// the tile at k0 is loaded while the one before is multiplied
	for (uint k0 = 0; k0 < N_ALL(rank) + BK; k0 += BK) {
		if (RANKS && k0 >= RANKS_AT)
			load(m0, n0, k0 - RANKS_AT + rank.x, true, next_left,
			    next_right);
		else
			load(m0, n0, k0, false, next_left, next_right);
		if (k0 > 0) [[unroll]] for (uint k = 0; k < BK; k += MATRIX_K) {
			coopmat<HALF, gl_ScopeSubgroup, MATRIX_M, MATRIX_K,
			    gl_MatrixUseA> left[TM / MATRIX_M];
			[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
				coopMatLoad(left[i], tile, (tm + i * MATRIX_M) *
				    LD + k / 8, LD,
				    gl_CooperativeMatrixLayoutRowMajor);
			[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++) {
				coopmat<HALF, gl_ScopeSubgroup, MATRIX_K,
				    MATRIX_N, gl_MatrixUseB> right;
				coopMatLoad(right, tile, (BM + tn + j *
				    MATRIX_N) * LD + k / 8, LD,
				    gl_CooperativeMatrixLayoutColumnMajor);
				[[unroll]] for (uint i = 0; i < TM / MATRIX_M;
				    i++)
					sums[i][j] = coopMatMulAdd(left[i],
					    right, sums[i][j]);
			}
		}
		barrier();
		put_left(next_left);
		put_right(next_right);
		barrier();
	}
	[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
		[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++)
			put_sums(m0 + tm + i * MATRIX_M,
			    n0 + tn + j * MATRIX_N, sums[i][j]);
}
