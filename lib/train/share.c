#include "train/share.h"

#include <math.h>

#include "nn/dora.h"
#include "train/flight.h"
#include "train/update.h"

/* What rank 0 wants next of the others. */
enum task {
	END, STEP, ASK, ROUND, EVALUATE, EVALUATE_DATA, EVALUATE_TAUGHT
};

struct order {
	uint64_t task;
	uint64_t news;		/* of the adapter, which follows */
	uint64_t step;		/* that it is for, from 0 */
	double lr;		/* the highest: --lr=auto found it on rank 0 */
};

/* One share's records of a batch are on their way. */
static int
begin_share(struct jk_train *t, struct jk_flight *f, const struct jk_batch *b,
    uint32_t share, bool train, struct jk_err *err)
{
	uint32_t bounds[JK_MOST_SHARES + 1];

	jk_batch_cut(b, t->options.shares, bounds);
	return jk_flight_begin(t, f, b, bounds[share], bounds[share + 1],
	    train, err);
}

/* Those of a step: waited for, as what they give leaves the device anyway. */
static int
run_share(struct jk_train *t, const struct jk_batch *b, uint32_t share,
    bool train, struct jk_losses *of, struct jk_err *err)
{
	struct jk_flight *f = &t->flights[0];

	return begin_share(t, f, b, share, train, err) < 0 ||
	    jk_dev_submit(t->weights->dev, err) < 0 ? -1 :
	    jk_flight_end(t, f, of, err);
}

/* The records of the step that t is at. */
static int
batch(struct jk_train *t, struct jk_batch *b, struct jk_err *err)
{
	return jk_batch_of_step(b, t->data, &t->order, t->at,
	    t->plan->per_epoch, jk_train_effective(&t->options),
	    t->options.share_prefix, err);
}

/* What the adapter as it is now is applied with. */
static int
take_adapter(struct jk_train *t, struct jk_err *err)
{
	return jk_dora_norms(&t->lora, t->weights, err);
}

static uint64_t
round_steps(const struct jk_train *t)
{
	const uint64_t left = t->plan->n_steps - t->at;

	return left < t->options.local_steps ? left : t->options.local_steps;
}

/*
 * A share's own update by its records of the step that t is at, if there are any
 * that weigh something.  It is waited for: the host says what is not finite, and
 * the round's end is not far.
 */
static int
local_step(struct jk_train *t, uint32_t share, struct jk_losses *of,
    struct jk_err *err)
{
	struct jk_flight *f = &t->flights[0];
	uint32_t bounds[JK_MOST_SHARES + 1], i;
	struct jk_batch b;

	*of = (struct jk_losses){ 0 };
	if (batch(t, &b, err) < 0)
		return -1;
	jk_batch_cut(&b, t->options.shares, bounds);
	b.weight = 0;
	for (i = bounds[share]; i < bounds[share + 1]; i++) {
		const struct jk_data_record *e =
		    &b.data->examples[b.records[i]];

		b.weight += (double)e->weight * e->n_supervised;
	}
	if (b.weight == 0)
		return 0;
	if (take_adapter(t, err) < 0 ||
	    jk_optimizer_clear(&t->optimizer, err) < 0 ||
	    jk_flight_begin(t, f, &b, bounds[share], bounds[share + 1], true,
	    err) < 0 ||
	    jk_train_update_begin(t, sqrt(t->options.shares), f, err) < 0 ||
	    jk_dev_submit(t->weights->dev, err) < 0 ||
	    jk_flight_end(t, f, of, err) < 0)
		return -1;
	return jk_train_update_end(t, f, err);
}

/* A share's round. */
static int
local_round(struct jk_train *t, uint32_t share, struct jk_partial *to,
    struct jk_err *err)
{
	const uint64_t begin = t->at, n_steps = round_steps(t);
	struct jk_losses of;
	uint64_t i;
	int r = jk_local_restore(&t->local, &t->optimizer, err);

	to->losses = (struct jk_losses){ 0 };
	for (i = 0; r == 0 && i < n_steps; i++) {
		t->at = begin + i;
		r = local_step(t, share, &of, err);
		jk_losses_add(&to->losses, &of);
	}
	t->at = begin;
	return r < 0 ? -1 : jk_local_take(&t->local, &t->optimizer, to->v,
	    err);
}

/* A share of a batch of a dataset that is evaluated is on its way. */
static int
begin_batch(struct jk_train *t, struct jk_flight *f, const struct jk_batch *b,
    uint32_t share, struct jk_err *err)
{
	return begin_share(t, f, b, share, false, err) < 0 ? -1 :
	    jk_dev_send(t->weights->dev, &f->mark, err);
}

static int
end_batch(struct jk_train *t, struct jk_flight *f, struct jk_losses *of,
    struct jk_err *err)
{
	struct jk_losses part;

	if (jk_dev_reached(t->weights->dev, f->mark, true, err) < 0 ||
	    jk_flight_end(t, f, &part, err) < 0)
		return -1;
	jk_losses_add(of, &part);
	return 0;
}

