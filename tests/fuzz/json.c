/* The json reader and the cleaning of what it reads. */

#include "input.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	return fuzz_input(data, n, JK_FORMAT_JSON);
}
