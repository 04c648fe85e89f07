#include "train/plan.h"

#include <math.h>
#include <stdlib.h>

#include "dev/host.h"
#include "cpu/onednn.h"
#include "op/attention_size.h"
#include "cpu/weight_gemm.h"
#include "train/order.h"

/* The program and its libraries, as a run on a tiny model takes them. */
enum { PROGRAM_BYTES = 13 << 20 };

/* The largest pack, the longest prefix, and how many packs there are. */
struct packs {
	struct jk_pack_size max;
	uint32_t n_prefix;
	uint64_t n;
};

struct counting {
	struct jk_dev *dev;
	enum jk_precision precision;
	const struct jk_model *model;
	uint32_t n_rows, n_prefix, chunk;	/* of a pack; of the head */
	bool panels;		/* products are cpu/weight_gemm.h's */
	uint64_t device, decoded, sums;
};

/*
 * What a tensor takes on the device, which may be the model's own copy of it;
 * others of those are dropped (jk_weights_drop_copies).
 */
static void
count_tensor(struct counting *c, const struct jk_tensor *t)
{
	uint64_t n = jk_tensor_count(t), slice, rows;
	uint32_t type, used = c->precision == JK_PRECISION_BF16 ? JK_BF16 :
	    JK_F32;

	if (t->n_dims == 2) {
		type = c->dev->class->weight_type(c->dev, JK_WEIGHT_MATRIX,
		    t->dtype, c->precision);
		c->device += jk_type_bytes(type, n);
		if (c->panels)	/* nothing is decoded but into them */
			return;
		slice = (uint64_t)t->shape[1] * jk_cpu_slice(type, used,
		    (uint32_t)t->shape[0], (uint32_t)t->shape[1]);
		slice = jk_type_bytes(used, slice);
		if (c->dev->is_host && type != used && slice > c->decoded)
			c->decoded = slice;
		/* several slices are added up in f32 on the way back */
		rows = t->shape[0] == c->model->config.vocab_size ? c->chunk :
		    c->n_rows;
		if (c->dev->is_host && jk_cpu_slice(type, used,
		    UINT32_MAX, (uint32_t)t->shape[1]) < t->shape[0] &&
		    4 * rows * t->shape[1] > c->sums)
			c->sums = 4 * rows * t->shape[1];
	} else {
		c->device += 4 * n;
	}
}

static uint64_t
most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Scratch memory of the largest product, there and back. */
static uint64_t
panel_bytes(const struct counting *c)
{
	const struct jk_config *config = &c->model->config;
	const uint64_t threads = (uint64_t)jk_cpu_threads(
	    jk_dev_cpu(c->dev));
	const bool bf16 = c->precision == JK_PRECISION_BF16;
	uint64_t bytes = most(jk_weight_gemm_bytes(c->chunk,
	    config->vocab_size, config->hidden_size, false, threads),
	    jk_weight_gemm_bytes(c->chunk, config->hidden_size,
	    config->vocab_size, bf16, threads));
	int g;

	for (g = 0; g < JK_N_GROUPS; g++) {
		uint32_t n = jk_group_n(config, (enum jk_group)g);
		uint32_t k = jk_group_k(config, (enum jk_group)g);

		bytes = most(bytes, most(jk_weight_gemm_bytes(c->n_rows, n, k,
		    bf16, threads), jk_weight_gemm_bytes(c->n_rows, k, n, bf16,
		    threads)));
	}
	return bytes;
}

/* Scratch memory of attention's way back. */
static uint64_t
attention_bytes(const struct counting *c)
{
	const struct jk_config *config = &c->model->config;

	return jk_attention_back_bytes(c->n_rows, c->n_prefix, config->n_heads,
	    config->n_kv_heads, config->head_dim, (uint64_t)jk_cpu_threads(
	    jk_dev_cpu(c->dev)));
}

/*
 * oneDNN's code for products, on the host: of a pack, four a layer's groups
 * have forward and four back, and the head's last chunk, whose rows are
 * another number, two.
 */
