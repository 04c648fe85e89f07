#ifndef JK_CPU_ELEMENT_H
#define JK_CPU_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "isa/simd.h"
#include "quant/dtype.h"

/* Elements of arrays that are f32 or bf16 by a `type`, JK_F32 or JK_BF16. */

/*
 * Element i of an array of `type`, JK_F32 or JK_BF16.  Where the type is a
 * constant after inlining, a loop over i vectorizes.
 */
JK_INLINE float
jk_load(const void *p, size_t i, uint32_t type)
{
	if (type == JK_BF16)
		return jk_from_bits((uint32_t)((const uint16_t *)p)[i] << 16);
	return ((const float *)p)[i];
}

JK_INLINE void
jk_store(void *p, size_t i, uint32_t type, float x)
{
	if (type == JK_BF16)
		((uint16_t *)p)[i] = jk_to_bf16(x);
	else
		((float *)p)[i] = x;
}

/* y = sums, or y += sums, n of them; not x + 0, which has another sign of 0. */
JK_INLINE void
jk_put_sums(const float *sums, uint32_t n, void *y, uint32_t type, bool add)
{
	uint32_t i;

	if (add)
		for (i = 0; i < n; i++)
			jk_store(y, i, type, sums[i] + jk_load(y, i, type));
	else
		for (i = 0; i < n; i++)
			jk_store(y, i, type, sums[i]);
}

/* The address of element i. */
JK_INLINE void *
jk_at(uint64_t address, size_t i, uint32_t type)
{
	return (char *)(uintptr_t)address + i * jk_element_bytes(type);
}

#endif
