#include "model/adapter_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/regex.h"
#include "model/python_regex.h"

/* --- members */

enum rule {
	ANY,		/* read elsewhere, or without effect on the numbers */
	EMPTY,		/* absent, null, false or empty */
	NO_CONFIG,	/* absent, null or false: PEFT fills in an empty one */
	NO_BIAS		/* EMPTY, or "none" */
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
	/* of use_qalora and of one init_lora_weights each */
	{ "qalora_group_size", ANY }, { "loftq_config", ANY },
	{ "eva_config", ANY }, { "corda_config", ANY },
	{ "lora_ga_config", ANY },
	/* of LoRA on embeddings, which is refused as a target */
	{ "ensure_weight_tying", ANY },
	/* rates and types in training, of ms-swift */
	{ "lora_dtype", ANY }, { "lorap_lr_ratio", ANY },
	{ "lorap_emb_lr", ANY },
	{ "bias", NO_BIAS }, { "lora_bias", EMPTY }, { "use_dora", EMPTY },
	{ "use_qalora", EMPTY }, { "fan_in_fan_out", EMPTY },
	{ "rank_pattern", EMPTY }, { "alpha_pattern", EMPTY },
	{ "modules_to_save", EMPTY }, { "target_parameters", EMPTY },
	{ "trainable_token_indices", EMPTY }, { "layer_replication", EMPTY },
	{ "alora_invocation_tokens", EMPTY }, { "megatron_config", EMPTY },
	{ "use_bdlora", NO_CONFIG }, { "arrow_config", NO_CONFIG },
	{ "kasa_config", NO_CONFIG }, { "monteclora_config", NO_CONFIG },
};

static bool
keeps(const json_t *v, enum rule rule)
{
	const char *s = json_string_value(v);

	if (rule == ANY || json_is_null(v) || json_is_false(v))
		return true;
	if (rule == NO_CONFIG)
		return false;
	return (json_is_object(v) && json_object_size(v) == 0) ||
	    (json_is_array(v) && json_array_size(v) == 0) ||
	    (rule == NO_BIAS && s && strcmp(s, "none") == 0);
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

/* Which of the variants the configuration has; one at most. */
static int
read_variant(struct jk_adapter *a, struct jk_err *err)
{
	const char *member;
	const json_t *v;
	int i;

	for (i = JK_LORA_PLAIN + 1; i < JK_N_LORA_VARIANTS; i++) {
		member = jk_lora_variant_member((enum jk_lora_variant)i);
		v = json_object_get(a->config, member);
		if (v && !json_is_boolean(v) && !json_is_null(v))
			return jk_fail(err, JK_EDATA, "%s: %s is neither true "
			    "nor false", a->path, member);
		if (!json_is_true(v))
			continue;
		if (a->variant != JK_LORA_PLAIN)
			return jk_fail(err, JK_EDATA, "%s: %s and %s at once",
			    a->path, jk_lora_variant_member(a->variant),
			    member);
		a->variant = (enum jk_lora_variant)i;
	}
	return 0;
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
			    "are not supported", a->path, key);
		if (i == n && !is_variant(key) && !keeps(v, EMPTY))
			return jk_fail(err, JK_EDATA, "%s: adapter_config.json"
			    " sets %s, which is not known here: if it changes "
			    "nothing in what the weights mean, remove it",
			    a->path, key);
	}
	return 0;
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
			    "weight_conversion=...)", a->path, s);
	if (s && strcasecmp(s, "loftq") == 0)
		return jk_fail(err, JK_EDATA, "%s: init_lora_weights is %s, "
		    "which changed the base model's weights before training: "
		    "merge it in PEFT (merge_and_unload) and take the result "
		    "as the model", a->path, s);
	return jk_fail(err, JK_EDATA, "%s: init_lora_weights is %s, which is "
	    "not known here: it may have changed the base model's weights",
	    a->path, s ? s : "neither a boolean nor a string");
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

int
jk_adapter_read_config(struct jk_adapter *a, struct jk_err *err)
{
	const char *type = jk_json_get_string(a->config, "peft_type");
	const json_t *r = json_object_get(a->config, "r");
	const json_t *alpha = json_object_get(a->config, "lora_alpha");

	if (!type || strcmp(type, "LORA") != 0)
		return jk_fail(err, JK_EDATA, "%s: peft_type is %s, not LORA",
		    a->path, type ? type : "absent");
	if (!json_is_integer(r) || json_integer_value(r) < 1 ||
	    json_integer_value(r) > JK_MAX_RANK)
		return jk_fail(err, JK_EDATA,
		    "%s: r is not a rank from 1 to %d", a->path, JK_MAX_RANK);
	if (!json_is_number(alpha) || !(json_number_value(alpha) > 0))
		return jk_fail(err, JK_EDATA,
		    "%s: lora_alpha is not a positive number", a->path);
	if (read_variant(a, err) < 0 || check_members(a, err) < 0 || check_init(a, err) < 0 ||
	    check_targets(a, err) < 0)
		return -1;
	a->rank = (uint32_t)json_integer_value(r);
	a->alpha = json_number_value(alpha);
	a->scale = jk_lora_scale(a->variant, a->alpha, a->rank);
	if (!isfinite(a->scale))
		return jk_fail(err, JK_EDATA, "%s: lora_alpha is too large",
		    a->path);
	return 0;
}

