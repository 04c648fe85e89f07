/* jk-merge: a model and an adapter as one model.  See jk-merge(1). */

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev/open.h"
#include "model/folder.h"
#include "model/hub.h"
#include "model/merge.h"
#include "model/training.h"
#include "nn/gen_io.h"
#include "nn/trial.h"
#include "tool.h"

static const char *model_spec, *adapter_path, *out_path, *type_name;
static bool force, adapter_only;
static long long n_threads;

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'm', "model", &model_spec, "MODEL",
	  "a folder, a .gguf file, org/name", 0, 0 },
	{ JK_OPT_STRING, 'a', "adapter", &adapter_path, "ADAPTER",
	  "a PEFT folder, or a GGUF LoRA", 0, 0 },
	{ JK_OPT_STRING, 'o', "out", &out_path, "PATH",
	  "the result: a folder, or FILE.gguf", 0, 0 },
	{ JK_OPT_FLAG, 0, "adapter-only", &adapter_only, NULL,
	  "write the adapter as GGUF LoRA, nothing merged", 0, 0 },
	{ JK_OPT_CHOICE, 't', "type", &type_name, "bf16|f16|f32|q8_0",
	  "of the matrices (bf16; f32 with --adapter-only)", 0, 0 },
	{ JK_OPT_FLAG, 0, "force", &force, NULL, "overwrite", 0, 0 },
	{ JK_OPT_INT, 'j', "threads", &n_threads, "N",
	  "threads (as many as processors)", 1, 1024 },
	{ JK_OPT_END, 0, NULL, NULL, NULL, NULL, 0, 0 }
};

static struct jk_tool tool = {
	.name = "jk-merge",
	.usage = "--model=MODEL --adapter=ADAPTER --out=PATH [OPTION]...",
	.summary = "Merge an adapter into its model, and check the result.",
	.opts = opts,
	.version = jk_dev_version
};

static struct jk_err error;
static struct jk_err *const err = &error;

static void
check(int result)
{
	if (result < 0)
		tool_die(&tool, err);
}

/* --- what is written, and where until it has been tried */

static char target[PATH_MAX];
static char written[PATH_MAX + 32];
static char unfinished[32];	/* what jk_file puts behind a name */
static bool to_gguf, exists, named;

/* Never over what is read. */
static void
refuse_input(const char *option, const char *spec, const char *path)
{
	if (jk_folder_overlaps(target, path))
		tool_usage(&tool, "--out=%s would come over %s=%s: take "
		    "another name", out_path, option, spec);
}

static void
refuse_inputs(void)
{
	char *model = jk_hub_resolve(model_spec, err);

	check(model ? 0 : -1);
	refuse_input("--model", model_spec, model);
	refuse_input("--adapter", adapter_path, adapter_path);
	free(model);
}

