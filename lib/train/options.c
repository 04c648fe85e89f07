#include "train/options.h"

#include <math.h>
#include <string.h>

int
jk_train_targets(const char *list, unsigned *targets, struct jk_err *err)
{
	const char *s = list;

	*targets = 0;
	for (;;) {
		size_t n = strcspn(s, ","), whole;
		int p;

		for (p = 0; p < JK_N_PROJS; p++) {
			const char *name = jk_proj_name((enum jk_proj)p);

			/* with or without "_proj" */
			whole = strlen(name);
			if ((n == whole || n == whole - 5) &&
			    memcmp(s, name, n) == 0)
				break;
		}
		if (p == JK_N_PROJS)
			return jk_fail(err, JK_EUSAGE, "unknown target '%.*s' "
			    "(q, k, v, o, gate, up, down)", (int)n, s);
		*targets |= 1u << p;
		if (!s[n])
			return 0;
		s += n + 1;
	}
}

float
jk_train_scale(const struct jk_train_options *o)
{
	return (float)(o->alpha / (o->rslora ? sqrt(o->rank) : o->rank));
}

uint64_t
jk_train_steps(const struct jk_train_options *o, size_t n,
    uint64_t *per_epoch)
{
	uint64_t effective = (uint64_t)o->batch * o->accumulate;

	*per_epoch = (n + effective - 1) / effective;
	return o->max_steps ? o->max_steps : *per_epoch * o->epochs;
}

struct jk_schedule
jk_train_schedule(const struct jk_train_options *o, uint64_t n_steps)
{
	struct jk_schedule s = { .kind = o->schedule, .lr = o->lr,
		.n_steps = n_steps };

	s.warmup_steps = o->warmup_steps >= 0 ? (uint64_t)o->warmup_steps :
	    (uint64_t)ceil(o->warmup_ratio * (double)n_steps);
	return s;
}

json_t *
jk_train_settings(const struct jk_train_options *o)
{
	static const char *const schedules[] = { "linear", "cosine",
		"constant" };
	json_t *targets = json_array();
	int p;

	for (p = 0; targets && p < JK_N_PROJS; p++)
		if (o->targets & 1u << p)
			json_array_append_new(targets, json_string(
			    jk_proj_name((enum jk_proj)p)));
	return json_pack("{s:f,s:s,s:I,s:f,s:I,s:I,s:I,s:I,s:I,s:f,s:f,s:o,"
	    "s:b,s:s,s:b,s:I,s:I,s:I,s:I,s:I}",
	    "lr", o->lr, "schedule", schedules[o->schedule],
	    "warmup_steps", (json_int_t)o->warmup_steps,
	    "warmup_ratio", o->warmup_ratio,
	    "max_steps", (json_int_t)o->max_steps,
	    "epochs", (json_int_t)o->epochs,
	    "batch", (json_int_t)o->batch,
	    "accumulate", (json_int_t)o->accumulate,
	    "rank", (json_int_t)o->rank, "alpha", o->alpha,
	    "dropout", o->dropout, "targets", targets,
	    "rslora", (int)o->rslora,
	    "optimizer", o->optimizer == JK_ADAMW ? "adamw" : "adamw8bit",
	    "shuffle", (int)o->shuffle,
	    "eval_every", (json_int_t)o->eval_every,
	    "save_every", (json_int_t)o->save_every,
	    "patience", (json_int_t)o->patience,
	    "log_every", (json_int_t)o->log_every,
	    "seed", (json_int_t)o->seed);
}
