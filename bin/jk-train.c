/* jk-train: LoRA fine-tuning.  See jk-train(1). */

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/folder.h"
#include "tool.h"
#include "train/identity.h"
#include "train/input.h"
#include "train/train.h"

static struct jk_train_args args = JK_TRAIN_ARGS_DEFAULTS;
static struct jk_train_options *const o = &args.o;
static const char *model_spec, *out_dir;
static bool resume, force, dry_run, profile;
static long long smoke;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_STRING, 'o', "out", &out_dir, "DIR", "the adapter's folder",
	  0, 0 },
	{ JK_OPT_STRING, 0, "eval", &args.eval_path, "SHARD",
	  "evaluate on it; keep the best adapter as well", 0, 0 },
	{ JK_OPT_STRING, 0, "init", &args.init_path, "ADAPTER",
	  "go on from an adapter", 0, 0 },
	JK_TRAIN_ARGS_ADAPTER(args),
	{ JK_OPT_GROUP, .help = "Steps:" },
	JK_TRAIN_ARGS_BATCH(args),
	{ JK_OPT_REAL, 0, "lr", &args.o.lr, "X", "learning rate (1e-4)", 0,
	  1e9 },
	{ JK_OPT_CHOICE, 0, "schedule", &args.schedule,
	  "linear|cosine|constant", "of the rate", 0, 0 },
	{ JK_OPT_INT, 0, "warmup-steps", &args.warmup_steps, "N",
	  "instead of the ratio", 0, 1e9 },
	{ JK_OPT_REAL, 0, "warmup-ratio", &args.o.warmup_ratio, "X",
	  "of the steps (0.03)", 0, 1 },
	JK_TRAIN_ARGS_ORDER(args),
	{ JK_OPT_GROUP, .help = "Evaluation and saving, in steps:" },
	{ JK_OPT_INT, 0, "eval-every", &args.eval_every, "N", "(each epoch)",
	  1, 1e9 },
	{ JK_OPT_INT, 0, "save-every", &args.save_every, "N", "(each epoch)",
	  1, 1e9 },
	{ JK_OPT_INT, 0, "log-every", &args.log_every, "N", "(1)", 1, 1e9 },
	{ JK_OPT_INT, 0, "patience", &args.patience, "N",
	  "stop after N evaluations without a better one", 1, 1e6 },
	{ JK_OPT_FLAG, 0, "resume", &resume, NULL,
	  "go on from the last checkpoint, if there is one", 0, 0 },
	{ JK_OPT_FLAG, 0, "force", &force, NULL,
	  "overwrite an earlier run", 0, 0 },
	JK_TRAIN_ARGS_MACHINE(args),
	{ JK_OPT_GROUP, .help = "Looking first:" },
	{ JK_OPT_FLAG, 0, "dry-run", &dry_run, NULL,
	  "print the memory plan and end", 0, 0 },
	{ JK_OPT_INT, 0, "smoke", &smoke, "N",
	  "train on N records; does the loss fall?", 1, 1e9 },
	{ JK_OPT_FLAG, 0, "profile", &profile, NULL,
	  "print where the time went", 0, 0 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-train",
	.usage = "--model=MODEL --out=DIR [OPTION]... [SHARD]",
	.summary = "Fine-tune a model with LoRA.",
	.opts = opts
};

static struct jk_model model;
static struct jk_dev *dev;
static struct jk_weights weights;
static struct jk_dataset data, eval;
static struct jk_adapter init;
static json_t *header, *identity;
static enum jk_precision precision;
static struct jk_progress progress;
static volatile sig_atomic_t interrupted;

static struct jk_err error;
static struct jk_err *const err = &error;

static void
check(int result)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* The first one ends the run after its step, the second one at once. */
static void
on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
	signal(SIGINT, SIG_DFL);
}

static void
report(void *ctx, const struct jk_train_report *r)
{
	char detail[200];
	struct rusage use;

	(void)ctx;
	getrusage(RUSAGE_SELF, &use);
	snprintf(detail, sizeof detail, "loss %.4f (%.4f) lr %.2e norm %.3f "
	    "%.0f tokens/s %.0f MiB", r->loss, r->smoothed, r->lr,
	    r->grad_norm, r->tokens_per_s, (double)use.ru_maxrss / 1024);
	jk_progress_at(&progress, r->step, detail);
	if (r->is_eval)
		tool_note(&tool, "step %llu: evaluation loss %.4f, perplexity "
		    "%.2f%s", (unsigned long long)r->step, r->eval_loss,
		    exp(r->eval_loss), r->is_best ? ", the best so far" : "");
}

