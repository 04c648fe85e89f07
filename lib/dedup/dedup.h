#ifndef JK_DEDUP_DEDUP_H
#define JK_DEDUP_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "dedup/minhash.h"
#include "dedup/similar.h"
#include "record/spool.h"

/*
 * Duplicates among many texts.
 *
 * Exact: equal in the normal form of dedup/normalize.h (by its 128-bit hash).
 * Near: candidates by MinHash bands, each pair compared by jk_similar on the
 * normalised texts themselves, which wait in a spool, so that memory holds
 * about 200 bytes for each different text, whatever its length.  Being a
 * near duplicate is carried on: if a is one of b, and b of c, then the three
 * are one cluster.
 *
 * On tables of very many texts built on one pattern the time is bounded: of
 * the candidates that a band gives, the JK_DEDUP_LOOKED_AT nearest in length
 * are looked at, and the JK_DEDUP_COMPARED whose signatures agree most are
 * compared, until JK_DEDUP_FAILED of them in a row are no duplicates.
 */
enum {
	JK_DEDUP_LOOKED_AT = 1000,
	JK_DEDUP_COMPARED = 16,
	JK_DEDUP_FAILED = 3
};

/* A different text. */
struct jk_dedup_text {
	struct jk_hash128 hash;
	uint64_t offset;	/* in the spool */
	uint32_t size_bytes;
	uint32_t cluster;	/* the text that stands for it */
};

struct jk_dedup {
	bool near;
	double threshold;
	struct jk_dedup_text *texts;
	uint8_t (*signatures)[JK_MINHASH_BYTES];
	uint32_t n_texts, cap;
	uint32_t *slots;	/* hash table of texts: index + 1 */
	size_t n_slots;
	struct jk_spool spool;
	struct jk_minhash minhash;
	struct jk_similar similar;
	struct jk_buf normal, pair[2];
};

/* `near`: also near duplicates, at that similarity.  Errors: JK_ESYS. */
int jk_dedup_init(struct jk_dedup *d, bool near, double threshold,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_dedup_release(struct jk_dedup *d);

/*
 * Add a text of n bytes of UTF-8.  *index is its number among the different
 * texts, in order of appearance: equal for exact duplicates.  Errors: JK_ESYS;
 * JK_EDATA beyond 2^31 different texts, or a text of 4 GiB or more.
 */
int jk_dedup_add(struct jk_dedup *d, const char *text, size_t n,
    uint32_t *index, struct jk_err *err) JK_WARN_UNUSED;

/*
 * After the last text: find the clusters.  texts[i].cluster is then the
 * lowest index in i's cluster (i itself if it is alone).  Errors: JK_ESYS.
 */
int jk_dedup_cluster(struct jk_dedup *d, struct jk_err *err) JK_WARN_UNUSED;

#endif
