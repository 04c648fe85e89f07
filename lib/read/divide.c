#include "read/divide.h"

#include <math.h>
#include <string.h>

/*
 * The prices, in the unit of what one entry more costs.  Chosen so that a
 * separator in use wins against the blank lines inside of jokes of up to six
 * paragraphs, and loses where a file has one or two of it.
 */
static const double AN_ENTRY = 1, BLANK_INSIDE = 1.5,
    BLANK_BETWEEN_DIALOGUES = 3, BLANK_BEFORE_A_REPLY = 0.5,
    SENTENCES_ON_TWO_LINES = 1.2, A_LINE_INSIDE = 0.2, SIGNS = 5,
    TWO_BLANKS = 3, A_BLANK_AMONG_LINES = 3, A_NUMBER = 2, NO_LETTERS = 6,
    DIVIDES_ONCE = 6, A_LONG_ENTRY = 1.5;
/* From there on each line makes an entry less likely. */
enum { LONG_STORY_LINES = 6, LONG_DIALOGUE_LINES = 12 };

/* Characters of an entry: log-normal about this. */
static const double USUAL_CHARS = 120, SPREAD = 1.5;

const char *
jk_separator_name(enum jk_separator separator)
{
	static const char *const names[JK_N_SEPARATORS] = { "auto",
#define X(id, name) [JK_SEPARATOR_##id] = #name,
		JK_SEPARATORS(X)
#undef X
	};

	return names[separator];
}

void
jk_divider_start(struct jk_divider *d)
{
	d->have_number = false;
	d->number = 0;
	d->n_blank = 0;
}

/*
 * Whether a number goes on counting; a few may be missing.  One with a mark
 * before it need not.
 */
static bool
counts_on(struct jk_divider *d, const struct jk_plain_line *l)
{
	uint64_t step = d->counts_down ? d->number - l->number :
	    l->number - d->number;

	if (d->have_number && !l->marked && (step == 0 || step > 10))
		return false;
	d->have_number = true;
	d->number = l->number;
	return true;
}

/* Signs that divide by whatever rule: nobody says them. */
static bool
always_divides(const struct jk_plain_line *l)
{
	return l->kind == JK_LINE_SIGNS && l->signs != JK_SEPARATOR_MARK &&
	    l->signs != JK_SEPARATOR_QUESTIONS;
}

static bool
is_mark(const struct jk_divider *d, const char *s,
    const struct jk_plain_line *l)
{
	return l->kind == JK_LINE_SIGNS && (d->mark_bytes ?
	    l->n == d->mark_bytes && memcmp(s, d->mark, l->n) == 0 :
	    true);
}

enum jk_line_role
jk_divider_line(struct jk_divider *d, const char *s,
    const struct jk_plain_line *l)
{
	bool blank = l->kind == JK_LINE_BLANK;
	bool lines = d->rule == JK_SEPARATOR_LINE;

	d->n_blank = blank ? d->n_blank + 1 : 0;
	switch (d->rule) {
	case JK_SEPARATOR_BLANK:
	case JK_SEPARATOR_LINE:
		if (blank || always_divides(l))
			return JK_LINE_DIVIDES;
		if (l->kind == JK_LINE_HEADING)
			return JK_LINE_TITLE;
		return lines ? JK_LINE_BEGINS : JK_LINE_INSIDE;
	case JK_SEPARATOR_BLANKS:
		if (d->n_blank == 2 || always_divides(l))
			return JK_LINE_DIVIDES;
		return l->kind == JK_LINE_HEADING ? JK_LINE_TITLE :
		    JK_LINE_INSIDE;
	case JK_SEPARATOR_MARK:
		return is_mark(d, s, l) ? JK_LINE_DIVIDES : JK_LINE_INSIDE;
	case JK_SEPARATOR_HEADINGS:
		return l->kind == JK_LINE_HEADING ? JK_LINE_TITLE :
		    JK_LINE_INSIDE;
	case JK_SEPARATOR_NUMBERS:
		return l->kind == JK_LINE_NUMBER && counts_on(d, l) ?
		    JK_LINE_DIVIDES : JK_LINE_INSIDE;
	case JK_SEPARATOR_NUMBERED:
		if (l->kind == JK_LINE_NUMBER && counts_on(d, l))
			return JK_LINE_DIVIDES;
		return l->number_bytes && counts_on(d, l) ? JK_LINE_BEGINS :
		    JK_LINE_INSIDE;
	default:
		return l->kind == JK_LINE_SIGNS && l->signs == d->rule ?
		    JK_LINE_DIVIDES : JK_LINE_INSIDE;
	}
}

/* What it costs to divide a text by a rule. */
struct cost {
	struct jk_divider divider;
	size_t n_entries, n_chars, n_dividing;
	double entries, inside, elsewhere;
};

static double
total(const struct cost *c)
{
	return c->entries + c->inside + c->elsewhere;
}

