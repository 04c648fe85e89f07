// A table of ROWS x RANKS numbers that every lane wants, for software devices,
// which pay for each lane's load of the same number: the lanes (LANES: the
// subgroup size) load a share each and hand the numbers round, so all of them
// must get here.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(constant_id = JK_CONST_LANES) const uint LANES = 8;

const uint ROWS = JK_LORA_ROWS, RANKS = JK_LORA_RANKS, CELLS = ROWS * RANKS;
const uint N_LOADS = (CELLS + LANES - 1) / LANES;

float table[N_LOADS];

// FROM(i, r): row i, column r
#define LOAD_TABLE(FROM) \
	[[unroll]] for (uint g = 0; g < N_LOADS; g++) { \
		uint cell = min(g * LANES + gl_SubgroupInvocationID, \
		    CELLS - 1); \
		table[g] = FROM(cell / RANKS, cell % RANKS); \
	}

float cell(uint i, uint r)
{
	uint at = RANKS * i + r;
	return subgroupShuffle(table[at / LANES], at % LANES);
}
