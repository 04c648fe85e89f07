#include "model/weight_id.h"

#include <stdio.h>
#include <string.h>

static bool
is_in_layer(enum jk_module module)
{
	return module < JK_N_LAYER_MODULES;
}

/* What stands behind a module's name. */
static const char *
ending(struct jk_weight_id id)
{
	return id.is_bias ? ".bias" : id.module == JK_MODULE_LINEAR_A_LOG ||
	    id.module == JK_MODULE_LINEAR_DT_BIAS ||
	    id.module == JK_MODULE_LAYER_SCALE ? "" : ".weight";
}

void
jk_weight_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES])
{
	const char *path = jk_module_path(c, id.module);

	if (is_in_layer(id.module))
		snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s%u.%s%s",
		    jk_module_prefix(c), jk_module_layers(c), id.layer, path,
		    ending(id));
	else
		snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s", path, ending(id));
}

void
jk_weight_module(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES])
{
	jk_weight_name(c, id, out);
	*strrchr(out, '.') = '\0';
}

bool
jk_weight_parse(const struct jk_config *c, const char *name,
    struct jk_weight_id *id)
{
	char own[JK_WEIGHT_NAME_BYTES];
	unsigned layer = 0;
	int m, bias;

	/* "model.layers.3." */
	snprintf(own, sizeof own, "%s%s", jk_module_prefix(c),
	    jk_module_layers(c));
	if (strncmp(name, own, strlen(own)) == 0)
		(void)sscanf(name + strlen(own), "%u.", &layer);
	for (m = 0; m < JK_N_MODULES; m++)
		for (bias = 0; bias < 2; bias++) {
			*id = (struct jk_weight_id){ (enum jk_module)m,
				is_in_layer((enum jk_module)m) ? layer : 0,
				bias };
			if (id->layer >= c->n_layers ||
			    !jk_layer_has_module(c, id->layer, id->module) ||
			    (bias && !jk_module_has_bias(c, id->module)))
				continue;
			jk_weight_name(c, *id, own);
			if (strcmp(own, name) == 0)
				return true;
		}
	return false;
}

void
jk_weight_gguf_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES])
{
	const char *name = jk_module_gguf(c, id.module);

	if (is_in_layer(id.module))
		snprintf(out, JK_WEIGHT_NAME_BYTES, "blk.%u.%s%s", id.layer,
		    name, ending(id));
	else
		snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s", name, ending(id));
}

bool
jk_weight_is_spare(const struct jk_config *c, const char *name)
{
	static const enum jk_module modules[] = { JK_MODULE_K, JK_MODULE_V,
		JK_MODULE_K_NORM };
	char own[2][JK_WEIGHT_NAME_BYTES];
	uint32_t l;
	size_t i;

	for (l = c->n_layers - c->n_shared_kv; l < c->n_layers; l++)
		for (i = 0; i < sizeof modules / sizeof *modules; i++) {
			const struct jk_weight_id id = { modules[i], l, false };

			jk_weight_name(c, id, own[0]);
			jk_weight_gguf_name(c, id, own[1]);
			if (strcmp(name, own[0]) == 0 ||
			    strcmp(name, own[1]) == 0)
				return true;
		}
	return false;
}

/* As the files of transformers have a layer's. */
static const enum jk_module layer_order[JK_N_LAYER_MODULES] = {
	JK_MODULE_ATTENTION_NORM, JK_MODULE_QKV,
	JK_MODULE_Q, JK_MODULE_K, JK_MODULE_V,
	JK_MODULE_Q_NORM, JK_MODULE_K_NORM, JK_MODULE_O,
	JK_MODULE_LINEAR_QKV, JK_MODULE_LINEAR_Z, JK_MODULE_LINEAR_B,
	JK_MODULE_LINEAR_A, JK_MODULE_LINEAR_CONV, JK_MODULE_LINEAR_DT_BIAS,
	JK_MODULE_LINEAR_A_LOG, JK_MODULE_LINEAR_NORM, JK_MODULE_LINEAR_OUT,
	JK_MODULE_CONV_IN, JK_MODULE_CONV_KERNELS, JK_MODULE_CONV_OUT,
	JK_MODULE_ATTENTION_POST_NORM, JK_MODULE_MLP_NORM, JK_MODULE_GATE,
	JK_MODULE_UP, JK_MODULE_GATE_UP, JK_MODULE_DOWN,
	JK_MODULE_MLP_POST_NORM, JK_MODULE_PER_LAYER_GATE,
	JK_MODULE_PER_LAYER_OUT, JK_MODULE_PER_LAYER_POST_NORM,
	JK_MODULE_LAYER_SCALE
};

/* And what is of no layer, before the layers and behind them. */
static const enum jk_module first[] = { JK_MODULE_EMBEDDING,
	JK_MODULE_POSITIONS };
static const enum jk_module last[] = { JK_MODULE_NORM,
	JK_MODULE_PER_LAYER_EMBEDDING, JK_MODULE_PER_LAYER_PROJECTION,
	JK_MODULE_PER_LAYER_NORM, JK_MODULE_HEAD };

struct each {
	const struct jk_config *config;
	int (*use)(void *ctx, struct jk_weight_id id, const char *name,
	    unsigned n_dims, const uint64_t *shape);
	void *ctx;
};

/* A module's weight and bias, where there are any. */
static int
use_module(const struct each *e, enum jk_module module, uint32_t layer)
{
	struct jk_weight_id id = { module, layer, false };
	char name[JK_WEIGHT_NAME_BYTES];
	uint64_t shape[3];
	unsigned n_dims;
	int r;

	if (!jk_layer_has_module(e->config, layer, module))
		return 0;
	jk_module_shape(e->config, layer, module, &shape[0], &shape[1]);
	n_dims = shape[1] ? 2 : 1;
	if (module == JK_MODULE_LINEAR_CONV ||
	    module == JK_MODULE_CONV_KERNELS) {
		shape[2] = shape[1];
		shape[1] = 1;
		n_dims = 3;
	}
	jk_weight_name(e->config, id, name);
	r = e->use(e->ctx, id, name, n_dims, shape);
	if (r || !jk_module_has_bias(e->config, module))
		return r;
	id.is_bias = true;
	shape[1] = 0;
	jk_weight_name(e->config, id, name);
	return e->use(e->ctx, id, name, 1, shape);
}

int
jk_weights_each(const struct jk_config *config, int (*use)(void *ctx,
    struct jk_weight_id id, const char *name, unsigned n_dims,
    const uint64_t *shape), void *ctx)
{
	const struct each e = { config, use, ctx };
	uint32_t l;
	size_t i;
	int r = 0, m;

	for (i = 0; !r && i < sizeof first / sizeof *first; i++)
		r = use_module(&e, first[i], 0);
	for (l = 0; !r && l < config->n_layers; l++)
		for (m = 0; !r && m < JK_N_LAYER_MODULES; m++)
			r = use_module(&e, layer_order[m], l);
	for (i = 0; !r && i < sizeof last / sizeof *last; i++)
		r = use_module(&e, last[i], 0);
	return r;
}

static int
count_one(void *ctx, struct jk_weight_id id, const char *name,
    unsigned n_dims, const uint64_t *shape)
{
	(void)id, (void)name, (void)n_dims, (void)shape;
	++*(size_t *)ctx;
	return 0;
}

size_t
jk_weights_count(const struct jk_config *config)
{
	size_t n = 0;

	jk_weights_each(config, count_one, &n);
	return n;
}
