#include "train/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/lang.h"
#include "dev/calls.h"
#include "model/weight_id.h"
#include "net/tree.h"
#include "nn/dora.h"
#include "nn/load.h"
#include "train/local.h"
#include "train/order.h"
#include "train/replica.h"

/* The program and its libraries, as a run on a tiny model takes them. */
enum { PROGRAM_BYTES = 13 << 20 };

/* The largest pack, the longest prefix, and how many packs and rows there are. */
struct packs {
	struct jk_pack_size max;
	uint32_t n_prefix;
	uint64_t n, n_rows, n_heads;
};

/*
 * A run on a device that computes nothing, for what a run takes beside the
 * buffers of its packs.
 */
struct rehearsal {
	struct jk_calls calls;
	struct jk_weights weights;
	struct jk_lora lora;
	struct jk_optimizer optimizer;
	uint64_t optimizer_bytes;
};

static int
rehearse(struct rehearsal *r, const struct jk_train_options *o,
    const struct jk_train_memory *m, struct jk_err *err)
{
	struct jk_dev *dev = &r->calls.dev;
	struct jk_lora_size *sizes = jk_train_sizes(&o->shape,
	    jk_train_variant(o), err);
	uint64_t before;
	int failed;

	failed = !sizes || jk_weights_load(&r->weights, m->model, dev,
	    m->precision, 1u << JK_WEIGHT_MATRIX, 1, err) < 0 ||
	    jk_lora_init(&r->lora, &m->model->config, sizes, o->dora, dev,
	    err) < 0;
	free(sizes);
	if (failed)
		return -1;
	before = dev->used_bytes;
	if (jk_optimizer_init(&r->optimizer, o->optimizer, &r->lora, dev,
	    err) < 0)
		return -1;
	r->optimizer_bytes = dev->used_bytes - before;
	return 0;
}

static void
end_rehearsal(struct rehearsal *r)
{
	struct jk_dev *dev = &r->calls.dev;

	if (r->optimizer.dev)
		jk_optimizer_release(&r->optimizer);
	jk_lora_release(&r->lora, dev);
	if (r->weights.layers)
		jk_weights_release(&r->weights);
	jk_calls_release(&r->calls);
}

/* Pass a pack of a size there and, to train, back; the calls are in r->calls. */
static int
rehearse_pack(struct rehearsal *r, const struct jk_workspace_shape *shape,
    struct jk_pack_size size, bool train, struct jk_err *err)
{
	const struct jk_pass pass = { .weights = &r->weights,
		.use = JK_WEIGHT_MATRIX, .lora = &r->lora,
		.dropout = { .threshold = train && shape->dropout },
		.grad = train ? r->optimizer.grad : 0 };
	const struct jk_pack pack = { .n_rows = size.n_rows,
		.n_heads = size.n_heads };
	struct jk_workspace w;
	int failed;

	r->calls.n = 0;
	if (jk_workspace_plan(&w, shape, err) < 0)
		return -1;
	failed = jk_workspace_alloc(&w, &r->calls.dev, err) < 0 ||
	    jk_workspace_run(&w, &pass, &pack, 1, NULL, err) < 0;
	jk_workspace_release(&w, &r->calls.dev);
	return failed ? -1 : 0;
}

/*
 * What the device takes for itself to pass the largest pack there and back, and
 * for what comes before.
 */
static int
count_scratch(struct rehearsal *r, const struct jk_workspace_shape *shape,
    const struct packs *packs, uint64_t *bytes, struct jk_err *err)
{
	const struct jk_passes passes = { .n_variants = packs->n,
		.longest_prefix = packs->n_prefix };

	if (rehearse_pack(r, shape, shape->max, true, err) < 0 ||
	    jk_dora_norms(&r->lora, &r->weights, err) < 0)
		return -1;
	*bytes = jk_dev_scratch_bytes(r->calls.of, r->calls.v, r->calls.n,
	    &passes);
	return 0;
}

/* Of what was rehearsed; attention's are known as an upper bound only. */
static double
count_products(const struct rehearsal *r)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < r->calls.n; i++)
		if (r->calls.v[i].op != JK_OP_attention &&
		    r->calls.v[i].op != JK_OP_attention_back)
			sum += jk_op_flops(r->calls.v[i].op,
			    r->calls.v[i].args);
	return sum;
}

/*
 * Of packs with so many rows: a row takes as many as any other, and so does a
 * supervised one in the head.
 */
