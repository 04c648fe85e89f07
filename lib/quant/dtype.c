#include "quant/dtype.h"

/* In the order of enum jk_dtype; `gguf` is ggml_type, -1 for none. */
static const struct {
	const char *name;
	unsigned block, block_bytes;
	int gguf;
} types[JK_N_DTYPES] = {
	[JK_F32] = { "F32", 1, 4, 0 },
	[JK_F16] = { "F16", 1, 2, 1 },
	[JK_BF16] = { "BF16", 1, 2, 30 },
	[JK_Q8_0] = { "Q8_0", 32, 34, 8 },
	[JK_Q4_0] = { "Q4_0", 32, 18, 2 },
	[JK_Q4_1] = { "Q4_1", 32, 20, 3 },
	[JK_Q5_0] = { "Q5_0", 32, 22, 6 },
	[JK_Q5_1] = { "Q5_1", 32, 24, 7 },
	[JK_Q4_K] = { "Q4_K", 256, 144, 12 },
	[JK_Q5_K] = { "Q5_K", 256, 176, 13 },
	[JK_Q6_K] = { "Q6_K", 256, 210, 14 },
	[JK_I8] = { "I8", 1, 1, -1 },
	[JK_U8] = { "U8", 1, 1, -1 },
	[JK_I16] = { "I16", 1, 2, -1 },
	[JK_U16] = { "U16", 1, 2, -1 },
	[JK_I32] = { "I32", 1, 4, -1 },
	[JK_U32] = { "U32", 1, 4, -1 },
	[JK_I64] = { "I64", 1, 8, -1 },
	[JK_U64] = { "U64", 1, 8, -1 },
	[JK_F64] = { "F64", 1, 8, -1 },
	[JK_BOOL] = { "BOOL", 1, 1, -1 },
};

const char *
jk_dtype_name(enum jk_dtype dtype)
{
	return types[dtype].name;
}

size_t
jk_dtype_block(enum jk_dtype dtype)
{
	return types[dtype].block;
}

size_t
jk_dtype_block_bytes(enum jk_dtype dtype)
{
	return types[dtype].block_bytes;
}

uint64_t
jk_type_bytes(uint32_t type, uint64_t n_elements)
{
	size_t block;

	if (type >= JK_N_WEIGHT_DTYPES)
		return 0;
	block = jk_dtype_block((enum jk_dtype)type);
	return (n_elements + block - 1) / block *
	    jk_dtype_block_bytes((enum jk_dtype)type);
}

bool
jk_dtype_from_gguf(uint32_t type, enum jk_dtype *dtype)
{
	int i;

	for (i = 0; i < JK_N_WEIGHT_DTYPES; i++) {
		if ((uint32_t)types[i].gguf == type) {
			*dtype = (enum jk_dtype)i;
			return true;
		}
	}
	return false;
}

uint32_t
jk_dtype_to_gguf(enum jk_dtype dtype)
{
	return (uint32_t)types[dtype].gguf;
}

int
jk_tensor_size(enum jk_dtype dtype, unsigned n_dims, const uint64_t *shape,
    size_t *size_bytes, struct jk_err *err)
{
	uint64_t row = n_dims ? shape[n_dims - 1] : 1, n;
	unsigned i;

	if (row % types[dtype].block != 0)
		return jk_fail(err, JK_EDATA, "rows of %llu are not whole "
		    "%s blocks of %u", (unsigned long long)row,
		    types[dtype].name, types[dtype].block);
	n = row / types[dtype].block;
	if (__builtin_mul_overflow(n, types[dtype].block_bytes, &n))
		return jk_fail(err, JK_EDATA, "shape is too large");
	for (i = 0; i + 1 < n_dims; i++)
		if (__builtin_mul_overflow(n, shape[i], &n))
			return jk_fail(err, JK_EDATA, "shape is too large");
	if (n > SIZE_MAX / 2)
		return jk_fail(err, JK_EDATA, "shape is too large");
	*size_bytes = (size_t)n;
	return 0;
}
