#ifndef JK_TRAIN_PACK_H
#define JK_TRAIN_PACK_H

#include "op/shared.h"
#include "train/data.h"
#include "train/order.h"

/*
 * An effective batch and the packs that it is cut into.
 *
 * The longest common prefix of all its records (system text, start of the
 * prompt) is the shared prefix; it ends before each record's last prompt
 * token, whose row predicts the first answer token.  A pack begins with the
 * prefix, once; a record's own rows follow, and see the prefix and
 * themselves.  Where sharing is off, each record has the prefix's rows
 * itself, under the same ordinal, so that dropout is the same.
 *
 * Rows end before the last supervised token: its row would predict nothing.
 */
struct jk_batch {
	const struct jk_dataset *data;
	const uint32_t *records;	/* [n] borrowed: indices into data */
	uint32_t n;
	uint32_t prefix_len;
	bool share;
	uint64_t n_supervised;
	uint32_t longest;	/* tokens of a record */
	double weight;		/* sum of those of supervised tokens */
};

void jk_batch_init(struct jk_batch *b, const struct jk_dataset *data,
    const uint32_t *records, uint32_t n, bool share);

/* That of the records from `at` on in an order of all, `most` at most. */
void jk_batch_at(struct jk_batch *b, const struct jk_dataset *data,
    const uint32_t *order, size_t at, uint64_t most, bool share);

/*
 * That of a step, counted from 0, of a run with so many steps an epoch; the
 * order becomes that of its epoch.  Errors: JK_ESYS.
 */
int jk_batch_of_step(struct jk_batch *b, const struct jk_dataset *data,
    struct jk_order *order, uint64_t step, uint64_t per_epoch, uint64_t most,
    bool share, struct jk_err *err) JK_WARN_UNUSED;

/* Rows of a pack of the records begin … end-1, and supervised rows in it. */
struct jk_pack_size {
	uint32_t n_rows, n_heads;
};
struct jk_pack_size jk_pack_size(const struct jk_batch *b, uint32_t begin,
    uint32_t end);

/*
 * Cut into n shares, [bounds[i], bounds[i + 1]) each, some perhaps empty: the
 * rows of all records in a line, and the line in n equal parts, a record is of
 * the share that its middle is in.  (Rows of the prefix count where they are not
 * shared.)
 */
void jk_batch_cut(const struct jk_batch *b, uint32_t n, uint32_t *bounds);

/*
 * The first record behind the pack that begins with `begin`: as many as fit
 * into max_rows, but at least one, and none from `end` on.
 */
uint32_t jk_pack_end(const struct jk_batch *b, uint32_t begin, uint32_t end,
    uint32_t max_rows);

/*
 * One pack's rows; heads[i] is a supervised row, targets[i] what follows,
 * weights[i] that of its record.
 */
struct jk_pack {
	struct jk_row *rows;
	uint32_t n_rows;
	uint32_t *heads, *targets;
	float *weights;
	uint32_t n_heads;
};

/* Room for packs up to a size. */
int jk_pack_init(struct jk_pack *p, struct jk_pack_size max,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_pack_release(struct jk_pack *p);

/* Fill with the records begin … end-1, which must fit. */
void jk_pack_fill(struct jk_pack *p, const struct jk_batch *b, uint32_t begin,
    uint32_t end);

#endif
