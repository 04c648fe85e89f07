/* Fortune files and plain text with a separator: entries of lines. */

#include <stdlib.h>
#include <string.h>

#include "read/plain_entry.h"
#include "read/reader.h"

static enum jk_line_role
role_of(struct jk_plain *p, const struct jk_entry_line *l, size_t *begins,
    bool *blank)
{
	struct jk_plain_line look;
	enum jk_line_role role;

	*begins = 0;
	*blank = false;
	if (p->is_fortune)		/* exactly, as strfile(1) */
		return l->s[0] == '%' && (l->n == 1 || (l->n == 2 &&
		    l->s[1] == '\r')) ? JK_LINE_DIVIDES : JK_LINE_INSIDE;
	look = jk_plain_look(l->s, l->n);
	*blank = look.kind == JK_LINE_BLANK;
	role = jk_divider_line(&p->divider, l->s, &look);
	if (p->divider.rule == JK_SEPARATOR_NUMBERED)
		*begins = look.number_bytes;
	return role;
}

/* Tell of the bytes of an entry, and of the blank ones before it. */
static void
tell_entry(struct jk_input *in, const struct jk_entry *e)
{
	const struct jk_input_row *row = e->row;

	if (!e->any)
		return;
	jk_input_tell(in, JK_RANGE_BLANK, row->begin);
	if (e->bad)
		jk_input_tell(in, JK_RANGE_BAD, row->end);
	else
		jk_input_tell(in, JK_RANGE_TEXT, row->begin + e->len);
}

/* An entry of several lines.  As jk_lines_next. */
static int
read_entry(struct jk_input *in, struct jk_entry *e, struct jk_err *err)
{
	struct jk_plain *p = in->state;
	struct jk_entry_line l;
	size_t begins;
	bool blank;
	int r;

	if (jk_plain_take_held(p, &l))
		jk_entry_add(in, e, &l, 0, false);
	for (;;) {
		r = jk_entry_read_good_line(in, e, &l, err);
		if (r < 0)
			return -1;
		if (r == 0) {
			tell_entry(in, e);
			return e->any;
		}
		switch (role_of(p, &l, &begins, &blank)) {
		case JK_LINE_INSIDE:
			if (e->any || !blank)
				jk_entry_add(in, e, &l, 0, blank);
			break;
		case JK_LINE_DIVIDES:
			tell_entry(in, e);
			jk_entry_tell_divider(in, &l, blank);
			if (e->any)
				return 1;
			break;
		case JK_LINE_TITLE:
			tell_entry(in, e);
			jk_entry_leave_title_out(in, &l);
			if (e->any)
				return 1;
			break;
		case JK_LINE_BEGINS:
			tell_entry(in, e);
			jk_entry_tell_line(in, &l, begins, JK_RANGE_SEPARATOR);
			if (e->any) {
				jk_plain_hold(p, &l, begins);
				return 1;
			}
			jk_entry_add(in, e, &l, begins, false);
			break;
		}
	}
}

