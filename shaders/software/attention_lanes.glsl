// What the attention shaders for software devices share: how work is laid out
// over subgroups and lanes, and how lanes load together.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x = 32) in;
layout(constant_id = JK_CONST_BQ) const uint BQ = 8;	// rows of a tile
layout(constant_id = JK_CONST_PAIRS) const uint PAIRS = 1;	// to a lane
layout(constant_id = JK_CONST_HEAD_DIM) const uint HEAD_DIM = 64;
layout(constant_id = JK_CONST_LANES) const uint LANES = 8;	// the device's subgroup size

#define NEVER uintBitsToFloat(0xff800000u)	// -infinity

// HEAD_DIM numbers of which every lane loads some
const uint LOADS = (HEAD_DIM + LANES - 1) / LANES;
#define LOAD_SHARED(to, from, at) \
	[[unroll]] for (uint g = 0; g < LOADS; g++) \
		to[g] = from.v[(at) + min(g * LANES + \
		    gl_SubgroupInvocationID, HEAD_DIM - 1)]
// number d of them
#define HAND(x, d) subgroupShuffle(x[(d) / LANES], (d) % LANES)

// the tile that this subgroup takes
uint tile()
{
	return gl_WorkGroupID.x * ((gl_WorkGroupSize.x + LANES - 1) / LANES) +
	    gl_SubgroupID;
}

// the lane's pth pair of a row of the tile and a head
uint pair(uint p)
{
	return p * LANES + gl_SubgroupInvocationID;
}