/* An entry that is put together, and what was seen outside of entries. */
struct weighing {
	struct cost *cost;
	bool any;
	size_t chars, lines;		/* of the entry */
	size_t paragraph, before;	/* lines of this and of the last */
	size_t n_blank;			/* just before this line */
	bool is_reply;			/* this paragraph goes on talking */
	struct jk_plain_line last;
	uint64_t list;			/* the last number of a list inside */
	size_t signs, numbers, doubles, blank_runs;	/* unexplained */
};

static void
end_paragraph(struct weighing *w)
{
	double price = BLANK_INSIDE;

	if (w->before && w->paragraph) {
		if (w->is_reply)
			price = BLANK_BEFORE_A_REPLY;
		else if (w->before > 1 || w->paragraph > 1)
			price = BLANK_BETWEEN_DIALOGUES;
		w->cost->inside += price;
	}
	if (w->paragraph)
		w->before = w->paragraph;
	w->paragraph = 0;
}

static void
end_entry(struct weighing *w)
{
	double far;

	if (!w->any)
		return;
	end_paragraph(w);
	far = log((w->chars ? (double)w->chars : 0.5) / USUAL_CHARS) / SPREAD;
	w->cost->entries += AN_ENTRY + far * far / 2 +
	    (w->chars ? 0 : NO_LETTERS);
	w->cost->n_entries++;
	w->cost->n_chars += w->chars;
	w->any = false;
	w->chars = w->lines = w->before = 0;
}

/* A line of text, or what is taken for one, in an entry. */
static void
add_line(struct weighing *w, const struct jk_plain_line *l)
{
	bool reply = l->has_dash || l->has_small;

	if (w->any && w->n_blank) {
		end_paragraph(w);
		w->is_reply = reply;
		w->doubles += w->n_blank > 1;
	} else if (w->any) {
		bool apart = w->last.ends &&
		    (!reply || (l->has_dash && l->has_replies));

		w->cost->inside += apart ? SENTENCES_ON_TWO_LINES :
		    A_LINE_INSIDE;
		if (w->lines >= (apart ? LONG_STORY_LINES :
		    LONG_DIALOGUE_LINES))
			w->cost->inside += A_LONG_ENTRY;
	}
	w->signs += l->kind == JK_LINE_SIGNS &&
	    l->signs != JK_SEPARATOR_MARK;
	w->signs += l->kind == JK_LINE_HEADING;
	w->numbers += l->kind == JK_LINE_NUMBER;
	if (l->number_bytes) {
		w->numbers += l->number == w->list + 1 ||
		    l->number + 1 == w->list || l->marked;
		w->list = l->number;
	}
	w->any = true;
	w->chars += l->kind == JK_LINE_TEXT ? l->chars : 0;
	w->lines++;
	w->paragraph++;
	w->n_blank = 0;
	w->last = *l;
}

/* A line that divides: the rule's own, or one that it does not explain. */
static void
divide(struct weighing *w, const struct jk_plain_line *l)
{
	enum jk_separator rule = w->cost->divider.rule;

	w->cost->n_dividing += w->any;
	end_entry(w);
	if (l->kind == JK_LINE_SIGNS && rule != JK_SEPARATOR_MARK)
		w->signs += l->signs != rule;
	else if (l->kind == JK_LINE_HEADING)
		w->signs += rule != JK_SEPARATOR_HEADINGS;
	else if (l->kind == JK_LINE_BLANK)
		w->blank_runs += !w->n_blank;
}

/* Few of something may be an accident. */
static double
price_of(size_t n, double each)
{
	return (double)n * each * (n == 1 ? 0.4 : n == 2 ? 0.6 : 1);
}

static void
weigh_line(struct weighing *w, const char *s, size_t n)
{
	struct jk_plain_line l = jk_plain_look(s, n);

	switch (jk_divider_line(&w->cost->divider, s, &l)) {
	case JK_LINE_DIVIDES:
	case JK_LINE_TITLE:
		divide(w, &l);
		break;
	case JK_LINE_BEGINS:
		w->cost->n_dividing += w->any;
		end_entry(w);
		if (w->cost->divider.rule == JK_SEPARATOR_NUMBERED)
			l.number_bytes = 0;
		w->n_blank = 0;
		add_line(w, &l);
		return;
	default:
		if (l.kind != JK_LINE_BLANK) {
			add_line(w, &l);
			return;
		}
	}
	w->n_blank = l.kind == JK_LINE_BLANK ? w->n_blank + 1 : 0;
	/* two blank lines in a row, told once */
	if (w->n_blank == 2 && w->cost->divider.rule == JK_SEPARATOR_BLANK)
		w->doubles++;
}

