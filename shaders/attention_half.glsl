// What attention's shaders on cooperative matrices share, whose factors are f16
// (MATRIX_F16) or bf16 (MATRIX_BF16).
//
// A subgroup has MATRIX_M rows of a head, one below the other in the group's BQ: of
// queries, say.  Tiles of JK_ATTENTION_KEYS others, keys then, pass by, the same for
// all of the group: a subgroup multiplies its rows with them (scores), and what
// becomes of that, in 16 bits, with their values (sums).  All that is multiplied is
// rounded on its way into shared memory, with zeros behind the head up to whole
// matrices, and stands there along the inner dimension of its product, in the second
// turned, so that a lane takes what it wants in loads of 16 bytes (matrix.glsl).
// Between the products a lane has fours of a row, through shared memory of its
// subgroup.
//
// The includer defines
//	N_LEFT		factors of which a subgroup has rows
//	N_SUMS		what it adds up for them
//	MOST_HELD	dimensions of a head up to which they stay in registers;
//			those of larger ones stay in shared memory
//	MOST_BATCH	eights that a lane loads at a time at most: for them, too,
//			there have to be registers
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "attention_head.glsl"

layout(local_size_x_id = JK_CONST_GROUP_SIZE) in;
layout(constant_id = JK_CONST_LANES) const uint LANES = 32;
layout(constant_id = JK_CONST_BQ) const uint BQ = 64;
layout(constant_id = JK_CONST_MATRIX_M) const uint MATRIX_M = 16;
layout(constant_id = JK_CONST_MATRIX_N) const uint MATRIX_N = 16;
layout(constant_id = JK_CONST_MATRIX_K) const uint MATRIX_K = 16;

// the size of the group
const uint THREADS = BQ / MATRIX_M * LANES;
const uint BKEY = JK_ATTENTION_KEYS;
// a head and the zeros behind it
const uint PAD = MATRIX_N > MATRIX_K ? MATRIX_N : MATRIX_K;
const uint PADDED = (HEAD_DIM + PAD - 1) / PAD * PAD;

// Sixteens of bytes of a row: of a head, of a column of a tile, of scores; one more
// than it takes, so that neighbouring rows meet other banks.
const uint LD = PADDED / 8 + 1, LD_TURNED = BKEY / 8 + 1;
const uint LD_SCORES = BKEY / 4 + 1;

// lanes to a row of scores, rows of a lane, fours of such a row
const uint PER_ROW = LANES > MATRIX_M ? LANES / MATRIX_M : 1;
const uint N_ROWS = MATRIX_M * PER_ROW / LANES;
const uint N_FOURS = BKEY / 4 / PER_ROW;
// the same of a row of a matrix of sums; its n-th is part_of_row() + n * PER_ROW,
// where that is one
const uint SUM_FOURS = (MATRIX_N / 4 + PER_ROW - 1) / PER_ROW;

#define ROW_MAJOR gl_CooperativeMatrixLayoutRowMajor
#define COLUMN_MAJOR gl_CooperativeMatrixLayoutColumnMajor
#define SUMS coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, \
	gl_MatrixUseAccumulator>
#define LEFT_FACTOR coopmat<HALF, gl_ScopeSubgroup, MATRIX_M, MATRIX_K, \
	gl_MatrixUseA>
#define RIGHT_FACTOR coopmat<HALF, gl_ScopeSubgroup, MATRIX_K, MATRIX_N, \
	gl_MatrixUseB>

#include "half.glsl"
#include "wait.glsl"

uvec2 half4(vec4 x)
{
	return uvec2(half2(x.x, x.y), half2(x.z, x.w));
}

#include "attention_seen.glsl"

// whether any of the n keys from key0 on is
bool meets(uvec4 seen, uint key0, uint n)
{
	uvec2 begin = seen.xz, end = begin + seen.yw;
	return key0 < end.x && begin.x < key0 + n ||
	    key0 < end.y && begin.y < key0 + n;
}

// What a key that is seen scores, from its product.  One that overflowed is no
// number, lest a cap or the exponential make one of it.
float score(float product)
{
	float s = capped(product * a.scale, a.cap);
	return IS_FINITE(product) ? s : uintBitsToFloat(0x7fc00000u);
}

const bool HELD = HEAD_DIM <= MOST_HELD;

// Of uvec4s: the rows of left factors (held ones pass through here first), those of
// a right one or its columns, and of each subgroup its scores, which are written
// over, once read, by what becomes of them, in 16 bits.
const uint LEFT_SIZE = N_LEFT * BQ * LD, RIGHT = HELD ? 0 : LEFT_SIZE;
const uint SCORES = RIGHT + (BKEY * LD > PADDED * LD_TURNED ? BKEY * LD :
    PADDED * LD_TURNED);
const uint END = SCORES + BQ * LD_SCORES;
shared uvec4 tile[END > LEFT_SIZE ? END : LEFT_SIZE];

