/* jk-clean: jokes from tables and texts, repaired, one record each. */

#include <stdlib.h>
#include <string.h>

#include "clean/batch.h"
#include "clean/nouns.h"
#include "threads.h"
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
	struct jk_row_cleaner *cleaners;	/* one for each thread */
	int n_threads;
	uint32_t repairs;		/* a bit for each that is done */
	const char *source;
	struct jk_summary summary;
	struct jk_range_sums bytes;	/* of the file, for the summary */
	struct jk_range_listener ranges;
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
	struct jk_clean_batch *batches;	/* two */
	struct jk_last_lines last_lines;	/* of the file */
	struct jk_outcome outcome;		/* of the file */
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
	j->ranges = (struct jk_range_listener){ jk_range_sum, &j->bytes };
	in->ranges = o->summary ? &j->ranges : NULL;
	tool_check_text(t, "--source", o->source);
	j->source = o->source;
	if (o->skip && o->only)
		tool_usage(t, "--skip or --only, not both");
	j->repairs = JK_ALL_REPAIRS;
	if (o->skip)
		j->repairs &= ~named_repairs(t, "skip", o->skip);
	if (o->only)
		j->repairs = named_repairs(t, "only", o->only);
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

/* What people should know of a file that is read, with as many bad rows. */
static void
say_end(struct job *j, const struct jk_input *in, uint64_t bad)
{
	jk_input_left_out(in, &j->out);
	say_lines(j, tool_note, in->lines.in.name, &j->out);
	jk_doubts_tell(&in->doubts, &j->out);
	jk_outcome_tell(&j->outcome, bad, &j->out);
	say_lines(j, tool_warn, in->lines.in.name, &j->out);
}

