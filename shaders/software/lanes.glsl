// Matrix products without shared memory, for devices that pay per load and
// have nothing to gain from sharing (software ones): every lane owns COLUMNS
// neighbouring outputs of ROWS rows.  The lanes of a subgroup load one row
// each of the left factor, and hand the numbers round.
//
// On lavapipe (Mesa 22.3) a load is a loop over the lanes, some 50 cycles, and
// a subgroupBroadcast is one too, while a shuffle by a constant is a single
// instruction.  So what is loaded is used for many rows; and a row's sums stay
// in registers while all STEP inner indices are gone through, where rows in the
// inner loop would have every sum loaded and stored at every index.
//
// Each output is one chain of fma over the inner dimension, in order: a row's
// bits do not depend on the other rows.
//
// The includer defines, over outputs [a.m, N_OUT] and the inner size N_IN:
//	LEFT(m, k)			the left factor
//	load_right(k0, n0)		right[j][e]: column n0 + j, inner k0 + e
//	put(m, n, value)		what becomes of an output
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x = 32) in;
layout(constant_id = JK_CONST_ROWS) const uint ROWS = 8;
layout(constant_id = JK_CONST_LANES) const uint LANES = 8;	// the device's subgroup size

const uint COLUMNS = 8, STEP = 8;
// a single row is shared out along the inner dimension instead
const uint LOADS = ROWS == 1 ? (STEP + LANES - 1) / LANES :
    (ROWS + LANES - 1) / LANES;

float right[COLUMNS][STEP];

void main()
{
	uint subgroups = (gl_WorkGroupSize.x + LANES - 1) / LANES;
	uint subgroup = gl_WorkGroupID.x * subgroups + gl_SubgroupID;
	uint n0 = (subgroup * LANES + gl_SubgroupInvocationID) * COLUMNS;
	uint m0 = gl_WorkGroupID.y * ROWS;
	float sums[ROWS][COLUMNS], left[LOADS][STEP];

	if (subgroup * LANES * COLUMNS >= N_OUT)
		return;
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		[[unroll]] for (uint j = 0; j < COLUMNS; j++)
			sums[i][j] = 0;
	for (uint k0 = 0; k0 < N_IN; k0 += STEP) {
		[[unroll]] for (uint g = 0; g < LOADS; g++) {
			uint lane = g * LANES + gl_SubgroupInvocationID;
			if (ROWS == 1)
				left[g][0] = LEFT(m0, min(k0 + lane, N_IN - 1));
			else
				[[unroll]] for (uint e = 0; e < STEP; e++)
					left[g][e] = LEFT(min(m0 + lane, a.m - 1),
					    min(k0 + e, N_IN - 1));
		}
		load_right(k0, n0);
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint e = 0; e < STEP; e++) {
				float x = ROWS == 1 ? subgroupShuffle(
				    left[e / LANES][0], e % LANES) :
				    subgroupShuffle(left[i / LANES][e],
				    i % LANES);
				[[unroll]] for (uint j = 0; j < COLUMNS; j++)
					sums[i][j] = fma(x, right[j][e],
					    sums[i][j]);
			}
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		[[unroll]] for (uint j = 0; j < COLUMNS; j++)
			if (m0 + i < a.m && n0 + j < N_OUT)
				put(m0 + i, n0 + j, sums[i][j]);
}
