#include "train/args.h"

#include <string.h>

/* An adapter that a run begins with has the run's shape. */
static int
check_init(const struct jk_train_options *o, const struct jk_adapter *init,
    struct jk_err *err)
{
	if (init->rank != o->rank)
		return jk_fail(err, JK_EUSAGE, "--rank=%u, but %s has rank %u",
		    o->rank, init->path, init->rank);
	if (init->alpha != o->alpha)
		return jk_fail(err, JK_EUSAGE, "--alpha=%g, but %s has alpha "
		    "%g", o->alpha, init->path, init->alpha);
	if (init->targets != o->targets)
		return jk_fail(err, JK_EUSAGE, "--targets names others than "
		    "%s has", init->path);
	if (init->rslora != o->rslora)
		return jk_fail(err, JK_EUSAGE, "--rslora, but %s was made "
		    "without", init->path);
	return 0;
}

int
jk_train_args_take(struct jk_train_args *a, const struct jk_config *config,
    struct jk_adapter *init, struct jk_err *err)
{
	struct jk_train_options *o = &a->o;

	o->warmup_steps = a->warmup_steps;
	o->max_steps = (uint64_t)a->max_steps;
	o->epochs = a->epochs ? (uint32_t)a->epochs : o->epochs;
	o->batch = (uint32_t)a->batch;
	o->accumulate = (uint32_t)a->accumulate;
	o->memory_bytes = (uint64_t)a->memory;
	o->eval_every = (uint64_t)a->eval_every;
	o->save_every = (uint64_t)a->save_every;
	o->log_every = (uint64_t)a->log_every;
	o->patience = (uint32_t)a->patience;
	o->seed = (uint64_t)a->seed;
	o->shuffle = strcmp(a->shuffle, "none") != 0;
	o->recompute = strcmp(a->recompute, "layer") == 0 ?
	    JK_RECOMPUTE_LAYER : JK_RECOMPUTE_NONE;
	o->optimizer = strcmp(a->optimizer, "adamw8bit") == 0 ? JK_ADAMW8BIT :
	    JK_ADAMW;
	if (jk_schedule_kind(a->schedule, &o->schedule, err) < 0)
		return -1;
	if (o->schedule == JK_SCHEDULE_CONSTANT && a->warmup_steps < 0)
		o->warmup_steps = 0;
	if (a->init_path) {
		if (jk_adapter_open(init, a->init_path, config, err) < 0)
			return -1;
		o->rank = init->rank;
		o->alpha = init->alpha;
		o->rslora = o->rslora || init->rslora;
		o->targets = init->targets;
	}
	if (a->rank)
		o->rank = (uint32_t)a->rank;
	if (a->alpha >= 0)
		o->alpha = a->alpha;
	if (a->targets && jk_train_targets(a->targets, &o->targets, err) < 0)
		return -1;
	if (!(jk_train_scale(o) > 0))
		return jk_fail(err, JK_EUSAGE, "--alpha=%g scales the adapter "
		    "to nothing", o->alpha);
	if (!a->eval_path && (a->eval_every || a->patience))
		return jk_fail(err, JK_EUSAGE, "--%s needs --eval",
		    a->patience ? "patience" : "eval-every");
	return a->init_path ? check_init(o, init, err) : 0;
}
