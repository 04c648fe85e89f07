/*
 * Which memory of a Vulkan device is taken, over what drivers have: a card's
 * own for operations, whatever windows onto it there are; memory of both where
 * host and device share it; the host's to copy from.
 */

#include "tap.h"

#include "dev/vulkan_impl.h"

enum { LOCAL = 1, VISIBLE = 2, COHERENT = 4, CACHED = 8, AMD = 0xc0,
	HOST = VISIBLE | COHERENT };
#define GIB ((uint64_t)1 << 30)

/* Heaps of a device in GiB, its own first; types, and the heap of each. */
struct layout {
	const char *name;
	double local_gib, host_gib, window_gib;	/* heaps 0, 1, 2 */
	struct { unsigned flags, heap; } types[8];
	int n, own, unified, stage;	/* types, and those wanted */
};

static const struct layout layouts[] = {
	{ "NVIDIA, resizable BAR", 24, 64, 0.2, { { 0, 1 }, { LOCAL, 0 },
	  { HOST, 1 }, { HOST | CACHED, 1 }, { LOCAL | HOST, 0 } }, 5, 1, 4,
	  3 },
	{ "AMD, the whole card visible", 16, 32, 0, { { LOCAL | HOST, 0 },
	  { LOCAL, 0 }, { HOST, 1 }, { HOST | CACHED, 1 } }, 4, 1, 0, 3 },
	{ "AMD, a window of 256 MiB", 8, 16, 0.25, { { LOCAL, 0 }, { HOST, 1 },
	  { LOCAL | HOST, 2 }, { HOST | CACHED, 1 } }, 4, 0, 0, 3 },
	{ "AMD, types of features not asked for", 16, 32, 0, {
	  { LOCAL | AMD, 0 }, { LOCAL, 0 }, { HOST | AMD, 1 },
	  { HOST | CACHED | AMD, 1 }, { HOST | CACHED, 1 } }, 5, 1, 1, 4 },
	{ "Intel, integrated", 12, 0, 0, { { LOCAL, 0 }, { LOCAL | HOST, 0 },
	  { LOCAL | HOST | CACHED, 0 } }, 3, 0, 2, 2 },
	{ "one memory for all", 16, 0, 0, { { LOCAL | HOST | CACHED, 0 } }, 1,
	  0, 0, 0 },
	{ "a card that is visible in no other way", 8, 16, 0, {
	  { LOCAL | HOST, 0 }, { HOST, 1 } }, 2, 0, 0, 1 },
};

static void
test_types(const struct layout *l)
{
	const double gib[] = { l->local_gib, l->host_gib, l->window_gib };
	VkPhysicalDeviceMemoryProperties p = {
		.memoryTypeCount = (uint32_t)l->n, .memoryHeapCount = 3
	};
	int i;

	for (i = 0; i < 3; i++) {
		p.memoryHeaps[i].size = (uint64_t)(gib[i] * (double)GIB);
		p.memoryHeaps[i].flags = i == 1 ? 0 :
		    VK_MEMORY_HEAP_DEVICE_LOCAL_BIT;
	}
	for (i = 0; i < l->n; i++) {
		p.memoryTypes[i].propertyFlags = l->types[i].flags;
		p.memoryTypes[i].heapIndex = l->types[i].heap;
	}
	ok(jk_vulkan_memory_type(&p, ~0u, JK_VULKAN_OWN) == l->own,
	    "%s: for operations", l->name);
	ok(jk_vulkan_memory_type(&p, ~0u, JK_VULKAN_UNIFIED) == l->unified,
	    "%s: for both", l->name);
	ok(jk_vulkan_memory_type(&p, ~0u, JK_VULKAN_STAGE) == l->stage,
	    "%s: to copy from", l->name);
	ok(jk_vulkan_memory_type(&p, ~(1u << l->own), JK_VULKAN_OWN) !=
	    l->own, "%s: not what a buffer cannot be in", l->name);
	ok(jk_vulkan_memory_type(&p, 0, JK_VULKAN_OWN) == -1,
	    "%s: none is none", l->name);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof layouts / sizeof *layouts; i++)
		test_types(&layouts[i]);
	ok(jk_vulkan_plan_bytes(16 * GIB, 20 * GIB) == 16 * GIB &&
	    jk_vulkan_plan_bytes(16 * GIB, 16 * GIB) == 16 * GIB,
	    "a budget of all: the heap");
	ok(jk_vulkan_plan_bytes(16 * GIB, 11 * GIB + 5) == 11 * GIB &&
	    jk_vulkan_plan_bytes(16 * GIB, 12 * GIB - 5) == 11 * GIB,
	    "a smaller one: its sixteenths");
	ok(jk_vulkan_plan_bytes(16 * GIB, 5) == 0 &&
	    jk_vulkan_plan_bytes(0, 5) == 0, "next to none: none");
	return done_testing();
}
