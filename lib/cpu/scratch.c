#include "cpu/scratch.h"

#include <sys/mman.h>

/*
 * Pages of its own: what is outgrown goes back, and leaves no hole in the heap.
 */
void
jk_scratch_release(struct jk_scratch *s)
{
	if (s->p)
		munmap(s->p, s->size_bytes);
	*s = (struct jk_scratch){ 0 };
}

void *
jk_scratch_get(struct jk_scratch *s, size_t size_bytes)
{
	size_t n = size_bytes > 0 ? size_bytes : 1;

	if (!s->p || s->size_bytes < size_bytes) {
		jk_scratch_release(s);
		s->p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0);
		if (s->p == MAP_FAILED)
			s->p = NULL;
		else
			s->size_bytes = n;
	}
	return s->p;
}
