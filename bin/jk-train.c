/* jk-train: LoRA fine-tuning.  See jk-train(1). */

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/decimal.h"
#include "base/disk.h"
#include "base/sparkline.h"
#include "dev/open.h"
#include "model/folder.h"
#include "model/origin.h"
#include "model/training.h"
#include "net/mpi.h"
#include "nn/load.h"
#include "session.h"
#include "train/description.h"
#include "train/identity.h"
#include "train/input.h"
#include "train/ranks.h"
#include "train/run_folder.h"
#include "train/share.h"
#include "train/train.h"

struct trainer {
	struct jk_tool tool;
	struct session session;
	/* options */
	const char *out_dir;
	bool resume, force, mixed_templates, dry_run, profile;
	uint64_t smoke;		/* only so many records; 0: all */
	struct jk_train_options options;
	/* --- */
	struct jk_link *link;	/* to other ranks; NULL: one process */
	char name[24];		/* of a rank but the first, in messages */
	struct jk_run_folder folder;
	struct jk_dataset data, eval;
	struct jk_adapter init;
	json_t *header, *identity, *origin;
	struct jk_weights weights;
	struct jk_train run;
	struct jk_progress progress;
	struct jk_sparkline losses;
};

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

static void
tell_aside(struct trainer *x)
{
	const char *aside = jk_run_folder_aside(&x->folder);

	if (aside)
		tool_warn(&x->tool, "the earlier adapter is in %s/%s",
		    x->out_dir, aside);
}

static void
abandon(struct jk_tool *t)
{
	/* tool is the first member */
	struct trainer *x = (struct trainer *)(void *)t;

	tell_aside(x);
	jk_run_folder_close(&x->folder);
}

/* A rank that ends, ends all. */
static void
leave(struct jk_tool *t, int status)
{
	struct trainer *x = (struct trainer *)(void *)t;

	if (x->link)
		jk_mpi_abort(x->link, status);
}

/* Whether this process writes: the only one, or rank 0. */
static bool
leads(const struct trainer *x)
{
	return !x->link || x->link->rank == 0;
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
}

static bool
is_file(struct jk_tool *t, const char *path)
{
	struct stat st;

	tool_check(t, stat(path, &st) < 0 ? jk_fail_errno(&t->err, "%s",
	    path) : 0);
	return S_ISREG(st.st_mode);
}

static void
make_dir(struct jk_tool *t, const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		tool_check(t, jk_fail_errno(&t->err, "%s", path));
}

static void
make_identity(struct trainer *x, const char *shard)
{
	struct jk_tool *t = &x->tool;
	const json_t *hashes;

	x->identity = jk_identity_new(&(struct jk_train_inputs){
		.options = &x->options, .shard = shard, .smoke = x->smoke,
		.model = &x->session.model, .init = &x->init,
		.dev = x->session.dev, .precision = x->session.precision },
	    &t->err);
	tool_check(t, x->identity ? 0 : -1);
	hashes = json_object_get(x->identity, "hashes");
	if (shard && x->options.eval_path && json_equal(json_object_get(hashes,
	    "data"), json_object_get(hashes, "eval")))
		tool_warn(t, "--eval is the shard that is trained on: its loss "
		    "says nothing of other jokes");
}

/* Beside the adapter and beside the best one, which is used alike. */
static void
save_description(struct trainer *x, bool finished)
{
	struct jk_tool *t = &x->tool;
	char *best = jk_path_join(x->out_dir, "best", &t->err);
	const struct jk_train_description d = { .identity = x->identity,
		.header = x->header, .model = x->session.model_spec,
		.origin = x->origin,
		.command = jk_buf_str(&t->command),
		.device = jk_buf_str(&x->session.dev->description),
		.n_steps = x->run.plan->n_steps, .n_records = x->data.n,
		.state = &x->run.state, .finished = finished };

	tool_check(t, best ? 0 : -1);
	/* the run's own comes last: where it says finished, all is done */
	if (x->options.eval_path) {
		make_dir(t, best);
		tool_check(t, jk_description_save(best, &d, &t->err));
	}
	tool_check(t, jk_description_save(x->out_dir, &d, &t->err));
	free(best);
}

