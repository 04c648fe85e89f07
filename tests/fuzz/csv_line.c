/* Rows of CSV read line by line, against libcsv. */

#include <stdio.h>
#include <stdlib.h>

#include "csv_same.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* The first byte chooses delimiter and quote, the second turns them odd. */
int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static const char delimiters[] = ",;\t |\x1f", quotes[] = "\"'\0 ";
	struct csv_same t = { .n_rows = 0 };
	struct jk_err err;
	char delimiter, quote;

	if (n < 2)
		return 0;
	delimiter = delimiters[*data % (sizeof delimiters - 1)];
	quote = quotes[*data / 8 % 4];
	if (data[1] == 0xff)
		delimiter = (char)*data;
	if (jk_csv_init(&t.quick, NULL, delimiter, quote, &err) < 0 ||
	    jk_csv_init(&t.plain, NULL, delimiter, quote, &err) < 0)
		abort();
	if (!csv_same_text(&t, (const char *)data + 2, n - 2)) {
		fprintf(stderr, "fuzz: a row is not what libcsv reads\n");
		abort();
	}
	jk_csv_release(&t.quick);
	jk_csv_release(&t.plain);
	return 0;
}
