// Sums over a work group, through subgroups of whatever size the device has.
// The order of additions depends on the device alone: the same bits every run.
// Include it behind the group's layout: before it gl_WorkGroupSize reads as 1.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

// one slot per subgroup of a group of up to 256: a subgroup is never one lane
shared float reduce_slots[256];

uint n_subgroups()
{
	// not gl_NumSubgroups, which lavapipe rounds down
	return (gl_WorkGroupSize.x + gl_SubgroupSize - 1) / gl_SubgroupSize;
}

float group_sum(float x)
{
	x = subgroupAdd(x);
	barrier();
	if (gl_SubgroupInvocationID == 0)
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float sum = 0;
	for (uint i = gl_SubgroupInvocationID; i < n_subgroups();
	    i += gl_SubgroupSize)
		sum += reduce_slots[i];
	return subgroupAdd(sum);
}

float group_max(float x)
{
	x = subgroupMax(x);
	barrier();
	if (gl_SubgroupInvocationID == 0)
		reduce_slots[gl_SubgroupID] = x;
	barrier();
	float best = reduce_slots[0];
	for (uint i = gl_SubgroupInvocationID; i < n_subgroups();
	    i += gl_SubgroupSize)
		best = max(best, reduce_slots[i]);
	return subgroupMax(best);
}
