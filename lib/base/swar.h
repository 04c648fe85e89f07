#ifndef JK_BASE_SWAR_H
#define JK_BASE_SWAR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * SIMD within a register: eight bytes of text at a time, the first of them
 * lowest.  Answers are for all eight; who hears "yes" looks at single bytes.
 */
#define JK_SWAR_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t
jk_swar_load(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return le64toh(w);
}

/* Whether one of the bytes is `byte`. */
static inline bool
jk_swar_has(uint64_t w, unsigned char byte)
{
	uint64_t x = w ^ JK_SWAR_ALL(byte);

	return ((x - JK_SWAR_ALL(1)) & ~x & JK_SWAR_ALL(0x80)) != 0;
}

#endif
