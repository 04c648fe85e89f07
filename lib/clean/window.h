#ifndef JK_CLEAN_WINDOW_H
#define JK_CLEAN_WINDOW_H

#include "read/format.h"

/*
 * Rows of a file, held back until a thread has time for them, and the first ones
 * until what they have in common is known.  Bounded: JK_WINDOW_ROWS, or the row that exceeds JK_WINDOW_BYTES.
 */
enum { JK_WINDOW_ROWS = 128, JK_WINDOW_BYTES = 1 << 22 };

struct jk_window {
	struct jk_buf bytes;	/* fields and members of the rows */
	struct jk_window_row {
		uint64_t row, line;
		size_t field[JK_N_COLUMNS];	/* in `bytes` */
		size_t len[JK_N_COLUMNS];
		uint32_t present;		/* a bit for each column */
		size_t rest, rest_len;
	} rows[JK_WINDOW_ROWS];
	size_t n;
};

void jk_window_release(struct jk_window *w);
/* Copies the row, or on an error adds nothing.  Errors: JK_ESYS. */
int jk_window_add(struct jk_window *w, const struct jk_input_row *row,
    struct jk_err *err) JK_WARN_UNUSED;
bool jk_window_is_full(const struct jk_window *w);
/* Row i as it was, borrowed from the window; it is not to be released. */
struct jk_input_row jk_window_row(const struct jk_window *w, size_t i);
void jk_window_clear(struct jk_window *w);

#endif
