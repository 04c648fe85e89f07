#include "base/sparkline.h"

#include <math.h>
#include <string.h>

void
jk_sparkline_add(struct jk_sparkline *s, double value)
{
	size_t i;

	if (s->each == 0)
		s->each = 1;
	if (s->n == JK_SPARKS * s->each) {
		for (i = 0; i < JK_SPARKS / 2; i++)
			s->sum[i] = s->sum[2 * i] + s->sum[2 * i + 1];
		for (; i < JK_SPARKS; i++)
			s->sum[i] = 0;
		s->each *= 2;
	}
	s->sum[s->n++ / s->each] += value;
}

char *
jk_sparkline_text(const struct jk_sparkline *s, char out[JK_SPARKLINE_BYTES])
{
	static const char blocks[8][4] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇",
		"█" };
	double mean[JK_SPARKS], low = INFINITY, high = -INFINITY;
	size_t n = s->each ? (size_t)((s->n + s->each - 1) / s->each) : 0, i;

	out[0] = '\0';
	for (i = 0; i < n; i++) {
		mean[i] = s->sum[i] / (double)(i + 1 < n ? s->each :
		    s->n - i * s->each);
		if (!isfinite(mean[i]))
			return out;
		low = fmin(low, mean[i]);
		high = fmax(high, mean[i]);
	}
	if (n < 2)
		return out;
	for (i = 0; i < n; i++) {
		const double at = high > low ? (mean[i] - low) / (high - low) :
		    0;

		memcpy(out + 3 * i, blocks[(int)(at * 7 + 0.5)], 3);
	}
	out[3 * n] = '\0';
	return out;
}
