// What every shader begins with: addresses as buffer references, the argument
// struct as push constants (include the operation's header, then write
// ARGS(name)), and a loop over elements that any grid covers.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_control_flow_attributes : require

#include "op/constants.h"
#include "op/shared.h"

#define ARGS(name) \
	layout(push_constant, scalar) uniform Arguments { jk_##name a; }

// for (EACH(i, n)): this invocation's share of 0 … n-1
#define EACH(i, n) \
	uint i = gl_GlobalInvocationID.x; i < (n); \
	i += gl_NumWorkGroups.x * gl_WorkGroupSize.x
