#include "model/adapter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "model/adapter_gguf.h"

const char *const jk_adapter_modules[JK_N_ADAPTER_MODULES] = {
	"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
	"self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"
};

void
jk_adapter_tensor_name(uint32_t layer, int module, char which, char *out,
    size_t n)
{
	snprintf(out, n, "base_model.model.model.layers.%u.%s.lora_%c.weight",
	    layer, jk_adapter_modules[module], which);
}

const struct jk_tensor *
jk_adapter_tensor(const struct jk_adapter *a, uint32_t layer, int module,
    char which)
{
	char name[128];

	jk_adapter_tensor_name(layer, module, which, name, sizeof name);
	return jk_safetensors_find(&a->file, name);
}

/* Inputs and outputs of a module. */
static void
module_shape(const struct jk_config *c, int module, uint64_t *in,
    uint64_t *out)
{
	uint64_t q = (uint64_t)c->n_heads * c->head_dim;
	uint64_t kv = (uint64_t)c->n_kv_heads * c->head_dim;
	const uint64_t shapes[JK_N_ADAPTER_MODULES][2] = {
		{ c->hidden_size, q }, { c->hidden_size, kv },
		{ c->hidden_size, kv }, { q, c->hidden_size },
		{ c->hidden_size, c->intermediate_size },
		{ c->hidden_size, c->intermediate_size },
		{ c->intermediate_size, c->hidden_size },
	};

	*in = shapes[module][0];
	*out = shapes[module][1];
}

/* NaN and the infinities have every bit of the exponent. */
static bool
is_finite(const struct jk_tensor *t)
{
	const uint32_t exponent = t->dtype == JK_F32 ? 0x7f800000 :
	    t->dtype == JK_F16 ? 0x7c00 : 0x7f80;
	const size_t size = jk_dtype_block_bytes(t->dtype);
	const unsigned char *data = t->data;
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < t->size_bytes; i += size) {
		memcpy(&bits, data + i, size);
		if ((bits & exponent) == exponent)
			return false;
	}
	return true;
}

static int
check_tensor(const struct jk_adapter *a, uint32_t layer, int module,
    char which, uint64_t rows, uint64_t columns, struct jk_err *err)
{
	const struct jk_tensor *t = jk_adapter_tensor(a, layer, module,
	    which);

	if (!t)
		return jk_fail(err, JK_EDATA,
		    "%s: no lora_%c of %s in layer %u", a->path, which,
		    jk_adapter_modules[module], layer);
	if (t->dtype > JK_BF16)
		return jk_fail(err, JK_EDATA, "%s: %s is %s, not F32, F16 "
		    "or BF16", a->path, t->name, jk_dtype_name(t->dtype));
	if (t->n_dims != 2 || t->shape[0] != rows || t->shape[1] != columns)
		return jk_fail(err, JK_EDATA, "%s: %s has not the shape "
		    "[%llu, %llu] that rank and model ask for", a->path,
		    t->name, (unsigned long long)rows,
		    (unsigned long long)columns);
	if (!is_finite(t))
		return jk_fail(err, JK_EDATA, "%s: %s has numbers that are "
		    "not finite", a->path, t->name);
	return 0;
}

int
jk_adapter_check(struct jk_adapter *a, const struct jk_config *config,
    struct jk_err *err)
{
	size_t n = 0;
	uint64_t in, out;
	uint32_t l;
	int m;

	for (m = 0; m < JK_N_ADAPTER_MODULES; m++) {
		for (l = 0; l < config->n_layers; l++)
			if (jk_adapter_tensor(a, l, m, 'A') ||
			    jk_adapter_tensor(a, l, m, 'B'))
				a->targets |= 1u << m;
		if (!(a->targets & 1u << m))
			continue;
		module_shape(config, m, &in, &out);
		for (l = 0; l < config->n_layers; l++) {
			if (check_tensor(a, l, m, 'A', a->rank, in, err) < 0 ||
			    check_tensor(a, l, m, 'B', out, a->rank, err) < 0)
				return -1;
			n += 2;
		}
	}
	if (n == 0)
		return jk_fail(err, JK_EDATA, "%s: no LoRA matrices of this "
		    "model's layers", a->path);
	if (n < a->file.n_tensors)
		return jk_fail(err, JK_EDATA, "%s: %zu tensors that are not "
		    "LoRA matrices of the seven projections of this model's "
		    "%u layers", a->path, a->file.n_tensors - n,
		    config->n_layers);
	return 0;
}

