/* jk-train: LoRA fine-tuning.  See jk-train(1). */

#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/decimal.h"
#include "jk-train.h"
#include "net/mpi.h"
#include "nn/load.h"
#include "train/range_test.h"
#include "train/ranks.h"
#include "train/save.h"
#include "train/share.h"

#define IN(member) JK_OPT_IN(struct trainer, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'o', "out", IN(out_dir), "DIR",
	  "the adapter's folder", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "resume", IN(resume), NULL,
	  "go on from the last checkpoint, if there is one", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "force", IN(force), NULL,
	  "overwrite an earlier run", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "mixed-templates", IN(mixed_templates), NULL,
	  "records of several chat templates may come together", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static const struct jk_opt looking_opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "Looking first:" },
	{ JK_OPT_FLAG, 0, "dry-run", IN(dry_run), NULL,
	  "print the memory plan and end", 0, 0, NULL },
	{ JK_OPT_INT, 0, "smoke", IN(smoke), "N",
	  "train on N records; does the loss fall?", 1, 1e9, NULL },
	{ JK_OPT_FLAG, 0, "profile", IN(profile), NULL,
	  "print where the time went", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

static volatile sig_atomic_t stop;	/* the signal */

/* The first one ends the run as one that can go on, the second one at once. */
static void
on_signal(int signal_number)
{
	stop = signal_number;
	signal(signal_number, SIG_DFL);
}

static int
saved(void *ctx, struct jk_err *err)
{
	return jk_run_folder_saved(&((struct trainer *)ctx)->folder, err);
}

static void
report(void *ctx, const struct jk_train_report *r)
{
	struct trainer *x = ctx;
	char detail[200], curve[JK_SPARKLINE_BYTES];
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	jk_sparkline_add(&x->losses, r->loss);
	jk_sparkline_text(&x->losses, curve);
	jk_snprintf_local(detail, sizeof detail, jk_tr("loss %.4f (%.4f)%s%s, %.0f "
	    "tokens/s, norm %.3f, lr %.2e, %.0f MiB"), r->loss, r->smoothed,
	    *curve && x->progress.terminal ? " " : "",
	    x->progress.terminal ? curve : "", r->tokens_per_s, r->grad_norm,
	    r->lr, (double)use.ru_maxrss / 1024);
	jk_progress_at(&x->progress, r->step, detail);
	if (r->is_eval)
		tool_note(&x->tool, "step %llu: evaluation loss %.4f, "
		    "perplexity %.2f%s", (unsigned long long)r->step,
		    r->eval_loss, exp(r->eval_loss),
		    r->is_best ? jk_tr(", the best so far") : "");
	if (r->is_eval && x->taught.examples)
		tool_note(&x->tool, "known by heart: %.2f %% of the jokes trained "
		    "on, %.2f %% of the others%s",
		    100 * (r->recited + r->memorised), 100 * r->recited,
		    r->by_heart ? jk_tr("; the run ends") : "");
}

/* Of the data, what is evaluated besides eval. */
static const struct jk_dataset *
taught(const struct trainer *x)
{
	return x->smoke ? &x->data : x->taught.examples ? &x->taught : NULL;
}

static void
make_plan(struct trainer *x, struct jk_train_plan *plan, uint32_t max_rows)
{
	const struct jk_train_memory m = { .model = &x->session.model,
		.dev = x->session.dev, .precision = x->session.precision,
		.data = &x->data,
		.eval = x->options.eval_path ? &x->eval : NULL,
		.taught = taught(x) };
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_ranks_plan(x->link, plan, &x->options, &m, max_rows,
	    &t->err));
}

static uint32_t
longest(const struct trainer *x)
{
	return x->eval.longest > x->data.longest ? x->eval.longest :
	    x->data.longest;
}

static void
show_profile(const struct trainer *x)
{
	struct jk_buf times = JK_BUF_INIT;

	jk_dev_breakdown(x->session.dev, &times);
	fputs(jk_buf_str(&times), stderr);
	jk_buf_release(&times);
}

/* Whether the loss on the records trained on fell. */
static void
judge(struct trainer *x, double before)
{
	struct jk_tool *t = &x->tool;
	double after = 0;

	tool_check(t, jk_train_evaluate(&x->run, &x->data, &after, &t->err));
	tool_note(t, "loss on the same %zu records: %.4f before, %.4f after: "
	    "it %s", x->data.n, before, after,
	    after < before ? jk_tr(JK_CTX("loss", "fell")) :
	    jk_tr("did not fall"));
	if (!(after < before))
		tool_check(t, jk_fail(&t->err, JK_EDATA,
		    "the loss did not fall"));
}