LEFT_FACTOR left[N_LEFT][HELD ? PADDED / MATRIX_K : 1];
SUMS sums[N_SUMS][PADDED / MATRIX_N];

void clear_sums()
{
	[[unroll]] for (uint i = 0; i < N_SUMS; i++)
		[[unroll]] for (uint j = 0; j < PADDED / MATRIX_N; j++)
			sums[i][j] = SUMS(0);
}

// Rows of a head pass into the tile in batches, of which all is loaded before any of
// it is waited for.  No load is conditional (tile.glsl); what is behind the last row
// or the head's end becomes 0 here.
const uint EIGHTS = PADDED / 8;
// eights of a tile that a lane has, and how many of them it loads at a time
const uint N_EIGHTS = (BKEY * EIGHTS + THREADS - 1) / THREADS;
const uint BATCH = N_EIGHTS < MOST_BATCH ? N_EIGHTS : MOST_BATCH;

// four of a row, from 4 d on, or others
vec4 any4(F32s from, uint row, uint end, uint ld, uint head, uint d)
{
	return head4(from, min(row, end - 1) * ld + head * HEAD_DIM,
	    min(d, D4 - 1));
}

vec4 there4(vec4 x, uint row, uint end, uint d)
{
	return row < end && d < D4 ? x : vec4(0);
}

// a batch of what put_rows does, from eight `first` on
void put_eights(uint first, uint to, uint n, F32s from, uint row0, uint end, uint ld,
    uint head, float factor)
{
	vec4 x[BATCH][2];
	[[unroll]] for (uint b = 0; b < BATCH; b++) {
		uint i = first + b * THREADS;
		uint row = row0 + i / EIGHTS, d = i % EIGHTS * 2;
		x[b][0] = any4(from, row, end, ld, head, d);
		x[b][1] = any4(from, row, end, ld, head, d + 1);
	}
	[[unroll]] for (uint b = 0; b < BATCH; b++) {
		uint i = first + b * THREADS;
		uint r = i / EIGHTS, d = i % EIGHTS * 2;
		vec4 low = there4(x[b][0], row0 + r, end, d);
		vec4 high = there4(x[b][1], row0 + r, end, d + 1);
		if (i < n * EIGHTS)
			tile[to + r * LD + d / 2] = uvec4(half4(factor * low),
			    half4(factor * high));
	}
}

// n rows of a head, from row0 on, times `factor` into the tile at `to`; those from
// row `end` on are 0
void put_rows(uint to, uint n, F32s from, uint row0, uint end, uint ld, uint head,
    float factor)
{
	uint first = gl_LocalInvocationID.x;
	// unrolled, batches would all want their registers at once
	if (n * EIGHTS <= BATCH * THREADS)
		put_eights(first, to, n, from, row0, end, ld, head, factor);
	else [[dont_unroll]] for (; first < n * EIGHTS; first += BATCH * THREADS)
		put_eights(first, to, n, from, row0, end, ld, head, factor);
}

// the same of put_turned
void put_pairs(uint first, F32s from, uint row0, uint end, uint ld, uint head,
    float factor)
{
	const uint N_PAIRS = BKEY / 2;
	vec4 x[BATCH][2];
	[[unroll]] for (uint b = 0; b < BATCH; b++) {
		uint i = first + b * THREADS;
		uint row = row0 + i % N_PAIRS * 2, d = i / N_PAIRS;
		x[b][0] = any4(from, row, end, ld, head, d);
		x[b][1] = any4(from, row + 1, end, ld, head, d);
	}
	[[unroll]] for (uint b = 0; b < BATCH; b++) {
		uint i = first + b * THREADS;
		uint pair = i % N_PAIRS, d = i / N_PAIRS;
		uint row = row0 + 2 * pair;
		vec4 low = factor * there4(x[b][0], row, end, d);
		vec4 high = factor * there4(x[b][1], row + 1, end, d);
		if (d < PADDED / 4) [[unroll]] for (uint e = 0; e < 4; e++)
			tile[RIGHT + (4 * d + e) * LD_TURNED + pair / 4]
			    [pair % 4] = half2(low[e], high[e]);
	}
}

// BKEY of them turned: a row for each element of the head, two at a time
void put_turned(F32s from, uint row0, uint end, uint ld, uint head, float factor)
{
	uint first = gl_LocalInvocationID.x;
	if (N_EIGHTS == BATCH)
		put_pairs(first, from, row0, end, ld, head, factor);
	else [[dont_unroll]] for (; first < BKEY * EIGHTS; first += BATCH * THREADS)
		put_pairs(first, from, row0, end, ld, head, factor);
}

// Whether this subgroup has to do with the tile.
bool busy;

// of this subgroup
uint first_row()
{
	return gl_SubgroupID * MATRIX_M;
}

