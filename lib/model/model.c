#include "model/model.h"

#include <stdlib.h>

#include "base/map.h"

void
jk_model_forget(const struct jk_model *m)
{
	size_t i;

	if (m->is_gguf)
		jk_gguf_forget(&m->gguf);
	for (i = 0; i < m->n_files; i++)
		jk_map_forget(&m->files[i].map);
}

void
jk_model_drop_copies(struct jk_model *m, bool (*used)(void *ctx,
    const void *data), void *ctx)
{
	size_t n = m->n_copies, i, k;

	m->n_copies = 0;
	for (i = 0; i < n; i++) {
		void *copy = m->copies[i];

		if (used(ctx, copy)) {
			m->copies[m->n_copies++] = copy;
			continue;
		}
		for (k = 0; k < m->n_tensors; k++)
			if (m->tensors[k].data == copy)
				m->tensors[k].data = NULL;
		free(copy);
	}
}

const char *
jk_model_chat_template(const struct jk_model *m, const char *name)
{
	return jk_json_get_string(m->chat_templates, name ? name : "default");
}

const char *
jk_model_special_token(const struct jk_model *m, const char *name)
{
	return jk_json_get_string(m->special_tokens, name);
}