static uint64_t
product_bytes(const struct jk_train_memory *m, uint64_t n_packs)
{
	enum { A_PACK = 10 };

	if (!m->dev->is_host || !jk_cpu_takes_onednn(jk_dev_cpu(m->dev),
	    JK_F32))
		return 0;
	return JK_ONEDNN_PRIMITIVE_BYTES * (n_packs > JK_ONEDNN_KEPT / A_PACK ?
	    JK_ONEDNN_KEPT : n_packs * A_PACK);
}

static int
add_outside(struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, const struct packs *packs,
    struct jk_err *err)
{
	struct jk_plan *plan = &p->workspace.plan;
	const struct jk_config *c = &m->model->config;
	struct counting n = { .dev = m->dev, .precision = m->precision,
		.model = m->model,
		.n_rows = packs->max.n_rows, .n_prefix = packs->n_prefix,
		.chunk = p->workspace.chunk };
	struct jk_lora shape = { 0 };
	struct jk_lora_tensor *tensors;
	uint64_t state, optimizer, data;
	size_t n_tensors, i;

	n.panels = m->dev->is_host && !jk_cpu_takes_onednn(
	    jk_dev_cpu(m->dev), p->workspace.shape.type);
	for (i = 0; i < m->model->n_tensors; i++)
		count_tensor(&n, &m->model->tensors[i]);
	if (jk_lora_shape(&shape, c, o->rank, jk_train_scale(o), o->targets,
	    err) < 0)
		return -1;
	tensors = jk_lora_tensors(&shape, c, &n_tensors, err);
	if (!tensors) {
		jk_lora_release(&shape, m->dev);
		return -1;
	}
	optimizer = jk_optimizer_bytes(o->optimizer, tensors, n_tensors,
	    &state);
	free(tensors);
	data = 8ull * m->data->n_tokens + (m->eval ? 8ull *
	    m->eval->n_tokens : 0);
	i = jk_plan_outside(plan, "weights", n.device, err) < 0 ||
	    jk_plan_outside(plan, "weights decoded for a product", n.decoded,
	    err) < 0 ||
	    jk_plan_outside(plan, "sums of decoded slices", n.sums,
	    err) < 0 ||
	    jk_plan_outside(plan, "panels of a product", n.panels ?
	    panel_bytes(&n) : 0, err) < 0 ||
	    jk_plan_outside(plan, "sums and tiles of attention",
	    m->dev->is_host ? attention_bytes(&n) : 0, err) < 0 ||
	    jk_plan_outside(plan, "adapter", 4 * shape.n_params, err) < 0 ||
	    jk_plan_outside(plan, "adapter's gradients and moments",
	    optimizer, err) < 0 ||
	    jk_plan_outside(plan, "records", data, err) < 0 ||
	    jk_plan_outside(plan, "code of products", product_bytes(m,
	    packs->n), err) < 0 ||
	    jk_plan_outside(plan, "program", PROGRAM_BYTES, err) < 0;
	jk_lora_release(&shape, m->dev);
	return i ? -1 : 0;
}

static void
include(struct packs *p, const struct jk_batch *b, uint32_t limit)
{
	struct jk_pack_size *max = &p->max;
	uint32_t at, end;

	if (b->share && b->prefix_len > p->n_prefix)
		p->n_prefix = b->prefix_len;
	for (at = 0; at < b->n; at = end) {
		struct jk_pack_size s;

		end = jk_pack_end(b, at, limit);
		s = jk_pack_size(b, at, end);
		p->n++;
		if (s.n_rows > max->n_rows)
			max->n_rows = s.n_rows;
		if (s.n_heads > max->n_heads)
			max->n_heads = s.n_heads;
	}
}

/* The packs of all steps and of evaluation, cut by a limit. */
static int
count_packs(const struct jk_train_options *o, const struct jk_train_plan *p,
    const struct jk_train_memory *m, uint32_t limit, struct packs *packs,
    struct jk_err *err)
{
	const uint64_t effective = (uint64_t)o->batch * o->accumulate;
	struct jk_order order;
	struct jk_batch b;
	uint64_t step, at;

