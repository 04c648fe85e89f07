/*
 * GGUF files: the header, the configuration, the weights, the tokenizer; and
 * as an adapter of a model of the Llama family.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/adapter_gguf.h"
#include "model/adapter_check.h"
#include "model/open.h"
#include "model/tokenizer.h"
#include "model/weights.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* What RoPE divides by. */
static bool
is_sound(const struct jk_config *c)
{
	uint32_t i;

	for (i = 0; i < c->rotary_dim / 2; i++)
		if (!(c->rope_factors[i] > 0) || !isfinite(c->rope_factors[i]))
			abort();
	return true;
}

static unsigned long
read_adapter(const unsigned char *data, size_t n)
{
	/* that of tests/data/tiny/smollm2, in what matters here */
	static const struct jk_config config = { .family = jk_families,
		.n_layers = 2, .hidden_size = 72, .intermediate_size = 50,
		.n_heads = 3, .n_kv_heads = 1, .head_dim = 24 };
	struct jk_adapter a = { .path = strdup("adapter"), .is_gguf = true };
	unsigned long sum = 0;
	struct jk_err err;
	size_t i;

	if (a.path && jk_gguf_parse(&a.gguf, data, n, &err) == 0 &&
	    jk_adapter_from_gguf(&a, &config, &err) == 0 &&
	    jk_adapter_check(&a, &config, &err) == 0)
		for (i = 0; i < a.file.n_tensors; i++)
			sum += ((const unsigned char *)a.file.tensors[i].data)
			    [a.file.tensors[i].size_bytes - 1];
	jk_adapter_close(&a);
	return sum;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct jk_model m = { .is_gguf = true };
	struct jk_tokenizer *t;
	struct jk_encoder e;
	struct jk_ids ids = { 0 };
	struct jk_err err;
	unsigned long sum = 0;
	size_t i;

	sum = read_adapter(data, n);
	if (jk_gguf_parse(&m.gguf, data, n, &err) < 0)
		return 0;
	if (jk_config_from_gguf(&m.config, &m.gguf, &err) == 0 &&
	    is_sound(&m.config) && jk_weights_from_gguf(&m, &err) == 0)
		for (i = 0; i < m.n_tensors; i++)
			if (m.tensors[i].size_bytes > 0)
				sum += ((const unsigned char *)
				    m.tensors[i].data)
				    [m.tensors[i].size_bytes - 1];
	t = jk_gguf_tokenizer(&m.gguf, &err);
	if (t && jk_encoder_init(&e, t, &err) == 0) {
		if (jk_encode(&e, "The кот 12  <s>", 18, NULL, &ids, &err) < 0)
			sum++;
		jk_encoder_release(&e);
	}
	jk_ids_release(&ids);
	jk_tokenizer_free(t);
	jk_model_close(&m);
	return sum == (unsigned long)-1 ? 0 : 0;
}