/* Find what the texts of a file's first rows all end in. */
static void
find_last_lines(struct job *j, const struct jk_window *first)
{
	struct jk_tool *t = j->tool;
	struct jk_cleaner probe;	/* counts what is not done yet */
	size_t i, k, n;
	bool changed;

	jk_cleaner_init(&probe, &j->pages);
	probe.enabled = j->repairs;
	for (i = 0; i < first->n; i++) {
		const struct jk_input_row row = jk_window_row(first, i);

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

/* Take a bad row as one more of those that are passed over: 0, or -1. */
static int
pass_over(struct job *j, bool fatal, struct jk_err *err)
{
	if (err->status != JK_EDATA || fatal)
		return -1;
	if (j->summary.bad >= j->skip_bad)
		return j->summary.rows > 1 ? jk_offer_skip_bad(err) : -1;
	j->summary.bad++;
	j->last_bad = *err;
	return 0;
}

/*
 * Read rows into the batch, which is empty, until it is full: 1, 0 at the end
 * of the file, -1 at a row that ends the work.
 */
static int
read_batch(struct job *j, struct jk_input *in, struct jk_clean_batch *b,
    struct jk_err *err)
{
	bool fatal;
	int r;

	while (!jk_clean_batch_is_full(b)) {
		r = jk_input_next(in, &j->row, &fatal, err);
		if (r == 0)
			return 0;
		j->summary.rows++;
		if (r > 0 ? jk_clean_batch_add(b, &j->row, err) < 0
		    : pass_over(j, fatal, err) < 0)
			return -1;
		j->progress.part_done = in->lines.in.offset;
		jk_progress_at(&j->progress, in->row, NULL);
	}
	return 1;
}

/* Write what came of the batch, up to an error, and empty it. */
static int
write_batch(struct job *j, struct jk_clean_batch *b, struct jk_err *err)
{
	size_t i;

	for (i = 0; i < b->n; i++) {
		const struct jk_clean_chunk *c = &b->chunks[i];

		if (jk_record_write_lines(&j->writer,
		    jk_buf_str(&c->cleaned.lines), c->cleaned.lines.len,
		    err) < 0 ||
		    jk_summary_unmapped(&j->summary, &c->cleaned.unmapped,
		    err) < 0 ||
		    jk_summary_examples(&j->summary, &c->cleaned.examples,
		    err) < 0)
			return -1;
		if (c->status < 0) {
			*err = c->err;
			return -1;
		}
		jk_outcome_add(&j->outcome, &c->cleaned.outcome);
	}
	jk_clean_batch_clear(b, j->summary.shown);
	return 0;
}

/*
 * While threads clean one batch, one of them first writes the batch before and
 * reads the next one into its place.
 */
static void
clean_rows(struct job *j, struct jk_input *in)
{
	const char *name = in->lines.in.name;
	struct jk_tool *t = j->tool;
	struct jk_err read_err, write_err;
	int more, wrote = 0, k = 0;

	more = read_batch(j, in, &j->batches[0], &read_err);
	if (j->repairs & 1u << JK_REPAIR_LAST_LINES &&
	    j->batches[0].chunks[0].rows.n >= JK_LEAST_SHARING)
		find_last_lines(j, &j->batches[0].chunks[0].rows);
	for (; j->batches[k].n; k = 1 - k) {
		struct jk_clean_batch *now = &j->batches[k];
		struct jk_clean_batch *other = &j->batches[1 - k];
		size_t i;

#pragma omp parallel if(now->n > 1)
		{
#pragma omp single nowait
			{
				wrote = write_batch(j, other, &write_err);
				if (wrote == 0 && more > 0)
					more = read_batch(j, in, other,
					    &read_err);
			}
#pragma omp for schedule(dynamic)
			for (i = 0; i < now->n; i++)
				jk_clean_chunk(&now->chunks[i],
				    &j->cleaners[omp_get_thread_num()], name);
		}
		if (wrote < 0)
			tool_die(t, &write_err);
	}
	/* what was read before an error comes before it */
	tool_check(t, write_batch(j, &j->batches[1 - k], &t->err));
	if (more < 0)
		tool_die(t, &read_err);
}

static void
clean_file(struct job *j, const char *path)
{
	struct jk_tool *t = j->tool;
	uint64_t bad_before = j->summary.bad;
	struct jk_input in;

	j->bytes = (struct jk_range_sums){ 0 };
	j->outcome = (struct jk_outcome){ 0 };
	tool_check(t, jk_input_open(&in, path, &j->input, &j->provenance,
	    &t->err));
	say_lines(j, tool_note, in.lines.in.name, &in.notes);
	if (j->explain)
		say_lines(j, tool_say, in.lines.in.name, &in.why);
	tool_progress(t, &j->progress, JK_CTX("unit", "rows"), 0);
	j->progress.part_all = in.lines.in.size_bytes;
	jk_last_lines_clear(&j->last_lines);
	clean_rows(j, &in);
	jk_progress_end(&j->progress);
	say_end(j, &in, j->summary.bad - bad_before);
	tool_check(t, jk_summary_file(&j->summary, &in, &j->bytes,
	    &j->last_lines, &t->err));
	jk_input_close(&in);
}

/* What the threads need. */
static void
start_threads(struct job *j, bool with_rules)
{
	struct jk_tool *t = j->tool;
	int i;

	j->n_threads = tool_threads(t);
	j->cleaners = calloc((size_t)j->n_threads, sizeof *j->cleaners);
	j->batches = calloc(2, sizeof *j->batches);
	if (!j->cleaners || !j->batches)
		tool_check(t, jk_fail_nomem(&t->err));
	for (i = 0; i < j->n_threads; i++) {
		struct jk_row_cleaner *c = &j->cleaners[i];

		tool_check(t, jk_row_cleaner_init(c, &j->pages, &j->themes,
		    with_rules ? &j->rules : NULL, &t->err));
		c->source = j->source;
		c->cleaner.enabled = j->repairs;
		c->cleaner.last_lines = &j->last_lines;
	}
}

/* Add up what the threads counted, in the first one and the summary. */
static void
add_counts(struct job *j)
{
	int i;

	for (i = 0; i < j->n_threads; i++) {
		jk_summary_add(&j->summary, &j->cleaners[i].counts);
		if (i)
			jk_cleaner_add_counts(&j->cleaners[0].cleaner,
			    &j->cleaners[i].cleaner);
	}
}

static void
report(struct job *j)
{
	const struct jk_summary *s = &j->summary;
	const struct jk_row_counts *n = &s->counts;

	if (s->bad)
		tool_warn(j->tool, JK_TRN("%llu bad rows skipped, the last: %s",
		    s->bad),
		    (unsigned long long)s->bad, j->last_bad.msg);
	if (n->bad_ratings)
		tool_warn(j->tool, JK_TRN("%llu ratings are not numbers and "
		    "were left out", n->bad_ratings),
		    (unsigned long long)n->bad_ratings);
	if (n->themes[JK_THEME_UNMAPPED]) {
		jk_buf_clear(&j->out);
		jk_summary_top_unmapped(s, &j->out);
		tool_warn(j->tool, JK_TRN("%llu records have a theme that no"
		    " table maps and go without (see --summary and --themes):"
		    " %s", n->themes[JK_THEME_UNMAPPED]),
		    (unsigned long long)n->themes[JK_THEME_UNMAPPED],
		    jk_buf_str(&j->out));
	}
	tool_note(j->tool, "%llu rows, %llu records, %llu texts repaired,"
	    " %llu empty", (unsigned long long)s->rows,
	    (unsigned long long)n->records, (unsigned long long)n->changed,
	    (unsigned long long)n->empty);
}

static void
list_repairs(struct jk_tool *t)
{
	struct jk_buf b = JK_BUF_INIT;
	int r;

	for (r = 0; r < JK_N_REPAIRS; r++)
		jk_buf_printf(&b, "%-12s %s\n", jk_repair_names[r].name,
		    jk_tr(jk_repair_names[r].words));
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
	    .opts = { { opts, &o, NULL }, { tool_threads_opts, &tool, NULL } },
	    .writes_records = true };
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
	settle(&j, &o);
	start_threads(&j, o.theme_rules);
	tool_check(t, jk_summary_init(&j.summary, &t->err));
	tool_check(t, jk_provenance_init(&j.provenance,
	    jk_buf_str(&t->command), &t->err));
	jk_record_writer_init(&j.writer, &t->out, &j.provenance);
	tool_await(t, "waiting for a table or a text on the terminal, up to "
	    "Ctrl-D");
	for (i = 0; i < t->operands.n; i++)
		clean_file(&j, t->operands.v[i]);
	if (!t->operands.n)
		clean_file(&j, NULL);
	add_counts(&j);
	if (o.summary)
		tool_put_json(t, o.summary, jk_summary_json(&j.summary,
		    &j.cleaners[0].cleaner));
	report(&j);
	for (i = 0; i < (size_t)j.n_threads; i++)
		jk_row_cleaner_release(&j.cleaners[i]);
	free(j.cleaners);
	jk_input_row_release(&j.row);
	for (i = 0; i < 2; i++)
		jk_clean_batch_release(&j.batches[i]);
	free(j.batches);
	jk_last_lines_release(&j.last_lines);
	jk_buf_release(&j.out);
	jk_summary_release(&j.summary);
	jk_themes_release(&j.themes);
	jk_theme_rules_release(&j.rules);
	jk_record_writer_release(&j.writer);
	jk_provenance_release(&j.provenance);
	return tool_finish(t);
}