static int
count_rows(const struct jk_train_plan *p, struct rehearsal *r, bool train,
    uint64_t n_rows, uint64_t n_heads, double *sum, struct jk_err *err)
{
	const struct jk_workspace_shape *shape = &p->workspace.shape;
	const uint32_t n = shape->max.n_rows;
	double one, per_row;

	if (rehearse_pack(r, shape, (struct jk_pack_size){ 1, 1 }, train,
	    err) < 0)
		return -1;
	one = count_products(r);
	if (rehearse_pack(r, shape, (struct jk_pack_size){ n, 1 }, train,
	    err) < 0)
		return -1;
	/* where no pack has more than a row, each is that one */
	per_row = n > 1 ? (count_products(r) - one) / (n - 1) : one;
	*sum = per_row * (double)n_rows + (one - per_row) * (double)n_heads;
	return 0;
}

static int
count_operations(struct jk_train_plan *p, struct rehearsal *r,
    struct jk_err *err)
{
	double trained, asked;

	if (count_rows(p, r, true, p->n_rows, p->n_heads, &trained, err) < 0 ||
	    count_rows(p, r, false, p->n_asked_rows, p->n_asked_heads, &asked,
	    err) < 0)
		return -1;
	/* once in a step and for what is asked, a step between two of them */
	r->calls.n = 0;
	if (jk_dora_norms(&r->lora, &r->weights, err) < 0)
		return -1;
	p->operations = trained + asked + count_products(r) *
	    (double)(p->n_steps + (p->n_tests ? 2 * p->n_tests - 1 : 0));
	return 0;
}

/*
 * What tensors take on the device, which may be the model's own copies of them;
 * others of those are dropped (jk_weights_drop_copies).
 */
static uint64_t
weight_bytes(const struct jk_train_memory *m)
{
	const struct jk_tensor *table = jk_model_weight(m->model,
	    (struct jk_weight_id){ .module = JK_MODULE_PER_LAYER_EMBEDDING });
	uint64_t bytes = 0, n;
	size_t i;

	for (i = 0; i < m->model->n_tensors; i++) {
		const struct jk_tensor *t = &m->model->tensors[i];

		n = jk_tensor_count(t);
		bytes += jk_type_bytes(t->n_dims == 2 ? jk_dev_weight_type(
		    m->dev, t == table ? JK_WEIGHT_VECTOR : JK_WEIGHT_MATRIX,
		    t->dtype, m->precision) : JK_F32, n);
	}
	return bytes;
}

/* Of shares, of rounds of local steps, of what all ranks have. */
static uint64_t
sum_bytes(const struct jk_train_options *o, uint64_t n)
{
	const bool int8 = o->compression == JK_COMPRESSION_INT8;
	const bool local = o->local_steps > 0;

	return jk_tree_bytes(o->shares, local ? JK_LOCAL_PARTS * n : n,
	    local ? JK_LOCAL_SIGNED * n : n, int8) +
	    (local ? jk_local_bytes(n, int8) : 0) +
	    (int8 ? jk_replica_bytes(n) : 0);
}

static int
add_outside(struct jk_train_plan *p, struct rehearsal *r,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    const struct packs *packs, const struct jk_workspace_shape *shape,
    struct jk_err *err)
{
	struct jk_plan *plan = &p->workspace.plan;
	uint64_t scratch;

	if (count_scratch(r, shape, packs, &scratch, err) < 0)
		return -1;
	if (jk_plan_outside(plan, JK_MSG("weights"), weight_bytes(m), err) < 0
	    ||
	    jk_plan_outside(plan, JK_MSG("the device's own"), scratch, err) < 0
	    ||
	    jk_plan_outside(plan, JK_MSG("adapter"), 4 * (r->lora.n_params +
	    r->lora.n_vectors), err) < 0 ||
	    jk_plan_outside(plan, JK_MSG("adapter's gradients and moments"),
	    r->optimizer_bytes, err) < 0 ||
	    (o->shares > 1 && jk_plan_outside(plan,
	    JK_MSG("sums of shares"), sum_bytes(o, r->lora.n_params),
	    err) < 0) ||
	    jk_plan_outside(plan, JK_MSG("records"), 8ull * m->data->n_tokens +
	    (m->eval ? 8ull * m->eval->n_tokens : 0), err) < 0)
		return -1;
	return jk_plan_outside(plan, JK_MSG("program"), PROGRAM_BYTES, err);
}

/* The packs of a step's shares: of all, whoever computes them. */
static void
include(struct packs *p, const struct jk_batch *b, uint32_t limit,
    uint32_t n_shares)
{
	uint32_t bounds[JK_MOST_SHARES + 1], at, end, i;
	struct jk_pack_size *max = &p->max;

	if (b->share && b->prefix_len > p->n_prefix)
		p->n_prefix = b->prefix_len;
	jk_batch_cut(b, n_shares, bounds);
	for (i = 0; i < n_shares; i++)
		for (at = bounds[i]; at < bounds[i + 1]; at = end) {
			struct jk_pack_size s;

			end = jk_pack_end(b, at, bounds[i + 1], limit);
			s = jk_pack_size(b, at, end);
			p->n++;
			p->n_rows += s.n_rows;
			p->n_heads += s.n_heads;
			if (s.n_rows > max->n_rows)
				max->n_rows = s.n_rows;
			if (s.n_heads > max->n_heads)
				max->n_heads = s.n_heads;
		}
}

