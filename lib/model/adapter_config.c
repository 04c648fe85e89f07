#include "model/adapter_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- members */

enum rule {
	ANY,		/* read elsewhere, or without effect on the numbers */
	EMPTY,		/* absent, null, false or empty */
	NO_CONFIG,	/* absent, null or false: PEFT fills in an empty one */
	NOT_FIXED	/* EMPTY: what it does depends on the text */
};

static const struct member {
	const char *name;
	enum rule rule;
} members[] = {
	{ "peft_type", ANY }, { "r", ANY }, { "lora_alpha", ANY },
	{ "init_lora_weights", ANY },
	{ "target_modules", ANY }, { "exclude_modules", ANY },
	{ "layers_to_transform", ANY }, { "layers_pattern", ANY },
	/* where the adapter is from, and how it was trained */
	{ "task_type", ANY }, { "auto_mapping", ANY },
	{ "peft_version", ANY }, { "base_model_name_or_path", ANY },
	{ "revision", ANY }, { "inference_mode", ANY },
	{ "lora_dropout", ANY }, { "runtime_config", ANY },
	{ "megatron_core", ANY }, { "velora_config", ANY },
	/* what PEFT corrects by the class of the module, Linear or Conv1D */
	{ "fan_in_fan_out", ANY },
	/* of use_qalora and of one init_lora_weights each */
	{ "qalora_group_size", ANY }, { "loftq_config", ANY },
	{ "eva_config", ANY }, { "corda_config", ANY },
	{ "lora_ga_config", ANY },
	/* rates and types in training, of ms-swift */
	{ "lora_dtype", ANY }, { "lorap_lr_ratio", ANY },
	{ "lorap_emb_lr", ANY },
	{ "bias", ANY }, { "lora_bias", ANY }, { "use_dora", ANY },
	{ "rank_pattern", ANY }, { "alpha_pattern", ANY },
	{ "modules_to_save", ANY }, { "trainable_token_indices", ANY },
	{ "ensure_weight_tying", ANY },
	{ "use_qalora", EMPTY }, { "target_parameters", EMPTY },
	{ "layer_replication", EMPTY }, { "megatron_config", EMPTY },
	{ "alora_invocation_tokens", NOT_FIXED },
	{ "use_bdlora", NO_CONFIG }, { "arrow_config", NO_CONFIG },
	{ "kasa_config", NO_CONFIG }, { "monteclora_config", NO_CONFIG },
};

static bool
keeps(const json_t *v, enum rule rule)
{
	if (rule == ANY || json_is_null(v) || json_is_false(v))
		return true;
	if (rule == NO_CONFIG)
		return false;
	return (json_is_object(v) && json_object_size(v) == 0) ||
	    (json_is_array(v) && json_array_size(v) == 0);
}

static bool
is_variant(const char *key)
{
	int i;

	for (i = JK_LORA_PLAIN + 1; i < JK_N_LORA_VARIANTS; i++)
		if (strcmp(key, jk_lora_variant_member(
		    (enum jk_lora_variant)i)) == 0)
			return true;
	return false;
}

static int
read_bool(const struct jk_adapter *a, const char *member, bool *value,
    struct jk_err *err)
{
	const json_t *v = json_object_get(a->config, member);

	if (v && !json_is_boolean(v) && !json_is_null(v))
		return jk_fail(err, JK_EDATA, "%s: %s is neither true nor "
		    "false", a->path, member);
	*value = json_is_true(v);
	return 0;
}

/* Which of the variants the configuration has; one at most. */
static int
read_variant(struct jk_adapter *a, struct jk_err *err)
{
	bool has;
	int i;

	for (i = JK_LORA_PLAIN + 1; i < JK_N_LORA_VARIANTS; i++) {
		const char *member = jk_lora_variant_member(
		    (enum jk_lora_variant)i);

		if (read_bool(a, member, &has, err) < 0)
			return -1;
		if (!has)
			continue;
		if (a->variant != JK_LORA_PLAIN)
			return jk_fail(err, JK_EDATA, "%s: %s and %s at once",
			    a->path, jk_lora_variant_member(a->variant),
			    member);
		a->variant = (enum jk_lora_variant)i;
	}
	if (read_bool(a, "use_dora", &a->has_magnitudes, err) < 0 ||
	    read_bool(a, "lora_bias", &a->has_biases, err) < 0 ||
	    read_bool(a, "ensure_weight_tying", &a->ties, err) < 0)
		return -1;
	return a->has_magnitudes && a->has_biases ? jk_fail(err, JK_EDATA,
	    "%s: use_dora and lora_bias at once, which PEFT does not know",
	    a->path) : 0;
}

