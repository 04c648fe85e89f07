/*
 * Training against torch and PEFT on tiny random models of every family
 * (tests/oracle/tiny.py), in f32: gradients of every LoRA matrix to 1e-4 of
 * their norm, loss curves over 20 steps to 1e-3; and what must not change the
 * result: sharing of the prefix, the cut into packs, recomputation.  Devices
 * are named in JK_TEST_DEVICES ("cpu vulkan:0"); "cpu" without it.
 */
#include "families.h"


#include "base/json.h"
#include "dev/host.h"
#include "dev/open.h"
#include "model/adapter_open.h"
#include "model/open.h"
#include "nn/load.h"
#include "train/optimizer.h"
#include "train/pack.h"
#include "train/schedule.h"
#include "train/workspace.h"

static struct jk_dev *dev;
static const char *device;

struct run {
	struct jk_model model;
	struct jk_adapter adapter;
	struct jk_lora lora;
	struct jk_weights weights;
	struct jk_optimizer optimizer;
	struct jk_dataset data;
	struct jk_pass pass;
};

static void
open_run(struct run *r, const char *family, enum jk_optimizer_kind kind)
{
	struct jk_err err;
	char path[320];

	*r = (struct run){ 0 };
	snprintf(path, sizeof path, "tests/data/tiny/%s", family);
	must(jk_model_open(&r->model, path, JK_MODEL_ALL, &err), &err);
	must(jk_weights_load(&r->weights, &r->model, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX | 1u << JK_WEIGHT_VECTOR, 128, &err), &err);
	snprintf(path, sizeof path, "tests/data/tiny/%s/adapter", family);
	must(jk_adapter_open(&r->adapter, path, &r->model.config, &err),
	    &err);
	must(jk_lora_load(&r->lora, &r->adapter, &r->model, dev, &err),
	    &err);
	must(jk_optimizer_init(&r->optimizer, kind, &r->lora, dev, &err),
	    &err);
	r->pass = (struct jk_pass){ .weights = &r->weights,
		.use = JK_WEIGHT_MATRIX, .lora = &r->lora,
		.grad = r->optimizer.grad };
}

static void
close_run(struct run *r)
{
	jk_dataset_release(&r->data);
	jk_optimizer_release(&r->optimizer);
	jk_lora_release(&r->lora, dev);
	jk_adapter_close(&r->adapter);
	jk_weights_release(&r->weights);
	jk_model_close(&r->model);
}

static void
add(struct run *r, const uint32_t *ids, uint32_t n, uint32_t n_prompt)
{
	struct jk_err err;
	bool mask[256];
	uint32_t i;

	for (i = 0; i < n; i++)
		mask[i] = i >= n_prompt;
	must(jk_dataset_add(&r->data, "x", ids, mask, n, n_prompt, &err),
	    &err);
}

/* How an effective batch is passed. */
struct manner {
	bool share;
	uint32_t max_rows;	/* of a pack */
	enum jk_recompute recompute;
	double dropout;
	uint32_t head_shares;
};

/* Loss of a batch; its gradients are in the optimizer. */
static double
batch_loss(struct run *r, const uint32_t *records, uint32_t n, uint32_t step,
    struct manner m)
{
	struct jk_workspace w;
	struct jk_batch b;
	struct jk_pack pack;
	struct jk_pack_size max = { 0, 0 };
	struct jk_err err;
	double sum = 0;
	float *losses;
	uint32_t at, end, i;

