#include "base/hash.h"

#include <stdio.h>
#include <xxhash.h>

uint64_t
jk_hash64(const void *data, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(data, n, seed);
}

struct jk_hash128
jk_hash128(const void *data, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(data, n);

	return (struct jk_hash128){ h.low64, h.high64 };
}

void
jk_hash128_hex(struct jk_hash128 h, char out[33])
{
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high,
	    (unsigned long long)h.low);
}
