#include "train/tensors.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/adapter.h"
#include "model/module.h"

static int
by_place(const void *pa, const void *pb)
{
	const struct jk_lora_tensor *a = pa, *b = pb;

	return a->at < b->at ? -1 : a->at > b->at;
}

struct jk_lora_tensor *
jk_lora_tensors(const struct jk_lora *lora, const struct jk_config *config,
    size_t *n, struct jk_err *err)
{
	struct jk_lora_tensor *list;
	struct jk_lora_place at;
	size_t i = 0;
	uint32_t l;
	int p;

	list = calloc((size_t)config->n_layers * JK_N_PROJS * 2 + 1,
	    sizeof *list);
	if (!list) {
		jk_fail_nomem(err);
		return NULL;
	}
	for (l = 0; l < config->n_layers; l++)
		for (p = 0; p < JK_N_PROJS; p++) {
			enum jk_proj proj = (enum jk_proj)p;

			at = jk_lora_place(lora, config, l, proj);
			if (at.n_a == 0)
				continue;
			list[i++] = (struct jk_lora_tensor){ l, proj, 'A',
				at.a, at.n_a, lora->rank,
				jk_group_k(config, jk_proj_group(proj)) };
			list[i++] = (struct jk_lora_tensor){ l, proj, 'B',
				at.b, at.n_b, jk_proj_n(config, proj),
				lora->rank };
		}
	qsort(list, i, sizeof *list, by_place);
	*n = i;
	return list;
}

void
jk_lora_tensor_name(const struct jk_lora_tensor *t, char *out, size_t size)
{
	snprintf(out, size, "base_model.model.model.layers.%u.%s.lora_%c."
	    "weight", t->layer, jk_adapter_modules[t->proj], t->which);
}
