#ifndef JK_FUZZ_LINE_H
#define JK_FUZZ_LINE_H

#include <stdlib.h>
#include <string.h>

/* The n bytes and a NUL, in memory of this size: overruns are seen.  For free. */
static char *
fuzz_line(const unsigned char *data, size_t n)
{
	char *line = malloc(n + 1);

	if (!line)
		abort();
	if (n)
		memcpy(line, data, n);
	line[n] = '\0';
	return line;
}

#endif
