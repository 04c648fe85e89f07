/* jk-report: a page that shows a model's jokes before and after. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/json_write.h"
#include "base/path.h"
#include "report/compare.h"
#include "report/measurement.h"
#include "report/page.h"
#include "report/table.h"
#include "text/affix.h"
#include "tool.h"

struct report_job {
	struct jk_tool tool;
	const char *before, *training_jokes, *held_out, *loss_before,
	    *loss_after, *log, *settings, *model, *stat_before, *stat_after,
	    *conclusions, *dialogue, *table, *name, *date, *command,
	    *commands, *watch, *models;
	uint64_t given;
	struct jk_strings summaries;
	bool compare;
	enum { HTML, MARKDOWN, JSON, IPYNB, JSONL } format;
};

#define IN(member) JK_OPT_IN(struct report_job, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_INPUT, 0, "before", IN(before), "FILE",
	  "answers before training", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "training-jokes", IN(training_jokes), "FILE",
	  "records trained on: finds what was memorised", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "held-out-jokes", IN(held_out), "FILE",
	  "records held out, for comparison", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "loss-before", IN(loss_before), "FILE",
	  "of jk-ppl --per-record, before training", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "loss-after", IN(loss_after), "FILE",
	  "and after it", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "log", IN(log), "FILE",
	  "log.jsonl of jk-train", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "settings", IN(settings), "FILE",
	  "jk-train.json of jk-train", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "model", IN(model), "FILE",
	  "what jk-info --model said", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "models", IN(models), "FILE",
	  "models.jsonl of compare-models.sh", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "stat-before", IN(stat_before), "FILE",
	  "of jk-stat --json, of the data before cleaning", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "stat-after", IN(stat_after), "FILE",
	  "and after it", 0, 0, NULL },
	{ JK_OPT_INPUTS, 0, "summary", IN(summaries), "FILE",
	  "of jk-clean or jk-filter --summary; again for more", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "dialogue", IN(dialogue), "FILE",
	  "of jk-tokenize --decode --jsonl: one to be shown", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "conclusions", IN(conclusions), "FILE",
	  "text of your own for the page", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "name", IN(name), "TEXT", "of the run", 0, 0,
	  "jk" },
	{ JK_OPT_STRING, 0, "date", IN(date), "TEXT", "of the run", 0, 0,
	  NULL },
	{ JK_OPT_STRING, 0, "command", IN(command), "TEXT",
	  "that repeats the run", 0, 0, NULL },
	{ JK_OPT_INPUT, 0, "commands", IN(commands), "FILE",
	  "all commands of the run, as sh reads them", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "format", IN(format),
	  "html|markdown|json|ipynb|jsonl", "what to print", 0, 0, "html" },
	{ JK_OPT_FLAG, 0, "compare", IN(compare), NULL,
	  "files are measurements (--format=jsonl): compare runs", 0, 0,
	  NULL },
	{ JK_OPT_STRING, 0, "watch", IN(watch), "DIR",
	  "write DIR/watch.html, anew while it trains", 0, 0, NULL },
	{ JK_OPT_OUTPUT, 0, "experiments", IN(table), "FILE",
	  "write the run's row into this table, and show all", 0, 0, NULL },
	{ .kind = JK_OPT_END },
};

/* The training jokes first: held-out ones are compared with them. */
static int
read_all(struct jk_report *r, const struct report_job *j, const char *after,
    struct jk_err *err)
{
	size_t i;

	if (j->training_jokes &&
	    jk_report_read_training(r, j->training_jokes, err) < 0)
		return -1;
	if (j->held_out && jk_report_read_held_out(r, j->held_out, err) < 0)
		return -1;
	if (j->before &&
	    jk_report_read_answers(r, JK_BEFORE, j->before, err) < 0)
		return -1;
	if (jk_report_read_answers(r, JK_AFTER, after, err) < 0)
		return -1;
	if (j->loss_before &&
	    jk_report_read_loss(r, JK_BEFORE, j->loss_before, err) < 0)
		return -1;
	if (j->loss_after &&
	    jk_report_read_loss(r, JK_AFTER, j->loss_after, err) < 0)
		return -1;
	if (j->log && jk_report_read_log(r, j->log, err) < 0)
		return -1;
	if ((j->settings &&
	    jk_report_read_settings(r, j->settings, err) < 0) ||
	    (j->model && jk_report_read_model(r, j->model, err) < 0) ||
	    (j->models && jk_report_read_models(r, j->models, err) < 0) ||
	    (j->stat_before &&
	    jk_report_read_stat(r, JK_BEFORE, j->stat_before, err) < 0) ||
	    (j->stat_after &&
	    jk_report_read_stat(r, JK_AFTER, j->stat_after, err) < 0))
		return -1;
	for (i = 0; i < j->summaries.n; i++)
		if (jk_report_read_summary(r, j->summaries.v[i], err) < 0)
			return -1;
	if (j->dialogue && jk_report_read_dialogue(r, j->dialogue, err) < 0)
		return -1;
	if (j->conclusions &&
	    jk_report_read_conclusions(r, j->conclusions, err) < 0)
		return -1;
	if (j->commands && jk_report_read_commands(r, j->commands, err) < 0)
		return -1;
	return jk_report_measure(r, err);
}

