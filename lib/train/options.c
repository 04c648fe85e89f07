#include "train/options.h"

#include "model/adapter_open.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define IN(member) JK_OPT_IN(struct jk_train_options, member)

const struct jk_opt jk_train_setting_opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "Steps:" },
	{ JK_OPT_AUTO, 0, "lr", IN(lr), "X",
	  "learning rate; auto: a test finds it", 0, 1e9, "1e-4" },
	{ JK_OPT_ENUM, 0, "schedule", IN(schedule),
	  "linear|cosine|constant", "of the rate", 0, 0, "linear" },
	{ JK_OPT_INT, 0, "warmup-steps", IN(warmup_steps), "N",
	  "instead of the ratio", 0, 1e9, NULL },
	{ JK_OPT_REAL, 0, "warmup-ratio", IN(warmup_ratio), "X",
	  "of the steps", 0, 1, "0.03" },
	{ JK_OPT_INT, 0, "max-steps", IN(max_steps), "N",
	  "instead of epochs", 1, 1e9, NULL },
	{ JK_OPT_INT, 0, "epochs", IN(epochs), "N", "passes", 1, 1e6, "2" },
	{ JK_OPT_INT, 'b', "batch", IN(batch), "N",
	  "records of a micro-batch", 1, 65536, "2" },
	{ JK_OPT_INT, 0, "accumulate", IN(accumulate), "N",
	  "micro-batches of a step", 1, 65536, "4" },
	{ .kind = JK_OPT_GROUP, .help = "Adapter, optimizer, order:" },
	{ JK_OPT_INT, 'r', "rank", IN(rank), "N", "rank", 1, 1024, "8" },
	{ JK_OPT_REAL, 0, "alpha", IN(alpha), "X", "alpha", 0, 1e6, "16" },
	{ JK_OPT_REAL, 0, "dropout", IN(dropout), "P", "dropout", 0, 0.99,
	  "0.05" },
	{ JK_OPT_STRING, 0, "targets", IN(target_list), "LIST",
	  "projections: q,v or c_attn, … (all)", 0, 0, NULL },
	{ JK_OPT_FLAG, 0, "rslora", IN(rslora), NULL,
	  "scale by alpha / sqrt(rank)", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "optimizer", IN(optimizer), "adamw|adamw8bit", "",
	  0, 0, "adamw" },
	{ JK_OPT_SWITCH, 0, "shuffle", IN(shuffle), "epoch|none",
	  "order of the records", 0, 0, "epoch" },
	{ .kind = JK_OPT_GROUP, .help = "Evaluation and saving, in steps:" },
	{ JK_OPT_INT, 0, "eval-every", IN(eval_every), "N",
	  "(each epoch)", 1, 1e9, NULL },
	{ JK_OPT_INT, 0, "save-every", IN(save_every), "N",
	  "(each epoch)", 1, 1e9, NULL },
	{ JK_OPT_INT, 0, "patience", IN(patience), "N",
	  "stop after N evaluations without a better one", 1, 1e6, NULL },
	{ JK_OPT_INT, 0, "log-every", IN(log_every), "N", "", 1, 1e9, "1" },
	{ .kind = JK_OPT_GROUP, .help = "Recipe:" },
	{ JK_OPT_INT, 's', "seed", IN(seed), "N", "seed", 0, 9e15, "0" },
	{ .kind = JK_OPT_END }
};

