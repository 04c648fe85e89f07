/* jk-merge: a model and an adapter as one model.  See jk-merge(1). */

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "chat/chat.h"
#include "model/adapter_open.h"
#include "model/folder.h"
#include "model/hub.h"
#include "model/merge.h"
#include "model/open.h"
#include "model/training.h"
#include "nn/gen_io.h"
#include "nn/trial.h"
#include "session.h"
#include "threads.h"

struct merge {
	struct jk_tool tool;
	struct session session;
	/* options */
	const char *out_path, *type_name;
	bool force, adapter_only;
	/* --- */
	enum jk_dtype dtype;
	struct jk_progress progress;
	struct jk_ids ids;	/* of the trial's text */
};

#define IN(member) JK_OPT_IN(struct merge, member)

static const struct jk_opt opts[] = {
	{ JK_OPT_STRING, 'o', "out", IN(out_path), "PATH",
	  "the result: a folder, or FILE.gguf", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "adapter-only", IN(adapter_only), NULL,
	  "write the adapter as GGUF LoRA, nothing merged", 0, 0, NULL },
	{ JK_OPT_CHOICE, 't', "type", IN(type_name), "bf16|f16|f32|q8_0",
	  "of the matrices (bf16; f32 with --adapter-only)", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "force", IN(force), NULL, "overwrite", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

/* --- what is written, and where until it has been tried */

/* A signal's handler looks at it. */
static struct {
	char target[PATH_MAX];
	char written[PATH_MAX + 32];
	char unfinished[32];	/* what jk_file puts behind a name */
	bool to_gguf, exists, named;
} out;

/* Never over what is read. */
static void
refuse_input(struct merge *m, const char *option, const char *spec,
    const char *path)
{
	if (jk_folder_overlaps(out.target, path))
		tool_usage(&m->tool, "--out=%s would come over %s=%s: take "
		    "another name", m->out_path, option, spec);
}

static void
refuse_inputs(struct merge *m)
{
	const struct session *s = &m->session;
	char *model = jk_hub_resolve(s->model_spec, &m->tool.err);

	tool_check(&m->tool, model ? 0 : -1);
	refuse_input(m, "--model", s->model_spec, model);
	refuse_input(m, "--adapter", s->adapter_path, s->adapter_path);
	free(model);
}

/* A folder that is a model and an adapter is read as one here, the other there. */
static void
refuse_adapter(struct merge *m)
{
	struct jk_tool *t = &m->tool;
	char *path = jk_path_join(out.target, JK_ADAPTER_CONFIG_FILE, &t->err);
	struct stat st;

	tool_check(t, path ? 0 : -1);
	if (stat(path, &st) == 0)
		tool_usage(t, "--out=%s is an adapter's folder: take "
		    "another name", m->out_path);
	if (errno != ENOENT)
		tool_check(t, jk_fail_errno(&t->err, "%s", path));
	free(path);
}

/* Before any work: whether --out can take the result. */
static void
check_out(struct merge *m)
{
	size_t n = strlen(m->out_path);
	struct jk_tool *t = &m->tool;
	struct stat st;

	while (n > 1 && m->out_path[n - 1] == '/')
		n--;
	/* room for the names of a folder's files, and for temporary ones */
	if (n > sizeof out.target - 64) {
		errno = ENAMETOOLONG;
		tool_check(t, jk_fail_errno(&t->err, "%s", m->out_path));
	}
	memcpy(out.target, m->out_path, n);
	if (stat(out.target, &st) < 0) {
		if (errno != ENOENT)
			tool_check(t, jk_fail_errno(&t->err, "%s",
			    m->out_path));
		if (lstat(out.target, &st) == 0)
			tool_usage(t, "%s is a link to nothing", m->out_path);
		return;
	}
	out.exists = true;
	if (out.to_gguf ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		tool_usage(t, "%s exists, but is no %s", m->out_path,
		    out.to_gguf ? jk_tr("regular file") : jk_tr("folder"));
	refuse_inputs(m);
	if (!out.to_gguf)
		refuse_adapter(m);
	if (!m->force)
		tool_usage(t, "%s exists; take --force", m->out_path);
	if (!out.to_gguf)
		tool_check(t, jk_folder_check(out.target, &t->err));
	/* a link stays, as with cp: what it names is replaced */
	else if (!realpath(m->out_path, out.target))
		tool_check(t, jk_fail_errno(&t->err, "%s", m->out_path));
}

static void
remove_file(const char *slash, const char *name)
{
	char path[sizeof out.written + 64], *end;

	end = stpcpy(stpcpy(stpcpy(path, out.written), slash), name);
	unlink(path);
	stpcpy(end, out.unfinished);
	unlink(path);
}

/* Signals call it: only what is async-signal-safe may stand here. */
static void
remove_written(void)
{
	size_t i;

	if (out.named)
		return;
	if (out.to_gguf) {
		remove_file("", "");
		return;
	}
	for (i = 0; jk_folder_files[i]; i++)
		remove_file("/", jk_folder_files[i]);
	rmdir(out.written);
}

static void
on_signal(int number)
{
	remove_written();
	signal(number, SIG_DFL);
	raise(number);
}

/*
 * The same of an adapter that says nothing of it: the model's own template, and
 * the token with which that ends turns, unless the model names it.  NULL: no
 * news.
 */
static json_t *
own_training(struct merge *m)
{
	struct session *s = &m->session;
	const char *text = jk_model_chat_template(&s->model, NULL);
	const uint32_t n = s->model.config.n_end_ids;
	struct jk_tool *t = &m->tool;
	json_t *training = NULL;
	struct jk_chat chat;
	struct tm now;

	tool_check(t, jk_chat_now(&now, &t->err));
	if (!text || jk_chat_init(&chat, s->model_spec, text,
	    s->model.special_tokens, &now, &t->err) < 0) {
		if (text && t->err.status == JK_ESYS)
			tool_die(t, &t->err);
		return NULL;
	}
	if (session_end_of_turn(s, t, chat.tail)) {
		training = json_pack("{s:[i],s:{s:s,s:s}}", "end_ids",
		    (int)s->model.config.end_ids[n], "template", "text", text,
		    "tail", chat.tail);
		tool_check(t, training ? 0 : jk_fail_nomem(&t->err));
		/* as it was, to be taken from there */
		s->model.config.n_end_ids = n;
	}
	jk_chat_release(&chat);
	return training;
}

/* What ends an answer, and the chat template that was trained. */
static void
take_training(struct merge *m)
{
	struct jk_model *model = &m->session.model;
	struct jk_tool *t = &m->tool;
	int r;

	if (!m->session.training && !m->adapter_only)
		m->session.training = own_training(m);
	r = jk_model_take_training(model, m->session.training,
	    m->session.tokenizer, &t->err);

	tool_check(t, r < 0 ? jk_fail_prefix(&t->err, "%s",
	    m->session.adapter_path) : r);
	if (m->adapter_only && (model->new_ends || model->new_template))
		tool_warn(t, "%s cannot hold the adapter's %s%s%s; a merged "
		    "model does", m->out_path, model->new_ends ?
		    jk_tr("end tokens") : "", model->new_ends &&
		    model->new_template ?
		    jk_tr(" and ") : "", model->new_template ?
		    jk_tr("chat template") : "");
}

static void
abandon(struct jk_tool *t)
{
	(void)t;
	remove_written();
}

static void
show_progress(void *ctx, size_t n_written)
{
	jk_progress_at(&((struct merge *)ctx)->progress, n_written, NULL);
}

static void
write_result(struct merge *m)
{
	const struct jk_merge_watch watch = { show_progress, m };
	const struct jk_model *model = &m->session.model;
	const struct jk_adapter *a = &m->session.adapter;
	const struct jk_tokenizer *tokenizer = m->session.tokenizer;
	struct jk_tool *t = &m->tool;
	int pid = (int)getpid();

	jk_folder_sweep(out.target, false);
	/* an existing folder may be a link, or a file system of its own */
	snprintf(out.written, sizeof out.written, out.to_gguf ?
	    "%s.tmp-%d.gguf" : out.exists ? "%s/tmp-%d" : "%s.tmp-%d",
	    out.target, pid);
	snprintf(out.unfinished, sizeof out.unfinished, ".tmp-%d", pid);
	tool_on_end(on_signal);
	t->abandon = abandon;
	if (!out.to_gguf && mkdir(out.written, 0777) < 0 && errno != EEXIST)
		tool_check(t, errno == ENOENT ? jk_fail(&t->err, JK_ESYS,
		    "%s: the folder that it is to be in is not there: make "
		    "that first", m->out_path) :
		    jk_fail_errno(&t->err, "%s", m->out_path));
	tool_progress(t, &m->progress, JK_CTX("unit", "tensors"),
	    model->n_tensors);
	if (m->adapter_only) {
		tool_check(t, jk_adapter_write_gguf(out.written, model, a,
		    m->dtype, &t->err));
	} else if (out.to_gguf) {
		tool_check(t, jk_merge_write_gguf(out.written, model,
		    tokenizer, a, m->dtype, &watch, &t->err));
	} else {
		tool_check(t, jk_merge_write(out.written, model, a, m->dtype,
		    &watch, &t->err));
		tool_check(t, jk_folder_put_tokenizer(out.written, model,
		    tokenizer, &t->err));
		tool_check(t, jk_folder_put_config(out.written, model,
		    m->dtype, &t->err));
	}
}

static void
give_name(struct merge *m)
{
	struct jk_err *err = &m->tool.err;
	int r;

	/* a few renames, not to be cut short; what fails to move is kept */
	tool_on_end(SIG_IGN);
	out.named = true;
	if (!out.to_gguf)
		r = jk_folder_move(out.written, out.target, err);
	else if (rename(out.written, out.target) < 0)
		r = jk_fail_errno(err, "%s", m->out_path);
	else
		r = jk_sync_folder(out.target, err);
	if (r < 0 && access(out.written, F_OK) == 0)
		jk_fail_prefix(err, "the result is good, but %s could not be "
		    "moved", out.written);
	tool_check(&m->tool, r);
	jk_folder_sweep(out.target, true);
}

/* --- trying it */

/* The ids of the trial's text, before anything is written. */
static void
make_ids(struct merge *m)
{
	const struct jk_model *model = &m->session.model;
	struct jk_tool *t = &m->tool;
	size_t i;

	tool_check(t, jk_trial_ids(m->session.tokenizer, &m->ids, &t->err));
	for (i = 0; i < m->ids.n; i++)
		if (m->ids.v[i] >= model->config.vocab_size)
			tool_check(t, jk_fail(&t->err, JK_EDATA, "%s: the "
			    "tokenizer gives token %u, which has no row in "
			    "the embedding of %u", model->path, m->ids.v[i],
			    model->config.vocab_size));
}

/* The tokenizer that was written must be the model's. */
static void
compare_tokenizers(struct merge *m, const struct jk_model *merged)
{
	const uint32_t n = merged->config.vocab_size;
	struct jk_tool *t = &m->tool;
	struct jk_tokenizer *other = jk_model_tokenizer(merged, &t->err);
	struct jk_hash128 want, got;
	struct jk_ids again;

	tool_check(t, other ? 0 : -1);
	tool_check(t, jk_tokenizer_hash(m->session.tokenizer, n, &want,
	    &t->err));
	tool_check(t, jk_tokenizer_hash(other, n, &got, &t->err));
	tool_check(t, jk_trial_ids(other, &again, &t->err));
	if (again.n != m->ids.n || memcmp(again.v, m->ids.v, m->ids.n *
	    sizeof *m->ids.v) != 0)
		tool_check(t, jk_fail(&t->err, JK_EDATA, "the tokenizer that "
		    "was written gives other ids than the model's"));
	if (memcmp(&want, &got, sizeof want) != 0)
		tool_warn(t, "%s cannot hold all of the tokenizer: ids of "
		    "unusual text may differ, shards of the one are refused "
		    "with the other", m->out_path);
	jk_ids_release(&again);
	jk_tokenizer_free(other);
}

/* The logits of what was written, read back. */
static float *
written_logits(struct merge *m)
{
	struct jk_tool *t = &m->tool;
	struct jk_adapter alone;
	struct jk_model merged;
	float *got;

	if (m->adapter_only) {
		tool_check(t, jk_adapter_open(&alone, out.written,
		    &m->session.model.config, &t->err));
		tool_check(t, jk_trial_logits(&m->session.model, &alone,
		    &m->ids, t->n_threads, NULL, &got, &t->err));
		jk_adapter_close(&alone);
	} else {
		tool_check(t, jk_model_open(&merged, out.written,
		    JK_MODEL_ALL, &t->err));
		compare_tokenizers(m, &merged);
		tool_check(t, jk_trial_logits(&merged, NULL, &m->ids,
		    t->n_threads, &got, NULL, &t->err));
		jk_model_close(&merged);
	}
	return got;
}

static void
verify(struct merge *m)
{
	/* rounding of the weights: 24, 11, 8 and about 8 bits */
	static const double limits[] = { [JK_F32] = 1e-4, [JK_F16] = 1e-2,
		[JK_BF16] = 1e-1, [JK_Q8_0] = 1e-1 };
	const struct session *s = &m->session;
	struct jk_tool *t = &m->tool;
	float *base, *want, *got;
	struct jk_trial trial;
	int r;

	tool_check(t, jk_trial_logits(&s->model, &s->adapter, &m->ids,
	    t->n_threads, &base, &want, &t->err));
	got = written_logits(m);
	r = jk_trial_compare(got, base, want, m->ids.n *
	    s->model.config.vocab_size, limits[m->dtype], &trial, &t->err);
	if (isfinite(trial.off))
		tool_note(t, "logits on %zu tokens: the largest difference "
		    "from base and adapter is %.3g, %.2g of the largest logit",
		    m->ids.n, trial.off, trial.share);
	tool_check(t, r);
	free(base);
	free(want);
	free(got);
}

/* --- the command line */

static enum jk_dtype
choose_type(struct merge *m)
{
	const char *name = m->type_name ? m->type_name : m->adapter_only ?
	    "f32" : "bf16";

	if (strcmp(name, "q8_0") == 0) {
		if (!out.to_gguf)
			tool_usage(&m->tool, "q8_0 is for GGUF: give "
			    "--out=FILE.gguf");
		return JK_Q8_0;
	}
	return strcmp(name, "f32") == 0 ? JK_F32 : strcmp(name, "f16") == 0 ?
	    JK_F16 : JK_BF16;
}

static void
check_usage(struct merge *m)
{
	struct jk_tool *t = &m->tool;
	size_t n;

	if (t->operands.n > 0)
		tool_usage(t, "unknown operand '%s'", t->operands.v[0]);
	if (!m->session.model_spec || !m->session.adapter_path ||
	    !m->out_path || !*m->out_path)
		tool_usage(t, "--model, --adapter and --out are needed");
	if (strcmp(m->out_path, "-") == 0)
		tool_usage(t, "a model cannot go to standard output: give "
		    "--out=FILE.gguf or --out=FOLDER");
	n = strlen(m->out_path);
	out.to_gguf = n > 5 && strcmp(m->out_path + n - 5, ".gguf") == 0;
	if (m->adapter_only && !out.to_gguf)
		tool_usage(t, "--adapter-only writes GGUF: give "
		    "--out=FILE.gguf");
	m->dtype = choose_type(m);
	check_out(m);
}

int
main(int argc, char **argv)
{
	struct merge m = { .tool = { .name = "jk-merge",
		.usage = "--model=MODEL --adapter=ADAPTER --out=PATH "
		    "[OPTION]...",
		.summary = "Merge an adapter into its model, and check the "
		    "result.",
		.opts = { { session_model_opts, &m.session, NULL },
		    { session_adapter_opts, &m.session, NULL },
		    { opts, &m, NULL }, { session_origin_opts, &m.session, NULL },
		    { tool_threads_opts, &m.tool, NULL } },
		.version = jk_dev_version } };

	tool_start(&m.tool, argc, argv);
	/* notes that nobody reads are no reason to give up the result */
	signal(SIGPIPE, SIG_IGN);
	check_usage(&m);
	tool_threads(&m.tool);
	session_open_model(&m.session, &m.tool);
	session_tokenizer(&m.session, &m.tool);
	tool_check(&m.tool, jk_merge_check(&m.session.model,
	    &m.session.adapter, m.adapter_only, &m.tool.err));
	make_ids(&m);
	if (m.session.model.config.is_part && !m.adapter_only)
		tool_note(&m.tool, "%s is a model of more than text: what is "
		    "written is its text part alone, a %s", m.session.model_spec,
		    m.session.model.config.family->class_name);
	take_training(&m);
	write_result(&m);
	verify(&m);
	give_name(&m);
	jk_ids_release(&m.ids);
	session_close(&m.session);
	return tool_finish(&m.tool);
}