/* An entry that is a line by itself. */
static int
read_one_line(struct jk_input *in, struct jk_entry *e, struct jk_err *err)
{
	struct jk_entry_line l;
	size_t begins;
	bool blank;
	int r;

	for (;;) {
		r = jk_entry_read_line(in, &l, err);
		if (r < 0 && err->status == JK_EDATA) {
			jk_entry_spoil(e, &l, err);
			tell_entry(in, e);
			return 1;
		}
		if (r <= 0)
			return r;
		switch (role_of(in->state, &l, &begins, &blank)) {
		case JK_LINE_BEGINS:
			jk_entry_add(in, e, &l, 0, false);
			tell_entry(in, e);
			return 1;
		case JK_LINE_TITLE:
			jk_entry_leave_title_out(in, &l);
			break;
		default:
			jk_entry_tell_divider(in, &l, blank);
			break;
		}
	}
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct jk_plain *p = in->state;
	struct jk_entry e = { .row = row };
	bool fields = !p->is_fortune &&
	    p->divider.rule == JK_SEPARATOR_FIELDS;
	int r;

	(void)fatal;
	if (fields)
		r = jk_plain_read_fields(in, &e, err);
	else if (!p->is_fortune && p->divider.rule == JK_SEPARATOR_LINE)
		r = read_one_line(in, &e, err);
	else
		r = read_entry(in, &e, err);
	if (r == 0)
		jk_input_tell(in, JK_RANGE_BLANK, jk_lines_offset(&in->lines));
	if (r <= 0)
		return r;
	if (fields)
		return 1;
	if (e.bad) {
		*err = e.why;
		return -1;
	}
	if (jk_buf_check(&row->text, err) < 0 ||
	    jk_buf_check(&p->held, err) < 0)
		return -1;
	row->field[JK_COLUMN_TEXT] = jk_buf_str(&row->text);
	/* the last line's end belongs to the file, not to the text */
	row->len[JK_COLUMN_TEXT] = e.len;
	return 1;
}

static struct jk_plain *
new_state(struct jk_input *in, struct jk_err *err)
{
	in->state = calloc(1, sizeof(struct jk_plain));
	if (!in->state)
		jk_fail_nomem(err);
	return in->state;
}

static void
close_text(struct jk_input *in)
{
	struct jk_plain *p = in->state;

	if (p)
		jk_buf_release(&p->held);
	free(p);
}

static int
open_plain(struct jk_input *in, struct jk_err *err)
{
	enum jk_separator asked = in->options->separator;
	struct jk_plain *p = new_state(in, err);
	bool fields = false;
	const char *s;
	size_t n, i;

	if (!p)
		return -1;
	s = jk_lines_sample(&in->lines, &n);
	if (!asked || asked == JK_SEPARATOR_FIELDS)
		fields = jk_fields_find(&p->fields, s, n);
	if (!fields && asked == JK_SEPARATOR_FIELDS)
		return jk_fail(err, JK_EDATA, "%s: no lines of \"NAME: …\" with"
		    " a usual name of a text, each more than once",
		    in->lines.in.name);
	if (!fields) {
		jk_divider_find(&p->divider, asked, s, n, in->lines.at_end,
		    &in->why);
		return 0;
	}
	p->divider.rule = JK_SEPARATOR_FIELDS;
	jk_buf_adds(&in->why, jk_tr("separator: fields:"));
	for (i = 0; i < p->fields.n; i++)
		jk_buf_printf(&in->why, " '%.*s'", (int)p->fields.v[i].n,
		    p->fields.v[i].name);
	jk_buf_addc(&in->why, '\n');
	return 0;
}

/* What nothing else is. */
static int
guess_plain(const char *s, size_t n)
{
	(void)s;
	(void)n;
	return 1;
}

static int
describe_plain(const struct jk_input *in, json_t *file)
{
	const struct jk_plain *p = in->state;

	return json_object_set_new(file, "separator",
	    json_string(jk_separator_name(p->divider.rule)));
}

const struct jk_reader jk_plain_reader = {
	.guess = guess_plain,
	.open = open_plain,
	.next = next,
	.close = close_text,
	.describe = describe_plain
};

static int
open_fortune(struct jk_input *in, struct jk_err *err)
{
	struct jk_plain *p = new_state(in, err);

	if (!p)
		return -1;
	p->is_fortune = true;
	return 0;
}

/* A line that holds only "%". */
static int
guess_fortune(const char *s, size_t n)
{
	const char *end;
	size_t len;

	for (; n > 0; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		if (s[0] == '%' && strspn(s + 1, "\r\n") >= len - 1)
			return 3;
	}
	return 0;
}

const struct jk_reader jk_fortune_reader = {
	.guess = guess_fortune,
	.open = open_fortune,
	.next = next,
	.close = close_text
};