/* --- which modules */

/*
 * Match a regular expression of Python's at the beginning of `name`; with
 * `layer` not NULL set it to the number in the group idx, else all of the name
 * has to match.  1, 0, -1.
 */
static int
match(const struct jk_adapter *a, const char *key, const char *pattern,
    const char *name, long long *layer, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_regex_work *work = jk_regex_work_new(err);
	struct jk_regex *regex = NULL;
	size_t begin, end;
	int r = -1;

	if (!work)
		return -1;
	if (jk_python_regex(pattern, &b, err) == 0)
		regex = jk_regex_new(jk_buf_str(&b), layer ? JK_REGEX_HEAD :
		    JK_REGEX_WHOLE, JK_EDATA, err);
	if (regex)
		r = jk_regex_find(regex, work, name, strlen(name), 0, &begin,
		    &end, err);
	if (r == 1 && layer && jk_regex_group(regex, work, "idx", &begin,
	    &end))
		*layer = strtoll(name + begin, NULL, 10);
	jk_regex_free(regex);
	jk_regex_work_free(work);
	jk_buf_release(&b);
	return r < 0 ? jk_fail_prefix(err, "%s: %s", a->path, key) : r;
}

/* The name, or (unless `whole`) its end behind a dot. */
static bool
is_in(const json_t *list, const char *name, bool whole)
{
	const json_t *item;
	size_t i, n, size = strlen(name);

	json_array_foreach(list, i, item) {
		n = json_string_length(item);
		if (n <= size && strcmp(name + size - n,
		    json_string_value(item)) == 0 &&
		    (n == size || (!whole && name[size - n - 1] == '.')))
			return true;
	}
	return false;
}

/* Whether one of layers_to_transform has the module: 1, 0, -1. */
static int
is_in_layer(const struct jk_adapter *a, const json_t *layers,
    const char *name, struct jk_err *err)
{
	const json_t *patterns = json_object_get(a->config, "layers_pattern");
	const json_t *item;
	struct jk_buf b = JK_BUF_INIT;
	long long layer = -1;
	size_t i = 0;
	int r;

	do {
		const char *p = json_is_string(patterns) ?
		    json_string_value(patterns) :
		    json_string_value(json_array_get(patterns, i));

		jk_buf_clear(&b);
		if (p && *p)
			jk_buf_printf(&b, "(?:^|.*?\\.)%s\\.(?P<idx>\\d+)\\.",
			    p);
		else
			jk_buf_adds(&b, ".*?\\.[^.]*\\.(?P<idx>\\d+)\\.");
		r = jk_buf_check(&b, err) < 0 ? -1 : match(a, "layers_pattern",
		    b.data, name, &layer, err);
	} while (r == 0 && ++i < json_array_size(patterns));
	jk_buf_release(&b);
	if (r <= 0)
		return r;
	if (json_is_integer(layers))
		return json_integer_value(layers) == layer;
	json_array_foreach(layers, i, item)
		if (json_integer_value(item) == layer)
			return 1;
	return 0;
}

/* What PEFT takes for the families known here when nothing is said. */
static bool
is_default(const char *name)
{
	const char *last = strrchr(name, '.');

	return last && (strcmp(last, ".q_proj") == 0 ||
	    strcmp(last, ".v_proj") == 0);
}

int
jk_adapter_is_target(const struct jk_adapter *a, const char *path,
    struct jk_err *err)
{
	const json_t *targets = json_object_get(a->config, "target_modules");
	const json_t *exclude = json_object_get(a->config, "exclude_modules");
	const json_t *layers = json_object_get(a->config,
	    "layers_to_transform");
	const char *s = json_string_value(exclude);
	char name[JK_WEIGHT_NAME_BYTES];
	int r;

	jk_adapter_path(a, path, name);
	r = s && *s ? match(a, "exclude_modules", s, name, NULL, err) :
	    is_in(exclude, name, false);
	if (r != 0)
		return r < 0 ? -1 : 0;
	s = json_string_value(targets);
	/* all linear modules but the output's */
	if (s && strcasecmp(s, "all-linear") == 0)
		return strstr(name, ".layers.") != NULL;
	if (s)
		return match(a, "target_modules", s, name, NULL, err);
	if (json_is_array(targets) ? !is_in(targets, name, false) :
	    !is_default(name))
		return 0;
	/* a name in full is one of a layer already */
	if (is_in(targets, name, true) || (!json_is_integer(layers) &&
	    json_array_size(layers) == 0))
		return 1;
	return is_in_layer(a, layers, name, err);
}