/* Before any work: whether --out can take the result. */
static void
check_out(void)
{
	size_t n = strlen(out_path);
	struct stat st;

	while (n > 1 && out_path[n - 1] == '/')
		n--;
	/* room for the names of a folder's files, and for temporary ones */
	if (n > sizeof target - 64) {
		errno = ENAMETOOLONG;
		check(jk_fail_errno(err, "%s", out_path));
	}
	memcpy(target, out_path, n);
	if (stat(target, &st) < 0) {
		if (errno != ENOENT)
			check(jk_fail_errno(err, "%s", out_path));
		if (lstat(target, &st) == 0)
			tool_usage(&tool, "%s is a link to nothing", out_path);
		return;
	}
	exists = true;
	if (to_gguf ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		tool_usage(&tool, "%s exists, but is no %s", out_path,
		    to_gguf ? "regular file" : "folder");
	refuse_inputs();
	if (!force)
		tool_usage(&tool, "%s exists; take --force", out_path);
	if (!to_gguf) {
		check(jk_folder_check(target, err));
		return;
	}
	/* a link stays, as with cp: what it names is replaced */
	if (!realpath(out_path, target))
		check(jk_fail_errno(err, "%s", out_path));
}

static void
remove_file(const char *slash, const char *name)
{
	char path[sizeof written + 64], *end;

	end = stpcpy(stpcpy(stpcpy(path, written), slash), name);
	unlink(path);
	stpcpy(end, unfinished);
	unlink(path);
}

/* Signals call it: only what is async-signal-safe may stand here. */
static void
remove_written(void)
{
	size_t i;

	if (named)
		return;
	if (to_gguf) {
		remove_file("", "");
		return;
	}
	for (i = 0; jk_folder_files[i]; i++)
		remove_file("/", jk_folder_files[i]);
	rmdir(written);
}

static void
on_signal(int number)
{
	remove_written();
	signal(number, SIG_DFL);
	raise(number);
}

/* What ends an answer, and the chat template, if jk-train wrote the adapter. */
static void
take_training(struct jk_model *m, const struct jk_tokenizer *t)
{
	json_t *training = NULL;
	int r;

	check(jk_gen_training(adapter_path, &training, err));
	r = jk_model_take_training(m, training, t, err);
	check(r < 0 ? jk_fail_prefix(err, "%s", adapter_path) : r);
	if (adapter_only && (m->new_ends || m->new_template))
		tool_warn(&tool, "%s cannot hold the adapter's %s%s%s; a "
		    "merged model does", out_path, m->new_ends ?
		    "end tokens" : "", m->new_ends && m->new_template ?
		    " and " : "", m->new_template ? "chat template" : "");
	json_decref(training);
}

static void
write_result(const struct jk_model *m, const struct jk_tokenizer *t,
    const struct jk_adapter *a, enum jk_dtype dtype)
{
	int pid = (int)getpid();

	/* an existing folder may be a link, or a file system of its own */
	snprintf(written, sizeof written, to_gguf ? "%s.tmp-%d.gguf" :
	    exists ? "%s/tmp-%d" : "%s.tmp-%d", target, pid);
	snprintf(unfinished, sizeof unfinished, ".tmp-%d", pid);
	tool_on_end(on_signal);
	atexit(remove_written);
	if (!to_gguf && mkdir(written, 0777) < 0 && errno != EEXIST)
		check(jk_fail_errno(err, "%s", out_path));
	if (adapter_only) {
		check(jk_adapter_write_gguf(written, m, a, dtype, err));
	} else if (to_gguf) {
		check(jk_merge_write_gguf(written, m, t, a, dtype, err));
	} else {
		check(jk_merge_write(written, m, a, dtype, err));
		check(jk_folder_put_tokenizer(written, m, t, err));
		check(jk_folder_put_config(written, m, dtype, err));
	}
}

static void
give_name(void)
{
	int r;

	/* a few renames, not to be cut short; what fails to move is kept */
	tool_on_end(SIG_IGN);
	named = true;
	if (!to_gguf)
		r = jk_folder_move(written, target, err);
	else if (rename(written, target) < 0)
		r = jk_fail_errno(err, "%s", out_path);
	else
		r = jk_sync_folder(target, err);
	if (r < 0 && access(written, F_OK) == 0)
		jk_fail_prefix(err, "the result is good, but %s could not be "
		    "moved", written);
	check(r);
}

/* --- trying it */

static struct jk_ids ids;	/* of the trial's text */

/* Before anything is written. */
static void
check_ids(const struct jk_model *m)
{
	size_t i;

	for (i = 0; i < ids.n; i++)
		if (ids.v[i] >= m->config.vocab_size)
			check(jk_fail(err, JK_EDATA, "%s: the tokenizer gives "
			    "token %u, which has no row in the embedding of %u",
			    m->path, ids.v[i], m->config.vocab_size));
}

/* The tokenizer that was written must be the model's. */
static void
compare_tokenizers(const struct jk_tokenizer *t, const struct jk_model *m)
{
	struct jk_tokenizer *other = jk_model_tokenizer(m, err);
	struct jk_hash128 want, got;
	struct jk_ids again;

	check(other ? 0 : -1);
	check(jk_tokenizer_hash(t, m->config.vocab_size, &want, err));
	check(jk_tokenizer_hash(other, m->config.vocab_size, &got, err));
	check(jk_trial_ids(other, &again, err));
	if (again.n != ids.n || memcmp(again.v, ids.v, ids.n *
	    sizeof *ids.v) != 0)
		check(jk_fail(err, JK_EDATA, "the tokenizer that was written "
		    "gives other ids than the model's"));
	if (memcmp(&want, &got, sizeof want) != 0)
		tool_warn(&tool, "%s cannot hold all of the tokenizer: ids of "
		    "unusual text may differ, shards of the one are refused "
		    "with the other", out_path);
	jk_ids_release(&again);
	jk_tokenizer_free(other);
}

/* Read back what was written. */
static void
verify(const struct jk_model *m, const struct jk_tokenizer *t,
    const struct jk_adapter *a, double limit)
{
	struct jk_adapter alone;
	struct jk_model merged;
	float *base, *want, *got;
	struct jk_trial trial;
	int r;

	check(jk_trial_logits(m, a, &ids, (int)n_threads, &base, &want, err));
	if (adapter_only) {
		check(jk_adapter_open(&alone, written, &m->config, err));
		check(jk_trial_logits(m, &alone, &ids, (int)n_threads, NULL,
		    &got, err));
		jk_adapter_close(&alone);
	} else {
		check(jk_model_open(&merged, written, JK_MODEL_ALL, err));
		compare_tokenizers(t, &merged);
		check(jk_trial_logits(&merged, NULL, &ids, (int)n_threads,
		    &got, NULL, err));
		jk_model_close(&merged);
	}
	r = jk_trial_compare(got, base, want, ids.n * m->config.vocab_size,
	    limit, &trial, err);
	if (isfinite(trial.off))
		tool_note(&tool, "logits on %zu tokens: the largest "
		    "difference from base and adapter is %.3g, %.2g of the "
		    "largest logit", ids.n, trial.off, trial.share);
	check(r);
	free(base);
	free(want);
	free(got);
}

/* --- the command line */

static enum jk_dtype
choose_type(void)
{
	const char *name = type_name ? type_name : adapter_only ? "f32" :
	    "bf16";

	if (strcmp(name, "q8_0") == 0) {
		if (!to_gguf)
			tool_usage(&tool, "q8_0 is for GGUF: give "
			    "--out=FILE.gguf");
		return JK_Q8_0;
	}
	return strcmp(name, "f32") == 0 ? JK_F32 : strcmp(name, "f16") == 0 ?
	    JK_F16 : JK_BF16;
}

int
main(int argc, char **argv)
{
	/* rounding of the weights: 24, 11, 8 and about 8 bits */
	static const double limits[] = { [JK_F32] = 1e-4, [JK_F16] = 1e-2,
		[JK_BF16] = 1e-1, [JK_Q8_0] = 1e-1 };
	struct jk_model model;
	struct jk_adapter adapter;
	struct jk_tokenizer *t;
	enum jk_dtype dtype;
	size_t n;

	tool_start(&tool, argc, argv);
	/* notes that nobody reads are no reason to give up the result */
	signal(SIGPIPE, SIG_IGN);
	if (tool.operands.n > 0)
		tool_usage(&tool, "unknown operand '%s'",
		    tool.operands.v[0]);
	if (!model_spec || !adapter_path || !out_path || !*out_path)
		tool_usage(&tool, "--model, --adapter and --out are needed");
	if (n_threads)
		omp_set_num_threads((int)n_threads);
	if (strcmp(out_path, "-") == 0)
		tool_usage(&tool, "a model cannot go to standard output: give "
		    "--out=FILE.gguf or --out=FOLDER");
	n = strlen(out_path);
	to_gguf = n > 5 && strcmp(out_path + n - 5, ".gguf") == 0;
	if (adapter_only && !to_gguf)
		tool_usage(&tool, "--adapter-only writes GGUF: give "
		    "--out=FILE.gguf");
	dtype = choose_type();
	check_out();
	check(jk_model_open(&model, model_spec, JK_MODEL_ALL, err));
	check(jk_adapter_open(&adapter, adapter_path, &model.config, err));
	t = jk_model_tokenizer(&model, err);
	check(t ? 0 : -1);
	check(jk_trial_ids(t, &ids, err));
	check_ids(&model);
	take_training(&model, t);
	write_result(&model, t, &adapter, dtype);
	verify(&model, t, &adapter, limits[dtype]);
	give_name();
	jk_ids_release(&ids);
	jk_tokenizer_free(t);
	jk_adapter_close(&adapter);
	jk_model_close(&model);
	return tool_finish(&tool);
}
