#include "model/adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/module.h"

const struct jk_tensor *
jk_adapter_tensor(const struct jk_adapter *a, uint32_t layer,
    enum jk_module proj, enum jk_lora_kind kind)
{
	static const char peft[] = "base_model.model.", model[] = "model.";
	char name[JK_WEIGHT_NAME_BYTES], whole[2 * JK_WEIGHT_NAME_BYTES];

	jk_lora_name(layer, proj, kind, name);
	if (!a->whole_prefix)
		return jk_safetensors_find(&a->file, name);
	snprintf(whole, sizeof whole, "%s%s%s", peft, a->whole_prefix,
	    name + strlen(peft) + strlen(model));
	return jk_safetensors_find(&a->file, whole);
}

int
jk_adapter_fail_others(const struct jk_adapter *a, const struct jk_config *c,
    size_t n, const char *one, struct jk_err *err)
{
	return jk_fail(err, JK_EDATA, "%s: %zu tensors that are not LoRA "
	    "matrices of the projections of this model's %u layers, such "
	    "as %s", a->path, n, c->n_layers, one);
}

void
jk_adapter_close(struct jk_adapter *a)
{
	size_t i;

	for (i = 0; i < a->n_copies; i++)
		free(a->copies[i]);
	free(a->copies);
	free(a->names);
	if (a->is_gguf)
		jk_gguf_close(&a->gguf);
	if (a->file.tensors || a->file.header)
		jk_safetensors_close(&a->file);
	json_decref(a->config);
	free(a->path);
	*a = (struct jk_adapter){ 0 };
}
