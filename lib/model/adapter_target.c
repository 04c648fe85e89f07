#include "model/adapter_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/regex.h"
#include "model/python_regex.h"
#include "model/weight_id.h"

/* --- patterns */

/*
 * Match a regular expression of Python's with the beginning of `name`, or with
 * JK_REGEX_WHOLE with all of it; `layer`, where not NULL, becomes the number in
 * the group idx.  1, 0, -1.
 */
static int
match(const struct jk_adapter *a, const char *key, const char *pattern,
    enum jk_regex_flag how, const char *name, long long *layer,
    struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	struct jk_regex_work *work = jk_regex_work_new(err);
	struct jk_regex *regex = NULL;
	size_t begin, end;
	int r = -1;

	if (!work)
		return -1;
	if (jk_python_regex(pattern, &b, err) == 0)
		regex = jk_regex_new(jk_buf_str(&b), how, JK_EDATA, err);
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

/*
 * Match a pattern with `name` or its end behind a dot, as PEFT does by putting
 * it between others: 1, 0, -1.
 */
static int
match_end(const struct jk_adapter *a, const char *key, const char *pattern,
    const char *behind, const char *name, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	int r = -1;

	jk_buf_printf(&b, "(?:^|.*\\.)%s%s", pattern, behind);
	if (jk_buf_check(&b, err) == 0)
		r = match(a, key, b.data, JK_REGEX_HEAD, name, NULL, err);
	jk_buf_release(&b);
	return r;
}

/* --- targets */

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
		    b.data, JK_REGEX_HEAD, name, &layer, err);
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

/* LoRA is never on what modules_to_save names, nor below it. */
static int
is_below_saved(const struct jk_adapter *a, const char *name,
    struct jk_err *err)
{
	const json_t *saved = json_object_get(a->config, "modules_to_save");
	const json_t *item;
	size_t i;
	int r = 0;

	json_array_foreach(saved, i, item) {
		r = match_end(a, "modules_to_save", json_string_value(item),
		    "(?:$|\\..*)", name, err);
		if (r != 0)
			break;
	}
	return r;
}

/* What PEFT takes for the families known here when nothing is said. */
static bool
is_default(const char *name)
{
	const char *last = strrchr(name, '.');

	return last && (strcmp(last, ".q_proj") == 0 ||
	    strcmp(last, ".v_proj") == 0 || strcmp(last, ".c_attn") == 0);
}

int
jk_adapter_is_target(const struct jk_adapter *a, const char *path,
    struct jk_err *err)
{
	char name[JK_WEIGHT_NAME_BYTES];
	const json_t *targets = json_object_get(a->config, "target_modules");
	const json_t *exclude = json_object_get(a->config, "exclude_modules");
	const json_t *layers = json_object_get(a->config,
	    "layers_to_transform");
	const char *s = json_string_value(exclude);
	int r;

	jk_adapter_path(a, path, name);
	r = s && *s ? match(a, "exclude_modules", s, JK_REGEX_WHOLE, name,
	    NULL, err) : is_in(exclude, name, false);
	if (r == 0)
		r = is_below_saved(a, name, err);
	if (r != 0)
		return r < 0 ? -1 : 0;
	s = json_string_value(targets);
	/* all linear modules but the output's */
	if (s && strcasecmp(s, "all-linear") == 0)
		return strstr(name, ".layers.") || strstr(name, ".h.");
	if (s)
		return match(a, "target_modules", s, JK_REGEX_WHOLE, name,
		    NULL, err);
	if (json_is_array(targets) ? !is_in(targets, name, false) :
	    !is_default(name))
		return 0;
	/* a name in full is one of a layer already */
	if (is_in(targets, name, true) || (!json_is_integer(layers) &&
	    json_array_size(layers) == 0))
		return 1;
	return is_in_layer(a, layers, name, err);
}

/* --- ranks and scales */

/* Whether a pattern is words and dots alone, each of which is any character. */
static bool
is_words(const char *pattern)
{
	return pattern[strspn(pattern, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-")] == '\0';
}

/* The same as a regular expression: EVA names every module in a pattern. */
static bool
ends_with_words(const char *name, const char *pattern)
{
	const size_t n = strlen(name), k = strlen(pattern);
	size_t i;

	if (k > n || (k < n && name[n - k - 1] != '.'))
		return false;
	for (i = 0; i < k; i++)
		if (pattern[i] != '.' && pattern[i] != name[n - k + i])
			return false;
	return true;
}

/* The value of the first pattern that matches; *value stays NULL without. */
static int
find_pattern(const struct jk_adapter *a, const char *key, const char *name,
    const json_t **value, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	const char *pattern;
	json_t *v;
	int r = 0;

	json_object_foreach(json_object_get(a->config, key), pattern, v) {
		if (is_words(pattern)) {
			r = ends_with_words(name, pattern);
		} else {
			jk_buf_clear(&b);
			jk_buf_printf(&b, "(?:%s)$", pattern);
			r = jk_buf_check(&b, err) < 0 ? -1 :
			    match_end(a, key, b.data, "", name, err);
		}
		if (r != 0)
			break;
	}
	if (r > 0)
		*value = v;
	jk_buf_release(&b);
	return r < 0 ? -1 : 0;
}

int
jk_adapter_rank(const struct jk_adapter *a, const char *path, uint32_t *rank,
    float *scale, struct jk_err *err)
{
	const json_t *r = NULL, *alpha = NULL;
	char name[JK_WEIGHT_NAME_BYTES];

	jk_adapter_path(a, path, name);
	if (find_pattern(a, "rank_pattern", name, &r, err) < 0 ||
	    find_pattern(a, "alpha_pattern", name, &alpha, err) < 0)
		return -1;
	*rank = r ? (uint32_t)json_integer_value(r) : a->rank;
	*scale = jk_lora_scale(a->variant, alpha ? json_number_value(alpha) :
	    a->alpha, *rank);
	return 0;
}

/* --- whole modules, rows of them */

static bool
ends_with(const char *s, size_t n, const char *end)
{
	const size_t k = strlen(end);

	return k <= n && memcmp(s + n - k, end, k) == 0;
}

bool
jk_adapter_is_saved(const struct jk_adapter *a, const char *name)
{
	const json_t *saved = json_object_get(a->config, "modules_to_save");
	const json_t *item;
	size_t i, n;

	/* the module, or one that it is in */
	json_array_foreach(saved, i, item)
		for (n = 1; n <= strlen(name); n++)
			if ((name[n] == '.' || name[n] == '\0') &&
			    ends_with(name, n, json_string_value(item)))
				return true;
	return false;
}

const json_t *
jk_adapter_token_indices(const struct jk_adapter *a, enum jk_module module,
    const char *name)
{
	const json_t *all = json_object_get(a->config,
	    "trainable_token_indices");
	const char *key;
	json_t *list;

	if (json_is_array(all))
		return module == JK_MODULE_EMBEDDING &&
		    json_array_size(all) > 0 ? all : NULL;
	json_object_foreach((json_t *)(uintptr_t)all, key, list)
		if (ends_with(name, strlen(name), key))
			return list;
	return NULL;
}