	jk_batch_init(&b, &r->data, records, n, m.share);
	for (at = 0; at < n; at = end) {
		struct jk_pack_size s;

		end = jk_pack_end(&b, at, b.n, m.max_rows);
		s = jk_pack_size(&b, at, end);
		max.n_rows = s.n_rows > max.n_rows ? s.n_rows : max.n_rows;
		max.n_heads = s.n_heads > max.n_heads ? s.n_heads :
		    max.n_heads;
	}
	must(jk_workspace_plan(&w, &(struct jk_workspace_shape){
	    .config = &r->model.config, .type = r->weights.type,
	    .lora = &r->lora, .max = max, .recompute = m.recompute,
	    .dropout = m.dropout > 0, .splits = dev->splits,
	    .head_shares = r->weights.type == JK_F32 ? m.head_shares : 0 },
	    &err), &err);
	must(jk_workspace_alloc(&w, dev, &err), &err);
	must(jk_pack_init(&pack, max, &err), &err);
	losses = calloc(max.n_heads + 1, sizeof *losses);
	must(losses ? 0 : jk_fail_nomem(&err), &err);
	must(jk_optimizer_clear(&r->optimizer, &err), &err);
	r->pass.dropout = (struct jk_dropout){
		.threshold = (uint32_t)lround(65536 * m.dropout),
		.keep_scale = (float)(1 / (1 - m.dropout)), .step = step,
		.seed = 5 };
	for (at = 0; at < n; at = end) {
		end = jk_pack_end(&b, at, b.n, m.max_rows);
		jk_pack_fill(&pack, &b, at, end);
		must(jk_workspace_run(&w, &r->pass, &pack,
		    (float)(1 / (double)b.n_supervised), losses, &err), &err);
		must(jk_dev_submit(dev, &err), &err);
		for (i = 0; i < pack.n_heads; i++)
			sum += (double)losses[i];
	}
	free(losses);
	jk_pack_release(&pack);
	jk_workspace_release(&w, dev);
	return sum / (double)b.n_supervised;
}

static float *
gradients(struct run *r)
{
	float *g = malloc(4 * r->lora.n_params);
	struct jk_err err;

	must(jk_dev_download(dev, g, r->optimizer.grad, 4 * r->lora.n_params,
	    &err), &err);
	return g;
}

/* Norm of the difference over the norm of b. */
static double
norm_error(const float *a, const float *b, uint64_t n)
{
	double d = 0, s = 0;
	uint64_t i;

	for (i = 0; i < n; i++) {
		d += ((double)a[i] - (double)b[i]) *
		    ((double)a[i] - (double)b[i]);
		s += (double)b[i] * (double)b[i];
	}
	return sqrt(d / s);
}

static void
test_gradients(const char *family)
{
	struct run r;
	struct jk_safetensors expected;
	struct jk_err err;
	char path[320], name[128];
	const uint32_t records[] = { 0, 1 };
	double loss, worst = 0, e;
	float *g;
	size_t i;
	int k;

	open_run(&r, family, JK_ADAMW);
	snprintf(path, sizeof path, "tests/data/tiny/%s/expected.safetensors",
	    family);
	must(jk_safetensors_open(&expected, path, &err), &err);
	for (k = 0; k < 2; k++) {
		const struct jk_tensor *ids, *n;

		snprintf(name, sizeof name, "ids.%d", k);
		ids = jk_safetensors_find(&expected, name);
		snprintf(name, sizeof name, "n_prompt.%d", k);
		n = jk_safetensors_find(&expected, name);
		add(&r, ids->data, (uint32_t)ids->shape[0],
		    *(const uint32_t *)n->data);
	}
	loss = batch_loss(&r, records, 2, 0, (struct manner){ true, 1000, 0,
	    0, 0 });
	e = fabs(loss / (double)*(const float *)jk_safetensors_find(&expected,
	    "lora.loss")->data - 1);
	ok(e <= 1e-5, "%s, %s: loss (%.1e)", device, family, e);
	g = gradients(&r);
	for (i = 0; i < r.lora.n_tensors; i++) {
		const struct jk_lora_tensor *t = &r.lora.tensors[i];
		const struct jk_tensor *want;
		char full[160];

		jk_lora_name(r.lora.config, t->layer, t->proj, t->kind, name);
		snprintf(full, sizeof full, "grad.%s", name);
		want = jk_safetensors_find(&expected, full);
		e = want ? norm_error(g + t->at, want->data, t->n) : NAN;
		if (!(e <= 1e-4))
			diag("%s: %.1e", name, e);
		if (!(e <= worst))
			worst = e;
	}
	ok(worst <= 1e-4, "%s, %s: gradients of %zu matrices (%.1e)", device,
	    family, r.lora.n_tensors, worst);
	free(g);
	jk_safetensors_close(&expected);
	close_run(&r);
}

static json_t *
load_curve(struct run *r, const char *family)
{
	struct jk_err err;
	char path[320];
	json_t *curve, *record;
	size_t i, k;

	snprintf(path, sizeof path, "tests/data/tiny/%s/curve.json", family);
	curve = jk_json_load(path, &err);
	must(curve ? 0 : -1, &err);
	json_array_foreach(json_object_get(curve, "records"), i, record) {
		const json_t *ids = json_object_get(record, "ids");
		uint32_t t[256];

		for (k = 0; k < json_array_size(ids); k++)
			t[k] = (uint32_t)json_integer_value(json_array_get(ids,
			    k));
		add(r, t, (uint32_t)k, (uint32_t)json_integer_value(
		    json_object_get(record, "n_prompt")));
	}
	return curve;
}

