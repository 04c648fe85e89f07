/* jk-report: a page that shows a model's jokes before and after. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "report/page.h"
#include "report/table.h"

static const char *before, *training_jokes, *held_out, *loss_before,
    *loss_after, *log_file, *settings, *model, *stat_before, *stat_after,
    *table, *name = "jk", *date, *format = "html";
static struct jk_strings summaries;

static const struct jk_opt options[] = {
	{ JK_OPT_STRING, 0, "before", &before, "FILE",
	  "answers before training", 0, 0 },
	{ JK_OPT_STRING, 0, "training-jokes", &training_jokes, "FILE",
	  "records trained on: finds what was memorised", 0, 0 },
	{ JK_OPT_STRING, 0, "held-out-jokes", &held_out, "FILE",
	  "records held out, for comparison", 0, 0 },
	{ JK_OPT_STRING, 0, "loss-before", &loss_before, "FILE",
	  "of jk-ppl --per-record, before training", 0, 0 },
	{ JK_OPT_STRING, 0, "loss-after", &loss_after, "FILE",
	  "and after it", 0, 0 },
	{ JK_OPT_STRING, 0, "log", &log_file, "FILE",
	  "log.jsonl of jk-train", 0, 0 },
	{ JK_OPT_STRING, 0, "settings", &settings, "FILE",
	  "jk-train.json of jk-train", 0, 0 },
	{ JK_OPT_STRING, 0, "model", &model, "FILE",
	  "what jk-info --model said", 0, 0 },
	{ JK_OPT_STRING, 0, "stat-before", &stat_before, "FILE",
	  "of jk-stat --json, of the data before cleaning", 0, 0 },
	{ JK_OPT_STRING, 0, "stat-after", &stat_after, "FILE",
	  "and after it", 0, 0 },
	{ JK_OPT_STRINGS, 0, "summary", &summaries, "FILE",
	  "of jk-clean or jk-filter --summary; again for more", 0, 0 },
	{ JK_OPT_STRING, 0, "name", &name, "TEXT", "of the run", 0, 0 },
	{ JK_OPT_STRING, 0, "date", &date, "TEXT", "of the run", 0, 0 },
	{ JK_OPT_CHOICE, 0, "format", &format, "html|markdown|json",
	  "what to print (default html)", 0, 0 },
	{ JK_OPT_STRING, 0, "experiments", &table, "FILE",
	  "also write the run's row into this table", 0, 0 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 },
};

static struct jk_tool tool = {
	.name = "jk-report",
	.usage = "[OPTION]... [FILE]",
	.summary = "Read the answers after training and print a page that "
	    "compares.",
	.opts = options,
};

/* An optional JSON file that must be an object. */
static int
load(json_t **value, const char *path, struct jk_err *err)
{
	if (!path)
		return 0;
	*value = jk_json_load(path, err);
	if (!*value)
		return -1;
	if (!json_is_object(*value))
		return jk_fail(err, JK_EDATA, "%s: not a JSON object", path);
	return 0;
}

static int
load_summaries(struct jk_report *r, struct jk_err *err)
{
	json_t *value, *item;
	size_t i;

	for (i = 0; i < summaries.n; i++) {
		value = NULL;
		if (load(&value, summaries.v[i], err) < 0) {
			json_decref(value);
			return -1;
		}
		item = json_object();
		if (json_object_set_new(item, "summary", value) < 0 ||
		    json_array_append_new(r->summaries, item) < 0)
			return jk_fail_nomem(err);
	}
	return 0;
}

/* The training jokes first: the rest is compared with them. */
static int
read_all(struct jk_report *r, const char *after, struct jk_err *err)
{
	if (training_jokes &&
	    jk_report_read_training(r, training_jokes, err) < 0)
		return -1;
	if (held_out && jk_report_read_held_out(r, held_out, err) < 0)
		return -1;
	if (before && jk_report_read_answers(r, JK_BEFORE, before, err) < 0)
		return -1;
	if (jk_report_read_answers(r, JK_AFTER, after, err) < 0)
		return -1;
	if (loss_before &&
	    jk_report_read_loss(r, JK_BEFORE, loss_before, err) < 0)
		return -1;
	if (loss_after &&
	    jk_report_read_loss(r, JK_AFTER, loss_after, err) < 0)
		return -1;
	if (log_file && jk_report_read_log(r, log_file, err) < 0)
		return -1;
	if (load(&r->training, settings, err) < 0 ||
	    (model && jk_report_read_model(r, model, err) < 0) ||
	    load(&r->side[JK_BEFORE].stat, stat_before, err) < 0 ||
	    load(&r->side[JK_AFTER].stat, stat_after, err) < 0)
		return -1;
	if (load_summaries(r, err) < 0)
		return -1;
	return jk_report_measure(r, err);
}

static int
print(const struct jk_report *r, struct jk_err *err)
{
	struct jk_doc doc = { .format = JK_DOC_HTML };
	json_t *measures;
	int result;

	if (strcmp(format, "json") == 0) {
		measures = jk_report_json(r, name);
		if (!measures)
			return jk_fail_nomem(err);
		jk_json_write(&doc.out, measures);
		jk_buf_addc(&doc.out, '\n');
		json_decref(measures);
	} else {
		if (strcmp(format, "markdown") == 0)
			doc.format = JK_DOC_MARKDOWN;
		jk_report_page(&doc, r, name, date);
	}
	result = jk_buf_check(&doc.out, err);
	if (result == 0)
		result = jk_out_write(&tool.out, doc.out.data, doc.out.len,
		    err);
	jk_buf_release(&doc.out);
	return result;
}

int
main(int argc, char **argv)
{
	struct jk_report report;
	struct jk_err err;
	int status;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > 1)
		tool_usage(&tool, "more than one file of answers");
	if (held_out && !training_jokes)
		tool_usage(&tool, "--held-out-jokes needs --training-jokes");
	if (jk_report_init(&report, &err) < 0 ||
	    read_all(&report, tool.operands.n ? tool.operands.v[0] : NULL,
	    &err) < 0 ||
	    print(&report, &err) < 0 ||
	    jk_out_flush(&tool.out, &err) < 0)
		tool_die(&tool, &err);
	if (table && jk_report_table(table, &report, name, date, &err) < 0)
		tool_die(&tool, &err);
	jk_report_release(&report);
	free(summaries.v);
	status = tool_finish(&tool);
	return status;
}
