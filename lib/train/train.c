#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/path.h"
#include "base/philox.h"
#include "base/progress.h"
#include "base/sys.h"
#include "nn/dora.h"
#include "train/ahead.h"
#include "train/flight.h"
#include "train/log.h"
#include "train/share.h"

/* Uniform in ±1/sqrt(in), number by number; the rows of its rank. */
static void
fill_a(float *a, const struct jk_lora_tensor *t, uint64_t seed)
{
	const float bound = (float)(1 / sqrt(t->n_columns));
	struct jk_philox r = { { 0 } };
	uint64_t i;

	for (i = 0; i < (uint64_t)t->rank * t->n_columns; i++) {
		if (i % 4 == 0)
			r = jk_random(seed, JK_STREAM_LORA_INIT,
			    (uint32_t)(i / 4), jk_lora_site(t->layer, t->proj), 0, 0);
		a[i] = bound * (2 * jk_uniform(r.v[i % 4]) - 1);
	}
}

static int
new_adapter(struct jk_train *t, struct jk_err *err)
{
	float *f = calloc(t->lora.n_params + 1, sizeof *f);
	size_t i;
	int r;

	if (!f)
		return jk_fail_nomem(err);
	for (i = 0; i < t->lora.n_tensors; i++)
		if (t->lora.tensors[i].kind == JK_LORA_A)
			fill_a(f + t->lora.tensors[i].at,
			    &t->lora.tensors[i], t->options.seed);
	r = jk_dev_upload(t->weights->dev, t->lora.arena, f,
	    4 * t->lora.n_params, err);
	free(f);
	return r < 0 ? -1 : jk_dora_begin(&t->lora, t->weights, err);
}

int
jk_train_begin_anew(struct jk_train *t, struct jk_err *err)
{
	t->state = (struct jk_train_state){ .max_rows = t->plan->max_rows };
	t->rows = 0;
	t->replica.news = JK_NEWS_WHOLE;
	if (jk_optimizer_forget(&t->optimizer, err) < 0)
		return -1;
	return new_adapter(t, err);
}

static void
set_recipe(struct jk_optimizer *to, const struct jk_train_options *o)
{
	to->beta1 = o->beta1;
	to->beta2 = o->beta2;
	to->eps = o->eps;
	to->weight_decay = o->weight_decay;
	to->max_norm = o->max_grad_norm;
	to->b_ratio = o->loraplus_lr_ratio;
}

/* What shares need, where there are such. */
static int
init_sums(struct jk_train *t, struct jk_err *err)
{
	const struct jk_train_options *o = &t->options;
	const bool int8 = o->compression == JK_COMPRESSION_INT8;
	const size_t n_params = (size_t)t->lora.n_params;
	size_t n = n_params, n_signed = n_params;

	if (o->shares == 1)
		return 0;
	if (o->local_steps) {
		n *= JK_LOCAL_PARTS;
		n_signed *= JK_LOCAL_SIGNED;
		if (jk_local_init(&t->local, n_params, int8, err) < 0)
			return -1;
	}
	if (int8 && jk_replica_init(&t->replica, n_params, err) < 0)
		return -1;
	return jk_tree_init(&t->tree, t->link, o->shares, n, n_signed, int8,
	    err);
}

static int
init_flights(struct jk_train *t, struct jk_err *err)
{
	int i;

	for (i = 0; i < JK_FLIGHTS; i++)
		if (jk_flight_init(&t->flights[i], &t->optimizer, err) < 0)
			return -1;
	return 0;
}

int
jk_train_init(struct jk_train *t, struct jk_train_plan *plan,
    struct jk_err *err)
{
	const struct jk_train_options *o = &t->options;
	const struct jk_config *config = t->weights->config;
	struct jk_dev *dev = t->weights->dev;
	struct jk_lora_size *sizes = jk_train_sizes(&o->shape,
	    jk_train_variant(o), err);
	int failed;

	t->plan = plan;
	t->log_fd = -1;
	t->schedule = jk_train_schedule(o, t->plan->n_steps);
	t->state.max_rows = t->plan->max_rows;
	failed = !sizes || jk_lora_init(&t->lora, config, sizes, o->dora, dev,
	    err) < 0;
	free(sizes);
	if (failed || jk_optimizer_init(&t->optimizer, o->optimizer, &t->lora, dev,
	    err) < 0 ||
	    jk_workspace_alloc(&t->plan->workspace, dev, err) < 0 ||
	    jk_pack_init(&t->pack, t->plan->workspace.shape.max, err) < 0 ||
	    jk_order_init(&t->order, t->data->n, o->seed, o->shuffle,
	    err) < 0 || init_sums(t, err) < 0 || init_flights(t, err) < 0 ||
	    new_adapter(t, err) < 0) {
		jk_train_release(t);
		return -1;
	}
	set_recipe(&t->optimizer, o);
	jk_dev_keep(dev, plan->kept_bytes);
	return 0;
}

