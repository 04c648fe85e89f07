/*
 * Options of a recipe against torch and PEFT (tests/oracle/recipe.py): loss and
 * gradient norm of 20 steps to 1e-3; DoRA's first gradient to 1e-4 of each matrix;
 * options given in words as jk-train takes them; and again with everything that
 * must not change the result.  Devices are named in JK_TEST_DEVICES ("cpu
 * vulkan:0"); "cpu" without it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "dev/host.h"
#include "dev/open.h"
#include "model/adapter_open.h"
#include "model/open.h"
#include "model/safetensors.h"
#include "model/weight_id.h"
#include "nn/load.h"
#include "tap.h"
#include "train/train.h"

enum { STEPS = 20, MOST_WORDS = 32, MOST_TOKENS = 256 };

static struct jk_dev *dev;
static const char *device;

static struct jk_safetensors gradients;	/* of recipe.safetensors */

/* What a run is, and what it gave. */
struct run {
	const json_t *expected;	/* of recipe.json */
	size_t number;		/* there */
	const char *family;
	struct jk_model model;
	struct jk_train_options options;
	struct jk_dataset data;
	struct jk_weights weights;
	struct jk_train_plan plan;
	struct jk_train train;
	double loss[STEPS], grad_norm[STEPS];
	double grad_error;	/* of the first step's matrices, at most */
	size_t n_grads;		/* that were compared */
};

static void
read_records(struct run *r)
{
	const json_t *weights = json_object_get(r->expected, "weights"), *id;
	char path[320];
	struct jk_err err;
	json_t *curve, *record;
	size_t i, k;

	snprintf(path, sizeof path, "tests/data/tiny/%s/curve.json",
	    r->family);
	curve = jk_json_load(path, &err);
	must(curve ? 0 : -1, &err);
	json_array_foreach(json_object_get(curve, "records"), i, record) {
		const uint32_t n_prompt = (uint32_t)json_integer_value(
		    json_object_get(record, "n_prompt"));
		uint32_t ids[MOST_TOKENS];
		bool mask[MOST_TOKENS];

		json_array_foreach(json_object_get(record, "ids"), k, id) {
			ids[k] = (uint32_t)json_integer_value(id);
			mask[k] = k >= n_prompt;
		}
		must(jk_dataset_add(&r->data, "x", ids, mask, (uint32_t)k,
		    n_prompt, &err), &err);
		if (weights)
			jk_dataset_weigh(&r->data, (float)json_number_value(
			    json_array_get(weights, i)));
	}
	json_decref(curve);
}

/* Those of all runs, of this one, and `besides`. */
static void
parse_options(struct run *r, const char *const *besides, const char *seed)
{
	const char *words[MOST_WORDS] = { "recipe", "--lr=1e-3",
		"--warmup-steps=3", "--max-steps=20", "--batch=4",
		"--accumulate=1", "--rank=4", "--alpha=8", "--dropout=0",
		"--shuffle=none", seed };
	const struct jk_opts tables[] = { JK_TRAIN_OPTS(&r->options),
		{ NULL, NULL, NULL } };
	struct jk_strings operands;
	struct jk_err err;
	const json_t *option;
	int n = 11;
	size_t i;

	json_array_foreach(json_object_get(r->expected, "options"), i, option)
		words[n++] = json_string_value(option);
	for (; besides && *besides; besides++)
		words[n++] = *besides;
	must(jk_opt_parse(tables, n, (char **)words, &operands, &err), &err);
	free(operands.v);
	must(jk_train_settle(&r->options, 0, &r->model.config, NULL, &err),
	    &err);
}

/*
 * A and B by the oracle's formula; zeros where ranks are smaller.  Magnitudes
 * are those of a new adapter, changed.
 */