static void
zero_b(struct run *r)
{
	struct jk_err err;
	size_t i;

	for (i = 0; i < r->lora.n_tensors; i++) {
		const struct jk_lora_tensor *t = &r->lora.tensors[i];

		if (t->kind == JK_LORA_B)
			must(JK_RUN(dev, fill, (&(struct jk_fill){
			    .x = r->lora.arena + 4 * t->at,
			    .n = (uint32_t)t->n }), &err), &err);
	}
}

static double
number(const json_t *run, const char *key, size_t i)
{
	return json_number_value(json_array_get(json_object_get(run, key),
	    i));
}

static void
test_curve(const char *family, size_t which)
{
	struct run r;
	struct jk_err err;
	struct jk_update update;
	json_t *curve, *run;
	struct jk_schedule schedule = { JK_SCHEDULE_LINEAR, 1e-3, 20, 3 };
	double worst = 0, worst_norm = 0, worst_lr = 0, loss, norm;
	size_t step, i;

	open_run(&r, family, JK_ADAMW);
	must(jk_update_init(&update, &r.optimizer, &err), &err);
	curve = load_curve(&r, family);
	run = json_array_get(json_object_get(curve, "runs"), which);
	if (json_is_true(json_object_get(run, "zero_b")))
		zero_b(&r);
	for (step = 0; step < 20; step++) {
		uint32_t records[4];
		double lr = jk_schedule_lr(&schedule, step);

		for (i = 0; i < 4; i++)
			records[i] = (uint32_t)json_integer_value(
			    json_array_get(json_array_get(json_object_get(
			    curve, "order"), step), i));
		loss = batch_loss(&r, records, 4, (uint32_t)step,
		    (struct manner){ true, 1000, 0, 0, 0 });
		must(jk_optimizer_step(&r.optimizer, step + 1, lr, &update,
		    &err), &err);
		must(jk_dev_submit(dev, &err), &err);
		norm = jk_update_norm(&update);
		loss = fabs(loss / number(run, "loss", step) - 1);
		norm = fabs(norm / number(run, "grad_norm", step) - 1);
		worst = loss <= worst ? worst : loss;
		worst_norm = norm <= worst_norm ? worst_norm : norm;
		worst_lr = fmax(worst_lr, fabs(lr - number(run, "lr", step)));
	}
	ok(worst <= 1e-3, "%s, %s: 20 steps%s (%.1e)", device, family,
	    which ? " from B = 0" : "", worst);
	ok(worst_norm <= 1e-3, "%s, %s: gradient norms (%.1e)", device,
	    family, worst_norm);
	ok(worst_lr <= 1e-15, "%s: rates", family);
	json_decref(curve);
	jk_update_release(&update);
	close_run(&r);
}

/* Calls that are taken as one (dev/fuse.h), as the host does not, change no bit there. */
static void
test_fused(const char *family)
{
	const uint32_t records[] = { 3, 1, 12 };
	const struct manner m = { true, 1000, JK_RECOMPUTE_NONE, 0.1, 0 };
	struct run r;
	float *want, *got;

	if (!jk_dev_cpu(dev))
		return;
	open_run(&r, family, JK_ADAMW);
	json_decref(load_curve(&r, family));
	batch_loss(&r, records, 3, 3, m);
	want = gradients(&r);
	dev->fuses = true;
	batch_loss(&r, records, 3, 3, m);
	got = gradients(&r);
	dev->fuses = false;
	ok(memcmp(got, want, 4 * r.lora.n_params) == 0,
	    "%s, %s: calls taken as one: same bits", device, family);
	free(want);
	free(got);
	close_run(&r);
}

/*
 * What must not change the result, dropout on; `bound`: by how much another cut
 * may, since it rounds otherwise.
 */