/* What stands beside the adapter, and beside the best one. */
static void
save_folder(struct trainer *x)
{
	struct jk_model *model = &x->session.model;
	struct jk_tool *t = &x->tool;
	const struct jk_tokenizer *tokenizer = session_tokenizer(&x->session,
	    t);
	char *best = jk_path_join(x->out_dir, "best", &t->err);
	int i;

	tool_check(t, best ? 0 : -1);
	save_description(x, false);
	/* the tokenizer's files say what is learnt, too */
	tool_check(t, jk_model_take_training(model, x->header, tokenizer,
	    &t->err));
	for (i = 0; i < (x->options.eval_path ? 2 : 1); i++) {
		const char *dir = i ? best : x->out_dir;

		tool_check(t, jk_adapter_save_config(dir, &x->options,
		    x->session.model_spec, &t->err));
		tool_check(t, jk_folder_put_tokenizer(dir, model, tokenizer,
		    &t->err));
	}
	free(best);
	session_forget_tokenizer(&x->session);
	if (model->is_gguf)
		jk_model_forget(model);
}

static void
make_plan(struct trainer *x, struct jk_train_plan *plan, uint32_t max_rows)
{
	const struct jk_train_memory m = { .model = &x->session.model,
		.dev = x->session.dev, .precision = x->session.precision,
		.data = &x->data,
		.eval = x->options.eval_path ? &x->eval : NULL,
		.evaluates_data = x->smoke };
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_ranks_plan(x->link, plan, &x->options, &m, max_rows,
	    &t->err));
}

