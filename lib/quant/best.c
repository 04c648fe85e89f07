/* What was compiled for every instruction set, for those who were not. */
#include <string.h>

#include "quant/decode.h"
#include "quant/dtype.h"
#include "quant/encode.h"
#include "quant/rows.h"

JK_ISA_TABLE(jk_dequantize_fn, jk_dequantize);
JK_ISA_TABLE(jk_convert_row_fn, jk_convert_row);
JK_ISA_TABLE(jk_decodes_quickly_fn, jk_decodes_quickly);

void
jk_dequantize(enum jk_dtype dtype, const void *src, float *dst, size_t n)
{
	jk_dequantize_of[jk_isa_best()](dtype, src, dst, n);
}

void
jk_convert_row(uint32_t stored, const void *from, uint32_t type, void *to,
    size_t k)
{
	jk_convert_row_of[jk_isa_best()](stored, from, type, to, k);
}

bool
jk_decodes_quickly(uint32_t stored)
{
	return jk_decodes_quickly_of[jk_isa_best()](stored);
}

void
jk_convert_rows(uint32_t stored, const void *from, uint32_t type, void *to,
    size_t n_rows, size_t k, int n_threads)
{
	jk_convert_row_fn *convert = jk_convert_row_of[jk_isa_best()];
	uint64_t from_bytes = jk_type_bytes(stored, k);
	uint64_t to_bytes = jk_type_bytes(type, k);
	size_t i;

	#pragma omp parallel for num_threads(n_threads)
	for (i = 0; i < n_rows; i++)
		convert(stored, (const char *)from + i * from_bytes, type,
		    (char *)to + i * to_bytes, k);
}

bool
jk_encode_rows(uint32_t stored, const void *from, void *to, size_t n,
    int n_threads)
{
	enum { MANY = 1024 };
	const size_t block = jk_dtype_block(JK_Q8_0);
	const size_t block_bytes = jk_dtype_block_bytes(JK_Q8_0);
	jk_dequantize_fn *decode = jk_dequantize_of[jk_isa_best()];
	bool fits = true;
	size_t i;

	#pragma omp parallel for num_threads(n_threads) reduction(&& : fits)
	for (i = 0; i < n; i += MANY) {
		float x[MANY];
		size_t m = n - i < MANY ? n - i : MANY;

		decode((enum jk_dtype)stored, (const char *)from +
		    jk_type_bytes(stored, i), x, m);
		fits = jk_quantize(JK_Q8_0, x, m) == m && fits;
		memcpy((char *)to + i / block * block_bytes, x,
		    m / block * block_bytes);
	}
	return fits;
}
