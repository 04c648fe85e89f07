// Barriers of a group and of a subgroup, behind which all see what each has written
// to shared memory.  In the Vulkan memory model, where accesses do not wait for
// themselves (spirv.pl), it is they that have to make that available and visible.
#extension GL_KHR_memory_scope_semantics : require

#define SHARED_SEMANTICS gl_SemanticsAcquireRelease | \
	gl_SemanticsMakeAvailable | gl_SemanticsMakeVisible

void group_wait()
{
	controlBarrier(gl_ScopeWorkgroup, gl_ScopeWorkgroup,
	    gl_StorageSemanticsShared, SHARED_SEMANTICS);
}

// All of a group's subgroups pass here, whatever they do: lavapipe takes it for the
// group's barrier.
void subgroup_wait()
{
	controlBarrier(gl_ScopeSubgroup, gl_ScopeSubgroup,
	    gl_StorageSemanticsShared, SHARED_SEMANTICS);
}
