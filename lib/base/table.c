#include "base/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 1 << 21 };

void *
jk_table_alloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

#ifdef MADV_HUGEPAGE
	if (p && n * size >= 2 * LARGE_PAGE) {
		uintptr_t mask = LARGE_PAGE - 1, begin, end;

		begin = ((uintptr_t)p + mask) & ~mask;
		end = ((uintptr_t)p + n * size) & ~mask;
		/* advice: a kernel without large pages changes nothing */
		(void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
	}
#endif
	return p;
}
