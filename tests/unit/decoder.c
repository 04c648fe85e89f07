#include "families.h"

#include <stdint.h>

#include "dev/open.h"
#include "model/adapter.h"
#include "model/adapter_open.h"
#include "model/open.h"
#include "nn/inference.h"
#include "nn/load.h"

/*
 * The decoder against transformers and PEFT on tiny random models of every
 * family (tests/oracle/tiny.py), in f32, to 1e-4 of the largest logit: as one
 * pass over both sequences, and token by token through the cache.  Devices
 * are named in JK_TEST_DEVICES ("cpu vulkan:0"); "cpu" without it.
 */

static const char *device;
static struct jk_dev *dev;

struct run {
	struct jk_model model;
	struct jk_adapter adapter;
	struct jk_lora lora;
	struct jk_weights weights;
	struct jk_safetensors expected;
};

static int
open_run(struct run *r, const char *model, const char *adapter,
    const char *expected, struct jk_err *err)
{
	*r = (struct run){ 0 };
	if (jk_model_open(&r->model, model, JK_MODEL_ALL, err) < 0 ||
	    jk_weights_load(&r->weights, &r->model, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX | 1u << JK_WEIGHT_VECTOR, 128, err) < 0 ||
	    jk_safetensors_open(&r->expected, expected, err) < 0)
		return -1;
	if (adapter && (jk_adapter_open(&r->adapter, adapter,
	    &r->model.config, err) < 0 || jk_lora_load(&r->lora, &r->adapter,
	    &r->model, dev, err) < 0))
		return -1;
	return 0;
}

static void
close_run(struct run *r)
{
	if (r->lora.layers) {
		jk_lora_release(&r->lora, dev);
		jk_adapter_close(&r->adapter);
	}
	jk_safetensors_close(&r->expected);
	jk_weights_release(&r->weights);
	jk_model_close(&r->model);
}

/* Rows of one sequence that begins at row `begin` of the pack. */
static void
put_rows(struct jk_row *rows, const int32_t *ids, uint32_t n, uint32_t begin)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		rows[i] = (struct jk_row){ .token = (uint32_t)ids[i],
			.position = i, .own_begin = begin,
			.own_end = begin + n, .kv_row = begin + i };
}

static double
compare(struct run *r, const float *got, const char *key)
{
	const struct jk_tensor *t = jk_safetensors_find(&r->expected, key);

	return t ? relative_error(got, t->data, jk_tensor_count(t)) : NAN;
}

/* Both sequences in one pass, the way training does it. */
static int
packed(struct run *r, const char *key0, const char *key1, double error[2],
    struct jk_err *err)
{
	const struct jk_tensor *ids0 = jk_safetensors_find(&r->expected,
	    "ids.0"), *ids1 = jk_safetensors_find(&r->expected, "ids.1");
	uint32_t n0 = (uint32_t)ids0->shape[0], n1 = (uint32_t)ids1->shape[0];
	uint32_t n = n0 + n1, v = r->model.config.vocab_size, i;
	struct jk_inference f;
	struct jk_row rows[128];
	uint32_t heads[128];
	float *logits = malloc((size_t)n * v * sizeof *logits);
	int failed;

	put_rows(rows, ids0->data, n0, 0);
	put_rows(rows + n0, ids1->data, n1, n0);
	for (i = 0; i < n; i++)
		heads[i] = i;
	if (jk_inference_init(&f, &r->weights, r->lora.layers ? &r->lora : NULL,
	    n, n, NULL, err) < 0)
		return -1;
	failed = jk_inference_run(&f, JK_WEIGHT_MATRIX, false, rows, n, heads,
	    n, err) < 0 || jk_dev_download(dev, logits, f.logits,
	    (size_t)n * v * sizeof *logits, err) < 0;
	if (!failed) {
		error[0] = key0 ? compare(r, logits, key0) : 0;
		error[1] = compare(r, logits + (size_t)n0 * v, key1);
	}
	jk_inference_release(&f);
	free(logits);
	return failed ? -1 : 0;
}

/*
 * Sequence 1 token by token behind a prefix of `prefix` tokens (8 at most) that
 * stands elsewhere in the cache, as generation does it.
 */
