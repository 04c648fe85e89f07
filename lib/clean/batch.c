#include "clean/batch.h"

void
jk_clean_batch_release(struct jk_clean_batch *b)
{
	size_t i;

	for (i = 0; i < JK_BATCH_CHUNKS; i++) {
		jk_window_release(&b->chunks[i].rows);
		jk_cleaned_release(&b->chunks[i].cleaned);
	}
	b->n = 0;
}

void
jk_clean_batch_clear(struct jk_clean_batch *b, uint32_t shown)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		jk_window_clear(&b->chunks[i].rows);
		jk_cleaned_clear(&b->chunks[i].cleaned);
	}
	for (i = 0; i < JK_BATCH_CHUNKS; i++)
		b->chunks[i].cleaned.shown = shown;
	b->n = b->n_bytes = 0;
}

bool
jk_clean_batch_is_full(const struct jk_clean_batch *b)
{
	return b->n_bytes > JK_BATCH_BYTES || (b->n == JK_BATCH_CHUNKS &&
	    jk_window_is_full(&b->chunks[b->n - 1].rows));
}

int
jk_clean_batch_add(struct jk_clean_batch *b, const struct jk_input_row *row,
    struct jk_err *err)
{
	struct jk_window *rows;
	size_t before;

	if (!b->n || jk_window_is_full(&b->chunks[b->n - 1].rows))
		b->n++;
	rows = &b->chunks[b->n - 1].rows;
	before = rows->bytes.len;
	if (jk_window_add(rows, row, err) < 0)
		return -1;
	b->n_bytes += rows->bytes.len - before;
	return 0;
}

void
jk_clean_chunk(struct jk_clean_chunk *chunk, struct jk_row_cleaner *c,
    const char *name)
{
	size_t i;

	chunk->status = 0;
	for (i = 0; i < chunk->rows.n && chunk->status == 0; i++) {
		const struct jk_input_row row = jk_window_row(&chunk->rows, i);

		chunk->status = jk_clean_row(c, &row, name, &chunk->cleaned,
		    &chunk->err);
	}
}
