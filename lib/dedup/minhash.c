#include "dedup/minhash.h"

#include <string.h>

#include "base/philox.h"
#include "cpu/loops.h"

/* An invertible mix of 64 bits (the finalizer of MurmurHash3). */
static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

/* Hashes of all shingles (of the whole text where it is shorter than one). */
static size_t
shingles(const char *text, size_t n, struct jk_buf *scratch)
{
	static const uint64_t base = 0x9e3779b97f4a7c15u;
	uint64_t window[JK_SHINGLE] = { 0 }, h = 0, out_factor = 1;
	size_t at, n_chars = 0, n_shingles = 0;
	uint32_t code, *to;
	unsigned len, i;

	jk_buf_clear(scratch);
	if (!jk_buf_reserve(scratch, (n + 1) * sizeof *to))
		return 0;
	to = (uint32_t *)(void *)scratch->data;
	for (i = 0; i < JK_SHINGLE; i++)
		out_factor *= base;
	for (at = 0; at < n; at += len) {
		len = jk_utf8_decode(text + at, n - at, &code);
		if (!len) {
			len = 1;
			code = 0xfffd;
		}
		i = n_chars++ % JK_SHINGLE;
		h = h * base + (code + 1) - window[i] * out_factor;
		window[i] = code + 1;
		if (n_chars >= JK_SHINGLE)
			to[n_shingles++] = (uint32_t)mix(h);
	}
	if (!n_shingles)
		to[n_shingles++] = (uint32_t)mix(h);
	return n_shingles;
}

void
jk_minhash_init(struct jk_minhash *m)
{
	struct jk_philox p;
	unsigned i;

	*m = (struct jk_minhash){ .shingles = JK_BUF_INIT };
	for (i = 0; i < JK_MINHASH_BYTES; i++) {
		p = jk_philox(i, 0, 0, 0, 0x4d696e48, 0x61736820);
		m->a[i] = p.v[0] | 1;	/* odd: a permutation */
		m->b[i] = p.v[1];
	}
}

void
jk_minhash_release(struct jk_minhash *m)
{
	jk_buf_release(&m->shingles);
}

int
jk_minhash_sign(struct jk_minhash *m, const char *text, size_t n,
    uint8_t signature[JK_MINHASH_BYTES], struct jk_err *err)
{
	uint32_t least[JK_MINHASH_BYTES];
	size_t n_shingles = shingles(text, n, &m->shingles), i;

	if (jk_buf_check(&m->shingles, err) < 0)
		return -1;
	jk_minima((uint32_t *)(void *)m->shingles.data, n_shingles, m->a, m->b,
	    least, JK_MINHASH_BYTES);
	/* the upper bits of a minimum are nearly always 0: mix, then cut */
	for (i = 0; i < JK_MINHASH_BYTES; i++)
		signature[i] = (uint8_t)(mix(least[i]) >> 32);
	return 0;
}

unsigned
jk_minhash_agree(const uint8_t *a, const uint8_t *b)
{
	unsigned i, n = 0;

	for (i = 0; i < JK_MINHASH_BYTES; i++)
		n += a[i] == b[i];
	return n;
}

uint32_t
jk_minhash_band(const uint8_t *signature, unsigned band)
{
	uint32_t v;

	memcpy(&v, signature + band * JK_MINHASH_ROWS, sizeof v);
	return v;
}
