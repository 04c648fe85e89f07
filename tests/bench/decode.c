/*
 * Decoding a row of each weight type on the host: nanoseconds of a number, and
 * how many times Q4_K's they are; decode [COLUMNS].  The best of fifty; fails
 * where a type takes more than four times as long.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/progress.h"
#include "isa/isa.h"
#include "quant/dtype.h"
#include "quant/rows.h"

enum { ROWS = 64, TRIES = 50 };

/* Seconds that a row of k numbers takes. */
static double
row_s(uint32_t type, const char *rows, float *to, size_t k)
{
	const size_t bytes = (size_t)jk_type_bytes(type, k);
	double best = 1e9, t;
	size_t i;
	int n;

	for (n = 0; n < TRIES; n++) {
		t = jk_now_s();
		for (i = 0; i < ROWS; i++)
			jk_convert_row(type, rows + i * bytes, JK_F32, to, k);
		t = jk_now_s() - t;
		best = t < best ? t : best;
	}
	return best / ROWS;
}

int
main(int argc, char **argv)
{
	const size_t k = argc > 1 ? (size_t)atol(argv[1]) / 1024 * 1024 : 4096;
	char *rows = malloc(ROWS * k * 4);
	float *to = malloc(k * sizeof *to);
	double reference, t;
	uint32_t type, seed = 1;
	size_t i;
	int status = 0;

	if (!rows || !to || k == 0)
		return 1;
	for (i = 0; i < ROWS * k * 4; i++) {
		seed = seed * 1664525 + 1013904223;
		rows[i] = (char)(seed >> 24);
	}
	reference = row_s(JK_Q4_K, rows, to, k);
	for (type = 0; type < JK_N_WEIGHT_DTYPES; type++) {
		t = row_s(type, rows, to, k);
		printf("%-8s %7.3f ns %6.2f\n", jk_dtype_name((enum jk_dtype)
		    type), 1e9 * t / (double)k, t / reference);
		if (!(t <= 4 * reference))
			status = 1;
	}
	free(to);
	free(rows);
	return status;
}
