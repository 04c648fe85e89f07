#include "train/flight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/recited.h"

int
jk_flight_init(struct jk_flight *f, const struct jk_optimizer *o,
    struct jk_err *err)
{
	*f = (struct jk_flight){ 0 };
	return jk_update_init(&f->update, o, err);
}

void
jk_flight_release(struct jk_flight *f)
{
	jk_update_release(&f->update);
	free(f->records);
	free(f->losses);
	*f = (struct jk_flight){ 0 };
}

/* The list and the losses have room for a batch's. */
static int
make_room(struct jk_flight *f, const struct jk_batch *b, struct jk_err *err)
{
	uint32_t *records = f->cap_records < b->n ? realloc(f->records,
	    b->n * sizeof *records) : f->records;
	float *losses = f->cap_losses < b->n_supervised ? realloc(f->losses,
	    b->n_supervised * sizeof *losses) : f->losses;

	if (records) {
		f->records = records;
		f->cap_records = f->cap_records < b->n ? b->n : f->cap_records;
	}
	if (losses) {
		f->losses = losses;
		f->cap_losses = f->cap_losses < b->n_supervised ? b->n_supervised :
		    f->cap_losses;
	}
	return records && losses ? 0 : jk_fail_nomem(err);
}

/* A pass over packs of them. */
static struct jk_pass
pass_of(const struct jk_train *t, const struct jk_flight *f)
{
	const struct jk_train_options *o = &t->options;
	const double n = (double)f->batch.longest *
	    t->weights->config->hidden_size;
	struct jk_pass p = { .weights = t->weights, .use = JK_WEIGHT_MATRIX,
		.lora = &t->lora };

	if (!f->train)
		return p;
	p.grad = t->optimizer.grad;
	p.clipping = t->optimizer.clipping;
	if (o->dropout > 0)
		p.dropout = (struct jk_dropout){
			.threshold = (uint32_t)lround(65536 * o->dropout),
			.keep_scale = (float)(1 / (1 - o->dropout)),
			.step = (uint32_t)f->step, .seed = o->seed };
	if (o->neftune_noise_alpha > 0)
		p.noise = (struct jk_noise){
			.magnitude = (float)(o->neftune_noise_alpha / sqrt(n)),
			.step = (uint32_t)f->step, .seed = o->seed };
	return p;
}

int
jk_flight_repeat(struct jk_train *t, struct jk_flight *f, struct jk_err *err)
{
	const float scale = (float)(1 / f->batch.weight);
	struct jk_pass pass = pass_of(t, f);
	float *losses = f->losses;
	uint32_t at, end;

	f->n_rows = 0;
	for (at = f->begin; at < f->end; at = end) {
		end = jk_pack_end(&f->batch, at, f->end, t->state.max_rows);
		jk_pack_fill(&t->pack, &f->batch, at, end);
		if (jk_workspace_run(&t->plan->workspace, &pass, &t->pack,
		    scale, losses, err) < 0)
			return -1;
		losses += t->pack.n_heads;
		f->n_rows += t->pack.n_rows;
	}
	return 0;
}

int
jk_flight_begin(struct jk_train *t, struct jk_flight *f,
    const struct jk_batch *b, uint32_t begin, uint32_t end, bool train,
    struct jk_err *err)
{
	int r;

	if (make_room(f, b, err) < 0)
		return -1;
	memcpy(f->records, b->records, b->n * sizeof *f->records);
	f->batch = *b;
	f->batch.records = f->records;
	f->begin = begin;
	f->end = end;
	f->step = t->at;
	f->train = train;
	jk_dev_watch(t->weights->dev, t->stop);
	r = jk_flight_repeat(t, f, err);
	jk_dev_watch(t->weights->dev, NULL);
	if (r < 0)
		t->interrupted = t->stop && *t->stop;
	return r;
}

/* Find what is not finite in the forward pass of record i's pack and say it. */
static int
fail_loss(struct jk_train *t, const struct jk_flight *f, uint32_t i,
    struct jk_err *err)
{
	const struct jk_pass pass = pass_of(t, f);
	const struct jk_batch *b = &f->batch;
	struct jk_buf where = JK_BUF_INIT;
	uint32_t at = f->begin, end;

	while ((end = jk_pack_end(b, at, f->end, t->state.max_rows)) <= i)
		at = end;
	jk_pack_fill(&t->pack, b, at, end);
	if (jk_workspace_diagnose(&t->plan->workspace, &pass, &t->pack, &where,
	    err) == 0)
		jk_fail(err, JK_EDATA, "step %llu: the loss of record %s is "
		    "not finite; the first such tensor is %s",
		    (unsigned long long)f->step + 1, jk_dataset_id(b->data,
		    b->records[i]), jk_buf_str(&where));
	jk_buf_release(&where);
	return -1;
}

int
jk_flight_end(struct jk_train *t, struct jk_flight *f,
    struct jk_losses *of, struct jk_err *err)
{
	const struct jk_batch *b = &f->batch;
	const float *losses = f->losses;
	uint32_t i, k;

	*of = (struct jk_losses){ 0 };
	for (i = f->begin; i < f->end; i++) {
		const struct jk_data_record *e =
		    &b->data->examples[b->records[i]];
		double record = 0;

		of->n_recited += jk_recited(losses, e->n_supervised);
		for (k = 0; k < e->n_supervised; k++)
			record += (double)*losses++;
		if (!isfinite(record))
			return fail_loss(t, f, i, err);
		of->sum += f->train ? (double)e->weight * record : record;
	}
	t->rows += f->n_rows;
	return 0;
}