static void
take_options(void)
{
	check(jk_train_args_take(&args, &model.config, &init, err));
	if (smoke) {
		o->schedule = JK_SCHEDULE_CONSTANT;
		o->warmup_steps = 0;
		o->epochs = args.epochs ? (uint32_t)args.epochs : 10;
	}
}

static struct jk_hash128
tokenizer_hash(void)
{
	struct jk_tokenizer *t = jk_model_tokenizer(&model, err);
	struct jk_hash128 hash;

	check(t ? 0 : -1);
	check(jk_model_tokenizer_hash(&model, t, &hash, err));
	jk_tokenizer_free(t);
	/* a large vocabulary's memory would stay with the process */
	malloc_trim(0);
	return hash;
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static const char *
in_out(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", out_dir, name);
	return path;
}

static void
make_dir(const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		check(jk_fail_errno(err, "%s", path));
}

/* Take an earlier run's files away, those by which a run could go on first. */
static void
clear_out(void)
{
	static const char *const names[] = { "checkpoint.safetensors",
		"data.shard", "jk-train.json", "adapter_model.safetensors",
		"best/adapter_model.safetensors", "log.jsonl" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (unlink(in_out(names[i])) < 0 && errno != ENOENT)
			check(jk_fail_errno(err, "%s", in_out(names[i])));
}

/* The shard's path; a piped one is spooled, so that a run can go on. */
static const char *
prepare_out(const char *shard)
{
	static char spooled[4096];

	if (!out_dir)
		return shard;
	if (exists(out_dir) && !resume && !force)
		tool_usage(&tool, "%s exists; take --resume or --force",
		    out_dir);
	make_dir(out_dir);
	if (force && !resume)
		clear_out();
	if (shard)
		return shard;
	if (!exists(in_out("data.shard")))
		check(jk_spool_stdin(in_out("data.shard"), err));
	snprintf(spooled, sizeof spooled, "%s", in_out("data.shard"));
	return spooled;
}

static void
make_identity(const char *shard)
{
	const struct jk_train_inputs in = { &args, shard, &model, &init, dev,
		precision };

	identity = jk_identity_new(&in, err);
	check(identity ? 0 : -1);
}

static void
save_description(const struct jk_train *t, bool finished)
{
	const struct jk_train_description d = { .identity = identity,
		.header = header, .model = model_spec,
		.command = jk_buf_str(&tool.command),
		.n_steps = t->plan->n_steps, .n_records = data.n,
		.state = &t->state, .finished = finished };

	check(jk_description_save(out_dir, &d, err));
}

/* An earlier run that ended: nothing is left to do. */
static bool
already_finished(void)
{
	int r = resume && out_dir ? jk_description_finished(out_dir, identity,
	    err) : 0;

	check(r);
	return r;
}

/* What stands beside the adapter, and beside the best one. */
static void
save_folder(const struct jk_train *t)
{
	struct jk_tokenizer *tokenizer = model.is_gguf ?
	    jk_model_tokenizer(&model, err) : NULL;
	char best[4096];
	int i;

	check(model.is_gguf && !tokenizer ? -1 : 0);
	save_description(t, false);
	snprintf(best, sizeof best, "%s/best", out_dir);
	for (i = 0; i < (args.eval_path ? 2 : 1); i++) {
		const char *dir = i ? best : out_dir;

		if (i)
			make_dir(dir);
		check(jk_adapter_save_config(dir, o, model_spec, err));
		check(jk_folder_put_tokenizer(dir, &model, tokenizer, err));
	}
	jk_tokenizer_free(tokenizer);
	/* a large vocabulary's memory would stay with the process */
	malloc_trim(0);
	if (model.is_gguf)
		jk_model_forget(&model);
}

static void
make_plan(struct jk_train_plan *plan)
{
	struct jk_train_memory m = { &model, dev, precision, &data,
		args.eval_path ? &eval : NULL };
	struct jk_train_state state = { 0 };

	if (resume && out_dir)
		check(jk_checkpoint_peek(out_dir, &state, identity, err));
	check(jk_train_plan(plan, o, &m, state.max_rows, err));
}

static void
print_plan(const struct jk_train_plan *plan)
{
	struct jk_buf b = JK_BUF_INIT;

	jk_train_plan_print(plan, o, &b);
	check(jk_buf_check(&b, err));
	check(jk_out_write(&tool.out, b.data, b.len, err));
	jk_buf_release(&b);
}

static uint32_t
n_positions(void)
{
	return (eval.longest > data.longest ? eval.longest : data.longest) +
	    1;
}

/* Train; whether it came to its end. */
static bool
run(struct jk_train *t)
{
	struct jk_buf times = JK_BUF_INIT;
	double before = 0, after = 0;
	int r;

	if (smoke)
		check(jk_train_evaluate(t, &data, &before, err));
	if (out_dir)
		save_folder(t);
	signal(SIGINT, on_interrupt);
	tool_progress(&tool, &progress, "steps", t->plan->n_steps);
	r = jk_train_run(t, err);
	check(r);
	jk_progress_end(&progress);
	if (profile) {
		jk_dev_breakdown(dev, &times);
		fputs(jk_buf_str(&times), stderr);
		jk_buf_release(&times);
	}
	if (smoke) {
		check(jk_train_evaluate(t, &data, &after, err));
		tool_note(&tool, "loss on the same %zu records: %.4f before, "
		    "%.4f after: it %s", data.n, before, after,
		    after < before ? "fell" : "did not fall");
		if (!(after < before))
			check(jk_fail(err, JK_EDATA, "the loss did not fall"));
	}
	return r;
}

int
main(int argc, char **argv)
{
	struct jk_train_plan plan;
	const char *shard;

	tool_start(&tool, argc, argv);
	if (tool.operands.n > 1)
		tool_usage(&tool, "one shard at a time (cat makes one of "
		    "several)");
	if (!model_spec)
		tool_usage(&tool, "--model is missing");
	if (!out_dir && !dry_run && !smoke)
		tool_usage(&tool, "--out is missing");
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, err));
	take_options();
	check(jk_dev_open(args.device, (int)args.n_threads, &dev, err));
	check(jk_dev_precision(dev, args.precision, &precision, err));
	if (profile)
		check(jk_dev_time(dev, err));
	tool_note(&tool, "%s; %s", jk_buf_str(&dev->description),
	    precision == JK_PRECISION_BF16 ? "bf16" : "f32");
	shard = tool.operands.n && strcmp(tool.operands.v[0], "-") != 0 ?
	    tool.operands.v[0] : NULL;
	if (dry_run)
		out_dir = NULL;
	shard = prepare_out(shard);
	{
		struct jk_hash128 hash = tokenizer_hash();

		check(jk_dataset_read(&data, shard, hash, &header, err));
		if (args.eval_path)
			check(jk_dataset_read(&eval, args.eval_path, hash, NULL,
			    err));
	}
	if (smoke)
		jk_dataset_truncate(&data, (size_t)smoke);
	make_identity(shard);
	make_plan(&plan);
	if (dry_run) {
		print_plan(&plan);
		jk_train_plan_release(&plan);
		return tool_finish(&tool);
	}
	if (already_finished()) {
		tool_note(&tool, "%s: already finished", out_dir);
		jk_train_plan_release(&plan);
		return tool_finish(&tool);
	}
	check(jk_weights_load(&weights, &model, dev, precision,
	    1u << JK_WEIGHT_MATRIX, n_positions(), err));
	jk_model_forget(&model);
	jk_weights_drop_copies(&weights, &model);
	malloc_trim(0);
	struct jk_train t = { .options = *o, .weights = &weights,
		.data = &data, .eval = args.eval_path ? &eval : NULL,
		.dir = out_dir, .identity = identity, .stop = &interrupted,
		.report = report };
	check(jk_train_init(&t, &plan, err));
	if (args.init_path)
		check(jk_train_from_adapter(&t, &init, err));
	if (resume && out_dir)
		check(jk_checkpoint_load(out_dir, &t.state, identity,
		    &t.optimizer, err));
	if (!run(&t)) {
		tool_note(&tool, "stopped after step %llu; --resume goes on",
		    (unsigned long long)t.state.step);
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	if (out_dir) {
		save_description(&t, true);
		unlink(in_out("checkpoint.safetensors"));
		unlink(in_out("data.shard"));
	}
	jk_train_release(&t);
	return tool_finish(&tool);
}