const struct jk_opt jk_train_recipe_opts[] = {
	{ JK_OPT_REAL, 0, "beta1", IN(beta1), "X",
	  "decay of AdamW's first moments", 0, 0.999999, "0.9" },
	{ JK_OPT_REAL, 0, "beta2", IN(beta2), "X", "of its second moments",
	  0, 0.999999, "0.999" },
	{ JK_OPT_REAL, 0, "eps", IN(eps), "X", "AdamW's epsilon", 1e-30, 1,
	  "1e-8" },
	{ JK_OPT_REAL, 0, "weight-decay", IN(weight_decay), "X",
	  "AdamW's, decoupled", 0, 100, "0" },
	{ JK_OPT_REAL, 0, "max-grad-norm", IN(max_grad_norm), "X",
	  "clip the gradient to this norm; 0: never", 0, 1e9, "1" },
	{ JK_OPT_REAL, 0, "loraplus-lr-ratio", IN(loraplus_lr_ratio), "X",
	  "LoRA+: rate of B over rate of A", 1e-6, 1e6, "1" },
	{ JK_OPT_REAL, 0, "neftune-noise-alpha", IN(neftune_noise_alpha), "X",
	  "NEFTune: noise on embeddings; 0: none", 0, 1e6, "0" },
	{ JK_OPT_FLAG, 0, "dora", IN(dora), NULL,
	  "DoRA: train the lengths of weights' rows as well", 0, 0, NULL },
	{ JK_OPT_REAL, 0, "max-memorised", IN(max_memorised), "X",
	  "stop where a larger share is known by heart; 1: never", 0, 1, "1" },
	{ JK_OPT_INT, 0, "shares", IN(shares), "N",
	  "sum a step's gradient in shares, which ranks may divide", 1,
	  JK_MOST_SHARES, "1" },
	{ JK_OPT_INT, 0, "local-steps", IN(local_steps), "N",
	  "shares train apart for N steps, and their mean goes on", 1, 1e9,
	  NULL },
	{ JK_OPT_ENUM, 0, "compression", IN(compression), "none|int8",
	  "of what ranks send each other", 0, 0, "none" },
	{ JK_OPT_FLAG, 0, "mixed", IN(mixed), NULL,
	  "ranks may be on machines that differ in the last bits", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "layers", IN(shape.layer_list), "LIST",
	  "layers that get LoRA: 0-3,7 (all)", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "rank-pattern", IN(shape.rank_list), "LIST",
	  "ranks of single targets: q=16,down=4", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "alpha-pattern", IN(shape.alpha_list), "LIST",
	  "their alphas", 0, 0, NULL },
	{ .kind = JK_OPT_END }
};

const struct jk_opt jk_train_file_opts[] = {
	{ .kind = JK_OPT_GROUP, .help = "Files, memory, machine:" },
	{ JK_OPT_STRING, 0, "eval", IN(eval_path), "SHARD",
	  "evaluate on it; keep the best adapter as well", 0, 0, NULL },
	{ JK_OPT_STRING, 0, "init", IN(init_path), "ADAPTER",
	  "go on from an adapter", 0, 0, NULL },
	{ JK_OPT_ENUM, 0, "recompute", IN(recompute), "none|layer",
	  "keep activations, or run each layer again", 0, 0, "none" },
	{ JK_OPT_SIZE, 0, "memory", IN(memory_bytes), "BYTES",
	  "that the run may use (nine tenths)", 1, 1e15, NULL },
	{ JK_OPT_FLAG, 0, "share-prefix", IN(share_prefix), NULL,
	  "compute a common beginning once", 0, 0, "yes" },
	{ .kind = JK_OPT_END }
};

static int
fail_target(const struct jk_config *c, const char *name, size_t n,
    struct jk_err *err)
{
	const unsigned all = jk_proj_all(c);
	struct jk_buf b = JK_BUF_INIT;
	int p;

	for (p = 0; p < JK_N_PROJS; p++)
		if (all & 1u << p)
			jk_buf_printf(&b, "%s%s", b.len ? ", " : "",
			    jk_proj_target(c, (enum jk_module)p, 1u << p));
	if (jk_buf_check(&b, err) == 0)
		jk_fail(err, JK_EUSAGE, "unknown target '%.*s': the model has "
		    "%s", n < 100 ? (int)n : 100, name, jk_buf_str(&b));
	jk_buf_release(&b);
	return -1;
}

/* "q_proj,v_proj" or "q,v", "c_attn,mlp.c_proj" → bits. */
static int
parse_targets(const char *list, const struct jk_config *c, unsigned *targets,
    struct jk_err *err)
{
	const char *s = list;
	unsigned bits;
	size_t n;

	*targets = 0;
	for (;;) {
		n = strcspn(s, ",");
		bits = jk_proj_parse(c, s, n);
		if (!bits)
			return fail_target(c, s, n, err);
		*targets |= bits;
		if (!s[n])
			return 0;
		s += n + 1;
	}
}

