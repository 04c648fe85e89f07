/* Plain texts whose entries are lines of "NAME: value". */

#include <string.h>

#include "base/json.h"
#include "base/json_write.h"
#include "read/plain_entry.h"
#include "read/reader.h"

/* The fields of an entry, where they are in row->text. */
struct cells {
	size_t begin[JK_MOST_FIELDS], end[JK_MOST_FIELDS];
	bool there[JK_MOST_FIELDS];
	int now;		/* the one that goes on, -1: none */
	int order[JK_MOST_FIELDS];	/* as they came */
	uint64_t name[JK_MOST_FIELDS];	/* where they are in the file */
	uint64_t value[JK_MOST_FIELDS];
	size_t n;
};

/* A line before the first field. */
static void
pass_over(struct jk_input *in, const struct jk_entry_line *l,
    enum jk_line_kind kind)
{
	if (kind == JK_LINE_HEADING)
		jk_entry_leave_title_out(in, l);
	else
		jk_entry_tell_divider(in, l, kind == JK_LINE_BLANK);
}

/* A line of fields: it begins one, or is of the one before. */
static void
add_field_line(struct jk_input *in, struct jk_entry *e, struct cells *c,
    const struct jk_entry_line *l)
{
	const struct jk_plain *p = in->state;
	struct jk_plain_line look = jk_plain_look(l->s, l->n);
	size_t value = 0;
	int field = jk_fields_of(&p->fields, l->s, l->n, &value);
	bool was_any = e->any;

	if (field >= 0 && !c->there[field]) {
		c->there[field] = true;
		c->now = field;
		c->name[field] = l->begin;
		c->value[field] = l->begin + value;
		c->order[c->n++] = field;
		c->begin[field] = c->end[field] = e->row->text.len;
		jk_entry_add(in, e, l, value, false);
		if (!was_any)
			e->row->begin = l->begin;
	} else if (e->any) {
		jk_entry_add(in, e, l, 0, look.kind == JK_LINE_BLANK ||
		    look.kind == JK_LINE_SIGNS);
	} else if (look.kind == JK_LINE_TEXT) {
		/* before the first name */
		jk_entry_add(in, e, l, 0, false);
		c->now = -1;
	} else {
		pass_over(in, l, look.kind);
	}
	if (c->now >= 0)
		c->end[c->now] = e->len;
}

/* The cells that are fields of a row, and those that pass through. */
static void
settle_cells(const struct jk_plain *p, struct jk_input_row *row,
    const struct cells *c)
{
	const char *text = jk_buf_str(&row->text);
	const struct jk_field *f;
	size_t i, n;

	for (i = 0; i < p->fields.n; i++) {
		f = &p->fields.v[i];
		n = c->there[i] ? c->end[i] - c->begin[i] : 0;
		if (!n)
			continue;
		if (f->column >= 0 && !row->field[f->column]) {
			row->field[f->column] = text + c->begin[i];
			row->len[f->column] = n;
			continue;
		}
		jk_buf_addc(&row->rest, ',');
		if (jk_is_own_member(f->name, f->n)) {
			jk_buf_printf(&row->rest, "\"column_%.*s\"",
			    (int)f->n, f->name);
		} else {
			jk_json_write_string(&row->rest, f->name, f->n);
		}
		jk_buf_addc(&row->rest, ':');
		jk_json_write_string(&row->rest, text + c->begin[i], n);
	}
}

/* Tell of what is behind a cell, up to byte `end` of the file. */
static void
tell_behind(struct jk_input *in, const char *s, size_t n, uint64_t end)
{
	size_t i;

	for (i = 0; i < n && strchr(" \t\r\n", s[i]); i++)
		;
	jk_input_tell(in, i < n ? JK_RANGE_SEPARATOR : JK_RANGE_BLANK, end);
}

/* Tell of the bytes of an entry, and of what is behind it, up to `end`. */
static void
tell_cells(struct jk_input *in, const struct jk_input_row *row,
    const struct cells *c, uint64_t end)
{
	const char *text = jk_buf_str(&row->text);
	size_t k, n, last = 0;

	for (k = 0; k < c->n; k++) {
		int f = c->order[k];

		tell_behind(in, text + last, c->begin[f] - last, c->name[f]);
		jk_input_tell(in, JK_RANGE_NAME, c->value[f]);
		n = c->end[f] - c->begin[f];
		jk_input_tell(in, n && row->field[JK_COLUMN_TEXT] ==
		    text + c->begin[f] ? JK_RANGE_TEXT : JK_RANGE_FIELD,
		    c->value[f] + n);
		last = c->end[f];
	}
	tell_behind(in, text + last, row->text.len - last, end);
}

/*
 * An entry of fields: it ends before the name that it began with, and text
 * before the first name is one by itself.
 */
static int
read_cells(struct jk_input *in, struct jk_entry *e, struct cells *c,
    struct jk_err *err)
{
	struct jk_plain *p = in->state;
	struct jk_entry_line l;
	size_t value;
	int r, field;

	c->now = -1;
	if (jk_plain_take_held(p, &l))
		add_field_line(in, e, c, &l);
	for (;;) {
		r = jk_entry_read_good_line(in, e, &l, err);
		if (r <= 0)
			return r < 0 ? -1 : e->any;
		field = jk_fields_of(&p->fields, l.s, l.n, &value);
		if (e->any && (field == 0 || (field > 0 && !c->n))) {
			jk_plain_hold(p, &l, 0);
			return 1;
		}
		add_field_line(in, e, c, &l);
	}
}

/* Make a row of an entry of fields: 1, -1 for one without a text, too. */
static int
end_fields(struct jk_input *in, struct jk_entry *e, const struct cells *c,
    struct jk_err *err)
{
	struct jk_plain *p = in->state;
	struct jk_input_row *row = e->row;
	uint64_t end = p->have_held ? p->held_begin :
	    jk_lines_offset(&in->lines);

	if (jk_buf_check(&row->text, err) < 0 ||
	    jk_buf_check(&p->held, err) < 0)
		return -1;
	if (!e->bad)
		settle_cells(p, row, c);
	if (jk_buf_check(&row->rest, err) < 0)
		return -1;
	if (!e->bad && !row->field[JK_COLUMN_TEXT]) {
		e->bad = true;
		jk_fail(&e->why, JK_EDATA, "%s:%llu: fields without a text (if"
		    " they are none, say --separator)", in->lines.in.name,
		    (unsigned long long)row->line);
	}
	if (e->bad) {
		jk_input_tell(in, JK_RANGE_BAD, end);
		*err = e->why;
		return -1;
	}
	tell_cells(in, row, c, end);
	return 1;
}

int
jk_plain_read_fields(struct jk_input *in, struct jk_entry *e,
    struct jk_err *err)
{
	struct cells cells = { .now = -1 };
	int r = read_cells(in, e, &cells, err);

	return r > 0 ? end_fields(in, e, &cells, err) : r;
}
