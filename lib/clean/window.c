#include "clean/window.h"

void
jk_window_release(struct jk_window *w)
{
	jk_buf_release(&w->bytes);
	w->n = 0;
}

void
jk_window_clear(struct jk_window *w)
{
	jk_buf_clear(&w->bytes);
	w->n = 0;
}

bool
jk_window_is_full(const struct jk_window *w)
{
	return w->n == JK_WINDOW_ROWS || w->bytes.len > JK_WINDOW_BYTES;
}

int
jk_window_add(struct jk_window *w, const struct jk_input_row *row,
    struct jk_err *err)
{
	struct jk_window_row *r = &w->rows[w->n];
	size_t i;

	*r = (struct jk_window_row){ .row = row->row, .line = row->line };
	for (i = 0; i < JK_N_COLUMNS; i++) {
		r->field[i] = w->bytes.len;
		r->len[i] = row->len[i];
		if (!row->field[i])
			continue;
		r->present |= 1u << i;
		jk_buf_add(&w->bytes, row->field[i], row->len[i]);
		jk_buf_addc(&w->bytes, '\0');
	}
	r->rest = w->bytes.len;
	r->rest_len = row->rest.len;
	jk_buf_add(&w->bytes, jk_buf_str(&row->rest), row->rest.len);
	jk_buf_addc(&w->bytes, '\0');
	if (jk_buf_check(&w->bytes, err) < 0)
		return -1;
	w->n++;
	return 0;
}

struct jk_input_row
jk_window_row(const struct jk_window *w, size_t i)
{
	const struct jk_window_row *r = &w->rows[i];
	struct jk_input_row row = { .row = r->row, .line = r->line };
	size_t k;

	for (k = 0; k < JK_N_COLUMNS; k++) {
		row.len[k] = r->len[k];
		if (r->present >> k & 1)
			row.field[k] = w->bytes.data + r->field[k];
	}
	row.rest.data = w->bytes.data + r->rest;
	row.rest.len = r->rest_len;
	return row;
}
