#include "dev/calls.h"

#include <stdlib.h>
#include <string.h>

static int
calls_alloc(struct jk_dev *dev, size_t size_bytes, uint64_t *address,
    struct jk_err *err)
{
	struct jk_calls *c = (struct jk_calls *)dev;

	(void)err;
	*address = c->next;
	c->next += (size_bytes + 255) / 256 * 256 + 256;
	return 0;
}

static void
calls_free(struct jk_dev *dev, uint64_t address)
{
	(void)dev;
	(void)address;
}

static int
calls_upload(struct jk_dev *dev, uint64_t to, const void *from, size_t n,
    struct jk_err *err)
{
	(void)dev;
	(void)to;
	(void)from;
	(void)n;
	(void)err;
	return 0;
}

static int
calls_download(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	(void)from;
	memset(to, 0, n);
	return jk_dev_submit(dev, err);
}

static int
calls_run(struct jk_dev *dev, enum jk_op op, const void *args,
    struct jk_err *err)
{
	struct jk_calls *c = (struct jk_calls *)dev;

	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 256;
		struct jk_call *v = realloc(c->v, cap * sizeof *v);

		if (!v)
			return jk_fail_nomem(err);
		c->v = v;
		c->cap = cap;
	}
	c->v[c->n].op = op;
	memcpy(c->v[c->n++].args, args, jk_op_args_size(op));
	return 0;
}

static int
calls_submit(struct jk_dev *dev, struct jk_err *err)
{
	(void)err;
	dev->n_submissions++;
	dev->n_waits++;
	return 0;
}

static int
calls_fetch(struct jk_dev *dev, void *to, uint64_t from, size_t n,
    struct jk_err *err)
{
	(void)dev;
	(void)to;
	(void)from;
	(void)n;
	(void)err;
	return 0;
}

static int
calls_send(struct jk_dev *dev, uint64_t *mark, struct jk_err *err)
{
	(void)err;
	*mark = ++dev->n_submissions;
	return 0;
}

static uint32_t
calls_weight_type(struct jk_dev *dev, enum jk_weight_use use, uint32_t stored,
    enum jk_precision precision)
{
	return jk_dev_weight_type(((struct jk_calls *)dev)->of, use, stored,
	    precision);
}

static int
calls_weight(struct jk_dev *dev, enum jk_weight_use use,
    const struct jk_tensor *const *parts, int n_parts,
    enum jk_precision precision, struct jk_weight *out, struct jk_err *err)
{
	int i;

	out->type = calls_weight_type(dev, use, parts[0]->dtype, precision);
	out->n = 0;
	for (i = 0; i < n_parts; i++)
		out->n += (uint32_t)parts[i]->shape[0];
	out->k = (uint32_t)parts[0]->shape[1];
	return calls_alloc(dev, out->n * jk_type_bytes(out->type, out->k),
	    &out->address, err);
}

static const struct jk_dev_class calls_class = {
	.name = "calls",
	.alloc = calls_alloc,
	.free = calls_free,
	.upload = calls_upload,
	.download = calls_download,
	.run = calls_run,
	.submit = calls_submit,
	.fetch = calls_fetch,
	.send = calls_send,
	.weight_type = calls_weight_type,
	.weight = calls_weight,
};

void
jk_calls_init(struct jk_calls *c, struct jk_dev *of)
{
	*c = (struct jk_calls){ .dev = { .class = &calls_class,
		.bf16_acts = of->bf16_acts, .splits = of->splits,
		.folds_lora = of->folds_lora }, .of = of, .next = 256 };
}

void
jk_calls_release(struct jk_calls *c)
{
	free(c->dev.blocks);
	free(c->v);
	*c = (struct jk_calls){ .of = NULL };
}
