#include "dev/open.h"
#include "nn/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/inference.h"
#include "nn/load.h"

static const char text[] = "Заходит как-то программист в бар, and the "
    "bartender says: 1, 2, 3?";

int
jk_trial_ids(const struct jk_tokenizer *t, struct jk_ids *ids,
    struct jk_err *err)
{
	/* a model that expects its bos is far off without it */
	const struct jk_encode_options options = { .add_special = true };
	struct jk_encoder e;
	int r;

	*ids = (struct jk_ids){ 0 };
	if (jk_encoder_init(&e, t, err) < 0)
		return -1;
	r = jk_encode(&e, text, strlen(text), &options, ids, err);
	jk_encoder_release(&e);
	return r;
}

static int
logits(const struct jk_weights *w, const struct jk_lora *lora,
    const struct jk_ids *ids, float **out, struct jk_err *err)
{
	const uint32_t n = (uint32_t)ids->n;
	const size_t size = (size_t)n * w->config->vocab_size * sizeof **out;
	struct jk_row *rows = calloc(n + 1, sizeof *rows);
	uint32_t *heads = calloc(n + 1, sizeof *heads), i;
	struct jk_inference f;
	int r = -1;

	*out = malloc(size + 1);
	if (!rows || !heads || !*out) {
		jk_fail_nomem(err);
		goto done;
	}
	for (i = 0; i < n; i++) {
		rows[i] = (struct jk_row){ .token = ids->v[i], .position = i,
			.own_end = n, .kv_row = i };
		heads[i] = i;
	}
	if (jk_inference_init(&f, w, lora, n, n, NULL, err) < 0)
		goto done;
	r = jk_inference_run(&f, JK_WEIGHT_MATRIX, false, rows, n, heads, n,
	    err);
	if (r == 0)
		r = jk_dev_download(w->dev, *out, f.logits, size, err);
	jk_inference_release(&f);
done:
	free(rows);
	free(heads);
	return r;
}

int
jk_trial_logits(const struct jk_model *m, const struct jk_adapter *a,
    const struct jk_ids *ids, int n_threads, float **base, float **adapted,
    struct jk_err *err)
{
	struct jk_weights w;
	struct jk_lora lora;
	struct jk_dev *dev;
	int r;

	if (jk_dev_open("cpu", n_threads, &dev, err) < 0)
		return -1;
	r = jk_weights_load(&w, m, dev, JK_PRECISION_F32,
	    1u << JK_WEIGHT_MATRIX, (uint32_t)ids->n, err);
	if (r < 0)
		goto close;
	if (base)
		r = logits(&w, NULL, ids, base, err);
	if (r == 0 && adapted) {
		r = jk_lora_load(&lora, a, m, dev, err);
		if (r == 0) {
			r = logits(&w, &lora, ids, adapted, err);
			jk_lora_release(&lora, dev);
		}
	}
	jk_weights_release(&w);
close:
	jk_dev_close(dev);
	return r;
}

/* The largest difference of n numbers; NaN if there is one. */
static double
distance(const float *a, const float *b, size_t n)
{
	double most = 0, d;
	size_t i;

	for (i = 0; i < n; i++) {
		d = fabs((double)a[i] - (double)b[i]);
		if (!(d <= most))
			most = d;
		if (isnan(most))
			break;
	}
	return most;
}

int
jk_trial_compare(const float *got, const float *base, const float *want,
    size_t n, double limit, struct jk_trial *t, struct jk_err *err)
{
	double largest = 0;
	size_t i;

	for (i = 0; i < n; i++)
		largest = fmax(largest, fabs((double)want[i]));
	t->off = distance(got, want, n);
	t->share = t->off / largest;
	if (!isfinite(t->off))
		return jk_fail(err, JK_EDATA, "logits are not finite numbers");
	if (!(t->share <= limit))
		return jk_fail(err, JK_EDATA, "the result's logits differ by "
		    "%.2g of the largest, more than %.2g", t->share, limit);
	if (distance(base, want, n) > 0 &&
	    !(t->off <= 2 * distance(got, base, n)))
		return jk_fail(err, JK_EDATA, "the result's logits are those "
		    "of the base: rounding took the adapter away (another "
		    "--type may keep it), or it was not merged");
	return 0;
}
