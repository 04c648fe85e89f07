#include "quant/dtype.h"

#include <stdlib.h>
#include <string.h>

#define ROW(id, number, block, bytes, gguf, ...) \
	[id] = { #id, block, bytes, gguf },

/* `gguf` is ggml_type, -1 for none. */
static const struct {
	const char *id;		/* "JK_Q4_K" */
	unsigned block, block_bytes;
	int gguf;
} types[JK_N_DTYPES] = {
	JK_WEIGHT_TYPES(ROW)
	[JK_I8] = { "JK_I8", 1, 1, -1 },
	[JK_U8] = { "JK_U8", 1, 1, -1 },
	[JK_I16] = { "JK_I16", 1, 2, -1 },
	[JK_U16] = { "JK_U16", 1, 2, -1 },
	[JK_I32] = { "JK_I32", 1, 4, -1 },
	[JK_U32] = { "JK_U32", 1, 4, -1 },
	[JK_I64] = { "JK_I64", 1, 8, -1 },
	[JK_U64] = { "JK_U64", 1, 8, -1 },
	[JK_F64] = { "JK_F64", 1, 8, 28 },
	[JK_BOOL] = { "JK_BOOL", 1, 1, -1 },
};

const char *
jk_dtype_name(enum jk_dtype dtype)
{
	return types[dtype].id + strlen("JK_");
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

	for (i = 0; i < JK_N_DTYPES; i++) {
		if (types[i].gguf >= 0 && (uint32_t)types[i].gguf == type) {
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
		    jk_dtype_name(dtype), types[dtype].block);
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

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct jk_tensor *)a)->name,
	    ((const struct jk_tensor *)b)->name);
}

void
jk_tensors_sort(struct jk_tensor *tensors, size_t n)
{
	qsort(tensors, n, sizeof *tensors, by_name);
}

const struct jk_tensor *
jk_tensors_find(const struct jk_tensor *tensors, size_t n, const char *name)
{
	const struct jk_tensor want = { .name = name };

	return bsearch(&want, tensors, n, sizeof want, by_name);
}
