#include "train/shape.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- layers */

/* A number of a layer at *s, which moves behind it; -1: none. */
static long
layer_at(const char **s, uint32_t n_layers)
{
	unsigned long v;
	char *end;

	if (**s < '0' || **s > '9')
		return -1;
	errno = 0;
	v = strtoul(*s, &end, 10);
	*s = end;
	return errno || v >= n_layers ? -1 : (long)v;
}

/* "0-3,7" → flags. */
static int
parse_layers(const char *list, uint32_t n_layers, bool *has,
    struct jk_err *err)
{
	const char *s = list;
	long first, last;

	for (;; s++) {
		first = last = layer_at(&s, n_layers);
		if (first >= 0 && *s == '-') {
			s++;
			last = layer_at(&s, n_layers);
		}
		if (first < 0 || last < first || (*s && *s != ','))
			return jk_fail(err, JK_EUSAGE, "--layers=%.100s: the "
			    "model has layers 0 to %u; give them as 0-3,7",
			    list, n_layers - 1);
		for (; first <= last; first++)
			has[first] = true;
		if (!*s)
			return 0;
	}
}

/* --- patterns */

/* The number behind "=" at s, up to a comma; false: none within the limits. */
static bool
number_at(const char *s, double least, double most, double *value,
    const char **end)
{
	char *behind;

	*value = strtod(s, &behind);
	*end = behind;
	return behind > s && (!*behind || *behind == ',') &&
	    *value >= least && *value <= most;
}

/*
 * "q_proj=16,down_proj=4" → values [JK_N_PROJS] of those projections; others
 * stay as they are.
 */
static int
parse_pattern(const struct jk_train_shape *shape, const char *option,
    const char *list, double least, double most, double *values,
    struct jk_err *err)
{
	const char *s = list;
	unsigned bits;
	double value;
	size_t n;
	int p;

	for (;; s++) {
		n = strcspn(s, "=,");
		bits = jk_proj_parse(shape->config, s, n) & shape->targets;
		if (!bits)
			return jk_fail(err, JK_EUSAGE, "--%s: '%.*s' is none "
			    "of the --targets", option, n < 100 ? (int)n : 100,
			    s);
		if (s[n] != '=' || !number_at(s + n + 1, least, most, &value,
		    &s))
			return jk_fail(err, JK_EUSAGE, "--%s=%.100s: give it "
			    "as NAME=N,NAME=N, each N from %g to %g", option,
			    list, least, most);
		for (p = 0; p < JK_N_PROJS; p++)
			if (bits & 1u << p)
				values[p] = value;
		if (!*s)
			return 0;
	}
}

static int
parse_ranks(struct jk_train_shape *s, struct jk_err *err)
{
	double ranks[JK_N_PROJS];
	int p;

	for (p = 0; p < JK_N_PROJS; p++)
		ranks[p] = s->rank;
	if (s->rank_list && parse_pattern(s, "rank-pattern", s->rank_list, 1,
	    1024, ranks, err) < 0)
		return -1;
	for (p = 0; p < JK_N_PROJS; p++) {
		if (ranks[p] != floor(ranks[p]))
			return jk_fail(err, JK_EUSAGE, "--rank-pattern: %g "
			    "is not an integer", ranks[p]);
		s->ranks[p] = (uint32_t)ranks[p];
	}
	return 0;
}

/* Whether LoRA is on a projection of a layer. */
static bool
has_lora(const struct jk_train_shape *s, uint32_t layer, int proj)
{
	return s->has_layer[layer] && s->targets & 1u << proj &&
	    jk_layer_has_module(s->config, layer, (enum jk_module)proj);
}

int
jk_train_shape_settle(struct jk_train_shape *s,
    const struct jk_config *config, unsigned targets, uint32_t rank,
    double alpha, struct jk_err *err)
{
	const uint32_t n_layers = config->n_layers;
	uint32_t l;
	int p;

	s->config = config;
	s->targets = targets;
	s->rank = rank;
	s->alpha = alpha;
	for (l = 0; l < n_layers; l++)
		s->has_layer[l] = !s->layer_list;
	for (p = 0; p < JK_N_PROJS; p++)
		s->alphas[p] = alpha;
	if ((s->layer_list && parse_layers(s->layer_list, n_layers,
	    s->has_layer, err) < 0) || parse_ranks(s, err) < 0)
		return -1;
	if (s->alpha_list && parse_pattern(s, "alpha-pattern", s->alpha_list,
	    1e-6, 1e6, s->alphas, err) < 0)
		return -1;
	if (!s->layer_list)
		return 0;
	for (l = 0; l < n_layers; l++)
		for (p = 0; p < JK_N_PROJS; p++)
			if (has_lora(s, l, p))
				return 0;
	return jk_fail(err, JK_EUSAGE, "--layers=%.100s: none of them has one "
	    "of the --targets", s->layer_list);
}

struct jk_lora_size *
jk_train_sizes(const struct jk_train_shape *s, enum jk_lora_variant variant,
    struct jk_err *err)
{
	const uint32_t n_layers = s->config->n_layers;
	struct jk_lora_size *sizes = calloc((size_t)n_layers * JK_N_PROJS,
	    sizeof *sizes);
	uint32_t l;
	int p;

	if (!sizes) {
		jk_fail_nomem(err);
		return NULL;
	}
	for (l = 0; l < n_layers; l++)
		for (p = 0; p < JK_N_PROJS; p++)
			if (has_lora(s, l, p))
				sizes[(size_t)l * JK_N_PROJS + (size_t)p] =
				    (struct jk_lora_size){ s->ranks[p],
				    jk_lora_scale(variant, s->alphas[p],
				    s->ranks[p]) };
	return sizes;
}

/* --- for people and PEFT */

json_t *
jk_train_layers_json(const struct jk_train_shape *s)
{
	json_t *layers;
	uint32_t l;

	if (!s->layer_list)
		return json_null();
	layers = json_array();
	for (l = 0; layers && l < s->config->n_layers; l++)
		if (s->has_layer[l])
			json_array_append_new(layers, json_integer(l));
	return layers;
}

/* By name, the values that are not the common one. */
static json_t *
pattern(const struct jk_train_shape *s, const double *values, double common)
{
	json_t *v = json_object();
	unsigned same;
	int p, q;

	for (p = 0; v && p < JK_N_PROJS; p++) {
		if (!(s->targets & 1u << p) || values[p] == common)
			continue;
		for (same = 0, q = 0; q < JK_N_PROJS; q++)
			if (values[q] == values[p])
				same |= 1u << q;
		json_object_set_new(v, jk_proj_target(s->config,
		    (enum jk_module)p, same & s->targets),
		    values[p] == floor(values[p]) ?
		    json_integer((json_int_t)values[p]) :
		    json_real(values[p]));
	}
	return v;
}

json_t *
jk_train_ranks_json(const struct jk_train_shape *s)
{
	double ranks[JK_N_PROJS];
	int p;

	for (p = 0; p < JK_N_PROJS; p++)
		ranks[p] = s->ranks[p];
	return pattern(s, ranks, s->rank);
}

json_t *
jk_train_alphas_json(const struct jk_train_shape *s)
{
	return pattern(s, s->alphas, s->alpha);
}
