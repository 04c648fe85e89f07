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
#include "wait.glsl"

// eights of a tile that an invocation carries; two of them, one behind the other
// along the inner dimension, where eights lie along the outputs
const uint N_LEFT = BM * BK / 8 / THREADS, N_RIGHT = BN * BK / 8 / THREADS;

vec4 next_left[N_LEFT][2];
float next_right[N_RIGHT][8];
SUMS sums[TM / MATRIX_M][TN / MATRIX_N];

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

void put_left()
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uvec2 mk = place_left(i);
		vec4 low = next_left[i][0] * LEFT_SCALE;
		vec4 high = next_left[i][1] * LEFT_SCALE;
		tile[mk.x * LD + mk.y / 8] = uvec4(half2(low.x, low.y),
		    half2(low.z, low.w), half2(high.x, high.y),
		    half2(high.z, high.w));
	}
}

// weights need no rounding; in f16 that is no more work
#ifdef MATRIX_BF16
const bool WEIGHTS_FIT = WEIGHT_TYPE == JK_BF16;
#else
const bool WEIGHTS_FIT = false;
#define fitting2 half2
#endif

uint right2(float x, float y, bool fit)
{
	return fit ? fitting2(x, y) : half2(x, y);
}

// fit: a constant, of all that stands for weights
void put_right(bool fit)
{
	if (RIGHT_ALONG_K) [[unroll]] for (uint i = 0; i < N_RIGHT; i++) {
		uvec2 nk = place_right(i);
		uvec4 eight;
		[[unroll]] for (uint j = 0; j < 4; j++)
			eight[j] = right2(next_right[i][2 * j],
			    next_right[i][2 * j + 1], fit);
		tile[(BM + nk.x) * LD + nk.y / 8] = eight;
	}
	else [[unroll]] for (uint i = 0; i < N_RIGHT; i += 2) {
		uvec2 nk = place_right(i);
		[[unroll]] for (uint j = 0; j < 8; j++)
			tile[(BM + nk.x + j) * LD + nk.y / 8][nk.y % 8 / 2] =
			    right2(next_right[i][j], next_right[i + 1][j], fit);
	}
}

void put_matrix(uint m0, uint n0, SUMS of)
{
	uint at = gl_SubgroupID * MATRIX_M * LD_SUMS;
	coopMatStore(of, tile, at, LD_SUMS,
	    gl_CooperativeMatrixLayoutRowMajor);
	subgroup_wait();
	const uint STEP = LANES / (MATRIX_N / 4);
	uint m = gl_SubgroupInvocationID / (MATRIX_N / 4);
	uint n = gl_SubgroupInvocationID % (MATRIX_N / 4);
	vec4 rows[N_PUT];
	[[unroll]] for (uint i = 0; i < N_PUT; i++)
		rows[i] = uintBitsToFloat(tile[at + (m + i * STEP) * LD_SUMS +
		    n]) * (1.0 / LEFT_SCALE);
	put(m0 + m, STEP, n0 + 4 * n, rows);
	subgroup_wait();
}

void load(uint m0, uint n0, uint k0, bool of_ranks)
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++) {
		uvec2 mk = place_left(i);
		uint m = m0 + mk.x, k = k0 + mk.y;
		next_left[i][0] = of_ranks ? left_rank4(m, k) : left4(m, k);
		next_left[i][1] = of_ranks ? left_rank4(m, k + 4) :
		    left4(m, k + 4);
	}
	[[unroll]] for (uint i = 0; i < N_RIGHT; i++) {
		uvec2 nk = place_right(i);
		if (of_ranks)
			right_rank8(n0 + nk.x, k0 + nk.y, next_right[i]);
		else
			right8(n0 + nk.x, k0 + nk.y, next_right[i]);
	}
}

void put_tile(uint k0, bool of_ranks)
{
	if (!of_ranks && k0 + BK > N_IN)
		[[unroll]] for (uint i = 0; i < N_LEFT; i++)
			[[unroll]] for (uint j = 0; j < 2; j++)
				next_left[i][j] = clear4(next_left[i][j],
				    k0 + place_left(i).y + 4 * j);
	put_left();
	put_right(WEIGHTS_FIT && !of_ranks);
}

// a subgroup's
uvec2 own_place()
{
	return uvec2(gl_SubgroupID / (BN / TN) * TM,
	    gl_SubgroupID % (BN / TN) * TN);
}

void multiply(uvec2 own)
{
	[[unroll]] for (uint k = 0; k < BK; k += MATRIX_K) {
		coopmat<HALF, gl_ScopeSubgroup, MATRIX_M, MATRIX_K,
		    gl_MatrixUseA> left[TM / MATRIX_M];
		[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
			coopMatLoad(left[i], tile, (own.x + i * MATRIX_M) *
			    LD + k / 8, LD, gl_CooperativeMatrixLayoutRowMajor);
		[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++) {
			coopmat<HALF, gl_ScopeSubgroup, MATRIX_K, MATRIX_N,
			    gl_MatrixUseB> right;
			coopMatLoad(right, tile, (BM + own.y + j * MATRIX_N) *
			    LD + k / 8, LD,
			    gl_CooperativeMatrixLayoutColumnMajor);
			[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
				sums[i][j] = coopMatMulAdd(left[i], right,
				    sums[i][j]);
		}
	}
}

void clear_sums()
{
	[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
		[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++)
			sums[i][j] = SUMS(0);
}

void put_sums(uint m0, uint n0, uvec2 own)
{
	// where tiles were
	group_wait();
	[[unroll]] for (uint i = 0; i < TM / MATRIX_M; i++)
		[[unroll]] for (uint j = 0; j < TN / MATRIX_N; j++)
			put_matrix(m0 + own.x + i * MATRIX_M,
			    n0 + own.y + j * MATRIX_N, sums[i][j]);
}
