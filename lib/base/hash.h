#ifndef JK_BASE_HASH_H
#define JK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * Content hashes: XXH3, 64 and 128 bits, of libxxhash (stable across versions
 * and machines since 0.8.0).  Not for secrets.
 */
struct jk_hash128 {
	uint64_t low, high;
};

uint64_t jk_hash64(const void *data, size_t n, uint64_t seed);
struct jk_hash128 jk_hash128(const void *data, size_t n);

/* 32 lower-case hexadecimal digits, most significant first, and a NUL. */
void jk_hash128_hex(struct jk_hash128 h, char out[33]);

#endif
