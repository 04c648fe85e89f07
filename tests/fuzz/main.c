/* Runs a fuzz target over files: main for compilers without a fuzzer. */

#include <stdio.h>
#include <stdlib.h>

#include "base/in.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
main(int argc, char **argv)
{
	struct jk_err err;
	int i;

	for (i = 1; i < argc; i++) {
		struct jk_buf b = JK_BUF_INIT;
		unsigned char *exact;

		if (jk_read_file(argv[i], &b, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			return 1;
		}
		/* a copy of the exact size, so that an overrun is seen */
		exact = malloc(b.len ? b.len : 1);
		if (!exact)
			return 1;
		for (size_t k = 0; k < b.len; k++)
			exact[k] = (unsigned char)b.data[k];
		LLVMFuzzerTestOneInput(exact, b.len);
		free(exact);
		jk_buf_release(&b);
	}
	return 0;
}