/* Train; whether it came to its end. */
static bool
run(struct trainer *x)
{
	struct jk_tool *t = &x->tool;
	double before = 0;
	int r;

	if (x->smoke)
		tool_check(t, jk_train_evaluate(&x->run, &x->data, &before,
		    &t->err));
	/* before anything is moved, so that nobody is left without a word */
	tool_on_end(on_signal);
	if (x->out_dir) {
		tool_check(t, jk_run_folder_begin(&x->folder, &t->err));
		trainer_save_folder(x);
	}
	tool_progress(t, &x->progress, JK_CTX("unit", "steps"),
	    x->run.plan->n_steps);
	x->progress.begun = x->run.state.step;
	r = jk_train_run(&x->run, &t->err);
	tool_check(t, r);
	jk_progress_end(&x->progress);
	if (x->profile)
		show_profile(x);
	if (x->smoke && r > 0)
		judge(x, before);
	return r;
}

/* Closing a device also keeps compiled shaders for the next process. */
static void
close_all(struct trainer *x)
{
	if (x->link)
		jk_mpi_close(x->link);
	x->link = NULL;
	jk_weights_release(&x->weights);
	if (x->options.init_path)
		jk_adapter_close(&x->init);
	jk_dataset_release(&x->data);
	jk_dataset_release(&x->eval);
	free(x->taught.examples);
	json_decref(x->header);
	json_decref(x->identity);
	json_decref(x->origin);
	session_close(&x->session);
}

/* Ended by a signal, or by the loss of a rank: with what one can go on from. */
static _Noreturn void
end_stopped(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	if (!x->run.state.step)
		tool_note(t, "stopped before the first step was done");
	else
		tool_note(t, "stopped after step %llu%s",
		    (unsigned long long)x->run.state.step,
		    x->out_dir && !x->smoke ?
		    jk_tr("; --resume goes on") : "");
	trainer_tell_aside(x);
	if (x->link && jk_mpi_has_lost(x->link, &t->err))
		tool_die(t, &t->err);
	/* another rank may have had the signal */
	if (!stop)
		stop = SIGTERM;
	if (x->link && x->link->cut)
		jk_mpi_abort(x->link, 128 + stop);
	trainer_dismiss(x);
	jk_train_release(&x->run);
	close_all(x);
	signal(stop, SIG_DFL);
	raise(stop);
	exit(128 + stop);
}

static void
show_test(void *ctx, uint32_t n_done)
{
	jk_progress_at(&((struct trainer *)ctx)->progress, n_done, NULL);
}

/* What --lr=auto is, of a new run; false where the test was stopped. */
static bool
find_rate(struct trainer *x)
{
	struct jk_range_test r = { .progress = show_test, .ctx = x };
	struct jk_tool *t = &x->tool;
	struct jk_sparkline curve = { 0 };
	char text[JK_SPARKLINE_BYTES];
	uint32_t i;
	int got;

	tool_progress(t, &x->progress, JK_CTX("unit", "steps"), JK_RANGE_LOSSES);
	got = jk_range_test_run(&r, &x->run, &t->err);
	tool_check(t, got);
	jk_progress_end(&x->progress);
	if (got == 0)
		return false;
	for (i = r.first; i < r.n; i++)
		jk_sparkline_add(&curve, r.means[i]);
	jk_sparkline_text(&curve, text);
	tool_note(t, "learning rate %.3g: a test of rates from %.3g to %.3g had "
	    "the loss of %zu records fall from %.4f to %.4f %s", r.lr,
	    jk_range_rate(0), jk_range_rate(r.n - 2.0), r.n_records,
	    r.means[r.first], r.means[r.best], text);
	if (x->options.init_path)
		tool_check(t, jk_train_from_adapter(&x->run, &x->init,
		    &t->err));
	return true;
}

/* The checkpoint, and the rate that its run found. */
static void
go_on(struct trainer *x)
{
	struct jk_train_state *s = &x->run.state;
	struct jk_tool *t = &x->tool;
	int got = jk_checkpoint_load(x->out_dir, s, x->identity,
	    &x->run.optimizer, &t->err);

	tool_check(t, got);
	if (got > 0 && isnan(x->options.lr)) {
		if (!(s->lr > 0))
			tool_check(t, jk_fail(&t->err, JK_EDATA, "%s: the "
			    "checkpoint has no learning rate; --force begins "
			    "again", x->out_dir));
		x->run.schedule.lr = s->lr;
	}
}