static void
fill(struct jk_train *t)
{
	float *f = calloc(t->lora.n_params, sizeof *f);
	struct jk_err err;
	uint32_t i, j;
	size_t k;

	must(jk_dev_download(dev, f, t->lora.arena, 4 * t->lora.n_params,
	    &err), &err);
	for (k = 0; k < t->lora.n_tensors; k++) {
		const struct jk_lora_tensor *m = &t->lora.tensors[k];
		const bool is_a = m->kind == JK_LORA_A;

		for (i = 0; m->kind == JK_LORA_MAGNITUDE && i < m->n; i++)
			f[m->at + i] *= (float)(1 + 0.3 * sin(1 + 0.7 * i));
		if (m->kind == JK_LORA_MAGNITUDE)
			continue;
		for (i = 0; i < (is_a ? m->rank : m->n_rows); i++)
			for (j = 0; j < (is_a ? m->n_columns : m->rank); j++)
				f[m->at + (size_t)i * m->n_columns + j] =
				    (float)(is_a ? 0.3 * sin(1 + 0.9 * i +
				    1.7 * j) : 0.1 * cos(1 + 1.1 * i +
				    2.3 * j));
	}
	must(jk_dev_upload(dev, t->lora.arena, f, 4 * t->lora.n_params, &err),
	    &err);
	free(f);
}

static void
begin(struct run *r)
{
	struct jk_adapter adapter;
	struct jk_err err;
	char path[320];

	if (!json_is_true(json_object_get(r->expected, "adapter"))) {
		fill(&r->train);
		return;
	}
	snprintf(path, sizeof path, "tests/data/tiny/%s/adapter", r->family);
	must(jk_adapter_open(&adapter, path, &r->model.config, &err), &err);
	must(jk_train_from_adapter(&r->train, &adapter, &err), &err);
	jk_adapter_close(&adapter);
}

/* Norm of the difference over the norm of what is wanted; only `rank` counts. */
static double
gradient_error(const struct jk_lora_tensor *t, const float *got,
    const float *want)
{
	const uint32_t n = t->kind == JK_LORA_A ? t->rank : t->n_rows;
	const uint32_t k = t->kind == JK_LORA_A ? t->n_columns : t->rank;
	double d = 0, s = 0, e;
	uint32_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < k; j++) {
			const double w = (double)want[i * k + j];

			e = (double)got[i * t->n_columns + j] - w;
			d += e * e;
			s += w * w;
		}
	return sqrt(d / s);
}

/* The step's gradients, as far as there are any to compare them with. */
static void
compare_gradients(struct run *r)
{
	const struct jk_lora *l = &r->train.lora;
	float *g = malloc(4 * l->n_params);
	char name[JK_WEIGHT_NAME_BYTES], full[JK_WEIGHT_NAME_BYTES + 24];
	struct jk_err err;
	size_t i;
	double e;

	must(jk_dev_download(dev, g, r->train.optimizer.grad, 4 * l->n_params,
	    &err), &err);
	for (i = 0; i < l->n_tensors; i++) {
		const struct jk_lora_tensor *t = &l->tensors[i];
		const struct jk_tensor *want;

		jk_lora_name(l->config, t->layer, t->proj, t->kind, name);
		snprintf(full, sizeof full, "%zu.%s", r->number, name);
		want = jk_safetensors_find(&gradients, full);
		if (!want)
			continue;
		r->n_grads++;
		e = gradient_error(t, g + t->at, want->data);
		if (!(e <= 1e-4))
			diag("%s: %.1e", name, e);
		if (!(e <= r->grad_error))
			r->grad_error = e;
	}
	free(g);
}

static void
report(void *ctx, const struct jk_train_report *report)
{
	struct run *r = ctx;

	r->loss[report->step - 1] = report->loss;
	r->grad_norm[report->step - 1] = report->grad_norm;
	if (report->step == 1)
		compare_gradients(r);
}

static double
worst_of(const struct run *r, const char *key, const double *got)
{
	const json_t *want = json_object_get(r->expected, key);
	const size_t n = r->options.local_steps ? r->options.local_steps : 1;
	double worst = 0, e;
	size_t i, end;

	/* of rounds, where there are such: n steps, and what is left of them */
	for (i = 0; i * n < STEPS; i++) {
		end = (i + 1) * n < STEPS ? (i + 1) * n : STEPS;
		e = fabs(got[end - 1] / json_number_value(json_array_get(want,
		    i)) - 1);
		if (!(e <= worst))
			worst = e;
	}
	return worst;
}