/* What is written so far, and a JSON value (NULL: no memory) behind it. */
static void
put_json(struct jk_tool *t, struct jk_buf *out, json_t *v)
{
	if (!v)
		tool_check(t, jk_fail_nomem(&t->err));
	jk_json_write(out, v);
	jk_buf_addc(out, '\n');
	json_decref(v);
}

static void
print(struct report_job *j, const struct jk_report *r)
{
	struct jk_doc doc = { .format = j->format == HTML ? JK_DOC_HTML :
		JK_DOC_MARKDOWN };
	struct jk_tool *t = &j->tool;

	if (j->format == JSON) {
		put_json(t, &doc.out, jk_report_json(r, j->name));
	} else if (j->format == JSONL) {
		tool_check(t, jk_report_measurements(r, j->name, &doc.out,
		    &t->err));
	} else {
		if (j->format == IPYNB && !(doc.cells = json_array()))
			tool_check(t, jk_fail_nomem(&t->err));
		jk_report_page(&doc, r, j->name, j->date, j->command);
	}
	tool_put(t, &doc.out);
	tool_check(t, jk_out_flush(&t->out, &t->err));
}

/* The files are measurements of runs. */
static void
compare(struct report_job *j)
{
	struct jk_doc doc = { .format = j->format == HTML ? JK_DOC_HTML :
		JK_DOC_MARKDOWN };
	struct jk_tool *t = &j->tool;
	struct jk_comparison c;
	size_t i;

	tool_check(t, jk_comparison_init(&c, &t->err));
	if (t->operands.n == 0)
		tool_check(t, jk_comparison_read(&c, NULL, &t->err));
	for (i = 0; i < t->operands.n; i++)
		tool_check(t, jk_comparison_read(&c, t->operands.v[i],
		    &t->err));
	tool_check(t, jk_compare(&c, &t->err));
	if (j->format == JSON)
		put_json(t, &doc.out, jk_comparison_json(&c));
	else
		jk_comparison_page(&doc, &c, j->name);
	tool_put(t, &doc.out);
	tool_check(t, jk_out_flush(&t->out, &t->err));
	jk_comparison_release(&c);
}

static volatile sig_atomic_t stop;	/* the signal */

static void
on_signal(int signal_number)
{
	stop = signal_number;
	signal(signal_number, SIG_DFL);
}

enum { RELOAD_S = 5 };

/*
 * The page of a training as it is now.  Returns 0, -1 where what is there
 * cannot be read.
 */
static int
write_progress(struct report_job *j, const struct jk_watch *w,
    enum jk_watch_state state, const char *path)
{
	struct jk_doc doc = { .format = JK_DOC_HTML, .reload_s =
		state == JK_WATCH_RUNS && !stop ? RELOAD_S : 0 };
	struct jk_tool *t = &j->tool;
	struct jk_report r;
	int result;

	tool_check(t, jk_report_init(&r, &t->err));
	result = jk_report_read_log(&r, w->log, &t->err);
	if (result == 0)
		result = jk_report_read_settings(&r, w->settings, &t->err);
	if (result == 0) {
		jk_report_progress(&doc, &r, j->name, state);
		tool_check(t, jk_buf_check(&doc.out, &t->err));
		tool_check(t, jk_file_put(path, doc.out.data, doc.out.len,
		    &t->err));
	}
	jk_buf_release(&doc.out);
	jk_report_release(&r);
	return result;
}

