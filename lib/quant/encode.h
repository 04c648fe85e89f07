#ifndef JK_QUANT_ENCODE_H
#define JK_QUANT_ENCODE_H

#include <stddef.h>

#include "base/err.h"
#include "quant/dtype.h"

/*
 * Encode n numbers in place, at most as many bytes as they took: F32, F16,
 * BF16 (to nearest, ties to even) or Q8_0, with the bits of
 * gguf.quants.quantize.  n is a multiple of the type's block.  Returns the
 * index of the first number that the type cannot hold (F16: finite and beyond
 * 65504; BF16: finite and rounded to infinity; Q8_0: beyond 127 * 65504, or not
 * finite), or n.  Other types must not be
 * asked for.
 */
size_t jk_quantize(enum jk_dtype dtype, float *w, size_t n);

/* The same; JK_EDATA, with `name` and the number, where it does not fit. */
int jk_quantize_checked(enum jk_dtype dtype, float *w, size_t n,
    const char *name, struct jk_err *err) JK_WARN_UNUSED;

#endif