void
jk_train_release(struct jk_train *t)
{
	struct jk_dev *dev = t->weights->dev;
	struct jk_err none;
	int i, r;

	if (t->log_fd >= 0)
		close(t->log_fd);
	t->log_fd = -1;
	/* whether it fails or not, nothing comes to flights any more */
	r = jk_dev_submit(dev, &none);
	(void)r;
	for (i = 0; i < JK_FLIGHTS; i++)
		jk_flight_release(&t->flights[i]);
	jk_tree_release(&t->tree);
	jk_local_release(&t->local);
	jk_replica_release(&t->replica);
	jk_order_release(&t->order);
	jk_pack_release(&t->pack);
	if (t->plan)
		jk_workspace_release(&t->plan->workspace, dev);
	if (t->optimizer.dev)
		jk_optimizer_release(&t->optimizer);
	if (t->lora.layers)
		jk_lora_release(&t->lora, dev);
}

int
jk_train_from_adapter(struct jk_train *t, const struct jk_adapter *adapter,
    struct jk_err *err)
{
	return jk_lora_fill(&t->lora, adapter, t->weights->dev, err);
}

/* Of a dataset's tokens: their mean loss, and the share that is recited. */
static int
measure(struct jk_train *t, const struct jk_dataset *data, double *loss,
    double *recited, struct jk_err *err)
{
	struct jk_losses of = { 0 };
	int r = jk_share_evaluate(t, data, &of, err);

	*loss = of.sum / (double)data->n_supervised;
	*recited = (double)of.n_recited / (double)data->n_supervised;
	return r;
}

int
jk_train_evaluate(struct jk_train *t, const struct jk_dataset *data,
    double *loss, struct jk_err *err)
{
	double recited;

	return measure(t, data, loss, &recited, err);
}

static double
seconds(const struct jk_train *t)
{
	return t->state.seconds + jk_now_s() - t->started_s;
}

/* Rows of packs a second, since this process began to train. */
static double
speed(const struct jk_train *t)
{
	double passed = jk_now_s() - t->started_s;

	return passed > 0 ? (double)t->rows / passed : 0;
}

static int
log_line(struct jk_train *t, json_t *v, struct jk_err *err)
{
	return jk_train_log_put(t->log_fd, t->dir, v, &t->state.log_bytes,
	    err);
}

/* The adapter first: the checkpoint's rename commits the step. */
static int
save(struct jk_train *t, bool over, struct jk_err *err)
{
	struct jk_train_state s = t->state;

	if (!t->dir)
		return 0;
	if (t->log_fd >= 0 && jk_sys_fsync(t->log_fd) < 0)
		return jk_fail_errno(err, "%s/" JK_LOG_FILE, t->dir);
	if (jk_adapter_save(t->dir, &t->lora, t->weights->dev, err) < 0)
		return -1;
	s.seconds = seconds(t);
	if (!over && jk_checkpoint_save(t->dir, &s, t->identity,
	    &t->optimizer, err) < 0)
		return -1;
	return t->saved ? t->saved(t->ctx, err) : 0;
}

static int
save_best(struct jk_train *t, struct jk_err *err)
{
	char *path;
	int r;

	if (!t->dir)
		return 0;
	path = jk_path_join(t->dir, "best", err);
	r = path ? jk_adapter_save(path, &t->lora, t->weights->dev, err) : -1;
	free(path);
	return r;
}

/* The line of an evaluation. */
static int
log_evaluation(struct jk_train *t, const struct jk_train_report *r,
    struct jk_err *err)
{
	/* JSON has no infinity */
	const double perplexity = exp(r->eval_loss);

	return log_line(t, json_pack("{s:I,s:f,s:o,s:I,s:o*,s:o*,s:f}",
	    "step", (json_int_t)t->state.step, "eval_loss", r->eval_loss,
	    "eval_perplexity", isfinite(perplexity) ? json_real(perplexity) :
	    json_null(), "n_tokens", (json_int_t)t->eval->n_supervised,
	    "recited", t->taught ? json_real(r->recited) : NULL, "memorised",
	    t->taught ? json_real(r->memorised) : NULL, "seconds",
	    seconds(t)), err);
}

/* Returns 1 when patience is over, or too much is known by heart. */
static int
evaluate(struct jk_train *t, struct jk_train_report *r, struct jk_err *err)
{
	struct jk_train_state *s = &t->state;
	double loss, taught;

	if (measure(t, t->eval, &r->eval_loss, &r->recited, err) < 0)
		return -1;
	if (t->taught) {
		if (measure(t, t->taught, &loss, &taught, err) < 0)
			return -1;
		r->memorised = taught - r->recited;
	}
	r->is_eval = true;
	r->by_heart = r->memorised > t->options.max_memorised;
	r->is_best = !r->by_heart && (!s->has_best || r->eval_loss < s->best);
	if (r->is_best) {
		s->has_best = true;
		s->best = r->eval_loss;
		s->best_step = s->step;
		s->n_worse = 0;
		if (save_best(t, err) < 0)
			return -1;
	} else {
		s->n_worse++;
	}
	if (log_evaluation(t, r, err) < 0)
		return -1;
	return r->by_heart || (t->options.patience &&
	    s->n_worse >= t->options.patience);
}

