#include "model/adapter_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "model/adapter_config.h"
#include "model/adapter_gguf.h"
#include "model/module.h"

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
    enum jk_lora_kind kind, uint64_t rows, uint64_t columns,
    struct jk_err *err)
{
	const struct jk_tensor *t = jk_adapter_tensor(a, layer, module, kind);

	if (!t)
		return jk_fail(err, JK_EDATA,
		    "%s: no %s of %s in layer %u", a->path,
		    jk_lora_kind_name(kind), jk_adapter_modules[module],
		    layer);
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

/* A or B of a module of a layer, or NULL. */
static const struct jk_tensor *
either(const struct jk_adapter *a, uint32_t layer, int module)
{
	const struct jk_tensor *t = jk_adapter_tensor(a, layer, module,
	    JK_LORA_A);

	return t ? t : jk_adapter_tensor(a, layer, module, JK_LORA_B);
}

/*
 * Whether a module of a layer has LoRA: the configuration says so, or with
 * GGUF the file.  1, 0, -1.
 */
static int
has_lora(const struct jk_adapter *a, uint32_t layer, int module,
    struct jk_err *err)
{
	static const char prefix[] = "base_model.model.";
	const struct jk_tensor *t = either(a, layer, module);
	char name[128];
	int r;

	if (!a->config)
		return t != NULL;
	jk_adapter_tensor_name(layer, module, JK_LORA_A, name, sizeof name);
	*strstr(name, ".lora_A") = '\0';
	r = jk_adapter_is_target(a, name + strlen(prefix), err);
	if (r == 0 && t)
		return jk_fail(err, JK_EDATA, "%s: target_modules, "
		    "exclude_modules and layers_to_transform leave out %s: "
		    "PEFT does not apply it; correct adapter_config.json or "
		    "remove the tensor", a->path, t->name);
	return r;
}

/* In how many layers a module has LoRA: all or none, but for GGUF; or -1. */
static long
count_layers(const struct jk_adapter *a, const struct jk_config *config,
    int module, struct jk_err *err)
{
	uint32_t l;
	long n = 0;
	int r;

	for (l = 0; l < config->n_layers; l++) {
		r = has_lora(a, l, module, err);
		if (r < 0)
			return -1;
		n += r;
	}
	if (a->config && n > 0 && n < (long)config->n_layers)
		return jk_fail(err, JK_EDATA, "%s: LoRA on %s in %ld of %u "
		    "layers: adapters of some layers only are not supported",
		    a->path, jk_adapter_modules[module], n,
		    config->n_layers);
	return n;
}

/* Targets that are no projections. */
static int
refuse_others(const struct jk_adapter *a, struct jk_err *err)
{
	static const char *const others[] = { "lm_head",
		"model.embed_tokens" };
	size_t i;
	int r = 0;

	for (i = 0; a->config && i < 2 && r == 0; i++) {
		r = jk_adapter_is_target(a, others[i], err);
		if (r > 0)
			r = jk_fail(err, JK_EDATA, "%s: target_modules has "
			    "%s: LoRA on it is not supported", a->path,
			    others[i]);
	}
	return r;
}

/* The first tensor that is no A or B of the model's modules. */
static const char *
find_stranger(const struct jk_adapter *a, const struct jk_config *config)
{
	const struct jk_tensor *t = a->file.tensors;
	size_t i;

	for (i = 0; i < a->file.n_tensors; i++) {
		const char *at = strstr(t[i].name, "layers.");
		bool ours = false;
		unsigned l;
		int m;

		if (at && sscanf(at, "layers.%u.", &l) == 1 &&
		    l < config->n_layers)
			for (m = 0; m < JK_N_ADAPTER_MODULES; m++)
				ours |= jk_adapter_tensor(a, l, m,
				    JK_LORA_A) == &t[i] ||
				    jk_adapter_tensor(a, l, m, JK_LORA_B) ==
				    &t[i];
		if (!ours)
			return t[i].name;
	}
	return "";
}

int
jk_adapter_check(struct jk_adapter *a, const struct jk_config *config,
    struct jk_err *err)
{
	size_t n = 0;
	uint64_t in, out;
	uint32_t l;
	long n_layers;
	int m;

	if (refuse_others(a, err) < 0)
		return -1;
	for (m = 0; m < JK_N_ADAPTER_MODULES; m++) {
		n_layers = count_layers(a, config, m, err);
		if (n_layers < 0)
			return -1;
		if (n_layers == 0)
			continue;
		a->targets |= 1u << m;
		jk_module_shape(config, m, &in, &out);
		for (l = 0; l < config->n_layers; l++) {
			if (check_tensor(a, l, m, JK_LORA_A, a->rank, in,
			    err) < 0 || check_tensor(a, l, m, JK_LORA_B, out,
			    a->rank, err) < 0)
				return -1;
			n += 2;
		}
	}
	if (n == 0)
		return jk_fail(err, JK_EDATA, "%s: no LoRA matrices of this "
		    "model's layers", a->path);
	if (n < a->file.n_tensors)
		return jk_adapter_fail_others(a, config, a->file.n_tensors -
		    n, find_stranger(a, config), err);
	return 0;
}

/* The two files of PEFT. */
static int
read_folder(struct jk_adapter *a, const char *folder, struct jk_err *err)
{
	char *config = jk_path_join(folder, "adapter_config.json", err);
	char *tensors = config ? jk_path_join(folder,
	    "adapter_model.safetensors", err) : NULL;
	int r = -1;

	if (tensors && (a->config = jk_json_load(config, err)) &&
	    jk_adapter_read_config(a, err) == 0)
		r = jk_safetensors_open(&a->file, tensors, err);
	free(config);
	free(tensors);
	return r;
}

int
jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err)
{
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
	if (read_folder(a, path, err) == 0)
		r = jk_adapter_check(a, config, err);
out:
	if (r < 0)
		jk_adapter_close(a);
	return r;
}
