/* What jk-train is given: options that agree, shards read and checked. */

#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "jk-train.h"
#include "model/origin.h"
#include "model/untrained.h"
#include "tok/shard.h"
#include "train/identity.h"
#include "train/input.h"
#include "train/recited.h"

static bool
is_file(struct jk_tool *t, const char *path)
{
	struct stat st;

	tool_check(t, stat(path, &st) < 0 ? jk_fail_errno(&t->err, "%s",
	    path) : 0);
	return S_ISREG(st.st_mode);
}

/* `option` is "--init=" or the like, or "" of the operand; `path` may be NULL. */
static void
refuse_drop(struct trainer *x, const char *option, const char *path)
{
	if (path && jk_run_folder_would_drop(x->out_dir, path, !*option))
		tool_usage(&x->tool, "--force would remove %s%s: take another "
		    "--out", option, path);
}

void
trainer_check_usage(struct trainer *x)
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

/* Answers will not end by a token that the model cannot tell from others. */
static void
check_end(struct trainer *x)
{
	const struct jk_data_record *first = x->data.examples;
	struct jk_buf name = JK_BUF_INIT, shown = JK_BUF_INIT;
	struct jk_tool *t = &x->tool;
	const char *text;
	bool untrained;
	uint32_t end;
	size_t n;

	if (!x->data.n || !trainer_leads(x))
		return;
	end = jk_dataset_token(&x->data, 0, first->n_tokens - 1);
	tool_check(t, jk_is_untrained(&x->session.model, end, &untrained,
	    &t->err));
	if (!untrained)
		return;
	text = jk_token_text(session_tokenizer(&x->session, t), end, &name,
	    &n);
	jk_buf_add_visible(&shown, text, n);
	tool_warn(t, "answers are to end with %s, which the model has never "
	    "been trained on: to it that token is like thousands of others, and "
	    "answers will not end; jk-template --template=zephyr ends them as "
	    "the model's texts end", jk_buf_str(&shown));
	jk_buf_release(&shown);
	jk_buf_release(&name);
	session_forget_tokenizer(&x->session);
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

const char *
trainer_read_data(struct trainer *x)
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
	if (x->out_dir && !x->dry_run && trainer_leads(x)) {
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
	check_end(x);
	if (x->smoke)
		jk_dataset_truncate(&x->data, (size_t)x->smoke);
	if (x->options.max_memorised < 1)
		tool_check(t, jk_dataset_spread(&x->taught, &x->data,
		    x->smoke ? x->data.n : x->eval.n, &t->err));
	return shard && is_file(t, shard) ? shard : NULL;
}

void
trainer_make_identity(struct trainer *x, const char *shard)
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