/* Rank 0, or the only process. */
static void
lead(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	if (x->out_dir)
		trainer_check_disk(x);
	if (x->options.init_path)
		tool_check(t, jk_train_from_adapter(&x->run, &x->init,
		    &t->err));
	if (x->resume)
		go_on(x);
	if ((isnan(x->options.lr) && x->run.state.step == 0 &&
	    !find_rate(x)) || !run(x))
		end_stopped(x);
	trainer_dismiss(x);
	if (x->out_dir) {
		trainer_save_description(x, true);
		tool_check(t, jk_run_folder_end(&x->folder, &t->err));
	}
}

static void
train(struct trainer *x, struct jk_train_plan *plan)
{
	struct session *s = &x->session;
	struct jk_tool *t = &x->tool;

	x->run = (struct jk_train){ .options = x->options,
		.weights = &x->weights, .data = &x->data,
		.eval = x->options.eval_path ? &x->eval : NULL,
		.taught = x->taught.examples ? &x->taught : NULL,
		.dir = x->out_dir, .identity = x->identity, .stop = &stop,
		.report = report, .saved = saved, .ctx = x, .link = x->link };
	tool_check(t, jk_weights_load(&x->weights, &s->model, s->dev,
	    s->precision, 1u << JK_WEIGHT_MATRIX, longest(x) + 1, &t->err));
	jk_model_forget(&s->model);
	jk_weights_drop_copies(&x->weights, &s->model);
	malloc_trim(0);
	tool_check(t, jk_train_init(&x->run, plan, &t->err));
	if (trainer_leads(x)) {
		lead(x);
	} else {
		tool_on_end(on_signal);
		tool_check(t, jk_share_serve(&x->run, &t->err));
	}
	jk_train_release(&x->run);
}

static void
plan_and_train(struct trainer *x, uint32_t max_rows)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_train_plan plan;

	make_plan(x, &plan, max_rows);
	if (x->dry_run) {
		jk_train_plan_print(&plan, &x->options, &b);
		tool_put(&x->tool, &b);
	} else {
		train(x, &plan);
	}
	jk_train_plan_release(&plan);
}

/* The limit of a pack of a run that has nothing left to do. */
static const uint64_t no_run = UINT64_MAX;

/* The limit of a pack to go on with, rank 0's word; 0: to be found. */
static uint64_t
begin_with(struct trainer *x)
{
	uint64_t word = trainer_leads(x) && trainer_already_finished(x) ?
	    no_run : trainer_checkpoint_limit(x);
	struct jk_tool *t = &x->tool;

	if (x->link)
		tool_check(t, jk_link_broadcast(x->link, &word, sizeof word,
		    &t->err));
	return word;
}

int
main(int argc, char **argv)
{
	struct trainer x = { .tool = { .name = "jk-train",
		.usage = "--model=MODEL --out=DIR [OPTION]... [SHARD]",
		.summary = "Fine-tune a model with LoRA.",
		.opts = { { session_model_opts, &x.session, NULL },
		    { opts, &x, NULL }, JK_TRAIN_OPTS(&x.options),
		    { session_origin_opts, &x.session, NULL },
		    { session_device_opts, &x.session, NULL },
		    { session_precision_opts, &x.session, NULL },
		    { tool_threads_opts, &x.tool, NULL },
		    { looking_opts, &x, NULL } },
		.version = jk_dev_version, .abandon = trainer_abandon,
		.leave = trainer_leave },
		.folder = { .fd = -1 } };
	struct jk_tool *t = &x.tool;
	uint64_t limit;

	tool_start(t, argc, argv);
	trainer_check_usage(&x);
	/* hours of work are not lost with whoever read the messages */
	if (!x.dry_run)
		signal(SIGPIPE, SIG_IGN);
	trainer_meet_ranks(&x, &stop);
	session_open_model(&x.session, t);
	if (x.options.init_path)
		x.session.training = session_training(&x.session, t,
		    x.options.init_path);
	tool_check(t, jk_train_settle(&x.options, x.smoke,
	    &x.session.model.config, &x.init, &t->err));
	session_open_device(&x.session, t);
	if (x.profile)
		tool_check(t, jk_dev_time(x.session.dev, x.session.precision,
		    &t->err));
	trainer_make_identity(&x, trainer_read_data(&x));
	trainer_agree(&x);
	limit = begin_with(&x);
	if (limit != no_run)
		plan_and_train(&x, (uint32_t)limit);
	jk_run_folder_close(&x.folder);
	close_all(&x);
	return tool_finish(t);
}
