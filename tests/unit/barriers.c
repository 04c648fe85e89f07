/*
 * Operations and barriers of a layer of SmolLM2's kind in training (LoRA on all
 * projections, dropout), forward and back: what a GPU dispatches and how often it waits
 * for what it has dispatched, where LoRA's part is folded into products and taken with
 * what makes its rows (dev/fuse.h), and where it is not.  More than stand here is a step
 * back.  And what an update adds, and that the host waits for neither.
 */

#include "tap.h"

#include "dev/calls.h"
#include "dev/hazard.h"
#include "dev/host.h"
#include "model/open.h"
#include "nn/decoder.h"
#include "nn/load.h"
#include "train/optimizer.h"
#include "train/workspace.h"

static struct jk_err err;

/* Barriers before recorded calls, from one on. */
static int
count(const struct jk_calls *c, size_t from)
{
	struct jk_hazards h = { 0 };
	struct jk_access accesses[JK_MAX_ACCESS];
	int n = 0, r;
	size_t i;

	for (i = 0; i < c->n; i++) {
		r = jk_hazards_note(&h, accesses, jk_op_accesses(c->v[i].op,
		    c->v[i].args, accesses), &err);
		must(r, &err);
		n += i >= from && r;
	}
	jk_hazards_release(&h);
	return n;
}

/* Layer 1, behind layer 0, or its way back behind one. */
static void
test_layer(struct jk_calls *c, struct jk_pass *pass, struct jk_workspace *w,
    bool back, int most_ops, int most_barriers)
{
	char name[32];
	size_t from;
	int n;

	c->n = 0;
	if (back) {
		must(jk_decoder_layer_back(pass, 1, &w->layers[1], &err),
		    &err);
		from = c->n;
		must(jk_decoder_layer_back(pass, 1, &w->layers[1], &err), &err);
	} else {
		must(jk_decoder_layer(pass, 0, &w->layers[0], &err), &err);
		from = c->n;
		must(jk_decoder_layer(pass, 1, &w->layers[1], &err), &err);
	}
	n = count(c, from);
	snprintf(name, sizeof name, "%s%s", back ? "back" : "forward",
	    c->dev.folds_lora ? ", folded" : "");
	diag("%s: %zu operations, %d barriers", name, c->n - from, n);
	ok((int)(c->n - from) <= most_ops && n <= most_barriers,
	    "%s: at most %d operations and %d barriers", name, most_ops,
	    most_barriers);
}

/* Packs of a step, and its update; what of all that a device is waited for. */
static void
test_step(struct jk_calls *c, const struct jk_pass *pass,
    struct jk_workspace *w, struct jk_optimizer *o)
{
	const struct jk_pack pack = { .n_rows = 100, .n_heads = 60 };
	const uint64_t waits = c->dev.n_waits;
	struct jk_update update;
	size_t from;
	int i, n;

	must(jk_update_init(&update, o, &err), &err);
	c->n = 0;
	for (i = 0; i < 8; i++)
		must(jk_workspace_run(w, pass, &pack, 1, NULL, &err), &err);
	from = c->n;
	must(jk_optimizer_step(o, 1, 1, &update, &err), &err);
	n = count(c, from);
	diag("update: %zu operations, %d barriers", c->n - from, n);
	ok(c->n - from <= 3 && n <= 3,
	    "an update: at most 3 operations and 3 barriers");
	ok(c->dev.n_waits == waits, "a step of 8 packs waits for nothing");
	jk_update_release(&update);
}

int
main(void)
{
	struct jk_model model;
	struct jk_weights weights = { 0 };
	struct jk_lora lora = { 0 };
	struct jk_optimizer optimizer = { 0 };
	struct jk_workspace w;
	struct jk_calls calls;
	struct jk_dev *host, *dev;
	struct jk_pass pass;
	struct jk_lora_size *sizes;
	uint32_t i;

	must(jk_host_open(1, &host, &err), &err);
	jk_calls_init(&calls, host);
	dev = &calls.dev;
	must(jk_model_open(&model, "tests/data/tiny/smollm2", JK_MODEL_ALL,
	    &err), &err);
	must(jk_weights_load(&weights, &model, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX, 1, &err), &err);
	sizes = calloc((size_t)model.config.n_layers * JK_N_PROJS,
	    sizeof *sizes);
	must(sizes ? 0 : jk_fail_nomem(&err), &err);
	for (i = 0; i < model.config.n_layers * JK_N_PROJS; i++)
		if (jk_proj_all(&model.config) & 1u << i % JK_N_PROJS)
			sizes[i] = (struct jk_lora_size){ 8, 2 };
	must(jk_lora_init(&lora, &model.config, sizes, false, dev, &err),
	    &err);
	free(sizes);
	must(jk_optimizer_init(&optimizer, JK_ADAMW, &lora, dev, &err), &err);
	must(jk_workspace_plan(&w, &(struct jk_workspace_shape){
	    .config = &model.config, .type = JK_F32, .lora = &lora,
	    .max = { 100, 60 }, .dropout = true, .splits = true }, &err),
	    &err);
	must(jk_workspace_alloc(&w, dev, &err), &err);
	pass = (struct jk_pass){ .weights = &weights,
		.use = JK_WEIGHT_MATRIX, .lora = &lora,
		.grad = optimizer.grad, .n_rows = 100, .n_keys = 100,
		.rows = w.rows, .dropout = { .threshold = 3277,
		.keep_scale = 1.05f, .seed = 1 } };
	test_layer(&calls, &pass, &w, false, 19, 13);
	test_layer(&calls, &pass, &w, true, 26, 14);
	dev->folds_lora = dev->fuses = true;
	test_layer(&calls, &pass, &w, false, 12, 10);
	test_layer(&calls, &pass, &w, true, 18, 10);
	pass.clipping = optimizer.clipping;
	test_step(&calls, &pass, &w, &optimizer);
	jk_workspace_release(&w, dev);
	jk_optimizer_release(&optimizer);
	jk_lora_release(&lora, dev);
	jk_weights_release(&weights);
	jk_model_close(&model);
	jk_calls_release(&calls);
	jk_dev_close(host);
	return done_testing();
}
