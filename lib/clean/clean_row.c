#include "clean/clean_row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_write.h"
#include "text/affix.h"

int
jk_row_cleaner_init(struct jk_row_cleaner *c, const struct jk_codepages *pages,
    const struct jk_themes *themes, const struct jk_theme_rules *rules,
    struct jk_err *err)
{
	*c = (struct jk_row_cleaner){ .themes = themes, .rules = rules };
	jk_cleaner_init(&c->cleaner, pages);
	if (rules) {
		c->work = jk_regex_work_new(err);
		if (!c->work)
			return -1;
	}
	return 0;
}

void
jk_row_cleaner_release(struct jk_row_cleaner *c)
{
	jk_cleaner_release(&c->cleaner);
	jk_regex_work_free(c->work);
	jk_buf_release(&c->theme);
	jk_buf_release(&c->number);
	jk_buf_release(&c->from);
	jk_buf_release(&c->given);
	jk_buf_release(&c->phrase);
	*c = (struct jk_row_cleaner){ 0 };
}

void
jk_cleaned_clear(struct jk_cleaned *to)
{
	jk_buf_clear(&to->lines);
	jk_buf_clear(&to->unmapped);
	jk_buf_clear(&to->examples);
	to->outcome = (struct jk_outcome){ 0 };
}

