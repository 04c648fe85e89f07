/*
 * adapter_config.json: what is read of it, and what it says of modules.  Its
 * regular expressions are bounded in time by the library, not cheap.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/adapter_config.h"
#include "model/adapter_target.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	static const char *const names[] = { "lm_head", "model.embed_tokens",
		"model.layers.0.self_attn.q_proj",
		"model.layers.11.mlp.down_proj" };
	struct jk_adapter a = { .path = strdup("adapter") };
	struct jk_err err;
	uint32_t rank;
	float scale;
	size_t i;
	int r;

	if (!a.path)
		abort();
	a.config = jk_json_parse((const char *)data, n, &err);
	if (a.config && jk_adapter_read_config(&a, &err) == 0) {
		if (a.rank == 0 || !isfinite(a.alpha))
			abort();
		for (i = 0; i < sizeof names / sizeof *names; i++) {
			r = jk_adapter_is_target(&a, names[i], &err);
			if (r < -1 || r > 1 || (r < 0 && !*err.msg))
				abort();
			if (r < 0)
				break;
			if (jk_adapter_rank(&a, names[i], &rank, &scale,
			    &err) < 0)
				break;
			if (rank == 0 || rank > JK_MAX_RANK ||
			    !isfinite(scale))
				abort();
			(void)jk_adapter_is_saved(&a, names[i]);
			(void)jk_adapter_token_indices(&a,
			    JK_MODULE_EMBEDDING, names[i]);
		}
	}
	jk_adapter_close(&a);
	return 0;
}