/* A line about the steps since the last one. */
static int
log_steps(struct jk_train *t, const struct jk_train_report *r,
    struct jk_err *err)
{
	struct jk_train_state *s = &t->state;
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	/* what differs from run to run comes last */
	if (log_line(t, json_pack("{s:I,s:f,s:f,s:f,s:I,s:f,s:f,s:I,s:I}",
	    "step", (json_int_t)s->step,
	    "loss", s->log_loss / s->log_weight, "lr", r->lr,
	    "grad_norm", r->grad_norm, "n_tokens", (json_int_t)s->log_tokens,
	    "seconds", seconds(t), "tokens_per_second", speed(t),
	    "memory_bytes", (json_int_t)use.ru_maxrss * 1024,
	    "device_memory_bytes",
	    (json_int_t)t->weights->dev->peak_bytes), err) < 0)
		return -1;
	s->log_loss = 0;
	s->log_tokens = 0;
	s->log_weight = 0;
	return 0;
}

/* The oldest update ends: the state moves on by it. */
static int
end_update(struct jk_train *t, struct jk_train_report *r, struct jk_err *err)
{
	const struct jk_flight *f;
	const struct jk_share_work *w;
	struct jk_train_state *s = &t->state;
	const bool first = s->step == 0;

	if (jk_ahead_end(t, &f, err) < 0)
		return -1;
	w = &f->work;
	r->loss = w->losses.sum / w->weight;
	r->grad_norm = f->norm;
	r->lr = f->lr;
	s->smoothed = first ? r->loss : 0.9 * s->smoothed + 0.1 * r->loss;
	s->step += w->n_steps;
	s->grad_norm = r->grad_norm;
	s->log_loss += w->losses.sum;
	s->log_tokens += w->n_supervised;
	s->log_weight += w->weight;
	r->smoothed = s->smoothed;
	r->step = s->step;
	return !jk_is_due(t, s->step, t->options.log_every) && s->step !=
	    t->plan->n_steps ? 0 : log_steps(t, r, err);
}

/*
 * An update ends.  Where those behind it cannot be called it still does, before
 * that is an error; of an interrupted one the loop asks *t->stop.
 */
static int
step(struct jk_train *t, struct jk_train_report *r, struct jk_err *err)
{
	struct jk_err why;
	const int called = jk_ahead_call(t, &why);
	const bool ends = t->n_flying > 0;

	if (ends && end_update(t, r, err) < 0) {
		t->interrupted = false;
		return -1;
	}
	if (called == 0 || (ends && t->interrupted))
		return 0;
	*err = why;
	return -1;
}

/* What the run can go on from; nothing where there is not a step. */
static int
end_stopped(struct jk_train *t, struct jk_err *err)
{
	return t->state.step ? save(t, false, err) : 0;
}

int
jk_train_run(struct jk_train *t, struct jk_err *err)
{
	struct jk_train_state *s = &t->state;
	int over = 0;

	t->started_s = jk_now_s();
	t->at = s->step;
	if (t->dir && (t->log_fd = jk_train_log_open(t->dir,
	    t->state.log_bytes, err)) < 0)
		return -1;
	while ((s->step < t->plan->n_steps || s->owes_evaluation) && !over) {
		struct jk_train_report r = { .n_steps = t->plan->n_steps,
			.step = s->step, .loss = s->smoothed,
			.smoothed = s->smoothed, .grad_norm = s->grad_norm,
			.lr = jk_schedule_lr(&t->schedule, s->step ?
			    s->step - 1 : 0) };

		if (!s->owes_evaluation && step(t, &r, err) < 0)
			return t->interrupted ? end_stopped(t, err) : -1;
		if (jk_evaluation_is_due(t, s->step)) {
			s->owes_evaluation = true;
			over = evaluate(t, &r, err);
			if (over < 0 && t->interrupted)
				return end_stopped(t, err);
			s->owes_evaluation = false;
			if (over < 0 || (over && s->log_tokens &&
			    log_steps(t, &r, err) < 0))
				return -1;
		}
		r.tokens_per_s = speed(t);
		if (t->report)
			t->report(t->ctx, &r);
		if (over || s->step == t->plan->n_steps)
			break;
		/* what is on its way ends first: the device has its adapter */
		if (t->stop && *t->stop && t->n_flying == 0)
			return end_stopped(t, err);
		if (jk_save_is_due(t, s->step) && save(t, false, err) < 0)
			return -1;
	}
	return save(t, true, err) < 0 ? -1 : 1;
}