/* The packs of jk_train_evaluate, which takes the records as they stand. */
static int
count_evaluation(const struct jk_train_options *o,
    const struct jk_dataset *data, uint32_t limit, struct packs *packs,
    struct jk_err *err)
{
	const uint64_t effective = jk_train_effective(o);
	struct jk_order order;
	struct jk_batch b;
	uint64_t at;

	if (jk_order_init(&order, data->n, 0, false, err) < 0)
		return -1;
	for (at = 0; at < data->n; at += effective) {
		jk_batch_at(&b, data, order.records, at, effective,
		    o->share_prefix);
		include(packs, &b, limit, o->shares);
	}
	jk_order_release(&order);
	return 0;
}

/* The packs of a step. */
static int
count_step(const struct jk_train_options *o, const struct jk_train_plan *p,
    const struct jk_train_memory *m, uint64_t step, struct jk_order *order,
    uint32_t limit, struct packs *packs, struct jk_err *err)
{
	struct jk_batch b;

	if (jk_batch_of_step(&b, m->data, order, step, p->per_epoch,
	    jk_train_effective(o), o->share_prefix, err) < 0)
		return -1;
	include(packs, &b, limit, o->shares);
	return 0;
}

/* The packs of all steps and of evaluation, cut by a limit. */
static int
count_packs(const struct jk_train_options *o, struct jk_train_plan *p,
    const struct jk_train_memory *m, uint32_t limit, struct packs *packs,
    struct jk_err *err)
{
	struct jk_order order;
	uint32_t i;
	uint64_t step;
	int r = 0;

	*packs = (struct packs){ 0 };
	if (jk_order_init(&order, m->data->n, o->seed, o->shuffle, err) < 0)
		return -1;
	for (i = 0; r == 0 && i < p->n_tests; i++)
		r = count_step(o, p, m, i % jk_range_asked(p->per_epoch),
		    &order, limit, packs, err);
	p->n_asked_rows = packs->n_rows;
	p->n_asked_heads = packs->n_heads;
	packs->n_rows = packs->n_heads = 0;
	/* a step between two of them */
	for (i = 0; r == 0 && i + 1 < p->n_tests; i++)
		r = count_step(o, p, m, jk_range_learnt(i, p->per_epoch),
		    &order, limit, packs, err);
	if (p->n_steps >= p->per_epoch)
		packs->n = 0;	/* they come again, in steps */
	for (step = 0; r == 0 && step < p->n_steps; step++)
		r = count_step(o, p, m, step, &order, limit, packs, err);
	jk_order_release(&order);
	if (r < 0)
		return -1;
	p->n_rows = packs->n_rows;
	p->n_heads = packs->n_heads;
	if ((m->eval && count_evaluation(o, m->eval, limit, packs, err) < 0) ||
	    (m->taught &&
	    count_evaluation(o, m->taught, limit, packs, err) < 0))
		return -1;
	return 0;
}

/* The plan with one limit. */
static int
with_limit(struct jk_train_plan *p, struct rehearsal *r,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    uint32_t limit, struct jk_err *err)
{
	struct jk_workspace_shape shape = { .config = &m->model->config,
		.type = jk_dev_type(m->dev, m->precision),
		.lora = &r->lora, .recompute = o->recompute,
		.dropout = o->dropout > 0, .weighted = m->data->weighted };
	struct packs packs;

	jk_workspace_suit(&shape, m->dev, o->memory_bytes ? o->memory_bytes :
	    m->dev->memory_bytes);
	jk_workspace_release(&p->workspace, NULL);
	if (count_packs(o, p, m, limit, &packs, err) < 0)
		return -1;
	shape.max = packs.max;
	if (jk_workspace_plan(&p->workspace, &shape, err) < 0 ||
	    add_outside(p, r, o, m, &packs, &shape, err) < 0)
		return -1;
	p->max_rows = limit;
	p->n_params = r->lora.n_params;
	p->peak_bytes = jk_plan_peak(&p->workspace.plan);
	return 0;
}

