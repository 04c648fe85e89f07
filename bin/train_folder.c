/* The folder of a run of jk-train: what is found there, what is left there. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/disk.h"
#include "base/path.h"
#include "jk-train.h"
#include "model/folder.h"
#include "model/training.h"
#include "train/description.h"
#include "train/save.h"

void
trainer_tell_aside(struct trainer *x)
{
	const char *aside = jk_run_folder_aside(&x->folder);

	if (aside)
		tool_warn(&x->tool, "the earlier adapter is in %s/%s",
		    x->out_dir, aside);
}

void
trainer_abandon(struct jk_tool *t)
{
	/* tool is the first member */
	struct trainer *x = (struct trainer *)(void *)t;

	trainer_tell_aside(x);
	jk_run_folder_close(&x->folder);
}

static void
make_dir(struct jk_tool *t, const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		tool_check(t, jk_fail_errno(&t->err, "%s", path));
}

void
trainer_save_description(struct trainer *x, bool finished)
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

void
trainer_save_folder(struct trainer *x)
{
	struct jk_model *model = &x->session.model;
	struct jk_tool *t = &x->tool;
	const struct jk_tokenizer *tokenizer = session_tokenizer(&x->session,
	    t);
	char *best = jk_path_join(x->out_dir, "best", &t->err);
	int i;

	tool_check(t, best ? 0 : -1);
	trainer_save_description(x, false);
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

uint32_t
trainer_checkpoint_limit(struct trainer *x)
{
	struct jk_train_state state = { 0 };
	struct jk_tool *t = &x->tool;

	if (x->resume && x->out_dir)
		tool_check(t, jk_checkpoint_peek(x->out_dir, &state,
		    x->identity, &t->err));
	return state.max_rows;
}

bool
trainer_already_finished(struct trainer *x)
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

/* New files stand beside the ones that they replace for a while. */
void
trainer_check_disk(struct trainer *x)
{
	const struct jk_optimizer *o = &x->run.optimizer;
	const uint64_t adapter = 4 * x->run.lora.n_params;
	const uint64_t all = adapter * (x->options.eval_path ? 2 : 1) +
	    adapter + o->state_bytes;

	tool_check(&x->tool, jk_disk_check(x->folder.fd, x->out_dir,
	    all + (x->resume ? 0 : adapter + o->state_bytes), &x->tool.err));
}
