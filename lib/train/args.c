#include "train/args.h"

#include <string.h>

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
	return a->targets ? jk_train_targets(a->targets, &o->targets, err) :
	    0;
}
