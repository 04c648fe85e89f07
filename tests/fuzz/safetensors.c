/* safetensors files. */

#include "model/safetensors.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static volatile unsigned char last;
	struct jk_safetensors s;
	struct jk_err err;
	size_t i;

	if (jk_safetensors_parse(&s, data, n, &err) < 0)
		return 0;
	for (i = 0; i < s.n_tensors; i++) {
		const struct jk_tensor *t = &s.tensors[i];

		if (jk_safetensors_find(&s, t->name) != t)
			__builtin_trap();
		if (t->size_bytes > 0)
			last = ((const unsigned char *)t->data)
			    [t->size_bytes - 1];
	}
	(void)last;
	jk_safetensors_close(&s);
	return 0;
}
