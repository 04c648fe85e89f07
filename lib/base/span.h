#ifndef JK_BASE_SPAN_H
#define JK_BASE_SPAN_H

#include <stddef.h>

/* A range of bytes of a text, from `start` up to but not including `end`. */
struct jk_span {
	size_t start, end;
};

#endif
