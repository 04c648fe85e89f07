#include "model/adapter_open.h"

#include <errno.h>
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
check_tensor(const struct jk_adapter *a, const struct jk_config *config,
    uint32_t layer, enum jk_module proj, enum jk_lora_kind kind,
    struct jk_err *err)
{
	const struct jk_tensor *t = jk_adapter_tensor(a, layer, proj, kind);
	uint64_t rows, columns;

	jk_module_shape(config, proj, &rows, &columns);
	if (kind == JK_LORA_A)
		rows = a->rank;
	else
		columns = a->rank;
	if (!t)
		return jk_fail(err, JK_EDATA,
		    "%s: no %s of %s in layer %u", a->path,
		    jk_lora_kind_name(kind), jk_module_path(config, proj),
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

/* Any matrix of a projection of a layer, or NULL. */
static const struct jk_tensor *
any_of(const struct jk_adapter *a, uint32_t layer, enum jk_module proj)
{
	const struct jk_tensor *t = NULL;
	int kind;

	for (kind = 0; !t && kind < JK_N_LORA_KINDS; kind++)
		t = jk_adapter_tensor(a, layer, proj, (enum jk_lora_kind)kind);
	return t;
}

/* Whether the configuration says that a weight's module has LoRA: 1, 0, -1. */
static int
is_target(const struct jk_adapter *a, const struct jk_config *config,
    struct jk_weight_id id, struct jk_err *err)
{
	static const char model[] = "model.";
	char name[JK_WEIGHT_NAME_BYTES], whole[2 * JK_WEIGHT_NAME_BYTES];

	jk_weight_name(config, id, name);
	*strrchr(name, '.') = '\0';
	if (!a->whole_prefix || strncmp(name, model, strlen(model)) != 0)
		return jk_adapter_is_target(a, name, err);
	snprintf(whole, sizeof whole, "%s%s", a->whole_prefix,
	    name + strlen(model));
	return jk_adapter_is_target(a, whole, err);
}

/*
 * Whether a projection of a layer has LoRA: the configuration says so, or with
 * GGUF the file.  1, 0, -1.
 */
static int
has_lora(const struct jk_adapter *a, const struct jk_config *config,
    uint32_t layer, enum jk_module proj, struct jk_err *err)
{
	const struct jk_tensor *t = any_of(a, layer, proj);
	int r;

	if (!a->config)
		return t != NULL;
	r = is_target(a, config, (struct jk_weight_id){ .module = proj,
		.layer = layer }, err);
	if (r == 0 && t)
		return jk_fail(err, JK_EDATA, "%s: target_modules, "
		    "exclude_modules and layers_to_transform leave out %s: "
		    "PEFT does not apply it; correct adapter_config.json or "
		    "remove the tensor", a->path, t->name);
	return r;
}

/*
 * In how many layers a projection has LoRA: all that have the projection, or
 * none, but for GGUF; or -1.
 */
static long
count_layers(const struct jk_adapter *a, const struct jk_config *config,
    enum jk_module proj, struct jk_err *err)
{
	uint32_t l;
	long n = 0, n_have = 0;
	int r;

	for (l = 0; l < config->n_layers; l++) {
		if (!jk_layer_has_module(config, l, proj))
			continue;
		r = has_lora(a, config, l, proj, err);
		if (r < 0)
			return -1;
		n += r;
		n_have++;
	}
	if (a->config && n > 0 && n < n_have)
		return jk_fail(err, JK_EDATA, "%s: LoRA on %s in %ld of %ld "
		    "layers: adapters of some layers only are not supported",
		    a->path, jk_module_path(config, proj), n, n_have);
	return n;
}

/* Targets that are no projections. */
static int
refuse_others(const struct jk_adapter *a, const struct jk_config *config,
    struct jk_err *err)
{
	static const enum jk_module others[] = { JK_MODULE_HEAD,
		JK_MODULE_EMBEDDING };
	size_t i;
	int r = 0;

	for (i = 0; a->config && i < 2 && r == 0; i++) {
		r = is_target(a, config, (struct jk_weight_id){
			.module = others[i] }, err);
		if (r > 0)
			r = jk_fail(err, JK_EDATA, "%s: target_modules has "
			    "%s: LoRA on it is not supported", a->path,
			    jk_module_path(config, others[i]));
	}
	return r;
}

/* The first tensor that is no matrix of the model's projections. */
static const char *
find_stranger(const struct jk_adapter *a, const struct jk_config *config)
{
	const struct jk_tensor *t = a->file.tensors;
	unsigned l;
	size_t i;
	int n;

	for (i = 0; i < a->file.n_tensors; i++) {
		const char *at = strstr(t[i].name, "layers.");
		bool ours = false;

		/* each projection's kinds */
		for (n = 0; at && n < JK_N_PROJS * JK_N_LORA_KINDS; n++)
			ours |= sscanf(at, "layers.%u.", &l) == 1 &&
			    l < config->n_layers && jk_adapter_tensor(a, l,
			    (enum jk_module)(n / JK_N_LORA_KINDS),
			    (enum jk_lora_kind)(n % JK_N_LORA_KINDS)) == &t[i];
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
	uint32_t l;
	long n_layers;
	int p, kind;

	if (refuse_others(a, config, err) < 0)
		return -1;
	for (p = 0; p < JK_N_PROJS; p++) {
		n_layers = count_layers(a, config, (enum jk_module)p, err);
		if (n_layers < 0)
			return -1;
		if (n_layers == 0)
			continue;
		a->targets |= 1u << p;
		for (l = 0; l < config->n_layers; l++) {
			if (!jk_layer_has_module(config, l, (enum jk_module)p))
				continue;
			for (kind = 0; kind < JK_N_LORA_KINDS; kind++, n++)
				if (check_tensor(a, config, l,
				    (enum jk_module)p,
				    (enum jk_lora_kind)kind, err) < 0)
					return -1;
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

/* Whether the tensors are named as those of a model of more than text. */
static void
find_prefix(struct jk_adapter *a, const struct jk_config *config)
{
	const char *prefix = config->family->whole_prefix;
	size_t i;

	for (i = 0; prefix && i < a->file.n_tensors; i++)
		if (strstr(a->file.tensors[i].name, prefix))
			a->whole_prefix = prefix;
}

/* The two files of PEFT. */
static int
read_folder(struct jk_adapter *a, const char *folder, struct jk_err *err)
{
	char *config = jk_path_join(folder, JK_ADAPTER_CONFIG_FILE, err);
	char *tensors = config ? jk_path_join(folder,
	    JK_ADAPTER_WEIGHTS_FILE, err) : NULL;
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
	int r = -1, is_gguf;

	*a = (struct jk_adapter){ .path = strdup(path) };
	if (!a->path) {
		jk_fail_nomem(err);
		goto out;
	}
	if (stat(path, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			jk_fail(err, JK_EUSAGE, "no adapter folder %s", path);
		else
			jk_fail_errno(err, "%s", path);
		goto out;
	}
	is_gguf = jk_gguf_is_file(path, err);
	if (is_gguf < 0)
		goto out;
	if (is_gguf) {
		if (jk_gguf_open(&a->gguf, path, err) < 0)
			goto out;
		a->is_gguf = true;
		if (jk_adapter_from_gguf(a, config, err) == 0)
			r = jk_adapter_check(a, config, err);
		goto out;
	}
	if (!S_ISDIR(st.st_mode)) {
		jk_fail(err, JK_EUSAGE, "%s: neither an adapter's folder nor a "
		    "GGUF file", path);
		goto out;
	}
	if (read_folder(a, path, err) == 0) {
		find_prefix(a, config);
		r = jk_adapter_check(a, config, err);
	}
out:
	if (r < 0)
		jk_adapter_close(a);
	return r;
}
