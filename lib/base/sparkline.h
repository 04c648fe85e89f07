#ifndef JK_BASE_SPARKLINE_H
#define JK_BASE_SPARKLINE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A curve of numbers as they come, in JK_SPARKS characters at most: each stands
 * for the mean of as many numbers as the others.  Zero-initialise.
 */
enum { JK_SPARKS = 8 };

struct jk_sparkline {
	double sum[JK_SPARKS];	/* of `each` numbers; the last of fewer */
	uint64_t each;		/* a power of two; 0 before the first */
	uint64_t n;		/* numbers so far */
};

void jk_sparkline_add(struct jk_sparkline *s, double value);

/* Room for the text: three bytes a character, and a NUL. */
enum { JK_SPARKLINE_BYTES = 3 * JK_SPARKS + 1 };

/*
 * The curve from its least to its greatest, "▇▅▃▂▁"; "" before there are two
 * characters, and with a NaN.  Returns `out`.
 */
char *jk_sparkline_text(const struct jk_sparkline *s,
    char out[JK_SPARKLINE_BYTES]);

#endif
