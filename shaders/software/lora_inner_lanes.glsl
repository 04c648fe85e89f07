// lora_inner.glsl for software devices, which pay for a group's barriers: a subgroup
// takes ROWS rows and RANKS ranks, its lanes share the inner dimension.  Grid: rows /
// ROWS subgroups along x; along y the projections, each with its ranks in blocks.
layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"

const uint ROWS = JK_LORA_INNER_ROWS, RANKS = JK_LORA_RANKS;

void main()
{
	uint blocks = (N_RANKS + RANKS - 1) / RANKS;
	uint projection = gl_WorkGroupID.y / blocks;
	uint rank0 = projection * N_RANKS + gl_WorkGroupID.y % blocks * RANKS;
	uint n_ranks = min(RANKS, (projection + 1) * N_RANKS - rank0);
	uint step = gl_NumSubgroups * ROWS;
	uint lanes = n_lanes(), lane = lane_index();
	for (uint t0 = gl_WorkGroupID.x * step + gl_SubgroupID * ROWS;
	    t0 < a.n_rows; t0 += gl_NumWorkGroups.x * step) {
		float sums[ROWS][RANKS];

		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint r = 0; r < RANKS; r++)
				sums[i][r] = 0;
		for (uint k = lane; k < N_INNER(projection); k += lanes) {
			float x[ROWS];
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				x[i] = left(min(t0 + i, a.n_rows - 1), k,
				    projection);
			[[unroll]] for (uint r = 0; r < RANKS; r++) {
				float w = right(k, rank0 +
				    min(r, n_ranks - 1), projection);
				[[unroll]] for (uint i = 0; i < ROWS; i++)
					sums[i][r] = fma(x[i], w, sums[i][r]);
			}
		}
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint r = 0; r < RANKS; r++) {
				float sum = subgroupAdd(sums[i][r]);
				if (subgroupElect() && t0 + i < a.n_rows &&
				    r < n_ranks)
					put(t0 + i, rank0 + r, sum,
					    projection);
			}
	}
}