/* The limit of a pack of the run to go on from; 0: a new run. */
static uint32_t
checkpoint_limit(struct trainer *x)
{
	struct jk_train_state state = { 0 };
	struct jk_tool *t = &x->tool;

	if (x->resume && x->out_dir)
		tool_check(t, jk_checkpoint_peek(x->out_dir, &state,
		    x->identity, &t->err));
	return state.max_rows;
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
		save_folder(x);
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

/* `option` is "--init=" or the like, or "" of the operand; `path` may be NULL. */
static void
refuse_drop(struct trainer *x, const char *option, const char *path)
{
	if (path && jk_run_folder_would_drop(x->out_dir, path, !*option))
		tool_usage(&x->tool, "--force would remove %s%s: take another "
		    "--out", option, path);
}

static void
check_usage(struct trainer *x)
{
	const char *eval = x->options.eval_path;
	struct jk_tool *t = &x->tool;

	if (t->operands.n > 1)
		tool_usage(t, "one shard at a time (cat makes one of "
		    "several)");
	if (!x->session.model_spec)
		tool_usage(t, TOOL_NO_MODEL);
	if (!x->out_dir && !x->dry_run && !x->smoke)
		tool_usage(t, "--out is missing: name a folder for the "
		    "adapter");
	if (x->out_dir && !*x->out_dir)
		tool_usage(t, "--out is empty");
	if (x->resume && x->force)
		tool_usage(t, "--resume and --force: take one of them");
	if (x->resume && x->smoke)
		tool_usage(t, "--smoke has nothing to --resume");
	if (x->out_dir && x->force) {
		refuse_drop(x, "--init=", x->options.init_path);
		refuse_drop(x, "--eval=", eval);
		refuse_drop(x, "--model=", x->session.model_spec);
		if (t->operands.n)
			refuse_drop(x, "", t->operands.v[0]);
	}
	if (eval && !jk_is_absent(eval) && !is_file(t, eval))
		tool_usage(t, "--eval=%s: not a regular file (it is read "
		    "again)", eval);
}

static struct jk_hash128
tokenizer_hash(struct trainer *x)
{
	struct jk_tool *t = &x->tool;
	struct jk_hash128 hash;

	tool_check(t, jk_model_tokenizer_hash(&x->session.model,
	    session_tokenizer(&x->session, t), &hash, &t->err));
	session_forget_tokenizer(&x->session);
	x->origin = jk_origin_json(&x->session.model, hash, &t->err);
	tool_check(t, x->origin ? 0 : -1);
	return hash;
}

/* A model that learns two ways to write a dialogue answers in neither. */
static void
check_templates(struct trainer *x)
{
	struct jk_tool *t = &x->tool;
	const bool differ = x->options.eval_path &&
	    !jk_shard_same_template(x->eval.template, x->data.template);

	if (x->mixed_templates)
		return;
	if (x->data.mixed_templates || x->eval.mixed_templates || differ)
		tool_check(t, jk_fail(&t->err, JK_EDATA, "%s made with "
		    "different chat templates or system texts: make them "
		    "alike, or allow it with --mixed-templates", differ ?
		    jk_tr("the shard and --eval were") :
		    x->data.mixed_templates ? jk_tr("parts of the shard were") :
		    jk_tr("parts of --eval were")));
}

/* Nothing is cut off, so what is too long for the model is not trained on. */
static void
check_lengths(struct jk_tool *t, const struct jk_dataset *d, uint32_t limit)
{
	size_t i, n = 0, first = 0;

	for (i = d->n; i-- > 0;)
		if (d->examples[i].n_tokens > limit) {
			first = i;
			n++;
		}
	if (n)
		tool_check(t, jk_fail(&t->err, JK_EDATA, jk_trn("record %s "
		    "has %u tokens, and the model is made for %u (%zu such "
		    "record); jk-tokenize --max-tokens=%u drops them",
		    "record %s has %u tokens, and the model is made for %u "
		    "(%zu such records); jk-tokenize --max-tokens=%u drops "
		    "them", n), jk_dataset_id(d, first),
		    d->examples[first].n_tokens, limit, n, limit));
}

/* Read the shards; the file that is read as the one to train on, or NULL. */
static const char *
read_data(struct trainer *x)
{
	const uint32_t limit =
	    x->session.model.config.position_limit;
	struct jk_tool *t = &x->tool;
	const char *shard = t->operands.n && strcmp(t->operands.v[0], "-") !=
	    0 ? t->operands.v[0] : NULL, *name = NULL;
	struct jk_hash128 hash = tokenizer_hash(x);

	if (x->link && (!shard || !is_file(t, shard)))
		tool_usage(t, "each rank reads the shard: name a regular file");
	if (!x->resume)
		tool_await(t, "waiting for a token shard on the terminal: name "
		    "a file, or pipe it in from jk-tokenize");
	if (x->out_dir && !x->dry_run && leads(x)) {
		tool_check(t, jk_run_folder_open(&x->folder, x->out_dir,
		    x->force ? JK_RUN_FORCE : x->resume ? JK_RUN_RESUME :
		    JK_RUN_NEW, &t->err));
		tool_check(t, jk_run_folder_shard(&x->folder, shard, &shard,
		    &name, &t->err));
	}
	tool_check(t, jk_dataset_read(&x->data, shard, name, hash, &x->header,
	    &t->err));
	if (x->options.eval_path)
		tool_check(t, jk_dataset_read(&x->eval, x->options.eval_path,
		    NULL, hash, NULL, &t->err));
	check_templates(x);
	if (x->data.weighted)
		tool_note(t, "records have weights: the loss is the weighted "
		    "mean of their tokens");
	check_lengths(t, &x->data, limit);
	check_lengths(t, &x->eval, limit);
	if (x->smoke)
		jk_dataset_truncate(&x->data, (size_t)x->smoke);
	return shard && is_file(t, shard) ? shard : NULL;
}

/* Whether the run to resume has ended: nothing is left to do. */
static bool
already_finished(struct trainer *x)
{
	struct jk_tool *t = &x->tool;
	struct jk_buf device = JK_BUF_INIT;
	const char *now = jk_buf_str(&x->session.dev->description);
	int r = x->resume && !x->dry_run ? jk_description_finished(x->out_dir,
	    x->identity, &device, &t->err) : 0;

	tool_check(t, r);
	if (!r && device.len && strcmp(jk_buf_str(&device), now) != 0)
		tool_warn(t, "begun on \"%s\", goes on on \"%s\": numbers can "
		    "differ in their last digits from a run that was on one",
		    jk_buf_str(&device), now);
	jk_buf_release(&device);
	if (r) {
		tool_check(t, jk_run_folder_end(&x->folder, &t->err));
		tool_note(t, "%s: already finished", x->out_dir);
	}
	return r;
}

/* The others are not needed any more. */
static void
dismiss(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_share_dismiss(&x->run, &t->err));
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
	json_decref(x->header);
	json_decref(x->identity);
	json_decref(x->origin);
	session_close(&x->session);
}

/* New files stand beside the ones that they replace for a while. */
static void
check_disk(struct trainer *x)
{
	const struct jk_optimizer *o = &x->run.optimizer;
	const uint64_t adapter = 4 * x->run.lora.n_params;
	const uint64_t all = adapter * (x->options.eval_path ? 2 : 1) +
	    adapter + o->state_bytes;

	tool_check(&x->tool, jk_disk_check(x->folder.fd, x->out_dir,
	    all + (x->resume ? 0 : adapter + o->state_bytes), &x->tool.err));
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
	tell_aside(x);
	if (x->link && jk_mpi_has_lost(x->link, &t->err))
		tool_die(t, &t->err);
	/* another rank may have had the signal */
	if (!stop)
		stop = SIGTERM;
	if (x->link && x->link->cut)
		jk_mpi_abort(x->link, 128 + stop);
	dismiss(x);
	jk_train_release(&x->run);
	close_all(x);
	signal(stop, SIG_DFL);
	raise(stop);
	exit(128 + stop);
}

