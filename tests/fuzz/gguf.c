/* GGUF files: the header, the configuration, the weights, the tokenizer. */

#include <stdlib.h>

#include "model/tokenizer.h"
#include "model/weights.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

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

	if (jk_gguf_parse(&m.gguf, data, n, &err) < 0)
		return 0;
	if (jk_config_from_gguf(&m.config, &m.gguf, &err) == 0 &&
	    jk_weights_from_gguf(&m, &err) == 0)
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
