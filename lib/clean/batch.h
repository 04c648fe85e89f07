#ifndef JK_CLEAN_BATCH_H
#define JK_CLEAN_BATCH_H

#include "clean/clean_row.h"
#include "clean/window.h"

/*
 * Rows of a file on their way to records, some at a time.  One thread reads
 * rows in their order; each chunk of them is cleaned by any thread; what came
 * of the chunks is taken in their order again.
 */
enum {
	JK_BATCH_CHUNKS = 32,
	JK_BATCH_BYTES = 1 << 22	/* the row that exceeds it is the last */
};

/* Zero-initialise. */
struct jk_clean_batch {
	struct jk_clean_chunk {
		struct jk_window rows;
		struct jk_cleaned cleaned;
		int status;		/* 0, or -1 with the reason */
		struct jk_err err;
	} chunks[JK_BATCH_CHUNKS];
	size_t n;			/* chunks in use */
	size_t n_bytes;			/* of their rows */
};

void jk_clean_batch_release(struct jk_clean_batch *b);
bool jk_clean_batch_is_full(const struct jk_clean_batch *b);
/* Copies the row into a batch that is not full.  Errors: JK_ESYS. */
int jk_clean_batch_add(struct jk_clean_batch *b, const struct jk_input_row *row,
    struct jk_err *err) JK_WARN_UNUSED;
/* No rows; memory is kept.  `shown`: repairs that need no example any more. */
void jk_clean_batch_clear(struct jk_clean_batch *b, uint32_t shown);

/*
 * Clean the rows of a chunk of the file `name`.  Where it fails, its status
 * says so, and there is what came of the rows before.
 */
void jk_clean_chunk(struct jk_clean_chunk *chunk, struct jk_row_cleaner *c,
    const char *name);

#endif
