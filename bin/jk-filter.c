/* jk-filter: keep the records that are worth it.  See jk-filter(1). */

#include <math.h>
#include <string.h>

#include "filter/filter.h"
#include "tool.h"

static struct jk_filter filter;
static struct jk_criteria *const want = &filter.criteria;
static struct jk_strings themes, not_themes, match, not_match, stop_words;
static const char *dedup = "none", *keep = "best", *part = "all";
static const char *summary_path, *dropped_path;
static long long skip_bad, seed;

static const struct jk_opt opts[] = {
	{ JK_OPT_GROUP, .help = "Each record by itself:" },
	{ JK_OPT_REAL, 0, "min-rating", &filter.criteria.min_rating, "X",
	  "rating at least X", 0, 0 },
	{ JK_OPT_REAL, 0, "max-rating", &filter.criteria.max_rating, "X",
	  "rating at most X", 0, 0 },
	{ JK_OPT_FLAG, 0, "keep-unrated", &filter.criteria.keep_unrated, NULL,
	  "keep records without a rating in spite of the bounds", 0, 0 },
	{ JK_OPT_STRINGS, 0, "theme", &themes, "THEME",
	  "keep this theme (may be given again)", 0, 0 },
	{ JK_OPT_STRINGS, 0, "not-theme", &not_themes, "THEME",
	  "drop this theme (may be given again)", 0, 0 },
#define BOUNDS(what) \
	{ JK_OPT_INT, 0, "min-" #what, &filter.criteria.what.min, "N", \
	  "at least N " #what, 0, 1e15 }, \
	{ JK_OPT_INT, 0, "max-" #what, &filter.criteria.what.max, "N", \
	  "at most N " #what, 0, 1e15 }
	BOUNDS(chars),
	BOUNDS(words),
	BOUNDS(sentences),
	{ JK_OPT_SHARE, 0, "min-cyrillic", &filter.criteria.min_cyrillic,
	  "SHARE", "Cyrillic letters at least SHARE of all letters", 0, 0 },
	{ JK_OPT_SHARE, 0, "max-cyrillic", &filter.criteria.max_cyrillic,
	  "SHARE", "at most", 0, 0 },
	{ JK_OPT_STRINGS, 0, "match", &match, "REGEX",
	  "text matches all of these", 0, 0 },
	{ JK_OPT_STRINGS, 0, "not-match", &not_match, "REGEX",
	  "text matches none of these", 0, 0 },
	{ JK_OPT_STRINGS, 0, "stop-words", &stop_words, "FILE",
	  "text holds no word of this list", 0, 0 },
	{ JK_OPT_GROUP, .help = "Then among all records:" },
	{ JK_OPT_CHOICE, 0, "part", &part, "train|val|all",
	  "one side of a split", 0, 0 },
	{ JK_OPT_SHARE, 0, "val", &filter.val, "SHARE",
	  "share of the validation side (5%)", 0, 0 },
	{ JK_OPT_CHOICE, 0, "dedup", &dedup, "none|exact|near",
	  "one of several duplicates", 0, 0 },
	{ JK_OPT_CHOICE, 0, "keep", &keep, "best|first",
	  "which one: best rated, then first (best)", 0, 0 },
	{ JK_OPT_SHARE, 0, "similarity", &filter.similarity, "SHARE",
	  "words that near duplicates share (75%)", 0, 0 },
	{ JK_OPT_SHARE, 0, "top", &filter.top, "SHARE",
	  "best rated SHARE of the records", 0, 0 },
	{ JK_OPT_INT, 0, "per-theme", &filter.per_theme, "N",
	  "at most N records of each theme, at random", 0, 1e15 },
	{ JK_OPT_INT, 0, "sample", &filter.sample, "N",
	  "at most N records, at random", 0, 1e15 },
	{ JK_OPT_INT, 0, "seed", &seed, "N",
	  "another random choice (0)", 0, 0 },
	{ JK_OPT_GROUP, .help = "Besides:" },
	{ JK_OPT_STRING, 0, "summary", &summary_path, "FILE",
	  "write numbers by reason as JSON", 0, 0 },
	{ JK_OPT_STRING, 0, "dropped", &dropped_path, "FILE",
	  "write dropped records, each with the reason", 0, 0 },
	{ JK_OPT_INT, 0, "skip-bad", &skip_bad, "N",
	  "pass over up to N bad lines (0)", 0, 1e15 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-filter",
	.usage = "[OPTION]... [FILE]...",
	.summary = "Keep the records that are worth it.",
	.opts = opts,
	.writes_records = true
};

static struct jk_file dropped_file;

/* Dies on an error, and takes what was written of --dropped away. */
static void
check(int result, const struct jk_err *err)
{
	if (result < 0) {
		jk_file_abort(&dropped_file);
		tool_die(&tool, err);
	}
}

static void
check_bounds(const char *what, const struct jk_bounds *b)
{
	if (b->min >= 0 && b->max >= 0 && b->min > b->max)
		tool_usage(&tool, "--min-%s is above --max-%s", what, what);
}

static void
take_settings(void)
{
	struct jk_err err;
	size_t i;

	tool_refuse_input(&tool, "--summary", summary_path);
	tool_refuse_input(&tool, "--dropped", dropped_path);
	if (want->min_rating > want->max_rating)
		tool_usage(&tool, "--min-rating is above --max-rating");
	if (want->min_cyrillic > want->max_cyrillic)
		tool_usage(&tool, "--min-cyrillic is above --max-cyrillic");
	check_bounds("chars", &want->chars);
	check_bounds("words", &want->words);
	check_bounds("sentences", &want->sentences);
	if (!(filter.similarity >= 0.5))
		tool_usage(&tool, "--similarity: below 50%% near duplicates "
		    "are not found reliably");
	for (i = 0; i < themes.n; i++)
		check(jk_criteria_theme(want, themes.v[i], true, &err), &err);
	for (i = 0; i < not_themes.n; i++)
		check(jk_criteria_theme(want, not_themes.v[i], false, &err),
		    &err);
	for (i = 0; i < match.n; i++)
		check(jk_criteria_match(want, match.v[i], true, &err), &err);
	for (i = 0; i < not_match.n; i++)
		check(jk_criteria_match(want, not_match.v[i], false, &err),
		    &err);
	for (i = 0; i < stop_words.n; i++)
		check(jk_stopwords_load(&want->stopwords, stop_words.v[i],
		    &err), &err);
	filter.dedup_mode = strcmp(dedup, "near") == 0 ? JK_DEDUP_NEAR
	    : strcmp(dedup, "exact") == 0 ? JK_DEDUP_EXACT : JK_DEDUP_NONE;
	filter.keep_first = strcmp(keep, "first") == 0;
	filter.part = strcmp(part, "train") == 0 ? JK_PART_TRAIN
	    : strcmp(part, "val") == 0 ? JK_PART_VAL : JK_PART_ALL;
	filter.seed = (uint64_t)seed;
}

static void
read_file(const char *path, struct jk_provenance *provenance,
    struct jk_progress *progress)
{
	struct jk_record_reader r;
	struct jk_err err;
	int got;

	check(jk_record_open(&r, path, provenance, &err), &err);
	r.skip_bad = (uint64_t)skip_bad;
	r.n_bad = filter.n_bad;
	while ((got = jk_filter_next(&filter, &r, &err)) > 0)
		jk_progress_at(progress, filter.n_read, NULL);
	check(got, &err);
	if (r.n_bad > filter.n_bad)
		tool_warn(&tool, "%llu bad lines passed over, the last one: "
		    "%s", (unsigned long long)(r.n_bad - filter.n_bad),
		    r.last_bad.msg);
	filter.n_bad = r.n_bad;
	jk_record_close(&r);
}

static void
report(void)
{
	struct jk_buf b = JK_BUF_INIT;
	const char *before = "; dropped: ";
	struct jk_err err;
	json_t *all;
	int i;

	for (i = JK_KEEP + 1; i < JK_N_DROPS; i++)
		if (filter.n_dropped[i]) {
			jk_buf_printf(&b, "%s%s %llu", before,
			    jk_drop_name((enum jk_drop)i),
			    (unsigned long long)filter.n_dropped[i]);
			before = ", ";
		}
	check(jk_buf_check(&b, &err), &err);
	tool_note(&tool, "%llu records, %llu kept%s",
	    (unsigned long long)filter.n_read,
	    (unsigned long long)filter.n_kept, jk_buf_str(&b));
	jk_buf_release(&b);
	if (!summary_path)
		return;
	all = jk_filter_summary(&filter);
	if (!all)
		check(jk_fail_nomem(&err), &err);
	jk_json_write(&b, all);
	jk_buf_addc(&b, '\n');
	check(jk_buf_check(&b, &err), &err);
	check(jk_file_put(summary_path, b.data, b.len, &err), &err);
	jk_buf_release(&b);
	json_decref(all);
}

int
main(int argc, char **argv)
{
	struct jk_record_writer kept, dropped;
	struct jk_provenance provenance;
	struct jk_progress progress;
	struct jk_err err;
	size_t i;

	jk_filter_init(&filter, &kept);
	tool_start(&tool, argc, argv);
	take_settings();
	check(jk_provenance_init(&provenance, tool.command.data, &err), &err);
	jk_record_writer_init(&kept, &tool.out, &provenance);
	if (dropped_path) {
		check(jk_file_begin(&dropped_file, dropped_path, &err), &err);
		jk_record_writer_init(&dropped, &dropped_file.out, NULL);
		filter.dropped = &dropped;
	}
	check(jk_filter_start(&filter, &err), &err);
	tool_progress(&tool, &progress, "records", 0);
	if (!tool.operands.n)
		read_file(NULL, &provenance, &progress);
	for (i = 0; i < tool.operands.n; i++)
		read_file(tool.operands.v[i], &provenance, &progress);
	check(jk_filter_finish(&filter, &err), &err);
	if (dropped_path) {
		jk_record_writer_release(&dropped);
		check(jk_file_commit(&dropped_file, &err), &err);
	}
	report();
	jk_filter_release(&filter);
	jk_record_writer_release(&kept);
	jk_provenance_release(&provenance);
	return tool_finish(&tool);
}
