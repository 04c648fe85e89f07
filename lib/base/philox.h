#ifndef JK_BASE_PHILOX_H
#define JK_BASE_PHILOX_H

#include <stdint.h>

/*
 * Philox4x32-10, a counter-based random number generator: the output is a
 * pure function of a 128-bit counter and a 64-bit key.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC11), section 3.3; known-answer vectors are those the authors
 * publish with Random123.  The shaders hold the same function in
 * shaders/philox.glsl.
 */
struct jk_philox {
	uint32_t v[4];
};

static inline struct jk_philox
jk_philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0,
    uint32_t k1)
{
	int round;

	for (round = 0; round < 10; round++) {
		uint64_t p0 = (uint64_t)0xD2511F53u * c0;
		uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
		uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;

		c1 = (uint32_t)p1;
		c3 = (uint32_t)p0;
		c0 = n0;
		c2 = n2;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	return (struct jk_philox){ { c0, c1, c2, c3 } };
}

/* A uniform float in [0, 1) from the upper 24 bits. */
static inline float
jk_uniform(uint32_t x)
{
	return (float)(x >> 8) * 0x1p-24f;
}

/*
 * One stream id per purpose.  It goes into the upper word of the key, xored
 * with the upper word of the seed, so that no two purposes share numbers.
 */
enum jk_stream {
	JK_STREAM_LORA_INIT = 1,
	JK_STREAM_DROPOUT = 2,
	JK_STREAM_ORDER = 3,
	JK_STREAM_SAMPLE = 4,	/* choice of a token at generation */
	JK_STREAM_FILTER = 5,	/* jk-filter's sampling */
	JK_STREAM_NOISE = 6,	/* on the embedding, in training */
	JK_STREAM_BOOTSTRAP = 7	/* intervals of jk-report --compare */
};

static inline struct jk_philox
jk_random(uint64_t seed, enum jk_stream stream, uint32_t c0, uint32_t c1,
    uint32_t c2, uint32_t c3)
{
	return jk_philox(c0, c1, c2, c3, (uint32_t)seed,
	    (uint32_t)(seed >> 32) ^ ((uint32_t)stream << 24));
}

#endif
