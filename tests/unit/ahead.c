/*
 * Steps that are called ahead of what is known of them (train/ahead.h), on a model
 * of SmolLM2's kind with 2 x 4 micro-batches, LoRA of rank 8 on all projections and
 * dropout, each record a pack of its own: they give the bits of steps of which each
 * has ended before the next one is called, where they go well, where something is
 * not finite, and where a signal ends them.  On a device that works on its own a
 * step is one submission, and nothing is waited for but the last.  Devices are
 * named in JK_TEST_DEVICES ("cpu vulkan:0"); "cpu" without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/open.h"
#include "dev/vulkan_impl.h"
#include "model/open.h"
#include "nn/load.h"
#include "tap.h"
#include "train/train.h"

enum { STEPS = 12, RECORDS = 24 };

static struct jk_dev *dev;
static const char *device;
static struct jk_model model;
static struct jk_weights weights;
static struct jk_dataset data;
static struct jk_err err;

/* How a run goes, and what came of it. */
struct run {
	double lr;
	const char *max_steps;
	bool waits;		/* for each step, before the next one is called */
	uint64_t stop_at;	/* a signal comes when this step is told */
	volatile sig_atomic_t stop;
	int result;
	uint64_t n_done, n_submissions, n_waits;
	double loss[STEPS], grad_norm[STEPS];
	char message[sizeof err.msg];
	char *adapter, *moments;
	uint64_t adapter_bytes, moments_bytes;
};

static void
make_data(void)
{
	uint32_t ids[40];
	bool mask[40];
	uint32_t i, k;

	for (i = 0; i < RECORDS; i++) {
		for (k = 0; k < 40; k++) {
			ids[k] = (i * 31 + k * k * 7 + 3) % 250;
			mask[k] = k >= 5 + i % 7;
		}
		must(jk_dataset_add(&data, "x", ids, mask, 20 + i % 20, 5 +
		    i % 7, &err), &err);
	}
}

static void
report(void *ctx, const struct jk_train_report *told)
{
	struct run *r = ctx;

	r->loss[told->step - 1] = told->loss;
	r->grad_norm[told->step - 1] = told->grad_norm;
	if (told->step == r->stop_at)
		r->stop = SIGTERM;
	/* how busy the machine is decides about nothing here */
	if (strcmp(dev->class->name, "vulkan") == 0)
		((struct jk_vulkan *)dev)->pace.speed = 1e9;
}

static char *
get(uint64_t address, uint64_t n)
{
	char *p = malloc(n);

	must(p ? jk_dev_download(dev, p, address, n, &err) :
	    jk_fail_nomem(&err), &err);
	return p;
}

static void
run(struct run *r)
{
	const char *words[] = { "ahead", "--lr=1", r->max_steps, "--batch=2",
		"--accumulate=4", "--rank=8", "--dropout=0.1",
		"--schedule=constant", "--warmup-steps=2",
		r->waits ? "--save-every=1" : "--save-every=100" };
	struct jk_train_options o = { 0 };
	const struct jk_opts tables[] = { JK_TRAIN_OPTS(&o),
		{ NULL, NULL, NULL } };
	struct jk_strings operands;
	struct jk_train_plan plan;
	struct jk_train t;

	must(jk_opt_parse(tables, sizeof words / sizeof *words,
	    (char **)words, &operands, &err), &err);
	free(operands.v);
	must(jk_train_settle(&o, 0, &model.config, NULL, &err), &err);
	must(jk_train_plan(&plan, &o, &(struct jk_train_memory){
	    .model = &model, .dev = dev, .precision = JK_PRECISION_F32,
	    .data = &data }, 1, &err), &err);
	t = (struct jk_train){ .options = o, .weights = &weights,
		.data = &data, .stop = &r->stop, .report = report, .ctx = r };
	must(jk_train_init(&t, &plan, &err), &err);
	t.schedule.lr = r->lr;	/* larger than options may be */
	must(jk_dev_submit(dev, &err), &err);
	r->n_submissions = dev->n_submissions;
	r->n_waits = dev->n_waits;
	r->result = jk_train_run(&t, &err);
	r->n_submissions = dev->n_submissions - r->n_submissions;
	r->n_waits = dev->n_waits - r->n_waits;
	if (r->result < 0)
		memcpy(r->message, err.msg, sizeof r->message);
	r->n_done = t.state.step;
	r->adapter_bytes = 4 * t.lora.n_params;
	r->adapter = get(t.lora.arena, r->adapter_bytes);
	r->moments_bytes = t.optimizer.state_bytes;
	r->moments = get(t.optimizer.state, r->moments_bytes);
	jk_train_release(&t);
	jk_train_plan_release(&plan);
}