/* Rank 0, or the only process. */
static void
lead(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	if (x->out_dir)
		check_disk(x);
	if (x->options.init_path)
		tool_check(t, jk_train_from_adapter(&x->run, &x->init,
		    &t->err));
	if (x->resume)
		tool_check(t, jk_checkpoint_load(x->out_dir, &x->run.state,
		    x->identity, &x->run.optimizer, &t->err));
	if (!run(x))
		end_stopped(x);
	dismiss(x);
	if (x->out_dir) {
		save_description(x, true);
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
		.dir = x->out_dir, .identity = x->identity, .stop = &stop,
		.report = report, .saved = saved, .ctx = x, .link = x->link };
	tool_check(t, jk_weights_load(&x->weights, &s->model, s->dev,
	    s->precision, 1u << JK_WEIGHT_MATRIX, longest(x) + 1, &t->err));
	jk_model_forget(&s->model);
	jk_weights_drop_copies(&x->weights, &s->model);
	malloc_trim(0);
	tool_check(t, jk_train_init(&x->run, plan, &t->err));
	if (leads(x)) {
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
	uint64_t word = leads(x) && already_finished(x) ? no_run :
	    checkpoint_limit(x);
	struct jk_tool *t = &x->tool;

	if (x->link)
		tool_check(t, jk_link_broadcast(x->link, &word, sizeof word,
		    &t->err));
	return word;
}

/* Other ranks that a launcher has started, if any. */
static void
meet_ranks(struct trainer *x)
{
	struct jk_tool *t = &x->tool;

	tool_check(t, jk_ranks_open(&x->options, &stop, SIGTERM, &x->link,
	    &t->err));
	if (!x->link)
		return;
	if (!leads(x)) {
		snprintf(x->name, sizeof x->name, "%s[%u]", t->name,
		    x->link->rank);
		t->name = x->name;
		t->quiet = true;
		x->out_dir = NULL;
	}
	if (x->dry_run)
		tool_usage(t, "--dry-run is for one process");
	tool_check(t, jk_ranks_place(x->link, &x->session.nth, &t->n_threads,
	    &t->err));
}

/* That the others have what rank 0 has. */
static void
agree(struct trainer *x)
{
	struct jk_buf others = JK_BUF_INIT;
	struct jk_tool *t = &x->tool;

	if (!x->link)
		return;
	tool_note(t, jk_trn("%u rank, %u shares of a step",
	    "%u ranks, %u shares of a step", x->link->n), x->link->n,
	    x->options.shares);
	tool_check(t, jk_ranks_agree(x->link, &x->options, x->identity,
	    x->session.dev, &others, &t->err));
	tool_check(t, jk_buf_check(&others, &t->err));
	if (others.len)
		tool_warn(t, "ranks differ:\n%s", jk_buf_str(&others));
	jk_buf_release(&others);
	tool_check(t, jk_ranks_divide_memory(x->link, x->session.dev,
	    &x->options, &t->err));
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
		    { tool_threads_opts, &x.tool, NULL },
		    { looking_opts, &x, NULL } },
		.version = jk_dev_version, .abandon = abandon,
		.leave = leave },
		.folder = { .fd = -1 } };
	struct jk_tool *t = &x.tool;
	uint64_t limit;

	tool_start(t, argc, argv);
	check_usage(&x);
	/* hours of work are not lost with whoever read the messages */
	if (!x.dry_run)
		signal(SIGPIPE, SIG_IGN);
	meet_ranks(&x);
	session_open_model(&x.session, t);
	if (x.options.init_path)
		x.session.training = session_training(&x.session, t,
		    x.options.init_path);
	tool_check(t, jk_train_settle(&x.options, x.smoke,
	    &x.session.model.config, &x.init, &t->err));
	session_open_device(&x.session, t);
	if (x.profile)
		tool_check(t, jk_dev_time(x.session.dev, &t->err));
	make_identity(&x, read_data(&x));
	agree(&x);
	limit = begin_with(&x);
	if (limit != no_run)
		plan_and_train(&x, (uint32_t)limit);
	jk_run_folder_close(&x.folder);
	close_all(&x);
	return tool_finish(t);
}