static int
cached(struct run *r, const char *key, uint32_t prefix, double *error,
    struct jk_err *err)
{
	const struct jk_tensor *ids = jk_safetensors_find(&r->expected,
	    "ids.1");
	uint32_t n = (uint32_t)ids->shape[0], i;
	uint32_t v = r->model.config.vocab_size;
	/* neither the first prefix nor the first sequence */
	const struct jk_cache cache = { .n_prefixes = 2, .prefix_rows = 8,
		.n_sequences = 2, .sequence_rows = 90 };
	const uint32_t zero = 0;
	struct jk_inference f;
	struct jk_row rows[128];
	uint32_t heads[128];
	float *logits = malloc((size_t)n * v * sizeof *logits);
	int failed = 0;

	for (i = 0; i < n; i++)
		heads[i] = i;
	if (jk_inference_init(&f, &r->weights, r->lora.layers ? &r->lora : NULL,
	    prefix ? prefix : 1, prefix ? prefix : 1, &cache, err) < 0)
		return -1;
	for (i = 0; i < prefix; i++)
		rows[i] = jk_cache_prefix_row(&cache, 1, i, (uint32_t)
		    ((const int32_t *)ids->data)[i]);
	if (prefix)
		failed = jk_inference_run(&f, JK_WEIGHT_VECTOR, true, rows,
		    prefix, heads, prefix, err) < 0 || jk_dev_download(dev,
		    logits, f.logits, (size_t)prefix * v * sizeof *logits,
		    err) < 0;
	for (i = prefix; !failed && i < n; i++) {
		struct jk_row row = jk_cache_row(&cache, 1, 1, prefix,
		    i - prefix, (uint32_t)((const int32_t *)ids->data)[i]);

		failed = jk_inference_run(&f, JK_WEIGHT_VECTOR, true, &row, 1,
		    &zero, 1, err) < 0 || jk_dev_download(dev,
		    logits + (size_t)i * v, f.logits, v * sizeof *logits,
		    err) < 0;
	}
	if (!failed)
		*error = compare(r, logits, key);
	jk_inference_release(&f);
	free(logits);
	return failed ? -1 : 0;
}

static void
check(const char *model, const char *adapter, const char *expected,
    const char *key0, const char *key1)
{
	struct run r;
	struct jk_err err;
	double e[2], c[2];

	if (open_run(&r, model, adapter, expected, &err) < 0 ||
	    packed(&r, key0, key1, e, &err) < 0 ||
	    cached(&r, key1, 0, c, &err) < 0 ||
	    cached(&r, key1, 5, c + 1, &err) < 0) {
		ok(0, "%s: %s: %s", device, model, err.msg);
		return;
	}
	if (key0)
		ok(e[0] <= 1e-4, "%s: %s: %s (%.1e)", device, model, key0,
		    e[0]);
	ok(e[1] <= 1e-4, "%s: %s: %s (%.1e)", device, model, key1, e[1]);
	ok(c[0] <= 1e-4 && c[1] <= 1e-4,
	    "%s: %s: %s through the cache (%.1e, %.1e)", device, model, key1,
	    c[0], c[1]);
	close_run(&r);
}

static void
check_family(const char *family)
{
	char dir[288], expected[320], adapter[320];

	snprintf(dir, sizeof dir, "tests/data/tiny/%s", family);
	snprintf(expected, sizeof expected, "%s/expected.safetensors", dir);
	check(dir, NULL, expected, "logits.0", "logits.1");
	snprintf(adapter, sizeof adapter, "%s/adapter", dir);
	check(dir, adapter, expected, NULL, "lora.logits.1");
	snprintf(adapter, sizeof adapter, "%s/adapter-rslora", dir);
	check(dir, adapter, expected, NULL, "rslora.logits.1");
}

int
main(void)
{
	const char *env = getenv("JK_TEST_DEVICES");
	char *devices = strdup(env ? env : "cpu"), *save = NULL;

	for (device = strtok_r(devices, " ", &save); device;
	    device = strtok_r(NULL, " ", &save)) {
		struct jk_err err;

		if (jk_dev_open(device, 0, &dev, &err) < 0) {
			ok(0, "%s: %s", device, err.msg);
			continue;
		}
		each_family(check_family);
		jk_dev_close(dev);
	}
	free(devices);
	return done_testing();
}
