/* Fortune files and plain text with a separator: entries of lines. */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "read/divide.h"
#include "read/fields.h"
#include "read/reader.h"

struct plain {
	bool is_fortune;
	struct jk_divider divider;	/* otherwise */
	struct jk_fields fields;	/* of JK_SEPARATOR_FIELDS */
	struct jk_buf held;		/* a line read ahead */
	bool have_held;
	uint64_t held_begin, held_end, held_line;
	struct jk_input_row title;	/* a heading that is to be left out */
	bool have_title;
};

/* An entry that is being put together in row->text. */
struct entry {
	struct jk_input_row *row;
	bool any;
	bool bad;
	size_t len;			/* up to its last line that is not blank */
	struct jk_err why;
};

/* A line as it is read, and its bytes of the text. */
struct line {
	const char *s;
	size_t n;
	uint64_t begin, end, number;
};

static void
spoil(struct entry *e, const struct line *l, const struct jk_err *why)
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

/* Add the line, from its byte `at`. */
static void
add_line(const struct jk_input *in, struct entry *e, const struct line *l,
    size_t at, bool blank)
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
		spoil(e, l, &why);
	if (!e->bad && e->row->text.len + l->n - at > in->lines.max_bytes) {
		jk_fail(&why, JK_EDATA, "%s:%llu: an entry longer than %zu"
		    " bytes (--max-row-size); if it is several, say"
		    " --separator", in->lines.in.name,
		    (unsigned long long)e->row->line, in->lines.max_bytes);
		spoil(e, l, &why);
	}
	if (e->bad)
		return;
	jk_buf_add(&e->row->text, l->s + at, l->n - at);
	if (!blank)
		e->len = e->row->text.len;
	jk_buf_addc(&e->row->text, '\n');
}

/* As jk_lines_next. */
static int
read_line(struct jk_input *in, struct line *l, struct jk_err *err)
{
	int r;

	l->begin = jk_lines_offset(&in->lines);
	r = jk_lines_next(&in->lines, &l->s, &l->n, err);
	l->end = jk_lines_offset(&in->lines);
	l->number = in->lines.line;
	return r;
}

/* The next line; what is no line for its length spoils the entry. */
static int
read_good_line(struct jk_input *in, struct entry *e, struct line *l,
    struct jk_err *err)
{
	int r;

	while ((r = read_line(in, l, err)) < 0 && err->status == JK_EDATA)
		spoil(e, l, err);
	return r;
}

static void
hold(struct plain *p, const struct line *l, size_t at)
{
	jk_buf_clear(&p->held);
	jk_buf_add(&p->held, l->s + at, l->n - at);
	p->have_held = true;
	p->held_begin = l->begin + at;
	p->held_end = l->end;
	p->held_line = l->number;
}

/* The line held, if there is one: it goes first. */
static bool
take_held(struct plain *p, struct line *l)
{
	if (!p->have_held)
		return false;
	p->have_held = false;
	*l = (struct line){ jk_buf_str(&p->held), p->held.len, p->held_begin,
	    p->held_end, p->held_line };
	return true;
}

static enum jk_line_role
role_of(struct plain *p, const struct line *l, size_t *begins, bool *blank)
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

/* Leave a heading out, but not before the entry that stands above it. */
static void
put_title(struct jk_input *in, const struct line *l, bool now)
{
	struct plain *p = in->state;

	p->title = (struct jk_input_row){ .begin = l->begin, .end = l->end };
	p->have_title = !now;
	if (now)
		jk_input_leave_out(in, JK_LEFT_HEADING, &p->title);
}

/* An entry of several lines.  As jk_lines_next. */
static int
read_entry(struct jk_input *in, struct entry *e, struct jk_err *err)
{
	struct plain *p = in->state;
	struct line l;
	size_t begins;
	bool blank;
	int r;

	if (p->have_title)
		jk_input_leave_out(in, JK_LEFT_HEADING, &p->title);
	p->have_title = false;
	if (take_held(p, &l))
		add_line(in, e, &l, 0, false);
	for (;;) {
		r = read_good_line(in, e, &l, err);
		if (r <= 0)
			return r < 0 ? -1 : e->any;
		switch (role_of(p, &l, &begins, &blank)) {
		case JK_LINE_INSIDE:
			if (e->any || !blank)
				add_line(in, e, &l, 0, blank);
			break;
		case JK_LINE_DIVIDES:
			if (e->any)
				return 1;
			break;
		case JK_LINE_TITLE:
			put_title(in, &l, !e->any);
			if (e->any)
				return 1;
			break;
		case JK_LINE_BEGINS:
			if (e->any) {
				hold(p, &l, begins);
				return 1;
			}
			add_line(in, e, &l, begins, false);
			break;
		}
	}
}