/* Absent, null, false, "none", empty: the plain form. */
static bool
is_off(const json_t *v)
{
	return !v || json_is_null(v) || json_is_false(v) ||
	    (json_is_object(v) && json_object_size(v) == 0) ||
	    (json_is_array(v) && json_array_size(v) == 0) ||
	    (json_is_string(v) && strcmp(json_string_value(v), "none") == 0);
}

static int
check_config(struct jk_adapter *a, struct jk_err *err)
{
	static const char *const plain[] = { "bias", "use_dora",
		"rank_pattern", "alpha_pattern", "modules_to_save",
		"fan_in_fan_out", "lora_bias", "layers_to_transform",
		"use_qalora", "use_bdlora", "alora_invocation_tokens", "target_parameters",
		"trainable_token_indices", "layer_replication" };
	const char *type = jk_json_get_string(a->config, "peft_type");
	const json_t *r = json_object_get(a->config, "r");
	const json_t *alpha = json_object_get(a->config, "lora_alpha");
	const json_t *rslora = json_object_get(a->config, "use_rslora");
	size_t i;

	if (!type || strcmp(type, "LORA") != 0)
		return jk_fail(err, JK_EDATA, "%s: peft_type is %s, not LORA",
		    a->path, type ? type : "absent");
	if (!json_is_integer(r) || json_integer_value(r) < 1 ||
	    json_integer_value(r) > 65536)
		return jk_fail(err, JK_EDATA,
		    "%s: r is not a rank from 1 to 65536", a->path);
	if (!json_is_number(alpha) || !(json_number_value(alpha) > 0))
		return jk_fail(err, JK_EDATA,
		    "%s: lora_alpha is not a positive number", a->path);
	if (rslora && !json_is_boolean(rslora) && !json_is_null(rslora))
		return jk_fail(err, JK_EDATA,
		    "%s: use_rslora is neither true nor false", a->path);
	for (i = 0; i < sizeof plain / sizeof *plain; i++)
		if (!is_off(json_object_get(a->config, plain[i])))
			return jk_fail(err, JK_EDATA,
			    "%s: adapters with %s are not supported", a->path,
			    plain[i]);
	a->rank = (uint32_t)json_integer_value(r);
	a->alpha = json_number_value(alpha);
	a->rslora = json_is_true(rslora);
	a->scale = (float)(a->alpha / (a->rslora ? sqrt(a->rank) : a->rank));
	return 0;
}

static int
join(struct jk_buf *b, const char *folder, const char *name,
    struct jk_err *err)
{
	jk_buf_clear(b);
	jk_buf_printf(b, "%s/%s", folder, name);
	return jk_buf_check(b, err);
}

int
jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err)
{
	struct jk_buf file = JK_BUF_INIT;
	struct stat st;
	size_t n;
	int r = -1;

	*a = (struct jk_adapter){ .path = strdup(path) };
	if (!a->path) {
		jk_fail_nomem(err);
		goto out;
	}
	n = strlen(path);
	if (n > 5 && strcmp(path + n - 5, ".gguf") == 0 &&
	    stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		if (jk_gguf_open(&a->gguf, path, err) < 0)
			goto out;
		a->is_gguf = true;
		if (jk_adapter_from_gguf(a, config, err) == 0)
			r = jk_adapter_check(a, config, err);
		goto out;
	}
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		jk_fail(err, JK_EUSAGE, "no adapter folder %s", path);
		goto out;
	}
	if (join(&file, path, "adapter_config.json", err) < 0)
		goto out;
	a->config = jk_json_load(file.data, err);
	if (!a->config || check_config(a, err) < 0 ||
	    join(&file, path, "adapter_model.safetensors", err) < 0 ||
	    jk_safetensors_open(&a->file, file.data, err) < 0 ||
	    jk_adapter_check(a, config, err) < 0)
		goto out;
	r = 0;
out:
	jk_buf_release(&file);
	if (r < 0)
		jk_adapter_close(a);
	return r;
}

void
jk_adapter_close(struct jk_adapter *a)
{
	size_t i;

	for (i = 0; i < a->n_copies; i++)
		free(a->copies[i]);
	free(a->copies);
	free(a->names);
	if (a->is_gguf)
		jk_gguf_close(&a->gguf);
	if (a->file.tensors || a->file.header)
		jk_safetensors_close(&a->file);
	json_decref(a->config);
	free(a->path);
	*a = (struct jk_adapter){ 0 };
}
