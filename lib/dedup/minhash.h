#ifndef JK_DEDUP_MINHASH_H
#define JK_DEDUP_MINHASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * MinHash signatures: two texts agree in one place of their signatures with
 * (nearly) the probability of their resemblance, the share that common
 * sequences of JK_SHINGLE characters have in all of both.
 *
 * Of every minimum one byte is kept, so unrelated texts agree in one place of
 * 256.  JK_MINHASH_ROWS bytes beside each other are a band; texts whose
 * signatures agree in a whole band are candidates for a comparison.  At a
 * resemblance of 0.6 that misses 1 pair in 80, at 0.7 one in 6000; unrelated
 * texts meet with probability 32 / 2^32.
 *
 * Sources: Broder, "On the resemblance and containment of documents" (1997);
 * Indyk and Motwani, "Approximate nearest neighbors" (1998), for the bands;
 * Li and König, "b-bit minwise hashing" (2010).
 */
enum {
	JK_SHINGLE = 5,
	JK_MINHASH_BANDS = 32,
	JK_MINHASH_ROWS = 4,
	JK_MINHASH_BYTES = JK_MINHASH_BANDS * JK_MINHASH_ROWS
};

/* The hash functions x -> a x + b (mod 2^32), and scratch memory. */
struct jk_minhash {
	uint32_t a[JK_MINHASH_BYTES], b[JK_MINHASH_BYTES];
	struct jk_buf shingles;
};

/* Always the same functions. */
void jk_minhash_init(struct jk_minhash *m);
void jk_minhash_release(struct jk_minhash *m);

/* Signature of n bytes of normalised UTF-8.  Errors: JK_ESYS. */
int jk_minhash_sign(struct jk_minhash *m, const char *text, size_t n,
    uint8_t signature[JK_MINHASH_BYTES], struct jk_err *err) JK_WARN_UNUSED;

/* In how many places two signatures agree. */
unsigned jk_minhash_agree(const uint8_t *a, const uint8_t *b);

/* A band of a signature, as one number. */
uint32_t jk_minhash_band(const uint8_t *signature, unsigned band);

#endif