static void
weigh(struct cost *c, const char *s, size_t n, bool whole)
{
	struct weighing w = { .cost = c };
	enum jk_separator rule = c->divider.rule;
	const char *end;
	size_t len;

	jk_divider_start(&c->divider);
	for (; n; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		if (!end && !whole)
			break;
		weigh_line(&w, s, end ? len - 1 : len);
	}
	end_entry(&w);
	c->elsewhere = price_of(w.signs, SIGNS) + price_of(w.numbers, A_NUMBER);
	if (rule == JK_SEPARATOR_LINE && w.blank_runs + 1 < c->n_entries)
		c->elsewhere += price_of(w.blank_runs, A_BLANK_AMONG_LINES);
	/* where every gap is of two lines, they are just the gaps */
	if (rule != JK_SEPARATOR_BLANK || w.doubles + 1 < c->n_entries)
		c->elsewhere += price_of(w.doubles, TWO_BLANKS);
	if (c->n_dividing < 2 && rule != JK_SEPARATOR_BLANK &&
	    rule != JK_SEPARATOR_LINE)
		c->elsewhere += DIVIDES_ONCE;
}

/* The line of other signs that is there most often. */
static void
find_mark(struct jk_divider *d, const char *s, size_t n)
{
	struct { const char *s; size_t n, count; } marks[16];
	size_t n_marks = 0, len, i, best = 0;
	struct jk_plain_line l;
	const char *end;

	for (; n; s += len, n -= len) {
		end = memchr(s, '\n', n);
		len = end ? (size_t)(end - s) + 1 : n;
		l = jk_plain_look(s, end ? len - 1 : len);
		if (l.kind != JK_LINE_SIGNS || l.n > sizeof d->mark ||
		    l.signs != JK_SEPARATOR_MARK)
			continue;
		for (i = 0; i < n_marks; i++)
			if (marks[i].n == l.n &&
			    memcmp(marks[i].s, s, l.n) == 0)
				break;
		if (i == sizeof marks / sizeof *marks)
			continue;
		if (i == n_marks) {
			marks[n_marks].s = s;
			marks[n_marks].n = l.n;
			marks[n_marks++].count = 0;
		}
		marks[i].count++;
	}
	for (i = 0; i < n_marks; i++) {
		if (marks[i].count <= best)
			continue;
		best = marks[i].count;
		memcpy(d->mark, marks[i].s, marks[i].n);
		d->mark_bytes = marks[i].n;
	}
}

static void
tell(struct jk_buf *why, const char *what, const struct cost *c)
{
	jk_buf_printf(why, jk_tr("%s: %s%s: %zu entries of %zu characters on"
	    " average; cost %.1f: entries %.1f, what is inside of them %.1f,"
	    " other separators %.1f\n"), what,
	    jk_separator_name(c->divider.rule),
	    c->divider.counts_down ? jk_tr(", counting down") : "",
	    c->n_entries,
	    c->n_entries ? c->n_chars / c->n_entries : 0, total(c),
	    c->entries, c->inside, c->elsewhere);
}

/* Whether a way is asked for, or all are and the text offers it. */
static bool
is_candidate(const struct cost *c, enum jk_separator asked)
{
	enum jk_separator rule = c->divider.rule;

	if (asked)
		return rule == asked;
	if (rule == JK_SEPARATOR_NUMBERED || rule == JK_SEPARATOR_NUMBERS)
		return c->n_dividing >= 2;
	if (rule == JK_SEPARATOR_MARK)
		return c->n_dividing >= 2 && c->divider.mark_bytes;
	return rule == JK_SEPARATOR_LINE || c->n_dividing;
}

/* Of ways that are asked for, which differ in a detail, that which divides. */
static bool
is_better(const struct cost *a, const struct cost *b, enum jk_separator asked)
{
	return asked ? a->n_entries > b->n_entries : total(a) < total(b);
}

void
jk_divider_find(struct jk_divider *d, enum jk_separator asked, const char *s,
    size_t n, bool whole, struct jk_buf *why)
{
	struct cost best = { 0 }, second = { 0 }, c;
	int rule, down;

	for (rule = 1; rule < JK_N_SEPARATORS; rule++) {
		if (rule == JK_SEPARATOR_FIELDS)
			continue;
		for (down = 0; down < 2; down++) {
			if (down && rule != JK_SEPARATOR_NUMBERED &&
			    rule != JK_SEPARATOR_NUMBERS)
				continue;
			c = (struct cost){ 0 };
			c.divider.rule = (enum jk_separator)rule;
			c.divider.counts_down = down;
			if (rule == JK_SEPARATOR_MARK)
				find_mark(&c.divider, s, n);
			weigh(&c, s, n, whole);
			if (!is_candidate(&c, asked))
				continue;
			if (!best.divider.rule || is_better(&c, &best, asked)) {
				second = best;
				best = c;
			} else if (!second.divider.rule ||
			    total(&c) < total(&second)) {
				second = c;
			}
		}
	}
	*d = best.divider;
	tell(why, asked ? jk_tr("separator, as given") : jk_tr("separator"),
	    &best);
	if (second.divider.rule && !asked)
		tell(why, jk_tr("next best"), &second);
	jk_divider_start(d);
}
