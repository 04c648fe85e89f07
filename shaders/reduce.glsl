// Sums over a work group, through subgroups of whatever size the device runs.
// The order of additions depends on the device alone: the same bits every run.
// Include it behind the group's layout: before it gl_WorkGroupSize reads as 1.
//
// Never gl_SubgroupSize: it is what the device says of itself, and drivers may
// run fewer lanes (Intel's says 32 and runs 8 or 16).  What runs is counted.
// gl_NumSubgroups is right where the group's size is a multiple of the lanes,
// as 128 and 256 are of all there are; lavapipe rounds it down elsewhere.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

// one slot per subgroup of a group of up to 256, were each of one lane
shared float reduce_slots[256];

// How many lanes this subgroup runs, and which of them this is; to be called
// where all of them are.
uint n_lanes()
{
	return subgroupAdd(1);
}

uint lane_index()
{
	return subgroupExclusiveAdd(1);
}

float group_sum(float x)
{
	x = subgroupAdd(x);
	barrier();
	if (subgroupElect())
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float sum = 0;
	uint lanes = n_lanes();
	for (uint i = lane_index(); i < gl_NumSubgroups; i += lanes)
		sum += reduce_slots[i];
	return subgroupAdd(sum);
}

float group_max(float x)
{
	x = subgroupMax(x);
	barrier();
	if (subgroupElect())
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float best = reduce_slots[0];
	uint lanes = n_lanes();
	for (uint i = lane_index(); i < gl_NumSubgroups; i += lanes)
		best = max(best, reduce_slots[i]);
	return subgroupMax(best);
}