void
jk_cleaned_release(struct jk_cleaned *to)
{
	jk_buf_release(&to->lines);
	jk_buf_release(&to->unmapped);
	jk_buf_release(&to->examples);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether n bytes are a number as RFC 8259 writes it. */
static bool
is_json_number(const char *s, size_t n)
{
	size_t at = n && s[0] == '-', start = at;

	while (at < n && is_digit(s[at]))
		at++;
	if (at == start || (s[start] == '0' && at - start > 1) ||
	    at - start > 18)
		return false;
	if (at < n && s[at] == '.') {
		start = ++at;
		while (at < n && is_digit(s[at]))
			at++;
		if (at == start)
			return false;
	}
	if (at < n && (s[at] | 0x20) == 'e') {
		at++;
		at += at < n && (s[at] == '-' || s[at] == '+');
		start = at;
		while (at < n && is_digit(s[at]))
			at++;
		if (at == start || at - start > 2)
			return false;
	}
	return at == n && n > 0;
}

/*
 * Append the number of n bytes at s as JSON: as it is written where that is
 * JSON already, else read with a comma or a plus sign.  Returns false where it
 * is no number; n 0 is none.
 */
static bool
number_json(const char *s, size_t n, struct jk_buf *out)
{
	char plain[64], *end;
	double x;
	size_t i;

	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (is_json_number(s, n)) {
		jk_buf_add(out, s, n);
		return true;
	}
	if (!n || n >= sizeof plain)
		return false;
	for (i = 0; i < n; i++) {
		if (!is_digit(s[i]) && !strchr("+-.,eE", s[i]))
			return false;
		plain[i] = s[i] == ',' ? '.' : s[i];
	}
	plain[n] = '\0';
	x = strtod(plain, &end);
	if (*end || !isfinite(x))
		return false;
	jk_json_write_real(out, x);
	return true;
}

static void
add_member(struct jk_buf *out, const char *name, const char *value, size_t n)
{
	jk_buf_adds(out, name);
	jk_json_write_string(out, value, n);
}

/* Where the row is from, in c->from. */
static void
find_source(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name)
{
	jk_buf_clear(&c->from);
	if (c->source) {
		jk_buf_adds(&c->from, c->source);
	} else if (row->field[JK_COLUMN_SOURCE]) {
		jk_buf_add(&c->from, row->field[JK_COLUMN_SOURCE],
		    row->len[JK_COLUMN_SOURCE]);
	} else {
		/* the name of a file may be of any bytes */
		jk_buf_add_lossy(&c->from, name, strlen(name));
		jk_buf_addc(&c->from, ':');
		jk_buf_add_number(&c->from, row->row);
	}
}

/* The row as an example of repairs: one line of JSON. */
static void
write_example(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, struct jk_buf *out)
{
	const char *text, *comma = "";
	size_t i, n;
	int r;

	find_source(c, row, name);
	add_member(out, "{\"source\":", jk_buf_str(&c->from), c->from.len);
	add_member(out, ",\"text\":", row->field[JK_COLUMN_TEXT],
	    row->len[JK_COLUMN_TEXT]);
	jk_buf_adds(out, ",\"repairs\":[");
	for (r = 0; r < JK_N_REPAIRS; r++) {
		if (!(c->cleaner.seen >> r & 1))
			continue;
		text = jk_repair_names[r].name;
		add_member(out, comma, text, strlen(text));
		comma = ",";
	}
	jk_buf_adds(out, "],\"clean\":[");
	for (i = 0; i < c->cleaner.n_parts; i++) {
		text = jk_cleaner_part(&c->cleaner, i, &n);
		add_member(out, i ? "," : "", text, n);
	}
	jk_buf_adds(out, "]}\n");
	out->failed |= c->from.failed;
}

/* The record of part i of `count`. */
static void
write_record(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, size_t i, size_t count, struct jk_buf *out)
{
	const char *text;
	char id[17];
	size_t n;

	text = jk_cleaner_part(&c->cleaner, i, &n);
	jk_record_id(jk_buf_str(&c->theme), c->theme.len, text, n, id);
	add_member(out, "{\"id\":", id, 16);
	if (c->theme.len)
		add_member(out, ",\"theme\":", c->theme.data, c->theme.len);
	add_member(out, ",\"text\":", text, n);
	if (c->number.len) {
		jk_buf_adds(out, ",\"rating\":");
		jk_buf_add(out, c->number.data, c->number.len);
	}
	find_source(c, row, name);
	if (count > 1)
		jk_buf_printf(&c->from, ".%zu", i + 1);
	add_member(out, ",\"source\":", jk_buf_str(&c->from), c->from.len);
	jk_buf_add(out, jk_buf_str(&row->rest), row->rest.len);
	jk_buf_adds(out, "}\n");
	out->failed |= c->from.failed;
}

/*
 * The phrase for the row's theme, in c->phrase; as it was for the row before
 * where they have the same, as neighbours often do.
 */
static int
find_phrase(struct jk_row_cleaner *c, const struct jk_input_row *row,
    struct jk_err *err)
{
	size_t n = row->len[JK_COLUMN_THEME];
	const char *given = n ? row->field[JK_COLUMN_THEME] : "";

	if (n && n == c->given.len && memcmp(given, c->given.data, n) == 0)
		return 0;
	jk_buf_clear(&c->given);
	jk_buf_add(&c->given, given, n);
	c->kind = jk_theme_phrase(c->themes, given, n, &c->phrase);
	return jk_buf_check(&c->phrase, err) < 0 ? -1
	    : jk_buf_check(&c->given, err);
}

/* The theme of part i, in c->theme. */
static int
find_theme(struct jk_row_cleaner *c, size_t i, struct jk_err *err)
{
	const char *text;
	size_t n;
	int r;

	jk_buf_clear(&c->theme);
	if (c->kind == JK_THEME_MAPPED || c->kind == JK_THEME_PHRASE) {
		jk_buf_add(&c->theme, c->phrase.data, c->phrase.len);
	} else if (c->rules) {
		text = jk_cleaner_part(&c->cleaner, i, &n);
		r = jk_theme_rules_find(c->rules, c->work, text, n, &c->theme,
		    err);
		if (r < 0)
			return -1;
		c->counts.ruled += (uint64_t)r;
	}
	return jk_buf_check(&c->theme, err);
}

/* Count `count` records of the row's kind of theme. */
static int
count_themes(struct jk_row_cleaner *c, size_t count, struct jk_buf *unmapped,
    struct jk_err *err)
{
	c->counts.themes[c->kind] += count;
	for (; c->kind == JK_THEME_UNMAPPED && count; count--) {
		jk_buf_add(unmapped, c->phrase.data, c->phrase.len);
		jk_buf_addc(unmapped, '\0');
	}
	return jk_buf_check(unmapped, err);
}

/* The records of a row, all or, on an error, none of them. */
static int
write_records(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, size_t count, struct jk_cleaned *to, struct jk_err *err)
{
	size_t i, n, start = to->lines.len;
	const char *text;
	int r = 0;

	for (i = 0; i < count; i++) {
		r = find_theme(c, i, err);
		if (r < 0)
			break;
		text = jk_cleaner_part(&c->cleaner, i, &n);
		jk_outcome_record(&to->outcome, text, n);
		write_record(c, row, name, i, count, &to->lines);
	}
	if (r == 0)
		r = c->number.failed ? jk_fail_nomem(err)
		    : jk_buf_check(&to->lines, err);
	if (r < 0)
		to->lines.len = start;
	return r;
}

/* What Reddit leaves of a text that was taken away. */
static bool
is_deleted(const char *s, size_t n)
{
	static const char *const words[] = { "[deleted]", "[removed]",
	    "[deleted by user]", "[ Removed by Reddit ]", NULL };

	for (; n && strchr(" \t\r\n", *s); n--)
		s++;
	while (n && strchr(" \t\r\n", s[n - 1]))
		n--;
	return n && *s == '[' && jk_is_one_of(s, n, words);
}

int
jk_clean_row(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, struct jk_cleaned *to, struct jk_err *err)
{
	struct jk_row_counts *n = &c->counts;
	size_t count;
	bool changed;

	if (jk_clean(&c->cleaner, row->field[JK_COLUMN_TEXT],
	    row->len[JK_COLUMN_TEXT], &changed, err) < 0)
		return -1;
	count = is_deleted(row->field[JK_COLUMN_TEXT],
	    row->len[JK_COLUMN_TEXT]) ? 0 : c->cleaner.n_parts;
	n->changed += changed;
	jk_outcome_row(&to->outcome, count);
	if (c->cleaner.seen & ~to->shown &&
	    row->len[JK_COLUMN_TEXT] <= JK_EXAMPLE_BYTES) {
		to->shown |= c->cleaner.seen;
		write_example(c, row, name, &to->examples);
		if (jk_buf_check(&to->examples, err) < 0)
			return -1;
	}
	if (!count) {
		n->empty++;
		return 0;
	}
	n->records += count;
	n->extra_parts += count - 1;
	n->split_rows += count > 1;
	if (find_phrase(c, row, err) < 0 ||
	    count_themes(c, count, &to->unmapped, err) < 0)
		return -1;
	jk_buf_clear(&c->number);
	if (row->len[JK_COLUMN_RATING] &&
	    !number_json(row->field[JK_COLUMN_RATING],
	    row->len[JK_COLUMN_RATING], &c->number))
		n->bad_ratings++;
	return write_records(c, row, name, count, to, err);
}