/* A share of the evaluation of a dataset, as its records stand. */
static int
evaluate_share(struct jk_train *t, const struct jk_dataset *data,
    uint32_t share, struct jk_losses *of, struct jk_err *err)
{
	const uint64_t effective = jk_train_effective(&t->options);
	const size_t n = jk_over(data->n, effective);
	struct jk_order order;
	struct jk_batch b;
	size_t i;
	int r = 0;

	*of = (struct jk_losses){ 0 };
	if (jk_order_init(&order, data->n, 0, false, err) < 0)
		return -1;
	/* batch i follows in the place of the one that has to be seen to end */
	for (i = 0; r == 0 && i < n + JK_FLIGHTS; i++) {
		struct jk_flight *f = &t->flights[i % JK_FLIGHTS];

		if (i >= JK_FLIGHTS && i - JK_FLIGHTS < n)
			r = end_batch(t, f, of, err);
		if (r < 0 || i >= n)
			continue;
		jk_batch_at(&b, data, order.records, i * effective, effective,
		    t->options.share_prefix);
		r = begin_batch(t, f, &b, share, err);
	}
	jk_order_release(&order);
	return r;
}

/*
 * A sum's own: of a round, of the step's records, which may be asked alone, or of
 * an evaluated dataset.
 */
struct work {
	struct jk_train *t;
	bool round, ask;
	const struct jk_batch *b;
	const struct jk_dataset *data;
};

/* What a share gives; one that a signal interrupted is no failure here. */
static int
compute(void *ctx, uint32_t share, size_t n, struct jk_partial *to,
    struct jk_err *err)
{
	const struct work *w = ctx;
	struct jk_train *t = w->t;
	struct jk_optimizer *o = &t->optimizer;
	int r = w->b && !w->ask ? jk_optimizer_clear(o, err) : 0;

	if (w->round)
		r = local_round(t, share, to, err);
	else if (r == 0)
		r = w->b ? run_share(t, w->b, share, !w->ask, &to->losses,
		    err) : evaluate_share(t, w->data, share, &to->losses, err);
	to->n_stopped = r < 0 && t->interrupted;
	if (r < 0 && !t->interrupted)
		return -1;
	/* in the order of the calls; what was interrupted is anything */
	return n && w->b ? jk_dev_download(o->dev, to->v, o->grad, 4 * n,
	    err) : 0;
}

/* The sum over all ranks; NULL or, on rank 0, where it lies. */
static int
sum_up(struct work *w, size_t n, const struct jk_partial **sum,
    struct jk_err *err)
{
	struct jk_train *t = w->t;

	t->interrupted = false;
	if (jk_tree_sum(&t->tree, n, compute, w, sum, err) < 0) {
		t->interrupted = t->stop && *t->stop;
		return -1;
	}
	t->interrupted = *sum && (*sum)->n_stopped > 0;
	return 0;
}

int
jk_share_update(struct jk_train *t, struct jk_err *err)
{
	return t->replica.v ? jk_replica_update(&t->replica, &t->lora,
	    t->weights->dev, t->tree.levels[0]->v, err) : 0;
}

/* Rank 0's adapter, as far as it is news. */
static int
share_adapter(struct jk_train *t, uint64_t news, struct jk_err *err)
{
	return t->link || t->replica.v ? jk_replica_share(&t->replica, news,
	    &t->lora, t->weights->dev, t->link, t->tree.levels[0]->v, err) : 0;
}

/* Have the others do it, too. */
static int
give_order(struct jk_train *t, enum task task, struct jk_err *err)
{
	struct order o = { .task = task, .news = t->replica.news,
		.step = t->at, .lr = t->schedule.lr };

	if ((t->link && jk_link_broadcast(t->link, &o, sizeof o, err) < 0) ||
	    (task != END && share_adapter(t, o.news, err) < 0)) {
		t->interrupted = t->stop && *t->stop;
		return -1;
	}
	if (t->replica.v)
		t->replica.news = JK_NEWS_NONE;
	return task == END ? 0 : take_adapter(t, err);
}

static void
count(struct jk_share_work *work, const struct jk_batch *b)
{
	work->n_steps++;
	work->n_records += b->n;
	work->weight += b->weight;
	work->n_supervised += b->n_supervised;
}

int
jk_share_step_begin(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err)
{
	const size_t n = (size_t)t->lora.n_params;
	const struct jk_partial *all;
	struct jk_batch b;
	struct work w = { .t = t, .b = &b };

	f->work = (struct jk_share_work){ 0 };
	if (batch(t, &b, err) < 0)
		return -1;
	count(&f->work, &b);
	if (t->options.shares == 1)
		return take_adapter(t, err) < 0 ||
		    jk_optimizer_clear(&t->optimizer, err) < 0 ? -1 :
		    jk_flight_begin(t, f, &b, 0, b.n, true, err);
	if (give_order(t, STEP, err) < 0 || sum_up(&w, n, &all, err) < 0)
		return -1;
	f->work.losses = all->losses;
	if (t->interrupted)
		return jk_fail(err, JK_ESYS, "interrupted");
	return jk_dev_upload(t->weights->dev, t->optimizer.grad, all->v,
	    4 * n, err);
}