	*packs = (struct packs){ 0 };
	if (jk_order_init(&order, m->data->n, o->seed, o->shuffle, err) < 0)
		return -1;
	for (step = 0; step < p->n_steps; step++) {
		if (jk_order_epoch(&order, step / p->per_epoch, err) < 0) {
			jk_order_release(&order);
			return -1;
		}
		at = step % p->per_epoch * effective;
		jk_batch_init(&b, m->data, order.records + at,
		    (uint32_t)(m->data->n - at < effective ?
		    m->data->n - at : effective), o->share_prefix);
		include(packs, &b, limit);
	}
	jk_order_release(&order);
	if (!m->eval)
		return 0;
	if (jk_order_init(&order, m->eval->n, 0, false, err) < 0)
		return -1;
	for (at = 0; at < m->eval->n; at += effective) {
		jk_batch_init(&b, m->eval, order.records + at,
		    (uint32_t)(m->eval->n - at < effective ?
		    m->eval->n - at : effective), o->share_prefix);
		include(packs, &b, limit);
	}
	jk_order_release(&order);
	return 0;
}

/* The plan with one limit. */
static int
with_limit(struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, uint32_t limit, struct jk_err *err)
{
	struct jk_workspace_shape shape = { .config = &m->model->config,
		.type = m->precision == JK_PRECISION_BF16 ? JK_BF16 : JK_F32,
		.rank = o->rank, .targets = o->targets,
		.recompute = o->recompute, .dropout = o->dropout > 0 };

	struct packs packs;

	jk_workspace_release(&p->workspace, NULL);
	if (count_packs(o, p, m, limit, &packs, err) < 0)
		return -1;
	shape.max = packs.max;
	if (jk_workspace_plan(&p->workspace, &shape, err) < 0 ||
	    add_outside(p, o, m, &packs, err) < 0)
		return -1;
	p->max_rows = limit;
	p->peak_bytes = jk_plan_peak(&p->workspace.plan);
	return 0;
}

int
jk_train_plan(struct jk_train_plan *p, const struct jk_train_options *o,
    const struct jk_train_memory *m, uint32_t max_rows, struct jk_err *err)
{
	uint64_t budget = o->memory_bytes ? o->memory_bytes :
	    m->dev->memory_bytes / 10 * 9;
	uint32_t low, high, middle;

	*p = (struct jk_train_plan){ 0 };
	p->n_steps = jk_train_steps(o, m->data->n, &p->per_epoch);
	if (max_rows) {
		if (with_limit(p, o, m, max_rows, err) < 0)
			return -1;
		if (p->peak_bytes <= budget)
			return 0;
		return jk_fail(err, JK_EUSAGE, "%.0f MiB are needed to go on "
		    "from the checkpoint, %.0f MiB may be used: give more "
		    "--memory, or begin again with --force",
		    ceil((double)p->peak_bytes / 0x1p20),
		    floor((double)budget / 0x1p20));
	}
	if (with_limit(p, o, m, UINT32_MAX, err) < 0)
		return -1;
	if (p->peak_bytes <= budget)
		return 0;
	/* the largest limit that fits, to 16 rows */
	low = m->data->longest;
	if (m->eval && m->eval->longest > low)
		low = m->eval->longest;
	high = p->workspace.shape.max.n_rows;
	if (with_limit(p, o, m, low, err) < 0)
		return -1;
	if (p->peak_bytes > budget)
		return jk_fail(err, JK_EUSAGE, "%.0f MiB are needed even with "
		    "one record at a time, %.0f MiB may be used: take %s%s"
		    "a smaller --rank, shorter records, or more --memory",
		    ceil((double)p->peak_bytes / 0x1p20),
		    floor((double)budget / 0x1p20),
		    o->recompute == JK_RECOMPUTE_NONE ?
		    "--recompute=layer, " : "", o->optimizer == JK_ADAMW ?
		    "--optimizer=adamw8bit, " : "");
	while (high > low + 16) {
		middle = low + (high - low) / 2;
		if (with_limit(p, o, m, middle, err) < 0)
			return -1;
		if (p->peak_bytes <= budget)
			low = middle;
		else
			high = middle;
	}
	return with_limit(p, o, m, low, err);
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
	jk_buf_printf(out, "%llu steps of %llu records; the largest pack has "
	    "%u rows, %u of them supervised\n", (unsigned long long)p->n_steps,
	    (unsigned long long)o->batch * o->accumulate, max->n_rows,
	    max->n_heads);
}
