/* jk-filter: keep the records that are worth it.  See jk-filter(1). */

#include "base/file.h"
#include "filter/filter.h"
#include "tool.h"

struct filter_job {
	struct jk_tool tool;
	struct jk_filter filter;
	struct jk_strings themes, not_themes, match, not_match, stop_words;
	const char *summary_path, *dropped_path;
	uint64_t skip_bad;
	struct jk_file dropped_file;
};

#define IN(member) JK_OPT_IN(struct filter_job, member)

static const struct jk_opt opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "Each record by itself:" },
	{ JK_OPT_REAL, 0, "min-rating", IN(filter.criteria.min_rating), "X",
	  "rating at least X", 0, 0, NULL },
	{ JK_OPT_REAL, 0, "max-rating", IN(filter.criteria.max_rating), "X",
	  "rating at most X", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "keep-unrated", IN(filter.criteria.keep_unrated),
	  NULL, "keep records without a rating in spite of the bounds", 0, 0,
	  NULL },
	{ JK_OPT_STRINGS, 0, "theme", IN(themes), "THEME",
	  "keep this theme (may be given again)", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "not-theme", IN(not_themes), "THEME",
	  "drop this theme (may be given again)", 0, 0, NULL },
#define BOUNDS(what) \
	{ JK_OPT_INT, 0, "min-" #what, IN(filter.criteria.what.min), "N", \
	  "at least N " #what, 0, 1e15, NULL }, \
	{ JK_OPT_INT, 0, "max-" #what, IN(filter.criteria.what.max), "N", \
	  "at most N " #what, 0, 1e15, NULL }
	BOUNDS(chars),
	BOUNDS(words),
	BOUNDS(sentences),
	{ JK_OPT_SHARE, 0, "min-cyrillic", IN(filter.criteria.min_cyrillic),
	  "SHARE", "Cyrillic letters at least SHARE of all letters", 0, 0,
	  NULL },
	{ JK_OPT_SHARE, 0, "max-cyrillic", IN(filter.criteria.max_cyrillic),
	  "SHARE", "at most", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "match", IN(match), "REGEX",
	  "text matches all of these", 0, 0, NULL },
	{ JK_OPT_STRINGS, 0, "not-match", IN(not_match), "REGEX",
	  "text matches none of these", 0, 0, NULL },
	{ JK_OPT_INPUTS, 0, "stop-words", IN(stop_words), "FILE",
	  "text holds no word of this list", 0, 0, NULL },
	{ .kind = JK_OPT_GROUP, .help = "Then among all records:" },
	{ JK_OPT_ENUM, 0, "part", IN(filter.part), "all|train|val",
	  "one side of a split", 0, 0, "all" },
	{ JK_OPT_SHARE, 0, "val", IN(filter.val), "SHARE",
	  "share of the validation side (5%)", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "dedup", IN(filter.dedup_mode), "none|exact|near",
	  "one of several duplicates", 0, 0, "none" },
	{ JK_OPT_ENUM, 0, "keep", IN(filter.keep_first), "best|first",
	  "which one: best rated, then first", 0, 0, "best" },
	{ JK_OPT_SHARE, 0, "similarity", IN(filter.similarity), "SHARE",
	  "words that near duplicates share (75%)", 0, 0, NULL },
	{ JK_OPT_SHARE, 0, "top", IN(filter.top), "SHARE",
	  "best rated SHARE of the records", 0, 0, NULL },
	{ JK_OPT_INT, 0, "per-theme", IN(filter.per_theme), "N",
	  "at most N records of each theme, at random", 0, 1e15, NULL },
	{ JK_OPT_INT, 0, "sample", IN(filter.sample), "N",
	  "at most N records, at random", 0, 1e15, NULL },
	{ JK_OPT_INT, 0, "seed", IN(filter.seed), "N",
	  "another random choice", 0, 0, "0" },
	{ .kind = JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_OUTPUT, 0, "summary", IN(summary_path), "FILE",
	  "write numbers by reason as JSON", 0, 0, NULL },
	{ JK_OPT_OUTPUT, 0, "dropped", IN(dropped_path), "FILE",
	  "write dropped records, each with the reason", 0, 0, NULL },
	{ JK_OPT_INT, 0, "skip-bad", IN(skip_bad), "N",
	  "pass over up to N bad lines", 0, 1e15, "0" },
	{ .kind = JK_OPT_END }
};

/* What was written of --dropped goes. */
static void
abandon(struct jk_tool *t)
{
	/* tool is the first member */
	jk_file_abort(&((struct filter_job *)(void *)t)->dropped_file);
}

static void
check_bounds(struct jk_tool *t, const char *what, const struct jk_bounds *b)
{
	if (b->min >= 0 && b->max >= 0 && b->min > b->max)
		tool_usage(t, "--min-%s is above --max-%s", what, what);
}

static void
take_settings(struct filter_job *j)
{
	struct jk_criteria *want = &j->filter.criteria;
	struct jk_tool *t = &j->tool;
	size_t i;

	if (want->min_rating > want->max_rating)
		tool_usage(t, "--min-rating is above --max-rating");
	if (want->min_cyrillic > want->max_cyrillic)
		tool_usage(t, "--min-cyrillic is above --max-cyrillic");
	check_bounds(t, "chars", &want->chars);
	check_bounds(t, "words", &want->words);
	check_bounds(t, "sentences", &want->sentences);
	if (!(j->filter.similarity >= 0.5))
		tool_usage(t, "--similarity: below 50%% near duplicates "
		    "are not found reliably");
	for (i = 0; i < j->themes.n; i++)
		tool_check(t, jk_criteria_theme(want, j->themes.v[i], true,
		    &t->err));
	for (i = 0; i < j->not_themes.n; i++)
		tool_check(t, jk_criteria_theme(want, j->not_themes.v[i],
		    false, &t->err));
	for (i = 0; i < j->match.n; i++)
		tool_check(t, jk_criteria_match(want, j->match.v[i], true,
		    &t->err));
	for (i = 0; i < j->not_match.n; i++)
		tool_check(t, jk_criteria_match(want, j->not_match.v[i],
		    false, &t->err));
	for (i = 0; i < j->stop_words.n; i++)
		tool_check(t, jk_stopwords_load(&want->stopwords,
		    j->stop_words.v[i], &t->err));
}

static void
read_file(struct filter_job *j, const char *path,
    struct jk_provenance *provenance, struct jk_progress *progress)
{
	struct jk_tool *t = &j->tool;
	const uint64_t before_bytes = progress->part_done;
	struct jk_record_reader r;
	int got;

	tool_check(t, jk_record_open(&r, path, provenance, &t->err));
	r.wants = JK_KIND_JOKES;
	r.in.max_line = (size_t)t->max_row_bytes;
	r.skip_bad = j->skip_bad;
	r.offers_skip = true;
	r.n_bad = j->filter.n_bad;
	while ((got = jk_filter_next(&j->filter, &r, &t->err)) > 0) {
		progress->part_done = before_bytes + r.in.offset;
		jk_progress_at(progress, j->filter.n_read, NULL);
	}
	tool_check(t, got);
	if (r.n_bad > j->filter.n_bad)
		tool_warn(t, JK_TRN("%llu bad lines passed over, the last one: "
		    "%s", r.n_bad - j->filter.n_bad),
		    (unsigned long long)(r.n_bad - j->filter.n_bad),
		    r.last_bad.msg);
	j->filter.n_bad = r.n_bad;
	jk_record_close(&r);
}

static void
report(struct filter_job *j)
{
	const struct jk_filter *f = &j->filter;
	const char *before = jk_tr("; dropped ");
	struct jk_buf b = JK_BUF_INIT;
	int i;

	for (i = JK_KEEP + 1; i < JK_N_DROPS; i++)
		if (f->n_dropped[i]) {
			jk_buf_printf(&b, "%s%llu %s", before,
			    (unsigned long long)f->n_dropped[i],
			    jk_tr(jk_drop_names[i].words));
			before = ", ";
		}
	tool_check(&j->tool, jk_buf_check(&b, &j->tool.err));
	tool_note(&j->tool, "%llu records, %llu kept%s",
	    (unsigned long long)f->n_read, (unsigned long long)f->n_kept,
	    jk_buf_str(&b));
	jk_buf_release(&b);
	if (j->summary_path)
		tool_put_json(&j->tool, j->summary_path,
		    jk_filter_summary(f));
}

int
main(int argc, char **argv)
{
	struct filter_job j = { .tool = { .name = "jk-filter",
		.usage = "[OPTION]... [FILE]...",
		.summary = "Keep the records that are worth it.",
		.opts = { { opts, &j, NULL },
		    { tool_rows_opts, &j.tool, NULL } }, .writes_records = true,
		.abandon = abandon } };
	struct jk_record_writer kept, dropped;
	struct jk_provenance provenance;
	struct jk_progress progress;
	struct jk_tool *t = &j.tool;
	size_t i;

	jk_filter_init(&j.filter, &kept);
	tool_start(t, argc, argv);
	take_settings(&j);
	tool_check(t, jk_provenance_init(&provenance, t->command.data,
	    &t->err));
	jk_record_writer_init(&kept, &t->out, &provenance);
	if (j.dropped_path) {
		tool_check(t, jk_file_begin(&j.dropped_file, j.dropped_path,
		    &t->err));
		jk_record_writer_init(&dropped, &j.dropped_file.out, NULL);
		j.filter.dropped = &dropped;
	}
	tool_check(t, jk_filter_start(&j.filter, &t->err));
	tool_progress(t, &progress, JK_CTX("unit", "records"), 0);
	progress.part_all = tool_input_bytes(t);
	tool_await(t, "waiting for records on the terminal, up to Ctrl-D");
	if (!t->operands.n)
		read_file(&j, NULL, &provenance, &progress);
	for (i = 0; i < t->operands.n; i++)
		read_file(&j, t->operands.v[i], &provenance, &progress);
	tool_check(t, jk_filter_finish(&j.filter, &t->err));
	if (j.dropped_path) {
		jk_record_writer_release(&dropped);
		tool_check(t, jk_file_commit(&j.dropped_file, &t->err));
	}
	report(&j);
	jk_filter_release(&j.filter);
	jk_record_writer_release(&kept);
	jk_provenance_release(&provenance);
	free(j.themes.v);
	free(j.not_themes.v);
	free(j.match.v);
	free(j.not_match.v);
	free(j.stop_words.v);
	return tool_finish(t);
}