/* An adapter that a run begins with has the run's shape. */
static int
check_init(const struct jk_train_options *o, const struct jk_adapter *init,
    struct jk_err *err)
{
	const char *beyond = jk_adapter_beyond(init, o->config, false, true);

	if (beyond)
		return jk_fail(err, JK_EUSAGE, "--init=%s has %s, with which "
		    "training cannot go on: merge it into its model (jk-merge)"
		    " and train a new adapter on the result", init->path,
		    beyond);
	if (init->rank != o->rank)
		return jk_fail(err, JK_EUSAGE, "--rank=%u, but %s has rank %u",
		    o->rank, init->path, init->rank);
	if (init->alpha != o->alpha)
		return jk_fail(err, JK_EUSAGE, "--alpha=%g, but %s has alpha "
		    "%g", o->alpha, init->path, init->alpha);
	if (init->targets != o->targets)
		return jk_fail(err, JK_EUSAGE, "--targets names others than "
		    "%s has", init->path);
	if (init->variant != jk_train_variant(o))
		return jk_fail(err, JK_EUSAGE, "--%srslora, but %s was made "
		    "%s it", o->rslora ? "" : "no-", init->path,
		    o->rslora ? jk_tr(JK_CTX("rslora", "without")) :
		    jk_tr(JK_CTX("rslora", "with")));
	if (init->has_magnitudes != o->dora)
		return jk_fail(err, JK_EUSAGE, "--%sdora, but %s was made "
		    "%s it", o->dora ? "" : "no-", init->path,
		    o->dora ? jk_tr(JK_CTX("rslora", "without")) :
		    jk_tr(JK_CTX("rslora", "with")));
	return 0;
}

static bool
given(const struct jk_train_options *o, const char *name)
{
	return jk_opt_given(jk_train_setting_opts, o->given, name);
}

/* The adapter's own shape, where nothing else was asked for. */
static void
take_shape(struct jk_train_options *o, const struct jk_adapter *init)
{
	if (!given(o, "rank"))
		o->rank = init->rank;
	if (!given(o, "alpha"))
		o->alpha = init->alpha;
	if (!given(o, "rslora"))
		o->rslora = init->variant == JK_LORA_RSLORA;
	if (!jk_opt_given(jk_train_recipe_opts, o->recipe_given, "dora"))
		o->dora = init->has_magnitudes;
	o->targets = init->targets;
}

int
jk_train_settle(struct jk_train_options *o, uint64_t smoke,
    const struct jk_config *config, struct jk_adapter *init,
    struct jk_err *err)
{
	struct jk_train_shape *s = &o->shape;

	if (smoke)
		o->schedule = JK_SCHEDULE_CONSTANT;
	if (smoke && !given(o, "epochs"))
		o->epochs = 10;
	if (smoke || !given(o, "warmup-steps"))
		o->warmup_steps = o->schedule == JK_SCHEDULE_CONSTANT ? 0 : -1;
	o->config = config;
	o->targets = jk_proj_all(config);
	if (o->init_path) {
		if (jk_adapter_open(init, o->init_path, config, err) < 0)
			return -1;
		take_shape(o, init);
	}
	if (o->target_list &&
	    parse_targets(o->target_list, config, &o->targets, err) < 0)
		return -1;
	if (!(jk_lora_scale(jk_train_variant(o), o->alpha, o->rank) > 0))
		return jk_fail(err, JK_EUSAGE, "--alpha=%g scales the adapter "
		    "to nothing", o->alpha);
	if (o->init_path && (s->layer_list || s->rank_list || s->alpha_list))
		return jk_fail(err, JK_EUSAGE, "--init goes on with the "
		    "adapter's own layers and ranks: leave --%s out",
		    s->layer_list ? "layers" : s->rank_list ?
		    "rank-pattern" : "alpha-pattern");
	if (jk_train_shape_settle(s, config, o->targets, o->rank, o->alpha,
	    err) < 0)
		return -1;
	if (o->compression != JK_COMPRESSION_NONE && o->shares == 1)
		return jk_fail(err, JK_EUSAGE, "--compression is of what "
		    "shares of a step send each other: give --shares, of 2 or "
		    "more");
	if (o->local_steps && o->shares == 1)
		return jk_fail(err, JK_EUSAGE, "--local-steps is of shares "
		    "that train apart: give --shares, of 2 or more");
	if (o->local_steps && o->optimizer != JK_ADAMW)
		return jk_fail(err, JK_EUSAGE, "--local-steps averages moments "
		    "of 32 bits: leave --optimizer=adamw8bit out");
	if (!o->eval_path && (o->eval_every || o->patience ||
	    o->max_memorised < 1))
		return jk_fail(err, JK_EUSAGE, "--%s needs --eval",
		    o->patience ? "patience" : o->eval_every ? "eval-every" :
		    "max-memorised");
	return o->init_path ? check_init(o, init, err) : 0;
}

