#ifndef JK_BASE_BYTES16_H
#define JK_BASE_BYTES16_H

#include <stdint.h>
#include <string.h>

#include "base/swar.h"

/*
 * Sixteen bytes of text at a time, in the compiler's vector extension: what
 * every processor with vectors has, so that nothing is compiled twice.  A
 * comparison gives 0 or 0xff for each byte.
 */
typedef uint8_t jk_bytes16 __attribute__((vector_size(16)));
typedef int8_t jk_signed16 __attribute__((vector_size(16)));

static inline jk_bytes16
jk_bytes16_load(const char *s)
{
	jk_bytes16 v;

	memcpy(&v, s, sizeof v);
	return v;
}

/* Which bytes are `byte`; at least that; at most that. */
static inline jk_bytes16
jk_bytes16_is(jk_bytes16 v, uint8_t byte)
{
	return (jk_bytes16)(v == byte);
}

static inline jk_bytes16
jk_bytes16_from(jk_bytes16 v, uint8_t byte)
{
	return (jk_bytes16)(v >= byte);
}

static inline jk_bytes16
jk_bytes16_upto(jk_bytes16 v, uint8_t byte)
{
	return (jk_bytes16)(v <= byte);
}

/* Which bytes are 10xxxxxx and below `end`, which is at most 0xc0. */
static inline jk_bytes16
jk_bytes16_second_below(jk_bytes16 v, uint8_t end)
{
	return (jk_bytes16)((jk_signed16)v < (int8_t)(end - 0x100));
}

/* The top bit of each byte, that of the first byte lowest. */
static inline uint32_t
jk_bytes16_mask(jk_bytes16 v)
{
#ifdef __SSE2__
	typedef char chars __attribute__((vector_size(16)));

	return (uint32_t)__builtin_ia32_pmovmskb128((chars)v);
#else
	char s[16];
	uint64_t low, high;

	memcpy(s, &v, sizeof s);
	low = jk_swar_load(s) & JK_SWAR_ALL(0x80);
	high = jk_swar_load(s + 8) & JK_SWAR_ALL(0x80);
	low = low * UINT64_C(0x0002040810204081) >> 56;
	high = high * UINT64_C(0x0002040810204081) >> 56;
	return (uint32_t)(low | high << 8);
#endif
}

/* The sum of the bytes. */
static inline uint32_t
jk_bytes16_sum(jk_bytes16 v)
{
	const uint64_t halves = UINT64_C(0x00ff00ff00ff00ff);
	uint64_t w[2], sum;

	memcpy(w, &v, sizeof w);
	sum = (w[0] & halves) + (w[0] >> 8 & halves) +
	    (w[1] & halves) + (w[1] >> 8 & halves);
	return (uint32_t)(sum * UINT64_C(0x0001000100010001) >> 48);
}

#endif
