#include "dev/vulkan_impl.h"

/*
 * Types that ask for a feature that is not enabled (AMD's device-coherent and
 * uncached), that are no real memory (lazily allocated) or are not to be read
 * (protected).
 */
enum { STRANGE = 0xf0 };

static const VkMemoryPropertyFlags HOST =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

/* How well a type serves, from 0; -1: not at all. */
static int
score(VkMemoryPropertyFlags flags, enum jk_vulkan_use use)
{
	const bool is_host = (flags & HOST) == HOST;
	const bool cached = flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
	const bool local = flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;

	if (flags & STRANGE)
		return -1;
	switch (use) {
	case JK_VULKAN_OWN:
		return 4 * local +
		    !(flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
	case JK_VULKAN_UNIFIED:
		return 4 * local + is_host + cached;
	case JK_VULKAN_STAGE:
		/* not of a card's own: it is read back word by word */
		return !is_host ? -1 : 2 * cached + !local;
	}
	return -1;
}

/* The size of the largest heap that is the device's own. */
static uint64_t
local_bytes(const VkPhysicalDeviceMemoryProperties *p)
{
	uint64_t most = 0;
	uint32_t i;

	for (i = 0; i < p->memoryHeapCount; i++)
		if ((p->memoryHeaps[i].flags &
		    VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
		    p->memoryHeaps[i].size > most)
			most = p->memoryHeaps[i].size;
	return most;
}

int
jk_vulkan_memory_type(const VkPhysicalDeviceMemoryProperties *p,
    uint32_t allowed, enum jk_vulkan_use use)
{
	int best = -1, best_score = -1, s;
	uint32_t i;

	for (i = 0; i < p->memoryTypeCount; i++) {
		const VkMemoryType *t = &p->memoryTypes[i];

		s = allowed & 1u << i ? score(t->propertyFlags, use) : -1;
		/* a small window onto big device memory is not for us */
		if (s >= 4 && p->memoryHeaps[t->heapIndex].size <
		    local_bytes(p) / 2)
			s -= 4;
		if (s > best_score) {
			best = (int)i;
			best_score = s;
		}
	}
	return best;
}

struct jk_vulkan_budget
jk_vulkan_budget(const struct jk_vk *vk, VkPhysicalDevice physical,
    uint32_t heap)
{
	VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT
	};
	VkPhysicalDeviceMemoryProperties2 memory = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2,
		.pNext = &budget
	};

	vk->vkGetPhysicalDeviceMemoryProperties2(physical, &memory);
	return (struct jk_vulkan_budget){ budget.heapBudget[heap],
		budget.heapUsage[heap] };
}

uint64_t
jk_vulkan_plan_bytes(uint64_t heap_bytes, uint64_t budget_bytes)
{
	const uint64_t part = heap_bytes / 16;

	return budget_bytes >= heap_bytes || !part ? heap_bytes :
	    budget_bytes / part * part;
}