uint own_scores()
{
	return SCORES + first_row() * LD_SCORES;
}

// of this lane: its i-th row, and which part of such a row is its
uint row_of(uint i)
{
	return gl_SubgroupInvocationID / PER_ROW + i * (LANES / PER_ROW);
}

uint part_of_row()
{
	return gl_SubgroupInvocationID % PER_ROW;
}

void load_left(uint which, uint k)
{
	coopMatLoad(left[which][HELD ? k / MATRIX_K : 0], tile,
	    (which * BQ + first_row()) * LD + k / 8, LD, ROW_MAJOR);
}

// between a barrier and another
void hold_left()
{
	[[unroll]] for (uint i = 0; i < N_LEFT; i++)
		[[unroll]] for (uint k = 0; HELD && k < PADDED; k += MATRIX_K)
			load_left(i, k);
}

void multiply_left(uint which)
{
	SUMS scores[BKEY / MATRIX_N];
	[[unroll]] for (uint j = 0; j < BKEY / MATRIX_N; j++)
		scores[j] = SUMS(0);
	[[unroll]] for (uint k = 0; k < PADDED; k += MATRIX_K) {
		if (!HELD)
			load_left(which, k);
		[[unroll]] for (uint j = 0; j < BKEY / MATRIX_N; j++) {
			RIGHT_FACTOR right;
			coopMatLoad(right, tile, RIGHT + j * MATRIX_N * LD +
			    k / 8, LD, COLUMN_MAJOR);
			scores[j] = coopMatMulAdd(
			    left[which][HELD ? k / MATRIX_K : 0], right,
			    scores[j]);
		}
	}
	[[unroll]] for (uint j = 0; j < BKEY / MATRIX_N; j++)
		coopMatStore(scores[j], tile, own_scores() + j * MATRIX_N / 4,
		    LD_SCORES, ROW_MAJOR);
}

// A left factor's rows times those of the right one: to scores, where nobody reads
// any more.
void multiply(uint which)
{
	if (busy)
		multiply_left(which);
	subgroup_wait();
}

// the n-th four of this lane's part of its i-th row
vec4 score4(uint i, uint n)
{
	return uintBitsToFloat(tile[own_scores() + row_of(i) * LD_SCORES +
	    part_of_row() * N_FOURS + n]);
}

// What becomes of them, in their place.
void put_halves(uvec2 x[N_ROWS][N_FOURS])
{
	subgroup_wait();
	if (busy) [[unroll]] for (uint i = 0; i < N_ROWS; i++)
		[[unroll]] for (uint n = 0; n < N_FOURS; n += 2)
			tile[own_scores() + row_of(i) * LD_SCORES +
			    (part_of_row() * N_FOURS + n) / 2] =
			    uvec4(x[i][n], x[i][n + 1]);
	subgroup_wait();
}

// That times the right factor, which is turned: to sums.
void add_turned(uint which)
{
	if (busy) [[unroll]] for (uint k = 0; k < BKEY; k += MATRIX_K) {
		LEFT_FACTOR halves;
		coopMatLoad(halves, tile, own_scores() + k / 8, LD_SCORES,
		    ROW_MAJOR);
		[[unroll]] for (uint j = 0; j < PADDED / MATRIX_N; j++) {
			RIGHT_FACTOR right;
			coopMatLoad(right, tile, RIGHT + j * MATRIX_N *
			    LD_TURNED + k / 8, LD_TURNED, COLUMN_MAJOR);
			sums[which][j] = coopMatMulAdd(halves, right,
			    sums[which][j]);
		}
	}
}

// Sums, of each row times its factor: rows of a head from row0 on, but for those
// from row `end` on.  What is too long to be unrolled everywhere may not choose
// among sums: they would have to be in memory.
void put_sums(uint which, float factor[N_ROWS], F32s to, uint row0, uint end,
    uint ld, uint head)
{
	[[dont_unroll]] for (uint j = 0; j < PADDED / MATRIX_N; j++) {
		subgroup_wait();
		[[unroll]] for (uint k = 0; k < PADDED / MATRIX_N; k++)
			if (k == j)
				coopMatStore(sums[which][k], tile,
				    own_scores(), LD_SCORES, ROW_MAJOR);
		subgroup_wait();
		[[unroll]] for (uint i = 0; i < N_ROWS; i++) {
			uint r = row0 + first_row() + row_of(i);
			[[unroll]] for (uint f = 0; f < SUM_FOURS; f++) {
				uint n = part_of_row() + f * PER_ROW;
				uint d = j * (MATRIX_N / 4) + n;
				vec4 x = uintBitsToFloat(tile[own_scores() +
				    row_of(i) * LD_SCORES + n]);
				if (n < MATRIX_N / 4 && r < end && d < D4)
					put4(to, r * ld + head * HEAD_DIM, d,
					    factor[i] * x);
			}
		}
	}
}