static void
test_manners(const char *family, double bound)
{
	static const struct {
		const char *name;
		struct manner m;
		bool same_bits;
	} cases[] = {
		{ "again", { true, 1000, JK_RECOMPUTE_NONE, 0.1, 0 }, true },
		{ "layers recomputed", { true, 1000, JK_RECOMPUTE_LAYER,
		    0.1, 0 }, true },
		{ "no shared prefix", { false, 1000, JK_RECOMPUTE_NONE,
		    0.1, 0 }, false },
		{ "packs of one record", { true, 1, JK_RECOMPUTE_NONE, 0.1, 0 },
		    false },
		{ "packs of 60 rows, layers recomputed", { true, 60,
		    JK_RECOMPUTE_LAYER, 0.1, 0 }, false },
		{ "one record, prefix not shared", { false, 1,
		    JK_RECOMPUTE_NONE, 0.1, 0 }, false },
		{ "the head's way back in shares", { true, 1000,
		    JK_RECOMPUTE_NONE, 0.1, 3 }, false },
		{ "one of the threads at work", { true, 1000,
		    JK_RECOMPUTE_NONE, 0.1, 0 }, true },
		{ "one thread", { true, 1000, JK_RECOMPUTE_NONE, 0.1, 0 },
		    false },
	};
	const uint32_t records[] = { 3, 1, 12, 7, 9, 0 };
	struct run r;
	float *want, *got;
	double loss, other, e;
	size_t i;
	struct jk_cpu *cpu = jk_dev_cpu(dev);
	int threads = dev->n_threads;

	open_run(&r, family, JK_ADAMW);
	json_decref(load_curve(&r, family));
	loss = batch_loss(&r, records, 6, 3, cases[0].m);
	want = gradients(&r);
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (cpu)
			jk_cpu_set_threads(cpu, strcmp(cases[i].name,
			    "one thread") == 0 ? 1 : threads);
		if (cpu && strcmp(cases[i].name,
		    "one of the threads at work") == 0)
			jk_cpu_fix_team(cpu, 1);
		other = batch_loss(&r, records, 6, 3, cases[i].m);
		got = gradients(&r);
		e = fmax(norm_error(got, want, r.lora.n_params),
		    fabs(other / loss - 1));
		if (cases[i].same_bits)
			ok(other == loss && memcmp(got, want, 4 *
			    r.lora.n_params) == 0, "%s, %s: %s: same bits",
			    device, family, cases[i].name);
		else
			ok(e <= bound, "%s, %s: %s (%.1e)", device, family,
			    cases[i].name, e);
		free(got);
	}
	if (cpu)
		jk_cpu_set_threads(cpu, threads);
	/* dropout does something, and the step changes it */
	other = batch_loss(&r, records, 6, 4, cases[0].m);
	ok(other != loss && fabs(other / loss - 1) < 0.2,
	    "%s, %s: another step, other masks", device, family);
	free(want);
	close_run(&r);
}

static void
test_codes(void)
{
	struct jk_safetensors s;
	struct jk_err err;
	float codes[512];

	jk_dynamic_codes(codes);
	must(jk_safetensors_open(&s, "tests/data/adamw8bit.safetensors",
	    &err), &err);
	ok(memcmp(codes, jk_safetensors_find(&s, "code.signed")->data, 1024)
	    == 0 && memcmp(codes + 256, jk_safetensors_find(&s,
	    "code.unsigned")->data, 1024) == 0, "the dynamic maps");
	jk_safetensors_close(&s);
}

static void
test_plain_curve(const char *family)
{
	test_curve(family, 0);
}

int
main(void)
{
	const char *devices = getenv("JK_TEST_DEVICES");
	char *list = strdup(devices ? devices : "cpu"), *save = NULL;
	struct jk_err err;

	test_codes();
	for (device = strtok_r(list, " ", &save); device;
	    device = strtok_r(NULL, " ", &save)) {
		must(jk_dev_open(device, 0, &dev, &err), &err);
		each_family(test_gradients);
		each_family(test_plain_curve);
		each_family(test_fused);
		test_curve("smollm2", 1);
		test_curve("gemma3", 1);
		test_manners("smollm2", 1e-5);
		test_manners("mistral", 1e-5);
		test_manners("gemma3", 1e-5);
		test_manners("olmo2", 1e-5);
		test_manners("hunyuan", 1e-5);
		test_manners("gemma2", 1e-5);
		test_manners("lfm2", 1e-5);
		test_manners("phi3", 1e-5);
		/* gradients of 78 matrices are 1.1e-5 from torch's there */
		test_manners("gemma4", 3e-5);
		jk_dev_close(dev);
	}
	free(list);
	return done_testing();
}
