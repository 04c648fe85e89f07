// Sums over a work group, through subgroups of whatever size the device runs.
// The order of additions depends on the device alone: the same bits every run.
// Include it behind the group's layout: before it gl_WorkGroupSize reads as 1.
//
// Never gl_SubgroupSize: it is what the device says of itself, and drivers may
// run fewer lanes (Intel's says 32 and runs 8 or 16).  What runs is counted.
// gl_NumSubgroups is right where the group's size is a multiple of the lanes,
// as 128 and 256 are of all there are; lavapipe rounds it down elsewhere.
//
// A subgroup operation comes behind a barrier, or behind branches that all lanes
// take alike: behind a loop that ended for some before others compilers need not
// have brought them together again.
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
	barrier();
	x = subgroupAdd(x);
	if (subgroupElect())
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float sum = 0;
	uint lanes = n_lanes(), lane = lane_index();
	for (uint first = 0; first < gl_NumSubgroups; first += lanes) {
		uint i = first + lane;
		float slot = reduce_slots[min(i, gl_NumSubgroups - 1)];
		sum += i < gl_NumSubgroups ? slot : 0;
	}
	return subgroupAdd(sum);
}

float group_max(float x)
{
	barrier();
	x = subgroupMax(x);
	if (subgroupElect())
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float best = reduce_slots[0];
	uint lanes = n_lanes(), lane = lane_index();
	for (uint first = 0; first < gl_NumSubgroups; first += lanes)
		best = max(best, reduce_slots[min(first + lane,
		    gl_NumSubgroups - 1)]);
	return subgroupMax(best);
}