/* Write the page whenever the log has grown, until the training has ended. */
static void
watch(struct report_job *j)
{
	const struct timespec second = { .tv_sec = 1 };
	enum jk_watch_state state = JK_WATCH_WAITS;
	struct jk_tool *t = &j->tool;
	char *path = jk_path_join(j->watch, "watch.html", &t->err);
	bool told = false, seen = false;
	struct jk_watch w;

	tool_check(t, path ? 0 : -1);
	tool_on_end(on_signal);
	jk_watch_init(&w, j->watch);
	for (;;) {
		tool_check(t, jk_watch_look(&w, &state, &t->err));
		if (state == JK_WATCH_WAITS && !told)
			tool_note(t, "waiting for a training in %s", j->watch);
		told |= state == JK_WATCH_WAITS;
		if (state != JK_WATCH_WAITS &&
		    (w.changed || state > JK_WATCH_RUNS)) {
			if (write_progress(j, &w, state, path) == 0) {
				if (!seen)
					tool_note(t, "%s: open it in a "
					    "browser", path);
				seen = true;
			} else if (state != JK_WATCH_RUNS) {
				tool_die(t, &t->err);
			} else {
				/* a line that is being written */
				w.size_bytes = -1;
			}
		}
		if (state > JK_WATCH_RUNS || stop)
			break;
		nanosleep(&second, NULL);
	}
	if (state == JK_WATCH_FINISHED)
		tool_note(t, "the training has ended");
	else if (state == JK_WATCH_STOPPED)
		tool_note(t, "the training was stopped");
	if (stop && seen && state == JK_WATCH_RUNS)
		(void)write_progress(j, &w, state, path);
	jk_watch_release(&w);
	free(path);
	if (stop)
		raise(stop);
}

/* The first option that is given and not one of these; NULL: none. */
static const char *
given_besides(const struct report_job *j, const char *const *allowed)
{
	const struct jk_opt *row;

	for (row = opts; row->kind != JK_OPT_END; row++)
		if (!jk_is_one_of(row->name, strlen(row->name), allowed) &&
		    jk_opt_given(opts, j->given, row->name))
			return row->name;
	return NULL;
}

static void
check_usage(struct report_job *j)
{
	static const char *const compare[] = { "compare", "format", "name",
	    NULL };
	static const char *const watch[] = { "watch", "name", NULL };
	struct jk_tool *t = &j->tool;
	const char *other = j->compare ? given_besides(j, compare) : NULL;

	if (other)
		tool_usage(t, "--%s is not for --compare", other);
	if (j->compare && (j->format == IPYNB || j->format == JSONL))
		tool_usage(t, "--compare prints html, markdown or json");
	if (!j->compare && t->operands.n > 1)
		tool_usage(t, "more than one file of answers: give one, "
		    "and with --before that of the model before training");
	if (j->held_out && !j->training_jokes)
		tool_usage(t, "--held-out-jokes needs --training-jokes");
	tool_check_text(t, "--name", j->name);
	tool_check_text(t, "--date", j->date);
	tool_check_text(t, "--command", j->command);
	if (!j->watch)
		return;
	if (t->operands.n)
		tool_usage(t, "--watch shows a training, no answers: leave %s "
		    "out", t->operands.v[0]);
	other = given_besides(j, watch);
	if (other)
		tool_usage(t, "--watch shows what the training's folder holds: "
		    "leave --%s out", other);
}

int
main(int argc, char **argv)
{
	struct report_job j = { .tool = { .name = "jk-report",
		.usage = "[OPTION]... [FILE]...",
		.summary = "Read the answers after training and print a page "
		    "that compares.",
		.opts = { { opts, &j, &j.given } } } };
	struct jk_tool *t = &j.tool;
	struct jk_report report;

	tool_start(t, argc, argv);
	check_usage(&j);
	if (j.compare) {
		compare(&j);
		return tool_finish(t);
	}
	if (j.watch) {
		watch(&j);
		return tool_finish(t);
	}
	tool_check(t, jk_report_init(&report, &t->err));
	tool_await(t, "waiting for answers of jk-gen on the terminal, up to "
	    "Ctrl-D");
	tool_check(t, read_all(&report, &j, t->operands.n ?
	    t->operands.v[0] : NULL, &t->err));
	if (j.table)
		tool_check(t, jk_report_table(j.table, &report, j.name,
		    j.date, &t->err));
	print(&j, &report);
	jk_report_release(&report);
	free(j.summaries.v);
	return tool_finish(t);
}
