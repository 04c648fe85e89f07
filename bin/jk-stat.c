/* jk-stat: what a file of jokes holds.  See jk-stat(1). */

#include <string.h>

#include "record/record.h"
#include "stat/stat.h"
#include "tool.h"

enum { MOST_FILES = 2 };

static bool json;
static const char *dedup = "near";
static long long most_themes = 15, skip_bad;

static const struct jk_opt opts[] = {
	{ JK_OPT_FLAG, 0, "json", &json, NULL,
	  "a JSON object for each file", 0, 0 },
	{ JK_OPT_CHOICE, 0, "dedup", &dedup, "exact|near",
	  "which duplicates to look for (near)", 0, 0 },
	{ JK_OPT_INT, 0, "themes", &most_themes, "N",
	  "show the N commonest themes (15)", 0, 1e6 },
	{ JK_OPT_INT, 0, "skip-bad", &skip_bad, "N",
	  "pass over up to N bad lines of a file (0)", 0, 1e15 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-stat",
	.usage = "[OPTION]... [FILE [FILE]]",
	.summary = "What a file of records holds; two side by side.",
	.opts = opts
};

static void
check(int result, const struct jk_err *err)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* A first line that is no JSON: a table, most likely. */
static void
check_first(int result, const struct jk_record_reader *r,
    const struct jk_stat *s, struct jk_err *err)
{
	if (result < 0 && err->status == JK_EDATA && r->in.line == 1 &&
	    s->n_records == 0) {
		size_t n = strlen(err->msg);

		snprintf(err->msg + n, sizeof err->msg - n, " (jk-stat reads "
		    "records: make them from a table with jk-clean)");
	}
	check(result, err);
}

static void
read_file(struct jk_stat *s, const char *path)
{
	struct jk_record_reader r;
	struct jk_progress progress;
	struct jk_joke joke;
	struct jk_err err;
	json_t *record;
	int got;

	check(jk_stat_init(s, strcmp(dedup, "near") == 0, &err), &err);
	check(jk_record_open(&r, path, NULL, &err), &err);
	r.skip_bad = (uint64_t)skip_bad;
	tool_progress(&tool, &progress, "records", 0);
	while ((got = jk_record_read(&r, &record, &err)) > 0) {
		if (jk_joke_read(&joke, record, &err) == 0)
			check(jk_stat_add(s, &joke, &err), &err);
		else
			check(jk_record_reject(&r, &err), &err);
		json_decref(record);
		jk_progress_at(&progress, s->n_records, NULL);
	}
	check_first(got, &r, s, &err);
	jk_progress_end(&progress);
	tool.progress = NULL;
	if (r.n_bad)
		tool_warn(&tool, "%llu bad lines passed over, the last one: "
		    "%s", (unsigned long long)r.n_bad, r.last_bad.msg);
	s->n_bad = r.n_bad;
	jk_record_close(&r);
	check(jk_stat_finish(s, &err), &err);
}

static void
print_json(struct jk_buf *out, const struct jk_stat *s, const char *name)
{
	struct jk_err err;
	json_t *all = jk_stat_json(s, name);

	if (!all)
		check(jk_fail_nomem(&err), &err);
	jk_json_write(out, all);
	jk_buf_addc(out, '\n');
	json_decref(all);
}

int
main(int argc, char **argv)
{
	struct jk_stat stats[MOST_FILES];
	const char *names[MOST_FILES] = { "<stdin>", NULL };
	struct jk_buf out = JK_BUF_INIT;
	struct jk_err err;
	unsigned n = 1, i;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > MOST_FILES)
		tool_usage(&tool, "at most %d files side by side",
		    MOST_FILES);
	if (tool.operands.n)
		n = (unsigned)tool.operands.n;
	for (i = 0; i < tool.operands.n; i++)
		if (strcmp(tool.operands.v[i], "-") != 0)
			names[i] = tool.operands.v[i];
		else
			names[i] = "<stdin>";
	for (i = 0; i < n; i++)
		read_file(&stats[i], tool.operands.n ? tool.operands.v[i]
		    : NULL);
	if (json)
		for (i = 0; i < n; i++)
			print_json(&out, &stats[i], names[i]);
	else
		jk_stat_print(&out, stats, names, n, (unsigned)most_themes);
	check(jk_buf_check(&out, &err), &err);
	check(jk_out_write(&tool.out, out.data, out.len, &err), &err);
	for (i = 0; i < n; i++)
		jk_stat_release(&stats[i]);
	jk_buf_release(&out);
	return tool_finish(&tool);
}
