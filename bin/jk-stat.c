/* jk-stat: what a file of jokes holds.  See jk-stat(1). */

#include <string.h>

#include "base/json_write.h"
#include "base/progress.h"
#include "record/record.h"
#include "stat/stat.h"
#include "tool.h"

enum { MOST_FILES = 2 };

struct stat_job {
	struct jk_tool tool;
	bool json, near;
	unsigned most_themes;
	uint64_t skip_bad;	/* of a file */
};

#define IN(member) JK_OPT_IN(struct stat_job, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_FLAG, 0, "json", IN(json), NULL,
	  "a JSON object for each file", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "dedup", IN(near), "exact|near",
	  "which duplicates to look for", 0, 0, "near" },
	{ JK_OPT_INT, 0, "themes", IN(most_themes), "N",
	  "show the N commonest themes", 0, 1e6, "15" },
	{ JK_OPT_INT, 0, "skip-bad", IN(skip_bad), "N",
	  "pass over up to N bad lines of a file", 0, 1e15, "0" },
	{ .kind = JK_OPT_END }
};

static void
read_file(struct stat_job *j, struct jk_stat *s, const char *path)
{
	struct jk_tool *t = &j->tool;
	struct jk_record_reader r;
	struct jk_progress progress;
	struct jk_joke joke;
	json_t *record;
	int got;

	tool_check(t, jk_stat_init(s, j->near, &t->err));
	tool_check(t, jk_record_open(&r, path, NULL, &t->err));
	r.wants = JK_KIND_JOKES;
	r.in.max_line = (size_t)t->max_row_bytes;
	r.skip_bad = j->skip_bad;
	r.offers_skip = true;
	tool_progress(t, &progress, JK_CTX("unit", "records"), 0);
	progress.part_all = r.in.size_bytes;
	while ((got = jk_record_read(&r, &record, &t->err)) > 0) {
		if (jk_joke_read(&joke, record, &t->err) == 0)
			tool_check(t, jk_stat_add(s, &joke, &t->err));
		else
			tool_check(t, jk_record_reject(&r, &t->err));
		json_decref(record);
		progress.part_done = r.in.offset;
		jk_progress_at(&progress, s->n_records, NULL);
	}
	tool_check(t, got);
	jk_progress_end(&progress);
	t->progress = NULL;
	if (r.n_bad)
		tool_warn(t, JK_TRN("%llu bad lines passed over, the last one: "
		    "%s", r.n_bad), (unsigned long long)r.n_bad,
		    r.last_bad.msg);
	s->n_bad = r.n_bad;
	jk_record_close(&r);
	tool_check(t, jk_stat_finish(s, &t->err));
}

static void
print_json(struct jk_tool *t, struct jk_buf *out, const struct jk_stat *s,
    const char *name)
{
	json_t *all = jk_stat_json(s, name);

	if (!all)
		tool_check(t, jk_fail_nomem(&t->err));
	jk_json_write(out, all);
	jk_buf_addc(out, '\n');
	json_decref(all);
}

int
main(int argc, char **argv)
{
	struct stat_job j = { .tool = { .name = "jk-stat",
		.usage = "[OPTION]... [FILE [FILE]]",
		.summary = "What a file of records holds; two side by side.",
		.opts = { { opts, &j, NULL },
		    { tool_rows_opts, &j.tool, NULL } } } };
	struct jk_stat stats[MOST_FILES];
	const char *names[MOST_FILES] = { "<stdin>", NULL };
	struct jk_buf out = JK_BUF_INIT;
	struct jk_tool *t = &j.tool;
	unsigned n = 1, i;

	tool_start(t, argc, argv);
	if (t->operands.n > MOST_FILES)
		tool_usage(t, "at most %d files side by side", MOST_FILES);
	if (t->operands.n)
		n = (unsigned)t->operands.n;
	for (i = 0; i < t->operands.n; i++)
		names[i] = strcmp(t->operands.v[i], "-") != 0 ?
		    t->operands.v[i] : "<stdin>";
	tool_await(t, "waiting for records on the terminal, up to Ctrl-D");
	for (i = 0; i < n; i++)
		read_file(&j, &stats[i], t->operands.n ? t->operands.v[i] :
		    NULL);
	if (j.json) {
		for (i = 0; i < n; i++)
			print_json(t, &out, &stats[i], names[i]);
		tool_put(t, &out);
	} else {
		size_t columns = jk_terminal_columns(stdout);

		jk_stat_print(&out, stats, names, n, j.most_themes,
		    columns < 80 ? (int)columns - 1 : 79);
		tool_put_text(t, &out);
	}
	for (i = 0; i < n; i++)
		jk_stat_release(&stats[i]);
	return tool_finish(t);
}
