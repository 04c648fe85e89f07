#ifndef JK_QUANT_DTYPE_H
#define JK_QUANT_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "quant/types.h"

/*
 * Types of stored numbers: those of weights (quant/types.h), and more that
 * occur in safetensors files only.
 */
#define JK_TYPE_NUMBER(id, number, ...) id = number,
enum jk_dtype {
	JK_WEIGHT_TYPES(JK_TYPE_NUMBER)
	JK_N_WEIGHT_DTYPES,	/* how many of them can be weights */
	JK_I8 = JK_N_WEIGHT_DTYPES,
	JK_U8,
	JK_I16,
	JK_U16,
	JK_I32,
	JK_U32,
	JK_I64,
	JK_U64,
	JK_F64,
	JK_BOOL,
	JK_N_DTYPES
};
#undef JK_TYPE_NUMBER

const char *jk_dtype_name(enum jk_dtype dtype);	/* "Q4_K", "BF16" */

/* Numbers in a block (1 for plain types) and the bytes it takes. */
size_t jk_dtype_block(enum jk_dtype dtype);
size_t jk_dtype_block_bytes(enum jk_dtype dtype);
/*
 * Bytes of n_elements stored as `type`, rounded up to whole blocks; 0 if none.
 */
uint64_t jk_type_bytes(uint32_t type, uint64_t n_elements);
/* Bytes of an activation, JK_F32 or JK_BF16. */
static inline size_t
jk_element_bytes(uint32_t type)
{
	return type == JK_BF16 ? 2 : 4;
}

/*
 * Bytes of a block of 32 numbers, a constant where the type is one; 0 for types
 * without such blocks.
 */
static inline size_t
jk_block32_bytes(uint32_t dtype)
{
#define JK_IF_BLOCK32(id, number, block, bytes, ...) \
	dtype == (id) && (block) == 32 ? (bytes) :
	return JK_WEIGHT_TYPES(JK_IF_BLOCK32) 0;
#undef JK_IF_BLOCK32
}

/* The weight type that GGUF (ggml_type) numbers so; false if there is none. */
bool jk_dtype_from_gguf(uint32_t type, enum jk_dtype *dtype);
/* The number that GGUF gives a weight type. */
uint32_t jk_dtype_to_gguf(enum jk_dtype dtype);

/* Parts of a model that are not read have most: convolutions over time. */
enum { JK_MAX_DIMS = 5 };

/*
 * A stored array.  `shape` is in Hugging Face's order: a weight matrix is
 * [out, in], and `in` runs fastest in memory.  Blocks run along the last
 * dimension.  `name` and `data` belong to the file or model it came from.
 */
struct jk_tensor {
	const char *name;
	enum jk_dtype dtype;
	unsigned n_dims;		/* 0 to JK_MAX_DIMS */
	uint64_t shape[JK_MAX_DIMS];
	const void *data;
	size_t size_bytes;
};

/*
 * Bytes of an array of that type and shape.  Errors: JK_EDATA where a
 * product passes SIZE_MAX / 2 or rows are not whole blocks.
 */
int jk_tensor_size(enum jk_dtype dtype, unsigned n_dims,
    const uint64_t *shape, size_t *size_bytes, struct jk_err *err)
	JK_WARN_UNUSED;

/* Number of elements (checked when the tensor was read). */
static inline size_t
jk_tensor_count(const struct jk_tensor *t)
{
	size_t n = 1;
	unsigned i;

	for (i = 0; i < t->n_dims; i++)
		n *= (size_t)t->shape[i];
	return n;
}

/* By name; to find one, NULL for none, they must be so. */
void jk_tensors_sort(struct jk_tensor *tensors, size_t n);
const struct jk_tensor *jk_tensors_find(const struct jk_tensor *tensors,
    size_t n, const char *name);

#endif
