#include "model/config.h"

#include <math.h>
#include <string.h>

static const char *const layer_kinds[JK_N_LAYER_KINDS] = {
	[JK_LAYER_FULL_ATTENTION] = "full_attention",
	[JK_LAYER_SLIDING_ATTENTION] = "sliding_attention",
	[JK_LAYER_LINEAR_ATTENTION] = "linear_attention",
};

const char *
jk_layer_kind_name(enum jk_layer_kind kind)
{
	return layer_kinds[kind];
}

bool
jk_layer_kind_parse(const char *name, enum jk_layer_kind *kind)
{
	int i;

	for (i = 0; i < JK_N_LAYER_KINDS; i++)
		if (strcmp(layer_kinds[i], name) == 0) {
			*kind = (enum jk_layer_kind)i;
			return true;
		}
	return false;
}

uint32_t
jk_layers_of(const struct jk_config *config, enum jk_layer_kind kind)
{
	uint32_t i, n = 0;

	for (i = 0; i < config->n_layers; i++)
		n += config->layer_kinds[i] == kind;
	return n;
}

int
jk_config_add_end_id(struct jk_config *config, int64_t id, struct jk_err *err)
{
	uint32_t i;

	if (id < 0 || id > UINT32_MAX)
		return jk_fail(err, JK_EDATA, "end token id %lld",
		    (long long)id);
	for (i = 0; i < config->n_end_ids; i++)
		if (config->end_ids[i] == id)
			return 0;
	if (config->n_end_ids == JK_MAX_END_IDS)
		return jk_fail(err, JK_EDATA, "more than %d end tokens",
		    JK_MAX_END_IDS);
	config->end_ids[config->n_end_ids++] = (uint32_t)id;
	return 0;
}

/*
 * Llama 3.1's scaling as `transformers` computes it
 * (modeling_rope_utils.py: _compute_llama3_parameters), as a divisor.
 */
static double
llama3_factor(const struct jk_rope_scaling *s, double inverse_frequency)
{
	double wavelength = 2 * 3.14159265358979323846 / inverse_frequency;
	double context = s->original_max_position_embeddings, smooth;

	if (wavelength < context / s->high_freq_factor)
		return 1;
	if (wavelength > context / s->low_freq_factor)
		return s->factor;
	smooth = (context / wavelength - s->low_freq_factor) /
	    (s->high_freq_factor - s->low_freq_factor);
	return 1 / ((1 - smooth) / s->factor + smooth);
}

void
jk_config_take_family(struct jk_config *config)
{
	const struct jk_family *f = config->family;

	config->qkv_bias = f->qkv_bias;
	config->qk_norm = f->qk_norm;
	config->norm_plus_one = f->norm_plus_one;
	config->post_norms = f->post_norms;
	config->gated_attention = f->gated_attention;
	config->activation = f->activation;
	config->embedding_scale = f->scales_embedding ?
	    sqrtf((float)config->hidden_size) : 1;
}

void
jk_config_linear_but_every(struct jk_config *config, uint32_t period)
{
	uint32_t i;

	for (i = 0; i < config->n_layers; i++)
		config->layer_kinds[i] = (i + 1) % period == 0 ?
		    JK_LAYER_FULL_ATTENTION : JK_LAYER_LINEAR_ATTENTION;
}

/* Products of these sizes fit into 32 bits with room to spare. */
static int
check_linear(const struct jk_config *c, struct jk_err *err)
{
	if (jk_layers_of(c, JK_LAYER_LINEAR_ATTENTION) == 0)
		return 0;
	if (c->linear.n_v_heads % c->linear.n_k_heads)
		return jk_fail(err, JK_EDATA, "linear attention with %u value "
		    "heads over %u key heads", c->linear.n_v_heads,
		    c->linear.n_k_heads);
	if (c->activation != JK_ACTIVATION_SILU)
		return jk_fail(err, JK_EDATA, "not supported: linear "
		    "attention with another activation than silu");
	return 0;
}

int
jk_config_finish(struct jk_config *config, struct jk_err *err)
{
	struct jk_rope_scaling *s = &config->rope_scaling;
	uint32_t i, half = config->rotary_dim / 2;

	if (config->n_heads % config->n_kv_heads)
		return jk_fail(err, JK_EDATA, "%u heads over %u key-value "
		    "heads", config->n_heads, config->n_kv_heads);
	if (config->head_dim % 2)
		return jk_fail(err, JK_EDATA, "odd head_dim %u",
		    config->head_dim);
	if (config->rotary_dim % 2 || config->rotary_dim < 2 ||
	    config->rotary_dim > config->head_dim)
		return jk_fail(err, JK_EDATA, "RoPE turns %u of %u features "
		    "of a head", config->rotary_dim, config->head_dim);
	if (check_linear(config, err) < 0)
		return -1;
	if (!(config->rms_norm_eps >= 0 && config->rms_norm_eps < 1))
		return jk_fail(err, JK_EDATA, "bad rms_norm_eps");
	/* below 1, frequencies grow from pair to pair, beyond all numbers */
	if (!(config->rope_theta >= 1 && isfinite(config->rope_theta)) ||
	    !(config->rope_local_theta == 0 || (config->rope_local_theta >= 1 &&
	    isfinite(config->rope_local_theta))))
		return jk_fail(err, JK_EDATA, "bad rope_theta");
	if (!(config->attention_scale > 0 && config->attention_scale <= 1))
		return jk_fail(err, JK_EDATA, "bad attention scale");
	if (s->kind != JK_ROPE_SCALING_NONE &&
	    s->kind != JK_ROPE_SCALING_FACTORS &&
	    !(s->factor > 0 && isfinite(s->factor)))
		return jk_fail(err, JK_EDATA, "bad RoPE scaling factor");
	if (s->kind == JK_ROPE_SCALING_LLAMA3 && !(s->low_freq_factor > 0 &&
	    s->high_freq_factor > s->low_freq_factor &&
	    s->original_max_position_embeddings > 0))
		return jk_fail(err, JK_EDATA, "bad llama3 RoPE scaling");
	for (i = 0; i < half; i++) {
		double f = pow(config->rope_theta, -2.0 * i /
		    config->rotary_dim), factor = 1;

		if (s->kind == JK_ROPE_SCALING_LINEAR)
			factor = s->factor;
		else if (s->kind == JK_ROPE_SCALING_LLAMA3)
			factor = llama3_factor(s, f);
		if (s->kind != JK_ROPE_SCALING_FACTORS)
			config->rope_factors[i] = (float)factor;
		if (!(config->rope_factors[i] > 0 &&
		    isfinite(config->rope_factors[i])))
			return jk_fail(err, JK_EDATA,
			    "bad RoPE scaling factor");
	}
	return 0;
}
