// The tiled matrix product behind matmul and matmul_back.
//
// A work group computes BM x BN outputs; an invocation TM x TN of them in
// registers, rows BM / TM apart and columns BN / TN apart, so that neighbours
// read and write neighbours.  Tiles of both factors, BK deep, pass through
// shared memory; weights are decoded while they are loaded.  Each output is one
// chain of fma over the inner dimension, in order: a row's bits depend neither
// on the tile shape nor on the other rows.
//
// The includer defines, over the outputs [a.m, N_OUT] and the inner size N_IN:
//	LEFT(m, k)			the left factor
//	load_right(k, n)		tile_right[k][n …], from WEIGHT
//	put(m, n, value)		what becomes of an output

layout(local_size_x_id = JK_CONST_GROUP_SIZE) in;
layout(constant_id = JK_CONST_BM) const uint BM = 64;
layout(constant_id = JK_CONST_BN) const uint BN = 64;
layout(constant_id = JK_CONST_BK) const uint BK = 16;
layout(constant_id = JK_CONST_TM) const uint TM = 8;
layout(constant_id = JK_CONST_TN) const uint TN = 8;

shared float tile_left[BK * (BM + 1)];
shared float tile_right[BK * (BN + 1)];

void load_right(uint k0, uint n0);
void put(uint m, uint n, float value);

void load_left(uint m0, uint k0)
{
	for (uint i = gl_LocalInvocationID.x; i < BM * BK;
	    i += gl_WorkGroupSize.x) {
		uint m = i / BK, k = i % BK;
		tile_left[k * (BM + 1) + m] = m0 + m < a.m && k0 + k < N_IN ?
		    LEFT(m0 + m, k0 + k) : 0;
	}
}

void main()
{
	const uint rows = BM / TM, columns = BN / TN;
	uint m0 = gl_WorkGroupID.y * BM, n0 = gl_WorkGroupID.x * BN;
	uint tm = gl_LocalInvocationID.x / columns;
	uint tn = gl_LocalInvocationID.x % columns;
	float sums[TM][TN], left[TM];

	[[unroll]] for (uint i = 0; i < TM; i++)
		[[unroll]] for (uint j = 0; j < TN; j++)
			sums[i][j] = 0;
	for (uint k0 = 0; k0 < N_IN; k0 += BK) {
		load_left(m0, k0);
		load_right(k0, n0);
		barrier();
		for (uint k = 0; k < BK; k++) {
			[[unroll]] for (uint i = 0; i < TM; i++)
				left[i] = tile_left[k * (BM + 1) + tm + i * rows];
			[[unroll]] for (uint j = 0; j < TN; j++) {
				float right = tile_right[k * (BN + 1) + tn +
				    j * columns];
				[[unroll]] for (uint i = 0; i < TM; i++)
					sums[i][j] = fma(left[i], right,
					    sums[i][j]);
			}
		}
		barrier();
	}
	[[unroll]] for (uint i = 0; i < TM; i++)
		[[unroll]] for (uint j = 0; j < TN; j++) {
			uint m = m0 + tm + i * rows, n = n0 + tn + j * columns;
			if (m < a.m && n < N_OUT)
				put(m, n, sums[i][j]);
		}
}
