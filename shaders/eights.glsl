// for (EIGHTS(i, n)) { IN_EIGHT(k, i, n) … }: k is 0 … n-1, eight to a turn of
// the loop.  That hides the time of loads, and llvmpipe, which counts the turns
// of all loops of a shader, ends them after 65535 (lib/dev/vulkan_software.c).
#define EIGHTS(i, n) \
	uint i = 0; i < (n); i += 8
#define IN_EIGHT(k, i, n) \
	[[unroll]] for (uint u = 0, k = i; u < 8; u++, k++) \
		if (k < (n))
