#include "families.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev/open.h"
#include "model/adapter_open.h"
#include "model/adapter_take.h"
#include "model/folder.h"
#include "model/lora_weight.h"
#include "model/merge.h"
#include "model/open.h"
#include "nn/inference.h"
#include "nn/load.h"

/*
 * Adapters of every kind that PEFT writes (tests/oracle/adapter_kinds.py), run
 * and merged: PEFT's logits to 1e-4 of the largest.  Devices are named in
 * JK_TEST_DEVICES ("cpu vulkan:0"); "cpu" without it.
 */

static const char *device;
static struct jk_dev *dev;
static char dir[] = "/tmp/jk-adapters-XXXXXX";
static struct jk_err err;

/* A device knows matrices by where they are: all stay while it is open. */
static struct jk_model *models[400];
static size_t n_models;

static struct jk_model *
open_model(const char *path)
{
	struct jk_model *m = malloc(sizeof *m);

	if (!m || n_models == sizeof models / sizeof *models ||
	    jk_model_open(m, path, JK_MODEL_ALL, &err) < 0) {
		free(m);
		return NULL;
	}
	models[n_models++] = m;
	return m;
}

static void
close_models(void)
{
	for (; n_models > 0; n_models--) {
		jk_model_close(models[n_models - 1]);
		free(models[n_models - 1]);
	}
}

struct kind {
	const char *name;
	char path[300];
	struct jk_safetensors expected;
	struct jk_ids ids;
	const float *logits;
	size_t n;
};

/* Of a model, with LoRA's matrices where `lora` is not NULL. */
static double
error_of(const struct kind *k, const struct jk_weights *w,
    const struct jk_lora *lora, enum jk_weight_use use)
{
	float *logits = malloc(k->n * sizeof *logits);
	struct jk_inference f;
	struct jk_row rows[64];
	uint32_t heads[64], n = (uint32_t)k->ids.n, i;
	double e = NAN;

	for (i = 0; i < n; i++) {
		rows[i] = (struct jk_row){ .token = k->ids.v[i],
			.position = i, .own_end = n, .kv_row = i };
		heads[i] = i;
	}
	if (jk_inference_init(&f, w, lora, n, n, NULL, &err) == 0) {
		if (jk_inference_run(&f, use, use == JK_WEIGHT_VECTOR, rows,
		    n, heads, n, &err) == 0 && jk_dev_download(dev, logits,
		    f.logits, k->n * sizeof *logits, &err) == 0)
			e = relative_error(logits, k->logits, k->n);
		jk_inference_release(&f);
	}
	free(logits);
	return e;
}

/* As in training and as in generation; NAN if either is. */
static double
errors_of(const struct kind *k, const struct jk_weights *w,
    const struct jk_lora *lora)
{
	const double e = error_of(k, w, lora, JK_WEIGHT_MATRIX);
	const double v = error_of(k, w, lora, JK_WEIGHT_VECTOR);

	return isnan(e) || isnan(v) ? NAN : fmax(e, v);
}

/* A model as it stands, on the device; with the adapter that it took, or NULL. */
static double
run(const struct kind *k, const struct jk_model *m,
    const struct jk_adapter *a)
{
	struct jk_weights w;
	struct jk_lora lora;
	double e = NAN;

	if (jk_weights_load(&w, m, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX | 1u << JK_WEIGHT_VECTOR, 64, &err) < 0)
		return NAN;
	if (!a) {
		e = errors_of(k, &w, NULL);
	} else if (jk_lora_load(&lora, a, m, dev, &err) == 0) {
		e = errors_of(k, &w, &lora);
		jk_lora_release(&lora, dev);
	}
	jk_weights_release(&w);
	return e;
}

static double
run_file(const struct kind *k, const char *path)
{
	const struct jk_model *m = open_model(path);

	return m ? run(k, m, NULL) : NAN;
}

static void
check_error(double e, const struct kind *k, const char *how)
{
	if (!ok(e <= 1e-4, "%s: %s: %s (%.1e)", device, k->name, how, e))
		diag("%s", err.msg);
}

static void
check_merged(const struct kind *k, const struct jk_model *m,
    const struct jk_adapter *a)
{
	struct jk_tokenizer *t = jk_model_tokenizer(m, &err);
	char folder[100], path[100], file[300];
	double e = NAN;
	size_t i;

	snprintf(folder, sizeof folder, "%s/folder", dir);
	snprintf(path, sizeof path, "%s/m.gguf", dir);
	mkdir(folder, 0777);
	if (t && jk_merge_write(folder, m, a, JK_F32, NULL, &err) == 0 &&
	    jk_folder_put_tokenizer(folder, m, t, &err) == 0 &&
	    jk_folder_put_config(folder, m, JK_F32, &err) == 0)
		e = run_file(k, folder);
	check_error(e, k, "merged, a folder");
	for (i = 0; jk_folder_files[i]; i++) {
		snprintf(file, sizeof file, "%s/%s", folder,
		    jk_folder_files[i]);
		unlink(file);
	}
	rmdir(folder);
	/* a GGUF of Gemma 3 cannot say all of the tiny one */
	e = t && jk_merge_write_gguf(path, m, t, a, JK_F32, NULL, &err) == 0 ?
	    run_file(k, path) : NAN;
	if (!m->config.post_norms)
		check_error(e, k, "merged, GGUF");
	unlink(path);
	jk_tokenizer_free(t);
}

