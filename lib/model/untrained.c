#include "model/untrained.h"

#include <math.h>
#include <stdlib.h>

#include "quant/decode.h"

enum { ROWS = 4096, MANY = 200 };
static const double alike = 0.98;

static void
decode(const struct jk_tensor *head, uint64_t row, uint32_t n, float *to)
{
	jk_dequantize(head->dtype, (const char *)head->data +
	    row * jk_type_bytes(head->dtype, n), to, n);
}

static double
cosine(const float *a, const float *b, uint32_t n)
{
	double ab = 0, aa = 0, bb = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		ab += (double)a[i] * b[i];
		aa += (double)a[i] * a[i];
		bb += (double)b[i] * b[i];
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

int
jk_is_untrained(const struct jk_model *m, uint32_t token, bool *untrained,
    struct jk_err *err)
{
	const struct jk_tensor *head = jk_model_tensor(m, "lm_head.weight");
	const uint32_t n = m->config.hidden_size;
	const uint32_t n_rows = m->config.vocab_size;
	const uint32_t step = n_rows / ROWS + 1;
	float *rows = malloc(2 * n * sizeof *rows);
	uint32_t i, n_alike = 0;

	*untrained = false;
	if (!rows)
		return jk_fail_nomem(err);
	if (!head)
		head = jk_model_tensor(m, "model.embed_tokens.weight");
	if (head && head->data && token < n_rows) {
		decode(head, token, n, rows);
		for (i = 0; i < n_rows; i += step) {
			decode(head, i, n, rows + n);
			n_alike += i != token &&
			    cosine(rows, rows + n, n) > alike;
		}
		*untrained = (uint64_t)n_alike * step >= MANY;
	}
	free(rows);
	return 0;
}
