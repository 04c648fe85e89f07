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

#include "dev/open.h"
#include "model/folder.h"
#include "tool.h"
#include "train/identity.h"
#include "train/input.h"
#include "train/run_folder.h"
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
	JK_TRAIN_ARGS_RATE(args),
	JK_TRAIN_ARGS_ORDER(args),
	JK_TRAIN_ARGS_SAVING(args),
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
	.opts = opts,
	.version = jk_dev_version
};

static struct jk_model model;
static struct jk_dev *dev;
static struct jk_weights weights;
static struct jk_dataset data, eval;
static struct jk_adapter init;
static json_t *header, *identity;
static enum jk_precision precision;
static struct jk_progress progress;
static struct jk_run_folder folder = { .fd = -1 };
static volatile sig_atomic_t stop;	/* the signal */

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
on_signal(int signal_number)
{
	stop = signal_number;
	signal(signal_number, SIG_DFL);
}

static void
report(void *ctx, const struct jk_train_report *r)
{
	char detail[200];
	struct rusage use;

	(void)ctx;
	getrusage(RUSAGE_SELF, &use);
	snprintf(detail, sizeof detail, "loss %.4f (%.4f), %.0f tokens/s, "
	    "norm %.3f, lr %.2e, %.0f MiB", r->loss, r->smoothed,
	    r->tokens_per_s, r->grad_norm, r->lr,
	    (double)use.ru_maxrss / 1024);
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

static void
close_folder(void)
{
	jk_run_folder_close(&folder);
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static void
make_dir(const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		check(jk_fail_errno(err, "%s", path));
}

static void
make_identity(const char *shard)
{
	const struct jk_train_inputs in = { .args = &args, .shard = shard,
		.smoke = (uint64_t)smoke, .model = &model, .init = &init,
		.dev = dev, .precision = precision };

	identity = jk_identity_new(&in, err);
	check(identity ? 0 : -1);
}

/* Beside the adapter and beside the best one, which is used alike. */
static void
save_description(const struct jk_train *t, bool finished)
{
	char *best = jk_path_join(out_dir, "best", err);
	const struct jk_train_description d = { .identity = identity,
		.header = header, .model = model_spec,
		.command = jk_buf_str(&tool.command),
		.n_steps = t->plan->n_steps, .n_records = data.n,
		.state = &t->state, .finished = finished };

	check(best ? 0 : -1);
	check(jk_description_save(out_dir, &d, err));
	if (args.eval_path) {
		make_dir(best);
		check(jk_description_save(best, &d, err));
	}
	free(best);
}

/* What stands beside the adapter, and beside the best one. */
static void
save_folder(const struct jk_train *t)
{
	struct jk_tokenizer *tokenizer = model.is_gguf ?
	    jk_model_tokenizer(&model, err) : NULL;
	char *best = jk_path_join(out_dir, "best", err);
	int i;

	check(model.is_gguf && !tokenizer ? -1 : 0);
	check(best ? 0 : -1);
	save_description(t, false);
	for (i = 0; i < (args.eval_path ? 2 : 1); i++) {
		const char *dir = i ? best : out_dir;

		check(jk_adapter_save_config(dir, o, model_spec, err));
		check(jk_folder_put_tokenizer(dir, &model, tokenizer, err));
	}
	jk_tokenizer_free(tokenizer);
	free(best);
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
longest(void)
{
	return eval.longest > data.longest ? eval.longest : data.longest;
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
	if (out_dir) {
		check(jk_run_folder_begin(&folder, err));
		save_folder(t);
	}
	tool_on_end(on_signal);
	tool_progress(&tool, &progress, "steps", t->plan->n_steps);
	progress.begun = t->state.step;
	r = jk_train_run(t, err);
	check(r);
	jk_progress_end(&progress);
	if (profile) {
		jk_dev_breakdown(dev, &times);
		fputs(jk_buf_str(&times), stderr);
		jk_buf_release(&times);
	}
	if (smoke && r > 0) {
		check(jk_train_evaluate(t, &data, &after, err));
		tool_note(&tool, "loss on the same %zu records: %.4f before, "
		    "%.4f after: it %s", data.n, before, after,
		    after < before ? "fell" : "did not fall");
		if (!(after < before))
			check(jk_fail(err, JK_EDATA, "the loss did not fall"));
	}
	return r;
}

static void
check_usage(void)
{
	if (tool.operands.n > 1)
		tool_usage(&tool, "one shard at a time (cat makes one of "
		    "several)");
	if (!model_spec)
		tool_usage(&tool, "--model is missing");
	if (!out_dir && !dry_run && !smoke)
		tool_usage(&tool, "--out is missing");
	if (out_dir && !*out_dir)
		tool_usage(&tool, "--out is empty");
	if (resume && force)
		tool_usage(&tool, "--resume and --force: take one of them");
	if (resume && smoke)
		tool_usage(&tool, "--smoke has nothing to --resume");
	if (out_dir && force && args.init_path &&
	    jk_run_folder_would_drop(out_dir, args.init_path))
		tool_usage(&tool, "--force would remove --init=%s: take "
		    "another --out", args.init_path);
	if (out_dir && force && args.eval_path &&
	    jk_run_folder_would_drop(out_dir, args.eval_path))
		tool_usage(&tool, "--force would remove --eval=%s: take "
		    "another --out", args.eval_path);
	if (args.eval_path && access(args.eval_path, F_OK) == 0 &&
	    !is_file(args.eval_path))
		tool_usage(&tool, "--eval=%s: not a regular file (it is read "
		    "again)", args.eval_path);
}

/* Read the shards; the file that is read as the one to train on, or NULL. */
static const char *
read_data(void)
{
	const char *shard = tool.operands.n && strcmp(tool.operands.v[0],
	    "-") != 0 ? tool.operands.v[0] : NULL, *name = NULL;
	struct jk_hash128 hash = tokenizer_hash();

	if (out_dir && !dry_run) {
		check(jk_run_folder_open(&folder, out_dir, force ?
		    JK_RUN_FORCE : resume ? JK_RUN_RESUME : JK_RUN_NEW, err));
		check(jk_run_folder_shard(&folder, shard, &shard, &name,
		    err));
	}
	check(jk_dataset_read(&data, shard, name, hash, &header, err));
	if (args.eval_path)
		check(jk_dataset_read(&eval, args.eval_path, NULL, hash, NULL,
		    err));
	if (longest() > model.config.max_position_embeddings)
		tool_warn(&tool, "the longest record has %u tokens, the model "
		    "is made for %u", longest(),
		    model.config.max_position_embeddings);
	if (smoke)
		jk_dataset_truncate(&data, (size_t)smoke);
	return shard && is_file(shard) ? shard : NULL;
}

/* Whether the run to resume has ended: nothing is left to do. */
static bool
already_finished(void)
{
	int r = resume && !dry_run ? jk_description_finished(out_dir, identity,
	    err) : 0;

	check(r);
	if (r) {
		check(jk_run_folder_end(&folder, err));
		tool_note(&tool, "%s: already finished", out_dir);
	}
	return r;
}

static void
train(struct jk_train *t, struct jk_train_plan *plan)
{
	check(jk_weights_load(&weights, &model, dev, precision,
	    1u << JK_WEIGHT_MATRIX, longest() + 1, err));
	jk_model_forget(&model);
	jk_weights_drop_copies(&weights, &model);
	malloc_trim(0);
	check(jk_train_init(t, plan, err));
	if (args.init_path)
		check(jk_train_from_adapter(t, &init, err));
	if (resume)
		check(jk_checkpoint_load(out_dir, &t->state, identity,
		    &t->optimizer, err));
	if (!run(t)) {
		tool_note(&tool, "stopped after step %llu%s",
		    (unsigned long long)t->state.step, out_dir && !smoke ?
		    "; --resume goes on" : "");
		raise(stop);
	}
	if (out_dir) {
		save_description(t, true);
		check(jk_run_folder_end(&folder, err));
	}
	jk_train_release(t);
}

int
main(int argc, char **argv)
{
	struct jk_train_plan plan;
	struct jk_train t = { .weights = &weights, .data = &data,
		.stop = &stop, .report = report };

	tool_start(&tool, argc, argv);
	check_usage();
	/* hours of work are not lost with whoever read the messages */
	if (!dry_run)
		signal(SIGPIPE, SIG_IGN);
	atexit(close_folder);
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, err));
	take_options();
	check(jk_dev_open(args.device, (int)args.n_threads, &dev, err));
	check(jk_dev_precision(dev, args.precision, &precision, err));
	if (profile)
		check(jk_dev_time(dev, err));
	tool_note(&tool, "%s; %s", jk_buf_str(&dev->description),
	    precision == JK_PRECISION_BF16 ? "bf16" : "f32");
	make_identity(read_data());
	if (already_finished())
		return tool_finish(&tool);
	make_plan(&plan);
	if (dry_run) {
		print_plan(&plan);
	} else {
		t.options = *o;
		t.eval = args.eval_path ? &eval : NULL;
		t.dir = out_dir;
		t.identity = identity;
		train(&t, &plan);
	}
	jk_train_plan_release(&plan);
	return tool_finish(&tool);
}
