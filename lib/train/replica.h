#ifndef JK_TRAIN_REPLICA_H
#define JK_TRAIN_REPLICA_H

#include "net/link.h"
#include "nn/lora.h"

/*
 * The adapter as all ranks have it.  Rank 0 sends it whole before each sum, in
 * f32; with --compression=int8 it does so once, and then sends what an update has
 * changed, rounded as net/int8.h says.  Every rank adds that to the copy that it
 * has, rank 0 too, as does one process: so the run goes on with the adapter that
 * all have, which is what is saved.
 */
struct jk_replica {
	float *v;		/* [n] the copy */
	void *change;		/* since then, packed */
	uint64_t news;		/* of enum jk_news: for the next sum */
};

/* What an order brings with it. */
enum jk_news {
	JK_NEWS_WHOLE,
	JK_NEWS_CHANGE,
	JK_NEWS_NONE
};

/* Room for n numbers, and all that is new.  Errors: JK_ESYS. */
int jk_replica_init(struct jk_replica *r, uint64_t n, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_replica_release(struct jk_replica *r);
uint64_t jk_replica_bytes(uint64_t n);

/*
 * On rank 0, behind each update: the adapter becomes the copy with its rounded
 * change.  `room` is for as many numbers.  Errors: JK_ESYS.
 */
int jk_replica_update(struct jk_replica *r, const struct jk_lora *lora,
    struct jk_dev *dev, float *room, struct jk_err *err) JK_WARN_UNUSED;

/*
 * On all ranks, with the same news: the adapter of rank 0, which it sends.  link
 * NULL: one process.  Without a copy, r->v NULL, it goes through `room`.
 * Errors: JK_ESYS.
 */
int jk_replica_share(struct jk_replica *r, uint64_t news,
    const struct jk_lora *lora, struct jk_dev *dev, struct jk_link *link,
    float *room, struct jk_err *err) JK_WARN_UNUSED;

#endif