static int
check_members(const struct jk_adapter *a, struct jk_err *err)
{
	const char *key;
	json_t *v;
	size_t i, n = sizeof members / sizeof *members;

	json_object_foreach(a->config, key, v) {
		for (i = 0; i < n && strcmp(members[i].name, key) != 0; i++)
			;
		if (i < n && !keeps(v, members[i].rule))
			return jk_fail(err, JK_EDATA, "%s: adapters with %s "
			    "are not supported%s", a->path, key,
			    members[i].rule == NOT_FIXED ?
			    jk_tr(": where they work "
			    "depends on the text; train without it") :
			    jk_tr(": if PEFT can, merge it there "
			    "(merge_and_unload, "
			    "save_pretrained) and take the result as the "
			    "model"));
		if (i == n && !is_variant(key) && !keeps(v, EMPTY))
			return jk_fail(err, JK_EDATA, "%s: adapter_config.json"
			    " sets %s, which is not known here: if it changes "
			    "nothing in what the weights mean, remove it",
			    a->path, key);
	}
	return 0;
}

/*
 * Whether PEFT, as it loads an adapter, finds the change of the base again.  It
 * does not for corda and lora_ga, which need data, and pissa_niter_N, which is
 * random.
 */
static bool
is_repeatable(const char *init)
{
	return strcmp(init, "pissa") == 0 || strcasecmp(init, "olora") == 0;
}

/* Whether training began with the base's weights as they are. */
static int
check_init(const struct jk_adapter *a, struct jk_err *err)
{
	static const char *const plain[] = { "gaussian", "eva", "orthogonal",
		"mica" };
	/* the beginning of the name: pissa_niter_16 */
	static const char *const shifting[] = { "pissa", "corda", "olora",
		"lora_ga" };
	const json_t *v = json_object_get(a->config, "init_lora_weights");
	const char *s = json_string_value(v);
	size_t i;

	if (!v || json_is_null(v) || json_is_boolean(v))
		return 0;
	for (i = 0; s && i < sizeof plain / sizeof *plain; i++)
		if (strcasecmp(s, plain[i]) == 0)
			return 0;
	for (i = 0; s && i < sizeof shifting / sizeof *shifting; i++)
		if (strncasecmp(s, shifting[i], strlen(shifting[i])) == 0)
			return jk_fail(err, JK_EDATA, "%s: init_lora_weights "
			    "is %s, which changed the base model's weights "
			    "before training: make plain LoRA of it in PEFT, "
			    "save_pretrained(..., path_initial_model_for_"
			    "weight_conversion=...)%s", a->path, s,
			    is_repeatable(s) ? jk_tr(", or merge it there "
			    "(merge_and_unload) and take the result as the "
			    "model") : "");
	if (s && strcasecmp(s, "loftq") == 0)
		return jk_fail(err, JK_EDATA, "%s: init_lora_weights is %s, "
		    "which changed the base model's weights before training: "
		    "merge it in PEFT (merge_and_unload) and take the result "
		    "as the model", a->path, s);
	return jk_fail(err, JK_EDATA, "%s: init_lora_weights is %s, which is "
	    "not known here: it may have changed the base model's weights",
	    a->path, s ? s : jk_tr("neither a boolean nor a string"));
}

static bool
is_list(const json_t *v, json_type type)
{
	const json_t *item;
	size_t i;

	json_array_foreach(v, i, item)
		if (json_typeof(item) != type)
			return false;
	return json_is_array(v);
}

static int
check_targets(const struct jk_adapter *a, struct jk_err *err)
{
	static const char *const names[] = { "target_modules",
		"exclude_modules", "layers_pattern" };
	const json_t *layers = json_object_get(a->config,
	    "layers_to_transform");
	const json_t *v;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		v = json_object_get(a->config, names[i]);
		if (v && !json_is_null(v) && !json_is_string(v) &&
		    !is_list(v, JSON_STRING))
			return jk_fail(err, JK_EDATA, "%s: %s is neither a "
			    "string nor a list of them", a->path, names[i]);
	}
	v = json_object_get(a->config, "modules_to_save");
	if (v && !json_is_null(v) && !is_list(v, JSON_STRING))
		return jk_fail(err, JK_EDATA, "%s: modules_to_save is no list "
		    "of names", a->path);
	if (!layers || json_is_null(layers))
		return 0;
	if (!json_is_integer(layers) && !is_list(layers, JSON_INTEGER))
		return jk_fail(err, JK_EDATA, "%s: layers_to_transform is "
		    "neither a layer's number nor a list of them", a->path);
	/* as in PEFT */
	if (json_is_string(json_object_get(a->config, "target_modules")))
		return jk_fail(err, JK_EDATA, "%s: layers_to_transform needs "
		    "target_modules that are a list", a->path);
	return 0;
}

