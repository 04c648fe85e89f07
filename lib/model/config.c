#include "model/config.h"

#include <math.h>
#include <string.h>

static const char *const layer_kinds[JK_N_LAYER_KINDS] = {
	[JK_LAYER_FULL_ATTENTION] = "full_attention",
	[JK_LAYER_SLIDING_ATTENTION] = "sliding_attention",
	[JK_LAYER_LINEAR_ATTENTION] = "linear_attention",
	[JK_LAYER_SHORT_CONV] = "conv",
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

uint32_t
jk_layer_head_dim(const struct jk_config *c, uint32_t layer)
{
	return c->full_head_dim &&
	    c->layer_kinds[layer] == JK_LAYER_FULL_ATTENTION ?
	    c->full_head_dim : c->head_dim;
}

uint32_t
jk_layer_rotary_dim(const struct jk_config *c, uint32_t layer)
{
	return c->full_head_dim &&
	    c->layer_kinds[layer] != JK_LAYER_FULL_ATTENTION ?
	    c->head_dim : c->rotary_dim;
}

uint32_t
jk_layer_intermediate_size(const struct jk_config *c, uint32_t layer)
{
	return c->shared_intermediate_size &&
	    layer + c->n_shared_kv >= c->n_layers ?
	    c->shared_intermediate_size : c->intermediate_size;
}

uint32_t
jk_layer_kv(const struct jk_config *c, uint32_t layer)
{
	const enum jk_layer_kind kind = c->layer_kinds[layer];

	if (layer + c->n_shared_kv < c->n_layers)
		return layer;
	for (layer = c->n_layers - c->n_shared_kv; layer-- > 0; )
		if (c->layer_kinds[layer] == kind)
			break;
	return layer;
}

bool
jk_config_is_end(const struct jk_config *config, int64_t id)
{
	uint32_t i;

	for (i = 0; i < config->n_end_ids; i++)
		if (config->end_ids[i] == id)
			return true;
	return false;
}

int
jk_config_add_end_id(struct jk_config *config, int64_t id, struct jk_err *err)
{
	if (id < 0 || id > UINT32_MAX)
		return jk_fail(err, JK_EDATA, "end token id %lld",
		    (long long)id);
	if (jk_config_is_end(config, id))
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

/*
 * YaRN (arXiv:2309.00071) as `transformers` computes it (there:
 * _compute_yarn_parameters): the pair that turns `rotations` times within the
 * original length.
 */
static double
yarn_pair(const struct jk_config *c, double rotations)
{
	return c->rotary_dim * log(c->rope_scaling.
	    original_max_position_embeddings / (rotations * 2 *
	    3.14159265358979323846)) / (2 * log(c->rope_theta));
}

/* Pairs before the range keep their frequency, those behind are divided. */
static double
yarn_factor(const struct jk_config *c, uint32_t pair)
{
	const struct jk_rope_scaling *s = &c->rope_scaling;
	double low = yarn_pair(c, s->beta_fast);
	double high = yarn_pair(c, s->beta_slow), share;

	if (s->truncate) {
		low = floor(low);
		high = ceil(high);
	}
	low = fmax(low, 0);
	high = fmin(high, c->rotary_dim - 1);
	if (low == high)
		high += 0.001;
	share = fmin(fmax((pair - low) / (high - low), 0), 1);
	return 1 / (1 - share + share / s->factor);
}

/* What queries and keys are multiplied with, by the papers. */
static double
attention_factor(const struct jk_rope_scaling *s)
{
	if (s->kind != JK_ROPE_SCALING_YARN &&
	    s->kind != JK_ROPE_SCALING_LONGROPE)
		return 1;
	if (s->attention_factor != 0)
		return s->attention_factor;
	if (s->factor <= 1)
		return 1;
	return s->kind == JK_ROPE_SCALING_YARN ? jk_yarn_attention(s->factor) :
	    sqrt(1 + log(s->factor) / log(s->original_max_position_embeddings));
}

double
jk_yarn_attention(double factor)
{
	return factor <= 1 ? 1 : 0.1 * log(factor) + 1;
}

void
jk_config_take_family(struct jk_config *config)
{
	const struct jk_family *f = config->family;
	uint32_t i;

	config->qkv_bias = f->qkv_bias;
	config->qk_norm = f->qk_norm;
	config->wide_qk_norm = f->wide_qk_norm;
	config->late_qk_norm = f->late_qk_norm;
	config->norm_plus_one = f->norm_plus_one;
	config->fused_qkv = f->fused_qkv;
	config->fused_gate_up = f->fused_gate_up;
	config->proj_bias = f->proj_bias;
	config->ungated = f->ungated;
	config->layer_norm = f->layer_norm;
	config->learned_positions = f->learned_positions;
	config->post_norms = f->post_norms;
	config->no_pre_norms = f->no_pre_norms;
	config->gated_attention = f->gated_attention;
	config->v_norm = f->has_per_layer;
	config->activation = f->activation;
	for (i = 0; f->no_rope_period && i < config->n_layers; i++)
		config->no_rope[i] = (i + 1) % f->no_rope_period == 0;
	config->embedding_scale = f->scales_embedding ?
	    sqrtf((float)config->hidden_size) : 1;
	config->residual_scale = config->logits_scale = 1;
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
		    "attention with another activation than silu; take a "
		    "model that jk-info(1) names");
	return 0;
}

static int
check_conv(const struct jk_config *c, struct jk_err *err)
{
	if (jk_layers_of(c, JK_LAYER_SHORT_CONV) && c->conv_kernel < 2)
		return jk_fail(err, JK_EDATA, "a short convolution over one "
		    "token");
	return 0;
}

/* Layers that share find one before them all to share with. */
static int
check_shared(const struct jk_config *c, struct jk_err *err)
{
	uint32_t i;

	for (i = 0; c->n_shared_kv && i < c->n_layers; i++)
		if (jk_layer_kv(c, i) >= c->n_layers)
			return jk_fail(err, JK_EDATA, "layer %u has nothing "
			    "to share keys and values with: no layer of its "
			    "kind is before the last %u", i, c->n_shared_kv);
	return 0;
}

/* Numbers whose squares and quotients are numbers, too. */
static bool
is_scale(float scale)
{
	return scale >= 1e-6f && scale <= 1e6f;
}

static int
check_multipliers(const struct jk_config *c, struct jk_err *err)
{
	if ((c->scores_cap != 0 && !is_scale(c->scores_cap)) ||
	    (c->logits_cap != 0 && !is_scale(c->logits_cap)))
		return jk_fail(err, JK_EDATA, "soft-capping of scores or "
		    "logits is not from 1e-6 to 1e6");
	return is_scale(c->embedding_scale) && is_scale(c->residual_scale) &&
	    is_scale(c->logits_scale) ? 0 : jk_fail(err, JK_EDATA,
	    "a multiplier of the embedding, the blocks or the logits is not "
	    "from 1e-6 to 1e6");
}

static int
check_scaling(const struct jk_config *c, struct jk_err *err)
{
	const struct jk_rope_scaling *s = &c->rope_scaling;

	if (s->kind != JK_ROPE_SCALING_NONE &&
	    s->kind != JK_ROPE_SCALING_FACTORS &&
	    !(s->factor > 0 && isfinite(s->factor)))
		return jk_fail(err, JK_EDATA, "bad RoPE scaling factor");
	if (s->kind == JK_ROPE_SCALING_LLAMA3 && !(s->low_freq_factor > 0 &&
	    s->high_freq_factor > s->low_freq_factor &&
	    s->original_max_position_embeddings > 0))
		return jk_fail(err, JK_EDATA, "bad llama3 RoPE scaling");
	if ((s->kind == JK_ROPE_SCALING_YARN ||
	    s->kind == JK_ROPE_SCALING_LONGROPE) &&
	    !(s->original_max_position_embeddings > 1 &&
	    s->original_max_position_embeddings <= INT32_MAX))
		return jk_fail(err, JK_EDATA, "bad original length of RoPE "
		    "scaling");
	if (s->kind == JK_ROPE_SCALING_PROPORTIONAL &&
	    !(s->share > 0 && s->share <= 1))
		return jk_fail(err, JK_EDATA, "bad share of RoPE scaling");
	if (s->kind == JK_ROPE_SCALING_YARN && !(c->rope_theta > 1 &&
	    s->beta_slow > 0 && s->beta_fast > s->beta_slow &&
	    isfinite(s->beta_fast)))
		return jk_fail(err, JK_EDATA, "bad yarn RoPE scaling");
	return 0;
}

static bool
is_factor(float f)
{
	return f > 0 && isfinite(f);
}

/* A divisor that leaves nothing of a frequency, as GGUF files have it. */
#define NEVER_TURNS 1e30

/* rope_factors; FACTORS and LONGROPE have brought them. */
static int
fill_factors(struct jk_config *c, struct jk_err *err)
{
	const struct jk_rope_scaling *s = &c->rope_scaling;
	uint32_t i, half = c->rotary_dim / 2;

	for (i = 0; i < half; i++) {
		double f = pow(c->rope_theta, -2.0 * i / c->rotary_dim);
		double factor = 1;

		if (s->kind == JK_ROPE_SCALING_LINEAR)
			factor = s->factor;
		else if (s->kind == JK_ROPE_SCALING_LLAMA3)
			factor = llama3_factor(s, f);
		else if (s->kind == JK_ROPE_SCALING_YARN)
			factor = yarn_factor(c, i);
		else if (s->kind == JK_ROPE_SCALING_PROPORTIONAL)
			factor = i < (uint32_t)(s->share * half) ? s->factor :
			    NEVER_TURNS;
		if (s->kind != JK_ROPE_SCALING_FACTORS &&
		    s->kind != JK_ROPE_SCALING_LONGROPE)
			c->rope_factors[i] = (float)factor;
		if (!is_factor(c->rope_factors[i]) ||
		    (s->kind == JK_ROPE_SCALING_LONGROPE &&
		    !is_factor(c->rope_long_factors[i])))
			return jk_fail(err, JK_EDATA,
			    "bad RoPE scaling factor");
	}
	return 0;
}

int
jk_config_finish(struct jk_config *config, struct jk_err *err)
{
	const struct jk_rope_scaling *s = &config->rope_scaling;
	uint32_t head_dim;

	if (config->n_heads % config->n_kv_heads)
		return jk_fail(err, JK_EDATA, "%u heads over %u key-value "
		    "heads", config->n_heads, config->n_kv_heads);
	head_dim = config->full_head_dim ? config->full_head_dim :
	    config->head_dim;
	if (config->head_dim % 2 || head_dim % 2)
		return jk_fail(err, JK_EDATA, "odd head_dim %u",
		    config->head_dim % 2 ? config->head_dim : head_dim);
	if (config->rotary_dim % 2 || config->rotary_dim < 2 ||
	    config->rotary_dim > head_dim)
		return jk_fail(err, JK_EDATA, "RoPE turns %u of %u features "
		    "of a head", config->rotary_dim, head_dim);
	if (check_linear(config, err) < 0 || check_conv(config, err) < 0 ||
	    check_shared(config, err) < 0)
		return -1;
	if (!(config->rms_norm_eps >= 0 && config->rms_norm_eps < 1))
		return jk_fail(err, JK_EDATA, "bad epsilon of the norms");
	/* below 1, frequencies grow from pair to pair, beyond all numbers */
	if (!(config->rope_theta >= 1 && isfinite(config->rope_theta)) ||
	    !(config->rope_local_theta == 0 || (config->rope_local_theta >= 1 &&
	    isfinite(config->rope_local_theta))))
		return jk_fail(err, JK_EDATA, "bad rope_theta");
	if (!(config->attention_scale > 0 && config->attention_scale <= 1))
		return jk_fail(err, JK_EDATA, "bad attention scale");
	if (check_multipliers(config, err) < 0 ||
	    check_scaling(config, err) < 0)
		return -1;
	config->rope_attention_factor = (float)attention_factor(s);
	if (!(config->rope_attention_factor > 0 &&
	    isfinite(config->rope_attention_factor)))
		return jk_fail(err, JK_EDATA, "bad attention factor of RoPE "
		    "scaling");
	config->position_limit = config->max_position_embeddings;
	if (s->kind == JK_ROPE_SCALING_LONGROPE &&
	    s->original_max_position_embeddings < config->position_limit)
		config->position_limit =
		    (uint32_t)s->original_max_position_embeddings;
	return fill_factors(config, err);
}
