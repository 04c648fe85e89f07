#ifndef JK_BASE_SPAN_H
#define JK_BASE_SPAN_H

#include <stddef.h>

/* A range of bytes of a text, from `start` up to but not including `end`. */
struct jk_span {
	size_t start, end;
};

/* Bytes that another holds, without a NUL behind them. */
struct jk_slice {
	const char *s;		/* NULL: none */
	size_t n;
};

#endif