/* The least that a run needs does not fit. */
static int
fail_limit(const struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, uint64_t budget, struct jk_err *err)
{
	char others[160] = "";

	if (!o->memory_bytes && m->dev->taken_bytes)
		snprintf(others, sizeof others, jk_tr(" (other programs have "
		    "%.0f MiB of the device's memory)"),
		    ceil((double)m->dev->taken_bytes / 0x1p20));
	return jk_fail(err, JK_EUSAGE, "%.0f MiB are needed even with one "
	    "record at a time, %.0f MiB may be used%s: take %s%sa smaller "
	    "--rank, shorter records, or more --memory",
	    ceil((double)p->peak_bytes / 0x1p20),
	    floor((double)budget / 0x1p20), others,
	    o->recompute == JK_RECOMPUTE_NONE ? "--recompute=layer, " : "",
	    o->optimizer == JK_ADAMW ? "--optimizer=adamw8bit, " : "");
}

/* The largest limit that fits, to 16 rows. */
static int
find_limit(struct jk_train_plan *p, struct rehearsal *r,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    uint64_t budget, struct jk_err *err)
{
	uint32_t low, high, middle;

	if (with_limit(p, r, o, m, UINT32_MAX, err) < 0)
		return -1;
	if (p->peak_bytes <= budget)
		return 0;
	low = m->data->longest;
	if (m->eval && m->eval->longest > low)
		low = m->eval->longest;
	high = p->workspace.shape.max.n_rows;
	if (with_limit(p, r, o, m, low, err) < 0)
		return -1;
	if (p->peak_bytes > budget)
		return fail_limit(p, o, m, budget, err);
	while (high > low + 16) {
		middle = low + (high - low) / 2;
		if (with_limit(p, r, o, m, middle, err) < 0)
			return -1;
		if (p->peak_bytes <= budget)
			low = middle;
		else
			high = middle;
	}
	return with_limit(p, r, o, m, low, err);
}

/* That limit, of a run that goes on. */
static int
keep_limit(struct jk_train_plan *p, struct rehearsal *r,
    const struct jk_train_options *o, const struct jk_train_memory *m,
    uint64_t budget, uint32_t limit, struct jk_err *err)
{
	if (with_limit(p, r, o, m, limit, err) < 0)
		return -1;
	if (p->peak_bytes <= budget)
		return 0;
	return jk_fail(err, JK_EUSAGE, "%.0f MiB are needed to go on "
	    "from the checkpoint, %.0f MiB may be used: give more "
	    "--memory, or begin again with --force",
	    ceil((double)p->peak_bytes / 0x1p20),
	    floor((double)budget / 0x1p20));
}

/*
 * What is left is for weights in the form that products want: of the calls of the
 * largest pack, which with_limit has rehearsed.
 */
static int
add_kept(struct jk_train_plan *p, const struct rehearsal *r,
    const struct jk_train_memory *m, uint64_t budget, struct jk_err *err)
{
	const uint64_t left = budget - p->peak_bytes;
	const uint64_t bytes = jk_dev_kept_bytes(m->dev, r->calls.v,
	    r->calls.n);

	p->kept_bytes = bytes < left ? bytes : left;
	p->peak_bytes += p->kept_bytes;
	return !bytes ? 0 : jk_plan_outside(&p->workspace.plan, JK_MSG(
	    "weights in the form of products"), p->kept_bytes, err);
}

int
jk_train_plan(struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, uint32_t max_rows, struct jk_err *err)
{
	const uint64_t budget = o->memory_bytes ? o->memory_bytes :
	    m->dev->memory_bytes / 10 * 9;
	struct rehearsal r = { .optimizer_bytes = 0 };
	int failed;

	*p = (struct jk_train_plan){ .max_rows = 0 };
	p->n_steps = jk_train_steps(o, m->data->n, &p->per_epoch);
	p->n_tests = isnan(o->lr) && p->n_steps ? JK_RANGE_LOSSES : 0;
	jk_calls_init(&r.calls, m->dev);
	failed = rehearse(&r, o, m, err) < 0 || (max_rows ?
	    keep_limit(p, &r, o, m, budget, max_rows, err) :
	    find_limit(p, &r, o, m, budget, err)) < 0 ||
	    add_kept(p, &r, m, budget, err) < 0 ||
	    count_operations(p, &r, err) < 0;
	end_rehearsal(&r);
	return failed ? -1 : 0;
}

void
jk_train_plan_release(struct jk_train_plan *p)
{
	jk_workspace_release(&p->workspace, NULL);
}

void
jk_train_plan_print(const struct jk_train_plan *p,
    const struct jk_train_options *o, struct jk_buf *out)
{
	const struct jk_pack_size *max = &p->workspace.shape.max;

	jk_plan_print(&p->workspace.plan, out);
	jk_buf_printf_local(out, jk_tr("%.6g operations in matrix products, attention "
	    "left out\n"), p->operations);
	jk_buf_printf(out, jk_tr("%llu steps of %llu records; the largest pack "
	    "has %u rows, %u of them supervised\n"), (unsigned long long)p->n_steps,
	    (unsigned long long)jk_train_effective(o), max->n_rows,
	    max->n_heads);
}