/* An entry that is a line by itself. */
static int
read_one_line(struct jk_input *in, struct entry *e, struct jk_err *err)
{
	struct line l;
	size_t begins;
	bool blank;
	int r;

	for (;;) {
		r = read_line(in, &l, err);
		if (r < 0 && err->status == JK_EDATA) {
			spoil(e, &l, err);
			return 1;
		}
		if (r <= 0)
			return r;
		switch (role_of(in->state, &l, &begins, &blank)) {
		case JK_LINE_BEGINS:
			add_line(in, e, &l, 0, false);
			return 1;
		case JK_LINE_TITLE:
			put_title(in, &l, true);
			break;
		default:
			break;
		}
	}
}

/* The fields of an entry, where they are in row->text. */
struct cells {
	size_t begin[JK_MOST_FIELDS], end[JK_MOST_FIELDS];
	bool there[JK_MOST_FIELDS];
	int now;		/* the one that goes on, -1: none */
};

/* A line of fields: it begins one, or is of the one before. */
static void
add_field_line(const struct jk_input *in, struct entry *e, struct cells *c,
    const struct line *l)
{
	const struct plain *p = in->state;
	struct jk_plain_line look = jk_plain_look(l->s, l->n);
	size_t value = 0;
	int field = jk_fields_of(&p->fields, l->s, l->n, &value);
	bool was_any = e->any;

	if (field >= 0 && !c->there[field]) {
		c->there[field] = true;
		c->now = field;
		c->begin[field] = c->end[field] = e->row->text.len;
		add_line(in, e, l, value, false);
		if (!was_any)
			e->row->begin = l->begin;
	} else if (e->any) {
		add_line(in, e, l, 0, look.kind == JK_LINE_BLANK ||
		    look.kind == JK_LINE_SIGNS);
	} else if (look.kind == JK_LINE_TEXT) {
		add_line(in, e, l, 0, false);	/* before the first name */
		c->now = -1;
	}
	if (c->now >= 0)
		c->end[c->now] = e->len;
}

/* The cells that are fields of a row, and those that pass through. */
static void
settle_cells(const struct plain *p, struct jk_input_row *row,
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

/* An entry of fields: it ends before the name that it began with. */
static int
read_fields(struct jk_input *in, struct entry *e, struct cells *c,
    struct jk_err *err)
{
	struct plain *p = in->state;
	struct line l;
	size_t value;
	int r;

	c->now = -1;
	if (take_held(p, &l))
		add_field_line(in, e, c, &l);
	for (;;) {
		r = read_good_line(in, e, &l, err);
		if (r <= 0)
			return r < 0 ? -1 : e->any;
		if (e->any && jk_fields_of(&p->fields, l.s, l.n, &value) ==
		    0) {
			hold(p, &l, 0);
			return 1;
		}
		add_field_line(in, e, c, &l);
	}
}

/* What an entry without a name is, or one without a text. */
static int
check_fields(const struct jk_input *in, const struct jk_input_row *row,
    struct jk_err *err)
{
	if (row->field[JK_COLUMN_TEXT])
		return 1;
	return jk_fail(err, JK_EDATA, "%s:%llu: fields without a text (if they"
	    " are none, say --separator)", in->lines.in.name,
	    (unsigned long long)row->line);
}

static int
next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err)
{
	struct plain *p = in->state;
	struct entry e = { .row = row };
	struct cells cells = { .now = -1 };
	bool fields = !p->is_fortune &&
	    p->divider.rule == JK_SEPARATOR_FIELDS;
	int r;

	(void)fatal;
	if (fields)
		r = read_fields(in, &e, &cells, err);
	else if (!p->is_fortune && p->divider.rule == JK_SEPARATOR_LINE)
		r = read_one_line(in, &e, err);
	else
		r = read_entry(in, &e, err);
	if (r <= 0)
		return r;
	if (e.bad) {
		*err = e.why;
		return -1;
	}
	if (jk_buf_check(&row->text, err) < 0 ||
	    jk_buf_check(&p->held, err) < 0)
		return -1;
	if (fields) {
		settle_cells(p, row, &cells);
		if (jk_buf_check(&row->rest, err) < 0)
			return -1;
		return check_fields(in, row, err);
	}
	row->field[JK_COLUMN_TEXT] = jk_buf_str(&row->text);
	/* the last line's end belongs to the file, not to the text */
	row->len[JK_COLUMN_TEXT] = e.len;
	return 1;
}

static struct plain *
new_state(struct jk_input *in, struct jk_err *err)
{
	in->state = calloc(1, sizeof(struct plain));
	if (!in->state)
		jk_fail_nomem(err);
	return in->state;
}

static void
close_text(struct jk_input *in)
{
	struct plain *p = in->state;

	if (p)
		jk_buf_release(&p->held);
	free(p);
}

static int
open_plain(struct jk_input *in, struct jk_err *err)
{
	enum jk_separator asked = in->options->separator;
	struct plain *p = new_state(in, err);
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
	jk_buf_adds(&in->why, "separator: fields:");
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
	const struct plain *p = in->state;

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
	struct plain *p = new_state(in, err);

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
