#ifndef JK_BASE_TABLE_H
#define JK_BASE_TABLE_H

#include <stddef.h>

/*
 * n elements of zeroed memory, for a large table that is read at random; to
 * be given to free.  NULL without memory.  The kernel is asked for large
 * pages, as far as it has them: otherwise nearly every read of such a table
 * waits for an address to be translated.
 */
void *jk_table_alloc(size_t n, size_t size);

#endif