/* The adapter alone as GGUF LoRA; or why not. */
static void
check_alone(const struct kind *k, const struct jk_model *m,
    const struct jk_adapter *a)
{
	struct jk_adapter alone;
	char path[100];
	double e = NAN;

	if (jk_merge_check(m, a, true, &err) < 0) {
		ok(jk_adapter_beyond(a, &m->config, true, false) &&
		    strstr(err.msg, "which GGUF LoRA cannot hold: merge it"),
		    "%s: %s: not as GGUF LoRA", device, k->name);
		return;
	}
	snprintf(path, sizeof path, "%s/lora.gguf", dir);
	if (jk_adapter_write_gguf(path, m, a, JK_F32, &err) == 0 &&
	    jk_adapter_open(&alone, path, &m->config, &err) == 0) {
		e = run(k, m, &alone);
		jk_adapter_close(&alone);
	}
	check_error(e, k, "as GGUF LoRA");
	unlink(path);
}

static void
check_adapter(const struct kind *k, const char *base)
{
	struct jk_model *m = open_model(base);
	struct jk_adapter a;

	if (!m || jk_adapter_open(&a, k->path, &m->config, &err) < 0) {
		ok(0, "%s: %s: %s", device, k->name, err.msg);
		return;
	}
	if (jk_model_take_adapter(m, &a, &err) < 0) {
		ok(0, "%s: %s: %s", device, k->name, err.msg);
	} else {
		check_error(run(k, m, &a), k, "run");
		if (jk_merge_check(m, &a, false, &err) == 0)
			check_merged(k, m, &a);
		else
			ok(strcmp(k->name, "lora-bias-lost") == 0 && strstr(
			    err.msg, "run the model with --adapter"),
			    "%s: %s: not merged", device, k->name);
		check_alone(k, m, &a);
	}
	jk_adapter_close(&a);
}

static void
check_kind(const char *name)
{
	struct kind k = { .name = name };
	const struct jk_tensor *ids, *logits;
	char path[400];
	json_t *config;

	snprintf(k.path, sizeof k.path, "tests/data/adapters/%s", name);
	snprintf(path, sizeof path, "%s/expected.safetensors", k.path);
	if (jk_safetensors_open(&k.expected, path, &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	ids = jk_safetensors_find(&k.expected, "ids");
	logits = jk_safetensors_find(&k.expected, "logits");
	k.ids = (struct jk_ids){ .v = (uint32_t *)(uintptr_t)ids->data,
		.n = jk_tensor_count(ids) };
	k.logits = logits->data;
	k.n = jk_tensor_count(logits);
	snprintf(path, sizeof path, "%s/" JK_ADAPTER_CONFIG_FILE, k.path);
	config = jk_json_load(path, &err);
	if (ok(config != NULL, "%s has a configuration", name))
		check_adapter(&k, jk_json_get_string(config,
		    "base_model_name_or_path"));
	json_decref(config);
	jk_safetensors_close(&k.expected);
}

/* A direction of length 0 has no magnitude; 3 4 has length 5. */
static void
check_norms(void)
{
	static const float w[] = { 3, 4, 0, 0 }, zeros[2], m[] = { 10, 1 };
	const struct jk_tensor weight = { "w", JK_F32, 2, { 2, 2 }, w, 16 },
	    a = { "a", JK_F32, 2, { 1, 2 }, zeros, 8 },
	    b = { "b", JK_F32, 2, { 2, 1 }, zeros, 8 },
	    both = { "m", JK_F32, 1, { 2 }, m, 8 };
	struct jk_tensor row = weight, first = both;
	struct jk_lora_part p = { .id = { .module = JK_MODULE_Q },
		.of = { &a, &b, &both }, .rank = 1, .scale = 1 };
	float *f;

	ok(!jk_lora_factors(&p, &weight, &err) &&
	    err.status == JK_EDATA && strstr(err.msg, "w: output 1 of"),
	    "DoRA on a row of zeros: %s", err.msg);
	row.shape[0] = first.shape[0] = 1;
	p.of[JK_LORA_MAGNITUDE] = &first;
	f = jk_lora_merged(&p, &row, &err);
	ok(f && f[0] == 6 && f[1] == 8, "DoRA: 3 4 of magnitude 10 is 6 8");
	free(f);
}

int
main(void)
{
	const char *env = getenv("JK_TEST_DEVICES");
	char *devices = strdup(env ? env : "cpu"), *save = NULL;
	struct dirent **list = NULL;
	int n = scandir("tests/data/adapters", &list, is_family, alphasort), i;

	check_norms();
	ok(n >= 20 && mkdtemp(dir), "%d kinds of adapters", n);
	for (device = strtok_r(devices, " ", &save); device;
	    device = strtok_r(NULL, " ", &save)) {
		if (jk_dev_open(device, 0, &dev, &err) < 0) {
			ok(0, "%s: %s", device, err.msg);
			continue;
		}
		for (i = 0; i < n; i++)
			check_kind(list[i]->d_name);
		jk_dev_close(dev);
		close_models();
	}
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	free(devices);
	rmdir(dir);
	return done_testing();
}
