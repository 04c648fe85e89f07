#include "read/plain_entry.h"

#include "read/reader.h"

void
jk_entry_spoil(struct jk_entry *e, const struct jk_entry_line *l,
    const struct jk_err *why)
{
	if (!e->bad)
		e->why = *why;
	e->bad = true;
	if (!e->any) {
		e->row->line = l->number;
		e->row->begin = l->begin;
	}
	e->any = true;
	e->row->end = l->end;
}

void
jk_entry_add(const struct jk_input *in, struct jk_entry *e,
    const struct jk_entry_line *l, size_t at, bool blank)
{
	struct jk_err why;

	if (!e->any) {
		e->row->line = l->number;
		e->row->begin = l->begin + at;
	}
	e->any = true;
	if (!blank)
		e->row->end = l->end;
	if (jk_lines_check(&in->lines, l->number, l->s, l->n, &why) < 0)
		jk_entry_spoil(e, l, &why);
	if (!e->bad && e->row->text.len + l->n - at > in->lines.max_bytes) {
		jk_fail(&why, JK_EDATA, "%s:%llu: an entry longer than %zu"
		    " bytes (--max-row-size); if it is several, say"
		    " --separator", in->lines.in.name,
		    (unsigned long long)e->row->line, in->lines.max_bytes);
		jk_entry_spoil(e, l, &why);
	}
	if (e->bad)
		return;
	jk_buf_add(&e->row->text, l->s + at, l->n - at);
	if (!blank)
		e->len = e->row->text.len;
	jk_buf_addc(&e->row->text, '\n');
}

int
jk_entry_read_line(struct jk_input *in, struct jk_entry_line *l,
    struct jk_err *err)
{
	int r;

	l->begin = jk_lines_offset(&in->lines);
	r = jk_lines_next(&in->lines, &l->s, &l->n, err);
	l->end = jk_lines_offset(&in->lines);
	l->number = in->lines.line;
	return r;
}

int
jk_entry_read_good_line(struct jk_input *in, struct jk_entry *e,
    struct jk_entry_line *l, struct jk_err *err)
{
	int r;

	while ((r = jk_entry_read_line(in, l, err)) < 0 &&
	    err->status == JK_EDATA)
		jk_entry_spoil(e, l, err);
	return r;
}

void
jk_plain_hold(struct jk_plain *p, const struct jk_entry_line *l, size_t at)
{
	jk_buf_clear(&p->held);
	jk_buf_add(&p->held, l->s + at, l->n - at);
	p->have_held = true;
	p->held_begin = l->begin + at;
	p->held_end = l->end;
	p->held_line = l->number;
}

bool
jk_plain_take_held(struct jk_plain *p, struct jk_entry_line *l)
{
	if (!p->have_held)
		return false;
	p->have_held = false;
	*l = (struct jk_entry_line){ jk_buf_str(&p->held), p->held.len,
	    p->held_begin, p->held_end, p->held_line };
	return true;
}

void
jk_entry_tell_line(struct jk_input *in, const struct jk_entry_line *l, size_t n,
    enum jk_range_kind why)
{
	jk_input_tell(in, JK_RANGE_BLANK, l->begin);
	jk_input_tell(in, why, l->begin + n);
}

void
jk_entry_tell_divider(struct jk_input *in, const struct jk_entry_line *l,
    bool blank)
{
	jk_entry_tell_line(in, l, (size_t)(l->end - l->begin),
	    blank ? JK_RANGE_BLANK : JK_RANGE_SEPARATOR);
}

void
jk_entry_leave_title_out(struct jk_input *in, const struct jk_entry_line *l)
{
	in->left_out[JK_LEFT_HEADING]++;
	jk_entry_tell_line(in, l, (size_t)(l->end - l->begin),
	    JK_RANGE_HEADING);
}
