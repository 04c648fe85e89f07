// A row to a subgroup, whose size the constant LANES gives.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

layout(local_size_x = 32) in;
layout(constant_id = JK_CONST_LANES) const uint LANES = 8;

uint row()
{
	return gl_WorkGroupID.x * (32 / LANES) + gl_SubgroupID;
}

// for (SHARE(i, n)): this lane's share of 0 … n-1
#define SHARE(i, n) \
	uint i = gl_SubgroupInvocationID; i < (n); i += LANES