int
jk_share_step_end(struct jk_train *t, struct jk_flight *f, struct jk_err *err)
{
	return t->options.shares > 1 ? 0 : jk_flight_end(t, f, &f->work.losses,
	    err);
}

int
jk_share_ask(struct jk_train *t, struct jk_share_work *work,
    struct jk_err *err)
{
	const struct jk_partial *all;
	struct jk_batch b;
	struct work w = { .t = t, .ask = true, .b = &b };

	*work = (struct jk_share_work){ 0 };
	if (batch(t, &b, err) < 0)
		return -1;
	count(work, &b);
	if (t->options.shares == 1)
		return take_adapter(t, err) < 0 ? -1 : run_share(t, &b, 0,
		    false, &work->losses, err);
	if (give_order(t, ASK, err) < 0 || sum_up(&w, 0, &all, err) < 0)
		return -1;
	work->losses = all->losses;
	return t->interrupted ? jk_fail(err, JK_ESYS, "interrupted") : 0;
}

/* What the round that t is at is of; *lr: of its last step. */
static int
count_round(struct jk_train *t, struct jk_share_work *work, double *lr,
    struct jk_err *err)
{
	const uint64_t begin = t->at, n = round_steps(t);
	struct jk_batch b;
	int r = 0;

	*work = (struct jk_share_work){ 0 };
	while (r == 0 && work->n_steps < n) {
		t->at = begin + work->n_steps;
		r = batch(t, &b, err);
		if (r == 0)
			count(work, &b);
	}
	*lr = jk_schedule_lr(&t->schedule, t->at);
	t->at = begin;
	return r;
}

/* All begin a round with the adapter that is there, and rank 0's moments. */
static int
begin_round(struct jk_train *t, struct jk_err *err)
{
	if (jk_local_begin(&t->local, &t->optimizer, t->at, t->link,
	    err) == 0)
		return 0;
	t->interrupted = t->stop && *t->stop;
	return -1;
}

int
jk_share_round(struct jk_train *t, struct jk_share_work *work, double *norm,
    double *lr, struct jk_err *err)
{
	struct work w = { .t = t, .round = true };
	const struct jk_partial *all;
	struct jk_err none;
	int r;

	if (count_round(t, work, lr, err) < 0 ||
	    give_order(t, ROUND, err) < 0 || begin_round(t, err) < 0)
		return -1;
	r = sum_up(&w, t->tree.n, &all, err);
	if (r == 0 && t->interrupted)
		r = jk_fail(err, JK_ESYS, "interrupted");
	if (r == 0) {
		work->losses = all->losses;
		return jk_local_end(&t->local, &t->optimizer, all->v,
		    t->options.shares, norm, err);
	}
	return jk_local_restore(&t->local, &t->optimizer, &none) < 0 ? -1 : r;
}

int
jk_share_evaluate(struct jk_train *t, const struct jk_dataset *data,
    struct jk_losses *of, struct jk_err *err)
{
	struct work w = { .t = t, .data = data };
	const struct jk_partial *all;

	t->at = t->state.step;
	if (t->options.shares == 1)
		return take_adapter(t, err) < 0 ? -1 :
		    evaluate_share(t, data, 0, of, err);
	if (give_order(t, data == t->eval ? EVALUATE : data == t->taught ?
	    EVALUATE_TAUGHT : EVALUATE_DATA, err) < 0 ||
	    sum_up(&w, 0, &all, err) < 0)
		return -1;
	*of = all->losses;
	return t->interrupted ? jk_fail(err, JK_ESYS, "interrupted") : 0;
}

int
jk_share_serve(struct jk_train *t, struct jk_err *err)
{
	const size_t n = (size_t)t->lora.n_params;
	const struct jk_partial *sum;
	struct order o;
	struct jk_batch b;
	struct work w;

	for (;;) {
		if (jk_link_broadcast(t->link, &o, sizeof o, err) < 0)
			return -1;
		if (o.task == END)
			return 0;
		if (share_adapter(t, o.news, err) < 0 ||
		    take_adapter(t, err) < 0)
			return -1;
		t->at = o.step;
		t->schedule.lr = o.lr;
		w = (struct work){ .t = t, .round = o.task == ROUND,
			.ask = o.task == ASK,
			.data = o.task == EVALUATE ? t->eval :
			    o.task == EVALUATE_TAUGHT ? t->taught : t->data };
		if (o.task == STEP || o.task == ASK) {
			if (batch(t, &b, err) < 0)
				return -1;
			w.b = &b;
		}
		if ((w.round && begin_round(t, err) < 0) || sum_up(&w,
		    w.round ? t->tree.n : o.task == STEP ? n : 0, &sum,
		    err) < 0)
			return -1;
	}
}

int
jk_share_dismiss(struct jk_train *t, struct jk_err *err)
{
	return give_order(t, END, err);
}
