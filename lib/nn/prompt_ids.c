#include "nn/prompt.h"

#include <stdlib.h>

#include "tok/example.h"

int
jk_prompt_encode(struct jk_encoder *e, const struct jk_prompt_text *t,
    struct jk_ids *out, struct jk_err *err)
{
	struct jk_range *spans = calloc(t->n_spans + 1, sizeof *spans);
	struct jk_encode_options options = { 0 };
	size_t i;
	int r;

	if (!spans)
		return jk_fail_nomem(err);
	for (i = 0; i < t->n_spans; i++)
		spans[i] = (struct jk_range){ t->spans[i].begin,
			t->spans[i].end };
	options.content = (struct jk_content){ spans, t->n_spans };
	r = jk_encode_prompt(e, jk_buf_str(&t->text), t->text.len, &options,
	    out, err);
	free(spans);
	return r;
}
