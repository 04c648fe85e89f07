/* jk-clean: jokes from tables and texts, repaired, one record each. */

#include <string.h>

#include "clean/clean_row.h"
#include "clean/nouns.h"
#include "clean/window.h"
#include "tool.h"

struct options {
	enum jk_format format;
	enum jk_separator separator;
	const char *encoding, *delimiter, *quote;
	const char *text, *theme, *rating, *source_column;
	const char *themes, *theme_rules, *source, *summary;
	const char *skip, *only;
	bool header, no_header;
	bool list_repairs, list_themes, explain;
	uint64_t skip_bad, max_row_bytes;
};

#define IN(member) JK_OPT_IN(struct options, member)

static const struct jk_opt opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "Input" },
	{ JK_OPT_ENUM, 'f', "format", IN(format), JK_FORMAT_NAMES,
	  "what the files hold", 0, 0, "auto" },
	{ JK_OPT_STRING, 'e', "encoding", IN(encoding), "NAME",
	  "as iconv(1) names it; found if not given", 0, 0, NULL },
	{ JK_OPT_STRING, 'd', "delimiter", IN(delimiter), "CHAR",
	  "between columns: a character or 'tab'", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "quote", IN(quote), "CHAR",
	  "around fields: a character or 'none'", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "header", IN(header), NULL,
	  "the first row names the columns", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "without-header", IN(no_header), NULL,
	  "the first row is data", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "separator", IN(separator), JK_SEPARATOR_NAMES,
	  "between jokes of a plain text", 0, 0, "auto" },
	{ JK_OPT_STRING, 0, "text", IN(text), "COLUMN",
	  "the joke: a name, or a number from 1", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "theme", IN(theme), "COLUMN",
	  "its theme", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "rating", IN(rating), "COLUMN",
	  "its rating", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "source-column", IN(source_column),
	  "COLUMN", "where it is from", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "explain", IN(explain), NULL,
	  "say how each file is read, and why", 0, 0, NULL },
	{ JK_OPT_SIZE, 0, "max-row-size", IN(max_row_bytes), "SIZE",
	  "a longer row is bad", 1024, 1 << 30, "1M" },
	{ JK_OPT_INT, 0, "skip-bad", IN(skip_bad), "N",
	  "pass over up to N bad rows", 0, 1e18, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Repairs" },
	{ JK_OPT_STRING, 0, "skip", IN(skip), "NAME,...",
	  "all repairs but these", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "only", IN(only), "NAME,...",
	  "only these repairs", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "themes", IN(themes), "FILE",
	  "slugs and phrases of your own", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "theme-rules", IN(theme_rules), "FILE",
	  "themes by regular expressions", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "list-repairs", IN(list_repairs), NULL,
	  "print the repairs", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "list-themes", IN(list_themes), NULL,
	  "print the table of themes", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Output" },
	{ JK_OPT_STRING, 0, "source", IN(source), "TEXT",
	  "the source of all records", 0, 0, NULL },
	{ JK_OPT_OUTPUT, 0, "summary", IN(summary), "FILE",
	  "write what was done, as JSON", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

struct job {
	struct jk_tool *tool;
	struct jk_input_options input;
	struct jk_row_cleaner rows;
	struct jk_summary summary;
	struct jk_themes themes;
	struct jk_theme_rules rules;
	struct jk_codepages pages;
	struct jk_provenance provenance;
	struct jk_record_writer writer;
	struct jk_progress progress;
	bool explain;
	uint64_t skip_bad;
	struct jk_err last_bad;
	struct jk_buf out;
	struct jk_input_row row;
	struct jk_window window;	/* first rows of a file */
	struct jk_last_lines last_lines;	/* of the file */
};

/* A bit for each repair named in "a,b,c". */
static uint32_t
named_repairs(struct jk_tool *t, const char *option, const char *list)
{
	uint32_t bits = 0;
	size_t n;
	int r;

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		r = jk_repair_of_name(list, n);
		if (r < 0)
			tool_usage(t, "--%s: no repair is called '%.*s' (see"
			    " --list-repairs)", option, (int)n, list);
		bits |= 1u << r;
	}
	return bits;
}

static char
one_char(struct jk_tool *t, const char *option, const char *value)
{
	if (strcmp(value, "tab") == 0 || strcmp(value, "\\t") == 0)
		return '\t';
	if (strlen(value) != 1 || (*value & 0x80))
		tool_usage(t, "--%s: '%s' is not one ASCII character or 'tab'",
		    option, value);
	return *value;
}

static void
settle(struct job *j, const struct options *o)
{
	struct jk_input_options *in = &j->input;
	struct jk_tool *t = j->tool;

	in->format = o->format;
	in->separator = o->separator;
	in->encoding = o->encoding;
	if (o->delimiter)
		in->delimiter = one_char(t, "delimiter", o->delimiter);
	in->quote = JK_QUOTE_AUTO;
	if (o->quote)
		in->quote = strcmp(o->quote, "none") == 0 ? JK_QUOTE_NONE
		    : one_char(t, "quote", o->quote);
	if (o->header && o->no_header)
		tool_usage(t, "--header or --without-header, not both");
	in->header = o->header ? JK_HEADER_YES : o->no_header ? JK_HEADER_NO
	    : JK_HEADER_AUTO;
	in->columns[JK_COLUMN_TEXT] = o->text;
	in->columns[JK_COLUMN_THEME] = o->theme;
	in->columns[JK_COLUMN_RATING] = o->rating;
	in->columns[JK_COLUMN_SOURCE] = o->source_column;
	in->max_row_bytes = (size_t)o->max_row_bytes;
	j->skip_bad = o->skip_bad;
	j->explain = o->explain;
	tool_check_text(t, "--source", o->source);
	j->rows.source = o->source;
	if (o->skip && o->only)
		tool_usage(t, "--skip or --only, not both");
	if (o->skip)
		j->rows.cleaner.enabled &= ~named_repairs(t, "skip", o->skip);
	if (o->only)
		j->rows.cleaner.enabled = named_repairs(t, "only", o->only);
}

/* Say each of the lines, behind the file's name. */
static void
say_lines(struct job *j, void (*say)(struct jk_tool *, const char *, ...),
    const char *name, struct jk_buf *lines)
{
	const char *s = jk_buf_str(lines), *end;

	tool_check(j->tool, jk_buf_check(lines, &j->tool->err));
	for (; (end = strchr(s, '\n')); s = end + 1)
		say(j->tool, "%s: %.*s", name, (int)(end - s), s);
	jk_buf_clear(lines);
}

/* What people should know of a file that is read. */
static void
say_end(struct job *j, const struct jk_input *in)
{
	jk_input_left_out(in, &j->out);
	say_lines(j, tool_note, in->lines.in.name, &j->out);
	jk_doubts_tell(&in->doubts, &j->out);
	say_lines(j, tool_warn, in->lines.in.name, &j->out);
}

static void
clean_row(struct job *j, const struct jk_input *in,
    const struct jk_input_row *row)
{
	struct jk_tool *t = j->tool;

	tool_check(t, jk_clean_row(&j->rows, row, in->lines.in.name, &j->out,
	    &t->err));
	tool_check(t, jk_record_write_lines(&j->writer, jk_buf_str(&j->out),
	    j->out.len, &t->err));
	jk_buf_clear(&j->out);
}

/* Find what the texts of the window all end in. */
static void
find_last_lines(struct job *j)
{
	struct jk_tool *t = j->tool;
	struct jk_cleaner probe;	/* counts what is not done yet */
	size_t i, k, n;
	bool changed;

	jk_cleaner_init(&probe, &j->pages);
	probe.enabled = j->rows.cleaner.enabled;
	for (i = 0; i < j->window.n; i++) {
		const struct jk_input_row row = jk_window_row(&j->window, i);

		tool_check(t, jk_clean(&probe, row.field[JK_COLUMN_TEXT],
		    row.len[JK_COLUMN_TEXT], &changed, &t->err));
		for (k = 0; k < probe.n_parts; k++) {
			const char *text = jk_cleaner_part(&probe, k, &n);

			tool_check(t, jk_last_lines_add(&j->last_lines, text,
			    n, &t->err));
		}
	}
	tool_check(t, jk_last_lines_find(&j->last_lines, &t->err));
	jk_cleaner_release(&probe);
}

/* The rows held back, with what is known of them now. */
static void
clean_window(struct job *j, const struct jk_input *in)
{
	size_t i;

	if (j->window.n >= JK_LEAST_SHARING)
		find_last_lines(j);
	for (i = 0; i < j->window.n; i++) {
		const struct jk_input_row row = jk_window_row(&j->window, i);

		clean_row(j, in, &row);
	}
	jk_window_clear(&j->window);
}

/* A bad row: the end, behind what was read before it, or one more. */
static void
take_bad_row(struct job *j, const struct jk_input *in, bool fatal)
{
	struct jk_err err = j->tool->err;

	if (err.status != JK_EDATA || fatal || j->summary.bad >= j->skip_bad) {
		clean_window(j, in);
		tool_die(j->tool, &err);
	}
	j->summary.bad++;
	j->last_bad = err;
}

static void
clean_file(struct job *j, const char *path)
{
	bool held = j->rows.cleaner.enabled & 1u << JK_REPAIR_LAST_LINES;
	struct jk_tool *t = j->tool;
	struct jk_input in;
	bool fatal;
	int r;

	tool_check(t, jk_input_open(&in, path, &j->input, &j->provenance,
	    &t->err));
	say_lines(j, tool_note, in.lines.in.name, &in.notes);
	if (j->explain)
		say_lines(j, tool_say, in.lines.in.name, &in.why);
	tool_progress(t, &j->progress, "rows", 0);
	jk_last_lines_clear(&j->last_lines);
	while ((r = jk_input_next(&in, &j->row, &fatal, &t->err)) != 0) {
		j->summary.rows++;
		if (r < 0) {
			take_bad_row(j, &in, fatal);
			continue;
		}
		if (held)
			tool_check(t, jk_window_add(&j->window, &j->row,
			    &t->err));
		else
			clean_row(j, &in, &j->row);
		if (held && jk_window_is_full(&j->window)) {
			clean_window(j, &in);
			held = false;
		}
		jk_progress_at(&j->progress, in.row, NULL);
	}
	clean_window(j, &in);
	jk_progress_end(&j->progress);
	say_end(j, &in);
	tool_check(t, jk_summary_file(&j->summary, &in, &j->last_lines,
	    &t->err));
	jk_input_close(&in);
}

static void
report(struct job *j)
{
	const struct jk_summary *s = &j->summary;

	if (s->bad)
		tool_warn(j->tool, "%llu bad rows skipped, the last: %s",
		    (unsigned long long)s->bad, j->last_bad.msg);
	if (s->bad_ratings)
		tool_warn(j->tool, "%llu ratings are not numbers and were left"
		    " out", (unsigned long long)s->bad_ratings);
	if (s->themes[JK_THEME_UNMAPPED]) {
		jk_buf_clear(&j->out);
		jk_summary_top_unmapped(s, &j->out);
		tool_warn(j->tool, "%llu records have a theme that no table"
		    " maps and go without (see --summary and --themes): %s",
		    (unsigned long long)s->themes[JK_THEME_UNMAPPED],
		    jk_buf_str(&j->out));
	}
	tool_note(j->tool, "%llu rows, %llu records, %llu texts repaired,"
	    " %llu empty", (unsigned long long)s->rows,
	    (unsigned long long)s->records, (unsigned long long)s->changed,
	    (unsigned long long)s->empty);
}

static void
list_repairs(struct jk_tool *t)
{
	struct jk_buf b = JK_BUF_INIT;
	int r;

	for (r = 0; r < JK_N_REPAIRS; r++)
		jk_buf_printf(&b, "%-12s %s\n", jk_repair_name(r),
		    jk_repair_what(r));
	tool_put(t, &b);
}

static void
list_themes(struct jk_tool *t, const struct jk_themes *own)
{
	struct jk_buf b = JK_BUF_INIT;
	const struct jk_theme *known;
	const struct jk_noun *nouns;
	size_t i, n;

	known = jk_themes_known(&n);
	for (i = 0; i < own->n_own; i++)
		jk_buf_printf(&b, "%s\t%s\n", own->own[i].slug,
		    own->own[i].phrase);
	for (i = 0; i < n; i++)
		jk_buf_printf(&b, "%s\t%s\n", known[i].slug, known[i].phrase);
	nouns = jk_nouns(&n);
	for (i = 0; i < n; i++)
		jk_buf_printf(&b, "%s\t%s\n", nouns[i].nominative,
		    nouns[i].accusative);
	tool_put(t, &b);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct jk_tool tool = { .name = "jk-clean",
	    .usage = "[OPTION]... [FILE]...",
	    .summary = "Clean jokes from tables and texts, one record each.",
	    .opts = { { opts, &o, NULL } }, .writes_records = true };
	struct jk_tool *t = &tool;
	struct job j = { .tool = t };
	size_t i;

	tool_start(t, argc, argv);
	tool_check(t, jk_themes_init(&j.themes, o.themes, &t->err));
	tool_check(t, jk_theme_rules_init(&j.rules, o.theme_rules, &t->err));
	if (o.list_repairs || o.list_themes) {
		if (o.list_repairs)
			list_repairs(t);
		if (o.list_themes)
			list_themes(t, &j.themes);
		jk_themes_release(&j.themes);
		jk_theme_rules_release(&j.rules);
		return tool_finish(t);
	}
	tool_check(t, jk_codepages_init(&j.pages, &t->err));
	jk_cleaner_init(&j.rows.cleaner, &j.pages);
	j.rows.summary = &j.summary;
	j.rows.themes = &j.themes;
	j.rows.rules = o.theme_rules ? &j.rules : NULL;
	j.rows.cleaner.last_lines = &j.last_lines;
	settle(&j, &o);
	tool_check(t, jk_summary_init(&j.summary, &t->err));
	tool_check(t, jk_provenance_init(&j.provenance,
	    jk_buf_str(&t->command), &t->err));
	jk_record_writer_init(&j.writer, &t->out, &j.provenance);
	for (i = 0; i < t->operands.n; i++)
		clean_file(&j, t->operands.v[i]);
	if (!t->operands.n)
		clean_file(&j, NULL);
	if (o.summary)
		tool_put_json(t, o.summary, jk_summary_json(&j.summary,
		    &j.rows.cleaner));
	report(&j);
	jk_row_cleaner_release(&j.rows);
	jk_input_row_release(&j.row);
	jk_window_release(&j.window);
	jk_last_lines_release(&j.last_lines);
	jk_buf_release(&j.out);
	jk_summary_release(&j.summary);
	jk_themes_release(&j.themes);
	jk_theme_rules_release(&j.rules);
	jk_record_writer_release(&j.writer);
	jk_provenance_release(&j.provenance);
	return tool_finish(t);
}