/* Whether two left the same bytes. */
static bool
same(const struct run *a, const struct run *b)
{
	return a->adapter_bytes == b->adapter_bytes &&
	    memcmp(a->adapter, b->adapter, a->adapter_bytes) == 0 &&
	    a->moments_bytes == b->moments_bytes &&
	    memcmp(a->moments, b->moments, a->moments_bytes) == 0;
}

static void
release(struct run *r)
{
	free(r->adapter);
	free(r->moments);
}

static void
test_whole(void)
{
	struct run ahead = { .lr = 1e-2, .max_steps = "--max-steps=12" };
	struct run waiting = ahead;

	waiting.waits = true;
	run(&ahead);
	run(&waiting);
	ok(ahead.result == 1 && same(&ahead, &waiting) &&
	    memcmp(ahead.loss, waiting.loss, sizeof ahead.loss) == 0 &&
	    memcmp(ahead.grad_norm, waiting.grad_norm,
	    sizeof ahead.grad_norm) == 0,
	    "%s: the same losses, norms, adapter and moments", device);
	diag("%u steps of 8 packs: %llu submissions, waited for %llu times; "
	    "one by one %llu and %llu", STEPS,
	    (unsigned long long)ahead.n_submissions,
	    (unsigned long long)ahead.n_waits,
	    (unsigned long long)waiting.n_submissions,
	    (unsigned long long)waiting.n_waits);
	ok(ahead.n_submissions == (dev->is_host ? 0 : STEPS) &&
	    ahead.n_waits <= 1,
	    "%s: a step is a submission, and the last one is waited for",
	    device);
	release(&ahead);
	release(&waiting);
}

/*
 * Rates that break it, each in its own way: the step that fails and all behind it
 * touch nothing, and what is said of it is what a run says that has called none
 * behind it.
 */
static void
test_failing(double lr)
{
	struct run ahead = { .lr = lr, .max_steps = "--max-steps=12" };
	struct run waiting = ahead, shorter = ahead;
	char max_steps[40];

	waiting.waits = true;
	run(&ahead);
	run(&waiting);
	snprintf(max_steps, sizeof max_steps, "--max-steps=%llu",
	    (unsigned long long)ahead.n_done);
	shorter.max_steps = max_steps;
	run(&shorter);
	diag("%g: %s", lr, ahead.message);
	ok(ahead.result < 0 && ahead.n_done == waiting.n_done &&
	    strcmp(ahead.message, waiting.message) == 0,
	    "%s, rate %g: the same step fails, and of the same", device, lr);
	ok(ahead.n_done > 0 && shorter.result == 1 && same(&ahead, &waiting) &&
	    same(&ahead, &shorter),
	    "%s, rate %g: adapter and moments are those of step %llu", device, lr,
	    (unsigned long long)ahead.n_done);
	release(&ahead);
	release(&waiting);
	release(&shorter);
}

/* What is on its way when a signal comes ends, and nothing else does. */
static void
test_stopped(void)
{
	struct run stopped = { .lr = 1e-2,
		.max_steps = "--max-steps=12", .stop_at = 5 };
	struct run shorter = { .lr = 1e-2 };
	char max_steps[40];

	run(&stopped);
	snprintf(max_steps, sizeof max_steps, "--max-steps=%llu",
	    (unsigned long long)stopped.n_done);
	shorter.max_steps = max_steps;
	run(&shorter);
	ok(stopped.result == 0 && stopped.n_done >= 5 && stopped.n_done <= 6 &&
	    shorter.result == 1 && same(&stopped, &shorter),
	    "%s: a signal at step 5 leaves what step %llu has made", device,
	    (unsigned long long)stopped.n_done);
	ok(memcmp(stopped.loss, shorter.loss, sizeof stopped.loss) == 0,
	    "%s: all steps were told of", device);
	release(&stopped);
	release(&shorter);
}

int
main(void)
{
	const char *devices = getenv("JK_TEST_DEVICES");
	char *list = strdup(devices ? devices : "cpu"), *save = NULL;

	must(jk_model_open(&model, "tests/data/tiny/smollm2", JK_MODEL_ALL,
	    &err), &err);
	make_data();
	for (device = strtok_r(list, " ", &save); device;
	    device = strtok_r(NULL, " ", &save)) {
		must(jk_dev_open(device, 0, &dev, &err), &err);
		must(jk_weights_load(&weights, &model, dev, JK_PRECISION_F32,
		    1u << JK_WEIGHT_MATRIX, 41, &err), &err);
		test_whole();
		test_failing(1e10);
		test_failing(1e38);
		test_stopped();
		jk_weights_release(&weights);
		jk_dev_close(dev);
	}
	jk_dataset_release(&data);
	jk_model_close(&model);
	free(list);
	return done_testing();
}