static void
test_run(const json_t *expected, size_t number, const char *how,
    const char *const *besides, uint32_t max_rows, const char *seed)
{
	struct run r = { .expected = expected, .number = number };
	struct jk_err err;
	char path[320];
	double loss, norm;

	r.family = json_string_value(json_object_get(expected, "family"));
	snprintf(path, sizeof path, "tests/data/tiny/%s", r.family);
	must(jk_model_open(&r.model, path, JK_MODEL_ALL, &err), &err);
	parse_options(&r, besides, seed);
	/* its gradients are looked at before another step's take their place */
	if (r.options.dora)
		r.options.save_every = 1;
	read_records(&r);
	must(jk_weights_load(&r.weights, &r.model, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX, 128, &err), &err);
	must(jk_train_plan(&r.plan, &r.options, &(struct jk_train_memory){
	    .model = &r.model, .dev = dev, .precision = JK_PRECISION_F32,
	    .data = &r.data }, max_rows, &err), &err);
	r.train = (struct jk_train){ .options = r.options,
		.weights = &r.weights, .data = &r.data, .report = report,
		.ctx = &r };
	must(jk_train_init(&r.train, &r.plan, &err), &err);
	begin(&r);
	must(jk_train_run(&r.train, &err), &err);
	loss = worst_of(&r, "loss", r.loss);
	norm = worst_of(&r, "grad_norm", r.grad_norm);
	/*
	 * --compression=int8 changes the loss by 2e-5, and one number that is
	 * rounded to the other side by as much: tests/unit/net.c has its bits.
	 */
	ok(loss <= 1e-3 && norm <= 1e-3,
	    "%s, %s, %s%s: loss (%.1e), gradient norm (%.1e)", device,
	    json_string_value(json_object_get(expected, "name")), r.family,
	    how, loss, norm);
	if (r.options.dora)
		ok(r.grad_error <= 1e-4 && r.n_grads == r.train.lora.n_tensors,
		    "%s, %s%s: gradients of %zu matrices (%.1e)", device,
		    r.family, how, r.n_grads, r.grad_error);
	jk_train_release(&r.train);
	jk_train_plan_release(&r.plan);
	jk_weights_release(&r.weights);
	jk_dataset_release(&r.data);
	jk_model_close(&r.model);
}

static bool
has(const json_t *expected, const char *begin)
{
	const json_t *option;
	size_t i;

	json_array_foreach(json_object_get(expected, "options"), i, option)
		if (strncmp(json_string_value(option), begin, strlen(begin)) ==
		    0)
			return true;
	return false;
}

int
main(void)
{
	/* the first two change what a share is of */
	static const char *const another_way[] = { "--no-share-prefix",
		"--shares=3", "--recompute=layer", "--optimizer=adamw8bit",
		NULL };
	static const char *const recompute[] = { "--recompute=layer", NULL };
	const char *devices = getenv("JK_TEST_DEVICES");
	char *list = strdup(devices ? devices : "cpu"), *save = NULL;
	char seed[40];
	struct jk_err err;
	json_t *all = jk_json_load("tests/data/recipe.json", &err), *expected;
	size_t i;

	must(all ? 0 : -1, &err);
	must(jk_safetensors_open(&gradients, "tests/data/recipe.safetensors",
	    &err), &err);
	snprintf(seed, sizeof seed, "--seed=%lld", (long long)
	    json_integer_value(json_object_get(all, "seed")));
	for (device = strtok_r(list, " ", &save); device;
	    device = strtok_r(NULL, " ", &save)) {
		must(jk_dev_open(device, 0, &dev, &err), &err);
		json_array_foreach(json_object_get(all, "runs"), i, expected) {
			test_run(expected, i, "", NULL, 0, seed);
			/* small tensors have whole moments there, too */
			if (jk_dev_cpu(dev))
				test_run(expected, i, ", another way",
				    has(expected, "--local-steps=") ?
				    recompute : another_way +
				    2 * has(expected, "--shares="),
				    60, seed);
		}
		jk_dev_close(dev);
	}
	jk_safetensors_close(&gradients);
	json_decref(all);
	free(list);
	return done_testing();
}