static bool
is_rank(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 1 &&
	    json_integer_value(v) <= JK_MAX_RANK;
}

/* A positive number whose scale is one, too, whatever the rank. */
static bool
is_alpha(const json_t *v)
{
	return json_number_value(v) > 0 && isfinite((float)
	    json_number_value(v));
}

static int
check_patterns(const struct jk_adapter *a, struct jk_err *err)
{
	static const struct {
		const char *name, *what;
		bool (*is)(const json_t *v);
	} all[] = { { "rank_pattern", "rank", is_rank },
		{ "alpha_pattern", "alpha", is_alpha } };
	const char *key;
	json_t *v;
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all; i++) {
		json_t *patterns = json_object_get(a->config, all[i].name);

		if (patterns && !json_is_null(patterns) &&
		    !json_is_object(patterns))
			return jk_fail(err, JK_EDATA, "%s: %s is no object",
			    a->path, all[i].name);
		json_object_foreach(patterns, key, v)
			if (!all[i].is(v))
				return jk_fail(err, JK_EDATA, "%s: %s of '%s' "
				    "is no %s", a->path, all[i].name, key,
				    all[i].what);
	}
	return 0;
}

static int
check_tokens(const struct jk_adapter *a, struct jk_err *err)
{
	json_t *all = json_object_get(a->config, "trainable_token_indices");
	bool good = !all || json_is_null(all) || json_is_object(all) ||
	    is_list(all, JSON_INTEGER);
	const char *key;
	json_t *v;

	json_object_foreach(all, key, v)
		good = good && is_list(v, JSON_INTEGER);
	return good ? 0 : jk_fail(err, JK_EDATA, "%s: trainable_token_indices "
	    "is neither a list of ids nor an object of such lists", a->path);
}

/* Which biases of the base were trained; that they are there says the rest. */
static int
check_bias(const struct jk_adapter *a, struct jk_err *err)
{
	static const char *const known[] = { "none", "all", "lora_only" };
	const json_t *v = json_object_get(a->config, "bias");
	size_t i;

	for (i = 0; json_is_string(v) && i < 3; i++)
		if (strcmp(json_string_value(v), known[i]) == 0)
			return 0;
	return !v || json_is_null(v) ? 0 : jk_fail(err, JK_EDATA, "%s: bias is "
	    "none of none, all and lora_only", a->path);
}

int
jk_adapter_read_config(struct jk_adapter *a, struct jk_err *err)
{
	const char *type = jk_json_get_string(a->config, "peft_type");
	const json_t *r = json_object_get(a->config, "r");
	const json_t *alpha = json_object_get(a->config, "lora_alpha");

	if (!type || strcmp(type, "LORA") != 0)
		return jk_fail(err, JK_EDATA, "%s: peft_type is %s, not LORA",
		    a->path, type ? type : jk_tr("absent"));
	if (!is_rank(r))
		return jk_fail(err, JK_EDATA,
		    "%s: r is not a rank from 1 to %d", a->path, JK_MAX_RANK);
	if (!json_is_number(alpha) || !(json_number_value(alpha) > 0))
		return jk_fail(err, JK_EDATA,
		    "%s: lora_alpha is not a positive number", a->path);
	if (read_variant(a, err) < 0 || check_members(a, err) < 0 ||
	    check_init(a, err) < 0 || check_targets(a, err) < 0 ||
	    check_patterns(a, err) < 0 || check_tokens(a, err) < 0 ||
	    check_bias(a, err) < 0)
		return -1;
	a->rank = (uint32_t)json_integer_value(r);
	a->alpha = json_number_value(alpha);
	if (!isfinite((float)a->alpha))
		return jk_fail(err, JK_EDATA, "%s: lora_alpha is too large",
		    a->path);
	return 0;
}