enum jk_lora_variant
jk_train_variant(const struct jk_train_options *o)
{
	return o->rslora ? JK_LORA_RSLORA : JK_LORA_PLAIN;
}

uint64_t
jk_train_steps(const struct jk_train_options *o, size_t n,
    uint64_t *per_epoch)
{
	const uint64_t effective = jk_train_effective(o);

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

/* Whether an earlier projection has that name already. */
static bool
has_name(const json_t *names, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(names, i, item)
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	return false;
}

json_t *
jk_train_target_names(const struct jk_train_options *o)
{
	json_t *names = json_array();
	const char *name;
	int p;

	for (p = 0; names && p < JK_N_PROJS; p++) {
		if (!(o->targets & 1u << p))
			continue;
		name = jk_proj_target(o->config, (enum jk_module)p,
		    o->targets);
		if (!has_name(names, name))
			json_array_append_new(names, json_string(name));
	}
	return names;
}

/* Add a setting under its name; steals value, which NULL is no memory. */
static int
set_setting(json_t *all, const struct jk_opt *row, json_t *value)
{
	char key[32], *dash;

	snprintf(key, sizeof key, "%s", row->name);
	while ((dash = strchr(key, '-')) != NULL)
		*dash = '_';
	return json_object_set_new(all, key, value);
}

/* The value of a row of the recipe; of a list in words, its meaning. */
static json_t *
recipe_value(const struct jk_opt *row, const struct jk_train_options *o)
{
	switch (row->at) {
	case offsetof(struct jk_train_options, shape.layer_list):
		return jk_train_layers_json(&o->shape);
	case offsetof(struct jk_train_options, shape.rank_list):
		return jk_train_ranks_json(&o->shape);
	case offsetof(struct jk_train_options, shape.alpha_list):
		return jk_train_alphas_json(&o->shape);
	default:
		return jk_opt_json(row, o);
	}
}

/* Whether a row has the value that it has where it is not given. */
static bool
is_preset(const struct jk_opt *row, const struct jk_train_options *o)
{
	struct jk_train_options fresh = { .lr = 0 };
	json_t *now, *preset;
	struct jk_err err;
	bool same;

	if (row->kind == JK_OPT_STRING)
		return !*(const char *const *)(const void *)((const char *)o +
		    row->at);
	if (row->preset && jk_opt_set(jk_train_recipe_opts, &fresh, row->name,
	    row->preset, "", &err) < 0)
		return false;
	now = jk_opt_json(row, o);
	preset = jk_opt_json(row, &fresh);
	same = json_equal(now, preset);
	json_decref(now);
	json_decref(preset);
	return same;
}

json_t *
jk_train_settings(const struct jk_train_options *o)
{
	json_t *all = json_object();
	const struct jk_opt *row;
	int r = all ? 0 : -1;

	for (row = jk_train_setting_opts; r == 0 && row->kind != JK_OPT_END;
	    row++)
		/* a list in words, of which the run has the meaning */
		if (row->kind != JK_OPT_GROUP)
			r = set_setting(all, row, row->kind == JK_OPT_STRING ?
			    jk_train_target_names(o) : jk_opt_json(row, o));
	for (row = jk_train_recipe_opts; r == 0 && row->kind != JK_OPT_END;
	    row++)
		if (row->kind != JK_OPT_GROUP && !is_preset(row, o))
			r = set_setting(all, row, recipe_value(row, o));
	if (r < 0) {
		json_decref(all);
		return NULL;
	}
	return all;
}
