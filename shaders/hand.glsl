// A table of 8 x 8 numbers that every lane wants.  On hardware every lane loads
// them all: the loads are the same ones, and one serves a subgroup.  A software
// device pays for each lane's: there (LANES is the subgroup size) the lanes load
// a share each and hand the numbers round, so all of them must get here.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(constant_id = 1) const uint LANES = 0;

const uint SHARES = LANES == 0 ? 1 : LANES;
const uint N_LOADS = (64 + SHARES - 1) / SHARES;

float table[N_LOADS];

// FROM(i, r): row i, column r, each below 8
#define LOAD_TABLE(FROM) \
	[[unroll]] for (uint g = 0; g < N_LOADS; g++) { \
		uint cell = g; \
		if (LANES != 0) \
			cell = min(g * LANES + gl_SubgroupInvocationID, 63); \
		table[g] = FROM(cell / 8, cell % 8); \
	}

float cell(uint i, uint r)
{
	uint at = 8 * i + r;
	if (LANES == 0)
		return table[at];
	return subgroupShuffle(table[at / SHARES], at % SHARES);
}
